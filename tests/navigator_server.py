"""A small Navigator on loopback that behaves as navigator.md, section 4, says: no checks on a scenario, the
same name twice, runs that take their time - and, where a test asks for it, every way in which it can fail.
"""

from __future__ import annotations

import copy
import json
import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BASE: dict[str, Any] = {
    "simulation": {"start_year": 2025, "end_year": 2026, "random_seed": 42, "target_growth_rate": 0.03},
    "compensation": {"cola_rate": 0.02},
    "employer_match": {"active_formula": "simple_match", "formulas": {"simple_match": {"type": "simple"}}},
    "employer_core_contribution": {"enabled": True, "status": "flat", "contribution_rate": 0.01},
    "setup": {"census_parquet_path": "/data/census.parquet"},
}
LIFE = ("pending", "running", "completed")
Reply = tuple[int, Any, dict[str, str]]


@dataclass
class Fault:
    """What goes wrong with requests that match, and how often.

    what: a status; slow:SECONDS; drip (a byte now and then, for ever); reset (before anything is done), cut
    (after it was done, before the answer); html; half (the answer ends too early); redirect:URL; echo (401
    that repeats the Authorization header).
    """

    method: str
    path: str
    what: str | int
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeNavigator:
    """The state of the server, and what was asked of it."""

    url: str = ""
    token: str | None = None
    base: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(BASE))
    workspaces: dict[str, dict[str, Any]] = field(default_factory=dict)
    scenarios: dict[str, dict[str, Any]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    life: dict[str, list[str]] = field(default_factory=dict)
    """By scenario name: the statuses that its run takes, one each time that it is asked for."""
    errors: dict[str, str] = field(default_factory=dict)
    """By scenario name: what a failed run says."""
    analytics: Callable[[dict[str, Any], bool], Any] = lambda scenario, active_only: {}
    forfeitures: Any = None
    tamper: Callable[[dict[str, Any]], None] = lambda merged: None
    """Changes a merged configuration before it is told: a server that mangles what it was sent."""
    archive: Callable[[dict[str, Any]], None] = lambda provenance: None
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def fail(self, method: str, path: str, what: str | int, times: int = 1, **headers: str) -> None:
        """Let the next `times` requests of this method whose path matches fail."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.faults.append(Fault(method, path, what, times, named))

    def count(self, method: str, path: str = "") -> int:
        """How many requests of this method matched."""
        return sum(one == method and bool(re.search(path, there)) for one, there, _, _ in self.asked)

    def add_workspace(self, name: str) -> str:
        identity = str(uuid.uuid4())
        self.workspaces[identity] = {"id": identity, "name": name, "description": None}
        return identity

    def add_scenario(self, workspace: str, name: str, overrides: Any, status: str = "not_run") -> str:
        identity = str(uuid.uuid4())
        self.scenarios[identity] = {
            "id": identity,
            "workspace_id": workspace,
            "name": name,
            "description": None,
            "config_overrides": copy.deepcopy(overrides),
            "status": status,
            "last_run_id": None,
            "results_summary": None,
        }
        return identity

    def named(self, name: str) -> dict[str, Any]:
        """The one scenario of that name."""
        (found,) = [item for item in self.scenarios.values() if item["name"] == name]
        return found

    def complete(self, name: str, status: str = "completed") -> str:
        """Give a scenario a run that has ended, of the configuration that it has now."""
        scenario = self.named(name)
        run = self._start(scenario)["id"]
        self.runs[run]["left"] = []
        self._set(self.runs[run], status)
        return str(run)

    def merged(self, scenario: dict[str, Any]) -> dict[str, Any]:
        found = _merge(self.base, scenario["config_overrides"])
        template = found.get("dc_plan", {}).get("match_template")
        if template and "employer_match" in found:
            names = {"simple": "simple_match", "tiered": "tiered_match"}
            found["employer_match"]["active_formula"] = names.get(template, template)
        found.setdefault("deferral_match_response", {}).setdefault("enabled", True)
        return found

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Reply:
        """The reply to one request."""
        for wanted, pattern, function in _ROUTES:
            found = re.fullmatch(pattern, path)
            if wanted == method and found:
                return function(self, found, query, body)
        return 404, {"detail": "Not Found"}, {}

    def _start(self, scenario: dict[str, Any]) -> dict[str, Any]:
        identity = str(uuid.uuid4())
        run = {
            "id": identity,
            "scenario_id": scenario["id"],
            "status": "pending",
            "left": list(self.life.get(scenario["name"], LIFE[1:])),
            "config": self.merged(scenario),
            "error_message": None,
        }
        self.runs[identity] = run
        scenario |= {"status": "queued", "last_run_id": identity}
        return run

    def _set(self, run: dict[str, Any], status: str) -> None:
        scenario = self.scenarios[run["scenario_id"]]
        run["status"] = scenario["status"] = status
        if status == "failed":
            run["error_message"] = self.errors.get(scenario["name"])
        if status == "completed":
            scenario["result_run_id"] = run["id"]

    def _headers(self, scenario: dict[str, Any]) -> dict[str, str]:
        found = {}
        if scenario.get("result_run_id"):
            found["X-PlanAlign-Result-Run-Id"] = scenario["result_run_id"]
        if scenario["status"] in ("queued", "running"):
            found["X-PlanAlign-Active-Run-Id"] = scenario["last_run_id"]
            found["X-PlanAlign-Run-Warning"] = "run_in_progress"
        return found


def _merge(base: Any, over: Any) -> Any:
    found = copy.deepcopy(base)
    for key, value in over.items():
        both = isinstance(found.get(key), dict) and isinstance(value, dict)
        found[key] = _merge(found[key], value) if both else copy.deepcopy(value)
    return found


def _missing(what: str) -> Reply:
    return 404, {"detail": f"{what} not found"}, {}


def _invalid(field_name: str, message: str) -> Reply:
    return 422, {"detail": [{"type": "value_error", "loc": ["body", field_name], "msg": message}]}, {}


def _list_workspaces(fake: FakeNavigator, *_: Any) -> Reply:
    return 200, list(fake.workspaces.values()), {}


def _create_workspace(fake: FakeNavigator, _: Any, query: Any, body: Any) -> Reply:
    if not 1 <= len(body.get("name", "")) <= 100:
        return _invalid("name", "String should have at least 1 character")
    return 201, fake.workspaces[fake.add_workspace(body["name"])], {}


def _list_scenarios(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    if path[1] not in fake.workspaces:
        return _missing(f"Workspace {path[1]}")
    return 200, [item for item in fake.scenarios.values() if item["workspace_id"] == path[1]], {}


def _create_scenario(fake: FakeNavigator, path: re.Match[str], query: Any, body: Any) -> Reply:
    if path[1] not in fake.workspaces:
        return _missing(f"Workspace {path[1]}")
    if not 1 <= len(body.get("name", "")) <= 100:
        return _invalid("name", "String should have at most 100 characters")
    return 201, fake.scenarios[fake.add_scenario(path[1], body["name"], body["config_overrides"])], {}


def _put_scenario(fake: FakeNavigator, path: re.Match[str], query: Any, body: Any) -> Reply:
    scenario = fake.scenarios.get(path[2])
    if scenario is None:
        return _missing(f"Scenario {path[2]}")
    if "age_bands" in (body.get("config_overrides") or {}):
        wrong = {"section": "age_bands", "field": "bands", "message": "must start at 0"}
        return 422, {"detail": {"message": "Validation failed", "errors": [wrong]}}, {}
    scenario["config_overrides"] = body["config_overrides"]
    return 200, scenario, {}


def _config(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    scenario = fake.scenarios.get(path[2])
    if scenario is None:
        return _missing(f"Scenario {path[2]}")
    merged = fake.merged(scenario)
    fake.tamper(merged)
    return 200, merged, fake._headers(scenario)


def _run(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    scenario = fake.scenarios.get(path[1])
    if scenario is None:
        return _missing(f"Scenario {path[1]}")
    if scenario["status"] in ("pending", "queued", "running"):
        return 409, {"detail": f"Scenario {path[1]} already has an active run"}, {}
    return 200, _told(fake._start(scenario)), {}


def _status(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    scenario = fake.scenarios.get(path[1])
    if scenario is None:
        return _missing(f"Scenario {path[1]}")
    run = fake.runs.get(scenario["last_run_id"] or "")
    if run is None:
        return 200, {"id": "unknown", "scenario_id": path[1], "status": "pending", "progress": 0}, {}
    if run["left"]:
        fake._set(run, run["left"].pop(0))
    return 200, _told(run), fake._headers(scenario)


def _told(run: dict[str, Any]) -> dict[str, Any]:
    return {key: run[key] for key in ("id", "scenario_id", "status", "error_message")} | {"progress": 0}


def _one_run(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    run = fake.runs.get(path[2])
    return (200, run, {}) if run else _missing(f"Run {path[2]}")


def _logs(fake: FakeNavigator, path: re.Match[str], query: dict[str, str], body: Any) -> Reply:
    page, size = int(query["page"]), min(int(query["page_size"]), 2)  # a server may give less than asked for
    lines = [{"severity": "ERROR", "message": f"line {number}"} for number in range(1, 6)]
    some = lines[(page - 1) * size : page * size]
    return 200, {"lines": some, "total_lines": 5, "page": page, "has_more": page * size < 5}, {}


def _dc_plan(fake: FakeNavigator, path: re.Match[str], query: dict[str, str], body: Any) -> Reply:
    scenario = fake.scenarios.get(path[2])
    if scenario is None:
        return _missing(f"Scenario {path[2]}")
    if not scenario.get("result_run_id"):
        return 400, {"detail": f"Scenario {path[2]} has not completed successfully"}, {}
    found = fake.analytics(scenario, query.get("active_only") == "true")
    return 200, {"scenario_id": path[2], "scenario_name": scenario["name"]} | found, fake._headers(scenario)


def _forfeitures(fake: FakeNavigator, path: re.Match[str], query: dict[str, str], body: Any) -> Reply:
    scenario = fake.scenarios[query["scenarios"]]
    if fake.forfeitures is None:
        return _invalid("schedule_type", "Input should be 'immediate', ...")
    return (
        200,
        {"scenarios": [{"scenario_id": scenario["id"], "years": fake.forfeitures}]},
        fake._headers(scenario),
    )


def _provenance(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    run = fake.runs.get(path[1])
    if run is None:
        return _missing(f"Run {path[1]}")
    years = run["config"]["simulation"]
    evidence = {
        "run": {
            "run_id": run["id"],
            "status": run["status"],
            "completed_years": list(range(years["start_year"], years["end_year"] + 1)),
        },
        "timing": {"started_at": "2026-11-22T12:00:00Z"},
        "software": {"planalign_version": "2.4.0", "git_commit_sha": "3d34aa33" + 32 * "0"},
        "configuration": {
            "effective": copy.deepcopy(run["config"]) | {"setup": {"census_parquet_path": "<redacted-path>"}},
            "fingerprint": 64 * "a",
            "fingerprint_method": "sha256-canonical-effective-config-v1",
        },
        "random_seed": years["random_seed"],
        "census_input": {"sha256": 64 * "b", "record_count": 500},
    }
    found = {"report": {"evidence": evidence, "missing_evidence": []}, "audit_sheet": ""}
    fake.archive(found)
    return 200, found, {}


_WORKSPACE = r"/api/workspaces/([^/]+)/scenarios"
_ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("GET", r"/api/workspaces", _list_workspaces),
    ("POST", r"/api/workspaces", _create_workspace),
    ("GET", _WORKSPACE, _list_scenarios),
    ("POST", _WORKSPACE, _create_scenario),
    ("PUT", _WORKSPACE + r"/([^/]+)", _put_scenario),
    ("GET", _WORKSPACE + r"/([^/]+)/config", _config),
    ("GET", _WORKSPACE + r"/([^/]+)/analytics/dc-plan", _dc_plan),
    ("GET", r"/api/workspaces/([^/]+)/analytics/vesting/forfeitures", _forfeitures),
    ("POST", r"/api/scenarios/([^/]+)/run", _run),
    ("GET", r"/api/scenarios/([^/]+)/run/status", _status),
    ("GET", r"/api/scenarios/([^/]+)/runs/([^/]+)", _one_run),
    ("GET", r"/api/scenarios/([^/]+)/runs/([^/]+)/logs", _logs),
    ("GET", r"/api/runs/([^/]+)/provenance", _provenance),
)


class _Handler(BaseHTTPRequestHandler):
    fake: FakeNavigator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _any(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        self.fake.asked.append((self.command, self.path, dict(self.headers), body))
        fault = self._fault()
        if fault and self._fails_before(fault):
            return
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.fake.token and self._token() != self.fake.token:
            reply: Reply = (
                401,
                {"detail": "A valid PlanAlign API token is required."},
                {"WWW-Authenticate": "Bearer"},
            )
        else:
            reply = self.fake.answer(self.command, parts.path, query, body)
        if fault and fault.what == "cut":
            self._reset()
            return
        self._send(*reply, cut_in_half=bool(fault and fault.what == "half"))

    do_GET = do_POST = do_PUT = _any

    def _token(self) -> str | None:
        given = self.headers.get("Authorization", "")
        return (
            given.removeprefix("Bearer ") if given.startswith("Bearer ") else self.headers.get("X-API-Token")
        )

    def _fault(self) -> Fault | None:
        for fault in self.fake.faults:
            if fault.times and fault.method == self.command and re.search(fault.path, self.path):
                fault.times -= 1
                return fault
        return None

    def _fails_before(self, fault: Fault) -> bool:
        what = str(fault.what)
        if what == "reset":
            self._reset()
        elif what.startswith("slow:"):
            time.sleep(float(what.removeprefix("slow:")))
            return False
        elif what == "drip":
            self._drip()
        elif what == "html":
            self._send_bytes(200, b"<html>sign in here</html>", {"Content-Type": "text/html"})
        elif what == "echo":
            self._send(401, {"detail": f"bad credentials: {self.headers.get('Authorization')}"}, {})
        elif what.startswith("redirect:"):
            self._send(307, {}, {"Location": what.removeprefix("redirect:")})
        elif what.isdigit():
            self._send(int(what), {"detail": f"told to answer {what}"}, fault.headers)
        else:
            return False
        return True

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b"[")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _send(self, status: int, data: Any, headers: dict[str, str], *, cut_in_half: bool = False) -> None:
        content = json.dumps(data).encode()
        self._send_bytes(status, content, {"Content-Type": "application/json"} | headers, cut_in_half)

    def _send_bytes(
        self, status: int, content: bytes, headers: dict[str, str], cut_in_half: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content[: len(content) // 2] if cut_in_half else content)
        except OSError:
            return  # the client had no patience
        if cut_in_half:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A connection that a test cut off is no news."""


@contextmanager
def navigator_server(token: str | None = None) -> Iterator[FakeNavigator]:
    """Run a fake Navigator on a free loopback port for the length of the block."""
    fake = FakeNavigator(token=token)
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = _Server(("127.0.0.1", 0), handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
