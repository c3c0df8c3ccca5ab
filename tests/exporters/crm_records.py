"""CRM records for the tests: the golden ones, and what is changed in them."""

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

from exporters.crm import read, render
from exporters.crm_mapping import DEFAULT

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
FULL, POOR = "c0123456789abcde", "cfedcba987654321"


def golden(ref: str = FULL) -> Any:
    """A record as it is rendered: the full one has nearly every figure, the poor one nearly none."""
    return read((GOLDEN / f"crm_account_{ref}.json").read_bytes())


def record(number: int = 0, **texts: Any) -> Any:
    """The full record with another reference, and fields set to other values."""
    document = copy.deepcopy(golden())
    document["client_ref"] = f"c{number:015x}"
    for field, value in texts.items():
        said = document["fields"][field]
        said.update(value=value, action="set", reason=None)
        if "percent" in said:
            said["percent"] = Decimal(value) * 100
    return document


def contents(*documents: Any) -> list[bytes]:
    """The bytes of the records' files."""
    return [render(document) for document in documents]


def mapped(home: Path, *changes: tuple[str, str]) -> Path:
    """A home whose mapping is the default with some of its text replaced."""
    text = DEFAULT.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    home.mkdir(parents=True, exist_ok=True)
    (home / "crm_mapping.yml").write_text(text, encoding="utf-8")
    return home
