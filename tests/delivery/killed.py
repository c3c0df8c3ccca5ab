"""A run in a process of its own that dies by SIGKILL, at a named moment or when the parent says so.

Processes are forked from a server that has the imports done and no thread running: 0.3 s a run. Nothing in
the product knows of this: the child puts its own functions in the place of the product's.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_PRELOADED = ["tests.delivery.killed", "duckdb", "jsonschema", "harness.gate.suite", "harness.ledger.sqlite"]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(_PRELOADED)


class Patch:
    """As much of pytest's monkeypatch as a process that ends anyway needs."""

    def setattr(self, owner: Any, name: Any, value: Any = None) -> None:
        """Replace an attribute; `owner` may be a dotted path, and then `name` is the value."""
        if isinstance(owner, str):
            path, attribute = owner.rsplit(".", 1)
            owner, name, value = import_module(path), attribute, name
        setattr(owner, name, value)

    def setitem(self, mapping: Any, key: Any, value: Any) -> None:
        """Replace an item."""
        mapping[key] = value


def die() -> None:
    """What a power cut is to a process."""
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def arm(place: str, when: str, call: int) -> None:
    """Have the process die before or after the `call`-th call of `module:attribute[.attribute]`."""
    module, path = place.split(":")
    owner: Any = import_module(module)
    *between, name = path.split(".")
    for part in between:
        owner = getattr(owner, part)
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def instead(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            die()
        found = real(*arguments, **named)
        if calls == call and when == "after":
            die()
        return found

    setattr(owner, name, instead)


def child(
    folder: str, armed: tuple[str, str, int] | None, told: Connection | None, waits: bool = False
) -> None:
    """Run a world whose source was edited; `waits`: with rendering, until the parent says so."""
    from harness import steps
    from tests.delivery.place import edit, make_place, run

    patch = Patch()
    world = make_place(Path(folder), patch)
    edit(world)
    if told:
        told.send("ready")
        render = steps.render_step
        index = [name for name, _ in steps.RUN].index("render")

        def rendering(asked: Any) -> str:
            told.send("render")
            if waits:
                told.recv()
            return render(asked)

        patched = (*steps.RUN[:index], ("render", rendering), *steps.RUN[index + 1 :])
        patch.setattr("tests.harness.world.RUN", patched)
    if armed:
        arm(*armed)
    outcome = run(world)
    sys.exit(0 if outcome.error is None else 9)


def killed_at(folder: Path, place: str, when: str, call: int = 1) -> int:
    """Start a run that kills itself there; its exit code."""
    process = CONTEXT.Process(target=child, args=(str(folder), (place, when, call), None))
    process.start()
    process.join(60)
    return process.exitcode if process.exitcode is not None else 99


def killed_after(folder: Path, waited_for: str, seconds: float) -> int:
    """Start a run, and kill it so many seconds after it said `ready` or `render`; its exit code."""
    ours, its = CONTEXT.Pipe()
    process = CONTEXT.Process(target=child, args=(str(folder), None, its))
    process.start()
    its.close()
    said = ""
    while said != waited_for and ours.poll(60):
        try:
            said = ours.recv()
        except EOFError:  # it ended by itself
            break
    time.sleep(seconds)
    if process.pid and process.is_alive():
        with suppress(ProcessLookupError):  # it ended by itself just now
            os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    return process.exitcode if process.exitcode is not None else 99


@contextmanager
def at_work(folder: Path) -> Iterator[Callable[[], int]]:
    """A run that has its locks and waits; the function lets it go on, and gives its exit code."""
    ours, its = CONTEXT.Pipe()
    process = CONTEXT.Process(target=child, args=(str(folder), None, its, True))
    process.start()
    its.close()
    said = ""
    while said != "render" and ours.poll(60):
        said = ours.recv()

    def ended() -> int:
        ours.send("go on")
        process.join(60)
        return process.exitcode if process.exitcode is not None else 99

    try:
        yield ended
    finally:
        if process.is_alive():
            process.kill()
        process.join(60)
