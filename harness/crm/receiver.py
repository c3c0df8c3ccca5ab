"""SalesforceReceiver: documents in, one result for each; confirmed is only what the org confirmed.

Sent = confirmed + retry + rejected, each exactly once. One job a part; rows are matched by their reference
only. A process that is killed leaves its jobs in the journal: the next delivery asks them before it sends
anything (harness/crm/jobs.py). Where even that is lost, sending again does no harm: an upsert by an external
id that is unique writes the same values into the same record.
"""

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from exporters.crm_csv import Part
from exporters.yaml import from_json
from harness.config import Settings
from harness.crm.bulk import ENDED, Bulk, Job
from harness.crm.jobs import Jobs, Noted
from harness.crm.org import org
from harness.crm.parts import parted
from harness.crm.probe import probed
from harness.crm.session import Session
from harness.crm.sheet import Sheet, sheet_of
from harness.crm.uploads import Uploads
from harness.crm.verdicts import Verdict, all_retry, verdicts
from harness.http import Patience
from harness.http_faults import ApiError, TransientApiError
from harness.receivers import OutRow, RowResult
from harness.receivers.endpoint import Endpoint

PATIENCE = Patience(whole=900, largest=512 * 1024 * 1024)
"""Results repeat what was uploaded, and that may be 100 MB."""
_UNREADABLE = frozenset(("not_the_api", "answer_too_large"))
_NOT_ENDED = 60.0
"""Seconds before a job that has not ended is worth asking for again."""


class SalesforceReceiver:
    """A row receiver: accounts into one org."""

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Settings,
        *,
        sheet: Sheet | None = None,
        environment: Mapping[str, str] | None = None,
        patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Check the endpoint's settings and the home's mapping; nothing is asked yet. Raises SourceError."""
        self.org = org(
            endpoint.name, endpoint.place, endpoint.options, endpoint.secrets, environment=environment
        )
        self.sheet = sheet or sheet_of(settings.home)
        self.session = Session(self.org, patience, sleep, uniform)
        self.bulk = Bulk(self.session, clock, sleep)
        self._uploads = Uploads(self.bulk, self.sheet.mapping, self._pause)
        self._patience, self._sleep, self._uniform = patience, sleep, uniform
        self._settings = settings
        self._mapping = self.sheet.mapping.checksum

    @property
    def written_by(self) -> str:
        """A checksum of what makes other records of the same documents, or puts them elsewhere."""
        return hashlib.sha256(f"{self.org.server.url} {self._mapping}".encode()).hexdigest()

    def probe(self) -> str:
        """Sign in and compare the mapping with the object's fields, reading only; say what was found."""
        try:
            return probed(self.session, self.sheet)
        finally:
            self.session.close()

    def send(self, target: str, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        """Send the documents and yield one result for each, as the jobs end.

        Raises ApiError only when nothing more can work (credentials, permissions, nobody there at all); a row
        without a result was not confirmed.
        """
        try:
            yield from self._sent(rows)
        finally:
            self.session.close()

    def _sent(self, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        jobs = Jobs(self._settings.home)
        waiting, documents = {}, {}
        known = Counter(row.client_ref for row in rows)
        for row in rows:
            document = _document(row)
            if isinstance(document, str) or known[row.client_ref] > 1:
                code, what = ("bad_document", document) if isinstance(document, str) else _TWICE
                yield RowResult(row.delivery_key, "rejected", code, what)
                continue
            waiting[row.client_ref], documents[row.client_ref] = row, document
        yield from self._old_jobs(jobs, waiting)
        if not waiting:
            return
        parts, refused = parted(self.sheet, {ref: documents[ref] for ref in waiting})
        for ref, what in refused.items():
            yield RowResult(waiting.pop(ref).delivery_key, "rejected", "does_not_fit", what)
        yield from self._new_jobs(jobs, parts, waiting)

    def _old_jobs(self, jobs: Jobs, waiting: dict[str, OutRow]) -> Iterator[RowResult]:
        """Settle what an earlier delivery left: what has a result, or must wait, leaves `waiting`."""
        for noted in jobs.of(self.org.name, self.org.server.url):
            refs = noted.waiting.keys() & waiting.keys()
            if noted.is_over:
                refs = self._same(noted, refs, waiting)
            if not refs:
                if noted.is_over:
                    jobs.forget(noted.job_id)  # its results were recorded: nobody asks for them again
                continue
            after: float | None = _NOT_ENDED
            try:
                job = self.bulk.get(noted.job_id)
                if job.state == "Open":
                    self._uploads.discard(jobs, job)  # never closed: nothing of it was or will be processed
                    continue
                job = self.bulk.wait(job.id, self.org.wait)
                found = self._verdicts(job, noted.sent)
                has_ended = job.state in ENDED
            except TransientApiError as error:
                found = all_retry(noted.sent, error.code, _unknown(noted.job_id, error.message))
                after, has_ended = error.retry_after, False
            except ApiError as error:
                if error.status != 404:
                    raise
                jobs.forget(noted.job_id)  # the org keeps ended jobs for seven days
                continue
            if has_ended:
                # the result of another version of a document is none of this one, which is sent now
                yield from self._told(self._same(noted, refs, waiting), found, waiting)
                if noted.is_over:
                    jobs.forget(noted.job_id)
                else:
                    jobs.tell(noted.job_id, list(refs))
            else:
                yield from self._told(refs, found, waiting, after)

    def _new_jobs(self, jobs: Jobs, parts: Sequence[Part], waiting: dict[str, OutRow]) -> Iterator[RowResult]:
        """One job a part. Where no job can be made any more the rest is not tried."""
        is_away: TransientApiError | None = None
        for number, part in enumerate(parts):
            job: Job | None = None
            after: float | None = _NOT_ENDED
            try:
                if is_away:
                    raise is_away
                job = self._uploads.made(jobs, part, waiting)
                self.bulk.close(job)
                job = self.bulk.wait(job.id, self.org.wait)
                found = self._verdicts(job, part.client_refs)
                has_ended = job.state in ENDED
            except TransientApiError as error:
                if job is None and number == 0:
                    raise
                is_away = is_away or (error if job is None else None)
                words = f"not sent: {error.message}" if job is None else _unknown(job.id, error.message)
                found = all_retry(part.client_refs, error.code, words)
                after, has_ended = error.retry_after, False
            except ApiError as error:
                if job is None or error.status != 404:
                    raise
                words = f"job {job.id} is gone from the org: {error.message}"
                found, after, has_ended = all_retry(part.client_refs, "job_gone", words), None, True
            yield from self._told(part.client_refs, found, waiting, after)
            if job is not None and has_ended:
                settled = [ref for ref in part.client_refs if found[ref].outcome != "confirmed"]
                jobs.tell(job.id, settled, is_over=True)
                self._uploads.clear(job)

    def _same(self, noted: Noted, refs: Iterable[str], waiting: Mapping[str, OutRow]) -> set[str]:
        """What the job was sent just as it would be now: the same document, by the same mapping."""
        return {ref for ref in refs if noted.has(ref, waiting[ref].document_checksum, self._mapping)}

    def _pause(self, attempt: int) -> None:
        self._sleep(self._uniform(0, min(self._patience.cap, self._patience.base * 2**attempt)))

    def _verdicts(self, job: Job, sent: Sequence[str] | Mapping[str, str]) -> dict[str, Verdict]:
        if job.state not in ENDED:
            what = f"job {job.id} has not ended ({job.state}); the next delivery asks for its results"
            return all_retry(sent, "job_unfinished", what)
        try:
            return verdicts(
                self.bulk, job, self.sheet.mapping.external_id, list(sent), self._settings.project
            )
        except ApiError as error:
            if error.code not in _UNREADABLE:
                raise
            return all_retry(sent, "results_unreadable", error.message)

    def _told(
        self,
        refs: Any,
        found: Mapping[str, Verdict],
        waiting: dict[str, OutRow],
        after: float | None = None,
    ) -> Iterator[RowResult]:
        for ref in sorted(refs):
            one = found[ref]
            key = waiting.pop(ref).delivery_key
            wait = after if one.outcome == "retry" else None
            yield RowResult(key, one.outcome, one.code, one.message, wait, one.receiver_id)


_TWICE = (
    "sent_twice",
    "two documents of this delivery are about the same client: neither can be told from the other",
)


def _unknown(job_id: str, why: str) -> str:
    return f"what became of it in job {job_id} is not known yet: {why}"


def _document(row: OutRow) -> Any:
    """The document, or a sentence about what is wrong with it."""
    try:
        document = from_json(row.content.decode())
    except ValueError:
        return "the document is no JSON"
    if not isinstance(document, dict) or document.get("client_ref") != row.client_ref or not row.client_ref:
        return "the document is about another client than its row says"
    return document
