"""A workspace of a Navigator server takes scenarios one by one: what `push` does, a result for each row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from exporters import TARGETS
from harness.config import Settings, iso, utc_now
from harness.errors import SourceError
from harness.lock import run_lock
from harness.navigator.api import Navigator
from harness.navigator.delivered import Delivered, Release
from harness.navigator.faults import ApiError, TransientApiError
from harness.navigator.http import Http
from harness.navigator.journal import Journal
from harness.navigator.push import Push, Pushed
from harness.navigator.server import server
from harness.navigator.workspaces import workspace_named
from harness.receivers import OutRow, RowResult
from harness.receivers.endpoint import Endpoint

_LATER = frozenset(("busy",))
"""Failures of a scenario that pass by themselves."""


class NavigatorReceiver:
    """One workspace. A scenario is found by its name, sent where it differs, and read back (docs/push.md)."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._workspace = str(endpoint.options["workspace"])

    def probe(self) -> str:
        """Ask for the workspaces; nothing is made."""
        with self._api() as api:
            names = {item["name"] for item in api.workspaces()}
        if self._workspace not in names and not self._endpoint.options.get("create_workspace"):
            raise SourceError(
                "no_workspace",
                f"{self._endpoint.name}: {api.url} has no workspace {self._workspace!r}",
                "make it there, or set options.create_workspace = true",
            )
        return f"{api.url} answers" + (
            f" and has the workspace {self._workspace!r}" if self._workspace in names else ""
        )

    def send(self, target: str, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        """Bring the scenarios there. Raises ApiError when the token is refused or the server is gone."""
        with self._pushing(rows, is_check=False) as job:
            for result, error in job.one_by_one():
                yield _row_result(result, error)

    def check(self, target: str, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        """Read back without sending: confirmed is what is there just so, retry what is not."""
        with self._pushing(rows, is_check=True) as job:
            for result, error in job.one_by_one():
                if result.action in ("would_create", "would_update"):
                    what = "is not there" if result.action == "would_create" else "differs there"
                    yield RowResult(result.delivery_key, "retry", "differs", what)
                else:
                    yield _row_result(result, error)

    @contextmanager
    def _api(self) -> Iterator[Navigator]:
        variable = self._endpoint.secrets.get("token", "")
        if variable:
            self._endpoint.secret("token")
        plain = bool(self._endpoint.options.get("plain_http"))
        http = Http(server(self._endpoint.place, variable, allow_plain_http=plain))
        try:
            yield Navigator(http)
        finally:
            http.close()

    @contextmanager
    def _pushing(self, rows: Sequence[OutRow], *, is_check: bool) -> Iterator[Push]:
        read = TARGETS["navigator"].read
        scenarios = [
            Delivered(row.delivery_key, row.client_ref, row.document_checksum, read(row.content))
            for row in rows
        ]
        run_id = rows[0].release if rows else ""
        note = f"endpoint {self._endpoint.name} {iso(utc_now())}"
        with run_lock(self._settings.home / "navigator.lock", note), self._api() as api:
            create = bool(self._endpoint.options.get("create_workspace"))
            workspace = workspace_named(api, self._workspace, create=create, dry_run=is_check)
            release = Release(run_id, Path(), scenarios)
            yield Push(api, Journal(self._settings), release, workspace, dry_run=is_check)


def _row_result(result: Pushed, error: ApiError | None) -> RowResult:
    if result.action != "failed":
        return RowResult(result.delivery_key, "confirmed", receiver_id=result.scenario_id)
    is_transient = isinstance(error, TransientApiError) or result.code in _LATER
    after = error.retry_after if isinstance(error, TransientApiError) else None
    return RowResult(
        result.delivery_key,
        "retry" if is_transient else "rejected",
        result.code,
        result.message,
        after,
        result.scenario_id,
    )
