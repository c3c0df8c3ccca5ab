"""What was written is read back before anybody else may: equal to its document, valid, counted, hashed."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exporters import Target
from harness.errors import DeliveryError, GateError
from harness.files import write_new
from harness.identifiers import Scanner
from harness.render import Refused, Rendered, Stamp, stamped

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

MANIFEST = "MANIFEST.json"
MANIFEST_VERSION = "planwise-manifest/1.1"


@dataclass(frozen=True)
class Entry:
    """One document in a release's manifest."""

    path: str
    delivery_key: str
    client_ref: str
    document_checksum: str
    sha256: str
    bytes: int
    carried_over: bool = False
    """From the release before, byte for byte: nothing of it differs, or the run was about other clients."""
    renderer: str = ""
    """What wrote it (Target.fingerprint); empty in releases of before 1.1."""


def validator(target: Target) -> "Validator":
    """Load the target's JSON Schema (2020-12), its bounds exact."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(
        json.loads(target.schema_path.read_text(encoding="utf-8"), parse_float=Decimal)
    )


def same(left: Any, right: Any) -> bool:
    """Tell whether two decoded documents are equal: 1 is 1.0, but no number is a boolean or a string, and
    keys keep order.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return left == right
    return type(left) is type(right) and bool(left == right)


def _schema_problem(checker: "Validator", document: Any) -> tuple[str, str] | None:
    from jsonschema.exceptions import best_match

    error = best_match(checker.iter_errors(document))
    if error is None:
        return None
    return ".".join(str(part) for part in error.absolute_path) or "document", error.message[:300]


def verify(
    target: Target, rendered: Iterable[Rendered], stamp: Stamp, scanner: Scanner
) -> tuple[list[Entry], list[Refused]]:
    """Read every staged file back. A wrong one is refused (E01) and its file removed; the others go on.

    An internal identifier in any of them (E02) stops the run: GateError with file, key path and kind.
    """
    checker, read = validator(target), target.read
    entries: list[Entry] = []
    refused: list[Refused] = []
    for item in rendered:
        content = item.path.read_bytes()
        try:
            found = read(content)
        except ValueError as error:
            found, unread = None, f": {error}"
        else:
            unread = ""
        problem = _schema_problem(checker, found)
        if not same(stamped(item.row, stamp), found):
            message = f"{item.name} reads back differently from its document{unread}"
            refused.append(Refused(item.row, "document", "not_read_back", message))
        elif problem:
            refused.append(
                Refused(item.row, problem[0], "schema", f"{item.name}, {problem[0]}: {problem[1]}")
            )
        else:
            no_identifier(scanner, item.name, found)
            row = item.row
            digest = hashlib.sha256(content).hexdigest()
            entries.append(
                Entry(
                    item.name,
                    row.delivery_key,
                    row.client_ref,
                    row.checksum,
                    digest,
                    len(content),
                    renderer=target.fingerprint,
                )
            )
            continue
        item.path.unlink()
    return entries, refused


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


def write_manifest(folder: Path, entries: Iterable[Entry], stamp: Stamp) -> None:
    """Write MANIFEST.json beside the files, sorted by path; no YAML, for Navigator would run that, too."""
    content = {
        "schema_version": MANIFEST_VERSION,
        "run_id": stamp.run_id,
        "generated_at": stamp.generated_at,
        "documents": [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.path)],
    }
    write_new(folder / MANIFEST, (json.dumps(content, indent=2) + "\n").encode())


def read_manifest(folder: Path) -> list[Entry]:
    """Read a release's manifest. Raises DeliveryError `bad_manifest` when it is absent or not ours."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        return [Entry(**entry) for entry in content["documents"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DeliveryError(
            "bad_manifest",
            f"{path} can't be read: {error}",
            "restore the release, or move it aside and run again",
        ) from error


def check_release(folder: Path) -> list[Entry]:
    """Compare a release with its manifest (E03): the same files, no other, the same bytes.

    Raises DeliveryError.
    """
    entries = read_manifest(folder)
    listed = {entry.path for entry in entries} | {MANIFEST}
    present = {path.name for path in folder.iterdir()}
    if listed != present or len(entries) != len(listed) - 1:
        odd = sorted(listed ^ present)[:3]
        raise DeliveryError(
            "blocked_e03",
            f"E03: {folder} and its manifest name different files: {', '.join(odd)}",
            "run again",
        )
    for entry in entries:
        content = (folder / entry.path).read_bytes()
        if len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DeliveryError(
                "blocked_e03",
                f"E03: {folder / entry.path} is not what was written: its SHA-256 differs from {MANIFEST}",
                "somebody changed the file; run the export again to put a right one in place",
            )
    return entries
