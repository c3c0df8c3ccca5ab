"""jsonschema-rs and jsonschema give one verdict on every schema, on right documents and on wrong ones."""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporters import TARGETS
from exporters.yaml import from_json
from harness.verify import Checker, validator

GOLDEN = Path(__file__).parents[1] / "golden"
DOCUMENTS = {
    "navigator": ["navigator_scenario.json"],
    "fhi": ["fhi_outcome.json"],
    "crm": ["crm_account_c0123456789abcde.json", "crm_account_cfedcba987654321.json"],
}
_OTHERS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 10**30, Decimal("1.0"), Decimal("0.5"), Decimal("-0.1"), Decimal("100.0"),
    Decimal("1.0000000000000000000001"), "", "x", "x\n", "none", "2026-01-01", "2026-01-01\n", "\u0663",
    "\ud800", [], [1], ["x", "x"], {}, {"x": 1},
)  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, there in inner:
        yield (*path, key)
        yield from _paths(there, (*path, key))


def _changed(document: Any, rng: random.Random) -> Any:
    """The document with one place of it changed, removed, repeated or added to."""
    changed = _copy(document)
    path = rng.choice(list(_paths(changed)))
    place = changed
    for key in path[:-1]:
        place = place[key]
    how = rng.randrange(5)
    if how == 0 and isinstance(place, dict):
        del place[path[-1]]
    elif how == 1 and isinstance(place, dict):
        place["unheard_of"] = rng.choice(_OTHERS)
    elif how == 2 and isinstance(place, list):
        place.append(_copy(place[0]))
    elif how == 3 and type(place[path[-1]]) is int:
        place[path[-1]] = Decimal(place[path[-1]]).quantize(Decimal("0.0"))
    else:
        place[path[-1]] = rng.choice(_OTHERS)
    return changed


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", TARGETS)
def test_both_validators_agree_when_documents_are_right_or_changed_anywhere(name: str) -> None:
    """A wrong document that only the slow one refuses would be delivered."""
    target, rng, wrong = TARGETS[name], random.Random(7), 0
    checker, slow = Checker(target), validator(target)
    for file in DOCUMENTS[name]:
        document = from_json((GOLDEN / file).read_bytes())
        target.block(document).update(
            run_id="20260102T030405.000006Z-abcdef", generated_at="2026-01-02T03:04:05Z"
        )
        assert checker.problem(document) is None and slow.is_valid(document)
        for _ in range(400 // len(DOCUMENTS[name])):
            changed = _changed(document, rng)
            is_right = slow.is_valid(changed)
            assert (checker.problem(changed) is None) == is_right
            wrong += not is_right
    assert 100 < wrong < 400, "the changes are all right, or all wrong"


def test_a_number_with_a_fraction_of_nothing_is_no_integer_as_before() -> None:
    # to jsonschema-rs 1.0 is an integer; the contract was checked by jsonschema, to which it is none
    document = from_json((GOLDEN / "navigator_scenario.json").read_bytes())
    stamp = {"run_id": "20260102T030405.000006Z-abcdef", "generated_at": "2026-01-02T03:04:05Z"}
    document["design_matrix"].update(stamp)
    document["simulation"]["random_seed"] = Decimal("42.0")
    found = Checker(TARGETS["navigator"]).problem(document)
    assert found and found[0] == "simulation.random_seed"
