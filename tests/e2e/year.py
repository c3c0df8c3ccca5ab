"""A year with one Design Matrix: twelve loads, what goes wrong in them, and what must hold after each.

`python -m tests.e2e.year [--seed N] [--keep DIR]` prints a line per load. What should have happened is worked
out in tests/e2e/year_expected.py from the edits themselves: nothing is asked of the code that is being tried.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.command import COMMAND, SAMPLE, Place, Ran, environment, planwise
from tests.e2e.matrices import RECENT
from tests.e2e.year_checks import check_counts, check_files, check_history, kept_rows, stamps
from tests.e2e.year_expected import Expected, Row

BLOCKED, UNREADABLE = 4, 2
# wordings that all resolve: an edit among them changes what is delivered, and nothing else
WORDINGS = {
    "match_formula": ("50% up to 6%", "100% up to 4%", "100% up to 3%, then 50% up to 5%", "25% up to 8%"),
    "vesting_schedule": ("Immediate", "3-year cliff", "5-year graded", "6-year graded"),
    "eligibility": ("Immediate", "3 months", "6 months", "1 year"),
}
NO_WORDING = "whatever the committee says"


def plain(number: int) -> Row:
    """A client that is exported whatever wordings it gets."""
    return {
        "client_id": f"YR-{number}",
        "client_name": f"Example Sponsor {number} Corp",
        "industry": "manufacturing",
        "employee_count": str(400 + number),
        "state": "OH",
        "plan_type": "401(k)",
        "eligibility": "Immediate",
        "match_formula": "50% up to 6%",
        "auto_enrollment_enabled": "no",
        "auto_escalation_enabled": "no",
        "vesting_schedule": "3-year cliff",
        "data_source": "ManualEntry",
        "last_updated": RECENT,
    }


@dataclass
class Year:
    """The matrix as it stands, the edits made to it, and where it is loaded."""

    place: Place
    columns: list[str]
    rows: dict[str, Row]
    random: random.Random
    expected: Expected = field(default_factory=Expected)
    added: int = 0
    load: int = 0

    @property
    def source(self) -> Path:
        return self.place.root / "matrix.csv"

    @property
    def state(self) -> Path:
        return self.place.home / "state.duckdb"

    def ours(self) -> list[str]:
        """Clients that may be edited: what becomes of them is known."""
        return [name for name in self.rows if name.startswith("YR-")]

    def write(self, rename: dict[str, str] | None = None, drop: Sequence[str] = ()) -> None:
        names = [name for name in self.columns if name not in drop]
        with self.source.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([(rename or {}).get(name, name) for name in names])
            writer.writerows([row[name] for name in names] for row in self.rows.values())

    # --- edits

    def add(self, count: int) -> None:
        for _ in range(count):
            self.added += 1
            row = dict.fromkeys(self.columns, "") | plain(self.added)
            self.rows[row["client_id"]] = row

    def edit(self, count: int, **texts: str) -> list[str]:
        """Give `count` clients these texts, or where none are named, another wording in one column."""
        names = self.random.sample(self.ours(), count)
        for name in names:
            row = self.rows[name]
            column = self.random.choice(sorted(WORDINGS))
            other = self.random.choice([text for text in WORDINGS[column] if text != row[column]])
            self.rows[name] = row | (texts or {column: other})
        return names

    def remove(self, count: int) -> dict[str, Row]:
        return {name: self.rows.pop(name) for name in self.random.sample(self.ours(), count)}

    # --- loads

    def good(self, what: str, *arguments: str) -> Ran:
        """A load that goes through: report, files, marts and history are compared with the edits."""
        self.write()
        before, began = stamps(self.place), time.perf_counter()
        ran = planwise(self.place, "run", self.source, *arguments)
        seconds = time.perf_counter() - began
        assert ran.status in (0, 3), ran.said()
        step = self.expected.loaded(self.rows)
        self.load += 1
        check_counts(ran, self.rows, self.expected, step)
        check_files(ran, before, self.expected, step)
        check_history(ran, self.expected, step)
        if not step.moves:
            assert stamps(self.place) == before, "the same matrix again moved something"
        said = [f"{count} {name}" for name, count in step.counts.items() if count]
        self.tell(what, seconds, ", ".join([*said, f"{len(self.expected.current)} designs stand"]))
        return ran

    def blocked(self, what: str, says: str, *arguments: str, status: int = BLOCKED) -> Ran:
        """A load that must be stopped: not a byte and not a time stamp moves."""
        before, began = stamps(self.place), time.perf_counter()
        ran = planwise(self.place, "run", self.source, *arguments)
        assert ran.status == status, ran.said()
        assert says in ran.stderr, ran.said()
        after = stamps(self.place)
        assert after == before, (what, sorted({name for name, _ in after.items() ^ before.items()}))
        self.tell(what, time.perf_counter() - began, f"stopped with {status}, nothing moved")
        return ran

    def tell(self, what: str, seconds: float, said: str) -> None:
        print(f"{self.load:>3}  {what:<62} {seconds:5.1f} s  {said}", flush=True)

    # --- the state

    def backups(self) -> list[Path]:
        return sorted((self.place.home / "backups").glob("state_*.duckdb"))

    def restored(self, backup: Path) -> Path:
        """Put a backup in the state's place by the command; the backup of what was there before."""
        content = kept_rows(backup)
        self.state_command("restore", backup.name)
        assert kept_rows(self.state) == content, f"the state is not what {backup.name} holds"
        listed = self.state_command("list")
        assert [line.split()[0] for line in listed] == [path.name for path in reversed(self.backups())]
        return self.backups()[-1]

    def state_command(self, *arguments: str) -> list[str]:
        """The lines that `planwise-export state` prints."""
        command = [str(COMMAND), "state", "--home", str(self.place.home), *arguments, "--role", "admin"]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout.splitlines()


def start(root: Path, seed: int) -> Year:
    """The bundled sample, brought up to date, and sixty plain clients beside it."""
    with SAMPLE.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns = list(reader.fieldnames or ())
        rows = {row["client_id"]: row | {"last_updated": RECENT} for row in reader}
    root.mkdir(parents=True, exist_ok=True)
    year = Year(Place(root), columns, rows, random.Random(seed))
    year.add(60)
    return year


def play(year: Year) -> None:
    """Twelve loads that go through, and those that must not."""
    year.good("January: the first load")
    year.good("February: the same matrix again")
    year.edit(20)
    year.good("March: twenty clients edited")
    spring(year)
    summer(year)
    autumn(year)
    rolled_back_over_a_new_client(year)


def spring(year: Year) -> None:
    """Clients come and go; columns lack, or have other names."""
    year.add(3)
    year.edit(2)
    year.edit(1, notes="called on the phone")
    year.good("April: three clients more, two edited, a note at a third")

    gone = year.remove(1)
    held = year.edit(1, match_formula=NO_WORDING)
    year.expected.held = set(held)
    year.good("May: one client gone, one with words that nobody understands")

    year.write(drop=("industry",))
    year.blocked("June: a required column is missing", "industry", status=UNREADABLE)
    year.write(rename={"vesting_schedule": "vestng_schedule"})
    year.blocked("June: a required column has another name", "vestng_schedule", status=UNREADABLE)
    year.write(rename={"match_true_up": "match_trueup"})
    year.blocked("June: a column has another name", "match_true_up")
    for name in held:
        year.rows[name] = year.rows[name] | {"match_formula": WORDINGS["match_formula"][1]}
    year.expected.held = set()
    year.edit(3)
    year.good("June: put right, so are the words, three edited")

    year.rows |= gone
    for name in year.random.sample([name for name in year.ours() if name not in gone], 2):
        year.rows[name] = year.rows[name] | {"client_name": year.rows[name]["client_name"] + " of Ohio"}
    year.good("July: the client is back, two sponsors have new names")


def summer(year: Year) -> None:
    """Many leave; the state is rolled back in between, and put forward again."""
    earlier = set(year.backups())
    gone = year.remove(9)
    year.write()
    year.blocked("August: nine clients gone, and nobody says why", "--because")
    before = year.expected.copy()
    year.good("August: nine clients gone", "--because", "the contracts ended")

    after = year.expected
    older = next(path for path in year.backups() if path not in earlier)
    newer = year.restored(older)
    year.tell("August: the state rolled back to before that load", 0, older.name)
    year.restored(newer)
    year.tell("August: and put forward again", 0, newer.name)

    year.restored(older)
    year.expected = before
    year.expected.is_delivered_already = True
    year.good("September: the state rolled back again, the same load over it")
    assert year.expected.versions == after.versions

    year.rows |= gone
    year.edit(4)
    year.good("October: the nine are back, four edited")


def autumn(year: Year) -> None:
    """Another kind of column; a restatement of everything."""
    kept = dict(year.rows)
    for name in year.rows:
        year.rows[name] = year.rows[name] | {"employee_count": "a handful"}
    year.write()
    year.blocked("November: the kind of a column is another", "employee_count")
    year.rows = kept

    year.edit(len(year.ours()))
    year.write()
    year.blocked("November: a third of the designs edited, and nobody says why", "--because")
    year.good("November: a third of the designs edited", "--because", "restated for the new year")


def rolled_back_over_a_new_client(year: Year) -> None:
    """A state that does not know a delivered client must stop the run: it would get another reference."""
    earlier = set(year.backups())
    year.remove(2)
    year.add(2)
    year.edit(2)
    year.good("December: two gone, two more, two edited")

    older = next(path for path in year.backups() if path not in earlier)
    content = kept_rows(older)
    newest = year.restored(older)
    ran = planwise(year.place, "run", year.source)
    assert ran.status == BLOCKED, ran.said()
    assert "R01" in ran.stderr, ran.said()
    assert kept_rows(year.state)["plan_design_history"] == content["plan_design_history"]
    year.tell("December: over a state that lacks two clients", 0, "stopped by R01")
    year.restored(newest)
    before = stamps(year.place)
    ran = planwise(year.place, "run", year.source)
    assert ran.status in (0, 3), ran.said()
    step = year.expected.loaded(year.rows)
    check_counts(ran, year.rows, year.expected, step)
    check_files(ran, before, year.expected, step)
    check_history(ran, year.expected, step)
    year.tell("December: over the state that knows them", 0, "history, counts and files are as they were")


def main() -> None:
    """Play one year."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--keep", type=Path, help="play in this folder, and leave it")
    asked = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        year = start((asked.keep or Path(folder)).resolve(), asked.seed)
        play(year)
    print(f"{year.load} loads, {time.perf_counter() - began:.0f} s: history, counts and files are right")


if __name__ == "__main__":
    main()
