"""What is said while a run works, and where."""

import io

import pytest

from harness.progress import PlainProgress, Progress, RichProgress, progress_for


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("quiet", "as_json", "stream", "kind"),
    [
        (False, False, io.StringIO(), PlainProgress),
        (False, False, Terminal(), RichProgress),
        (True, False, Terminal(), Progress),
        (False, True, Terminal(), Progress),
    ],
)
def test_progress_is_chosen_when_the_output_is_known(
    quiet: bool, as_json: bool, stream: io.StringIO, kind: type
) -> None:
    assert type(progress_for(quiet, as_json, stream)) is kind


def test_plain_progress_writes_one_line_a_step_when_steps_end() -> None:
    stream = io.StringIO()
    with PlainProgress(stream) as progress:
        progress.started("extract")
        progress.finished("extract", 0.123, "29 rows")
        progress.started("build")
        progress.failed("build", 1.0, "no such column")
    lines = stream.getvalue().splitlines()
    assert lines[0].split() == ["extract", "0.12", "s", "29", "rows"]
    assert lines[1].split()[:4] == ["build", "1.00", "s", "stopped:"]
    assert len(lines) == 2


def test_rich_progress_prints_brackets_as_they_are_when_data_holds_them() -> None:
    # "[red]" in a client's text must neither vanish nor colour the terminal
    from rich.console import Console

    stream = io.StringIO()
    with RichProgress(Console(file=stream, width=200)) as progress:
        progress.started("gates")
        progress.finished("gates", 1.0, "[red]held[/red] [/nothing]")
    assert "[red]held[/red] [/nothing]" in stream.getvalue()


def test_silent_progress_says_nothing_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.started("a")
        progress.finished("a", 1.0, "x")
        progress.failed("a", 1.0, "x")
    assert capsys.readouterr() == ("", "")
