"""A part of a delivery into a job: noted before its data is sent; a job that was not closed does nothing."""

from collections.abc import Callable, Mapping

from exporters.crm_csv import Part
from exporters.crm_mapping import Mapping as Fields
from harness.config import iso, utc_now
from harness.crm.bulk import Bulk, Job
from harness.crm.jobs import Jobs, Noted
from harness.http_faults import ApiError, TransientApiError
from harness.receivers import OutRow

_ATTEMPTS = 3
_TWICE = "multiple contents"


class Uploads:
    """Uploads to one org; `pause` waits before the next attempt."""

    def __init__(self, bulk: Bulk, mapping: Fields, pause: Callable[[int], None]) -> None:
        self._bulk = bulk
        self._mapping = mapping
        self._checksum = mapping.checksum
        self._pause = pause

    def made(self, jobs: Jobs, part: Part, rows: Mapping[str, OutRow]) -> Job:
        """A job that has the part, still Open. One that was cut off is aborted, and another one made."""
        org = self._bulk.session.org
        sent = {ref: rows[ref].document_checksum for ref in part.client_refs}
        for attempt in range(1, _ATTEMPTS + 1):
            job = self._bulk.create(self._mapping.object, self._mapping.external_id)
            where = (org.name, org.server.url, self._mapping.object)
            jobs.note(Noted(*where, job.id, iso(utc_now()), sent, [], mapping=self._checksum))
            try:
                self._bulk.upload(job, part.content)
                return job
            except ApiError as error:
                self.discard(jobs, job)
                is_lost = isinstance(error, TransientApiError) and error.maybe_done
                # a 503 that was none: the org had the data, and refuses them a second time
                is_worth_it = is_lost or _TWICE in error.message
                if attempt == _ATTEMPTS or not is_worth_it:
                    raise
            self._pause(attempt)
        raise AssertionError("unreachable")

    def discard(self, jobs: Jobs, job: Job) -> None:
        """Abort and delete a job that was never closed; where that fails it is never processed either."""
        for step in (self._bulk.abort, self._bulk.delete):
            try:
                step(job.id)
            except ApiError:
                break
        jobs.forget(job.id)

    def clear(self, job: Job) -> None:
        """Delete a finished job where the settings say so; else the org removes it after seven days."""
        if not self._bulk.session.org.keep_jobs:
            try:
                self._bulk.delete(job.id)
            except ApiError:
                return
