"""What a batch of Navigator left behind, found under the root that the user names.

Paths in batch_summary.json are those of the machine that ran it: their ends are looked for below the root,
and nothing outside it is ever opened.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import SourceError

SUMMARY = "batch_summary.json"
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\s\\/'\":]+)+[\\/]")
_DEEPEST, _LONGEST = 64, 255
_SEPARATORS = re.compile(r"[\\/]+")


@dataclass(frozen=True)
class Found:
    """One scenario of a batch, or one database by itself."""

    scenario: str
    source: str
    """The batch's or the database's name, for people."""
    database: Path | None = None
    """Null for a failed scenario, and where it is not below the root."""
    config: Path | None = None
    """The merged configuration that ran."""
    failed: str | None = None
    """Navigator's error, without its paths; null for a scenario that completed."""
    sought: str = ""
    """What was looked for when there is no database."""


def find(paths: Iterable[Path], root: Path | None = None) -> list[Found]:
    """Name every scenario of these batches and databases, each file once.

    SourceError (exit 2) for a path that isn't there or is neither, (exit 5) for a summary that can't be read.
    """
    found: list[Found] = []
    for path in paths:
        if not path.exists():
            raise SourceError(
                "no_such_path", f"there is no {path}", "name a batch folder, its summary, or a database"
            )
        found += _in(path, root)
    return list({(one.scenario, one.database, one.failed): one for one in found}.values())


def _in(path: Path, root: Path | None) -> list[Found]:
    if path.is_dir():
        summary = path / SUMMARY
        if not summary.exists():
            inner = sorted(child.parent.name for child in path.glob(f"*/{SUMMARY}"))
            raise SourceError(
                "no_summary",
                f"{path} has no {SUMMARY}: the batch is still running, or this is no batch folder",
                f"pull when it is done; batches in there: {', '.join(inner)}"
                if inner
                else "Navigator writes the summary last; a database by itself is pulled by naming the file",
                exit_status=5,
            )
        return list(_of_summary(summary, root or path))
    if path.suffix.lower() == ".json":
        return list(_of_summary(path, root or path.parent))
    if path.suffix.lower() in (".duckdb", ".db"):
        config = next((near for near in _beside(path) if near.is_file()), None)
        return [Found(path.stem, path.name, path, config)]
    raise SourceError(
        "no_outcome",
        f"{path.name} is neither a batch summary (.json) nor a scenario database (.duckdb)",
        "Excel summaries of Navigator are not read: most of their figures are empty",
    )


def _beside(database: Path) -> tuple[Path, ...]:
    name = f"{database.stem}_config.yaml"
    return database.parent / name, database.parent / database.stem / name


def _of_summary(path: Path, root: Path) -> Iterator[Found]:
    try:
        results = json.loads(path.read_bytes())["detailed_results"]
        scenarios = {_text(name): dict(told) for name, told in results.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SourceError(
            "bad_summary",
            f"{path} is no complete batch summary of Navigator: {type(error).__name__}: {error}",
            "if the batch is still writing it, pull again when it is done",
            exit_status=5,
        ) from error
    if not scenarios:
        raise SourceError(
            "no_result",
            f"{path} tells of no scenario",
            "the batch ran none: look at Navigator",
            exit_status=5,
        )
    for name, told in scenarios.items():
        if told.get("status") != "completed":
            yield Found(
                name, path.parent.name, failed=without_paths(_text(told.get("error") or "no error told"))
            )
            continue
        named = _text(told.get("database_path") or f"dbt/{name}.duckdb")
        database = below(root, named)
        config = below(path.parent, f"{name}/{name}_config.yaml") or below(
            root, _text(told.get("config_path") or "")
        )
        yield Found(
            name,
            path.parent.name,
            database,
            config,
            sought="" if database else f"{_SEPARATORS.split(named)[-1]} under {root}",
        )


def below(root: Path, named: str) -> Path | None:
    """The file that a foreign path names, below the root: the longest end of the path that is there.

    `/srv/nav/dbt/a.duckdb` is sought as srv/nav/dbt/a.duckdb, nav/dbt/a.duckdb, dbt/a.duckdb, a.duckdb. A
    link that leads out of the root is not followed.
    """
    # a name that no file system takes is no file; deeper than any folder is a loop, or meant to be one
    parts = [part for part in _SEPARATORS.split(named) if part not in ("", ".", "..") and ":" not in part]
    if len(parts) > _DEEPEST or any(len(part.encode()) > _LONGEST for part in parts):
        return None
    top = root.resolve()
    for start in range(len(parts)):
        candidate = top.joinpath(*parts[start:])
        if candidate.is_file() and candidate.resolve().is_relative_to(top):
            return candidate
    return None


def _text(value: object) -> str:
    """Text that can be kept: half a character of JSON's can't be."""
    return str(value).encode("utf-8", "replace").decode()


def without_paths(error: str) -> str:
    """Navigator's words, at most three lines, no folder of another machine in them."""
    lines = [line for line in error.splitlines() if line.strip()][:3]
    return _PATH.sub("", "\n".join(lines))[:1000]
