"""The command as a user types it: a process of its own, with its own home and out folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "seeds" / "sample_design_matrix.csv"
SHARED = PROJECT.parent / "shared"
COMMAND = Path(sys.executable).with_name("planwise-export")
Snapshot = dict[str, bytes | str]
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A home and an out folder, and what stands in them."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def current(self) -> Path:
        """Navigator's current release."""
        return self.out / "navigator" / "current"

    @property
    def marts(self) -> Path:
        return self.home / "published" / "current.duckdb"

    def snapshot(self) -> Snapshot:
        """Every delivered and published byte; links as what they point at."""
        found: Snapshot = {}
        for top in (self.out, self.home / "published"):
            for path in sorted(top.rglob("*")):
                name = str(path.relative_to(self.root))
                if path.is_symlink():
                    found[name] = str(path.readlink())
                elif path.is_file():
                    found[name] = path.read_bytes()
        return found

    def times(self) -> dict[str, tuple[int, bytes | str]]:
        """Time and bytes of every file in home and out but the records of runs and the locks."""
        return {
            str(path.relative_to(self.root)): (
                path.lstat().st_mtime_ns,
                str(path.readlink()) if path.is_symlink() else path.read_bytes(),
            )
            for path in sorted(self.root.rglob("*"))
            if (path.is_symlink() or path.is_file())
            and not path.is_relative_to(self.home / "runs")
            and path.name not in ("run.lock", ".lock")
            and not path.name.startswith("ledger.sqlite")
        }

    def files(self) -> dict[str, bytes]:
        """The files of the current release by name."""
        return (
            {path.name: path.read_bytes() for path in self.current.iterdir()} if self.current.exists() else {}
        )

    def copy(self, root: Path) -> Place:
        """The same state elsewhere, so that a run there changes nothing here; records of runs stay behind."""
        shutil.copytree(
            self.root, root, symlinks=True, ignore=shutil.ignore_patterns("runs", "compiled", "run")
        )
        return Place(root)


@dataclass(frozen=True)
class Ran:
    """What became of one command."""

    status: int
    stdout: str
    stderr: str
    place: Place
    report_path: Path | None
    files: dict[str, bytes] = field(default_factory=dict)
    """The current release right after it, by name."""

    @cached_property
    def report(self) -> dict[str, Any]:
        assert self.report_path, f"no report was written: {self.stderr}"
        found: dict[str, Any] = json.loads(self.report_path.read_bytes())
        return found

    @cached_property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.files["MANIFEST.json"])
        return found

    @cached_property
    def clients(self) -> dict[str, dict[str, Any]]:
        """The report's clients by client_id."""
        return {client["client_id"]: client for client in self.report["clients"]}

    @cached_property
    def documents(self) -> dict[str, Any]:
        """Decoded baseline scenarios by client_id, read with a safe loader from the bytes delivered."""
        return {key: found["baseline"] for key, found in self.scenarios.items()}

    @cached_property
    def scenarios(self) -> dict[str, dict[str, Any]]:
        """Every decoded scenario, by client_id and name (`baseline`, or what is recommended)."""
        found: dict[str, dict[str, Any]] = {}
        for client_id, client in self.clients.items():
            for file in scenario_names(client):
                name = Path(file).stem.removeprefix(client["client_ref"]).lstrip("_")
                content = self.files[file]
                found.setdefault(client_id, {})[name] = yaml.load(content, Loader=yaml.CSafeLoader)
        return found

    def statuses(self) -> dict[str, str]:
        """What became of every client as Navigator sees it: one that is held for it alone is held."""
        return {
            client_id: "held"
            if any(reason["target"] == "navigator" for reason in client["reasons"])
            else client["status"]
            for client_id, client in self.clients.items()
        }

    def reasons(self, client_id: str) -> set[tuple[str, str | None, str | None]]:
        """(rule, field, code) of what holds the client."""
        return {(item["rule"], item["field"], item["code"]) for item in self.clients[client_id]["reasons"]}

    def said(self) -> str:
        """Everything printed, for messages of failing tests."""
        return f"exit {self.status}\n{self.stdout}\n{self.stderr}"


def scenario_names(client: Mapping[str, Any]) -> list[str]:
    """Names of a reported client's files for Navigator."""
    return [Path(path).name for path in client["documents"] if path.startswith("navigator/")]


def environment(**changes: str | None) -> dict[str, str]:
    """The caller's environment without settings of ours, and `changes`."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PLANWISE_", "DESIGN_MATRIX", "DBT_"))
    }
    return kept | {key: value for key, value in changes.items() if value is not None}


def start(
    place: Place, *arguments: str | Path, as_of: str | None = None, **env: str
) -> subprocess.Popen[str]:
    """Start `planwise-export` on a place, without waiting for it."""
    place.root.mkdir(parents=True, exist_ok=True)
    command, *rest = map(str, arguments)
    return subprocess.Popen(
        [str(COMMAND), command, *rest, "--home", str(place.home), "--out", str(place.out)],
        cwd=place.root,
        env=environment(PLANWISE_AS_OF=as_of, **env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], place: Place) -> Ran:
    stdout, stderr = process.communicate(timeout=180)
    printed = [line.removeprefix("report: ") for line in stdout.splitlines() if line.startswith("report: ")]
    reports = [Path(line) for line in printed] or sorted((place.home / "runs").glob("*/report.json"))
    return Ran(process.returncode, stdout, stderr, place, reports[-1] if reports else None, place.files())


def planwise(place: Place, *arguments: str | Path, as_of: str | None = None, **env: str) -> Ran:
    """Run `planwise-export` to its end."""
    return finish(start(place, *arguments, as_of=as_of, **env), place)


def side_by_side(jobs: Mapping[str, Callable[[], T]], workers: int = 2) -> dict[str, T]:
    """Run jobs that have nothing in common, at most `workers` at a time; results by name."""
    with ThreadPoolExecutor(workers) as pool:
        futures = {name: pool.submit(job) for name, job in jobs.items()}
        return {name: future.result() for name, future in futures.items()}


def tokens(texts: Iterable[str]) -> set[str]:
    """Words of letters and digits, in lower case."""
    return {
        word for text in texts for word in "".join(c if c.isalnum() else " " for c in text.lower()).split()
    }
