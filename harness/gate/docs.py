"""Data Docs: Great Expectations' own static pages of the present marts, on demand, without an internal id.

The pages show every check with its sentence, and of failing rows client_ref, field and code only: what else a
failing row says (client_id, file, row, raw text, message) stays in the run's report.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx

from harness.gate import dialect, suite
from harness.gate.expectation import FailingRows

SITE = "planwise"
SHOWN = ("client_ref", "field", "code")


def build(
    connection: duckdb.DuckDBPyConnection,
    checkpoints: Sequence[str],
    rules: Mapping[str, Sequence[suite.Rule]],
    folder: Path,
) -> Path:
    """Judge the rules again and write the pages into `folder`; returns their index.html."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    for site in list(context.list_data_docs_sites()):
        context.delete_data_docs_site(site)
    context.add_data_docs_site(
        site_name=SITE,
        site_config={
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        },
    )
    token = secrets.token_hex(8)
    try:
        source = context.data_sources.add_sql("warehouse", connection_string=dialect.share(token, connection))
        for name in checkpoints:
            asset = source.add_query_asset(name, query="select 1 as anchor")
            batch = asset.add_batch_definition_whole_table("all")
            expectations = [
                FailingRows(
                    unexpected_rows_query=_without_ids(connection, rule.failing_rows),
                    description=f"{rule.rule} ({rule.severity}) {rule.sentence}",
                    meta={"rule": rule.rule, "severity": rule.severity, "name": rule.name},
                )
                for rule in rules[name]
            ]
            gx_suite = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
            definition = context.validation_definitions.add(
                gx.ValidationDefinition(name=name, data=batch, suite=gx_suite)
            )
            checkpoint = gx.Checkpoint(
                name=name, validation_definitions=[definition], result_format="COMPLETE"
            )
            context.checkpoints.add(checkpoint).run()
        context.build_data_docs(site_names=[SITE])
    finally:
        dialect.withdraw(token)
    return folder / "index.html"


def _without_ids(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The failing rows with none of the columns that may name a client's row."""
    try:
        described: list[tuple[Any, ...]] = connection.execute(f"describe ({query})").fetchall()
    except duckdb.Error:
        described = []  # the page shows what Great Expectations makes of it
    shown = [name for name, *_ in described if name in SHOWN]
    return f"select {', '.join(shown) or '1 as failing'} from (\n{query}\n)"
