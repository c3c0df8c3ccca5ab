"""Documents become files in staging: one file a document, named by its delivery key, and MANIFEST.json beside
them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporters import Target
from exporters.yaml import from_json
from harness.errors import PlanwiseError
from harness.files import PUBLIC_DIR, make_dir, safe_join, write_new
from harness.warehouse import Row


@dataclass(frozen=True)
class Stamp:
    """The two fields that no document has before it is rendered; document checksums leave them out."""

    run_id: str
    generated_at: str
    """ISO 8601, UTC, with Z."""


@dataclass(frozen=True)
class Rendered:
    """One file in staging, not yet verified."""

    row: Row
    path: Path
    name: str
    """The file's path in a release."""


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
    rows: Iterable[Row],
    folder: Path,
    stamp: Stamp,
    writer: Callable[[Any], bytes] | None = None,
) -> tuple[list[Rendered], list[Refused]]:
    """Write every document below `folder` (made here).

    One that can't be written is refused and the others go on.
    """
    write = writer or target.render
    make_dir(folder / target.folder, PUBLIC_DIR)
    done: list[Rendered] = []
    refused: list[Refused] = []
    for row in rows:
        try:
            path = safe_join(folder / target.folder, row.delivery_key + target.extension)
            content = write(stamped(target, row, stamp))
        except (ValueError, TypeError, KeyError, AttributeError, PlanwiseError) as error:
            reason = f"{type(error).__name__}: {error}"
            refused.append(
                Refused(row, "document", "not_rendered", f"the document has no form as a file: {reason}")
            )
            continue
        write_new(path, content)
        done.append(Rendered(row, path, target.path(row.delivery_key)))
    return done, refused
