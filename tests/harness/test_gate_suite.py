"""Suite files are checked when they are read: no rule vanishes, no threshold is anything but a number."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import GateError
from harness.gate import suite
from tests.harness.gate_fixture import PROJECT, SUITES

Edit = Callable[[str], str]

EDITS: dict[str, Edit] = {
    "a rule is gone": lambda text: text.replace("rule: S05", "rule: S04"),
    "a severity is misspelt": lambda text: text.replace("severity: hold", "severity: held"),
    "a key is unknown": lambda text: text.replace("severity: hold", "enabled: false\n    severity: hold"),
    "a key is missing": lambda text: text.replace("    severity: hold\n", ""),
    "a sentence is blank": lambda text: text.replace(
        "sentence: Every row has a client_id that no other row has.", "sentence: ' '"
    ),
    "a name is used twice": lambda text: text.replace(
        "name: last_update_is_recent", "name: needed_fields_are_present"
    ),
    "a column is unknown": lambda text: text.replace("columns: [", "columns: [surname, "),
    "a relation is SQL": lambda text: text.replace("name: raw.load", "name: raw.load; drop table x"),
    "it is no YAML": lambda text: text + "\n\t- {",
}


@pytest.mark.parametrize("edit", EDITS)
def test_suite_is_refused_when(tmp_path: Path, edit: str) -> None:
    folder = tmp_path / "expectations"
    shutil.copytree(SUITES, folder)
    text = (folder / "source.yml").read_text(encoding="utf-8")
    changed = EDITS[edit](text)
    assert changed != text
    (folder / "source.yml").write_text(changed, encoding="utf-8")
    with pytest.raises(GateError) as refused:
        suite.load(folder, "source")
    assert refused.value.exit_status == 4


@pytest.mark.parametrize("checkpoint", ["source", "marts", "export"])
def test_suite_is_refused_when_its_file_is_gone(tmp_path: Path, checkpoint: str) -> None:
    with pytest.raises(GateError, match="no expectation for"):
        suite.load(tmp_path, checkpoint)


def test_every_rule_of_the_contract_has_a_suite_when_all_are_read() -> None:
    rules = {rule.rule for name in suite.REQUIRED_RULES for rule in suite.load(SUITES, name).rules}
    assert rules == {f"S{n:02}" for n in range(1, 6)} | {f"P{n:02}" for n in range(1, 13)} | {
        "R01",
        "R02",
        "R03",
        "E01",
        "E04",
    }


def test_severities_are_those_of_the_contract_when_compared() -> None:
    found: dict[str, set[str]] = {}
    for name in suite.REQUIRED_RULES:
        for rule in suite.load(SUITES, name).rules:
            found.setdefault(rule.rule, set()).add(rule.severity)
    strictest = {
        rule: next(severity for severity in suite.SEVERITIES if severity in severities)
        for rule, severities in found.items()
    }
    block = {"S01", "S02", "S03", "R01", "R02", "R03", "E04"}
    assert {rule for rule, severity in strictest.items() if severity == "block"} == block
    assert {rule for rule, severity in strictest.items() if severity == "warn"} == {"P08"}


@pytest.mark.shared
def test_rule_ids_are_those_of_the_contract_when_it_is_there() -> None:
    contract = PROJECT.parent / "shared" / "contracts" / "quality_rules.md"
    if not contract.exists():
        pytest.skip(f"{contract} is not there; the rule ids can't be compared with the contract's")
    ids = {
        line.split("|")[1].strip()
        for line in contract.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    }
    ours = set().union(*suite.REQUIRED_RULES.values())
    assert ids - {"id", "---"} - ours == {"E02", "E03"}


def _project(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dbt_project.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_thresholds_are_plain_numbers_when_declared_at_either_level(tmp_path: Path) -> None:
    path = _project(tmp_path, "vars: {gate_a: 0.00001, other: x, planwise: {gate_b: 5}}")
    assert suite.thresholds(path) == {"gate_a": "0.00001", "gate_b": "5"}


@pytest.mark.parametrize("value", ["'1 or true'", "true", ".nan", "[1]", "null"])
def test_threshold_is_refused_when_it_is_no_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(GateError, match="gate_a"):
        suite.thresholds(_project(tmp_path, f"vars: {{gate_a: {value}}}"))


def test_rule_is_refused_when_its_threshold_is_not_declared() -> None:
    rule = suite.Rule("n", "P01", "hold", "t", "s", "select {{ gate_nope }}")
    with pytest.raises(GateError, match="gate_nope"):
        suite.rendered(rule, {"gate_a": "1"})


def test_thresholds_of_the_project_render_every_rule_when_read() -> None:
    numbers = suite.thresholds(PROJECT / "dbt_project.yml")
    for name in suite.REQUIRED_RULES:
        for rule in suite.load(SUITES, name).rules:
            assert "{{" not in suite.rendered(rule, numbers).failing_rows
