"""From gate results to who goes out."""

import pytest

from harness.errors import GateError
from harness.outcome import Client, Clients, require
from tests.harness.world import finding, reference, result


def clients(*numbers: int) -> Clients:
    return Clients([Client(str(70000 + n), reference(n)) for n in numbers], rejected_ids=["dup", None])


def test_client_is_held_with_its_reason_when_a_hold_names_it() -> None:
    found = clients(1, 2)
    found.apply([result("P10", "hold", [finding(2)])], ["navigator"])
    assert [client.status for client in found] == ["exportable", "held"]
    assert found.by_id["70002"].reasons == [
        {"rule": "P10", "field": "match_formula", "raw": "6% match", "code": "no_match_rate",
         "message": "the match has no rate", "resolve": "say the rate", "target": None}
    ]  # fmt: skip


def test_client_is_held_when_only_its_id_is_known() -> None:
    # rules of the source may not know the reference
    found = clients(1)
    found.apply([result("S04", "hold", [finding(None, client_id=" 70001 ")])], ["navigator"])
    assert found.by_id["70001"].status == "held"


def test_client_goes_out_with_the_warning_when_the_rule_warns() -> None:
    found = clients(1)
    found.apply([result("P08", "warn", [finding(1)])], ["navigator"])
    assert found.by_id["70001"].status == "exportable"
    assert found.by_id["70001"].warnings == [
        {"rule": "P08", "field": "match_formula", "message": "the match has no rate"}
    ]


def test_client_is_held_for_one_target_when_only_that_one_cant_take_it() -> None:
    found = clients(1)
    found.apply([result("P12", "hold", [finding(1, target="navigator")])], ["navigator", "other"])
    client = found.by_id["70001"]
    assert not client.goes_to("navigator")
    assert client.goes_to("other")


def test_client_is_left_alone_when_the_finding_is_for_a_target_nobody_asked_for() -> None:
    found = clients(1)
    found.apply([result("P12", "hold", [finding(1, target="navigator")])], ["other"])
    assert found.by_id["70001"].status == "exportable"
    assert found.by_id["70001"].reasons == []


@pytest.mark.parametrize("row", [finding(9), finding(None), finding(None, client_id="nobody")])
def test_hold_blocks_when_it_names_nobody(row: dict[str, object]) -> None:
    # otherwise a failing row would go out because its suite forgot to say whose it is
    with pytest.raises(GateError) as caught:
        clients(1).apply([result("P10", "hold", [row])], ["navigator"])
    assert caught.value.code == "unattributed"


def test_hold_blocks_when_it_failed_without_a_row() -> None:
    with pytest.raises(GateError):
        clients(1).apply([result("P10", "hold", [], passed=False)], ["navigator"])


@pytest.mark.parametrize("row", [finding(None, client_id="dup"), finding(None, row_number=7)])
def test_hold_changes_nothing_when_its_row_is_rejected_already(row: dict[str, object]) -> None:
    found = clients(1)
    found.apply([result("S03", "hold", [row])], ["navigator"])
    assert found.by_id["70001"].status == "exportable"


def test_run_is_blocked_when_a_blocking_rule_failed() -> None:
    with pytest.raises(GateError) as caught:
        require("source", [result("S01"), result("S02", "block", [finding(None)])])
    assert caught.value.code == "blocked_s02"
    assert "S02" in caught.value.message
    assert caught.value.hint == "say the rate"
    assert caught.value.exit_status == 4


@pytest.mark.parametrize("severity", ["block", "hold", "warn"])
def test_run_is_blocked_when_a_check_raised(severity: str) -> None:
    # an expectation that raised has checked nothing
    with pytest.raises(GateError) as caught:
        require("marts", [result("P01", severity, passed=False, exception="list index out of range")])
    assert caught.value.code == "gate_broken"


def test_run_is_blocked_when_a_checkpoint_returned_nothing() -> None:
    with pytest.raises(GateError):
        require("marts", [])


def test_client_goes_to_the_other_targets_when_one_has_no_right_document_of_it() -> None:
    # else its documents for the others would go out, and the report would say that it was rejected
    (client,) = clients(1)
    client.refuse("crm", {"rule": "E01", "message": "too long"}, ("navigator", "crm"))
    assert client.status == "exportable"
    assert [client.goes_to(name) for name in ("navigator", "crm")] == [True, False]
    assert client.reasons[0]["target"] == "crm"
    client.refuse("navigator", {"rule": "E01", "message": "unreadable"}, ("navigator", "crm"))
    assert client.status == "rejected"
