"""One Excel cell as the text that a person sees, without the noise of binary numbers."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from harness.extract.source import Text

# Excel keeps and shows 15 significant digits; what a double has beyond them is noise.
_DIGITS = ".15g"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")  # ECMA-376 ST_Xstring: how a workbook writes NUL and its like
_QUOTED = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].')


def cell_text(cell: Any) -> Text:
    """Text of an openpyxl cell, None for one that holds nothing.

    Text and error values (#N/A) stay as they are; 0.055 formatted as a percentage is '5.5%', 13000.0 '13000',
    a date ISO 8601 (with a time only where it is not midnight), a boolean true or false.
    """
    value = None if cell is None else cell.value
    if value is None:
        return None
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value, cell.number_format or "General")
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)


def number_text(value: int | float, number_format: str) -> str:
    """A number as its cell shows it: a percent sign in the format scales, a quoted one is only shown."""
    exact = Decimal(value) if isinstance(value, int) else Decimal(format(value, _DIGITS))
    if "%" in _QUOTED.sub("", number_format):
        return _plain(exact.scaleb(2)) + "%"
    shown = any("%" in (quoted or escaped) for quoted, escaped in _QUOTED.findall(number_format))
    return _plain(exact) + ("%" if shown else "")


def _plain(number: Decimal) -> str:
    """Digits without an exponent and without zeros that say nothing."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
