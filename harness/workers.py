"""Work on many documents, on all processors: same results, in the same order, as by one.

The workers are forked off, so that they see what this process sees, and send back little. What the system
refuses one of them (a full disk) is raised here; a part that fails otherwise is done again by this process,
which fails as it would have without them. So a part must be such that it can be begun twice.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from harness.errors import TransientDeliveryError

Item = TypeVar("Item")
Result = TypeVar("Result")

_MANY = 4000
"""With fewer documents the start of the workers costs more than they save."""
_PART = 200
_PR_SET_PDEATHSIG = 1

_work: tuple[Callable[[Sequence[Any]], Any], Sequence[Any]] | None = None


def in_parts(
    function: Callable[[Sequence[Item]], Result], items: Sequence[Item], many: int = _MANY
) -> Iterator[Result]:
    """What the function makes of each part of the items, in their order."""
    global _work
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(items) < many or count < 2:
        yield function(items)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    if multiprocessing.current_process().daemon:
        yield function(items)
        return
    starts = range(0, len(items), _PART)
    _work = function, items
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(min(count, 8), context, _begin, (os.getpid(),))
    try:
        with warnings.catch_warnings():
            # no worker touches what a thread of this process may hold: it reads, writes and compares files
            warnings.simplefilter("ignore", DeprecationWarning)
            results = pool.map(_do, starts)
        for start, (failed, result) in zip(starts, results, strict=True):
            if isinstance(failed, OSError):
                raise failed
            yield function(items[start : start + _PART]) if failed else result
    except BrokenProcessPool as error:
        # what it had written is there: nobody can begin its part again
        raise TransientDeliveryError(
            "worker_lost",
            "a process that worked on a part of the documents was ended from outside",
            "most often for want of memory: give it more, and run again",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        _work = None


def _begin(parent: int) -> None:
    """A worker ends with its parent, and leaves signals to it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _do(start: int) -> tuple[OSError | bool, Any]:
    if _work is None:
        return True, None
    function, items = _work
    try:
        return False, function(items[start : start + _PART])
    except OSError as error:
        return OSError(error.errno, error.strerror, error.filename), None
    except Exception:  # noqa: BLE001 - whatever it is, the parent meets it again and raises it
        return True, None
