"""`planwise-export watch`: a changed Design Matrix is delivered by itself."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from exporters import names
from harness.commands.options import HOME, OUT, SOURCE, ending_well, options, safe
from harness.config import iso, settings, utc_now
from harness.stop import Stop

if TYPE_CHECKING:
    from harness.watch_cycle import Told

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ABANDONED = 130
_ABOUT_SOURCE = tuple(option for option in SOURCE if option is not SOURCE[2])
"""All but --because: what passes a guard once must not pass every one that comes."""


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@options(*_ABOUT_SOURCE, HOME, OUT)
@click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Choice(names()),
    default=names(),
    show_default=True,
    help="Target system; may be given more than once.",
)
@click.option(
    "--interval",
    type=click.FloatRange(min=0.01),
    default=0.1,
    show_default=True,
    metavar="SECONDS",
    help="How often it looks at the source.",
)
@click.option(
    "--settle",
    type=click.FloatRange(min=0.02),
    default=0.05,
    show_default=True,
    metavar="SECONDS",
    help="For how long the source must stand still before it is read.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Sweep every ten minutes: keep the N newest of what each delivery leaves (wants the role admin).",
)
@click.option("--cycles", type=click.IntRange(min=1), help="End after so many cycles.")
@click.option("--once", is_flag=True, help="The same as --cycles 1.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for everything that happens.")
@ending_well
def watch(
    source: Path,
    units: str,
    resolutions: Path | None,
    navigator_version: str | None,
    home: Path,
    out: Path,
    targets: tuple[str, ...],
    interval: float,
    settle: float,
    keep: int | None,
    cycles: int | None,
    once: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Stay, and deliver each change of SOURCE by itself: with all steps, gates and guards of `run`.

    SOURCE is what `run` takes. The first cycle begins at once. Ctrl-C or SIGTERM ends it after the present
    cycle; a second one abandons that, and the next start settles it. A guard or gate that stops a cycle is
    told, and the next change is waited for. docs/watch.md has the rest.

    Exit status: 0 stopped, 130 the present cycle was abandoned, 75 another watch is at work in this home;
    with --cycles that of the last cycle.
    """
    from harness.commands.roles import asked_role
    from harness.gate.client import Gate
    from harness.policy import require
    from harness.run import Request
    from harness.steps import RUN
    from harness.watch import How, Watch, status
    from harness.watch_gate import KeptGate

    where = settings(home, out)
    if keep is not None:
        require(where, "sweep", asked_role())
    stop = Stop()
    gate = KeptGate(Gate)
    told = _in_json if as_json else _errors_only if quiet else _in_words
    asked = Request(
        "watch",
        source,
        units,
        targets=tuple(dict.fromkeys(targets)),
        resolutions=resolutions,
        navigator_version=navigator_version,
    )
    how = How(interval, settle, 1 if once else cycles, keep)
    watching = Watch(where, asked, RUN, gate, how, told, stop)
    try:
        with stopped_by_signals(stop):
            ending = watching.run()
    except KeyboardInterrupt:
        click.echo("the present cycle was abandoned; the next start settles what it left", err=True)
        sys.exit(ABANDONED)
    except BrokenPipeError:
        # nobody listens any more: of what it says, not of what it delivered
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo("stopped: what it says is not read any more", err=True)
        sys.exit(5)
    finally:
        gate.end()
    if ending == "upgraded" and not stop.is_set():
        click.echo("starting again, with the code that is there now", err=True)
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command again
    told({"event": "stopped", "at": iso(utc_now()), "cycles": watching.cycles})
    sys.exit(status(watching) if ending == "done" else 0)


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """The first signal lets the present cycle end, the second interrupts it."""

    def stopping(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {}
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # of nohup
            before[number] = signal.signal(number, stopping)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_json(told: "Told") -> None:
    click.echo(json.dumps(told, default=str))


def _errors_only(told: "Told") -> None:
    if told.get("error") or told["event"] == "failed":
        _in_words(told)


def _in_words(told: "Told") -> None:
    click.echo(safe(f"{str(told['at'])[11:19] or '-':<8}  {line(told)}"))


def line(told: "Told") -> str:
    """What happened, on one line."""
    event = told["event"]
    if event == "cycle":
        return _cycle(told)
    if event == "started":
        return f"watching {told['source']} for {', '.join(told['targets'])}"
    if event == "waiting":
        return f"waiting: {told['message']}"
    if event == "goes on":
        return {"gone": "the source is there again", "locked": "the home is free again"}.get(
            told["what"], "the source is complete"
        )
    if event == "sent":
        return f"sent what was due: {told['target']} to {told['endpoint']}: {told['outcome']}"
    if event == "swept":
        return f"swept: {told['removed']} old releases, marts and records gone, {told['megabytes']} MB"
    if event == "stopped":
        return f"stopped after {told['cycles']} cycles"
    again = f"; next try in {told['next_try_in']:g} s" if told.get("next_try_in") else ""
    return f"{event}: {told.get('message', '')}{again}"


def _cycle(told: "Told") -> str:
    parts = [", ".join(told["why"])]
    changes: dict[str, Any] = told["changes"] or {}
    said = [f"{changes[kind]} {kind}" for kind in ("inserted", "changed", "deleted") if changes.get(kind)]
    parts.append(", ".join(said) or "no client changed")
    if told["error"]:
        error = told["error"]
        again = f"next try in {told['next_try_in']:g} s" if told["next_try_in"] else "waiting for a change"
        parts.append(f"STOPPED ({error['code']}): {error['message']}; {error['hint']}; {again}")
        return "  ".join([*parts, *_aside(told)])
    if told["nothing_written"]:
        parts.append(f"nothing to deliver ({told['cycle_seconds']:.2f} s)")
    else:
        parts.append(f"delivered in {told['change_to_delivered']:.2f} s")
        for name, counts in told["documents"].items():
            written = [f"{number} {kind}" for kind, number in counts.items() if kind != "unchanged"]
            if written:
                parts.append(f"{name}: {', '.join(written)}")
    parts += [f"{number} {name}" for name in ("held", "rejected") if (number := told["counts"][name])]
    return "  ".join([*parts, *_aside(told), told["run_id"]])


def _aside(told: "Told") -> list[str]:
    sent = [f"{one['target']} to {one['endpoint']}: {one['outcome']}" for one in told["sent"]]
    return [*sent, *told["reconciled"], *(f"alert: {text}" for text in told["alerts"])]
