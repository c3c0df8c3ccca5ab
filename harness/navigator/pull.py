"""From files of Navigator to judged results: find, read, judge. One that fails never stops the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.config import Settings
from harness.errors import PlanwiseError, SourceError
from harness.navigator.batch import Found, find
from harness.navigator.delivered import client_refs
from harness.navigator.expected import expected
from harness.navigator.landing import Judged
from harness.navigator.merged_config import read_config
from harness.navigator.outcomes import WAIT_SECONDS, read_database
from harness.navigator.result import ScenarioResult
from harness.navigator.trust import Expected, judge
from harness.warehouse import opened


@dataclass(frozen=True)
class Unread:
    """A scenario whose database could not be read, or was not there; nothing of it is landed."""

    scenario: str
    fault: PlanwiseError


def pull_files(
    settings: Settings,
    paths: Sequence[Path],
    root: Path | None = None,
    wait_seconds: float = WAIT_SECONDS,
    clients: tuple[str, ...] = (),
) -> tuple[list[Judged], list[Unread]]:
    """Read and judge every scenario of these paths; `clients` (client_id or client_ref): theirs only.

    Raises SourceError for a path that is no outcome, an unknown client, or one of whom nothing is there.
    """
    found = find(paths, root)
    known = expected(settings, [one.scenario for one in found])
    judged: list[Judged] = []
    unread: list[Unread] = []
    for one in found:
        try:
            result = _read(one, known.get(one.scenario), wait_seconds)
            what = known.get(result.scenario)
            if what is None and result.scenario_id:
                # a database by itself may have any name; the run in it says whose it is
                what = expected(settings, [result.scenario_id]).get(result.scenario_id)
                if what:
                    result = replace(_read(one, what, wait_seconds), scenario=what.delivery_key)
            judged.append(Judged(result, what, judge(result, what)))
        except PlanwiseError as fault:
            unread.append(Unread(one.scenario, fault))
    return _of(settings, clients, judged, unread) if clients else (judged, unread)


def _of(
    settings: Settings, clients: tuple[str, ...], judged: list[Judged], unread: list[Unread]
) -> tuple[list[Judged], list[Unread]]:
    with opened(settings.state) as connection:
        refs = {str(ref) for (ref,) in connection.execute("select client_ref from client_ref").fetchall()}
    wanted = tuple(client_refs(settings, clients, refs))
    kept = [one for one in judged if one.expected and one.expected.client_ref in wanted]
    missed = [one for one in unread if one.scenario.startswith(wanted)]
    if not kept and not missed:
        raise SourceError(
            "no_result", f"there is no result of {', '.join(clients)} here", "name another batch or database"
        )
    return kept, missed


def judged_results(settings: Settings, results: Sequence[ScenarioResult]) -> list[Judged]:
    """Judge results that came another way (REST). One that is still running is left out."""
    done = [result for result in results if result.status != "running"]
    known = expected(settings, [result.scenario for result in done])
    return [Judged(result, (what := known.get(result.scenario)), judge(result, what)) for result in done]


def _read(found: Found, what: Expected | None, wait_seconds: float) -> ScenarioResult:
    if found.failed is not None:
        return ScenarioResult(found.scenario, "failed", found.source, found.failed)
    if found.database is None:
        raise SourceError(
            "no_database",
            f"{found.scenario}: there is no {found.sought}",
            "Navigator leaves it in its own checkout, not in the batch folder: name the checkout with --root",
            exit_status=5,
        )
    config, config_hash = read_config(found.config)
    return read_database(
        found.scenario,
        found.database,
        vesting=_vesting(config, what),
        config=config,
        config_hash=config_hash,
        wait_seconds=wait_seconds,
    )


def _vesting(config: dict[str, Any] | None, what: Expected | None) -> list[Any] | None:
    """The plan's schedule as it was when it was simulated, else as it is now."""
    block = (config or {}).get("design_matrix")
    if isinstance(block, dict) and "vesting_schedule_array" in block:
        return list(block["vesting_schedule_array"] or ()) or None
    return what.vesting if what else None
