"""Navigator scenarios: one complete document in, the bytes of one YAML file out.

Nothing is added, nothing decided.
"""

from collections.abc import Mapping
from typing import Any

from exporters import Document
from exporters.yaml import dump, load

# comments for whoever opens the file; every value, and every key, comes from the document
HEAD = """\
# A plan design as a Navigator (Fidelity PlanAlign Engine) scenario, version 2.1 or later.
# Use it in a batch, merged over your base configuration; every provision that the plan lacks is switched \
off here.
# Written by planwise: correct the Design Matrix or a resolution and export again, rather than this file.
"""
NOTES = {
    "simulation": "Years, seed and growth come from the scenario settings, not from the plan.",
    "employer_match": "The type of match and who gets it. The formulas are labels; cost follows dc_plan.",
    "dc_plan": "What the engine computes with. Rates under _percent are percents,"
    " match_cap_percent is a fraction.",
    "design_matrix": "The plan design itself and where it came from."
    " Navigator keeps this block and never reads it.",
}


def render(document: Document) -> bytes:
    """Write one scenario as UTF-8 YAML: the document's blocks in their order, with a comment over some of
    them, and a blank line before each that is a block of its own.

    Raises what `exporters.yaml.dump` raises, and UnicodeEncodeError for text that has no UTF-8 form. By hand
    and not by Jinja: its import takes as long as DuckDB's.
    """
    parts = [HEAD]
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            parts.append("\n")
            if key in NOTES:
                parts.append(f"# {NOTES[key]}\n")
        parts.append(dump({key: value}))
    return "".join(parts).encode("utf-8")


def read(content: bytes) -> Any:
    """Read a scenario file back, decimals exact. Raises ValueError for bytes that are no YAML."""
    return load(content)
