"""CSV cells: no formula runs, and every text comes back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.review.cells import protected, unprotected
from harness.review.file import as_csv

RISKY = ["=1+1", "+1", "-3%", "@SUM(A1)", " =1", "\t=1", "\r=1", "'=1", "''+1", "＝1", "\n-x", "  \u00a0@x"]


@pytest.mark.parametrize("text", RISKY)
def test_cell_begins_with_an_apostrophe_when_it_could_run(text: str) -> None:
    assert protected(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "3-5% (service based)", "'quoted'", "O'Brien", "50% up to 6%", "—"])
def test_cell_is_left_alone_when_it_is_plain(text: str) -> None:
    assert protected(text) == text


@given(
    st.text(
        alphabet=st.sampled_from(
            "'=+-@ \t\r\n＝a1\"",
        ),
        max_size=8,
    )
    | st.text()
)
def test_text_comes_back_when_it_was_protected(text: str) -> None:
    assert unprotected(protected(text)) == text


@pytest.mark.parametrize("text", ["-", "=x", "+5%", "3%", "'tis"])
def test_cell_is_read_as_it_stands_when_somebody_typed_it(text: str) -> None:
    assert unprotected(text) == text


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")))
def test_raw_survives_the_csv_when_it_is_hostile(raw: str) -> None:
    written = as_csv([{"client_id": "1", "raw": raw}])
    (_, row) = csv.reader(io.StringIO(written, newline=""))
    assert unprotected(row[2]) == raw
