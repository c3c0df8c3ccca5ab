"""Salesforce Bulk API 2.0, ingest: one method a call, as it is documented.

Looked up in November 2026 (developer.salesforce.com, Bulk API 2.0 and Bulk API Developer Guide):
- Create a Job: POST /jobs/ingest {object, operation, externalIdFieldName (required for upsert), contentType
  CSV, columnDelimiter COMMA, lineEnding LF}; the answer has id, state Open, contentUrl.
- Upload Job Data: PUT /jobs/ingest/<id>/batches, text/csv, 201; at most 150 MB as base64, so 100 MB of
  data. A job takes one upload only: a second is refused ("Found multiple contents for job", as
  users of real orgs report). So an upload that was cut off is never repeated: another job is made.
- Upload Complete: PATCH {state: UploadComplete}; without it nothing is processed.
- Job States: Open, UploadComplete, InProgress, JobComplete, Failed, Aborted.
- Results: GET successfulResults (sf__Id, sf__Created and the uploaded columns), failedResults (sf__Id,
  sf__Error), unprocessedrecords, each CSV, in any order; none for batches beyond the daily allocation.
- Abort: PATCH {state: Aborted}; what was processed stays. Delete: DELETE, 204, of a job that is not running.
"""

import csv
import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from harness.crm.session import Call, Session, odd
from harness.http_faults import ApiError, TransientApiError

RUNNING = frozenset(("UploadComplete", "InProgress"))
ENDED = frozenset(("JobComplete", "Failed", "Aborted"))
STATES = RUNNING | ENDED | {"Open"}
Results = Literal["successfulResults", "failedResults", "unprocessedrecords"]
_OWN_COLUMNS: dict[Results, tuple[str, ...]] = {
    "successfulResults": ("sf__Id", "sf__Created"),
    "failedResults": ("sf__Id", "sf__Error"),
    "unprocessedrecords": (),
}
_ID = re.compile(r"[A-Za-z0-9]{15,18}\Z")
_FIRST, _LONGEST, _GROWTH = 1.0, 30.0, 1.5


@dataclass(frozen=True)
class Job:
    """Where a job stands."""

    id: str
    state: str
    message: str = ""
    """Why it failed, in the org's words: "InvalidBatch : Field name not found : ..."."""


class Bulk:
    """The calls of the ingest API. Everything raises ApiError or TransientApiError."""

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.session = session
        self._clock = clock
        self._sleep = sleep
        self._root = f"{session.org.data}/jobs/ingest"

    def create(self, object_name: str, external_id: str) -> Job:
        """Make an upsert job. Twice does no harm: a job without data is never processed."""
        body = {
            "object": object_name,
            "operation": "upsert",
            "externalIdFieldName": external_id,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        return self._job(self.session.data(Call("POST", self._root, body)), self._root)

    def upload(self, job: Job, content: bytes) -> None:
        """Send the data, once: a job takes no second upload."""
        self.session.ask(Call("PUT", f"{self._path(job.id)}/batches", csv=content, is_safe_twice=False))

    def close(self, job: Job) -> None:
        """Let the org begin. Where the answer got lost the job itself is asked whether it has."""
        for attempt in range(3):
            try:
                self._set_state(job.id, "UploadComplete")
                return
            except ApiError as error:
                is_lost = isinstance(error, TransientApiError) and error.maybe_done
                # a refusal (400) may be because an earlier request, whose answer got lost, was carried out
                if not is_lost and error.status != 400:
                    raise
                if self.get(job.id).state != "Open":
                    return
                if not is_lost or attempt == 2:
                    raise

    def get(self, job_id: str) -> Job:
        """Where the job stands."""
        path = self._path(job_id)
        return self._job(self.session.data(Call("GET", path)), path)

    def wait(self, job_id: str, seconds: float) -> Job:
        """Ask, with growing pauses, until the job has ended or `seconds` are over."""
        until, pause = self._clock() + seconds, _FIRST
        while True:
            job = self.get(job_id)
            left = until - self._clock()
            if job.state in ENDED or left <= 0:
                return job
            self._sleep(min(pause, left))
            pause = min(_LONGEST, pause * _GROWTH)

    def results(self, job_id: str, kind: Results, key: str) -> Iterator[dict[str, str]]:
        """The rows of one of a job's results; every row has the column `key`."""
        path = f"{self._path(job_id)}/{kind}"
        content = self.session.ask(Call("GET", path, accept="text/csv")).content
        reader = csv.DictReader(io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline=""), strict=True)
        try:
            missing = {key, *_OWN_COLUMNS[kind]} - set(reader.fieldnames or ())
            if content.strip() and missing:
                raise odd(self.session.org, path, f"no column {', '.join(sorted(missing))}")
            for row in reader:
                if None in row or None in row.values():
                    raise odd(
                        self.session.org, path, f"a line {reader.line_num} of another length than its head"
                    )
                yield row
        except (csv.Error, UnicodeDecodeError):
            raise odd(self.session.org, path, "something that is no CSV") from None

    def abort(self, job_id: str) -> None:
        """Let nothing (more) of the job be processed."""
        self._set_state(job_id, "Aborted")

    def delete(self, job_id: str) -> None:
        """Remove the job and its data from the org."""
        self.session.ask(Call("DELETE", self._path(job_id)))

    def _set_state(self, job_id: str, state: str) -> None:
        path = self._path(job_id)
        # the second of two would be refused (InvalidJobState) though the first was carried out
        self._job(self.session.data(Call("PATCH", path, {"state": state}, is_safe_twice=False)), path)

    def _path(self, job_id: str) -> str:
        return f"{self._root}/{job_id}"

    def _job(self, found: object, path: str) -> Job:
        if not isinstance(found, dict) or not _ID.match(str(found.get("id", ""))):
            raise odd(self.session.org, path, "no job")
        if found.get("state") not in STATES:
            raise odd(self.session.org, path, f"a job in the unknown state {str(found.get('state'))[:40]!r}")
        message = self.session.hide(" ".join(str(found.get("errorMessage") or "").split()))
        return Job(str(found["id"]), str(found["state"]), message)
