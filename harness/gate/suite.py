"""Suite files: tests/expectations/*.yml, read and checked. No Great Expectations here.

A checkpoint may be written in several files. Whatever is missing, misspelt or unknown in them is a GateError,
so that a rule can't vanish by an edit that nobody notices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from harness.errors import GateError

SEVERITIES = ("block", "hold", "warn")
COLUMNS = (
    "client_ref",
    "client_id",
    "field",
    "raw",
    "code",
    "message",
    "resolve",
    "target",
    "file",
    "sheet",
    "row_number",
)
REQUIRED_RULES = {
    "source": {f"S0{n}" for n in range(1, 6)},
    "marts": {f"P{n:02}" for n in range(1, 13)} | {"R01", "R02", "R03"},
    "export": {"E01", "E04", "R01", "R02"},
}
_THRESHOLD = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_RELATION = re.compile(r"([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*")
_SUITE_KEYS = {"checkpoint", "columns", "relations", "expectations"}
_KEYS = {"name", "rule", "severity", "relation", "sentence", "failing_rows"}


@dataclass(frozen=True)
class Relation:
    """A table or view that a checkpoint reads; it has rows, unless `may_be_empty` says in words when not."""

    name: str
    may_be_empty: str = ""


@dataclass(frozen=True)
class Rule:
    """One expectation: `failing_rows` is SQL that returns one row per failure, in some of `columns`."""

    name: str
    rule: str
    severity: str
    relation: str
    sentence: str
    failing_rows: str
    columns: tuple[str, ...] = COLUMNS


@dataclass(frozen=True)
class Suite:
    """All relations and expectations of one checkpoint, in the order of the files."""

    checkpoint: str
    relations: tuple[Relation, ...]
    rules: tuple[Rule, ...]


def _refuse(path: Path | str, what: str) -> GateError:
    return GateError(
        "suite_unusable", f"{path}: {what}", "mend the suite file; no run is possible without its gates"
    )


def _texts(entry: dict[str, Any]) -> bool:
    return all(isinstance(value, str) and value.strip() for value in entry.values())


def _rule(path: Path, entry: Any, columns: tuple[str, ...]) -> Rule:
    if not isinstance(entry, dict) or set(entry) != _KEYS or not _texts(entry):
        raise _refuse(path, f"an expectation has exactly the texts {sorted(_KEYS)}, not {str(entry)[:200]}")
    if entry["severity"] not in SEVERITIES:
        raise _refuse(path, f"{entry['name']}: severity {entry['severity']!r} is none of {SEVERITIES}")
    if not _RELATION.fullmatch(entry["relation"]):
        raise _refuse(path, f"{entry['name']}: relation {entry['relation']!r} is no relation's name")
    return Rule(**entry, columns=columns)


def _relation(path: Path, entry: Any) -> Relation:
    if not isinstance(entry, dict) or not {"name"} <= set(entry) <= {"name", "may_be_empty"}:
        raise _refuse(path, f"a relation has a name and perhaps may_be_empty (the reason), not {entry!r}")
    if not _texts(entry) or not _RELATION.fullmatch(entry["name"]):
        raise _refuse(path, f"{entry!r} is no relation")
    return Relation(**entry)


@lru_cache(maxsize=128)
def _parsed(text: bytes) -> Any:
    """What a YAML file says, by its bytes alone; nobody changes what comes back."""
    return yaml.load(text.decode(), Loader=yaml.CSafeLoader)


def _file(path: Path) -> Suite:
    try:
        content = _parsed(path.read_bytes())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _refuse(path, f"can't be read: {error}") from error
    if not isinstance(content, dict) or set(content) != _SUITE_KEYS:
        raise _refuse(path, f"a suite has exactly the keys {sorted(_SUITE_KEYS)}")
    if content["checkpoint"] not in REQUIRED_RULES:
        raise _refuse(path, f"checkpoint {content['checkpoint']!r} is none of {sorted(REQUIRED_RULES)}")
    columns = tuple(content["columns"])
    if unknown := sorted(set(columns) - set(COLUMNS)):
        raise _refuse(path, f"columns {unknown} are none of {COLUMNS}")
    relations = tuple(_relation(path, entry) for entry in content["relations"])
    rules = tuple(_rule(path, entry, columns) for entry in content["expectations"])
    return Suite(content["checkpoint"], relations, rules)


def load(folder: Path, checkpoint: str) -> Suite:
    """Read every suite file of a checkpoint; GateError when one is faulty or a contract's rule is missing."""
    if checkpoint not in REQUIRED_RULES:
        raise _refuse(folder, f"there is no checkpoint {checkpoint!r}, only {sorted(REQUIRED_RULES)}")
    files = [suite for suite in map(_file, sorted(folder.glob("*.yml"))) if suite.checkpoint == checkpoint]
    rules = [rule for suite in files for rule in suite.rules]
    if missing := sorted(REQUIRED_RULES[checkpoint] - {rule.rule for rule in rules}):
        raise _refuse(folder, f"the {checkpoint} checkpoint has no expectation for {', '.join(missing)}")
    names = [rule.name for rule in rules]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise _refuse(folder, f"the names {repeated} are used twice")
    relations = {relation.name: relation for suite in files for relation in suite.relations}
    for suite in files:
        for relation in suite.relations:
            # the stricter of two declarations holds
            relations[relation.name] = relation if not relation.may_be_empty else relations[relation.name]
    return Suite(checkpoint, tuple(relations.values()), tuple(rules))


def thresholds(project: Path, prefix: str = "gate_") -> dict[str, str]:
    """Read the vars of dbt_project.yml whose names begin with `prefix`, as SQL number literals."""
    try:
        declared = _parsed(project.read_bytes()).get("vars") or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise _refuse(project, f"can't be read: {error}") from error
    nested = {name: v for group in declared.values() if isinstance(group, dict) for name, v in group.items()}
    found = {name: value for name, value in (nested | declared).items() if str(name).startswith(prefix)}
    for name, value in found.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not Decimal(str(value)).is_finite():
            raise _refuse(project, f"the threshold {name} is {value!r}; it must be a number")
    return {name: format(Decimal(str(value)), "f") for name, value in found.items()}


def rendered(rule: Rule, numbers: Mapping[str, str]) -> Rule:
    """Put the thresholds into a rule's SQL, numbers and nothing else; GateError when one is not declared."""

    def number(match: re.Match[str]) -> str:
        if match[1] not in numbers:
            raise _refuse(
                rule.name, f"{rule.rule} uses {match[1]}, which the vars of dbt_project.yml don't have"
            )
        return numbers[match[1]]

    return replace(rule, failing_rows=_THRESHOLD.sub(number, rule.failing_rows))
