"""What `new-client` says at its end: the client's standing, warnings, suggestions, where the report is."""

from collections.abc import Iterator

from harness.commands.consulted import suggestion
from harness.config import Settings
from harness.report import Outcome


def taken_on(outcome: Outcome, settings: Settings) -> Iterator[str]:
    """Lines behind the summary; what would help first when nothing could be delivered."""
    resumed = outcome.more.get("resumed")
    if resumed:
        yield f"resumed: {', '.join(resumed['reused'])} of run {resumed['run_id']} were not done again"
    if outcome.error:
        done = ", ".join(list(outcome.seconds)[:-1]) or "nothing"
        yield f"done before it stopped: {done}; start it again with the same source and it goes on from there"
        return
    for client in outcome.clients:
        for reason in client.reasons:
            why = reason["message"] or reason["code"]
            yield f"{client.client_id} {client.status}: {reason['rule']} {why}"
            if reason["resolve"]:
                yield f"  {reason['resolve']}"
        for entry in client.warnings:
            yield f"warning: {client.client_id} {entry['rule']} {entry['field'] or ''}: {entry['message']}"
    for told in outcome.more.get("new_clients", []):
        yield (
            f"{told['client_id']} is {told['client_ref']}: {told['peers'] or 0} peers,"
            f" {told['features_compared']} of {told['features']} features compared, {told['gaps']} gaps"
        )
        for row in told["recommendations"]:
            why = "as a scenario" if row["is_exported"] else f"not out: {row['not_exported_reason']}"
            yield f"  {row['priority']} {row['recommendation']}: {why}"
        for row in told["missing"]:
            yield f"  to say more: {suggestion(row)}"
        yield f"  for people: {settings.out / told['report']}"
