"""In which order files are run: two workers take them one by one (`--dist loadfile --no-loadscope-reorder`).

The long ones come first, so that neither worker has one left at the end; while the first of them makes the
sample's runs, in one place one after the other, the other worker has something to do that does not need them.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FIRST = (
    "e2e/test_lineage.py",  # asks for the sample, and is short itself
    "delivery/test_kill.py",
    "harness/test_run.py",
    "e2e/test_bad_input.py",
    "delivery/test_sequences.py",
    "harness/test_review_loop.py",
    "e2e/test_history.py",
    "e2e/test_round_trip.py",
    "e2e/test_dbt.py",
    "e2e/test_engine.py",  # asks for the kinds and the shared files, two runs at a time
    "e2e/test_direct.py",
    "e2e/test_units.py",
    "e2e/test_remembered.py",
    "harness/test_transform.py",
    "parsing/test_parsing_properties.py",
    "delivery/test_repair.py",
    "delivery/test_what_a_run_sends.py",
    "harness/test_new_client.py",
    "harness/test_deltas.py",
    "harness/test_gate_runner.py",
    "e2e/test_hostile_cells.py",
    "e2e/test_workflows.py",
    "e2e/test_quality.py",
    "delivery/test_disk.py",
    "harness/test_publish.py",
    "delivery/test_rollback.py",
    "e2e/test_outputs.py",
    "e2e/test_security.py",
)
"""By processor seconds, measured; what is not listed follows, in the order of its name."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {TESTS / name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))
