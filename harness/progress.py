"""What a person sees while a run works: a live line on a terminal, plain lines elsewhere, nothing when asked.

Progress goes to stderr, so that stdout holds nothing but the summary (or the JSON).
"""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class Progress:
    """Says nothing; the one for --quiet and --json, and the interface of the others."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def started(self, step: str) -> None:
        """Name the step that begins now."""

    def finished(self, step: str, seconds: float, detail: str = "") -> None:
        """Name the step that ended, its seconds and its counts."""

    def failed(self, step: str, seconds: float, message: str) -> None:
        """Name the step that stopped the run."""


class PlainProgress(Progress):
    """One line a step, when it ends: for pipes, logs and CI."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def finished(self, step: str, seconds: float, detail: str = "") -> None:
        print(f"{step:<16} {seconds:7.2f} s  {detail}".rstrip(), file=self._stream, flush=True)

    def failed(self, step: str, seconds: float, message: str) -> None:
        print(f"{step:<16} {seconds:7.2f} s  stopped: {message}", file=self._stream, flush=True)


class RichProgress(Progress):
    """A spinner with the step's name, and a line that stays for each step that ended."""

    def __init__(self, console: "Console | None" = None) -> None:
        if console is None:
            from rich.console import Console as RichConsole

            console = RichConsole(stderr=True, highlight=False)
        self._console = console
        self._status: Status | None = None

    def __exit__(self, *_: Any) -> None:
        self._stop()

    def started(self, step: str) -> None:
        self._stop()
        self._status = self._console.status(step)
        self._status.start()

    def finished(self, step: str, seconds: float, detail: str = "") -> None:
        self._stop()
        self._line("green", "✓", f"{step:<16} {seconds:7.2f} s  {detail}")

    def failed(self, step: str, seconds: float, message: str) -> None:
        self._stop()
        self._line("red", "✗", f"{step:<16} {seconds:7.2f} s  {message}")

    def _line(self, colour: str, sign: str, text: str) -> None:
        # data may hold square brackets: never read it as markup
        self._console.print(sign, style=colour, end=" ", markup=False)
        self._console.print(text.rstrip(), markup=False, soft_wrap=True)

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def progress_for(quiet: bool, as_json: bool, stream: TextIO | None = None) -> Progress:
    """Choose by what was asked and where stderr goes."""
    target = stream or sys.stderr
    if quiet or as_json:
        return Progress()
    if target.isatty():
        return RichProgress()
    return PlainProgress(target)
