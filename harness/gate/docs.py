"""Data Docs: Great Expectations' own static pages of the present marts, on demand, without an internal id.

The pages show every check with its sentence, and of failing rows client_ref, field and code only: what else a
failing row says (client_id, file, row, raw text, message) stays in the run's report.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx

from harness.gate import dialect, suite
from harness.gate.expectation import FailingRows

SITE = "planwise"
_FROM_ELSEWHERE = (
    re.compile(r"<script\b.*?</script>", re.IGNORECASE | re.DOTALL),
    re.compile(r"""<link\b[^>]*\bhref=["'](?:https?:)?//[^>]*>""", re.IGNORECASE),
    re.compile(r"""<img\b[^>]*\bsrc=["'](?:https?:)?//[^>]*>""", re.IGNORECASE),
    re.compile(r"background:\s*url\(['\"]https?:[^;]*;", re.IGNORECASE),
    re.compile(r"<footer\b.*?</footer>", re.IGNORECASE | re.DOTALL),
)
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 75rem; }
table { border-collapse: collapse; margin: .75rem 0; }
td, th { border-bottom: 1px solid #d5d8de; padding: .3rem .7rem; text-align: left; vertical-align: top; }
ul { padding-left: 1.2rem; }
nav ol, ol.ge-breadcrumbs { list-style: none; display: flex; gap: .8rem; padding: 0; }
.collapse, .modal, .cooltip, button, input, label { display: none; } .alert { padding: .4rem 0; }
.fa-check-circle::before { content: "passed"; color: #17703a; }
.fa-times::before, .fa-times-circle::before { content: "failed"; color: #a3190f; }
.fa-exclamation-triangle::before { content: "not run"; color: #a3190f; }
"""
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
    for page in folder.rglob("*.html"):
        page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    return _linked(folder)


def offline(page: str) -> str:
    """A page without scripts and without what it would load from other machines (styles, pictures)."""
    for element in _FROM_ELSEWHERE:
        page = element.sub("", page)
    return page.replace("</head>", f"<style>{_STYLE}</style>\n</head>", 1)


def _linked(folder: Path) -> Path:
    """The index with plain links: Great Expectations builds its own table by a script from elsewhere."""
    index = folder / "index.html"
    parts = []
    for title, part in (("Validation results", "validations"), ("Expectation suites", "expectations")):
        pages = sorted(page.relative_to(folder).as_posix() for page in (folder / part).rglob("*.html"))
        items = "".join(
            f'<li><a href="{escape(page)}">{escape(page.split("/")[1].removesuffix(".html"))}</a></li>'
            for page in pages
        )
        parts.append(f"<h2>{title}</h2><ul>{items}</ul>")
    text = index.read_text(encoding="utf-8")
    index.write_text(text.replace("</body>", "".join(parts) + "</body>", 1), encoding="utf-8")
    return index


def _without_ids(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The failing rows with none of the columns that may name a client's row."""
    try:
        described: list[tuple[Any, ...]] = connection.execute(f"describe ({query})").fetchall()
    except duckdb.Error:
        described = []  # the page shows what Great Expectations makes of it
    shown = [name for name, *_ in described if name in SHOWN]
    return f"select {', '.join(shown) or '1 as failing'} from (\n{query}\n)"
