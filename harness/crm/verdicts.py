"""What became of each record of a job, by its reference only: the results come in any order.

Confirmed is what the org lists as successful, once and with its record's id; nothing else is. A record that
no list names, or two, is not confirmed and goes again: an upsert writes the same values once more. Where a
list names a record that was not sent it is of another job, or was mixed up: nothing in it is a confirmation.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.config import PROJECT
from harness.crm.bulk import Bulk, Job
from harness.crm.row_errors import is_classified, row_error


@dataclass(frozen=True)
class Verdict:
    """What became of one record."""

    client_ref: str
    outcome: Literal["confirmed", "retry", "rejected"]
    code: str | None = None
    message: str | None = None
    receiver_id: str | None = None


def verdicts(
    bulk: Bulk, job: Job, key: str, sent: Collection[str], project: Path = PROJECT
) -> dict[str, Verdict]:
    """One verdict for each record sent. Raises ApiError where the results can't be read."""
    found: dict[str, list[Verdict]] = {}
    for one in _told(bulk, job, key, project):
        found.setdefault(one.client_ref, []).append(one)
    foreign = sorted(set(found) - set(sent))
    return {ref: _of(ref, found.get(ref, []), foreign, job) for ref in sent}


def _told(bulk: Bulk, job: Job, key: str, project: Path) -> Iterator[Verdict]:
    for row in bulk.results(job.id, "successfulResults", key):
        yield _successful(row[key], row["sf__Id"], job)
    for row in bulk.results(job.id, "failedResults", key):
        error = row_error(bulk.session.hide(row["sf__Error"]), project)
        outcome: Literal["retry", "rejected"] = "retry" if error.is_transient else "rejected"
        yield Verdict(row[key], outcome, error.code, error.sentence, row["sf__Id"] or None)
    for row in bulk.results(job.id, "unprocessedrecords", key):
        yield _unprocessed(row[key], job, project)


def _successful(ref: str, record: str, job: Job) -> Verdict:
    if record:
        return Verdict(ref, "confirmed", receiver_id=record)
    return Verdict(ref, "retry", "no_record_id", f"job {job.id} calls it successful, but names no record")


def _unprocessed(ref: str, job: Job, project: Path) -> Verdict:
    """A job that failed: most often the records are worth another job, unless the upload itself is wrong."""
    why = f": {job.message}" if job.message else ""
    if job.message and is_classified(job.message, project) and job.state == "Failed":
        error = row_error(job.message, project)
        if not error.is_transient:
            return Verdict(ref, "rejected", error.code, f"job {job.id} failed: {error.sentence}")
    return Verdict(ref, "retry", "unprocessed", f"job {job.id} ({job.state}) did not get to it{why}")


def _of(ref: str, found: list[Verdict], foreign: list[str], job: Job) -> Verdict:
    if foreign:
        return Verdict(
            ref,
            "retry",
            "results_of_others",
            f"the results of job {job.id} name {len(foreign)} records that were not sent (the first:"
            f" {foreign[0][:40]!r}), so nothing in them is taken as a confirmation",
        )
    if not found:
        return Verdict(
            ref,
            "retry",
            "no_result",
            f"job {job.id} ({job.state}) says nothing of this record: it is neither successful nor failed nor"
            " unprocessed",
        )
    if len(found) > 1:
        lists = ", ".join(sorted(one.outcome for one in found))
        return Verdict(ref, "retry", "two_results", f"job {job.id} names this record more than once: {lists}")
    return found[0]


def all_retry(refs: Iterable[str], code: str, message: str) -> dict[str, Verdict]:
    """The same for all of them: none was confirmed."""
    return {ref: Verdict(ref, "retry", code, message) for ref in refs}
