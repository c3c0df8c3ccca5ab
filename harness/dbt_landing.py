"""dbt-duckdb plug-in: lands the Design Matrix before the first model runs, so that `dbt build` is enough.

Before a build by hand, which writes references and history without a run around it, the state is backed up.

Configured in profiles.yml: `design_matrix` (source, relative to the project), `units` (auto, percent,
fraction). Ages count from today (harness/extract/clock.py). The home is the folder of the
profile's warehouse file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin

from harness.backups import back_up, is_empty
from harness.built import note_code
from harness.delivered import land_nothing
from harness.errors import PlanwiseError
from harness.extract import ensure_state, fingerprint, is_landed, land, read_source, refresh_load
from harness.extract.clock import as_of_day
from harness.extract.detect import detect
from harness.transform import IN_RUN

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Plugin", "ensure_state"]

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_SOURCE = "seeds/sample_design_matrix.csv"
UNITS = ("auto", "percent", "fraction")
_WRITING = frozenset({"build", "run", "snapshot", "retry"})


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt's classes carry no types
    """Lands a source once per content and unit setting; errors reach dbt as RuntimeError, which it shows."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        self._source = _under_project(str(plugin_config.get("design_matrix") or DEFAULT_SOURCE))
        self._units = str(plugin_config.get("units") or os.environ.get("PLANWISE_UNITS") or "auto")
        if self._units not in UNITS:
            raise RuntimeError(f"PLANWISE_UNITS is {self._units!r}; it must be one of {', '.join(UNITS)}")

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Runs before dbt opens the warehouse: make its folder, and the state database that dbt attaches."""
        try:
            state = ensure_state(self._home())
            if _is_by_hand() and _writes() and not is_empty(state):
                back_up(state)
        except PlanwiseError as fault:
            raise RuntimeError(f"{fault.code}: {fault}") from fault

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Runs on dbt's own connection, before it attaches anything."""
        try:
            self._land(conn)
        except PlanwiseError as fault:
            raise RuntimeError(f"{fault.code}: {fault}") from fault

    def _land(self, connection: DuckDBPyConnection) -> None:
        if not _is_by_hand():
            return  # the run landed it, and says when
        as_of = as_of_day(self._source)
        detect(self._source)
        if is_landed(connection, self._source.name, fingerprint(self._source), self._units):
            refresh_load(connection, as_of=as_of)
        else:
            land(connection, read_source(self._source), self._units, as_of=as_of)
        land_nothing(connection)
        note_code(connection, PROJECT)

    def _home(self) -> Path:
        path = getattr(self.creds, "path", None) or ":memory:"
        if path == ":memory:":
            return Path(os.environ.get("PLANWISE_HOME") or PROJECT / "var").resolve()
        return Path(path).resolve().parent


def _is_by_hand() -> bool:
    return os.environ.get(IN_RUN) != "1"


def _writes() -> bool:
    """Whether the dbt command that opens the warehouse is one that may write to the state."""
    from dbt.flags import get_flags

    return getattr(get_flags(), "WHICH", "build") in _WRITING


def _under_project(text: str) -> Path:
    """An absolute path as it is, a relative one under the project, wherever dbt was started."""
    path = Path(text).expanduser()
    return path if path.is_absolute() else PROJECT / path
