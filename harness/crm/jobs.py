"""Jobs under way: crm_jobs.json in the home, so that a delivery that was killed asks its old job first.

A job is noted before its data is uploaded. When it is over, what the org took stays noted until the next
delivery, for whoever records the results may be killed before that; it asks the job for what it would send
again, and forgets it. A record whose old job has not ended must not go into a new one: the two would be
processed in any order, and the older values could win.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from harness.config import iso, utc_now
from harness.errors import SourceError
from harness.files import PRIVATE_FILE, atomic_write

NAME = "crm_jobs.json"
VERSION = "planwise-crm-jobs/1.0"
_KEPT = timedelta(days=8)
"""Salesforce removes jobs that have ended after seven days; after that there is nothing left to ask."""


@dataclass(frozen=True)
class Noted:
    """One job: where, when, what was sent (reference to document checksum), and what needs no asking for."""

    endpoint: str
    url: str
    object_name: str
    job_id: str
    created_at: str
    sent: dict[str, str]
    told: list[str]
    is_over: bool = False
    """Whether the delivery that made it saw it to its end."""
    mapping: str = ""
    """Checksum of the mapping that it was written by; empty where an older planwise noted it."""

    @property
    def waiting(self) -> dict[str, str]:
        """What was sent and may have to be asked for."""
        told = set(self.told)
        return {ref: checksum for ref, checksum in self.sent.items() if ref not in told}

    def has(self, ref: str, checksum: str, mapping: str) -> bool:
        """Whether just this was sent: the same document by the same mapping."""
        return self.sent.get(ref) == checksum and self.mapping == mapping


class Jobs:
    """The journal of one home; written at each step, whole or not at all."""

    def __init__(self, home: Path) -> None:
        self.path = home / NAME
        self._noted = _read(self.path)
        oldest = iso(utc_now() - _KEPT)
        self._noted = [job for job in self._noted if job.created_at > oldest]

    def of(self, endpoint: str, url: str) -> list[Noted]:
        """The jobs of one endpoint that are not settled, oldest first."""
        return [job for job in self._noted if (job.endpoint, job.url) == (endpoint, url)]

    def note(self, job: Noted) -> None:
        """Record a job that was just made."""
        self._write([*self._noted, job])

    def tell(self, job_id: str, refs: list[str], *, is_over: bool = False) -> None:
        """Record that these need no asking for; the job is forgotten when none is left."""
        kept = []
        for job in self._noted:
            if job.job_id == job_id:
                job = replace(job, told=sorted({*job.told, *refs}), is_over=is_over or job.is_over)
            if job.waiting:
                kept.append(job)
        self._write(kept)

    def forget(self, job_id: str) -> None:
        """The job never did anything, or is gone."""
        self._write([job for job in self._noted if job.job_id != job_id])

    def _write(self, noted: list[Noted]) -> None:
        if noted == self._noted:
            return
        content = {"schema_version": VERSION, "jobs": [asdict(job) for job in noted]}
        atomic_write(self.path, (json.dumps(content, indent=1) + "\n").encode(), PRIVATE_FILE)
        self._noted = noted


def _read(path: Path) -> list[Noted]:
    if not path.exists():
        return []
    try:
        content = json.loads(path.read_bytes())
        if content["schema_version"] == VERSION:
            return [Noted(**job) for job in content["jobs"]]
    except (ValueError, KeyError, TypeError):
        pass
    raise SourceError(
        "bad_journal",
        f"{path} can't be read, or was written by another version",
        "see in the org (Setup, Bulk Data Load Jobs) that no job of planwise is running, then move it aside",
    )
