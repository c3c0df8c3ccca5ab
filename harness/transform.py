"""dbt, called in this process: 3.4 s to import, so only by what builds, and told to keep quiet."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.config import PROJECT

_QUIET = ("--log-level", "none", "--no-print", "--no-version-check", "--no-use-colors")
_SETTLED = frozenset({"success", "pass", "warn", "no-op"})
IN_RUN = "PLANWISE_IN_RUN"
"""Set while dbt works for a run, which looks after the state and knows what is delivered; see dbt_landing."""


@dataclass(frozen=True)
class FailedNode:
    """One model or test that did not succeed."""

    name: str
    status: str
    message: str


@dataclass(frozen=True)
class Nodes:
    """Which nodes of the project to build, as dbt's selectors name them."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


BEFORE_THE_GATES = Nodes(exclude=("tag:history", "tag:by_gates"))
"""All but the history, which waits for the gates, and tests of rules that the gates check and name better."""


@dataclass(frozen=True)
class BuildResult:
    """What a build did: nodes run, and those that failed, in the order in which they did."""

    nodes: int
    failed: list[FailedNode] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether every model was built and every test passed."""
        return not self.failed


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _invoke(
    home: Path, source: Path, units: str, project: Path, nodes: Nodes, environment: Mapping[str, str]
) -> Any:
    from dbt.cli.main import dbtRunner

    arguments = [
        "build",
        # they test the project's code on made-up rows, in CI; the data tests run here, every time
        "--exclude-resource-type",
        "unit_test",
        *_QUIET,
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--target-path",
        str(home / "target"),
        "--log-path",
        str(home / "logs"),
        # what a part of the project did must not stand in target/ for the whole; and it takes half a second
        *(("--no-write-json",) if nodes.select else ()),
        *(argument for name in nodes.select for argument in ("--select", name)),
        *(argument for name in nodes.exclude for argument in ("--exclude", name)),
    ]
    values = {
        "PLANWISE_HOME": str(home),
        "PLANWISE_UNITS": units,
        "DESIGN_MATRIX": str(source),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        IN_RUN: "1",
        **environment,
    }
    with _environment(values):
        return dbtRunner().invoke(arguments)


def build(
    home: Path,
    source: Path,
    units: str = "auto",
    project: Path = PROJECT,
    nodes: Nodes = BEFORE_THE_GATES,
    environment: Mapping[str, str] | None = None,
) -> BuildResult:
    """Build and test nodes of the project in `<home>/warehouse.duckdb`, whose `raw` schema holds the load.

    `units` is auto, percent or fraction. Failures of nodes come back in the result; a project that can't be
    parsed is one failed node named `dbt`. No connection to the warehouse is open any more afterwards.
    """
    try:
        result = _invoke(home, source, units, project, nodes, environment or {})
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
    runs = list(getattr(result.result, "results", None) or [])
    failed = [
        FailedNode(run.node.name, str(run.status), " ".join(str(run.message or "").split()))
        for run in runs
        if str(run.status) not in _SETTLED
    ]
    # what was skipped failed because of another node: name that one first
    failed.sort(key=lambda node: node.status == "skipped")
    if result.exception is not None or (not result.success and not failed):
        failed.insert(
            0, FailedNode("dbt", "error", str(result.exception or "the build failed without a node's error"))
        )
    return BuildResult(len(runs), failed)
