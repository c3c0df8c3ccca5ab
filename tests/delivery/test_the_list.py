"""The list of promises in docs/delivery.md names tests that exist."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "delivery.md"


def test_every_test_of_the_list_exists_when_the_page_names_it() -> None:
    """A promise whose test was renamed or deleted would go on looking proven."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 30
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (PROJECT / file).is_file()
        or not re.search(rf"^def {test}\(", (PROJECT / file).read_text(encoding="utf-8"), re.M)
    ]
    assert missing == []
