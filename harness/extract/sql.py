"""The only place that writes names, paths and type casts into SQL text."""

from __future__ import annotations

from pathlib import Path

from harness.errors import SourceError


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier. SourceError for NUL, which DuckDB's parser can't read."""
    if "\0" in name:
        raise SourceError("bad_name", f"the name {name!r} holds a NUL character", "Rename it in the source.")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` (a path or a name, never a cell) as a SQL string literal; bound parameters import pandas."""
    if "\0" in text:
        raise SourceError("bad_name", f"the name {text!r} holds a NUL character", "Rename it.")
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """A path for `read_parquet` and `read_json_objects`, which would take `*`, `?` and `[` for patterns."""
    plain = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path.resolve()))
    return literal(plain)


def as_text(name: str, data_type: str) -> str:
    """SQL that turns one column into exact text.

    A DOUBLE that holds a whole number lands as `13000`, not `13000.0` (pandas turns counts with blanks into
    doubles); a time stamp with a zone lands in UTC with Z, since its plain cast depends on the session.
    """
    column = identifier(name)
    kind = data_type.upper()
    if kind in ("FLOAT", "DOUBLE"):
        whole = f"isfinite({column}) and {column} = trunc({column}) and abs({column}) < 1e15"
        as_integer = f"cast(cast({column} as bigint) as varchar)"
        return f"case when {whole} then {as_integer} else cast({column} as varchar) end"
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        return f"replace(cast(timezone('UTC', {column}) as varchar), ' ', 'T') || 'Z'"
    return f"cast({column} as varchar)"
