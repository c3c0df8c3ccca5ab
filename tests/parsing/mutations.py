"""Random edits of a text that leave its meaning alone, or destroy it: never turn it into another design.

Left alone, because they carry the meaning:
- figures and what touches them: every run of non-blanks that holds a digit, a fraction or a currency sign
  (`33`, `1/3%`, `1.2k`, `$2,000`, `0-5`, `1:1`, `401(k)`, `5,5%`, `01/15/2024`); and the blank between two
  such runs (`33 1/3%` is not `331/3%`), or beside a sign (`3% - 50%`), is never dropped;
- signs: `% $ ¢ + - / : ~ < > = . & ? ( )` and every dash, wherever they stand; `,` and `;` too, unless a
  letter stands in front and a blank behind, where they only separate;
- units, number words and words of fewer than four letters, because one letter makes `hrs` of `yrs`, `EE` of
  `ER`, `on` of `no`, `NJ` of `NY`; an edit that would make a unit or number word of another is not made;
- letters of fields that are all code: booleans, states, dates, counts.
What is edited: letters of longer words, blanks, case, separators between clauses, quotes and stray marks.
"""

from __future__ import annotations

import random
import re
import unicodedata

from .phrases import TENS, UNITS

UNIT_WORDS = frozenset(
    [
        "percent",
        "percents",
        "percentage",
        "cent",
        "cents",
        "dollar",
        "dollars",
        "year",
        "years",
        "yrs",
        "month",
        "months",
        "days",
        "hour",
        "hours",
        "week",
        "weeks",
        "hundred",
        "thousand",
        "million",
        "half",
        "third",
        "thirds",
        "quarter",
        "basis",
        "point",
        "points",
        "pct",
        "bps",
        "yearly",
        "hourly",
    ]
) | {w for w in (*UNITS, *TENS) if w}
CODES = frozenset({"boolean", "state", "date", "count"})
STRAY = ("'", '"', "*", "!", "_", "`", "\u200b", "”", "|")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MADE_UP = (
    "zorble",
    "Quux",
    "frumious",
    "vexil",
    "BLORT",
    "snerd",
    "wibbled",
    "xyzzy",
    "grommetic",
    "plinth",
    "aardvark",
    "ultramarine",
    "Kensington",
    "hypotenuse",
)
REVERSING = (
    "not",
    "except",
    "unless",
    "twice",
    "minus",
    "formerly",
    "proposed",
    "excluding",
    "otherwise",
    "neither",
)


def carries_meaning(run: str) -> bool:
    """True for a run of non-blanks that holds a figure or money."""
    return any(
        unicodedata.category(c) in ("Nd", "No", "Nl", "Sc") for c in unicodedata.normalize("NFKC", run)
    )


def runs(text: str) -> list[str]:
    """Blanks and non-blanks in turn; joined they are the text."""
    return re.findall(r"\s+|\S+", text)


def edit_letters(rng: random.Random, word: str) -> str:
    """One letter dropped, doubled, changed or swapped; a blank in the middle; another case. Never a unit or
    number word.
    """
    changed = one_letter_off(rng, word)
    return word if UNIT_WORDS.intersection(changed.lower().split()) else changed


def one_letter_off(rng: random.Random, word: str) -> str:
    """The edit itself."""
    i = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(7)
    if kind == 0:
        return word[:i] + word[i + 1 :]
    if kind == 1:
        return word[:i] + word[i] + word[i:]
    if kind == 2:
        return word[:i] + rng.choice(LETTERS) + word[i + 1 :]
    if kind == 3:
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    if kind == 4:
        return word[:i] + rng.choice(LETTERS) + word[i:]
    if kind == 5:
        return word[:i] + " " + word[i:]
    return word.swapcase()


def edit_run(rng: random.Random, run: str, letters: bool) -> str:
    """One edit in a run of non-blanks without figures: of a longer word, a separator at its end, or a stray
    mark.
    """
    words = [
        m
        for m in re.finditer(r"[^\W\d_]{4,}", run)
        if m.group().isascii() and m.group().lower() not in UNIT_WORDS
    ]
    kind = rng.random()
    if words and letters and kind < 0.7:
        word = rng.choice(words)
        return run[: word.start()] + edit_letters(rng, word.group()) + run[word.end() :]
    if run[-1] in ",;" and run[:-1].isalpha() and kind < 0.85:
        return run[:-1] + rng.choice(["", ",", ";"])
    if kind < 0.9 and run.isalpha():
        return rng.choice([str.upper, str.lower, str.capitalize])(run)
    return rng.choice([rng.choice(STRAY) + run, run + rng.choice(STRAY)])


def edited(rng: random.Random, text: str, field: str) -> str:
    """The text with one to three edits; each run and each blank is edited once at most."""
    parts = runs(text)
    may = [
        i
        for i, part in enumerate(parts)
        if (
            (
                i in (0, len(parts) - 1)
                or not (carries_meaning(parts[i - 1]) and carries_meaning(parts[i + 1]))
            )
            if part.isspace()
            else not carries_meaning(part)
        )
    ]
    for i in rng.sample(may, min(len(may), rng.randrange(1, 4))):
        if parts[i].isspace():
            inner = 0 < i < len(parts) - 1
            parts[i] = rng.choice(
                ["  ", "\u00a0", "\t", " \n ", " " if inner and must_stay_apart(parts, i) else ""]
            )
        else:
            parts[i] = edit_run(rng, parts[i], field not in CODES)
    if rng.random() < 0.2 or not may:
        return rng.choice([" ", "\u00a0", "\t"]) + "".join(parts) + rng.choice([" ", "\n", "\u200b"])
    return "".join(parts)


def must_stay_apart(parts: list[str], i: int) -> bool:
    """True when a sign touches the blank at `i`: dropping it could join a sign to a figure, as in `3% -
    50%`.
    """
    return not (parts[i - 1][-1].isalnum() and parts[i + 1][0].isalnum())


def with_word(rng: random.Random, text: str, words: tuple[str, ...] = MADE_UP) -> str:
    """The text with one of the words put at its start, its end, or at a blank."""
    parts = runs(text)
    places = [i for i in range(len(parts) + 1) if i in (0, len(parts)) or parts[i].isspace()]
    i = rng.choice(places)
    word = rng.choice(words)
    if 0 < i < len(parts):
        return "".join(parts[:i]) + " " + word + "".join(parts[i:])
    return word + " " + text if i == 0 else text + " " + word
