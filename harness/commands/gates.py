"""`planwise-export gates`: every suite on the present marts, as a table, as JSON, as Data Docs."""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from harness.commands.options import HOME, ending_well, safe
from harness.config import Settings, settings

_COLUMNS = ("rule", "severity", "checkpoint", "rows_checked", "rows_failing", "verdict", "sentence")
_HEADS = ("rule", "severity", "checkpoint", "checked", "failing", "verdict", "sentence")


@click.command()
@HOME
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option(
    "--docs",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write Great Expectations' Data Docs there, as static pages without any internal id.",
)
@ending_well
def gates(home: Path, as_json: bool, docs: Path | None) -> None:
    """Run all suites of the quality gates on the marts as they were built last; nothing is changed.

    Exit status: 0 every check passed or only warned, 3 a check holds clients, 4 a check blocks, 75 a run is
    working in the home.
    """
    where = settings(home)
    answer = _judged(where, docs)
    results = [_shown(result) for result in answer["results"]]
    status = _exit_status(answer)
    if as_json:
        click.echo(json.dumps({"exit_status": status, "results": results}, indent=2))
    else:
        click.echo(safe("\n".join(table(results))))
        if docs:
            click.echo(f"data docs: {docs.resolve() / 'index.html'}")
    sys.exit(status)


def _judged(where: Settings, docs: Path | None) -> dict[str, Any]:
    from harness import quality
    from harness.gate.client import Gate
    from harness.lock import run_lock
    from harness.warehouse import opened

    with opened(where.warehouse):
        pass  # says in words what is wrong with a home that was never built, before seconds are spent
    with run_lock(where.lock, "gates"), Gate() as gate, tempfile.TemporaryDirectory() as scratch:
        pages = Path(scratch) / "docs"
        answer = gate.check(
            where.warehouse,
            state=where.state,
            last_published_rows=quality.last_published_rows(where.current),
            last_published_columns=quality.last_published_columns(where.current),
            docs=pages if docs else None,
        )
        if docs:
            _scan(where, pages)
            docs.mkdir(parents=True, exist_ok=True)
            shutil.copytree(pages, docs, dirs_exist_ok=True)
    return answer


def _scan(where: Settings, pages: Path) -> None:
    """Rule E02 for the pages: they are for the owner, but they are passed on. GateError names what is in."""
    from harness import identifiers
    from harness.errors import GateError
    from harness.identifiers import Scanner
    from harness.warehouse import opened

    with opened(where.warehouse) as connection:
        scanner = Scanner(identifiers.collect(connection, None, where.home))
    for path in sorted(pages.rglob("*.html")):
        found = scanner.scan(path.name, path.read_text(encoding="utf-8"))
        if found:
            raise GateError(
                "blocked_e02",
                f"E02: the page {path.name} would hold the {found[0].kind} {found[0].value!r}",
                "no page was written; this is a fault of a suite: report it",
            )


def _shown(result: dict[str, Any]) -> dict[str, Any]:
    verdict = "passed"
    if not result["passed"]:
        verdict = {"block": "blocks", "hold": "holds", "warn": "warns"}[result["severity"]]
    return {key: result[key] for key in _COLUMNS if key != "verdict"} | {
        "verdict": verdict,
        "expectation": result["name"],
        "exception": result["exception"],
    }


def _exit_status(answer: dict[str, Any]) -> int:
    failed = {result["severity"] for result in answer["results"] if not result["passed"]}
    if answer["summary"]["blocked"] or "block" in failed:
        return 4
    return 3 if "hold" in failed else 0


def table(results: list[dict[str, Any]]) -> list[str]:
    """The results as lines of aligned columns, and a last line that counts the verdicts."""
    rows = [_HEADS, *(tuple(str(result[key]) for key in _COLUMNS) for result in results)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEADS) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    verdicts = [result["verdict"] for result in results]
    counted = ", ".join(
        f"{verdicts.count(name)} {name}"
        for name in ("blocks", "holds", "warns", "passed")
        if name in verdicts
    )
    return [*lines, f"{len(results)} checks: {counted}"]
