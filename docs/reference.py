"""Tables straight from the project's own files: settings, thresholds, reason codes."""

from __future__ import annotations

import csv
from pathlib import Path

import yaml

from docs.blocks import code, table

PROJECT = Path(__file__).resolve().parent.parent


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def settings() -> str:
    """seeds/scenario_settings.csv."""
    rows = [
        (code(row["setting"]), code(row["value"]), row["unit"], row["description"])
        for row in seed("scenario_settings")
    ]
    return table(("setting", "value", "unit or choice", "what it decides"), rows)


def thresholds() -> str:
    """The vars of dbt_project.yml, each with the comment above it."""
    values = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8")).get("vars", {})
    comment, rows = "", []
    for line in (PROJECT / "dbt_project.yml").read_text(encoding="utf-8").split("\nvars:", 1)[1].splitlines():
        name = line.strip().split(":")[0]
        if line.strip().startswith("#"):
            comment = line.strip("# ")
        elif name in values:
            rows.append((code(name), code(str(values[name])), comment))
    return table(("var", "value", "rule"), rows)


def reasons() -> str:
    """seeds/reason_codes.csv."""
    rows = [(code(row["code"]), row["sentence"], row["resolve"]) for row in seed("reason_codes")]
    return table(("code", "the field ...", "what would settle it"), rows)


def recommendation_rules() -> str:
    """seeds/recommendation_rules.csv."""
    rows = []
    for rule in seed("recommendation_rules"):
        low, high = rule["effect_low"], rule["effect_high"]
        effect = f"{low} to {high}: {rule['effect_note']}" if low else rule["effect_note"]
        rows.append(
            (
                code(rule["recommendation"]),
                rule["condition"],
                rule["change"],
                effect,
                rule["source"] or "none",
                f"{rule['complexity']}, {rule['months_to_implement']} months",
            )
        )
    return table(("recommendation", "when", "change", "expected", "source", "complexity, time"), rows)


def blocks() -> dict[str, str]:
    """Every block that the files give."""
    return {"settings": settings(), "thresholds": thresholds(), "reasons": reasons()}
