"""Random sequences of what people do and what breaks, with a model of what must be current after each step.

The model knows clients and documents only: no state, no manifest, no ledger. After every step the current
release of each target holds what the model says, and `verify` (files, links, rows, chain, endpoint) is clean.
"""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import delivery
from harness.cli import cli
from harness.from_published import EXPORT
from harness.ledger import open_ledger
from harness.report import Outcome, exit_status
from harness.run import Request, execute
from tests.delivery.place import BOTH, change, clean, make_place, run, snapshot, sums
from tests.delivery.test_dry_run import _dry
from tests.harness.world import World, _silent, finding, reference, result

Held = dict[int, int]
"""Documents of a target: by client, which version of it."""


@dataclass
class Model:
    """What must be current, by what was asked for alone."""

    versions: dict[int, int]
    """The source: each client's version."""
    held: set[int] = field(default_factory=set)
    current: dict[str, Held] = field(default_factory=lambda: {name: {} for name in BOTH})
    published: tuple[dict[int, int], frozenset[int]] | None = None
    """What was published last: versions, and who is held."""
    releases: dict[str, dict[str, Held]] = field(default_factory=lambda: {name: {} for name in BOTH})
    checksums: dict[tuple[int, int], str] = field(default_factory=dict)

    def runs(self, targets: tuple[str, ...], only: int | None = None) -> None:
        """A run that goes through."""
        for name in targets:
            due = {n: v for n, v in self.versions.items() if n not in self.held}
            if only is not None:
                others = {n: v for n, v in self.current[name].items() if n != only}
                due = others | {n: v for n, v in due.items() if n == only}
            self.current[name] = due
        self.published = dict(self.versions), frozenset(self.held)


class Player:
    """One world, one model, one sequence."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, seed: int) -> None:
        self.random = random.Random(seed)
        self.world: World = make_place(folder, patch)
        self.model = Model(dict.fromkeys(self.world.numbers, 0))
        self.patch = patch
        self.share = folder / "share"
        self.ledgers: list[Path] = []
        self.done: list[str] = []
        self.share.mkdir()
        self.world.where.home.mkdir(mode=0o700)
        (self.world.where.home / "planwise.toml").write_text(
            '[[endpoint]]\nname = "share"\nkind = "directory"\ntargets = ["navigator"]\n'
            f'path = "{self.share}"\n'
        )

    def play(self, steps: int) -> None:
        """Do so many steps; look after each."""
        self.run_all()
        self.look()
        for _ in range(steps):
            for _ in range(self.random.randint(0, 2)):
                self.edit()
            operation = self.random.choice(self.operations)
            self.done.append(operation.__name__)
            operation()
            self.look()

    @property
    def operations(self) -> list[Callable[[], None]]:
        """What may happen, the usual more often."""
        usual = [self.run_all, self.run_one_target, self.run_narrow, self.export_all, self.export_one]
        rare = [self.roll_back, self.blocked, self.dry, self.fails, self.interrupted, self.nothing_new]
        odd = [self.wiped, self.ledger_lost, self.ledger_older, self.away]
        return [*usual, *usual, *rare, *rare, *odd]

    # what the source says

    def edit(self) -> None:
        """Change, add, drop, hold or let go one client."""
        model, numbers = self.model, self.world.numbers
        number = self.random.choice(numbers)
        kind = self.random.choice(("change", "change", "add", "drop", "hold", "let go"))
        if kind == "change":
            model.versions[number] += 1
            change(self.world, number, day=f"20{26 + model.versions[number]}-02-02")
        elif kind == "add" and len(numbers) < 9:
            number = self.random.choice([n for n in range(1, 12) if n not in numbers])
            self.world.numbers = sorted((*numbers, number))
            model.versions[number] = self.known.get(number, 0)
        elif kind == "drop" and len(numbers) > 4:
            self.known[number] = model.versions.pop(number)
            self.world.numbers = [n for n in numbers if n != number]
            model.held.discard(number)
        elif kind == "hold" and len(model.held) < 2:
            model.held.add(number)
        else:
            model.held.clear()
        found = [finding(n) for n in sorted(model.held)]
        self.world.failing = [result("P10", "hold", found)] if found else []

    @property
    def known(self) -> dict[int, int]:
        """Versions of clients that are gone; they come back as they were."""
        return self.__dict__.setdefault("_known", {})

    # what people do

    def _ended(self, outcome: Outcome, status: int | None = None) -> None:
        wanted = (0 if not self.model.held else 3) if status is None else status
        assert exit_status(outcome) == wanted, (exit_status(outcome), outcome.error)

    def run_all(self) -> None:
        self._ended(run(self.world))
        self.model.runs(BOTH)

    def nothing_new(self) -> None:
        self.run_all()
        before = snapshot(self.world.where.out, self.share)
        self._ended(run(self.world))
        lock = str(self.world.where.out_lock)
        after = snapshot(self.world.where.out, self.share)
        before.pop(lock), after.pop(lock)
        assert after == before, "the same source again touched what is delivered"

    def run_one_target(self) -> None:
        name = self.random.choice(BOTH)
        self._ended(run(self.world, targets=(name,)))
        self.model.runs((name,))

    def run_narrow(self) -> None:
        number = self.random.choice(self.world.numbers)
        targets = self.random.choice((BOTH, BOTH[:1], BOTH[1:]))
        outcome = run(self.world, reference(number), targets=targets)
        self._ended(outcome, 3 if number in self.model.held else 0)
        self.model.runs(targets, number)

    def _export(self, *numbers: int) -> None:
        """Deliver again what was published of these clients; the documents of all others stay."""
        targets = self.random.choice((BOTH, BOTH[:1], BOTH[1:]))
        asked = tuple(reference(number) for number in numbers)
        outcome = execute(
            self.world.where, Request("export", clients=asked, targets=targets), EXPORT, _silent()
        )
        assert self.model.published
        versions, held = self.model.published
        self._ended(outcome, 3 if set(numbers) & held else 0)
        for name in targets:
            kept = {n: v for n, v in self.model.current[name].items() if n not in numbers}
            due = {n: v for n, v in versions.items() if n not in held and n in numbers}
            self.model.current[name] = kept | due

    def export_all(self) -> None:
        assert self.model.published
        self._export(*self.model.published[0])

    def export_one(self) -> None:
        assert self.model.published
        versions, held = self.model.published
        self._export(self.random.choice([n for n in versions if n not in held]))

    def roll_back(self) -> None:
        name = self.random.choice(BOTH)
        if not self.model.releases[name]:
            return
        release = self.random.choice(list(self.model.releases[name]))
        where = ["--home", str(self.world.where.home), "--out", str(self.world.where.out)]
        asked = ["--role", "admin", "rollback", "--target", name, "--to", release, "--because", "a test"]
        done = CliRunner().invoke(cli, [*asked, *where])
        assert done.exit_code == 0, done.output
        self.model.current[name] = self.model.releases[name][release]
        self.send()

    def send(self) -> None:
        """What a rollback does not do by itself: the endpoint follows."""
        where = ["--home", str(self.world.where.home), "--out", str(self.world.where.out)]
        done = CliRunner().invoke(cli, ["--role", "admin", "send", *where])
        assert done.exit_code == 0, done.output

    def blocked(self) -> None:
        kept, self.world.failing = self.world.failing, [result("S02", findings=[finding(1)])]
        self._ended(run(self.world), 4)
        self.world.failing = kept

    def dry(self) -> None:
        before = snapshot(self.world.where.home, self.world.where.out, self.share)
        outcome = _dry(self.world, "a test")
        self._ended(outcome)
        after = snapshot(self.world.where.home, self.world.where.out, self.share)
        for place in (self.world.where.lock, self.world.where.home, self.share):
            before.pop(str(place), None), after.pop(str(place), None)
        assert after == before, "a dry run left something"

    # what breaks

    def _broken(self, error: BaseException) -> None:
        number = self.random.choice(self.world.numbers)
        self.model.versions[number] += 1
        change(self.world, number, day=f"20{26 + self.model.versions[number]}-02-02")
        name = self.random.choice(("fsync_tree", "switch_link", "check_release"))
        call, calls, real = self.random.choice((1, 2)), 0, getattr(delivery, name)

        def instead(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call:
                raise error
            return real(*arguments)

        with self.patch.context() as patch:
            patch.setattr(delivery, name, instead)
            outcome = run(self.world)
        if calls < call:
            self.model.runs(BOTH)  # nothing was switched so often
        else:
            self._ended(outcome, 5)

    def fails(self) -> None:
        self._broken(OSError(28, "No space left on device"))

    def interrupted(self) -> None:
        try:
            self._broken(KeyboardInterrupt())
        except KeyboardInterrupt:
            with open_ledger(self.world.where) as ledger:
                last = ledger.runs()[-1]
                assert (last["status"], last["error_code"]) == ("failed", "interrupted"), last

    def wiped(self) -> None:
        """Somebody deletes a target's folder, or all of them: the next run delivers everything anew."""
        gone = self.random.choice((BOTH, BOTH[:1], BOTH[1:]))
        for name in gone:
            shutil.rmtree(self.world.where.target(name))
            self.model.releases[name] = {}
        self.run_all()

    def ledger_lost(self) -> None:
        """A new ledger takes over what is delivered; it can't go back to what it does not know."""
        for path in self.world.where.home.glob("ledger.sqlite*"):
            path.unlink()
        self.model.releases = {name: {} for name in BOTH}
        self.ledgers.clear()
        self.run_all()

    def ledger_older(self) -> None:
        """The ledger of some steps ago is put back, then one goes on."""
        home = self.world.where.home
        if not self.ledgers:
            copy = home.parent / "ledger.sqlite.older"
            shutil.copy2(home / "ledger.sqlite", copy)
            self.ledgers.append(copy)
            return
        for path in home.glob("ledger.sqlite*"):
            path.unlink()
        shutil.move(self.ledgers.pop(), home / "ledger.sqlite")
        self.model.releases = {name: {} for name in BOTH}
        self.run_all()

    def away(self) -> None:
        """The endpoint is not there during one run; our own delivery is."""
        aside = self.share.with_name("aside")
        self.share.rename(aside)
        outcome = run(self.world)
        assert exit_status(outcome) in (0, 3, 5)
        aside.rename(self.share)
        self.model.runs(BOTH)
        self.look(endpoint=False)
        where = ["--home", str(self.world.where.home), "--out", str(self.world.where.out)]
        done = CliRunner().invoke(cli, ["--role", "admin", "retry", "--all", *where])
        assert done.exit_code == 0, done.output

    # what must be so

    def look(self, endpoint: bool = True) -> None:
        """Compare what is there with the model."""
        told = f"after {self.done}"
        for name in BOTH:
            wanted = self.model.current[name]
            found = sums(self.world, name)
            assert set(found) == {f"{reference(n)}_baseline" for n in wanted}, f"{name} {told}"
            for number, version in wanted.items():
                checksum = found[f"{reference(number)}_baseline"]
                key = number, version
                assert self.model.checksums.setdefault(key, checksum) == checksum, f"{name} {number} {told}"
            link = self.world.where.target(name) / "current"
            if link.exists():
                self.model.releases[name][link.readlink().name] = dict(wanted)
        known = list(self.model.checksums.values())
        assert len(set(known)) == len(known), "two documents have one checksum"
        try:
            clean(self.world)
        except AssertionError as error:
            if endpoint or not all("share" in line for line in str(error).splitlines()[::2]):
                raise AssertionError(f"{error}\n{told}") from error


@pytest.mark.parametrize("seed", range(3))
def test_what_is_current_is_what_was_asked_for_when_anything_happens_in_any_order(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command is right alone; what one leaves behind is what the next one meets."""
    Player(tmp_path, monkeypatch, seed).play(20)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 112))
def test_what_is_current_is_what_was_asked_for_when_much_happens_in_any_order(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rare orders are met by trying many."""
    Player(tmp_path, monkeypatch, seed).play(80)
