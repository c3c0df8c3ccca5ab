"""Starts the gate worker early, asks it later. Imports nothing heavy; harness.outcome judges the answer."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.config import PROJECT
from harness.errors import GateError
from harness.gate.listed import taken

CHECKPOINTS = ("source", "marts", "export")
SUITES = Path("tests") / "expectations"
ROOM = ".gates_"
"""How folders begin in which the worker hands many findings over; nothing is in them but during a check."""


class Gate:
    """The worker process: start it before dbt, `check` once dbt has let go of the file, `close` at last."""

    def __init__(self, project: Path = PROJECT) -> None:
        self._project = project
        self._ready: dict[str, Any] | None = None
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.gate.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "GX_ANALYTICS_ENABLED": "false"},
            # Ctrl-C is for us: a watch finishes its present cycle, and that needs its gates
            process_group=0,
        )

    @property
    def is_alive(self) -> bool:
        """Whether the worker can still be asked."""
        return self._process.poll() is None

    @property
    def import_seconds(self) -> float:
        """How long the worker's import took; waits for it."""
        if self._ready is None:
            self._ready = self._read()
        return float(self._ready["import_seconds"])

    def check(
        self,
        warehouse: Path,
        *,
        state: Path | None = None,
        checkpoints: Sequence[str] = CHECKPOINTS,
        last_published_rows: int | None = None,
        last_published_columns: Sequence[str] = (),
        because: str | None = None,
        versions: Mapping[str, str | None] | None = None,
        docs: Path | None = None,
    ) -> dict[str, Any]:
        """Judge the checkpoints: {results: [Result], summary: Summary, seconds}.

        `versions` are the parameters navigator_version and source_storage_version (rule E04). With `docs`, a
        folder, Great Expectations' Data Docs are written there as static pages.
        GateError when the gates could not be run at all; rules that failed are in the answer (findings.py).
        No process may have the warehouse open for writing meanwhile.
        """
        _ = self.import_seconds
        request = {
            "checkpoints": list(checkpoints),
            "warehouse": str(warehouse),
            "state": str(state) if state else None,
            "project": str(self._project / "dbt_project.yml"),
            "suites": str(self._project / SUITES),
            "docs": str(docs) if docs else None,
            "parameters": {
                "last_published_rows": last_published_rows,
                "last_published_columns": json.dumps(list(last_published_columns)),
                "because": because,
                **(versions or {}),
            },
        }
        # beside the warehouse, since what is in there is as private as that; the folder is for the owner only
        place = warehouse.parent if warehouse.parent.is_dir() else None
        for left in warehouse.parent.glob(f"{ROOM}*"):  # by a run that was killed: one at a time has the home
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=ROOM, dir=place, ignore_cleanup_errors=True) as room:
            answer = self._asked(request | {"room": room})
            for result in answer["results"]:
                result["findings"] = taken(result["findings"])
        return answer

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        stdin = self._process.stdin
        with contextlib.suppress(OSError):  # a worker that died is reported by _read
            if stdin:
                stdin.write(json.dumps(request) + "\n")
                stdin.flush()
        answer = self._read()
        if error := answer.get("error"):
            raise GateError(error["code"], f"the gates could not be run: {error['message']}", error["hint"])
        return answer

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if line.endswith("\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines()[-1:] or ["it said nothing"]
        raise GateError(
            "gate_died",
            f"the Great Expectations process ended with status {self._process.returncode}: {said[0]}",
            "nothing was published; run again; if it stays, `python -m harness.gate.worker` shows why",
        )

    def close(self) -> None:
        """End the worker: it stops when its stdin ends; one that doesn't within seconds is killed."""
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._ready is None:  # still importing: nobody waits for that
            self._process.kill()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
