"""A book of generated clients: the tables that the peer models read, made by SQL, the same on every machine.

Nothing in it is a fact about real plans: shares and rates are made up so that every branch of the models has
clients (unknown criteria, sister plans of one organisation, unsettled fields, graded matches).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.parsing.compiled import ROOT, Node, build_order, compiled_nodes

SEEDS = {
    "features": "is_headline boolean",
    "industry_groups": "",
    "size_bands": "size_band integer, min_employees integer, max_employees integer",
    "plan_types": "",
    "census_regions": "",
    "recommendation_rules": "",
}
GIVEN = frozenset(
    {
        *SEEDS,
        "dim_client",
        "fct_plan_design",
        "int_employer_money__resolved",
        "fct_field_status",
        "int_clients",
        "stg_design_matrix__plans",
        "fct_core_band",
        "int_automatic_features__resolved",
    }
)
TARGETS = ("fct_gap", "fct_peer_cohort", "dim_peer_group")
RECOMMENDING = (*TARGETS, "fct_recommendation", "int_navigator__scenarios")
FIELDS = [
    "match_formula", "auto_enrollment_rate", "auto_escalation_cap", "vesting_schedule", "eligibility",
    "nonelective_formula", "participation_rate", "avg_deferral_rate", "auto_enrollment_enabled",
    "auto_escalation_enabled", "match_true_up", "match_last_day_work_rule",
]  # fmt: skip

BOOK = (Path(__file__).parent / "peer_book.sql").read_text(encoding="utf-8")


class PeerBook:
    """A database `warehouse` with seeds and generated clients, and the peer models to build in it."""

    def __init__(self, path: str = ":memory:", targets: tuple[str, ...] = TARGETS) -> None:
        self.targets = targets
        self.nodes: dict[str, Node] = compiled_nodes(targets)
        self.connection = duckdb.connect()
        self.run = self.connection.execute
        self.run("set threads = 2")
        self.run(f"attach '{path}' as warehouse")
        self.run("use warehouse")
        for seed, typed in SEEDS.items():
            columns = {entry.split()[0]: entry.split()[1] for entry in typed.split(", ") if entry}
            types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
            options = f", types = {{{types}}}" if types else ""
            path_of = ROOT / "seeds" / f"{seed}.csv"
            self.run(f"create table {seed} as from read_csv('{path_of}', header = true{options})")

    def generate(self, clients: int, seed: int = 1, organisations: int | None = None) -> None:
        """Make a book of so many clients, of about as many organisations as `organisations`."""
        many = organisations or max(3, clients * 9 // 10)
        self.run(BOOK.format(clients=clients, seed=seed, organisations=many, fields=FIELDS))

    def order(self, given: frozenset[str] = frozenset()) -> list[str]:
        """Names of the models in the order in which they are built; those given are left out."""
        names: list[str] = []
        for target in self.targets:
            names += [n for n in build_order(self.nodes, target, GIVEN | given) if n not in names]
        return names

    def build(self, given: frozenset[str] = frozenset()) -> None:
        """Build every peer model but the ones given."""
        for name in self.order(given):
            self.build_one(name)

    def build_one(self, name: str) -> None:
        """Build one model: a table, or the view that it is in dbt."""
        kind = "view" if name == "fct_peer_cohort" else "table"
        self.run(f"create or replace {kind} {name} as {self.nodes[name].sql}")
