"""Where the bench works: the command, the project, a place with a home and an out folder."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).resolve().parent / "out"
SAMPLE = PROJECT / "seeds" / "sample_design_matrix.csv"
COMMAND = str(Path(sys.executable).with_name("planwise-export"))


@dataclass(frozen=True)
class Place:
    """A home and an out folder of our own."""

    root: Path

    @property
    def home(self) -> Path:
        """The home."""
        return self.root / "home"

    @property
    def out(self) -> Path:
        """The out folder."""
        return self.root / "out"

    @property
    def report_path(self) -> Path:
        """Where a command's report goes."""
        return self.root / "report.json"

    def command(self, *arguments: str) -> list[str]:
        """The command line of a command here."""
        places = ("--home", str(self.home), "--out", str(self.out), "--report", str(self.report_path))
        return [COMMAND, *arguments, *places, "--quiet"]

    def report(self) -> dict[str, Any]:
        """The report of the last command."""
        found: dict[str, Any] = json.loads(self.report_path.read_text(encoding="utf-8"))
        return found

    def references(self, path: Path) -> Path:
        """client_id,ref of every client that the home knows, as CSV."""
        import duckdb

        with duckdb.connect(str(self.home / "state.duckdb"), read_only=True) as connection:
            rows = connection.execute("select client_id, client_ref from client_ref").fetchall()
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("client_id", "ref"), *rows])
        return path

    @property
    def size_mb(self) -> float:
        """What lies in the home and the out folder, a file that stands twice counted once."""
        found = {
            (status.st_dev, status.st_ino): status.st_size
            for path in self.root.rglob("*")
            if not path.is_symlink() and path.is_file() and (status := path.stat())
        }
        return sum(found.values()) / 1e6
