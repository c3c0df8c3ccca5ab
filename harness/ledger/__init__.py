"""The ledger: what every run did, what each receiver holds, what waits, and a chain of events over it all."""

from harness.ledger.deliveries import Delivery
from harness.ledger.events import Event
from harness.ledger.ledger import Ledger, open_ledger
from harness.ledger.moves import IllegalMove, Move

__all__ = ["Delivery", "Event", "IllegalMove", "Ledger", "Move", "open_ledger"]
