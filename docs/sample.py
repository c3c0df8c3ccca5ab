"""What a run of the bundled sample says: counts, a scenario, one example for everything that holds a client.

The random reference is written as a fixed one, and what bears a run id or a time is not shown, so that two
runs give one page.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from docs.blocks import code, table

PROJECT = Path(__file__).resolve().parent.parent
SHOWN_CLIENT = "DM-1001"
SHOWN: dict[str, tuple[str, ...]] = {
    "scenario_id": (),
    "enrollment": (),
    "dc_plan": (
        "match_status",
        "match_tiers",
        "match_cap_percent",
        "match_min_hours_annual",
        "core_status",
        "core_contribution_rate_percent",
        "escalation_rate_percent",
        "escalation_cap_percent",
    ),
    "design_matrix": ("vesting_schedule_array",),
}
"""Top-level keys of a scenario, and of each the keys below that are shown; none for all."""
PLACEHOLDER = "c0123456789abcde"


def run_sample(folder: Path) -> tuple[dict[str, Any], Path]:
    """Run the whole job on the sample as `make export` does; returns the report and the delivered folder."""
    report = folder / "report.json"
    command = [
        str(Path(sys.executable).with_name("planwise-export")),
        "run",
        "seeds/sample_design_matrix.csv",
        "--quiet",
    ]
    command += ["--home", str(folder / "home"), "--out", str(folder / "out"), "--report", str(report)]
    environment = {**os.environ, "PLANWISE_AS_OF": sample_day()}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"the sample did not run (exit {done.returncode}): {done.stderr.strip()}")
    return json.loads(report.read_text(encoding="utf-8")), folder / "out"


def sample_day() -> str:
    """The day that the sample's ages are counted from, as the Makefile has it."""
    lines = (PROJECT / "Makefile").read_text(encoding="utf-8").splitlines()
    return next(line.split(":=")[1].strip() for line in lines if line.startswith("SAMPLE_DAY"))


def blocks(report: dict[str, Any], out: Path) -> dict[str, str]:
    """Every block that a run gives; README.md takes `outcome` and `scenario`, before_after.md `held`."""
    return {"outcome": outcome(report), "scenario": scenario(report, out), "held": held(report)}


def outcome(report: dict[str, Any]) -> str:
    """The counts, and the commonest reasons to wait."""
    counts = report["counts"]
    said = "{source} clients in the source = {exported} exported + {held} held + {rejected} rejected".format(
        **counts
    )
    waiting: Counter[tuple[str, str, str]] = Counter()
    for client in report["clients"]:
        waiting.update({(r["rule"], r["field"] or "", r["code"] or "") for r in client["reasons"]})
    first = sorted(waiting.items(), key=lambda item: (-item[1], item[0]))[:5]
    lines = [f"  held  {number:>3}  {rule} {field}: {reason}" for (rule, field, reason), number in first]
    return "\n".join(["```text", f"{report['status']}: {said}", *lines, "```"])


def scenario(report: dict[str, Any], out: Path) -> str:
    """A few keys of one delivered file, line by line as they stand there; `...` where lines are left out."""
    client = next(client for client in report["clients"] if client["client_id"] == SHOWN_CLIENT)
    text = (out / client["documents"][0]).read_text(encoding="utf-8")
    kept: list[str] = []
    top = below = ""
    for line in text.replace(client["client_ref"], PLACEHOLDER).splitlines():
        if line and not line.startswith((" ", "#")):
            top, below = line.split(":")[0], ""
        elif line.startswith("  ") and not line.startswith(("   ", "  -")):
            below = line.strip().split(":")[0]
        if (
            top in SHOWN
            and line
            and not line.startswith("#")
            and (not below or below in SHOWN[top] or not SHOWN[top])
        ):
            kept.append(line)
        elif kept and kept[-1] != "# ...":
            kept.append("# ...")
    return "\n".join(["```yaml", *kept, "```"])


def held(report: dict[str, Any]) -> str:
    """One row per rule and reason code that holds a client of the sample: the first client in the source."""
    seen: dict[tuple[str, str], tuple[str, str, str, str]] = {}
    for client in report["clients"]:
        for reason in client["reasons"]:
            key = (reason["rule"], reason["code"] or "")
            row = (
                reason["rule"],
                code(reason["code"] or "-"),
                reason["message"] or "",
                reason["resolve"] or "",
            )
            seen.setdefault(key, row)
    return table(
        ("rule", "code", "what the report says", "what would settle it"),
        [row for _, row in sorted(seen.items())],
    )
