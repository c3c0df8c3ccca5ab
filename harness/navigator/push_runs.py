"""Runs of what was pushed: started where there is no result of just this design, and watched."""

from harness.navigator.delivered import Delivered
from harness.navigator.faults import ApiError
from harness.navigator.merged import missing_from, simulated
from harness.navigator.proof import design_of_run
from harness.navigator.push import Push, Pushed
from harness.navigator.waiting import RunState, watch


def start_runs(job: Push) -> None:
    """Start a run of every scenario that has no result of just this design."""
    for scenario, result in zip(job.release.scenarios, job.results, strict=True):
        if result.scenario_id is None or result.action == "failed":
            continue
        try:
            _start(job, scenario, result)
        except ApiError as error:
            result.run, result.run_error = "not_started", error.message
            if error.status == 401:
                raise
        if result.run != "not_needed":
            job.note(result, run=result.run, run_id=result.run_id, run_error=result.run_error)
        job.tell(result)


def watch_runs(job: Push, seconds: float) -> None:
    """Wait for the runs that are under way, for so long at most."""
    under_way = {
        result.delivery_key: result
        for result in job.results
        if result.scenario_id and result.run in ("started", "already_active")
    }

    def seen(key: str, state: RunState) -> None:
        result = under_way[key]
        result.run, result.run_id, result.run_error = state.status, state.run_id, state.error
        job.note(result, run=state.status, run_id=state.run_id, run_error=state.error)

    ids = {key: str(result.scenario_id) for key, result in under_way.items()}
    for key, state in watch(job.api, ids, seconds, seen=seen).items():
        if not state.has_ended:
            seen(key, RunState(state.status, state.run_id, f"not ended within {seconds:g} seconds"))


def _start(job: Push, scenario: Delivered, result: Pushed) -> None:
    assert result.scenario_id  # noqa: S101 - asked before
    state = job.api.run_status(result.scenario_id)
    if state["status"] == "completed" and _is_result_of(job, scenario, str(state["id"])):
        result.run, result.run_id = "not_needed", str(state["id"])
        return
    try:
        result.run, result.run_id = "started", str(job.api.start(result.scenario_id)["id"])
    except ApiError as error:
        if error.status != 409:
            raise
        result.run, result.run_id, result.run_error = "already_active", str(state["id"]), error.message


def _is_result_of(job: Push, scenario: Delivered, run_id: str) -> bool:
    try:
        ran = design_of_run(job.api.provenance(run_id))
        return not missing_from(ran, simulated(scenario.document))
    except ApiError:
        return False
