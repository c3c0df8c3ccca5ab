"""Rules that judge the run as a whole; what the runner does with the missing, the broken and the large."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GateError
from harness.gate.suite import thresholds
from tests.harness.gate_fixture import DESIGN_COLUMNS, PROJECT, SUITES, build, ref

Judge = Callable[..., dict[str, Any]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Build a warehouse, damage it, run one checkpoint: {name: result}, and "summary"."""
    from harness.gate import findings, runner

    def run(
        checkpoint: str, damage: str = "", count: int = 20, suites: Path = SUITES, **parameters: Any
    ) -> dict[str, Any]:
        path = build(tmp_path / "w.duckdb", count, damage)
        numbers = thresholds(PROJECT / "dbt_project.yml")
        with runner.opened(path, None, parameters) as connection:
            results = runner.run_checkpoint(connection, checkpoint, suites, numbers)
        return {r["name"]: r for r in results} | {"summary": findings.summary(results)}

    return run


def failed(judged: dict[str, Any]) -> set[tuple[str, str]]:
    """(rule, severity) of all expectations that did not pass."""
    return {(r["rule"], r["severity"]) for name, r in judged.items() if name != "summary" and not r["passed"]}


@pytest.mark.parametrize("checkpoint", ["source", "marts", "export"])
def test_nothing_fails_when_the_warehouse_is_healthy(judge: Judge, checkpoint: str) -> None:
    judged = judge(checkpoint)
    assert failed(judged) == set()
    assert judged["summary"]["blocked"] is False
    assert judged["summary"]["held"] == []


CHECKSUM = f"sha256(cast(to_json([{', '.join(DESIGN_COLUMNS)}]) as varchar))"
ROW_COUNT = "update raw.load set row_count = {0}; "
FIRST = f"where client_ref = '{ref(1)}'"
NO_ID = (
    "update int_source_rows set client_id = null, client_ref = null, id_problem = 'missing'"
    " where row_number = 2;"
)
DUPLICATE = (
    "update int_source_rows set client_id = '700001', id_problem = 'duplicate' where row_number in (2, 3);"
)

WHOLE = {
    "required column gone": (
        "source",
        "delete from raw.source_columns where canonical_name = 'industry'",
        ("S01", "block"),
    ),
    "required column twice": (
        "source",
        "insert into raw.source_columns select * from raw.source_columns where canonical_name = 'industry'",
        ("S01", "block"),
    ),
    "v3 with plan_id instead of client_id": (
        "source",
        "update raw.source_columns set canonical_name = 'plan_id' where canonical_name = 'client_id'",
        ("S01", "block"),
    ),
    "unknown extra column": (
        "source",
        "update raw.source_columns set canonical_name = null, column_name = 'broker'"
        " where column_name = 'notes'",
        ("S01", "warn"),
    ),
    "two of twenty ids alike": ("source", DUPLICATE, ("S03", "block")),
    "ids alike that staging overlooked": (
        "source",
        "update int_source_rows set client_id = '700001' where row_number in (2, 3)",
        ("S03", "block"),
    ),
    "one of twenty ids missing": (
        "source",
        NO_ID,
        ("S03", "hold"),
    ),
    "tier without a client": (
        "marts",
        f"insert into fct_match_tier select * replace ('c9' as client_ref) from fct_match_tier {FIRST}",
        ("R01", "block"),
    ),
    "vesting step of nobody": ("marts", "insert into fct_vesting_step values (null, 0, 1)", ("R01", "block")),
    "client twice": (
        "marts",
        f"insert into dim_client from dim_client where client_ref = '{ref(1)}'",
        ("R01", "block"),
    ),
    "something orphaned": (
        "marts",
        "insert into int_orphans values ('delivered_without_client', 'navigator', 'c9', null, 'm', 'r')",
        ("R01", "block"),
    ),
    "client lost": ("marts", f"delete from dim_client where client_ref = '{ref(1)}'", ("R02", "block")),
    "design lost": ("marts", f"delete from fct_plan_design where client_ref = '{ref(1)}'", ("R02", "block")),
    "row lost before landing": ("marts", ROW_COUNT.format(21), ("R02", "block")),
    "row count unknown": ("marts", ROW_COUNT.format("null"), ("R02", "block")),
    "row lost in staging": ("marts", "delete from int_source_rows where row_number = 2", ("R02", "block")),
    "text changed": (
        "marts",
        f"update fct_field_status set raw = '50% up to 5%' {FIRST} and field = 'match_formula'",
        ("R02", "block"),
    ),
    "text lost": (
        "marts",
        f"update fct_field_status set raw = null {FIRST} and field = 'vesting_schedule'",
        ("R02", "block"),
    ),
    "field left out for all": (
        "marts",
        "delete from fct_field_status where field = 'match_formula'",
        ("R02", "block"),
    ),
    "field neither published nor with a reason": (
        "marts",
        f"update fct_field_status set value = null {FIRST} and field = 'match_formula'",
        ("R02", "block"),
    ),
    "field twice": (
        "marts",
        f"insert into fct_field_status from fct_field_status {FIRST} and field = 'state'",
        ("R02", "block"),
    ),
    "figure that the second path reads otherwise": (
        "marts",
        f"update dim_client set client_name = 'Somebody else' {FIRST}",
        ("R02", "block"),
    ),
    "sums apart": ("marts", "update fct_reconciliation set sum_published = 1.25", ("R02", "block")),
    "design of other texts": (
        "marts",
        f"update fct_plan_design set source_checksum = repeat('0', 64) {FIRST}",
        ("R02", "block"),
    ),
    "document without reason missing": (
        "export",
        f"delete from exp_navigator__scenario {FIRST}",
        ("R02", "block"),
    ),
    "document in spite of a field that holds": (
        "export",
        f"update fct_field_status set is_blocking_export = true {FIRST} and field = 'match_formula'",
        ("R02", "block"),
    ),
    "document of other texts": (
        "export",
        "update exp_navigator__scenario set document = json_merge_patch(document,"
        f" json_object('design_matrix', json_object('source_checksum', '0'))) {FIRST}",
        ("R02", "block"),
    ),
    "document of nobody": (
        "export",
        "update exp_navigator__scenario set client_ref = 'c9'",
        ("R01", "block"),
    ),
    "CRM record lost": ("export", f"delete from exp_crm__account {FIRST}", ("R02", "block")),
    "CRM record of nobody": ("export", "update exp_crm__account set client_ref = 'c9'", ("R01", "block")),
    "CRM record of another client": (
        "export",
        "update exp_crm__account set document = json_merge_patch(document, json_object('client_ref', 'c9'))"
        f" {FIRST}",
        ("R01", "block"),
    ),
    "CRM record of another version": (
        "export",
        "update exp_crm__account set document = json_merge_patch(document,"
        f" json_object('schema_version', 'crm-account/2.0')) {FIRST}",
        ("E04", "block"),
    ),
    "two documents with one key": (
        "export",
        f"update exp_navigator__scenario set delivery_key = 'x' where client_ref in ('{ref(1)}', '{ref(2)}')",
        ("E01", "hold"),
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_rule_fails_at_its_severity_when(judge: Judge, case: str) -> None:
    checkpoint, damage, expected = WHOLE[case]
    judged = judge(checkpoint, damage)
    assert expected in failed(judged)
    assert judged["summary"]["blocked"] is (expected[1] == "block")
    assert all(
        f["message"] and f["resolve"] for n, r in judged.items() if n != "summary" for f in r["findings"]
    )


PASSING = {
    "v1 with plan_id": (
        "source",
        "update raw.load set schema_version = 'v1';"
        "update raw.source_columns set canonical_name = 'plan_id' where canonical_name = 'client_id'",
    ),
    "a document with two columns": (
        "source",
        "update raw.load set source_kind = 'document';"
        "delete from raw.source_columns where canonical_name not in ('client_id', 'client_name')",
    ),
    "blanks trimmed": (
        "marts",
        "update raw.plan_designs set match_formula = chr(160) || ' 50%  up to 6% ' where _row = 2;"
        f"update fct_plan_design set source_checksum = (select {CHECKSUM} from raw.plan_designs"
        f" where _row = 2) {FIRST}",
    ),
    "no core bands at all": ("marts", ""),
}


@pytest.mark.parametrize("case", PASSING)
def test_nothing_fails_when(judge: Judge, case: str) -> None:
    checkpoint, damage = PASSING[case]
    assert failed(judge(checkpoint, damage)) == set()


@pytest.mark.parametrize(
    ("count", "before", "because", "expected"),
    [
        (20, None, None, set()),
        (90, 100, None, set()),
        (89, 100, None, {("S02", "block")}),
        (89, 100, "  ", {("S02", "block")}),
        (89, 100, "it's a merger; drop table x", {("S02", "warn")}),
        (6, 10, None, set()),
        (5, 10, None, {("S02", "block")}),
    ],
)
def test_shrunken_matrix_blocks_when_no_reason_is_given(
    judge: Judge, count: int, before: int | None, because: str | None, expected: set[tuple[str, str]]
) -> None:
    judged = judge("source", count=count, last_published_rows=before, because=because)
    assert failed(judged) == expected
    if because and because.strip():
        assert because in judged["smaller_row_count_is_explained"]["findings"][0]["message"]


def test_row_is_held_by_its_place_when_it_has_no_id(judge: Judge) -> None:
    held = judge("source", NO_ID)["summary"]
    assert [(f["file"], f["row_number"]) for f in held["held_unidentified"]] == [("sample.csv", 2)]
    assert held["held"] == []


@pytest.mark.parametrize(
    ("checkpoint", "relation"),
    [("source", "raw.plan_designs"), ("marts", "fct_field_status"), ("export", "dim_client")],
)
@pytest.mark.parametrize("damage", ["drop table", "delete from"])
def test_suite_blocks_when_its_table_is_missing_or_empty(
    judge: Judge, checkpoint: str, relation: str, damage: str
) -> None:
    judged = judge(checkpoint, f"{damage} {relation}")
    found = judged[f"{relation.replace('.', '_')}_is_there"]
    assert (found["rule"], found["severity"], found["passed"]) == ("G01", "block", False)
    assert relation in found["findings"][0]["message"]
    assert judged["summary"]["blocked"] is True


def test_suite_blocks_when_a_table_that_may_be_empty_is_missing(judge: Judge) -> None:
    assert judge("marts", "drop table fct_core_band")["fct_core_band_is_there"]["passed"] is False


def _with_expectation(folder: Path, sql: str, severity: str = "warn") -> Path:
    for path in SUITES.glob("*.yml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "extra.yml").write_text(
        "checkpoint: export\ncolumns: [client_ref, field, message]\nrelations: []\nexpectations:\n"
        f"  - {{name: extra, rule: X01, severity: {severity}, relation: dim_client, sentence: One more.,\n"
        f"     failing_rows: {sql!r}}}\n",
        encoding="utf-8",
    )
    return folder


def test_export_blocks_when_no_document_was_made_for_clients_that_nothing_holds(judge: Judge) -> None:
    judged = judge("export", "delete from exp_navigator__scenario")
    assert failed(judged) == {("R02", "block")}


def test_export_passes_when_it_is_empty_because_every_client_is_held(judge: Judge) -> None:
    """Else one held client would stop the run before the report could say what holds it."""
    damage = (
        "delete from exp_navigator__scenario;"
        f"update fct_field_status set is_blocking_export = true {FIRST} and field = 'match_formula';"
        f"update fct_plan_design set navigator_gap_codes = ['cost:x'] where client_ref = '{ref(2)}'"
    )
    assert failed(judge("export", damage, count=2)) == set()


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select nonsense from dim_client", "nonsense"),
        ("select error(client_ref) as message from dim_client", ref(1)),
        ("select client_ref, 1 as surprise from dim_client", "surprise"),
    ],
)
def test_expectation_blocks_alone_when_it_raises(judge: Judge, tmp_path: Path, sql: str, says: str) -> None:
    folder = tmp_path / "suites"
    folder.mkdir()
    judged = judge("export", suites=_with_expectation(folder, sql), count=3)
    extra = judged.pop("extra")
    assert (extra["passed"], extra["severity"], extra["findings"]) == (False, "block", [])
    assert says in extra["exception"]
    assert failed(judged) == set()
    assert judged["summary"]["blocked"] is True


def test_hold_blocks_when_it_names_nobody(judge: Judge, tmp_path: Path) -> None:
    folder = tmp_path / "suites"
    folder.mkdir()
    judged = judge("export", suites=_with_expectation(folder, "select 1 as message", "hold"))
    assert judged["summary"]["blocked"] is True


def test_all_failing_rows_come_back_when_there_are_thousands(judge: Judge) -> None:
    judged = judge("marts", "update fct_plan_design set default_deferral_rate = 0.5", count=5000)
    found = judged["rates_are_within_their_limits"]
    assert found["rows_failing"] == len({f["client_ref"] for f in found["findings"]}) == 5000
    assert len(judged["summary"]["held"]) == 5000
    assert {f["client_id"] for f in found["findings"]} == {f"70{n:04}" for n in range(1, 5001)}


def test_gate_refuses_when_it_gets_a_parameter_it_does_not_know(judge: Judge) -> None:
    with pytest.raises(GateError, match="skip"):
        judge("source", skip="S04")


def test_warehouse_is_unchanged_when_it_was_judged(judge: Judge, tmp_path: Path) -> None:
    import hashlib

    judge("source")
    before = hashlib.sha256((tmp_path / "w.duckdb").read_bytes()).hexdigest()
    from harness.gate import runner

    with (
        runner.opened(tmp_path / "w.duckdb", None, {}) as connection,
        pytest.raises(Exception, match="read-only"),
    ):
        connection.execute("delete from dim_client")
    assert hashlib.sha256((tmp_path / "w.duckdb").read_bytes()).hexdigest() == before
