"""Is this result what we asked for? Judged before anything is used; a refusal says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.navigator.result import ScenarioResult

Standing = Literal["accepted", "refused", "failed"]
_NAMED_BY_MODE = ("graded_by_service", "tenure_graded", "points_based")
"""Match modes whose echo is the mode's own name: Navigator repeats match_template in deferral_based only."""


@dataclass(frozen=True)
class Expected:
    """A scenario that we delivered, as its document says."""

    delivery_key: str
    client_ref: str
    document: Mapping[str, Any]

    @property
    def echo(self) -> str:
        """What Navigator repeats when it simulated this design."""
        return expected_echo(self.document)

    @property
    def vesting(self) -> list[Any] | None:
        """The plan's vested share by completed year of service; null where it is unknown."""
        found = self.document["design_matrix"].get("vesting_schedule_array")
        return list(found) if found else None


@dataclass(frozen=True)
class Verdict:
    """Whether a result is used. `code` and `message` are null for an accepted one."""

    standing: Standing
    code: str | None = None
    message: str | None = None


def expected_echo(document: Mapping[str, Any]) -> str:
    """The formula_id that Navigator must have computed with: our slug, or the name of a graded mode."""
    plan = document["dc_plan"]
    mode = str(plan.get("match_status"))
    return mode if mode in _NAMED_BY_MODE else str(plan.get("match_template"))


def judge(result: ScenarioResult, expected: Expected | None) -> Verdict:
    """Accept, refuse or record as failed; the first thing that is wrong is the one that is told."""
    if expected is None:
        why = f"; its run failed: {result.error}" if result.status == "failed" else ""
        return _refused(
            "not_delivered", f"{result.scenario} is no scenario that was delivered from this home{why}"
        )
    if result.status == "failed":
        return Verdict("failed", "simulation_failed", result.error)
    if result.status != "completed":
        return _refused("not_completed", f"{result.scenario} has not completed")
    for check in (_complete, _one_scenario, _echoed, _one_run, _years):
        verdict = check(result, expected)
        if verdict:
            return verdict
    return Verdict("accepted")


def _refused(code: str, message: str) -> Verdict:
    return Verdict("refused", code, message)


def _complete(result: ScenarioResult, _expected: Expected) -> Verdict | None:
    if not result.problems:
        return None
    kind, _, what = result.problems[0].partition(":")
    says = {
        "lacks": f"the database lacks {what}; Navigator 2.3 is the oldest whose results can be told apart",
        "twice": f"{what} people stand twice in one simulated year",
        "unfinished": f"its run did not end well: {what}",
    }.get(kind, f"the database is not built as Navigator's are: {what}")
    return _refused(f"database_{kind}", says)


def _one_scenario(result: ScenarioResult, expected: Expected) -> Verdict | None:
    told = {"database": result.scenario_id, "configuration": (result.config or {}).get("scenario_id")}
    for where, scenario in told.items():
        if scenario not in (None, expected.delivery_key):
            return _refused(
                "other_scenario", f"the {where} is of the scenario {scenario}, not {expected.delivery_key}"
            )
    return None


def _echoed(result: ScenarioResult, expected: Expected) -> Verdict | None:
    if result.echoes != (expected.echo,):
        found = ", ".join(echo or "nothing" for echo in result.echoes) or "nothing"
        return _refused(
            "not_simulated",
            "Navigator did not simulate this design: it computed the match with"
            f" {found}, not {expected.echo}",
        )
    if expected.echo in _NAMED_BY_MODE:
        # the name of a mode is the same for every plan: who it is must be told by something else
        if result.scenario_id is None:
            return _refused(
                "not_identified",
                f"the echo {expected.echo} is any plan's, and the run names no scenario",
            )
        if not _ran_with_our_plan(result, expected):
            return _refused(
                "not_identified",
                f"the echo {expected.echo} is any plan's: the merged configuration"
                f" {expected.delivery_key}_config.yaml must stand beside the database, with our dc_plan",
            )
    return None


def _ran_with_our_plan(result: ScenarioResult, expected: Expected) -> bool:
    plan = (result.config or {}).get("dc_plan")
    ours = expected.document["dc_plan"].get("match_template")
    return isinstance(plan, dict) and plan.get("match_template") == ours


def _one_run(result: ScenarioResult, _expected: Expected) -> Verdict | None:
    if result.runs_in_database in (1, None):  # null over REST, where every run has a database of its own
        return None
    return _refused(
        "several_runs",
        f"{result.source} holds {result.runs_in_database} runs, so years of an earlier one may be among"
        " its own; run the batch with --clean",
    )


def _years(result: ScenarioResult, expected: Expected) -> Verdict | None:
    simulation = expected.document["simulation"]
    if result.config and isinstance(result.config.get("simulation"), dict):
        simulation = result.config["simulation"]
    wanted = (simulation.get("start_year"), simulation.get("end_year"))
    found = [outcome.simulation_year for outcome in result.years]
    ran = (result.start_year or wanted[0], result.end_year or wanted[1])  # not told over REST
    if None not in wanted and ran == wanted and found == list(range(wanted[0], wanted[1] + 1)):
        return None
    return _refused(
        "other_years",
        f"the scenario runs {wanted[0]} to {wanted[1]}; the run says {ran[0]} to {ran[1]}, and the database"
        f" holds {', '.join(map(str, found)) or 'no year'}; run the batch with --clean",
    )
