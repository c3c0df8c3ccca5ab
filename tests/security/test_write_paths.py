"""Nothing is overwritten unseen: each call of ours that writes, renames or removes was looked at."""

from pathlib import Path

import pytest

from tests.security.write_calls import in_source, reviewed, unknown, writes


def test_every_writing_call_was_reviewed_when_it_is_in_the_program() -> None:
    # a new way to write is how a delivered file gets truncated in place
    found = [f"{write.file}: {write.key}" for write in unknown()]
    assert not found, "not in tests/security/reviewed_writes.yml:\n" + "\n".join(found)


def test_no_review_is_left_when_the_call_is_gone() -> None:
    # a reason that belongs to nothing would let the next call of that name in
    there: dict[str, set[str]] = {}
    for write in writes():
        there.setdefault(write.file, set()).add(write.key)
    project = Path(__file__).resolve().parents[2]
    gone = [
        f"{file}: {key}"
        for file, calls in reviewed().items()
        for key in calls
        if (project / file).exists() and key not in there.get(file, ())
    ]
    assert not gone


def test_each_review_says_why_when_it_lets_a_call_in() -> None:
    assert all(len(reason.split()) > 1 for calls in reviewed().values() for reason in calls.values())


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("open(p, 'w')", "open w"), ("open(p, mode='ab')", "open ab"), ("p.open('r+b')", "open r+b"),
        ("open(p, m)", "open ?"), ("open(p)", ""), ("p.open('rb')", ""), ("p.open()", ""),
        ("os.open(p, os.O_WRONLY | os.O_TRUNC)", "os.open O_TRUNC O_WRONLY"), ("os.open(p, os.O_RDONLY)", ""),
        ("p.write_text('x')", "write_text"), ("p.replace(q)", "replace"), ("t.replace('a', 'b')", ""),
        ("d.replace(tzinfo=z)", ""), ("os.replace(a, b)", "os.replace"), ("os.remove(p)", "os.remove"),
        ("shutil.move(a, b)", "shutil.move"), ("shutil.rmtree(p)", "rmtree"),
        ("duckdb.connect(p)", "duckdb.connect"), ("duckdb.connect(p, read_only=True)", ""),
        ("c.execute('copy t to $f$x$f$')", "SQL copy ... to"),
        ("P = '''import os\\nos.truncate(p, 0)\\n'''", "truncate (in a text)"),
    ],
)  # fmt: skip
def test_call_is_found_when_it_writes(line: str, call: str) -> None:
    # a scan that overlooks a way to write proves nothing
    assert [found for _, found in in_source(line)] == ([call] if call else [])
