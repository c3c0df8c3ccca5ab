"""A small Salesforce org on loopback that speaks Bulk API 2.0 (ingest), the token endpoint and describe as
documented - results in another order than sent, one upload a job - and, where a test asks for it, every way
in which it can fail. It keeps records, so that a test sees what an upsert did.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.faulty_server import Fault, FaultyHandler, serving

KEY = "PlanWise_Ref__c"
DATA = "/services/data/v62.0"
LIFE = ("UploadComplete", "InProgress", "JobComplete")
LARGEST_BASE64 = 150_000_000
Reply = tuple[int, Any, dict[str, str]]


@dataclass
class FakeJob:
    """One ingest job. `life`: the states that it takes, one each time that it is asked for."""

    id: str
    body: dict[str, Any]
    state: str = "Open"
    rows: list[dict[str, str]] = field(default_factory=list)
    has_data: bool = False
    life: list[str] = field(default_factory=list)
    message: str = ""
    successful: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    unprocessed: list[dict[str, str]] = field(default_factory=list)


@dataclass
class FakeOrg:
    """The state of the org, and what was asked of it."""

    url: str = ""
    client_id: str = "the-key"
    client_secret: str = "the-secret"
    refresh_token: str = "the-refresh-token"
    instance_url: str = ""
    tokens: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    fields: list[dict[str, Any]] = field(default_factory=list)
    may: dict[str, bool] = field(default_factory=lambda: {"createable": True, "updateable": True})
    records: dict[str, dict[str, str | None]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    """The reference of every record that was written, each time."""
    jobs: dict[str, FakeJob] = field(default_factory=dict)
    life: list[tuple[str, ...]] = field(default_factory=list)
    """The lives of the next jobs; LIFE when it is empty."""
    messages: list[str] = field(default_factory=list)
    """errorMessage of the next jobs that end as Failed."""
    refuses: Callable[[str, dict[str, str]], str | None] = lambda ref, row: None
    """sf__Error for a record, null where the org takes it."""
    skips: Callable[[str], bool] = lambda ref: False
    """Records that the job does not get to: they stand in unprocessedrecords."""
    hides: Callable[[str], bool] = lambda ref: False
    """Records that no result mentions."""
    tamper: Callable[[FakeJob], None] = lambda job: None
    """Changes a job's results before they are told."""
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def fail(
        self, method: str, path: str, what: str | int, times: int = 1, code: str = "", **headers: str
    ) -> None:
        """Let the next `times` requests of this method whose path matches fail."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        error = [{"errorCode": code, "message": f"told to answer {what}"}] if code else None
        self.faults.append(Fault(method, path, what, times, named, error))

    def count(self, method: str, path: str = "") -> int:
        """How many requests of this method matched."""
        return sum(one == method and bool(re.search(path, there)) for one, there, _, _ in self.asked)

    def answer(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Reply:
        """The reply to one request."""
        if (method, path) == ("POST", "/services/oauth2/token"):
            return self._token(raw)
        given = headers.get("Authorization", "").removeprefix("Bearer ")
        if given not in self.valid:
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if method == "GET" and re.fullmatch(f"{DATA}/sobjects/Account/describe", path):
            return 200, {"name": "Account", **self.may, "fields": self.fields}, {}
        if (method, path) == ("POST", f"{DATA}/jobs/ingest"):
            return self._create(json.loads(raw))
        found = re.fullmatch(f"{DATA}/jobs/ingest/([A-Za-z0-9]+)(?:/(\\w+))?", path)
        if not found or found[1] not in self.jobs:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        job, part = self.jobs[found[1]], found[2]
        if method == "PUT" and part == "batches":
            return self._upload(job, headers, raw)
        if method == "PATCH" and part is None:
            return self._patch(job, json.loads(raw))
        if method == "DELETE" and part is None:
            return self._delete(job)
        if method == "GET" and part is None:
            return self._info(job)
        if method == "GET" and part in ("successfulResults", "failedResults", "unprocessedrecords"):
            return self._results(job, part)
        return _error(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed")

    def _token(self, raw: bytes) -> Reply:
        form = {key: values[0] for key, values in parse_qs(raw.decode()).items()}
        wanted = {"client_id": self.client_id, "client_secret": self.client_secret}
        if form.get("grant_type") == "refresh_token":
            wanted["refresh_token"] = self.refresh_token
        elif form.get("grant_type") != "client_credentials":
            return (
                400,
                {"error": "unsupported_grant_type", "error_description": "grant type not supported"},
                {},
            )
        if any(form.get(key) != value for key, value in wanted.items()):
            return 400, {"error": "invalid_client", "error_description": "invalid client credentials"}, {}
        token = f"00Dxx!token-{len(self.tokens) + 1}"
        self.tokens.append(token)
        self.valid.add(token)
        answer = {
            "access_token": token,
            "signature": "nUFHwtfI=",
            "instance_url": self.instance_url or self.url,
            "id": "https://login.salesforce.com/id/00D/005",
            "token_type": "Bearer",
            "issued_at": "1763800000000",
        }
        return 200, answer, {}

    def _create(self, body: dict[str, Any]) -> Reply:
        wanted = {
            "object": "Account",
            "operation": "upsert",
            "externalIdFieldName": KEY,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        if body != wanted:
            return _error(400, "INVALIDJOB", f"the job is {body}")
        job = FakeJob(f"750xx{len(self.jobs) + 1:010d}AAA", body)
        job.life = list(self.life.pop(0) if self.life else LIFE)
        self.jobs[job.id] = job
        return 200, self._told(job), {}

    def _upload(self, job: FakeJob, headers: dict[str, str], raw: bytes) -> Reply:
        if job.state != "Open":
            return _error(400, "INVALIDJOBSTATE", f"the job is {job.state}")
        if job.has_data:
            return _error(400, "CLIENTINPUTERROR", f"Found multiple contents for job: <{job.id}>")
        if not headers.get("Content-Type", "").startswith("text/csv"):
            return _error(415, "UNSUPPORTED_MEDIA_TYPE", "text/csv only")
        if (len(raw) + 2) // 3 * 4 > LARGEST_BASE64:
            return _error(400, "CLIENTINPUTERROR", "the data exceeds 150 MB of base64 encoded content")
        job.has_data = True
        job.rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline="")))
        return 201, None, {}

    def _patch(self, job: FakeJob, body: dict[str, Any]) -> Reply:
        state = body.get("state")
        permitted = {"UploadComplete": ("Open",), "Aborted": ("Open", "UploadComplete", "InProgress")}
        if job.state not in permitted.get(str(state), ()):
            return _error(400, "INVALIDJOBSTATE", f"{state} is not permitted: the job is {job.state}")
        job.state = str(state)
        return 200, self._told(job), {}

    def _delete(self, job: FakeJob) -> Reply:
        if job.state not in ("UploadComplete", "JobComplete", "Aborted", "Failed"):
            return _error(400, "INVALIDJOBSTATE", f"the job is {job.state}")
        del self.jobs[job.id]
        return 204, None, {}

    def _info(self, job: FakeJob) -> Reply:
        if job.state in ("UploadComplete", "InProgress") and job.life:
            job.state = job.life.pop(0) if len(job.life) > 1 else job.life[0]
            if job.state in ("JobComplete", "Failed", "Aborted") and not job.successful + job.failed:
                self._process(job)
        return 200, self._told(job), {}

    def _process(self, job: FakeJob) -> None:
        if job.state == "Failed" and self.messages:
            job.message = self.messages.pop(0)
        for row in job.rows:
            ref = row[KEY]
            if self.skips(ref):
                job.unprocessed.append(row)
                continue
            error = self.refuses(ref, row)
            if error:
                job.failed.append({"sf__Id": "", "sf__Error": error, **row})
                continue
            is_new = ref not in self.records
            record = self.records.setdefault(ref, {"Id": f"001xx{len(self.records) + 1:010d}AAA"})
            self.written.append(ref)
            # an empty value is ignored, #N/A sets null (Prepare CSV Files)
            record |= {name: None if value == "#N/A" else value for name, value in row.items() if value != ""}
            told = {"sf__Id": str(record["Id"]), "sf__Created": str(is_new).lower(), **row}
            if not self.hides(ref):
                job.successful.append(told)
        for rows in (job.successful, job.failed, job.unprocessed):
            rows.reverse()
        self.tamper(job)

    def _results(self, job: FakeJob, part: str) -> Reply:
        if job.state not in ("JobComplete", "Failed", "Aborted"):
            return _error(400, "INVALIDJOBSTATE", f"the job is {job.state}")
        own = {"successfulResults": ["sf__Id", "sf__Created"], "failedResults": ["sf__Id", "sf__Error"]}
        rows = {
            "successfulResults": job.successful,
            "failedResults": job.failed,
            "unprocessedrecords": job.unprocessed,
        }
        names = own.get(part, []) + (list(job.rows[0]) if job.rows else [KEY])
        out = io.StringIO()
        writer = csv.DictWriter(out, names, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows[part])
        return 200, out.getvalue().encode(), {"Content-Type": "text/csv"}

    def _told(self, job: FakeJob) -> dict[str, Any]:
        found = {
            "id": job.id,
            **job.body,
            "state": job.state,
            "contentUrl": f"{DATA[1:]}/jobs/ingest/{job.id}/batches",
            "apiVersion": 62.0,
            "numberRecordsProcessed": len(job.successful) + len(job.failed),
            "numberRecordsFailed": len(job.failed),
        }
        return found | ({"errorMessage": job.message} if job.message else {})


def _error(status: int, code: str, message: str) -> Reply:
    return status, [{"errorCode": code, "message": message}], {}


class _Handler(FaultyHandler):
    """Beside what every fake server can: expire (the token is no longer valid: 401), done:503 (it was done
    all the same), cut_body (in the middle of the request).
    """

    json_type = "application/json;charset=UTF-8"

    def _any(self) -> None:
        path = urlsplit(self.path).path
        fault = self.fault()
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.what == "cut_body":
            self.rfile.read(length // 2)
            self.fake.asked.append((self.command, path, dict(self.headers), b""))
            self.reset()
            return
        raw = self.rfile.read(length)
        self.fake.asked.append((self.command, path, dict(self.headers), raw))
        if fault and fault.what == "expire":
            self.fake.valid.discard(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if fault and self.fails_before(fault):
            return
        status, data, headers = self.fake.answer(self.command, path, dict(self.headers), raw)
        if fault and fault.what == "cut":
            self.reset()
            return
        if fault and fault.what == "done:503":
            status, data, headers = 503, [{"errorCode": "SERVER_BUSY", "message": "try again"}], {}
        self.send(status, data, headers, cut_in_half=bool(fault and fault.what == "half"))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def refusal(self, message: str) -> Any:
        return [{"errorCode": "TOLD_TO", "message": message}]

    def repeated(self) -> Any:
        seen = f"{self.headers.get('Authorization')} {self.fake.asked[-1][3].decode()}"
        return [{"errorCode": "INVALID_SESSION_ID", "message": seen}]


@contextmanager
def crm_server() -> Iterator[FakeOrg]:
    """Run a fake org on a free loopback port for the length of the block."""
    org = FakeOrg()
    with serving(org, _Handler):
        yield org
