"""The targets: each takes a complete document and turns it into bytes.

What is in a document is decided in SQL.
"""

import hashlib
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]
"""A JSON object: str, bool, int, Decimal, None, lists and objects of these. Never a float."""

SCHEMAS = Path(__file__).parent / "schemas"
Bundle = Callable[[Path, Iterable[bytes], Path], list[str]]
"""(folder, documents in the order of their keys, home) -> names of the files that were made of them there."""


@dataclass(frozen=True)
class Target:
    """One receiving system: where its documents are, how they are written, what they must look like."""

    name: str
    table: str
    """The exports model, one row per document: delivery_key, client_ref, document, document_checksum."""
    module: str
    """Module with `render(document) -> bytes` and `read(bytes) -> document`, imported when first used.

    Where a release has files that are made of all its documents: `bundle` (see Bundle), `check_bundle(folder,
    documents, home)`, which reads them back and raises ValueError when anything differs, and, where settings
    of the home change their bytes, `bundle_settings(home) -> str`, a checksum of those, which raises when
    they can't be used, and `refusals(home)`, what holds a document back because they have no room for it.
    """
    extension: str
    schema: str
    """File name of the JSON Schema, below exporters/schemas."""
    folder: str = ""
    """Folder of a release that holds the documents; empty for the release itself."""
    stamped_at: str = ""
    """Key of the block with run_id, generated_at and warnings; empty for the document itself."""
    baseline: str = ""
    """What the delivery key of a client's plan as it is has behind the client's reference."""

    def key(self, client_ref: str) -> str:
        """The delivery key of a client's plan as it is."""
        return f"{client_ref}{self.baseline}"

    def path(self, delivery_key: str) -> str:
        """A document's path in a release."""
        name = f"{delivery_key}{self.extension}"
        return f"{self.folder}/{name}" if self.folder else name

    def block(self, document: Any) -> Any:
        """The part of a decoded document that tells of the run that wrote it."""
        return document[self.stamped_at] if self.stamped_at else document

    @property
    def render(self) -> Callable[[Document], bytes]:
        """The function from document to bytes."""
        function: Callable[[Document], bytes] = importlib.import_module(self.module).render
        return function

    @property
    def read(self) -> Callable[[bytes], Any]:
        """The function from bytes back to the document, decimals exact."""
        function: Callable[[bytes], Any] = importlib.import_module(self.module).read
        return function

    @property
    def bundle(self) -> Bundle | None:
        """The function that makes files of all documents of a release; null where there are none."""
        function: Bundle | None = getattr(importlib.import_module(self.module), "bundle", None)
        return function

    @property
    def check_bundle(self) -> Callable[[Path, Iterable[bytes], Path], None]:
        """The function that compares those files with the documents; ValueError when they differ."""
        function: Callable[[Path, Iterable[bytes], Path], None] = importlib.import_module(
            self.module
        ).check_bundle
        return function

    def refusals(self, home: Path) -> Callable[[Document], tuple[str, str] | None] | None:
        """What refuses a document (field, message) by settings of the home; null where nothing does."""
        function = getattr(importlib.import_module(self.module), "refusals", None)
        return function(home) if function else None

    def bundle_settings(self, home: Path) -> str:
        """A checksum of the settings in the home that change those files; empty where none do."""
        function = getattr(importlib.import_module(self.module), "bundle_settings", None)
        return str(function(home)) if function else ""

    @property
    def fingerprint(self) -> str:
        """A short checksum of all that makes and judges bytes: with another one they may be others."""
        return _fingerprint()

    @property
    def schema_path(self) -> Path:
        """Where the JSON Schema of the documents lies."""
        return SCHEMAS / self.schema


TARGETS: dict[str, Target] = {
    "navigator": Target(
        name="navigator",
        table="exp_navigator__scenario",
        module="exporters.navigator",
        extension=".yaml",
        schema="navigator-scenario-1.0.json",
        stamped_at="design_matrix",
        baseline="_baseline",
    ),
    "fhi": Target(
        name="fhi",
        table="exp_fhi__outcomes",
        module="exporters.fhi",
        extension=".json",
        schema="fhi-outcomes-1.0.json",
        folder="documents",
    ),
    "crm": Target(
        name="crm",
        table="exp_crm__account",
        module="exporters.crm",
        extension=".json",
        schema="crm-account-1.0.json",
        folder="records",
    ),
}


BI = "bi"
"""The target that gets no documents, but the published marts."""


@cache
def names() -> tuple[str, ...]:
    """The targets there are, in the order in which they are delivered."""
    return (*TARGETS, BI)


@cache
def _fingerprint() -> str:
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *folder.glob("templates/*.j2")]) + sorted(
        SCHEMAS.glob("*.json")
    ):
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]
