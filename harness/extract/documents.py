"""Plan documents: a YAML or JSON mapping per client, alone, as a list, or as a folder of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from harness.errors import SourceError
from harness.extract.columns import canonical_name, near_miss_notes, normalised
from harness.extract.detect import documents_in, read_bytes, sha256_of_pairs
from harness.extract.rows import no_rows_error
from harness.extract.source import Source, SourceColumn, SourceRow, Text
from harness.extract.text import decode
from harness.extract.tree import Node, parse_json, parse_yaml

_REQUIRED = ("client_id", "client_name")
_DEEPEST = 8
_MOST_KEYS = 1000
Leaf = tuple[str, Text, str]


def read_documents(path: Path) -> Source:
    """All documents of a file or of a folder's top level. Text stays as it is written; null is NULL.

    SourceError names file and key for a list or a mapping where text is expected, a key that comes twice, a
    missing client_id or client_name, and what is no YAML or JSON.
    """
    files = documents_in(path) if path.is_dir() else [path]
    columns: list[SourceColumn] = []
    rows: list[SourceRow] = []
    notes: list[str] = []
    checksums: list[tuple[str, str]] = []
    for file in files:
        data = read_bytes(file)
        checksums.append((file.name, hashlib.sha256(data).hexdigest()))
        text, said = decode(data, file.name)
        notes.extend(said)
        found: dict[str, SourceColumn] = {}
        for ordinal, node in enumerate(_clients(text, file), 1):
            where = f"{file.name}, document {ordinal}"
            leaves = list(_leaves(node, where))
            for dotted, _, kind in leaves:
                column = SourceColumn(file.name, None, dotted, _canonical(dotted), len(found) + 1, kind)
                found.setdefault(dotted, column)
            rows.append(SourceRow(file.name, None, ordinal, _values(leaves, where)))
        columns.extend(found.values())
    if not rows:
        raise no_rows_error(path.name, ())
    named = list(dict.fromkeys(_flat(column.name) for column in columns))
    return Source(
        path=path,
        kind="document",
        schema_version="document",
        sha256=sha256_of_pairs(checksums) if path.is_dir() else checksums[0][1],
        columns=tuple(columns),
        row_count=len(rows),
        rows=tuple(rows),
        notes=(*notes, *near_miss_notes(named, path.name)),
    )


def _clients(text: str, file: Path) -> Iterator[Node]:
    """The client mappings of one file: its documents, or the members of its one list."""
    parse = parse_json if file.suffix.lower() == ".json" else parse_yaml
    empty = True
    for document in parse(text, file.name):
        for node in document if isinstance(document, list) else [document]:
            if node is None and not isinstance(document, list):
                continue  # `---` at the end of a file opens a document that holds nothing
            empty = False
            yield node
    if empty:
        raise SourceError(
            "empty_document",
            f"{file.name}: the file holds no plan document",
            "A plan document is a mapping with at least client_id and client_name: fill it in, or remove it.",
        )


def _leaves(node: Node, where: str) -> Iterator[Leaf]:
    """(dotted key, text or None, kind) of each value; an unknown list is one without text."""
    if not isinstance(node, dict):
        kind = "a list" if isinstance(node, list) else "a single value"
        raise SourceError(
            "not_a_mapping",
            f"{where}: is {kind}, where a mapping of keys to text is expected",
            "Write one mapping per client: client_id: ..., client_name: ..., and so on.",
        )
    stack: list[tuple[str, Node]] = list(reversed(node.items()))
    count = 0
    while stack:
        dotted, value = stack.pop()
        count += 1
        if count > _MOST_KEYS or dotted.count(".") > _DEEPEST:
            raise SourceError(
                "document_too_large",
                f"{where}, key {dotted[:80]!r}: more than {_MOST_KEYS} keys or {_DEEPEST} levels",
                "A plan document is small; look for anchors (&name) that are used over and over.",
            )
        if isinstance(value, dict) and value and _canonical(dotted) is None:
            stack.extend((f"{dotted}.{key}", member) for key, member in reversed(value.items()))
        elif isinstance(value, dict | list):
            kind = "list" if isinstance(value, list) else "mapping"
            if _canonical(dotted):
                raise SourceError(
                    "text_expected",
                    f"{where}, key {dotted!r}: holds a {kind}, where text is expected",
                    f'Write the value as one text, for example {dotted.rsplit(".", 1)[-1]}: "...".',
                )
            yield dotted, None, kind
        else:
            yield dotted, value, "text"


def _values(leaves: list[Leaf], where: str) -> dict[str, Text]:
    values: dict[str, Text] = {}
    keys: dict[str, str] = {}
    for dotted, text, _ in leaves:
        name = _canonical(dotted)
        if name is None:
            continue
        if name in keys:
            raise SourceError(
                "duplicate_key",
                f"{where}: the keys {keys[name]!r} and {dotted!r} both say {name}",
                "Keep one of them.",
            )
        keys[name] = dotted
        values[name] = text
    for required in _REQUIRED:
        if required not in values:
            present = ", ".join(dotted for dotted, _, _ in leaves[:20]) or "none"
            raise SourceError(
                "missing_key",
                f"{where}: the required key {required!r} is missing",
                f"Add it. Present: {present}.",
            )
    return values


def _flat(dotted: str) -> str:
    return "_".join(normalised(part) for part in dotted.split("."))


def _canonical(dotted: str) -> str | None:
    return canonical_name(_flat(dotted))
