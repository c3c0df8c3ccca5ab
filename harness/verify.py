"""What was written is read back before anybody else may: equal to its document, valid, counted, hashed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters import Target
from harness.bundle_scan import suspects
from harness.errors import GateError
from harness.files import digest_of, read_regular, safe_path, safe_relative
from harness.identifiers import Scanner
from harness.manifest import Bundle, Entry
from harness.render import Refused, Rendered, Stamp, stamped
from harness.workers import in_parts

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def validator(target: Target) -> "Validator":
    """Load the target's JSON Schema (2020-12), its bounds exact."""
    return _validator(target.schema_path)


@cache
def _validator(schema: Path) -> "Validator":
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8"), parse_float=Decimal))


def same(left: Any, right: Any) -> bool:
    """Tell whether two decoded documents are equal: 1 is 1.0, but no number is a boolean or a string, and
    keys keep order.
    """
    kind = type(left)
    if kind is not type(right):
        return {kind, type(right)} == {int, Decimal} and bool(left == right)
    if kind is dict:
        return len(left) == len(right) and all(
            one == other and (inner is there or same(inner, there))
            for (one, inner), (other, there) in zip(left.items(), right.items(), strict=True)
        )
    if kind is list:
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


class Checker:
    """One JSON Schema: jsonschema-rs says yes; jsonschema says what is wrong, and has the last word.

    The two differ where a decimal without a fraction (1.0) stands for an integer, and jsonschema is the
    stricter one: a document with such a number is asked of both.
    """

    def __init__(self, target: Target) -> None:
        """Load the target's schema."""
        import jsonschema_rs

        self._schema = json.loads(target.schema_path.read_text(encoding="utf-8"), parse_float=Decimal)
        self._quick = jsonschema_rs.Draft202012Validator(self._schema)
        self._target = target

    def problem(self, document: Any) -> tuple[str, str] | None:
        """The first thing that is wrong: key path and sentence; null where nothing is."""
        try:
            if self._quick.is_valid(document) and not _has_whole_decimal(document):
                return None
        except ValueError:
            pass  # something that no JSON holds, a lone surrogate perhaps
        return _schema_problem(validator(self._target), document)


def _has_whole_decimal(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return any(map(_has_whole_decimal, value.values()))
    if kind is list:
        return any(map(_has_whole_decimal, value))
    return kind is Decimal and value == value.to_integral_value()


def _schema_problem(checker: "Validator", document: Any) -> tuple[str, str] | None:
    from jsonschema.exceptions import best_match

    error = best_match(checker.iter_errors(document))
    if error is None:
        return None
    return ".".join(str(part) for part in error.absolute_path) or "document", error.message[:300]


def verify(
    target: Target, rendered: Sequence[Rendered], stamp: Stamp, scanner: Scanner
) -> tuple[list[Entry], list[Refused]]:
    """Read every staged file back. A wrong one is refused (E01) and its file removed; the others go on.

    An internal identifier in any of them (E02) stops the run: GateError with file, key path and kind.
    """
    checker, renderer = Checker(target), target.fingerprint

    def each(part: Sequence[Rendered]) -> list[_Verdict]:
        return [_verdict(target, checker, item, stamp, scanner) for item in part]

    entries: list[Entry] = []
    refused: list[Refused] = []
    for item, found in zip(rendered, chain.from_iterable(in_parts(each, rendered)), strict=True):
        row = item.row
        if len(found) == 3:
            refused.append(Refused(row, *found))
            item.path.unlink()
            continue
        digest, size = found
        entries.append(
            Entry(
                item.name,
                row.delivery_key,
                row.client_ref,
                row.checksum,
                digest,
                size,
                renderer=renderer,
            )
        )
    return entries, refused


_Verdict = tuple[str, int] | tuple[str, str, str]
"""SHA-256 and size of a file that is right; field, code and sentence of one that isn't."""


def _verdict(target: Target, checker: Checker, item: Rendered, stamp: Stamp, scanner: Scanner) -> _Verdict:
    content = read_regular(f"{item.folder}/{item.name}")
    try:
        found, unread = target.read(content), ""
    except ValueError as error:
        found, unread = None, f": {error}"
    if not same(stamped(target, item.row, stamp), found):
        return "document", "not_read_back", f"{item.name} reads back differently from its document{unread}"
    problem = checker.problem(found)
    if problem:
        return problem[0], "schema", f"{item.name}, {problem[0]}: {problem[1]}"
    no_identifier(scanner, item.name, found)
    return hashlib.sha256(content).hexdigest(), len(content)


def no_identifier(scanner: Scanner, file: str, value: Any) -> None:
    """Raise GateError when rule E02 finds anything in a decoded file."""
    found = scanner.scan(file, value)
    if found:
        first = found[0]
        more = f" (and {len(found) - 1} more places)" if len(found) > 1 else ""
        raise GateError(
            "blocked_e02",
            f"E02: {file}, {first.key_path}: holds the {first.kind} {first.value!r}{more}",
            "no internal identifier may leave: take it out of that text in the source, and run again",
        )


def bundled(
    target: Target, folder: Path, entries: Iterable[Entry], home: Path, scanner: Scanner
) -> list[Bundle]:
    """Make the files of a release that hold all its documents, read them back, and look for identifiers.

    Returns none for a target without. Raises GateError when one of them is not what the documents are.
    """
    if target.bundle is None:
        return []
    documents = _Contents(folder, entries)
    names = target.bundle(folder, documents, home)
    try:
        target.check_bundle(folder, documents, home)
    except ValueError as error:
        raise GateError(
            "bundle_differs",
            f"{target.name}: {error}",
            "this is a fault of the exporter, nothing was delivered; report it with the run id",
        ) from error
    found, amounts = [], target.amounts(home)
    for name in names:
        path = safe_path(folder, name)
        no_identifier(scanner, name, None)
        for values in suspects(path, scanner, amounts):
            no_identifier(scanner, name, values)
        size, digest = digest_of(str(path))
        found.append(Bundle(name, digest, size))
    return found


class _Contents:
    """The documents of a release in the order of their keys, read one by one, as often as somebody asks."""

    def __init__(self, folder: Path, entries: Iterable[Entry]) -> None:
        keyed = sorted((entry.delivery_key, safe_relative(entry.path)) for entry in entries)
        self._paths = [f"{folder}/{path}" for _, path in keyed]

    def __iter__(self) -> Iterator[bytes]:
        return map(read_regular, self._paths)
