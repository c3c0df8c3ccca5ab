"""Documents as the export makes them, by the default mapping: the org has afterwards what they say."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from exporters.crm_mapping import load_mapping
from harness.crm.sheet import sheet_of
from harness.receivers import OutRow
from tests.crm.bench import outcomes, receiver, sent
from tests.crm_server import KEY, FakeOrg

GOLDEN = Path(__file__).parents[1] / "golden"
REFS = ("c0123456789abcde", "cfedcba987654321")


def documents() -> list[OutRow]:
    return [OutRow(ref, ref, (GOLDEN / f"crm_account_{ref}.json").read_bytes(), "x" * 64) for ref in REFS]


def test_upload_is_the_golden_csv_when_the_golden_documents_are_sent(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it the file that people check and the data that the org gets could differ."""
    found = sent(receiver(fake, tmp_path, sheet=sheet_of(tmp_path)), documents())
    assert outcomes(found) == {"confirmed": 2}
    ((_, _, _, raw),) = [one for one in fake.asked if one[0] == "PUT"]
    assert raw == (GOLDEN / "crm_accounts.csv").read_bytes()


def test_org_has_what_the_documents_say_when_it_had_something_else(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it a field to be cleared could keep an old figure, or one to be left lose what it has."""
    columns = load_mapping(tmp_path).columns
    for number, key in enumerate(REFS):
        fake.records[key] = {"Id": f"001{number}", **{column.name: "old" for column in columns}}
    sent(receiver(fake, tmp_path, sheet=sheet_of(tmp_path)), documents())
    rows = list(csv.DictReader(io.StringIO((GOLDEN / "crm_accounts.csv").read_text(), newline="")))
    seen = set()
    for row in rows:
        for column in columns:
            said, stored = row[column.name], fake.records[row[KEY]][column.name]
            kind = "left" if said == "" else "cleared" if said == "#N/A" else "set"
            assert stored == {"left": "old", "cleared": None, "set": said}[kind], (row[KEY], column.name)
            seen.add(kind)
    assert seen == {"left", "cleared", "set"}


def test_document_is_rejected_when_its_row_is_of_another_client(fake: FakeOrg, tmp_path: Path) -> None:
    """Without it one client's figures could be written into another's account."""
    first, second = documents()
    mixed = replace(first, content=second.content)
    found = sent(receiver(fake, tmp_path, sheet=sheet_of(tmp_path)), [mixed])
    assert found[first.delivery_key].code == "bad_document" and fake.written == []
