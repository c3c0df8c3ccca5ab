"""A flag that a signal handler may set while the same thread waits for it.

`threading.Event` is not one: a handler that runs between two bytecodes of `wait` waits in `set` for a lock
that its own thread holds, for ever. `SimpleQueue.put` is re-entrant, and documented as such.
"""

from contextlib import suppress
from queue import Empty, SimpleQueue


class Stop:
    """Not set at first; once it is set, it stays so."""

    def __init__(self) -> None:
        self._set = False
        self._woken: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """From a signal handler, another thread or here; whoever waits goes on at once."""
        self._set = True
        self._woken.put(None)

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, but not longer; whether it is."""
        if not self._set:
            with suppress(Empty):
                self._woken.get(timeout=seconds)
        return self._set
