"""What somebody needs to find a fault: stack trace, run, step, a few rows; without ids and secrets.

`<home>/runs/<run_id>/diagnostics.json`, mode 0600; alerts carry a shortened form of it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.config import Settings, utc_now
from harness.errors import DeliveryError, PlanwiseError
from harness.files import PRIVATE_FILE, atomic_write, safe_name
from harness.redact import redacted, redactor, sample_row

SCHEMA = "planwise-diagnostics/1.0"
FILE = "diagnostics.json"
MOST_ROWS = 3
_MOST_TEXT = 500
_MOST_FRAMES = 60
_SHORT_TRACE = 3


def diagnose(
    settings: Settings,
    run_id: str,
    error: BaseException,
    *,
    command: str = "",
    step: str = "",
    samples: Iterable[Mapping[str, Any]] = (),
    identifiers: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """What is known of a failed run. `identifiers` are those of the load (harness.identifiers.collect)."""
    redact = redactor(settings, identifiers)
    rows = [_shortened(sample_row(row, redact)) for row, _ in zip(samples, range(MOST_ROWS), strict=False)]
    cause = error.__cause__ or error.__context__
    return {
        "schema_version": SCHEMA,
        "run_id": run_id,
        "command": command,
        "step": step,
        "at": utc_now().isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "error": {
            "type": type(error).__name__,
            "kind": getattr(error, "kind", "terminal"),
            "code": error.code if isinstance(error, PlanwiseError) else "unclassified",
            "message": redact(error.message if isinstance(error, PlanwiseError) else str(error)),
            "hint": redact(error.hint) if isinstance(error, PlanwiseError) else "",
            "cause": redact(f"{type(cause).__name__}: {cause}") if cause else None,
        },
        "trace": _trace(error, redact),
        "sample_rows": rows,
    }


def write(settings: Settings, found: Mapping[str, Any]) -> Path:
    """Write the diagnosis into the run's folder; return where."""
    path = settings.run_folder(safe_name(str(found["run_id"]))) / FILE
    atomic_write(path, (json.dumps(found, indent=2, default=str) + "\n").encode(), PRIVATE_FILE)
    return path


def read(settings: Settings, run_id: str) -> dict[str, Any] | None:
    """The diagnosis of a run; null where it has none."""
    try:
        found = json.loads((settings.run_folder(safe_name(run_id)) / FILE).read_bytes())
    except (OSError, ValueError, DeliveryError):
        return None
    return found if isinstance(found, dict) else None


def shortened(found: Mapping[str, Any]) -> dict[str, Any]:
    """The form that goes into an alert: the error and where it was, no rows."""
    return {
        "step": found["step"],
        "error": {name: found["error"][name] for name in ("type", "kind", "code", "message")},
        "trace": found["trace"][-_SHORT_TRACE:],
        "sample_rows": len(found["sample_rows"]),
    }


def _trace(error: BaseException, redact: Callable[[str], str]) -> list[str]:
    """A line a frame, of the cause first; no values of variables are in it."""
    import traceback

    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current and id(current) not in seen:
        seen.add(id(current))
        frames = [
            f"{_place(frame.filename)}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        lines = [*frames, f"{type(current).__name__}", *lines]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return redacted(lines[-_MOST_FRAMES:], redact)  # type: ignore[no-any-return]


def _place(filename: str) -> str:
    """The last parts of a path: enough to find the line, and no name of a machine's user."""
    return "/".join(Path(filename).parts[-3:])


def _shortened(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value[:_MOST_TEXT]}..." if isinstance(value, str) and len(value) > _MOST_TEXT else value
        for name, value in row.items()
    }
