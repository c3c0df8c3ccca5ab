"""A sieve in front of rule E02: what it lets pass holds no identifier for certain, the rule judges the rest.

It looks at JSON text as bytes, all identifiers at once (one automaton), without making a string of anything.
"""

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_PART = _WORD - frozenset(b"_-")
_FREE: frozenset[int] = frozenset()
_ESCAPED = frozenset(b"\\")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_PLAIN = re.compile(r"[ !#-\[\]-~]+")
"""What stands in JSON text as it is: ASCII without the quote and the backslash."""
_ANY = re.compile(r'[^"\\\x00-\x1f\x7f]+')
_FOLDS_TO_ASCII = "ßİŉſǰẖẗẘẙẚẞ\u212aﬀﬁﬂﬃﬄﬅﬆ"
"""Every other character of which casefold() makes an ASCII one: the bytes are only folded within ASCII."""
_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What strip() takes off a field."""
_OUTER_BLANKS = b"(?:" + b"|".join(sign.encode() for sign in _BLANKS) + rb"|\\[tnrf])+"
_OUTER = re.compile(rb'(?<!\\)"' + _OUTER_BLANKS + b"|" + _OUTER_BLANKS + b'"')
_Pattern = tuple[bytes, frozenset[int], frozenset[int]]
"""Folded bytes, and what may not stand before and after them."""


class Sieve:
    """Looks for tokens, parts of tokens, whole fields and texts, all casefolded, in JSON text."""

    def __init__(
        self, tokens: Iterable[str], mixed: Collection[str], wholes: Iterable[str], texts: Iterable[str]
    ) -> None:
        # other escapes may stand for any character, that of an identifier, too
        patterns = [_free(f"\\{sign}") for sign in "u/"]
        patterns += [_free(sign) for sign in _FOLDS_TO_ASCII]
        for token in tokens:
            around = _PART if token in mixed else _WORD
            patterns.append((token.encode(), around, around))
        own = [*wholes]
        found = [(f'"{low}"', low) for low in own] + [(low, low) for low in texts]
        # in another script nothing is left of some within ASCII: then everything is folded before
        self._folds = any(low and not _PLAIN.search(low) and _ANY.search(low) for _, low in found)
        self._always = any(low and not _ANY.search(low) for _, low in found)
        kept = _ANY if self._folds else _PLAIN
        for shown, low in found:
            if kept.fullmatch(low) or not low:
                patterns.append(_bounded(shown))
            else:
                patterns.append(_free(max(kept.findall(low), key=len, default=low)))
        self._patterns = [pattern for pattern in patterns if pattern[0]]
        self._exact = len(self._patterns)
        if own:  # a field is what stands between its outer blanks
            for blank in (*_BLANKS, *(f"\\{sign}" for sign in "tnrf")):
                self._patterns += [(f'"{blank}'.encode(), _ESCAPED, _FREE), _free(f'{blank}"')]
        self._automaton: BytesAhoCorasick | None = None

    def may_hold(self, text: bytes) -> bool:
        """Tell whether a string or a key of this JSON text may hold an identifier; False is certain.

        Several texts may stand in it, with commas between them. Where it is not compact, and a blank stands
        beside a quote, more is suspected than need be.
        """
        if self._always:
            return True
        folded = text.decode("utf-8", "replace").casefold().encode() if self._folds else text.lower()
        if not self._is_in(folded):
            return False
        # numbers outside of strings are amounts: they are left out where they look like somebody's id
        strings = b",".join(_STRING.findall(folded))
        return self._is_in(strings, self._exact) or self._is_in(_OUTER.sub(b'"', strings), self._exact)

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which makes an automaton of its own."""
        return self.__dict__ | {"_automaton": None}

    def _is_in(self, folded: bytes, below: int | None = None) -> bool:
        if self._automaton is None:
            from ahocorasick_rs import BytesAhoCorasick

            self._automaton = BytesAhoCorasick([text for text, _, _ in self._patterns])
        end_of_text = len(folded)
        below = len(self._patterns) if below is None else below
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            _, before, after = self._patterns[number]
            if number >= below or (end < end_of_text and folded[end] in after):
                continue
            is_beside = start and folded[start - 1] in before
            # the letter of an escape (\n) is none of a word
            if is_beside and (before is _ESCAPED or start == 1 or folded[start - 2] != _BACKSLASH):
                continue
            return True
        return False


_BACKSLASH = ord("\\")


def _free(text: str) -> _Pattern:
    return text.encode(), _FREE, _FREE


def _bounded(text: str) -> _Pattern:
    """A text that is looked for from end to end: no word goes on beside a word of its own."""
    shown = text.encode()
    before = _WORD if shown[0] in _WORD else _FREE
    return shown, before, _WORD if shown[-1] in _WORD else _FREE
