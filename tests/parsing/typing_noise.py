"""How people type: case, blanks, dashes, quotes, full width, double-decoded UTF-8. The meaning stays the
same.
"""

from __future__ import annotations

import random

DASHES = "‐‑‒–—−"
MOJIBAKE_DASHES = ("â€“", "‚Äì")
BLANKS = (" ", "\u00a0", "  ", "\u2009", "\t")
WIDE = str.maketrans("0123456789%", "０１２３４５６７８９％")


def squeezed(rng: random.Random, text: str) -> str:
    """Drops blanks between a letter (or %) and a figure, or behind ; or +, where no two figures come
    together.
    """
    out = []
    for i, char in enumerate(text):
        if char == " " and 0 < i < len(text) - 1:
            before, after = text[i - 1], text[i + 1]
            loose = (
                (before.isalpha() and after.isdigit())
                or (before == "%" and after.isalpha())
                or (before.isdigit() and after.isalpha())
                or (before in ";+" and not after.isspace())
            )
            if loose and rng.random() < 0.7:
                continue
        out.append(char)
    return "".join(out)


def typed(rng: random.Random, text: str, may_change_case: bool = True) -> str:
    """The text as typed by somebody else; about half of the texts come back as they are."""
    if rng.random() < 0.5:
        return text
    if may_change_case and rng.random() < 0.4:
        text = rng.choice([str.upper, str.lower, str.title, str.capitalize])(text)
    if "-" in text and rng.random() < 0.4:
        text = text.replace("-", rng.choice([*DASHES, *MOJIBAKE_DASHES]))
    if "½" in text and rng.random() < 0.3:
        text = text.replace("½", "Â½")
    if rng.random() < 0.15:
        text = squeezed(rng, text)
    if rng.random() < 0.3:
        text = "".join(rng.choice(BLANKS) if c == " " and rng.random() < 0.3 else c for c in text)
    if rng.random() < 0.2:
        text = (
            rng.choice(["  ", "\u200b", "\ufeff", "\n"])
            + text
            + rng.choice([" ", "\u00a0", "\r\n", "\u200b"])
        )
    if rng.random() < 0.04:
        text = text.translate(WIDE)
    return text
