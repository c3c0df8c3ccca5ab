"""The corpora: every string of tests/corpus and of the shared corpus, parsed in one call per field, and
judged.

All day long: `python -m tests.parsing.test_corpus --field match_formula --verbose` (also --own, --shared,
--most N).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from .parser import parse
from .verdicts import Finding, is_held, judge, listing, share, table

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "tests" / "corpus"
SHARED = ROOT.parent / "shared" / "corpus"
REQUIRED_SHARE = 0.98


def load(folder: Path) -> list[dict[str, Any]]:
    """All lines of all .jsonl files of a folder: id, field, raw, unit?, expect, why, debatable?; [] without
    a folder.
    """
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise ValueError(
                        f"{path}:{number}: no JSON ({error}); write one object a line"
                    ) from error
    return rows


def findings_of(rows: list[dict[str, Any]]) -> list[Finding]:
    """A verdict for every corpus row; one parse call per field."""
    by_field: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_field[row["field"]].append(row)
    found = []
    for name, group in by_field.items():
        results = parse(name, [(row["raw"], row.get("unit")) for row in group])
        assert len(results) == len(group), f"{name}: {len(group)} strings in, {len(results)} results out"
        for row, got in zip(group, results, strict=True):
            verdict, keys = judge(name, row["expect"], got)
            found.append(Finding(name, row["id"], row["raw"], row["expect"], got, verdict, tuple(keys)))
    return found


def report(found: list[Finding], most: int = 40) -> str:
    """Table and failures."""
    return f"\n{table(found)}\n{listing(found, most)}"


@pytest.mark.shared
def test_shared_corpus_is_right_when_parsed_whole() -> None:
    """Without it a contract example could come back wrong, or be held although the contract settles it."""
    rows = load(SHARED)
    if not rows:
        pytest.skip(f"no shared corpus at {SHARED}: this test needs ../shared beside the project")
    found = findings_of(rows)
    print(report(found))
    assert [f for f in found if f.verdict != "right"] == [], report(found)


def test_own_corpus_is_never_wrong_and_mostly_resolved_when_parsed_whole() -> None:
    """Without it the grammar could shrink, or read another design out of wordings seen before."""
    rows = load(OWN)
    assert rows, f"no corpus in {OWN}: a test over nothing proves nothing"
    found = findings_of(rows)
    print(report(found))
    assert not [f for f in found if f.verdict == "wrong"], report(found)
    debatable = {(row["field"], row["id"]) for row in rows if row.get("debatable")}
    firm = [f for f in found if (f.field, f.name) not in debatable]
    resolvable = [f for f in firm if not is_held(f.field, f.expect)]
    assert share(resolvable) >= REQUIRED_SHARE, (
        f"{share(resolvable):.1%} of the resolvable are right{report(firm)}"
    )
    held = [f for f in firm if is_held(f.field, f.expect)]
    assert share(held) >= REQUIRED_SHARE, f"{share(held):.1%} are held with the expected reason{report(held)}"


def test_corpus_ids_are_unique_within_a_field_when_all_files_are_read() -> None:
    """Without it two helpers could give one id, and a failure would point at the wrong string."""
    ids = [(row["field"], row["id"]) for row in load(OWN)]
    assert sorted(ids) == sorted(set(ids))


def main() -> None:
    """Prints the table, with --verbose the failures too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--field")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--own", action="store_true", help="tests/corpus only")
    parser.add_argument("--shared", action="store_true", help="../shared/corpus only")
    parser.add_argument("--most", type=int, default=60, help="failures to list")
    args = parser.parse_args()
    rows = ([] if args.shared else load(OWN)) + ([] if args.own else load(SHARED))
    found = findings_of([row for row in rows if args.field in (None, row["field"])])
    print(table(found))
    if args.verbose:
        print(listing(found, args.most))


if __name__ == "__main__":
    main()
