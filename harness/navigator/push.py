"""Delivered scenarios become scenarios on a Navigator server: found by name, sent where they differ, read
back.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.config import iso, utc_now
from harness.navigator.api import NAME_LENGTH, Navigator, Object
from harness.navigator.delivered import Delivered, Release
from harness.navigator.faults import ApiError, TransientApiError
from harness.navigator.journal import Journal
from harness.navigator.merged import missing_from, same_design

_BUSY = frozenset(("queued", "running", "pending"))
_IN_A_ROW = 3
"""After so many transient failures one after the other the server is down, and nothing more is tried."""


@dataclass
class Pushed:
    """What became of one scenario.

    action: created, updated, unchanged, would_create, would_update, failed, not_tried. run: started,
    already_active, not_needed, then what the wait saw; null when no run was asked for.
    """

    delivery_key: str
    client_ref: str
    action: str = "not_tried"
    scenario_id: str | None = None
    code: str | None = None
    message: str | None = None
    backup: str | None = None
    run: str | None = None
    run_id: str | None = None
    run_error: str | None = None

    @property
    def went_well(self) -> bool:
        """Whether nothing is left to do for it."""
        ended_badly = self.run in (
            "failed",
            "cancelled",
            "running",
            "pending",
            "unknown",
            "not_started",
            "never_run",
        )
        return self.action not in ("failed", "not_tried") and not ended_badly

    def failed(self, code: str, message: str) -> None:
        """Record why it did not get there."""
        self.action, self.code, self.message = "failed", code, message


@dataclass
class Push:
    """A push to one workspace."""

    api: Navigator
    journal: Journal
    release: Release
    workspace: str = ""
    """Its id on the server; empty in a dry run that would create it."""
    dry_run: bool = False
    results: list[Pushed] = field(default_factory=list)
    tell: Callable[[Pushed], None] = lambda result: None

    def scenarios(self) -> None:
        """Bring every scenario to the server. One that fails is recorded, the others go on.

        Raises ApiError where nothing more can work: the token is refused, the server is gone.
        """
        for result, _ in self.one_by_one():
            self.tell(result)

    def one_by_one(self) -> Iterator[tuple[Pushed, ApiError | None]]:
        """The same, each result as soon as it is there, with the error where it is one of the server's."""
        self.results = [Pushed(one.delivery_key, one.client_ref) for one in self.release.scenarios]
        by_name = self._by_name()
        gone = 0
        for scenario, result in zip(self.release.scenarios, self.results, strict=True):
            failed: ApiError | None = None
            try:
                self._scenario(scenario, result, by_name.get(scenario.delivery_key, []))
                gone = 0
            except ApiError as error:
                failed = error
                result.failed(error.code, error.message)
                gone = gone + 1 if isinstance(error, TransientApiError) else 0
                if error.status == 401 or gone == _IN_A_ROW:
                    raise
            yield result, failed

    def _by_name(self) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        for item in self.api.scenarios(self.workspace) if self.workspace else []:
            found.setdefault(item["name"], []).append(item)
        return found

    def _scenario(self, scenario: Delivered, result: Pushed, named: list[Object]) -> None:
        if len(scenario.delivery_key) > NAME_LENGTH:
            result.failed("name_too_long", f"the server takes names of {NAME_LENGTH} letters at most")
        elif len(named) > 1:
            ids = ", ".join(str(item["id"]) for item in named[:3])
            result.failed(
                "name_twice",
                f"{len(named)} scenarios there have this name ({ids}): keep one, in Navigator",
            )
        elif not named:
            self._create(scenario, result)
        else:
            result.scenario_id = named[0]["id"]
            self._update(scenario, result, named[0])

    def _create(self, scenario: Delivered, result: Pushed) -> None:
        if self.dry_run:
            result.action = "would_create"
            return
        result.scenario_id = self._created(scenario)
        result.action = "created"
        self._read_back(scenario, result)

    def _created(self, scenario: Delivered) -> str:
        """Make it, once: where the answer got lost, look whether it is there before trying again."""
        lost: TransientApiError | None = None
        for _ in range(_IN_A_ROW):
            try:
                made = self.api.create_scenario(
                    self.workspace, scenario.delivery_key, self._description(scenario), scenario.document
                )
                return str(made["id"])
            except TransientApiError as error:
                lost = error
                there = self._by_name().get(scenario.delivery_key, []) if error.maybe_done else []
                if len(there) == 1:
                    return str(there[0]["id"])
                if there or not error.maybe_done:
                    raise
        assert lost is not None  # noqa: S101 - the loop ran
        raise lost

    def _update(self, scenario: Delivered, result: Pushed, there: Object) -> None:
        overrides = there.get("config_overrides") or {}
        if same_design(overrides, scenario.document):
            result.action = "unchanged"
            self._read_back(scenario, result)
        elif there.get("status") in _BUSY:
            result.failed(
                "busy",
                "it differs from what was delivered, but a run of it is active: push again when it has ended",
            )
        elif self.dry_run:
            result.action = "would_update"
        else:
            result.backup = str(self.journal.back_up(scenario.delivery_key, there))
            self._replace(scenario, result, overrides, str(there.get("description") or ""))

    def _replace(self, scenario: Delivered, result: Pushed, before: Any, described: str) -> None:
        assert result.scenario_id  # noqa: S101 - it was found
        self.api.replace_overrides(
            self.workspace, result.scenario_id, scenario.document, self._description(scenario)
        )
        result.action = "updated"
        self._read_back(scenario, result)
        if result.action == "failed":
            self.api.replace_overrides(self.workspace, result.scenario_id, before, described)
            result.message = f"{result.message}; what was there before was put back"

    def _read_back(self, scenario: Delivered, result: Pushed) -> None:
        """Compare what the server would simulate with what was delivered, and record it."""
        assert result.scenario_id  # noqa: S101 - it was found or made
        found = missing_from(self.api.config(self.workspace, result.scenario_id), scenario.document)
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            result.failed("read_back_differs", f"the server's configuration is another: {found[0]}{more}")
        if not self.dry_run:
            self.note(
                result,
                action=result.action,
                code=result.code,
                document_checksum=scenario.document_checksum,
                client_ref=scenario.client_ref,
                release=self.release.run_id,
                backup=result.backup,
                pushed_at=iso(utc_now()),
            )

    def note(self, result: Pushed, **news: Any) -> None:
        """Record news of a scenario in the journal."""
        self.journal.note(
            self.api.url, self.workspace, result.delivery_key, scenario_id=result.scenario_id, **news
        )

    def _description(self, scenario: Delivered) -> str:
        return f"planwise: client {scenario.client_ref}, release {self.release.run_id}"

    def as_json(self) -> dict[str, Any]:
        """The push as the command prints it."""
        actions = [result.action for result in self.results]
        return {
            "api": self.api.url,
            "workspace_id": self.workspace or None,
            "release": self.release.run_id,
            "dry_run": self.dry_run,
            "actions": {action: actions.count(action) for action in sorted(set(actions))},
            "scenarios": [asdict(result) for result in self.results],
        }
