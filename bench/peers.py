"""What peers and recommendations cost by size of the book: `python -m bench.peers [CLIENTS ...]`.

By default 10,000, 30,000 and 100,000 clients. The compiled SQL of the models on DuckDB, two threads, a
database file, one process a size. Prints Markdown: seconds and rows of each model, the process's peak memory,
the most rows that any operator put out.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.peer_book import RECOMMENDING, PeerBook

SIZES = (10_000, 30_000, 100_000)
PROJECT = Path(__file__).resolve().parent.parent


def largest_operator(book: PeerBook, sql: str) -> tuple[str, int]:
    """The operator of a query's plan that really put out most rows, and how many."""
    plan = book.run(f"explain (analyze, format json) {sql}").fetchall()[0][1]

    def walk(node: dict[str, Any]) -> tuple[str, int]:
        own = (str(node.get("operator_name", "")).strip(), int(node.get("operator_cardinality") or 0))
        return max([own, *map(walk, node.get("children") or [])], key=lambda found: found[1])

    return walk(json.loads(plan))


def measure(clients: int) -> dict[str, Any]:
    """Build every peer model once for so many clients: seconds, CPU, rows, memory."""
    with tempfile.TemporaryDirectory() as folder:
        book = PeerBook(str(Path(folder) / "book.duckdb"), RECOMMENDING)
        book.generate(clients)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        models = {}
        for name in book.order():
            begun, cpu = time.perf_counter(), time.process_time()
            book.build_one(name)
            seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
            rows = (
                0 if name == "fct_peer_cohort" else book.run(f"select count(*) from {name}").fetchall()[0][0]
            )
            models[name] = {"seconds": seconds, "cpu": cpu, "rows": rows}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ref = book.run("select min(client_ref) from fct_peer_step where is_chosen").fetchall()[0][0]
        begun = time.perf_counter()
        peers = book.run(f"select count(*) from fct_peer_cohort where client_ref = '{ref}'").fetchall()[0][0]
        one = time.perf_counter() - begun
        for name in models:
            if name != "fct_peer_cohort":
                models[name]["operator"] = largest_operator(book, book.nodes[name].sql)
        return {
            "clients": clients,
            "models": models,
            "before_mb": before / 1024,
            "peak_mb": peak / 1024,
            "one_client": one,
            "peers": peers,
            "gate": gate_seconds(book),
        }


def gate_seconds(book: PeerBook) -> float:
    """Seconds that rule R03 takes to count everything again."""
    from harness.gate import suite

    numbers = suite.thresholds(PROJECT / "dbt_project.yml")
    begun = time.perf_counter()
    for rule in suite.load(PROJECT / "tests" / "expectations", "marts").rules:
        if rule.rule == "R03" and book.run(suite.rendered(rule, numbers).failing_rows).fetchall():
            raise RuntimeError(f"{rule.name} fails on generated clients")
    return time.perf_counter() - begun


def markdown(results: list[dict[str, Any]]) -> str:
    """Two tables: totals by size, then every model of the largest size."""
    head = ("clients", "seconds", "CPU", "CPU per 10,000", "peak MB", "peers of one client", "R03")
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for result in results:
        total, cpu = (sum(model[unit] for model in result["models"].values()) for unit in ("seconds", "cpu"))
        lines.append(
            f"| {result['clients']:,} | {total:.1f} | {cpu:.1f} | {cpu / result['clients'] * 10_000:.2f}"
            f" | {result['peak_mb']:.0f} (generated: {result['before_mb']:.0f})"
            f" | {result['peers']:,} in {result['one_client']:.2f} s | {result['gate']:.1f} s |"
        )
    lines += ["", "| model | seconds | CPU | rows | largest operator |", "| --- " * 5 + "|"]
    for name, model in results[-1]["models"].items():
        operator, rows = model.get("operator", ("a view", 0))
        lines.append(
            f"| {name} | {model['seconds']:.2f} | {model['cpu']:.2f} | {model['rows']:,}"
            f" | {operator} {rows:,} |"
        )
    return "\n".join(lines)


def main() -> None:
    """One process a size, so that one size's memory is not another's."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return
    results = []
    for clients in map(int, sys.argv[1:] or map(str, SIZES)):
        command = [sys.executable, "-m", "bench.peers", "--one", str(clients)]
        done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
        results.append(json.loads(done.stdout))
    print(markdown(results))


if __name__ == "__main__":
    main()
