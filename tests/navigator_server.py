"""A small Navigator on loopback that behaves as navigator.md, section 4, says: no checks on a scenario, the
same name twice, runs that take their time - and, where a test asks for it, every way in which it can fail.
"""

from __future__ import annotations

import copy
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.faulty_server import Fault, FaultyHandler, serving
from tests.navigator_routes import ROUTES, Reply

BASE: dict[str, Any] = {
    "simulation": {"start_year": 2025, "end_year": 2026, "random_seed": 42, "target_growth_rate": 0.03},
    "compensation": {"cola_rate": 0.02},
    "employer_match": {"active_formula": "simple_match", "formulas": {"simple_match": {"type": "simple"}}},
    "employer_core_contribution": {"enabled": True, "status": "flat", "contribution_rate": 0.01},
    "setup": {"census_parquet_path": "/data/census.parquet"},
}
LIFE = ("pending", "running", "completed")


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
        run = self.begin(scenario)["id"]
        self.runs[run]["left"] = []
        self.set_status(self.runs[run], status)
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
        for wanted, pattern, function in ROUTES:
            found = re.fullmatch(pattern, path)
            if wanted == method and found:
                return function(self, found, query, body)
        return 404, {"detail": "Not Found"}, {}

    def begin(self, scenario: dict[str, Any]) -> dict[str, Any]:
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

    def set_status(self, run: dict[str, Any], status: str) -> None:
        scenario = self.scenarios[run["scenario_id"]]
        run["status"] = scenario["status"] = status
        if status == "failed":
            run["error_message"] = self.errors.get(scenario["name"])
        if status == "completed":
            scenario["result_run_id"] = run["id"]

    def headers_of(self, scenario: dict[str, Any]) -> dict[str, str]:
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


class _Handler(FaultyHandler):
    def _any(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        self.fake.asked.append((self.command, self.path, dict(self.headers), body))
        fault = self.fault()
        if fault and self.fails_before(fault):
            return
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.fake.token and self._token() != self.fake.token:
            told = self.refusal("A valid PlanAlign API token is required.")
            reply: Reply = 401, told, {"WWW-Authenticate": "Bearer"}
        else:
            reply = self.fake.answer(self.command, parts.path, query, body)
        if fault and fault.what == "cut":
            self.reset()
            return
        self.send(*reply, cut_in_half=bool(fault and fault.what == "half"))

    do_GET = do_POST = do_PUT = _any

    def _token(self) -> str | None:
        given = self.headers.get("Authorization", "")
        return (
            given.removeprefix("Bearer ") if given.startswith("Bearer ") else self.headers.get("X-API-Token")
        )

    def refusal(self, message: str) -> Any:
        return {"detail": message}


@contextmanager
def navigator_server(token: str | None = None) -> Iterator[FakeNavigator]:
    """Run a fake Navigator on a free loopback port for the length of the block."""
    fake = FakeNavigator(token=token)
    with serving(fake, _Handler):
        yield fake
