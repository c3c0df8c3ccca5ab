"""The pages say what is so: generated blocks are current, every rule has an example, every path and command
exists.

The blocks that a run of the sample gives are looked at in tests/e2e/test_readme.py, beside the other runs.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import before_after
from docs.blocks import PageError, code, filled, table
from docs.generate import EXAMPLES, PROJECT, from_files, from_parser, stale
from docs.sample import sample_day

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{path.name}" for path in (PROJECT / "docs").glob("*.md")),
)
MADE = (
    "resolutions.csv",
    "policy.yml",
    "var/",
    "published/",
    "out/",
    "target/",
    ".venv/",
    "bench/out",
    "backups/",
    "views.sql",
    "planwise-",
)
"""Files and folders that people or runs make."""
FOLDERS = ("docs", "exporters", "harness", "macros", "models", "seeds", "tests")


def _read(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def test_pages_are_current_when_made_again_from_parser_and_files() -> None:
    """Without it the pages could show what the parser did once, or settings that are no longer so."""
    found = stale({**from_parser(), **from_files()})
    assert not found, f"{', '.join(map(str, found))}: stale; run `make docs` and look at the difference"


def test_page_is_stale_when_a_block_was_edited_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it the test above might compare a page with itself."""
    monkeypatch.setattr("docs.generate.PROJECT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# Title\n<!-- generated: one -->\n\nby hand\n\n<!-- end: one -->\n")
    assert stale({Path("page.md"): {"one": "made"}}) == {
        Path("page.md"): "# Title\n<!-- generated: one -->\n\nmade\n\n<!-- end: one -->\n"
    }


@pytest.mark.parametrize(
    ("page", "complaint"),
    [
        ("no block at all", "no block for one"),
        ("<!-- generated: one -->\n<!-- end: two -->", "'one' has no end"),
        ("<!-- generated: other -->\n<!-- end: other -->", "nothing is generated for the block 'other'"),
    ],
)
def test_page_is_refused_when_its_marks_do_not_match(page: str, complaint: str) -> None:
    """Without it a block with a typing error in its mark would stay as it is for ever."""
    with pytest.raises(PageError, match=complaint):
        filled(page, {"one": "made"})


@pytest.mark.parametrize("field", EXAMPLES)
def test_every_kind_and_reason_of_the_corpus_is_shown_when_a_field_has_labels(field: str) -> None:
    """Without it a rule could be added, and nobody could see what it does."""

    def told(row: dict[str, object]) -> set[object]:
        expect = row["expect"]
        assert isinstance(expect, dict)
        return {("kind", expect.get("kind")), *(("reason", reason) for reason in expect.get("reasons") or [])}

    known = before_after.corpus(field)
    shown = set().union(*(told(known[name]) for name in EXAMPLES[field].split()))
    labelled = set().union(*map(told, known.values()))
    assert labelled - shown == set(), "give each of them an id in EXAMPLES of docs/generate.py"


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists_when_a_page_names_it(page: str) -> None:
    """Without it a recipe could send its reader to files that were renamed long ago."""
    text = re.sub(r"<!-- generated: .*?<!-- end: .*?-->", "", _read(page), flags=re.DOTALL)
    links = [(PROJECT / page).parent / link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    names = [
        name
        for name in re.findall(r"`([^`\s]*/[^`\s]*|[\w.]+\.(?:py|sql|yml|csv|md|toml))`", text)
        if _is_ours(name)
    ]
    names = [name.partition("::")[0] for name in names]  # a test in a file
    here = [PROJECT / name if "/" in name else _anywhere(name) for name in names]
    missing = [str(path) for path in links + here if not path.exists()]
    assert not missing, missing


def _anywhere(name: str) -> Path:
    return next((path for folder in FOLDERS for path in (PROJECT / folder).rglob(name)), PROJECT / name)


def _is_ours(name: str) -> bool:
    return not name.startswith(("..", "./", *MADE)) and not any(
        sign in name for sign in ("<", ">", "*", "$", ":/")
    )


def test_ci_and_makefile_do_what_the_readme_says_when_a_stranger_follows_it() -> None:
    """Without it CI could pass on commands that no user types."""
    first = re.search(r"```sh\n(.*?)```", _read("README.md"), flags=re.DOTALL)
    assert first
    commands = [line.split("#")[0].strip() for line in first[1].splitlines()]
    assert commands == ["make export", "make test"]
    assert all(re.search(rf"^{command}\b", _read(".ci/run"), flags=re.MULTILINE) for command in commands)
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), flags=re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z-]+)", _read(page))}
    assert named - targets == set()


def test_sample_is_not_too_old_when_counted_from_its_own_day() -> None:
    """Without it `make export` would hold the whole sample once its dates are two years past (rule S05)."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", sample_day())
    assert f"`{sample_day()}`" in _read("docs/settings.md")


def test_cells_stay_one_line_and_one_cell_when_the_text_is_hostile() -> None:
    """Without it a text with a bar or a line break would tear its table."""
    made = table(("a", "b"), [(code("x|y\n\u200bz`"), "-")])
    assert made.splitlines()[2:] == ["| `` x\\|y\\n\\u200bz` `` | - |"]
