"""Before an operation: may this role do it, is all there that it needs, what will it take. Go, or stop.

Everything that is found is said at once, so that one look is enough; nothing is written but the record in the
ledger.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import policy
from harness import preflight_checks as looked
from harness.config import SETTINGS, Settings
from harness.durations import Estimate, estimate
from harness.errors import DeliveryError, GateError, LockedError, NotAllowed, PlanwiseError, SourceError
from harness.preflight_checks import Check
from harness.redact import redacted, redactor

if TYPE_CHECKING:
    from harness.ledger import Ledger

NEEDS: dict[str, tuple[str, ...]] = {
    "run": ("source", "targets", "endpoints", "room", "lock"),
    "new-client": ("source", "targets", "endpoints", "room", "lock"),
    "watch": ("source", "targets", "endpoints", "room", "lock"),
    "export": ("published", "targets", "endpoints", "room", "lock"),
    "batch": ("published", "room"),
    "retry": ("endpoints", "room", "lock"),
    "send": ("releases", "endpoints", "room", "lock"),
    # from a release that is broken, too
    "rollback": ("targets", "endpoints", "room", "lock"),
    # mends what would stop the others
    "repair": ("room", "lock"),
    "push": ("releases", "room"),
    "pull": ("published", "room", "lock"),
    "write-back": ("database", "published", "room", "lock"),
    "sweep": ("lock",),
    "state-restore": ("room", "lock"),
    "state-backup": ("room", "lock"),
}
"""What each operation needs beside a role that may do it; whatever else there is reads only."""
FULL_SETS = 3
"""A run has its release, its marts and its staging on the disk at once."""
Probes = Callable[[Settings], Iterable[tuple[str, bool, str]]]


@dataclass(frozen=True)
class Decision:
    """Go or stop, and why."""

    operation: str
    user: str
    role: str
    checks: tuple[Check, ...]
    estimate: Estimate | None = None

    @property
    def goes(self) -> bool:
        """Whether nothing stands against it."""
        return not self.stopped

    @property
    def stopped(self) -> list[Check]:
        """What stands against it."""
        return [check for check in self.checks if check.result == "stop"]

    @property
    def warned(self) -> list[Check]:
        """What should be known, and stops nothing."""
        return [check for check in self.checks if check.result == "warn"]

    def require(self) -> "Decision":
        """Itself, or raise the first fault, with the others in its hint."""
        if self.goes:
            return self
        first, *others = self.stopped
        hint = "; ".join([first.remedy, *(f"also: {check.message} ({check.remedy})" for check in others)])
        raise _error(first, hint)

    def as_json(self) -> dict[str, Any]:
        """For a program and for the ledger."""
        return {
            "operation": self.operation,
            "decision": "go" if self.goes else "stop",
            "user": self.user,
            "role": self.role,
            "checks": [asdict(check) for check in self.checks],
            "estimate": asdict(self.estimate) if self.estimate else None,
        }

    def lines(self, verbose: bool = False) -> list[str]:
        """For a person: short on go; everything on stop, or if asked for."""
        lines = [
            f"{'go' if self.goes else 'stop'}: {self.operation} as {self.role}{_expected(self.estimate)}"
        ]
        shown = self.checks if verbose or not self.goes else self.warned
        for check in shown:
            lines.append(f"  {check.result:<4}  {check.name}: {check.message}")
            if check.remedy and check.result != "ok":
                lines.append(f"        {check.remedy}")
        return lines


def preflight(
    settings: Settings,
    ledger: "Ledger | None",
    operation: str,
    source: Path | None = None,
    targets: Sequence[str] = (),
    *,
    role: str | None = None,
    is_dry_run: bool = False,
    run_id: str | None = None,
    probes: Probes | None = None,
) -> Decision:
    """Look at everything that the operation needs; with `run_id`, keep the decision in the ledger's record.

    `ledger` is null where there is none yet. `probes` asks each configured endpoint whether it is reached; it
    is called only for operations that deliver. One that is away is a warning: the others get theirs, its own
    failure is recorded where it happens, and after three of them there is an alert.
    """
    checks: list[Check] = []
    who = _allowed(settings, operation, role, is_dry_run, checks)
    expected = estimate(ledger, operation)
    for need in NEEDS.get(operation, ()):
        checks += _look(need, settings, source, targets, expected, probes)
    decision = Decision(operation, who.user, who.role, tuple(checks), expected)
    if ledger is not None and run_id is not None:
        pairs = [("path", str(source)), ("source file", source.name)] if source else []
        ledger.event(run_id, "preflight", detail=redacted(decision.as_json(), redactor(settings, pairs)))
    return decision


def _allowed(
    settings: Settings, operation: str, role: str | None, is_dry_run: bool, checks: list[Check]
) -> policy.Person:
    try:
        rules = policy.load(settings.lasting_home)
        who = policy.person(rules, role)
    except PlanwiseError as error:
        checks.append(looked.of_error("role", error))
        return policy.Person(policy.user_name(), role or "unknown", "")
    try:
        if not (is_dry_run and rules.allows(who.role, "dry-run")):
            policy.check(rules, who, operation)
        checks.append(Check("role", "ok", f"{who.user} is {who.role} ({who.how}), who may do it"))
    except PlanwiseError as error:
        checks.append(looked.of_error("role", error))
    return who


def _look(
    need: str,
    settings: Settings,
    source: Path | None,
    targets: Sequence[str],
    expected: Estimate | None,
    probes: Probes | None,
) -> list[Check]:
    if need == "source":
        return looked.source(source)
    if need == "database":
        return looked.database(source)
    if need == "targets":
        return [*looked.links(settings, targets), *looked.folders(settings, targets)]
    if need == "releases":
        return [looked.release(settings, target) for target in targets]
    if need == "published":
        return [looked.published(settings)]
    if need == "room":
        return [*looked.disk(settings, *_room(source, expected)), looked.load()]
    if need == "lock":
        return [looked.lock(settings)]
    return _reached(settings, probes)


def _room(source: Path | None, expected: Estimate | None) -> tuple[int, str]:
    if expected and FULL_SETS * expected.bytes_most > looked.FLOOR:
        return FULL_SETS * expected.bytes_most, f"{FULL_SETS} times what a run before left"
    size = source.stat().st_size if source and source.is_file() else 0
    if FULL_SETS * 10 * size > looked.FLOOR:
        return FULL_SETS * 10 * size, "by the size of the source"
    return looked.FLOOR, "the least that must be free"


def _reached(settings: Settings, probes: Probes | None) -> list[Check]:
    if probes is None:
        return []
    checks = []
    remedy = "what goes there waits in the retry queue: planwise-export status; docs/endpoints.md"
    try:
        for name, is_reached, sentence in probes(settings):
            result: looked.Result = "ok" if is_reached else "warn"
            checks.append(Check(f"endpoint {name}", result, sentence, remedy, "endpoint_unreachable", 5))
    except PlanwiseError as error:
        checks.append(looked.of_error("endpoints", error))
    return checks


def _expected(expected: Estimate | None) -> str:
    if expected is None:
        return "; no run before it to judge by"
    rows = f" and {expected.rows_p50} rows" if expected.rows_p50 else ""
    return (
        f"; {expected.seconds_p50:.1f} s{rows} are usual, {expected.seconds_p95:.1f} s at most 19 times of 20"
        f" ({expected.runs} runs)"
    )


def _error(check: Check, hint: str) -> PlanwiseError:
    code = check.code or "preflight"
    if check.name == "role":
        return NotAllowed(code, check.message, hint, check.exit_status)
    kind = {2: SourceError, 4: GateError, 75: LockedError}.get(check.exit_status, DeliveryError)
    return kind(code, check.message, hint, check.exit_status)


def reached(settings: Settings) -> Iterable[tuple[str, bool, str]]:
    """Ask the endpoints of planwise.toml, where there are any."""
    if not (settings.home / SETTINGS).is_file():
        return []
    from harness.receivers.opening import probes  # type: ignore[import-not-found, unused-ignore]

    found: Iterable[tuple[str, bool, str]] = probes(settings)
    return found
