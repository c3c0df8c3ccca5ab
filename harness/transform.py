"""The project is built: by its compiled SQL where dbt has compiled this very project before, else by dbt.

dbt is called in this process: 3.4 s to import, so only where it is needed, and told to keep quiet.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from harness.built import code, code_now
from harness.config import PROJECT
from harness.direct import base
from harness.direct import build as direct
from harness.direct import plan as plans
from harness.errors import GateError
from harness.files import PRIVATE_DIR, make_dir
from harness.memory import memory

_QUIET = ("--log-level", "none", "--no-print", "--no-version-check", "--no-use-colors")
_SETTLED = frozenset({"success", "pass", "warn", "no-op"})
_BUILT = frozenset({"model", "seed", "snapshot", "test"})
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
    how: str = "dbt"
    """Who built: dbt; or its compiled SQL run straight, `whole` or for the `changed` clients only."""

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
    home: Path,
    source: Path,
    units: str,
    project: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
) -> Any:
    from dbt.cli.main import dbtRunner

    # dbt makes them for everybody; what is in them tells of clients and of this machine
    for name in ("target", "logs"):
        make_dir(home / name).chmod(PRIVATE_DIR)
    arguments = [
        *arguments,
        *_QUIET,
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--target-path",
        str(home / "target"),
        "--log-path",
        str(home / "logs"),
    ]
    values = {
        "PLANWISE_HOME": str(home),
        "PLANWISE_UNITS": units,
        "PLANWISE_MEMORY": memory(direct.MEMORY),
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
    wanted = environment or {}
    print_ = plans.fingerprint(project, wanted)
    if plan := _kept(project, home, print_):
        try:
            chosen = direct.chosen(plan, nodes.select, nodes.exclude)
            how = direct.build(home, project, chosen)
            if how == "whole" and nodes == BEFORE_THE_GATES:
                _of_one_code(home, project)
            return BuildResult(len(chosen), how=how)
        except direct.Failed as failed:
            # dbt does it again, and says what failed and why
            _told(home, str(failed))
    # else what the next load changes would be told from what was built before dbt built this one
    base.forget(home / "warehouse.duckdb")
    invoke = partial(_invoke, home, source, units, project, environment=wanted)
    try:
        result = _built(invoke(_arguments(nodes)))
        # dbt keeps the file open, and nobody else may open it meanwhile
        _let_go()
        if result.succeeded and nodes == BEFORE_THE_GATES:
            _of_one_code(home, project)
        if result.succeeded and plan is None:
            _keep(project, home, print_, invoke)
    finally:
        _let_go()
    return result


def _let_go() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def _arguments(nodes: Nodes) -> tuple[str, ...]:
    return (
        "build",
        # they test the project's code on made-up rows, in CI; the data tests run here, every time
        "--exclude-resource-type",
        "unit_test",
        # what a part of the project did must not stand in target/ for the whole; and it takes half a second
        *(("--no-write-json",) if nodes.select else ()),
        *(argument for name in nodes.select for argument in ("--select", name)),
        *(argument for name in nodes.exclude for argument in ("--exclude", name)),
    )


def _folders(project: Path, home: Path) -> tuple[Path, Path]:
    """Beside the project, for every home of this checkout; in the home where that can't be written."""
    return project / "target" / "direct", home / "target" / "direct"


def _kept(project: Path, home: Path, print_: str) -> plans.Plan | None:
    found = (plans.load(folder, print_) for folder in _folders(project, home))
    return next((plan for plan in found if plan), None)


def _keep(project: Path, home: Path, print_: str, invoke: Callable[[Sequence[str]], Any]) -> None:
    """Keep what dbt compiles, if it is all of a kind that we know; without a plan dbt builds, as before."""
    manifests = []
    # under --full-refresh a model compiles to all of its rows, whatever is there already
    for arguments in (("compile", "--full-refresh"), ("compile",)):
        if not invoke(arguments).success:
            return
        manifests.append(json.loads((home / "target" / "manifest.json").read_bytes()))
    try:
        plan = plans.of_manifest(manifests[0], manifests[1], print_, project)
    except plans.Unknown as unknown:
        _told(home, f"left to dbt: {unknown}")
        return
    if code_now(project) != code(project):
        return  # it was replaced while dbt worked: nobody knows which of both was compiled
    for folder in _folders(project, home):
        with suppress(OSError):
            plans.keep(folder, plan)
            return


def _of_one_code(home: Path, project: Path) -> None:
    """A build reads seeds and SQL from the disk: of what was replaced meanwhile it may hold either."""
    if code_now(project) != code(project):
        base.forget(home / "warehouse.duckdb")
        raise GateError(
            "code_changed",
            f"planwise was changed in {project} while it built",
            "nothing was published; run it again",
        )


def _told(home: Path, text: str) -> None:
    make_dir(home / "logs")
    (home / "logs" / "direct.log").write_text(f"{text}\n", encoding="utf-8")


def _built(result: Any) -> BuildResult:
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
    # hooks and exposures are results, too, but nothing that was built or tested
    return BuildResult(sum(run.node.resource_type in _BUILT for run in runs), failed)
