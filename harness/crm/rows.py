"""What goes in and what comes back, until harness/receivers has them on this branch."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class OutRow:
    """One document on its way to a row receiver."""

    delivery_key: str
    client_ref: str
    content: bytes
    document_checksum: str
    release: str = ""


@dataclass(frozen=True)
class RowResult:
    """What a row receiver says of one document."""

    delivery_key: str
    outcome: Literal["confirmed", "retry", "rejected"]
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    receiver_id: str | None = None
