"""A record that the firm's mapping has no room for is held back from the CRM, and nothing else is."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exporters import TARGETS
from exporters.canonical import dump
from harness.outcome import Client, Clients
from harness.steps import _fitted
from harness.warehouse import Row
from tests.exporters.crm_records import mapped, record

NARROW = ("PlanWise_Rec_1__c, type: Text, length: 255", "PlanWise_Rec_1__c, type: Text, length: 9")


def fitted(home: Path, targets: tuple[str, ...] = ("navigator", "crm")) -> list[Client]:
    """Three clients: one fits, one does not, and one does not but is held already."""
    documents = [
        record(n, recommendation_1=text) for n, text in enumerate(("nine_fits", "ten_is_too", "ten_is_too"))
    ]
    clients = [Client(f"DM-{n}", document["client_ref"]) for n, document in enumerate(documents)]
    clients[2].hold({"rule": "P04"})
    rows = [Row(d["client_ref"], d["client_ref"], dump(d | {"generated_at": None}), "x") for d in documents]
    run: Any = SimpleNamespace(
        settings=SimpleNamespace(home=home), targets=targets, rows={"crm": rows}, clients=Clients(clients)
    )
    _fitted(run, TARGETS["crm"])
    return clients


def test_client_is_held_for_the_crm_alone_when_its_record_does_not_fit(tmp_path: Path) -> None:
    """Else one long text would stop the files of everybody, or a wrong mapping everybody's scenarios."""
    fits, wide, held = fitted(mapped(tmp_path, NARROW))
    assert fits.goes_to("crm")
    assert not fits.reasons
    assert wide.goes_to("navigator")
    assert not wide.goes_to("crm")
    assert [(reason["rule"], reason["field"], reason["code"]) for reason in wide.reasons] == [
        ("E01", "recommendation_1", "does_not_fit")
    ]
    assert len(held.reasons) == 1


def test_client_is_held_when_the_crm_is_all_that_was_asked_for(tmp_path: Path) -> None:
    """Else it would count as exported, and go nowhere."""
    assert [client.status for client in fitted(mapped(tmp_path, NARROW), ("crm",))] == [
        "exportable",
        "held",
        "held",
    ]


def test_nobody_is_held_when_the_mapping_is_the_default(tmp_path: Path) -> None:
    assert [client.status for client in fitted(tmp_path)] == ["exportable", "exportable", "held"]


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if name != "crm"])
def test_other_targets_refuse_nothing_when_they_have_no_settings(tmp_path: Path, name: str) -> None:
    assert TARGETS[name].refusals(tmp_path) is None
