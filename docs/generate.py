"""Fills the generated blocks of README.md and the pages in docs/: `python -m docs.generate`, or `--check` to
only say which are stale.

Nothing in a block is written by hand: it comes from the parser, from a run of the bundled sample, or from the
project's own files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from docs import before_after, compatibility, fhi_blocks, reference, sample
from docs.blocks import filled

PROJECT = Path(__file__).resolve().parent.parent
PARSED = Path("docs/before_after.md")
COMPATIBILITY = Path("docs/compatibility.md")
SETTINGS = Path("docs/settings.md")
HELD = Path("docs/held.md")
RECOMMENDATIONS = Path("docs/recommendations.md")
README = Path("README.md")

EXAMPLES = {
    "match_formula": """
        hm-049 hm-035 hm-024 hm-016 hm-076 hm-061 hm-054 hm-002 hm-092 hm-097 hm-233 hm-118
        hm-125 hm-109 hm-111 hm-138 hm-139 hm-144 hm-421 hm-131 hm-134 hm-175 hm-173 hm-166
        hm-167 hm-154 hm-156 hm-161 hm-187 hm-189 hm-179 hm-185 hm-180 hm-182 hm-164 hm-106
        hm-107 hm-103 hm-150 hx-246 hm-151 hm-116 hm-117 hm-186 hm-123 hm-148 hm-128 hm-142 hm-071
        hm-140 hm-084 hm-500 hm-193""",
    "nonelective_formula": """
        hc-003 hc-013 hc-016 hc-019 hc-031 hc-034 hc-039 hc-041 hc-049 hc-062 hc-180 hc-056
        hc-115 hc-059 hc-046 hc-036 hc-038 hc-069 hc-070 hc-191 hc-190 hc-066 hc-067 hc-065
        hc-068 hc-071 hc-221 ho-core-044""",
    "vesting_schedule": """
        hv-002 hv-019 hv-034 hv-044 hv-055 hv-061 hv-072 hv-080 hv-093 hv-098 hv-103 hv-108
        hv-111 hv-119 hv-134 hv-167 hv-176 hv-157 hv-233 hv-208 hv-225 hv-222 hv-185 hv-188
        hv-196 hv-198 hv-212 hv-241 hv-274""",
    "eligibility": """
        he-001 he-010 he-026 he-048 he-064 he-076 he-092 he-106 he-108 he-120 he-138 he-144
        he-155 he-160 he-168 he-161 he-188 he-179 he-128 he-199 he-221""",
    "rate": """
        hr-001 hr-002 hr-004 hr-007 hr-006 hr-031 hr-042 hr-054 hr-063 hr-146 hr-142 hr-070
        hr-082 hr-101 hr-103 hr-012 hr-021 hr-131""",
    "date": """
        hd-001 hd-003 hd-006 hd-012 hd-020 hd-027 hd-029 hd-038 hd-089 hd-045 hd-049 hd-055
        hd-059 hd-063""",
    "boolean": "hb-001 hb-006 hb-010 hb-032 hb-017 hb-021 hb-028",
    "count": "hc-003 hc-007 hc-017 hc-019 hc-064 hc-036 hc-043 hc-041 hc-032",
    "state": "hs-029 hs-037 hs-045 hs-070 hs-103 hs-073 hs-077 hs-089",
    "industry": """
        hi-002 hi-006 hi-010 hi-037 hi-046 hi-056 hi-073 hi-076 hi-103 hi-017 hi-033 hi-092""",
}
"""Ids of tests/corpus/<field>.jsonl, the understood ones first; one or two for every rule, kind and code."""


def from_parser() -> dict[Path, dict[str, str]]:
    """The blocks that need the parser, by page."""
    return {PARSED: before_after.tables(EXAMPLES)}


def from_files() -> dict[Path, dict[str, str]]:
    """The blocks that need nothing but files, by page."""
    return {
        SETTINGS: reference.blocks(),
        COMPATIBILITY: compatibility.blocks(),
        RECOMMENDATIONS: {"rules": reference.recommendation_rules()},
        Path("docs/fhi.md"): fhi_blocks.blocks(),
    }


def from_run(made: dict[str, str]) -> dict[Path, dict[str, str]]:
    """The blocks of a run of the sample (sample.blocks), by page."""
    return {README: {name: made[name] for name in ("outcome", "scenario")}, HELD: {"held": made["held"]}}


def stale(pages: dict[Path, dict[str, str]]) -> dict[Path, str]:
    """The pages that are not as they should be, with what they should be."""
    wanted = {
        page: filled((PROJECT / page).read_text(encoding="utf-8"), made) for page, made in pages.items()
    }
    return {
        page: text for page, text in wanted.items() if (PROJECT / page).read_text(encoding="utf-8") != text
    }


def main() -> int:
    """Write what is stale; with --check write nothing and return 1 if anything is."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="only say what is stale")
    check = arguments.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        report, out = sample.run_sample(Path(folder))
        made = sample.blocks(report, out)
    found = stale({**from_files(), **from_parser(), **from_run(made)})
    for page, text in found.items():
        if not check:
            (PROJECT / page).write_text(text, encoding="utf-8")
        print(f"{page} {'is stale' if check else 'written'}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
