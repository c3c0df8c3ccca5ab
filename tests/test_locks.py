"""The lock files install what pyproject.toml asks for, everywhere, and name no index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parent.parent
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-bench.lock",
    "requirements-bootstrap.lock",
)


def _pins(name: str) -> dict[str, str]:
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_and_no_address_when_it_is_read(name: str) -> None:
    """Without it an installation could take other bytes than were tried, or ask a host nobody reaches."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(_pins(name)) > 0
    assert all("--hash=sha256:" in entry for entry in entries)


def test_locks_satisfy_the_project_when_its_requirements_change() -> None:
    """Without it a dependency could be added and be missing on the next fresh machine."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, every = _pins("requirements.lock"), _pins("requirements-dev.lock")
    extras = project["optional-dependencies"]
    own = [
        extra for line in extras["dev"] if line.startswith("planwise[") for extra in Requirement(line).extras
    ]
    assert own, "the tests are run with every extra"
    for pins, wanted in (
        (runtime, project["dependencies"]),
        *((every, extras[extra]) for extra in ("dev", *own)),
    ):
        for line in wanted:
            asked = Requirement(line)
            if asked.name == project["name"]:
                continue
            assert pins[canonicalize_name(asked.name)] in asked.specifier, f"{line}: run `make lock`"


def test_tests_run_what_users_run_when_both_locks_are_installed() -> None:
    """Without it the tests could pass on versions that no user has."""
    runtime, every = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert runtime.items() <= every.items()
