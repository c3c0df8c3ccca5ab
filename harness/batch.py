"""A batch: many clients at once, from the published marts. All figures are SQL's (harness/sql/batch_*)."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import Settings, iso, new_run_id, utc_now
from harness.consult import reference
from harness.errors import SourceError
from harness.queries import Answer, ask
from harness.warehouse import literal, opened, sql, tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH_VERSION = "planwise-batch/1.0"
_HEADINGS = frozenset(("client_id", "client_ref", "client", "id"))
_BANDS = ("under 500", "500-999", "1,000-4,999", "5,000-9,999", "10,000 and more")


@dataclass(frozen=True)
class Asked:
    """What a batch is about; all that is given must hold, of several values of one kind any."""

    clients: Path | None = None
    industries: tuple[str, ...] = ()
    bands: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    plan_types: tuple[str, ...] = ()
    stale_since: date | None = None
    fell_by: float = 5.0


@dataclass(frozen=True)
class Batch:
    """The answers of harness/sql/batch_*.sql."""

    run_id: str
    generated_at: str
    published: str
    """Run that published the marts."""
    compared_with: str | None
    """The publication before; null where there is none, or none that has benchmarks."""
    asked: dict[str, Any]
    thresholds: dict[str, str]
    clients: list[Answer]
    segments: list[Answer]
    recommended: list[Answer]
    fell: list[Answer]
    freshness: list[Answer]
    unknown: list[str] = field(default_factory=list)
    """Names in the file that no published client has: for the operator's eyes, they may be internal ids."""

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values but for decimals and dates; nobody unknown is named."""
        return {
            "schema_version": BATCH_VERSION,
            "run_id": self.run_id,
            "generated_at": self.generated_at,
            "published": self.published,
            "compared_with": self.compared_with,
            "asked": self.asked,
            "thresholds": self.thresholds,
            "counts": {
                "clients": len(self.clients),
                "unknown": len(self.unknown),
                "fell": len({row["client_ref"] for row in self.fell}),
                "segments_suppressed": sum(row["suppressed_reason"] is not None for row in self.segments),
            },
            "freshness": self.freshness,
            "segments": self.segments,
            "recommendations": self.recommended,
            "fell": self.fell,
            "clients": self.clients,
        }


def analyse(settings: Settings, asked: Asked, today: date | None = None) -> Batch:
    """Answer for the clients that were asked for, as of the last publication.

    SourceError (exit 2): nothing published, an unreadable file, an unknown value, nobody left.
    """
    now = utc_now()
    refs, unknown = _named(settings, asked.clients)
    with opened(settings.current) as connection:
        variables = _variables(connection, asked, refs) | {"today": (today or now.date()).isoformat()}
        numbers = _thresholds(settings)
        published = str(_rows(connection, "select min(run_id) from fct_quality_result")[0][0])
        for name, value in (variables | numbers | {"fell_by": repr(asked.fell_by)}).items():
            connection.execute(f"set variable {name} = {literal(value)}")
        connection.execute(sql("figures"))
        ask(connection, "batch_selected")
        if not _rows(connection, "select count(*) from selected")[0][0]:
            raise SourceError("nobody", "no published client is like that", "leave out one of the conditions")
        ask(connection, "batch_cells")
        while _rows(connection, sql("batch_suppress"))[0][0]:
            pass
        with _before(connection, settings, published) as before:
            fell = ask(connection, "batch_fell") if before else []
            _keep_fell(connection, fell)
        return Batch(
            new_run_id(now),
            iso(now),
            published,
            before,
            {
                "clients": None if asked.clients is None else len(refs or ()) + len(unknown),
                "industry": list(asked.industries),
                "band": list(asked.bands),
                "state": list(asked.states),
                "plan_type": list(asked.plan_types),
                "stale_since": asked.stale_since.isoformat() if asked.stale_since else None,
                "fell_by": asked.fell_by,
            },
            {"plans": numbers["plans_min"], "organisations": numbers["organisations_min"]},
            ask(connection, "batch_clients"),
            ask(connection, "batch_segments"),
            ask(connection, "batch_recommended"),
            fell,
            ask(connection, "batch_freshness"),
            unknown,
        )


def _rows(connection: "DuckDBPyConnection", statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(statement).fetchall()


def _named(settings: Settings, path: Path | None) -> tuple[list[str] | None, list[str]]:
    """The references of a file's clients, and the names that nobody has."""
    if path is None:
        reference(settings, [])  # says so where nothing is published
        return None, []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SourceError(
            "bad_clients", f"{path}: {why}", "one client_id or client_ref a line is expected"
        ) from error
    lines = (line.split(",")[0].strip().strip('"') for line in text.splitlines())
    names = list(dict.fromkeys(name for name in lines if name and not name.startswith("#")))
    if names and names[0].casefold() in _HEADINGS:
        names = names[1:]
    known = reference(settings, names, refuse=False)
    if not known:
        hint = "one client_id or client_ref a line is expected"
        raise SourceError("unknown_client", f"{path} names no client that is published", hint)
    return sorted(set(known.values())), [name for name in names if name not in known]


def _variables(connection: "DuckDBPyConnection", asked: Asked, refs: list[str] | None) -> dict[str, str]:
    known: dict[str, list[str]] = {}
    for row in ask(connection, "batch_known"):
        known.setdefault(row["what"], []).append(row["value"])
    lists = {
        "clients": refs,
        "industries": _known(asked.industries, known.get("industry", []), "industry"),
        "states": _known(tuple(s.upper() for s in asked.states), known.get("state", []), "state"),
        "plan_types": _known(asked.plan_types, known.get("plan type", []), "plan type"),
    }
    bands = [name if name not in _BANDS else str(_BANDS.index(name) + 1) for name in asked.bands]
    numbers = [str(number) for number in range(1, len(_BANDS) + 1)]
    chosen = _known(tuple(bands), numbers, "size band", f"1 to 5, or one of: {'; '.join(_BANDS)}")
    found = {name: json.dumps(values) for name, values in lists.items()}
    return found | {
        "bands": json.dumps(chosen and [int(number) for number in chosen]),
        "stale_since": asked.stale_since.isoformat() if asked.stale_since else "",
    }


def _known(asked: Sequence[str], known: list[str], what: str, hint: str = "") -> list[str] | None:
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5) or known
            raise SourceError(
                "unknown_value", f"there is no {what} {name!r}", hint or f"there is: {', '.join(near)}"
            )
    return list(asked) or None


def _thresholds(settings: Settings) -> dict[str, str]:
    from harness.gate.suite import thresholds

    found = thresholds(settings.project / "dbt_project.yml", "gate_peer_")
    return {
        "plans_min": found["gate_peer_plans_min"],
        "organisations_min": found["gate_peer_organisations_min"],
    }


@contextmanager
def _before(connection: "DuckDBPyConnection", settings: Settings, published: str) -> Iterator[str | None]:
    """Attach the publication before the current one as `before`; its run id, null where it will not do."""
    for path in sorted(settings.published.glob("*.duckdb"), reverse=True):
        if path.stem >= published or path == settings.current:
            continue
        with opened(path) as other:
            will_do = "fct_peer_benchmark" in tables(other)
        if will_do:
            connection.execute(f"attach {literal(path)} as before (read_only)")
            try:
                yield path.stem
            finally:
                connection.execute("detach before")
            return
        break
    yield None


def _keep_fell(connection: "DuckDBPyConnection", fell: list[Answer]) -> None:
    connection.execute("create or replace temp table fell (client_ref varchar, feature varchar)")
    pairs = ", ".join(f"({literal(row['client_ref'])}, {literal(row['feature'])})" for row in fell)
    if pairs:
        connection.execute(f"insert into fell values {pairs}")
