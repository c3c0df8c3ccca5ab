"""A strict reader of Prometheus' text format 0.0.4, written from its description and not from our writer."""

import re
from typing import NamedTuple

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)\Z")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|\Z)')
_SUFFIXES = {"summary": ("", "_sum", "_count"), "gauge": ("",), "counter": ("",)}


class Sample(NamedTuple):
    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


def parse(text: str) -> dict[str, tuple[str, list[Sample]]]:
    """By metric: its type and samples. AssertionError for anything that a scraper may refuse."""
    assert text.endswith("\n"), "the last line must end with a line feed"
    found: dict[str, tuple[str, list[Sample]]] = {}
    seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    helped, current = "", ""
    for line in text.removesuffix("\n").split("\n"):
        assert line == line.strip(), line
        if line.startswith("# HELP "):
            helped = line.split(" ", 3)[2]
            assert helped not in found, f"{helped} is described twice"
            assert not re.search(r"\\(?![\\n])", line), line
        elif line.startswith("# TYPE "):
            _, _, current, kind = line.split(" ")
            assert current == helped, "TYPE without its HELP"
            assert kind in _SUFFIXES, kind
            found[current] = (kind, [])
        else:
            match = _SAMPLE.match(line)
            assert match, line
            name, labels = match[1], _labels(match[2])
            kind, samples = found[current]
            assert name in [current + suffix for suffix in _SUFFIXES[kind]], f"{name} is not of {current}"
            assert (name == current and kind == "summary") == any(key == "quantile" for key, _ in labels)
            assert (name, labels) not in seen, f"twice: {line}"
            seen.add((name, labels))
            samples.append(Sample(name, labels, float(match[3])))
    assert all(samples for _, samples in found.values())
    return found


def _labels(text: str | None) -> tuple[tuple[str, str], ...]:
    found, at = [], 0
    while text and at < len(text):
        match = _LABEL.match(text, at)
        assert match, text[at:]
        found.append((match[1], re.sub(r"\\(.)", lambda sign: {"n": "\n"}.get(sign[1], sign[1]), match[2])))
        at = match.end()
    names = [key for key, _ in found]
    assert len(names) == len(set(names)), names
    return tuple(sorted(found))
