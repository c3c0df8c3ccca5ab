"""Documents become files, one by one."""

from pathlib import Path
from typing import Any

import pytest

from exporters import TARGETS
from exporters.yaml import from_json
from harness.render import Stamp, render, stamped
from harness.warehouse import Row
from tests.harness.world import document, reference

STAMP = Stamp("20260102T030405.000006Z-abcdef", "2026-01-02T03:04:05Z")


def row(key: str, text: str | None = None) -> Row:
    return Row(key, reference(1), text or document(1), "0" * 64)


def test_run_and_time_are_set_and_nothing_else_when_a_document_is_stamped() -> None:
    found, plain = stamped(TARGETS["navigator"], row("x"), STAMP), from_json(document(1))
    assert found["design_matrix"].pop("run_id") == STAMP.run_id
    assert found["design_matrix"].pop("generated_at") == STAMP.generated_at
    del plain["design_matrix"]["run_id"], plain["design_matrix"]["generated_at"]
    assert found == plain


@pytest.mark.parametrize(
    "bad",
    [
        row("../../etc/passwd"),
        row("a/b"),
        row(""),
        row("b", '{"scenario_id": "b"}'),
        row("b", "not json"),
        row("b", "[]"),
        row("b", '{"design_matrix": {"a": NaN}}'),
        row("b", '{"design_matrix": {"a": "\\ud800"}}'),
    ],
)
def test_one_document_is_refused_and_the_others_go_on_when_it_has_no_form(tmp_path: Path, bad: Row) -> None:
    done, refused = render(TARGETS["navigator"], [row("a"), bad, row("c")], tmp_path / "out", STAMP)
    assert [item.name for item in done] == ["a.yaml", "c.yaml"]
    assert [item.row for item in refused] == [bad]
    assert refused[0].code == "not_rendered"
    assert sorted(path.name for path in tmp_path.rglob("*.yaml")) == ["a.yaml", "c.yaml"]


def test_bytes_come_from_the_writer_when_one_is_given(tmp_path: Path) -> None:
    def writer(content: Any) -> bytes:
        return content["scenario_id"].encode()  # type: ignore[no-any-return]

    done, _ = render(TARGETS["navigator"], [row("a")], tmp_path / "out", STAMP, writer)
    assert done[0].path.read_bytes() == f"{reference(1)}_baseline".encode()
