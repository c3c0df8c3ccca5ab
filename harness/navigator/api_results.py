"""Results from the API, judged: alone they are refused, for the echo is wanting; with the server's workspaces
folder at hand each run's own database has the echo, and must agree with what the API said.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import PlanwiseError, SourceError
from harness.files import safe_join
from harness.navigator.api import Navigator
from harness.navigator.delivered import Delivered
from harness.navigator.landing import Judged
from harness.navigator.outcomes import read_database
from harness.navigator.proof import NO_ECHO
from harness.navigator.pull import Unread, judged_results
from harness.navigator.pull_api import Pulled, pull_api
from harness.navigator.result import ScenarioResult
from harness.navigator.trust import Expected, Verdict, judge

_UNPROVEN = (
    "the API does not show which formula the engine computed with, so nothing proves that it simulated this"
    " design; its archived configuration is ours. Name the server's workspaces folder with --root to prove it"
)
_MARKED_LATER = frozenset(("stale_design", "other_years"))
"""What a proven result may be: trust.py judges its years, the marts say that its design is superseded."""
_BY_DATABASE_ONLY = frozenset(("forfeitures_amount", "forfeitures_unknown_reason"))
"""The API has forfeitures only for schedules that Navigator names, and may lack them; we, from any."""


def pull_and_judge(
    settings: Settings,
    api: Navigator,
    workspace: str,
    delivered: Sequence[Delivered],
    wait: float,
    root: Path | None = None,
) -> tuple[list[Judged], list[Unread], Pulled]:
    """Read every delivered scenario's result from the server and judge it. Raises as `pull_api` does."""
    pulled = pull_api(api, workspace, delivered, wait)
    known = {scenario.delivery_key: scenario for scenario in delivered}
    judged = []
    for result in pulled.results:
        if result.status == "running":
            continue
        if result.status == "failed":
            judged += judged_results(settings, [result])
        else:
            judged.append(_judged(pulled, workspace, known[result.scenario], result, root))
    read = {one.result.scenario for one in judged}
    unread = [
        Unread(key, SourceError("no_result", reason, "then pull again", exit_status=5))
        for key, reason in sorted(pulled.reasons.items())
        if key not in read
    ]
    return judged, unread, pulled


def _judged(
    pulled: Pulled, workspace: str, scenario: Delivered, result: ScenarioResult, root: Path | None
) -> Judged:
    what = Expected(scenario.delivery_key, scenario.client_ref, scenario.document)
    known = {NO_ECHO} if root is None else {NO_ECHO, *_MARKED_LATER}
    worse = [problem for problem in result.problems if problem not in known]
    if worse:
        return Judged(result, what, Verdict("refused", worse[0], pulled.reasons[scenario.delivery_key]))
    if root is None:
        return Judged(result, what, Verdict("refused", NO_ECHO, _UNPROVEN))
    try:
        proven = _proven(root, workspace, pulled.server_ids[scenario.delivery_key], scenario, result)
    except PlanwiseError as fault:
        return Judged(result, what, Verdict("refused", fault.code, f"{fault.message}; {fault.hint}"))
    differing = _differing(result, proven)
    if differing:
        message = f"the API and the run's database differ: {differing}"
        return Judged(result, what, Verdict("refused", "api_differs_from_database", message))
    return Judged(proven, what, judge(proven, what))


def _proven(
    root: Path, workspace: str, server_id: str, scenario: Delivered, result: ScenarioResult
) -> ScenarioResult:
    """The same result from the run's database, where the server keeps it."""
    run = str(result.navigator_run_id)
    path = safe_join(root, workspace, "scenarios", server_id, "runs", run, "simulation.duckdb")
    if not path.is_file():
        raise SourceError(
            "no_database",
            f"there is no database of run {run} below {root}",
            "--root is the folder that the server has as PLANALIGN_API_WORKSPACES_ROOT",
        )
    vesting = scenario.document["design_matrix"].get("vesting_schedule_array")
    found = read_database(
        scenario.delivery_key,
        path,
        vesting=list(vesting) if vesting else None,
        config=result.config,
        config_hash=result.config_hash,
    )
    return replace(found, source=result.source)


def _differing(told: ScenarioResult, found: ScenarioResult) -> str | None:
    """The first figure that the API tells otherwise than the database; null where they agree."""
    for name in ("navigator_run_id", "scenario_id", "seed", "start_year", "end_year"):
        if getattr(told, name) != getattr(found, name):
            return f"{name} {getattr(told, name)}, {getattr(found, name)}"
    if found.problems:
        return None  # what is wrong with the database is told by its own judgement
    for year, other in zip(told.years, found.years, strict=False):
        for one in fields(year):
            says: Any = getattr(year, one.name)
            if one.name not in _BY_DATABASE_ONLY and says is not None and says != getattr(other, one.name):
                return f"{year.simulation_year} {one.name} {says}, {getattr(other, one.name)}"
    return None
