"""Bytes to text, once for CSV and documents, so that both take what Excel and editors really save."""

from __future__ import annotations

import codecs

from harness.errors import SourceError

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(data: bytes, file: str) -> tuple[str, list[str]]:
    """Text of a file and notes about its encoding: UTF-8 (a byte order mark or not), else Windows-1252.

    SourceError names the line that is neither.
    """
    if data.startswith(_WIDE_MARKS):
        try:
            return data.decode("utf-16"), [f"{file}: read as UTF-16, as its byte order mark says"]
        except UnicodeDecodeError as fault:
            raise _undecodable(data, fault, file, "not UTF-16, as the byte order mark says") from fault
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as fault:
        line = _line_of(data, fault.start)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as fault:
        raise _undecodable(data, fault, file, "neither UTF-8 nor Windows-1252") from fault
    return text, [f"{file}: is not UTF-8 (line {line}); it was read as Windows-1252"]


def _undecodable(data: bytes, fault: UnicodeDecodeError, file: str, problem: str) -> SourceError:
    return SourceError(
        "undecodable",
        f"{file}, line {_line_of(data, fault.start)}: byte 0x{data[fault.start]:02x} is {problem}",
        "Save the file as UTF-8 and run again.",
    )


def _line_of(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1
