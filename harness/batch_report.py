"""The files of a batch: report.json, report.md, segments.csv, clients.csv. No internal id is in them."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator

from harness.batch import Batch
from harness.new_client_report import escaped, table
from harness.queries import Answer
from harness.review.cells import protected

_SEGMENTS = (
    "segment_kind",
    "segment",
    "kind",
    "measure",
    "label",
    "n",
    "organisations",
    "having_it",
    "share",
    "wilson_low",
    "wilson_high",
    "suppressed_reason",
)
_SHOWN = ("auto_enrollment", "auto_escalation", "match")
_MOST = 5
_FALLS = 100


def files(batch: Batch) -> dict[str, bytes]:
    """Every file by name."""
    return {
        "report.json": (json.dumps(batch.as_json(), indent=2, default=str) + "\n").encode(),
        "report.md": ("\n".join(markdown(batch)) + "\n").encode(),
        "segments.csv": _csv(batch.segments, _SEGMENTS),
        "clients.csv": _csv(batch.clients, tuple(batch.clients[0])),
    }


def _csv(rows: Iterable[Answer], columns: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    # all quoted: a carriage return in a name would else begin a row, and with it perhaps a formula
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for row in rows:
        writer.writerow("" if row[name] is None else protected(str(row[name])) for name in columns)
    return text.getvalue().encode()


def markdown(batch: Batch) -> Iterator[str]:
    """The report for people."""
    yield f"# Batch of {len(batch.clients)} clients"
    yield ""
    yield f"Batch {batch.run_id} of {batch.generated_at}; marts of run {batch.published}."
    yield from (
        f"- {name}: {escaped(value)}" for name, value in batch.asked.items() if value and name != "fell_by"
    )
    if batch.unknown:
        yield f"- {len(batch.unknown)} clients of the list are not published, and left out"
    plans, organisations = batch.thresholds["plans"], batch.thresholds["organisations"]
    kept = sum(row["suppressed_reason"] is not None for row in batch.segments)
    yield ""
    yield (
        f"No figure of fewer than {plans} plans or {organisations} organisations is told, nor one from which"
        f" such a figure follows: {kept} of {len(batch.segments)} are kept back."
    )
    yield from _freshness(batch)
    for kind, title in (("all", "All"), ("industry", "By industry"), ("band", "By size")):
        yield from _adoption(batch, kind, title)
    yield from _frequent(batch)
    yield from _recommended(batch)
    yield from _fell(batch)


def _freshness(batch: Batch) -> Iterator[str]:
    yield from ("", "## Age of the data", "")
    yield from table(
        ("last updated", "clients", "oldest"),
        ([row["data_age"], row["clients"], row["oldest"]] for row in batch.freshness),
    )


def _adoption(batch: Batch, kind: str, title: str) -> Iterator[str]:
    cells = [row for row in batch.segments if row["segment_kind"] == kind and row["kind"] == "has"]
    labels = {row["measure"]: row["label"] for row in cells if row["measure"] in _SHOWN}
    yield from ("", f"## {title}: what plans have", "")
    by_segment: dict[str, dict[str, Answer]] = {}
    for row in cells:
        by_segment.setdefault(row["segment"], {})[row["measure"]] = row
    yield from table(
        ("", *(f"{labels[name]} (n)" for name in _SHOWN if name in labels)),
        (
            [segment, *(_cell(row.get(name)) for name in _SHOWN if name in labels)]
            for segment, row in by_segment.items()
        ),
    )


def _cell(row: Answer | None) -> str:
    if row is None:
        return "unknown"
    return "too few" if row["suppressed_reason"] else f"{row['written']} ({row['n']})"


def _frequent(batch: Batch) -> Iterator[str]:
    yield from ("", "## Most frequent gaps", "")
    yield from _most(batch, "gap", lambda row: row["label"])
    yield from ("", "## Most frequent recommendations", "")
    yield from _most(batch, "recommendation", lambda row: row["measure"])


def _most(batch: Batch, kind: str, name: Callable[[Answer], str]) -> Iterator[str]:
    """The most frequent of each segment; a segment of which nothing may be told is named."""
    by_segment: dict[tuple[str, str], list[Answer]] = {}
    for row in batch.segments:
        if row["kind"] == kind and row["segment_kind"] != "industry and band":
            by_segment.setdefault((row["segment_kind"], row["segment"]), []).append(row)
    for (_, segment), rows in by_segment.items():
        told = [row for row in rows if row["suppressed_reason"] is None and row["having_it"]]
        told.sort(key=lambda row: (-row["share"], row["measure"]))
        listed = "; ".join(f"{escaped(name(row))} {row['written']} of {row['n']}" for row in told[:_MOST])
        nothing = "too few" if any(row["suppressed_reason"] for row in rows) else "none"
        yield f"- {escaped(segment)}: {listed or nothing}"


def _recommended(batch: Batch) -> Iterator[str]:
    yield from ("", "## Most valuable recommendations", "")
    if not batch.recommended:
        yield "None."
        return
    yield from table(
        ("rule", "priority", "clients", "as scenarios", "lift, median", "further participants"),
        (
            [
                row["rule"],
                row["best_priority"],
                row["suppressed_reason"] or row["clients"],
                row["as_scenarios"],
                row["written"],
                None
                if row["further_participants_low"] is None
                else f"{row['further_participants_low']:,} to {row['further_participants_high']:,}",
            ]
            for row in batch.recommended
        ),
    )


def _fell(batch: Batch) -> Iterator[str]:
    yield from ("", "## Clients whose position fell", "")
    if batch.compared_with is None:
        yield "Nothing to compare with: no publication before this one has benchmarks."
        return
    yield f"Against run {batch.compared_with}, by {batch.asked['fell_by']:g} percentile points or more."
    yield ""
    if not batch.fell:
        yield "None."
        return
    yield f"{len({row['client_ref'] for row in batch.fell})} clients, the farthest first."
    yield ""
    yield from table(
        ("client", "feature", "was", "is", "points", "because"),
        (
            [
                row["client_ref"],
                row["label"],
                row["value_before"],
                row["value_now"],
                None if row["points"] is None else f"{row['points']:.1f}",
                row["cause"],
            ]
            for row in batch.fell[:_FALLS]
        ),
    )
    if len(batch.fell) > _FALLS:
        yield from ("", f"And {len(batch.fell) - _FALLS} more, less far: report.json has all.")
