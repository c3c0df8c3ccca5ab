"""The history of designs: written when all gates have passed, after a backup, and only if one changed."""

from typing import TYPE_CHECKING

from harness.backups import back_up, is_empty
from harness.config import Settings
from harness.errors import GateError, SourceError
from harness.warehouse import literal, opened, sql

if TYPE_CHECKING:
    from harness.run import Run
    from harness.transform import FailedNode

GUARD = "assert_the_load_can_follow_the_last_one"
_MARTS_ALONE = ("plan_design_history", "editor_ref")


def pending(settings: Settings) -> tuple[dict[str, int], bool]:
    """Count what the present load would add to the history: begun, changed, ended, editors.

    And tell whether there is anything in the state yet that could be lost.
    """
    with opened(settings.warehouse) as connection:
        connection.execute(f"attach {literal(settings.state)} as state (read_only)")
        found = connection.execute(sql("pending_history")).fetchall()
        return dict(found), not is_empty(settings.state, connection)


def history_step(run: "Run") -> str:
    """Write the versions of designs that this load begins and ends, and build the marts that tell of them."""
    from harness import transform  # `export` writes no history

    if run.request.source is None:
        raise SourceError("no_source", "no source was named", "planwise-export run SOURCE")
    counted, has_content = pending(run.settings)
    is_new = any(counted.values())
    if run.is_built and not is_new:
        return "no design changed"
    if is_new and has_content:
        back_up(run.settings.state)
    result = transform.build(
        run.settings.home,
        run.request.source,
        run.request.units,
        run.settings.project,
        # dbt would open a transaction in the state for nothing: where all designs stand, it is not touched
        transform.Nodes(("tag:history",), () if is_new else _MARTS_ALONE),
        # that there is a reason, not which: each text would be SQL of its own, to be compiled
        {"PLANWISE_BECAUSE": "given"} if (run.request.because or "").strip() else {},
    )
    if not result.succeeded:
        raise _refused(result.failed[0], counted)
    if not is_new:
        return "no design changed"
    return f"{counted['begun']} begun, {counted['changed']} changed, {counted['ended']} ended"


def _refused(first: "FailedNode", counted: dict[str, int]) -> GateError:
    if first.name == GUARD:
        return GateError(
            "history_guard",
            f"the load cannot follow the last one in the history: {counted['ended']} clients would leave it,"
            " or the clock of this machine went back by more than a day",
            "if the clients did leave, say why: --because TEXT; else mend the source or the clock."
            " Nothing was written",
        )
    return GateError(
        "history_failed",
        f"the history can't be written: {first.name} ({first.status}): {first.message}",
        "nothing was published; the state before is in the backups folder (planwise-export state list)",
    )
