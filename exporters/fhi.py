"""FHI outcomes: a complete document in, one line of canonical JSON out; outcomes.ndjson is all those lines.

Nothing is added, nothing decided.
"""

import os
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any

from exporters import Document
from exporters.canonical import dump
from exporters.yaml import from_json

BUNDLE = "outcomes.ndjson"


def render(document: Document) -> bytes:
    """Write one document as a line of UTF-8 JSON.

    Raises what `exporters.canonical.dump` raises, and UnicodeEncodeError for text that has no UTF-8 form.
    """
    return (dump(document) + "\n").encode("utf-8")


def read(content: bytes) -> Any:
    """Read a document back, decimals exact. Raises ValueError for bytes that are no JSON in UTF-8."""
    return from_json(content.decode("utf-8"))


def bundle(folder: Path, documents: Iterable[bytes], home: Path) -> list[str]:
    """Write outcomes.ndjson: every document's line, in the order given; flushed to the disk.

    Raises ValueError for a document that is not one line.
    """
    with (folder / BUNDLE).open("xb") as file:
        for content in documents:
            if content.count(b"\n") != 1 or not content.endswith(b"\n"):
                raise ValueError(f"a document is not one line and has no place in {BUNDLE}: {content[:80]!r}")
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return [BUNDLE]


def check_bundle(folder: Path, documents: Iterable[bytes], home: Path) -> None:
    """Compare outcomes.ndjson with the documents, line by line. Raises ValueError where they differ."""
    with (folder / BUNDLE).open("rb") as file:
        for number, (line, content) in enumerate(zip_longest(file, documents), start=1):
            if content is None:
                raise ValueError(f"{BUNDLE} has a line {number}, and there are {number - 1} documents")
            if line is None:
                raise ValueError(f"{BUNDLE} ends after {number - 1} lines; document {number} is missing")
            if line != content:
                raise ValueError(f"line {number} of {BUNDLE} is not document {number} of the release")
