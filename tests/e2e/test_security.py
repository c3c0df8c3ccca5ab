"""A whole run seen from outside: which calls it makes, what it leaves, who may read it; no secret in it."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.command import Place, Ran, planwise
from tests.e2e.matrices import many
from tests.e2e.traced import Touched, can_trace, destroyed, read, traced
from tests.harness.builders import write_csv

CANARY = "canary-5ecr3t-3f9a17c2"
SECRETS = {
    "PLANALIGN_API_TOKEN": f"{CANARY}-token",
    "FIRM_HOOK": f"https://127.0.0.1:9/{CANARY}-hook",
    "FIRM_SFTP_PASSWORD": f"{CANARY}-sftp",
    "FIRM_MAIL_PASSWORD": f"{CANARY}-mail",
    "SF_CLIENT_SECRET": f"{CANARY}-crm",
}
SETTINGS = """
[alerts]
webhook_env = "FIRM_HOOK"
timeout_seconds = 0.5
[alerts.mail]
host = "127.0.0.1"
port = 9
from = "planwise@firm.example"
to = ["ops@firm.example"]
user = "planwise"
password_env = "FIRM_MAIL_PASSWORD"
"""


@dataclass
class Seen:
    """A place that went through a run with a change, an export, a run that failed, and a rollback."""

    place: Place
    before: dict[str, tuple[bytes, int, int]]
    """Each delivered file before: bytes, time, inode."""
    runs: list[Ran]
    touched: list[Touched]


@pytest.fixture(scope="module")
def seen(published: Place, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    if why := can_trace():
        pytest.skip(why)
    root = tmp_path_factory.mktemp("traced")
    place = published.copy(root / "place")
    (place.home / "planwise.toml").write_text(SETTINGS, encoding="utf-8")
    before = _delivered(place)
    rows = many(20)
    rows[3]["match_formula"] = "100% up to 5%"
    changed = write_csv(root / "firms.csv", rows)
    first, touched = traced(place, root / "run", "run", changed, **SECRETS)
    client = first.report["clients"][0]["client_id"]
    second, more = traced(place, root / "export", "export", client, **SECRETS)
    bad = root / "bad.csv"
    bad.write_text("client_id,client_name,industry\nDM-1,a,b\n", encoding="utf-8")
    third, last = traced(place, root / "bad", "run", bad, **SECRETS)
    release = sorted(path.name for path in (place.out / "navigator" / "releases").iterdir())[0]
    back = ("rollback", "--target", "navigator", "--to", release)
    fourth, lately = traced(place, root / "back", *back, PLANWISE_ROLE="admin", **SECRETS)
    return Seen(place, before, [first, second, third, fourth], [*touched, *more, *last, *lately])


def _delivered(place: Place) -> dict[str, tuple[bytes, int, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(place.out.rglob("*"))
        if path.is_file() and path.name != ".lock" and "current" not in path.relative_to(place.out).parts
    }


def test_each_command_ends_as_it_should_when_it_is_watched(seen: Seen) -> None:
    # else what follows would look at nothing
    assert [run.status for run in seen.runs] == [0, 0, 2, 0], [run.said() for run in seen.runs]
    assert len(seen.touched) > 100
    assert len(list((seen.place.out / "navigator" / "releases").iterdir())) >= 2


def test_no_delivered_byte_is_written_in_place_when_a_run_an_export_and_a_rollback_are_done(
    seen: Seen,
) -> None:
    # a reader, or a crash, in the middle of it would see half a file, and nothing to go back to
    assert destroyed(seen.touched, seen.place.out) == []


def test_every_file_delivered_before_is_as_it_was_when_more_was_delivered(seen: Seen) -> None:
    now = _delivered(seen.place)
    assert seen.before
    assert {path: now.get(path) for path in seen.before} == seen.before


def test_published_marts_are_never_opened_for_writing_when_they_have_their_name(seen: Seen) -> None:
    folder = f"{seen.place.home}/published/"
    opened = [
        path
        for one in seen.touched
        for path in one.paths
        if one.call.startswith("open") and ("O_WRONLY" in one.flags or "O_RDWR" in one.flags)
        if path.startswith(folder) and not Path(path).name.startswith(".")
    ]
    assert opened == []


def test_secret_is_nowhere_when_runs_went_well_and_failed(seen: Seen) -> None:
    # in a log, a report, the ledger or a delivered file it would be read by people who must not know it
    def holds(path: Path) -> bool:
        return CANARY.encode() in path.read_bytes()

    files = [p for top in (seen.place.home, seen.place.out) for p in top.rglob("*") if p.is_file()]
    assert len(files) > 50
    assert [str(path) for path in files if holds(path)] == []
    assert not any(CANARY in run.stdout + run.stderr for run in seen.runs)


def test_secret_is_not_in_the_database_of_the_ledger_when_its_pages_are_read(seen: Seen) -> None:
    with sqlite3.connect(seen.place.home / "ledger.sqlite") as connection:
        assert not any(CANARY in line for line in connection.iterdump())


def test_only_its_owner_may_read_state_when_runs_went_well_and_failed(seen: Seen) -> None:
    # client names, reviewers' words and the ledger are nobody else's. What is published may be read, by whom
    # the home lets in; dbt's files have modes of their own, in folders that are private
    place = seen.place.home
    ours = [place / name for name in ("target", "logs", "published")]
    open_ones = []
    for path in [place, *place.rglob("*")]:
        if path.is_symlink() or path == place / "published" or any(folder in path.parents for folder in ours):
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077 and path != place / "planwise.toml":
            open_ones.append(f"{oct(mode)} {path.relative_to(place)}")
    assert open_ones == []


def test_marts_are_read_only_when_they_are_published(seen: Seen) -> None:
    files = list((seen.place.home / "published").glob("*.duckdb"))
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}


def test_nothing_is_left_beside_what_is_delivered_when_runs_have_ended(seen: Seen) -> None:
    left = [
        str(path.relative_to(seen.place.root))
        for path in seen.place.root.rglob("*")
        if path.name.endswith((".tmp", ".part")) or path.name.startswith((".draft", ".current", ".staging"))
    ]
    assert left == []


@pytest.mark.parametrize(
    ("line", "is_destroyed"),
    [
        ('openat(AT_FDCWD</r>, "/o/t/releases/r1/a.yaml", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</o/x>', True),
        ('openat(AT_FDCWD</r>, "/o/t/releases/r1/a.yaml", O_RDWR|O_CLOEXEC) = 3</o/x>', True),
        ('openat(AT_FDCWD</r>, "/o/t/releases/r1/a.yaml", O_WRONLY|O_CREAT|O_EXCL, 0644) = 3</o/x>', False),
        ('openat(AT_FDCWD</r>, "/o/t/releases/r1/a.yaml", O_RDONLY|O_CLOEXEC) = 3</o/x>', False),
        ('openat(AT_FDCWD</r>, "/o/t/releases/r1/a.yaml", O_WRONLY) = -1 EACCES (Permission denied)', False),
        ('openat(AT_FDCWD</o/t/releases/r1>, "a.yaml", O_WRONLY|O_TRUNC) = 3</o/x>', True),
        ('openat(AT_FDCWD</r>, "/o/.staging/r2/t/a.yaml", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</o/x>', False),
        ("ftruncate(3</o/t/releases/r1/a.yaml>, 0) = 0", True),
        ('truncate("/o/t/releases/r1/a.yaml", 0) = 0', True),
        ('unlink("/o/t/releases/r1/a.yaml") = 0', True),
        ('unlinkat(7</o/t/releases/r1>, "a.yaml", 0) = 0', True),
        ('rename("/tmp/x", "/o/t/releases/r1/a.yaml") = 0', True),
        ('rename("/o/.staging/r2/t", "/o/t/releases/r2") = 0', False),
        ('rename("/o/t/.current.7.tmp", "/o/t/current") = 0', False),
        ('renameat2(AT_FDCWD</r>, "/o/t/releases/r1/a", AT_FDCWD</r>, "/elsewhere", 0) = 0', True),
        ('openat(AT_FDCWD</r>, "/home/x.log", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</x>', False),
    ],
)
def test_call_is_judged_when_it_may_destroy(line: str, is_destroyed: bool) -> None:
    # a judge that overlooks a way to destroy proves nothing
    assert bool(destroyed(list(read(line)), Path("/o"))) == is_destroyed


def test_strace_sees_an_overwriting_command_when_there_is_one(tmp_path: Path) -> None:
    if why := can_trace():
        pytest.skip(why)
    import subprocess

    (tmp_path / "t/releases/r1").mkdir(parents=True)
    victim = tmp_path / "t/releases/r1/a.yaml"
    victim.write_text("delivered", encoding="utf-8")
    log = tmp_path / "log"
    tracing = ["strace", "-ff", "-y", "-qq", "-e", "trace=openat,open,creat", "-o", str(log)]
    subprocess.run([*tracing, "sh", "-c", f"echo x > {victim}"], check=True)
    done = [found for file in tmp_path.glob("log.*") for found in read(file.read_text())]
    assert destroyed(done, tmp_path)


def test_first_release_is_whole_when_a_run_is_refused_by_the_policy(published: Place, tmp_path: Path) -> None:
    place = published.copy(tmp_path / "place")
    before = place.snapshot()
    assert planwise(place, "run", tmp_path / "none.csv", PLANWISE_ROLE="viewer").status == 2
    assert place.snapshot() == before
