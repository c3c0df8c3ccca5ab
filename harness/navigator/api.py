"""Navigator's REST API (contract: navigator.md, section 4), one method a call, shapes checked."""

import re
from collections.abc import Iterator
from typing import Any

from harness.navigator.faults import ApiError
from harness.navigator.http import Answer, Http

Object = dict[str, Any]

RUN_HEADER = "x-planalign-result-run-id"
ACTIVE_HEADER = "x-planalign-active-run-id"
NAME_LENGTH = 100
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_PAGE = 500
_PAGES = 200


class Navigator:
    """The calls that planwise makes. Everything raises ApiError or TransientApiError."""

    def __init__(self, http: Http) -> None:
        self.http = http

    @property
    def url(self) -> str:
        """The server's address."""
        return self.http.server.url

    def workspaces(self) -> list[Object]:
        """All workspaces: id, name, ...; the API does not page them."""
        return self._objects("/api/workspaces", "id", "name")

    def create_workspace(self, name: str, description: str) -> Object:
        """Make a workspace on the server's own base configuration."""
        return self._made("/api/workspaces", {"name": name, "description": description})

    def scenarios(self, workspace: str) -> list[Object]:
        """All scenarios of a workspace with name, config_overrides, status, last_run_id; not paged either."""
        return self._objects(f"/api/workspaces/{_part(workspace)}/scenarios", "id", "name")

    def create_scenario(self, workspace: str, name: str, description: str, overrides: Any) -> Object:
        """Make a scenario. Not tried again where it may have been made: the API takes the same name twice."""
        body = {"name": name, "description": description, "config_overrides": overrides}
        return self._made(f"/api/workspaces/{_part(workspace)}/scenarios", body)

    def replace_overrides(self, workspace: str, scenario: str, overrides: Any, description: str) -> Object:
        """Put these overrides in the place of all that the scenario has."""
        path = f"/api/workspaces/{_part(workspace)}/scenarios/{_part(scenario)}"
        body = {"config_overrides": overrides, "description": description}
        return _object(self.http.put(path, body), path, "id")

    def config(self, workspace: str, scenario: str) -> Object:
        """The workspace's base configuration with the scenario's overrides merged in."""
        path = f"/api/workspaces/{_part(workspace)}/scenarios/{_part(scenario)}/config"
        return _object(self.http.get(path), path)

    def start(self, scenario: str) -> Object:
        """Start a run; ApiError with status 409 where one is active.

        Twice does no harm: the second is a 409.
        """
        path = f"/api/scenarios/{_part(scenario)}/run"
        return _object(self.http.post(path, {}, is_safe_twice=True), path, "id", "status")

    def run_status(self, scenario: str) -> Object:
        """The current or last run: id ("unknown" before the first), status, error_message."""
        path = f"/api/scenarios/{_part(scenario)}/run/status"
        return _object(self.http.get(path), path, "id", "status")

    def run(self, scenario: str, run: str) -> Object:
        """One run's record: status, config, error_message."""
        path = f"/api/scenarios/{_part(scenario)}/runs/{_part(run)}"
        return _object(self.http.get(path), path, "id", "status")

    def log(self, scenario: str, run: str, severity: str) -> Iterator[str]:
        """A run's log lines of one severity, page after page."""
        path = f"/api/scenarios/{_part(scenario)}/runs/{_part(run)}/logs"
        for page in range(1, _PAGES + 1):
            found = self.http.get(path, page=page, page_size=_PAGE, severity=severity)
            answer = _object(found, path, "lines")
            for line in answer["lines"]:
                yield self.http.server.token.hidden_in(str(line.get("message", "")))
            if not answer.get("has_more"):
                return

    def dc_plan(self, workspace: str, scenario: str, *, active_only: bool) -> Answer:
        """Contributions and participation by year; the text is what SQL reads."""
        path = f"/api/workspaces/{_part(workspace)}/scenarios/{_part(scenario)}/analytics/dc-plan"
        answer = self.http.get(path, active_only=active_only, cohort="all")
        _object(answer, path, "scenario_name", "contribution_by_year")
        return answer

    def forfeitures(self, workspace: str, scenario: str, schedule: str) -> Answer:
        """Forfeitures by year under one of Navigator's vesting schedules."""
        path = f"/api/workspaces/{_part(workspace)}/analytics/vesting/forfeitures"
        answer = self.http.get(path, scenarios=_part(scenario), schedule_type=_part(schedule))
        _object(answer, path, "scenarios")
        return answer

    def provenance(self, run: str) -> Object:
        """The archived evidence of one run: report.evidence.configuration.effective, .software, ..."""
        path = f"/api/runs/{_part(run)}/provenance"
        return _object(self.http.get(path), path, "report")

    def _objects(self, path: str, *keys: str) -> list[Object]:
        data = self.http.get(path).data
        if not isinstance(data, list):
            raise _odd(path, "no list")
        for item in data:
            _has(item, path, *keys)
        return data

    def _made(self, path: str, body: Object) -> Object:
        return _object(self.http.post(path, body), path, "id", "name")


def _object(answer: Answer, path: str, *keys: str) -> Object:
    _has(answer.data, path, *keys)
    found: Object = answer.data
    return found


def _has(item: Any, path: str, *keys: str) -> None:
    if not isinstance(item, dict):
        raise _odd(path, "something that is no object")
    missing = [key for key in keys if key not in item]
    if missing:
        raise _odd(path, f"an object without {', '.join(missing)}")


def _odd(path: str, what: str) -> ApiError:
    return ApiError(
        "not_the_api",
        f"{path}: the answer holds {what}",
        "is this a Navigator API, 2.1 or later? Nothing was read from this answer",
    )


def _part(text: str) -> str:
    if not _ID.match(text):
        raise ApiError(
            "odd_id", f"{text[:60]!r} can't be an id of Navigator's", "the server's answers are not as known"
        )
    return text
