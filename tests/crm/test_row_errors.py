"""What an org's refusal means: seeds/crm_errors.csv, complete and read strictly."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness.config import PROJECT
from harness.crm.row_errors import TABLE, parts, row_error
from harness.errors import SourceError


def test_every_code_stands_once_with_a_sentence_and_its_source() -> None:
    """Without it a code could be both, or nobody could look up why it is tried again."""
    with (PROJECT / TABLE).open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    codes = [one["status_code"] for one in found]
    assert len(set(codes)) == len(codes) > 40
    for one in found:
        assert one["error_class"] in ("transient", "terminal") and one["sentence"], one
        assert one["source"].startswith("https://developer.salesforce.com/"), one
        assert not one["sentence"].endswith("."), "the org's own words follow"


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("STRING_TOO_LONG:Note: too large: x (max length=40):Note__c--", "STRING_TOO_LONG", "(Note__c)"),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--", "UNABLE_TO_LOCK_ROW", "exclusive access"),
        ("InvalidBatch : Field name not found : Foo__c", "InvalidBatch", "Field name not found : Foo__c"),
        ("something happened", "", "something happened"),
        ("", "", ""),
        (
            "DUPLICATE_VALUE:line one\nline two:A__c B__c--",
            "DUPLICATE_VALUE",
            "line one line two (A__c B__c)",
        ),
    ],
)
def test_code_and_words_are_told_apart_when_the_org_refuses(said: str, code: str, words: str) -> None:
    found = parts(said)
    assert found[0] == code and words in found[1] and "--" not in found[1]


def test_refusal_without_a_code_is_final_and_says_so() -> None:
    found = row_error("something happened")
    assert (found.code, found.is_transient) == ("unclassified", False)
    assert "something happened" in found.sentence and "does not list" in found.sentence


@pytest.mark.parametrize("line", ["A,sometimes,x,y", "B,terminal,x,y\nB,transient,x,y"])
def test_table_is_refused_when_it_does_not_decide(tmp_path: Path, line: str) -> None:
    """Without it a misspelt class would quietly make a code final."""
    (tmp_path / TABLE).parent.mkdir()
    (tmp_path / TABLE).write_text(f"status_code,error_class,sentence,source\n{line}\n")
    with pytest.raises(SourceError) as caught:
        row_error("A:x:--", tmp_path)
    assert caught.value.code == "bad_seed"
