"""Outcomes over the REST API: every delivered scenario has a result, or a reason why it has none."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from harness.navigator.api import ACTIVE_HEADER, RUN_HEADER, Navigator, Object
from harness.navigator.delivered import Delivered
from harness.navigator.faults import ApiError
from harness.navigator.http import Answer
from harness.navigator.proof import NO_ECHO, Proof, proof_of
from harness.navigator.result import ScenarioResult, YearOutcome
from harness.navigator.waiting import RunState, watch
from harness.queries import ask


@dataclass
class Pulled:
    """What a pull over the API found."""

    results: list[ScenarioResult] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    """By delivery key: why there is no result, or what is wrong with the one there is."""
    strangers: list[str] = field(default_factory=list)
    """Names of completed scenarios there that were not delivered by us."""
    server_ids: dict[str, str] = field(default_factory=dict)


def pull_api(
    api: Navigator, workspace: str, delivered: Sequence[Delivered], wait: float = 0, **watching: Any
) -> Pulled:
    """Wait, for so many seconds at most, until every delivered scenario's run has ended; read what it left.

    One that failed, or whose answers contradict one another, is recorded and the others go on. Raises
    ApiError only where nothing can be read at all.
    """
    pulled = Pulled()
    wanted = {scenario.delivery_key: scenario for scenario in delivered}
    found = api.scenarios(workspace)
    named: dict[str, list[Object]] = {}
    for item in found:
        named.setdefault(item["name"], []).append(item)
    pulled.strangers = sorted(
        {item["name"] for item in found if item["name"] not in wanted and item.get("status") == "completed"}
    )
    for key in wanted:
        there = named.get(key, [])
        if len(there) == 1:
            pulled.server_ids[key] = str(there[0]["id"])
        elif there:
            pulled.reasons[key] = (
                f"{len(there)} scenarios there have this name: which one is ours can't be told"
            )
        else:
            pulled.reasons[key] = "it is not on the server: push it"
    for key, state in watch(api, pulled.server_ids, wait, **watching).items():
        _take(api, workspace, wanted[key], pulled, state)
    return pulled


def _take(api: Navigator, workspace: str, scenario: Delivered, pulled: Pulled, state: RunState) -> None:
    key = scenario.delivery_key
    source = f"api:{state.run_id or 'no run'}"
    if state.status == "completed" and state.run_id:
        try:
            result, reason = _completed(api, workspace, scenario, pulled.server_ids[key], state.run_id)
        except ApiError as error:
            if error.status == 401:
                raise
            pulled.reasons[key] = f"the result can't be read: {error.message}"
            return
        pulled.results.append(result)
        if reason:
            pulled.reasons[key] = reason
    elif state.status in ("failed", "cancelled"):
        why = state.error or f"Navigator says {state.status}, and not why"
        pulled.results.append(ScenarioResult(key, "failed", source, why, key, navigator_run_id=state.run_id))
        pulled.reasons[key] = f"the run {state.status}: {why}"
    elif state.status in ("running", "pending"):
        pulled.results.append(ScenarioResult(key, "running", source, navigator_run_id=state.run_id))
        pulled.reasons[key] = "its run has not ended: pull again later, or give --wait"
    elif state.status == "never_run":
        pulled.reasons[key] = "it was never run: `planwise-export push --run`, or start it in Navigator"
    else:
        pulled.reasons[key] = f"its state is {state.status}: {state.error or 'no reason given'}"


def _completed(
    api: Navigator, workspace: str, scenario: Delivered, server_id: str, run_id: str
) -> tuple[ScenarioResult, str | None]:
    active = api.dc_plan(workspace, server_id, active_only=True)
    everyone = api.dc_plan(workspace, server_id, active_only=False)
    forfeitures, unknown = _forfeitures(api, workspace, scenario, server_id)
    answers = [answer for answer in (active, everyone, forfeitures) if answer]
    proof = proof_of(scenario, run_id, api.provenance(run_id))
    rows = _rows(active, everyone, forfeitures, unknown)
    codes, reason = [NO_ECHO], None
    if any(answer.headers.get(RUN_HEADER) != run_id for answer in answers):
        codes.append("mixed_runs")
        reason = "the answers are of another run than the last one: pull again"
    elif any(answer.headers.get(ACTIVE_HEADER) for answer in answers):
        codes.append("mixed_runs")
        reason = "another run began while it was read: pull again when it has ended"
    elif proof.problem:
        codes.append(proof.problem.code)
        reason = proof.problem.message
    contradicting = [f"{row['problem']} in {row['simulation_year']}" for row in rows if row["problem"]]
    if contradicting:
        codes += sorted({row["problem"] for row in rows if row["problem"]})
        reason = reason or f"the figures contradict one another: {contradicting[0]}"
    first, last = scenario.years
    if [row["simulation_year"] for row in rows] != list(range(first, last + 1)):
        codes.append("other_years")
        reason = reason or f"the years are not {first} to {last}"
    return _result(scenario, run_id, proof, rows, codes), reason


def _forfeitures(
    api: Navigator, workspace: str, scenario: Delivered, server_id: str
) -> tuple[Answer | None, str]:
    if scenario.vesting_schedule is None:
        return None, "vesting_unknown"
    try:
        return api.forfeitures(workspace, server_id, scenario.vesting_schedule), ""
    except ApiError as error:
        if error.status == 401:
            raise
        return None, "not_reported"


def _rows(active: Answer, everyone: Answer, forfeitures: Answer | None, unknown: str) -> list[dict[str, Any]]:
    import duckdb

    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
        try:
            return ask(
                connection,
                "navigator_dc_plan",
                active=active.text,
                everyone=everyone.text,
                forfeitures=forfeitures.text if forfeitures else "",
                forfeitures_unknown=unknown,
            )
        except duckdb.Error as error:
            raise ApiError(
                "odd_figures",
                f"the analytics hold something else than figures: {str(error).splitlines()[0]}",
                "Navigator's answers are not as known; nothing was taken from them",
            ) from error


def _result(
    scenario: Delivered, run_id: str, proof: Proof, rows: list[dict[str, Any]], codes: list[str]
) -> ScenarioResult:
    names = {one.name for one in fields(YearOutcome)}
    years = tuple(YearOutcome(**{key: row[key] for key in row if key in names}) for row in rows)
    return ScenarioResult(
        scenario=scenario.delivery_key,
        status="completed",
        source=f"api:{run_id}",
        scenario_id=proof.scenario_id,
        seed=proof.seed,
        navigator_version=proof.navigator_version,
        config_fingerprint=proof.config_fingerprint,
        navigator_run_id=run_id,
        run_at=proof.run_at,
        start_year=years[0].simulation_year if years else None,
        end_year=years[-1].simulation_year if years else None,
        config=proof.config,
        config_hash=proof.config_hash,
        years=years,
        problems=tuple(codes),
    )
