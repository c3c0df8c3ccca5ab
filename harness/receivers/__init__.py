"""Where deliveries go: endpoints of the settings, each taken by a receiver of its kind (docs/endpoints.md).

A release receiver takes a whole release and switches to it; a row receiver takes documents one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from harness.receivers.outgoing import Difference, Outgoing

__all__ = ("Difference", "OutRow", "Outgoing", "ReleaseReceiver", "RowReceiver", "RowResult")


@dataclass(frozen=True)
class OutRow:
    """One document on its way to a row receiver."""

    delivery_key: str
    client_ref: str
    content: bytes
    """The document's file, byte for byte."""
    document_checksum: str
    release: str = ""
    """The release that it is of."""


@dataclass(frozen=True)
class RowResult:
    """What a row receiver says of one document."""

    delivery_key: str
    outcome: Literal["confirmed", "retry", "rejected"]
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    receiver_id: str | None = None


class ReleaseReceiver(Protocol):
    """Takes whole releases: all of it is there and read back before anybody is pointed at it."""

    def probe(self) -> str:
        """Say in a sentence that it can be reached and written to; raises DeliveryError."""

    def put(self, outgoing: Outgoing) -> None:
        """Bring the release there, going on where a killed put stopped, and read every file back."""

    def switch(self, target: str, run_id: str) -> None:
        """Make a release that is there the current one."""

    def current(self, target: str) -> str | None:
        """The run id of the current release there; null before the first."""

    def verify(self, outgoing: Outgoing) -> list[Difference]:
        """Read back everything of a release and compare."""


@runtime_checkable
class RowReceiver(Protocol):
    """Takes documents; each has a result of its own."""

    def probe(self) -> str:
        """Say in a sentence that it can be reached; raises DeliveryError."""

    def send(self, target: str, rows: Sequence[OutRow]) -> Iterator[RowResult]:
        """Send them, in any order. Raises only when nothing more can work; rows without result were not tried
        or may have arrived.
        """
