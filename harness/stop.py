"""A flag that a signal handler may set while the same thread waits for it.

`threading.Event` is not one: a handler that runs between two bytecodes of `wait` waits in `set` for a lock
that its own thread holds, for ever. `SimpleQueue.get` is none either: where its time-out is over before it
begins to wait (CPython 3.11), it waits without one. A sleep holds nothing, and ends.
"""

import time

_LONGEST = 0.2
"""Seconds until it is seen at the latest: a sleep goes on when a handler has run (PEP 475)."""


class Stop:
    """Not set at first; once it is set, it stays so."""

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """From a signal handler, another thread or here; whoever waits goes on soon."""
        self._set = True

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, but not longer; whether it is."""
        end = time.monotonic() + seconds
        while not self._set and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _LONGEST))
        return self._set
