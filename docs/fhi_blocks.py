"""Tables of the FHI page from the seeds, and an example from the golden document."""

from __future__ import annotations

import json
from pathlib import Path

from docs.blocks import code, table
from docs.reference import seed
from exporters.yaml import from_json

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden" / "fhi_outcome.line.json"
SHOWN = ("participation", "match_capture", "waiting_period")


def formulas() -> str:
    """seeds/fhi_formulas.csv, each component of the score with its weight."""
    weights = {row["component"]: row["weight"] for row in seed("fhi_components")}
    rows = [
        (
            row["element"],
            code(f"{row['formula_id']}/{row['version']}"),
            row["text"],
            weights.get(row["component"], "") if row["element"] == "plan_health_score" else "",
        )
        for row in seed("fhi_formulas")
    ]
    return table(("element", "formula", "text", "weight"), rows)


def settings() -> str:
    """seeds/fhi_settings.csv."""
    rows = [
        (code(row["setting"]), row["value"], row["unit"], row["description"], row["source"])
        for row in seed("fhi_settings")
    ]
    return table(("setting", "value", "unit", "what it decides", "source"), rows)


def example() -> str:
    """Two values and a part of the score, as tests/golden has them."""
    document = from_json(GOLDEN.read_bytes())
    score = document["plan_health_score"]
    told = {
        "match_at_average_deferral": document["match_at_average_deferral"],
        "total_savings_rate": document["total_savings_rate"],
        "plan_health_score": {
            key: value for key, value in score.items() if key not in ("components", "missing_weights")
        }
        | {
            "components": [part for part in score["components"] if part["component"] in SHOWN],
            "missing_weights": score["missing_weights"],
        },
    }
    text = json.dumps(told, indent=2, ensure_ascii=False, default=lambda number: f"\0{number}\0")
    return "```json\n" + text.replace('"\\u0000', "").replace('\\u0000"', "") + "\n```"


def blocks() -> dict[str, str]:
    """Every block of docs/fhi.md."""
    return {"formulas": formulas(), "settings": settings(), "example": example()}
