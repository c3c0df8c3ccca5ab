"""The targets: each takes a complete document and turns it into bytes.

What is in a document is decided in SQL.
"""

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]
"""A JSON object: str, bool, int, Decimal, None, lists and objects of these. Never a float."""

SCHEMAS = Path(__file__).parent / "schemas"


@dataclass(frozen=True)
class Target:
    """One receiving system: where its documents are, how they are written, what they must look like."""

    name: str
    table: str
    """The exports model, one row per document: delivery_key, client_ref, document, document_checksum."""
    module: str
    """Module with `render(document) -> bytes` and `read(bytes) -> document`, imported when first used."""
    extension: str
    schema: str
    """File name of the JSON Schema, below exporters/schemas."""

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
    def fingerprint(self) -> str:
        """A short checksum of all that turns documents into bytes: another one may write other bytes."""
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
    ),
}


@cache
def names() -> tuple[str, ...]:
    """The targets there are, in the order in which they are delivered."""
    return tuple(TARGETS)


@cache
def _fingerprint() -> str:
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *folder.glob("templates/*.j2")]):
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]
