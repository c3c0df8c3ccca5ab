"""The report on a new client as Markdown, for the first call. No internal id is in it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from harness.commands.consulted import parts, suggestion
from harness.consult import Consultation
from harness.outcome import Client
from harness.render import Stamp

_SIGNS = r"\`*_{}[]<>#|!~"
"""What Markdown obeys, but for a backslash before it."""
_OF_THE_SOURCE = frozenset(("extract", "deliver", "plan"))
"""Steps whose lines name files and folders of the machine."""


def markdown(found: Consultation, client: Client, stamp: Stamp, steps: Iterable[Mapping[str, Any]]) -> str:
    """The whole report."""
    lines = [
        *_head(found, client, stamp),
        *_peers(found),
        *_gaps(found),
        *_recommendations(found),
        *_warnings(client),
        *_missing(found),
        *_steps(steps),
    ]
    return "\n".join(lines) + "\n"


_SEEN: ContextVar[list[str] | None] = ContextVar("seen", default=None)


@contextmanager
def texts_seen() -> Iterator[list[str]]:
    """Collect every text that is escaped meanwhile, as it was: rule E02 looks for an id as it is written."""
    texts: list[str] = []
    before = _SEEN.set(texts)
    try:
        yield texts
    finally:
        _SEEN.reset(before)


def escaped(text: object) -> str:
    """Text of the data as Markdown shows it and does not obey it."""
    seen = _SEEN.get()
    if seen is not None and isinstance(text, str):
        seen.append(text)
    on_one_line = re.sub(r"[^\S ]", " ", str(text)).strip()
    return "".join(f"\\{sign}" if sign in _SIGNS else sign for sign in on_one_line)


def unescaped(text: str) -> str:
    """What people read where `escaped` text stands."""
    return re.sub(f"\\\\([{re.escape(_SIGNS)}])", r"\1", text)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Write a table; null is an empty cell."""
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'|'.join(' --- ' for _ in names)}|"
    for row in rows:
        yield f"| {' | '.join('' if cell is None else escaped(cell) for cell in row)} |"


def _head(found: Consultation, client: Client, stamp: Stamp) -> Iterator[str]:
    who = found.client
    yield f"# {escaped(who['client_name'] or who['client_ref'])}"
    yield ""
    yield f"{who['client_ref']}; run {stamp.run_id} of {stamp.generated_at}; {client.status}."
    yield ""
    yield from table(
        ("industry", "plan type", "state", "employees", "data of", "source of the data"),
        [
            [
                who["industry"],
                who["plan_type"],
                who["state"],
                who["size_band_label"],
                who["last_updated_on"],
                who["data_source"],
            ]
        ],
    )
    yield ""
    for reason in who["reasons"]:
        why = reason["message"] or reason["code"] or ""
        yield f"- **{escaped(who['status'])}** by {escaped(reason['rule'])}: {escaped(why)}"
    documents = [document.rsplit("/", 1)[-1] for document in client.documents]
    yield f"Delivered: {', '.join(f'`{name}`' for name in documents) or 'nothing'}."


def _peers(found: Consultation) -> Iterator[str]:
    who = found.client
    yield from ("", "## Peers", "")
    if who["widening_step"] is None:
        yield "No group of plans is large enough; nothing is published."
    else:
        yield (
            f"{who['plans']} plans of {who['organisations']} organisations; widening step"
            f" {who['widening_step']}: {who['cohort']}."
        )
    for step in found.steps:
        if not step["is_chosen"]:
            yield f"- {step['step']}: {step['insufficient_reason']}"
    shown = [row for row in found.features if row["n"] is not None]
    if shown:
        yield ""
        yield from table(
            (
                "feature",
                "client",
                "percentile",
                "p25",
                "median",
                "p75",
                "peers that have it",
                "95 %",
                "n",
                "note",
            ),
            (
                [
                    row["label"],
                    row["written"]["client"],
                    row["written"]["percentile"],
                    row["written"]["p25"],
                    row["written"]["median"],
                    row["written"]["p75"],
                    row["written"]["adoption"],
                    row["written"]["interval"],
                    row["n"],
                    row["note"],
                ]
                for row in shown
            ),
        )


def _gaps(found: Consultation) -> Iterator[str]:
    yield from ("", "## Gaps", "")
    if not found.gaps:
        yield "None."
    for gap in found.gaps:
        verdict = f" ({gap['for_employees']} for employees)" if gap["for_employees"] else ""
        yield f"- {escaped(gap['told'])}{verdict}; {escaped(gap['significance'])}"


def _recommendations(found: Consultation) -> Iterator[str]:
    yield from ("", "## Recommendations", "")
    if not found.recommendations:
        yield "None."
    for row in found.recommendations:
        yield from (f"### {row['priority']} `{row['recommendation']}`", "")
        yield from (f"- {label}: {escaped(text)}" for label, text in parts(row))
        yield ""


def _warnings(client: Client) -> Iterator[str]:
    yield from ("", "## Warnings", "")
    if not client.warnings:
        yield "None."
    for entry in client.warnings:
        yield f"- {entry['rule']} {escaped(entry['field'] or '')}: {escaped(entry['message'] or '')}"


def _missing(found: Consultation) -> Iterator[str]:
    yield from ("", "## To say more", "")
    if not found.missing:
        yield "Nothing is missing."
    yield from (f"- {escaped(suggestion(row))}" for row in found.missing)


def _steps(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("", "## The run", "")
    yield from table(("step", "seconds", "counts"), (_step(step) for step in steps))


def _step(step: Mapping[str, Any]) -> list[object]:
    # a warning of pre-flight names the source's path below its first line
    said = step["said"].partition("\n")[0]
    if step["step"] in _OF_THE_SOURCE:
        said = said.split(" from ")[0]
    return [step["step"], f"{step['seconds']:.1f}", said]
