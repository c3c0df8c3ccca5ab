"""How a consultation is laid out: who, cohort, place among peers, gaps, recommendations, what is missing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from harness.commands.terminal import Line, bar, put, wrapped
from harness.config import settings
from harness.consult import Consultation, consult
from harness.queries import Answer

_LABEL, _CELLS = 30, 18
_STYLES = {"worse": "bad", "better": "good"}


def show(
    home: Path,
    client: str,
    as_json: bool,
    parts: tuple[str, ...],
    lines: Callable[[Consultation], Iterator[Line]],
) -> None:
    """Print a client's consultation: these parts as JSON, or laid out."""
    found = consult(settings(home), client)
    if as_json:
        click.echo(json.dumps(found.as_json(*parts), indent=2, ensure_ascii=True, default=str))
    else:
        put(lines(found))


def peers(found: Consultation) -> Iterator[Line]:
    """The client's place among its peers, for `planwise-export peers`."""
    yield from who(found)
    yield from cohort(found)
    yield from continuous(found)
    yield from adopted(found)
    yield from gaps(found)
    yield from missing(found)


def recommend(found: Consultation) -> Iterator[Line]:
    """What is recommended, for `planwise-export recommend`."""
    yield from who(found)
    yield from cohort(found, steps=False)
    yield from recommendations(found)
    yield from missing(found)


def who(found: Consultation) -> Iterator[Line]:
    """Name, segment, date of the data, and why it is held."""
    client = found.client
    yield f"{client['client_name'] or '(no name)'} ({client['client_ref']})", "title"
    parts = [client["industry"], client["plan_type"], client["state"], client["size_band_label"]]
    told = ", ".join(part or "?" for part in parts)
    yield from wrapped(f"{told} employees; data of {client['last_updated_on']} ({client['data_source']})")
    if client["segment_unknown"]:
        yield from wrapped(f"unknown, so like nobody: {', '.join(client['segment_unknown'])}", "bad")
    for reason in client["reasons"]:
        why = reason["message"] or reason["code"] or ""
        yield from wrapped(f"{client['status']} by {reason['rule']}: {why}", "bad")


def cohort(found: Consultation, steps: bool = True) -> Iterator[Line]:
    """The peers: how many, who they are, and how far they were looked for."""
    client = found.client
    yield "", ""
    if client["widening_step"] is None:
        reason = found.steps[-1]["insufficient_reason"] if found.steps else None
        yield "Peers: none", "head"
        yield from wrapped(f"Nothing is published: {reason or 'no group of plans is large enough'}.", "bad")
    else:
        told = f"{client['plans']} plans of {client['organisations']} organisations"
        yield f"Peers: {told} (widening step {client['widening_step']})", "head"
        yield from wrapped(client["cohort"])
    if steps:
        for step in found.steps:
            if not step["is_chosen"]:
                yield from wrapped(f"{step['step']}: {step['insufficient_reason']}", "dim", label="- ")


def continuous(found: Consultation) -> Iterator[Line]:
    """A percentile bar for each figure; the mark in its middle is the median."""
    rows = [row for row in found.features if row["kind"] == "continuous" and row["n"] is not None]
    if not rows:
        return
    yield "", ""
    yield "Place among peers", "head"
    head = f"{'':<{_LABEL}} {'client':>8} {'percentile':<{_CELLS}} {'':>5} {'median':>8} {'n':>4}"
    yield head, "dim"
    for row in rows:
        text = row["written"]
        drawn = bar(row["percentile"], _CELLS, middle=True)
        yield (
            f"{row['label'][:_LABEL]:<{_LABEL}} {text['client']:>8} {drawn} {text['percentile'] or '':>5}"
            f" {text['median']:>8} {row['n']:>4}",
            "",
        )
    yield from wrapped("rates in % of pay (vesting, participation: of all); mo months, y years", "dim")
    yield from _notes(rows)


def adopted(found: Consultation) -> Iterator[Line]:
    """What share of the peers has each feature, with its interval and the test against the client."""
    rows = [row for row in found.features if row["kind"] == "yes_no" and row["n"] is not None]
    if not rows:
        return
    yield "", ""
    yield "What peers have", "head"
    yield (
        f"{'':<{_LABEL - 4}} {'client':>6} {'peers':<{_CELLS - 4}} {'':>6} {'95 % interval':>15} {'n':>4}",
        "dim",
    )
    for row in rows:
        text = row["written"]
        sign = " *" if row["is_significant"] else ""
        yield (
            f"{row['label'][: _LABEL - 4]:<{_LABEL - 4}} {text['client']:>6}"
            f" {bar(row['adoption_share'], _CELLS - 4)} {text['adoption']:>6} {text['interval']:>15}"
            f" {row['n']:>4}{sign}",
            "",
        )
    tested = next((row["features_tested"] for row in rows if row["features_tested"]), None)
    if tested:
        how = f"p below 0.05 after correction for {tested} features"
        differs = any(row["is_significant"] for row in rows)
        yield from wrapped(f"* differs: {how}" if differs else f"none differs significantly ({how})", "dim")


def _notes(rows: list[Answer]) -> Iterator[Line]:
    notes = sorted({part for row in rows for part in (row["note"] or "").split("; ")})
    kept = [note for note in notes if note and not note.startswith(("known of", "peers ", "one plan"))]
    for note in kept:
        yield from wrapped(note, "dim")


def gaps(found: Consultation) -> Iterator[Line]:
    """Where the client differs, what is worse for employees first."""
    yield "", ""
    yield f"Gaps: {len(found.gaps) or 'none'}", "head"
    for gap in found.gaps:
        mark = {"worse": "- ", "better": "+ "}.get(gap["for_employees"], "  ")
        yield from wrapped(gap["told"], _STYLES.get(gap["for_employees"], ""), label=mark)
        if gap["is_significant"]:
            yield from wrapped(gap["significance"], "dim", indent=4)
    if found.gaps:
        if any(not gap["is_significant"] for gap in found.gaps):
            told = "A percentile describes; only gaps marked significant were tested."
            yield from wrapped(told, "dim")
        yield from wrapped("- worse, + better for employees than what peers have", "dim")


def recommendations(found: Consultation) -> Iterator[Line]:
    """The seven parts of each, by priority, and its scenario or why there is none."""
    yield "", ""
    yield f"Recommendations: {len(found.recommendations) or 'none'}", "head"
    for row in found.recommendations:
        yield "", ""
        yield f"{row['priority']} {row['recommendation']}", "title"
        for label, text in parts(row):
            style = "bad" if label == "not out" else "good" if label == "scenario" else ""
            yield from wrapped(text, style, label=f"{label:<11}")


def parts(row: Answer) -> Iterator[tuple[str, str]]:
    """Label and text of the seven parts, the source, and the scenario."""
    written = row["written"]
    yield "gap", row["gap"]
    yield "change", row["change"]
    yield "expected", f"{written['expected']}. {row['expected_note']}"
    yield "cost", f"{written['cost']}. {row['cost_note']}"
    yield "complexity", row["complexity"]
    yield "timeline", f"{written['months']} from the decision to the first pay"
    yield "evidence", written["evidence"] or "none"
    yield "source", written["source"] or "none"
    if row["is_exported"]:
        yield "scenario", row["delivery_key"]
    else:
        yield "not out", row["not_exported_message"] or row["not_exported_reason"] or ""


def missing(found: Consultation) -> Iterator[Line]:
    """What would have to be known to say more."""
    yield "", ""
    yield f"To say more: {len(found.missing) or 'nothing is missing'}", "head"
    for row in found.missing:
        yield from wrapped(suggestion(row), label="- ")


def suggestion(row: Answer) -> str:
    """One thing that is missing, what it keeps back, and what would settle it."""
    why = (row["reason"] or "").replace("_", " ")
    what = row["message"] or f"{row['name']} does not tell it: {why}"
    settles = f" {row['resolve']}" if row["resolve"] else ""
    return f"{what.rstrip('.')}.{settles} Keeps back: {', '.join(row['blocks'])}."
