"""What an org's refusal of one record means: seeds/crm_errors.csv, read once a delivery.

A code that does not stand there is final, and says so: nobody has decided that it passes by itself.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.config import PROJECT
from harness.errors import SourceError
from harness.http_faults import short

TABLE = Path("seeds", "crm_errors.csv")
_CODE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*:\s*(.*)", re.DOTALL)
_FIELDS = re.compile(r":?([^:]*)--\s*\Z")


@dataclass(frozen=True)
class RowError:
    """One refusal: its code, whether it may pass by itself, and a sentence for people."""

    code: str
    is_transient: bool
    sentence: str


def row_error(said: str, project: Path = PROJECT) -> RowError:
    """Read sf__Error ("CODE:message:fields--") or a job's errorMessage ("Code : message")."""
    code, words = parts(said)
    known = _table(project / TABLE)
    if code in known:
        is_transient, sentence = known[code]
        return RowError(code, is_transient, f"{sentence}: {words}" if words else sentence)
    return RowError(
        code or "unclassified",
        False,
        f"the org refuses the record: {words or 'it says nothing'} (a code that {TABLE} does not list, and"
        " therefore final)",
    )


def is_classified(said: str, project: Path = PROJECT) -> bool:
    """Whether the table has this message's code."""
    return parts(said)[0] in _table(project / TABLE)


def parts(said: str) -> tuple[str, str]:
    """The code, and the org's words on one line, with the fields that it names."""
    found = _CODE.match(said)
    code, words = (found[1], found[2]) if found else ("", said)
    fields = _FIELDS.search(words)
    if fields:
        words = words[: fields.start()] + (f" ({fields[1].strip()})" if fields[1].strip() else "")
    return code, short(words).strip()


@cache
def _table(path: Path) -> dict[str, tuple[bool, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        found = {row["status_code"]: (row["error_class"] == "transient", row["sentence"]) for row in rows}
        odd = {row["error_class"] for row in rows} - {"transient", "terminal"}
    except (OSError, KeyError, csv.Error) as error:
        raise SourceError("bad_seed", f"{path}: {error}", "restore the file from the repository") from error
    if odd or len(found) < len(rows):
        what = f"an error_class {sorted(odd)[0]!r}" if odd else "a status_code twice"
        raise SourceError("bad_seed", f"{path}: {what}", "each code once, transient or terminal")
    return found
