"""Which kind of source a path is, told by its content first and by its ending only for plain text."""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness.errors import SourceError
from harness.extract.source import Kind
from harness.files import sha256_of_file, unreadable

DOCUMENT_ENDINGS = (".yaml", ".yml", ".json")
_TEXT_ENDINGS = (".csv", ".tsv", ".txt")
_EXPECTED = {
    ".duckdb": "a DuckDB database",
    ".ddb": "a DuckDB database",
    ".db": "a DuckDB database",
    ".xlsx": "an Excel workbook",
    ".xlsm": "an Excel workbook",
    ".parquet": "a Parquet file",
    ".pq": "a Parquet file",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ACCEPTED = (
    "Accepted: a Design Matrix as .duckdb, .xlsx, .csv, .tsv or .parquet, a .yaml or .json plan document, "
    "or a folder of documents."
)


def detect(path: Path) -> Kind:
    """The kind of `path`. SourceError if there is no such thing, it is empty, or nobody can read it."""
    try:
        if path.is_dir():
            return "document"
        if not path.exists():
            raise SourceError("no_such_file", f"{path}: no such file or folder", _ACCEPTED)
        if not path.is_file():
            raise SourceError("not_a_file", f"{path}: is neither a file nor a folder", _ACCEPTED)
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as fault:
        raise unreadable(path, fault) from fault
    if not head:
        raise SourceError("empty_file", f"{path.name}: the file is empty (0 bytes)", _ACCEPTED)
    return _by_content(path, head)


def documents_in(folder: Path) -> list[Path]:
    """The documents at the top level of `folder`, by name. SourceError if there are none."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as fault:
        raise unreadable(folder, fault) from fault
    found = [entry for entry in entries if is_document(entry)]
    if not found:
        raise SourceError(
            "no_documents",
            f"{folder}: the folder holds no plan documents (*.yaml, *.yml, *.json at its top level; "
            f"{len(entries)} other entries)",
            "Name the folder that holds the documents, or the Design Matrix file itself.",
        )
    return found


def is_document(entry: Path) -> bool:
    return entry.suffix.lower() in DOCUMENT_ENDINGS and not entry.name.startswith(".") and entry.is_file()


def fingerprint(path: Path) -> str:
    """SHA-256 (hex) of a source: of the file's bytes; of a folder, over sorted (name, SHA-256 of the file).

    A DuckDB file with a write-ahead log beside it counts as the pair of them, because its rows are in both.
    """
    if path.is_dir():
        return _of_pairs(documents_in(path))
    log = path.with_name(path.name + ".wal")
    if log.is_file() and log.stat().st_size > 0:
        return _of_pairs([path, log])
    return sha256_of_file(path)


def sha256_of_pairs(pairs: list[tuple[str, str]]) -> str:
    """SHA-256 over sorted (name, sha256) pairs."""
    digest = hashlib.sha256()
    for name, checksum in sorted(pairs):
        digest.update(f"{name}\0{checksum}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise unreadable(path, fault) from fault


def _of_pairs(paths: list[Path]) -> str:
    return sha256_of_pairs([(path.name, sha256_of_file(path)) for path in paths])


def _by_content(path: Path, head: bytes) -> Kind:
    ending = path.suffix.lower()
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(_OLE):
        raise _ole_error(path)
    if head.startswith(b"SQLite format 3"):
        raise SourceError("not_duckdb", f"{path.name}: is a SQLite database, not a DuckDB one", _ACCEPTED)
    if ending in _EXPECTED:
        raise SourceError(
            f"not_{ending[1:]}",
            f"{path.name}: is not {_EXPECTED[ending]} (its content is not what the ending {ending} promises)",
            "The file may be damaged or wrongly named: get it again from where it came. " + _ACCEPTED,
        )
    if ending in DOCUMENT_ENDINGS:
        return "document"
    if ending in _TEXT_ENDINGS:
        return "csv"
    raise SourceError("unknown_kind", f"{path.name}: the ending {ending or '(none)'} is not known", _ACCEPTED)


def _ole_error(path: Path) -> SourceError:
    if "EncryptedPackage".encode("utf-16-le") in read_bytes(path):
        return SourceError(
            "encrypted_workbook",
            f"{path.name}: the workbook is protected by a password and cannot be read",
            "In Excel: File > Info > Protect Workbook > Encrypt with Password; clear it and save.",
        )
    return SourceError(
        "old_workbook",
        f"{path.name}: is a file of the old Office format (.xls), which is not read",
        "Open it in Excel and save it as an Excel workbook (.xlsx).",
    )
