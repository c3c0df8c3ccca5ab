"""Rule E02: no internal identifier leaves the house. A scan of decoded content, by token, set-based.

A token is a run of [A-Za-z0-9_-], compared without case. An identifier that holds other characters is looked
for as text, and only where its rarest token occurs. A purely numeric one of under five digits is a finding
only where a whole field equals it; a number that is a number (not a string) is an amount, and so is one
behind a dollar sign, and a formula that is nothing but a number ("3" in a column of percents).
"""

import getpass
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.sieve import Sieve

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r"[A-Za-z0-9]+")
_AMOUNT = re.compile(r"\$\s*$")
_SHORT_NUMBER = 5
_FORMULA = "formula_text"
_SHORT_HOST = 4


@dataclass(frozen=True)
class Found:
    """One identifier in one place.

    The value itself is for the operator's terminal, never for an outgoing file.
    """

    file: str
    key_path: str
    kind: str
    value: str


def collect(connection: "DuckDBPyConnection", source: Path | None, home: Path) -> list[tuple[str, str]]:
    """List (kind, value) of everything internal in the landed load: ids, source files, and this machine's own
    names.
    """
    pairs: list[tuple[str, str]] = []
    for column in ("client_id", "plan_id"):
        found = connection.execute(
            f"select distinct trim({column}) from raw.plan_designs where trim({column}) <> '' order by 1"
        ).fetchall()
        pairs += [(column, str(value)) for (value,) in found]
    found = connection.execute(
        "select distinct _file from raw.plan_designs where _file is not null"
        " union select distinct source_name from raw.load where source_name is not null order by 1"
    ).fetchall()
    pairs += [("source file", str(value)) for (value,) in found if "." in str(value) or "/" in str(value)]
    return pairs + machine(source, home)


def from_state(connection: "DuckDBPyConnection") -> list[tuple[str, str]]:
    """List every client_id that ever had a reference."""
    return of_clients(value for (value,) in connection.execute("select client_id from client_ref").fetchall())


def of_clients(client_ids: Iterable[str]) -> list[tuple[str, str]]:
    """List those that are not blank."""
    return [("client_id", value.strip()) for value in client_ids if value and value.strip()]


def machine(source: Path | None, home: Path) -> list[tuple[str, str]]:
    """List (kind, value) of this machine: paths, host names, the user's name."""
    places = [home, Path.home(), Path.cwd()] + ([source.resolve()] if source else [])
    # a folder right below the root is an everyday word behind a slash ("match/data")
    pairs = [("path", str(place)) for place in places if len(place.parts) > 2]
    if source:
        pairs.append(("source file", source.name))
    host = os.uname().nodename  # what socket.gethostname() says, without its import
    names = {host, host.split(".")[0]} - {""}
    pairs += [("host name" if len(name) >= _SHORT_HOST else "short name", name) for name in sorted(names)]
    # a person's name is often a word of a client's name, too: only a field that is nothing else is a finding
    user = os.environ.get("USER") or getpass.getuser()
    return [*pairs, ("short name", user)]


class Scanner:
    """Finds identifiers in decoded values.

    What holds none is passed by the sieve, at the speed of memory; cost of the rest is that of its tokens,
    whatever the number of identifiers.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._tokens: dict[str, tuple[str, str]] = {}
        self._mixed: set[str] = set()
        self._whole: dict[str, tuple[str, str]] = {}
        self._texts: dict[str, list[tuple[str, str, str]]] = {}
        texts: list[tuple[str, str, str]] = []
        for kind, value in pairs:
            low = value.casefold()
            if kind == "short name" or (low.isdigit() and len(low) < _SHORT_NUMBER):
                self._whole.setdefault(low, (kind, value))
            elif _TOKEN.fullmatch(value):
                self._tokens.setdefault(low, (kind, value))
                if _PART.fullmatch(value) and not low.isdigit() and not low.isalpha():
                    self._mixed.add(low)
            elif low:
                texts.append((low, kind, value))
        rarity = Counter(token for low, _, _ in texts for token in set(_TOKEN.findall(low)))
        for low, kind, value in texts:
            # text without any token (another script) has to be looked for in every file
            key = min(_TOKEN.findall(low), key=lambda token: (rarity[token], -len(token)), default="")
            self._texts.setdefault(key, []).append((low, kind, value))
        self._sieve = Sieve(self._tokens, self._mixed, self._whole, {low for low, _, _ in texts})

    def may_hold(self, text: bytes) -> bool:
        """Tell whether compact JSON text, or several with commas between, may hold any; False is certain."""
        return self._sieve.may_hold(text)

    def scan(self, file: str, value: Any) -> list[Found]:
        """Look through every string and key of a decoded file, and its name."""
        text = _as_json([file, value])
        if text is not None and not self._sieve.may_hold(text):
            return []
        return self._scan(file, value)

    def _scan(self, file: str, value: Any) -> list[Found]:
        """The rule itself, as if there were no sieve."""
        strings = [file, *(text for _, text in _strings(value))]
        folded = [text.casefold() for text in strings]
        tokens = set(_TOKEN.findall("\n".join(folded)))
        parts = set(_PART.findall("\n".join(folded))) if self._mixed else set()
        suspects = (
            tokens & self._tokens.keys()
            or parts & self._mixed
            or self._whole.keys() & {text.strip() for text in folded}
            or any(
                _occurs(low, text)
                for key in ({""} | tokens) & self._texts.keys()
                for low, _, _ in self._texts[key]
                for text in folded
            )
        )
        if not suspects:
            return []
        places = [("(file name)", file), *_strings(value)]
        return [Found(file, path, kind, name) for path, text in places for kind, name in self._in_text(text)]

    def in_text(self, text: str) -> list[tuple[str, str]]:
        """List (kind, value) of the identifiers in one string."""
        quoted = _as_json(text)
        if quoted is not None and not self._sieve.may_hold(quoted):
            return []
        return self._in_text(text)

    def _in_text(self, text: str) -> list[tuple[str, str]]:
        low = text.casefold()
        hits = {self._whole[low.strip()]} if low.strip() in self._whole else set()
        for match in _TOKEN.finditer(low):
            hit = self._tokens.get(match.group())
            if hit and not (match.group().isdigit() and _AMOUNT.search(low, 0, match.start())):
                hits.add(hit)
            hits.update(self._tokens[part] for part in _PART.findall(match.group()) if part in self._mixed)
        for key in ({""} | set(_TOKEN.findall(low))) & self._texts.keys():
            hits.update((kind, value) for name, kind, value in self._texts[key] if _occurs(name, low))
        return sorted(hits)


def is_amount(text: str) -> bool:
    """Tell whether a text is a bare number, as a rate, a year or a count is written: 3, 2.5 %, 1,200."""
    return text.strip().rstrip("% ").replace(",", "").replace(".", "", 1).isdigit()


def _occurs(name: str, text: str) -> bool:
    """Tell whether `name` is in `text` and not merely the middle of a longer word. Both are folded."""
    at = text.find(name)
    while at >= 0:
        around = text[at - 1 : at] + name[0], name[-1] + text[at + len(name) : at + len(name) + 1]
        if not any(len(pair) == 2 and _TOKEN.fullmatch(pair) for pair in around):
            return True
        at = text.find(name, at + 1)
    return False


def _as_json(value: Any) -> bytes | None:
    """Everything in a value that the rule looks at, and more; null for what JSON can't hold."""
    import orjson

    try:
        # a number, or whatever else is no text, is nothing that is looked at
        return orjson.dumps(value, default=lambda _: None)
    except TypeError:
        return None


def _strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            yield f"{here} (key)", str(key)
            if key == _FORMULA and isinstance(inner, str) and is_amount(inner):
                continue
            yield from _strings(inner, here)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{index}]")
