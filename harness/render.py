"""Documents become files in staging: one file a document, named by its delivery key, and MANIFEST.json beside
them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from exporters import Target
from exporters.yaml import from_json
from harness.errors import PlanwiseError
from harness.files import PUBLIC_DIR, make_dir, safe_name, write_new
from harness.warehouse import Row
from harness.workers import in_parts


@dataclass(frozen=True)
class Stamp:
    """The two fields that no document has before it is rendered; document checksums leave them out."""

    run_id: str
    generated_at: str
    """ISO 8601, UTC, with Z."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One file in staging, not yet verified."""

    row: Row
    folder: Path
    name: str
    """The file's path in a release."""

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / self.name


@dataclass(frozen=True)
class Refused:
    """One document that did not become a file, or not a right one."""

    row: Row
    field: str
    code: str
    message: str


def stamped(target: Target, row: Row, stamp: Stamp) -> Any:
    """Decode a document, decimals exact, and set the two fields of this run.

    Raises ValueError, KeyError, TypeError.
    """
    document = from_json(row.document)
    target.block(document).update(run_id=stamp.run_id, generated_at=stamp.generated_at)
    return document


def render(
    target: Target,
    rows: Sequence[Row],
    folder: Path,
    stamp: Stamp,
    writer: Callable[[Any], bytes] | None = None,
) -> tuple[list[Rendered], list[Refused]]:
    """Write every document below `folder` (made here).

    One that can't be written is refused and the others go on.
    """
    write = writer or target.render
    make_dir(folder / target.folder, PUBLIC_DIR)

    def each(part: Sequence[Row]) -> list[str | None]:
        return [_rendered(target, row, folder, stamp, write) for row in part]

    done: list[Rendered] = []
    refused: list[Refused] = []
    for row, reason in zip(rows, chain.from_iterable(in_parts(each, rows)), strict=True):
        if reason is None:
            done.append(Rendered(row, folder, target.path(row.delivery_key)))
        else:
            message = f"the document has no form as a file: {reason}"
            refused.append(Refused(row, "document", "not_rendered", message))
    return done, refused


def _rendered(
    target: Target, row: Row, folder: Path, stamp: Stamp, write: Callable[[Any], bytes]
) -> str | None:
    """Write one document; return why it can't be written, null when it is."""
    try:
        safe_name(row.delivery_key + target.extension)
        content = write(stamped(target, row, stamp))
    except (ValueError, TypeError, KeyError, AttributeError, PlanwiseError) as error:
        return f"{type(error).__name__}: {error}"
    write_new(f"{folder}/{target.path(row.delivery_key)}", content)
    return None
