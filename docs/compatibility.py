"""The compatibility matrix as tables, straight from seeds/compatibility.csv."""

from __future__ import annotations

from docs.blocks import code, table
from harness import compat


def matrix() -> str:
    """One table a component: version, whether it is supported, what it lacks, what is exported."""
    found = compat.rows()
    parts = []
    for component in dict.fromkeys(row["component"] for row in found):
        rows = [
            (
                code(row["version"]) + (" (current)" if row["is_current"] == "true" else ""),
                "yes" if row["is_supported"] == "true" else "no",
                row["lacks"] or "nothing",
                row["exported"],
                row["source"],
            )
            for row in found
            if row["component"] == component
        ]
        head = ("version", "supported", "lacks", "what is exported", "known from")
        parts.append(f"### {component}\n\n{table(head, rows)}")
    return "\n\n".join(part.strip() for part in parts)


def blocks() -> dict[str, str]:
    """Every block of the page."""
    return {"matrix": matrix()}
