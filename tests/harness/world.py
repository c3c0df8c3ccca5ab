"""A small hand-made warehouse, gates and sources: the harness, tested without dbt or Great Expectations."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from harness.config import Settings, settings
from harness.from_published import EXPORT
from harness.report import Outcome
from harness.run import Request, execute
from harness.steps import RUN

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
RULES = ("S02", "P10", "E01")
CHECKPOINTS = {"S02": "source", "P10": "marts", "E01": "export"}


def reference(number: int) -> str:
    """A client_ref that says which client it is."""
    return f"c{number:015x}"


def document(number: int, **design: Any) -> str:
    """The golden document as client `number`'s, as JSON text; `design` changes fields of design_matrix."""
    ref = reference(number)
    text = (GOLDEN / "navigator_scenario.json").read_text(encoding="utf-8").replace("c0000000000000a1", ref)
    content = json.loads(text)
    content["design_matrix"] |= design
    return json.dumps(content)


def result(rule: str, severity: str = "block", findings: Any = (), **more: Any) -> dict[str, Any]:
    """One gate result as harness.gate gives it; it failed when it has findings."""
    found = list(findings)
    return {
        "name": rule.lower(),
        "rule": rule,
        "checkpoint": CHECKPOINTS.get(rule, "marts"),
        "severity": severity,
        "sentence": f"Rule {rule} holds.",
        "relation": "dim_client",
        "rows_checked": 3,
        "rows_failing": len(found),
        "passed": not found,
        "exception": None,
        "findings": found,
    } | more


def finding(number: int | None, **more: Any) -> dict[str, Any]:
    """One failing row that names client `number`."""
    return {
        "client_ref": None if number is None else reference(number),
        "client_id": None,
        "field": "match_formula",
        "raw": "6% match",
        "code": "no_match_rate",
        "message": "the match has no rate",
        "resolve": "say the rate",
        "target": None,
        "file": None,
        "sheet": None,
        "row_number": None,
    } | more


@dataclass
class FakeGate:
    """Answers what it was given; remembers what it was asked and whether it was closed."""

    results: list[dict[str, Any]]
    asked: dict[str, Any] = field(default_factory=dict)
    closed: bool = False

    def check(self, warehouse: Path, **asked: Any) -> dict[str, Any]:
        self.asked = asked | {"warehouse": warehouse}
        return {"results": self.results}

    def close(self) -> None:
        self.closed = True


@dataclass
class World:
    """A home, an out folder, and clients numbered from 1 with the ids 70001, 70002, ..."""

    where: Settings
    numbers: list[int] = field(default_factory=lambda: [1, 2, 3])
    failing: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    """match_formula of a client; `50% up to 6%` for the others."""
    recommended: dict[int, str] = field(default_factory=dict)
    """A document of a change of the plan beside the baseline, by number."""
    rows_without_id: int = 0
    builds: int = 0
    build_fails: bool = False
    gate: FakeGate = field(default_factory=lambda: FakeGate([]))

    @property
    def source(self) -> Path:
        return self.where.home.parent / "matrix_of_the_bank.csv"

    @property
    def content(self) -> str:
        """What the file's checksum is: another one for other rows, texts or documents."""
        shown = (self.numbers, self.rows_without_id, self.texts, self.documents)
        return hashlib.sha256(repr(shown).encode()).hexdigest()

    def run(self, *clients: str, **more: Any) -> Outcome:
        """`planwise-export run`, with this world's source, build and gates."""
        failed = {entry["rule"] for entry in self.failing}
        self.gate = FakeGate([*(result(rule) for rule in RULES if rule not in failed), *self.failing])
        request = replace(Request("run", self.source, clients=clients, targets=("navigator",)), **more)
        return execute(self.where, request, RUN, more.get("progress") or _silent(), lambda: self.gate)

    def export(self, *clients: str) -> Outcome:
        """`planwise-export export`."""
        return execute(
            self.where, Request("export", clients=clients, targets=("navigator",)), EXPORT, _silent()
        )

    def current(self) -> dict[str, bytes]:
        """The files of the current release, by name."""
        folder = self.where.target("navigator") / "current"
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}

    def land(self, connection: duckdb.DuckDBPyConnection, *_: Any, **__: Any) -> None:
        connection.execute("create schema if not exists raw")
        connection.execute(
            "create or replace table raw.load as select 'matrix_of_the_bank.csv' as source_name"
        )
        connection.execute(
            "create or replace table raw.plan_designs"
            " (client_id varchar, plan_id varchar, match_formula varchar, notes varchar,"
            " _load_id varchar, _file varchar, _sheet varchar, _row bigint)"
        )
        connection.execute("create or replace table raw.audit_log (updated_by varchar)")
        ids = [f"'{70000 + number}'" for number in self.numbers] + ["null"] * self.rows_without_id
        texts = [self.texts.get(number, "50% up to 6%") for number in self.numbers]
        texts += [""] * self.rows_without_id
        for row, (client_id, text) in enumerate(zip(ids, texts, strict=True), start=2):
            connection.execute(
                f"insert into raw.plan_designs values ({client_id}, null, '{text}', null, 'ld', 'm.csv',"
                f" null, {row})"
            )

    def build(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            """
            create or replace table int_source_rows as
            select _file as file, _sheet as sheet, _row as row_number, client_id,
                'c' || lpad(format('{:x}', cast(client_id as integer) - 70000), 15, '0') as client_ref,
                case when client_id is null then 'missing' end as id_problem
            from raw.plan_designs;
            create or replace table int_clients as
            select client_ref, client_id, file, sheet, row_number, 'ld_1' as load_id
            from int_source_rows where id_problem is null;
            create or replace table dim_client
                (client_ref varchar primary key, client_name varchar, last_updated_on date);
            insert into dim_client select client_ref, 'Bank O''Brien', date '2026-01-01' from int_clients;
            comment on table dim_client is 'One row per client; the bank''s own name';
            comment on column dim_client.client_ref is 'Opaque reference';
            create or replace table fct_plan_design (client_ref varchar not null, core_reasons varchar[]);
            insert into fct_plan_design select client_ref, ['no_limit'] from int_clients;
            create or replace table fct_match_tier as
            select client_ref, 0 as band_number, cast(0.5 as decimal(18, 12)) as match_rate from int_clients;
            create or replace table fct_core_band (client_ref varchar, rate decimal(18, 12));
            create or replace table fct_vesting_step (client_ref varchar, vested_rate decimal(18, 12));
            create or replace table fct_field_status as
            select client_ref, 'employee_count' as field, '70001' as raw from int_clients;
            create or replace table int_plan_designs__present (client_ref varchar, design_checksum varchar);
            create or replace table dim_plan_design as
            select client_ref, 1 as version_number, true as is_current from int_clients;
            create or replace table fct_design_change as
            select client_ref, 1 as version_number, 'first_seen' as change_reason from int_clients;
            create or replace table exp_navigator__scenario
                (delivery_key varchar, client_ref varchar, scenario varchar, document json,
                document_checksum varchar);
            """
        )
        for number in self.numbers:
            self._add(connection, number, "_baseline", self.documents.get(number) or document(number))
        for number, text in self.recommended.items():
            self._add(connection, number, "__true_up", text)

    def _add(self, connection: duckdb.DuckDBPyConnection, number: int, scenario: str, text: str) -> None:
        ref = reference(number)
        connection.execute(
            f"insert into exp_navigator__scenario"
            f" select '{ref}{scenario}', '{ref}', ltrim('{scenario}', '_'), t.d, sha256(t.d)"
            f" from (values ($json${text}$json$)) as t(d)"
        )


def _silent() -> Any:
    from harness.progress import Progress

    return Progress()


def make_world(tmp_path: Path, monkeypatch: Any, **more: Any) -> World:
    """Make a world below `tmp_path`: extraction and dbt are replaced, what comes after is the real thing."""
    import harness.extract
    from harness import transform

    world = World(settings(tmp_path / "home", tmp_path / "out"), **more)

    class _Source:
        name, kind, schema_version = world.source.name, "csv", "v2"

        @property
        def sha256(self) -> str:
            return world.content

    def build(*arguments: Any) -> transform.BuildResult:
        nodes = next((given for given in arguments if isinstance(given, transform.Nodes)), None)
        if nodes and nodes.select:
            return transform.BuildResult(1)  # the history: its tables are in world.build
        if world.build_fails:
            failed = transform.FailedNode("dim_client", "error", "no such column")
            return transform.BuildResult(9, [failed])
        home = Path(arguments[0])  # of a dry run: a copy
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            world.build(connection)
            world.builds += 1
        with duckdb.connect(str(home / "state.duckdb")) as connection:
            for number in world.numbers:
                values = f"'{70000 + number}', '{reference(number)}', now()"
                connection.execute(f"insert or ignore into client_ref values ({values})")
        return transform.BuildResult(9)

    monkeypatch.setattr("harness.publish.declared", lambda _: {})  # these marts have few of their columns
    monkeypatch.setattr("harness.preflight_checks.source", lambda _: [])
    monkeypatch.setattr(harness.extract, "read_source", lambda *_: _Source())
    monkeypatch.setattr(harness.extract, "land", world.land)
    monkeypatch.setattr(transform, "build", build)
    return world
