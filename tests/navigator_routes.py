"""What the fake Navigator answers to each request (navigator.md, section 4)."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.navigator_server import FakeNavigator

Reply = tuple[int, Any, dict[str, str]]


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
    return 200, merged, fake.headers_of(scenario)


def _run(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    scenario = fake.scenarios.get(path[1])
    if scenario is None:
        return _missing(f"Scenario {path[1]}")
    if scenario["status"] in ("pending", "queued", "running"):
        return 409, {"detail": f"Scenario {path[1]} already has an active run"}, {}
    return 200, _told(fake.begin(scenario)), {}


def _status(fake: FakeNavigator, path: re.Match[str], *_: Any) -> Reply:
    scenario = fake.scenarios.get(path[1])
    if scenario is None:
        return _missing(f"Scenario {path[1]}")
    run = fake.runs.get(scenario["last_run_id"] or "")
    if run is None:
        return 200, {"id": "unknown", "scenario_id": path[1], "status": "pending", "progress": 0}, {}
    if run["left"]:
        fake.set_status(run, run["left"].pop(0))
    return 200, _told(run), fake.headers_of(scenario)


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
    return 200, {"scenario_id": path[2], "scenario_name": scenario["name"]} | found, fake.headers_of(scenario)


def _forfeitures(fake: FakeNavigator, path: re.Match[str], query: dict[str, str], body: Any) -> Reply:
    scenario = fake.scenarios[query["scenarios"]]
    if fake.forfeitures is None:
        return _invalid("schedule_type", "Input should be 'immediate', ...")
    return (
        200,
        {"scenarios": [{"scenario_id": scenario["id"], "years": fake.forfeitures}]},
        fake.headers_of(scenario),
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
ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
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
