"""CSV cells that no spreadsheet takes for a formula, and that read back as they were."""

_FORMULA = tuple("=+-@＝＋－＠")
_BREAKS = ("\t", "\r", "\n")


def _is_risky(text: str) -> bool:
    """Whether a spreadsheet might run it: blanks and apostrophes in front change nothing about that."""
    bare = text.lstrip("'")
    return bare.startswith(_BREAKS) or bare.lstrip().startswith(_FORMULA)


def protected(text: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would read a formula."""
    return f"'{text}" if _is_risky(text) else text


def unprotected(cell: str) -> str:
    """The text that `protected` was given; a cell that was typed by hand is left as it is."""
    return cell[1:] if cell.startswith("'") and _is_risky(cell) else cell
