"""CSV files that may be opened in a spreadsheet: no field of theirs is ever taken for a formula."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

# What starts a formula. A sign is looked at in its plain form, so that full-width and small variants count too.
_SIGNS = frozenset("=+-@|%\N{MINUS SIGN}")
# Where a spreadsheet that is told another separator, or loses count of the quotes, begins a new cell.
_CUT = re.compile(r'[,;|"]')
# Line ends of every kind, tabs and other control characters: none of them belongs in a cell.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def safe_field(value: object) -> object:
    """Return a table field that no spreadsheet takes for a formula.

    A text that begins with a sign which starts a formula gets an apostrophe before it, and so does what
    follows a separator or a quote inside the text; line ends and tabs become spaces. A lone ``-``, a
    common way to write "no mark", stays. What is no text stays what it is: numbers stay numbers.
    """
    if not isinstance(value, str):
        return value
    text = _BREAKS.sub(" ", value).encode("utf-8", "replace").decode("utf-8")
    if text == "-":
        return text
    made, start = "", 0
    for cut in _CUT.finditer(text):
        made += _guarded(text[start : cut.start()]) + cut[0]
        start = cut.end()
    return _guarded(made + _guarded(text[start:]))  # a separator can itself be such a sign


def _guarded(piece: str) -> str:
    for sign in piece:
        # Spaces and invisible characters are skipped, as spreadsheets skip some of them.
        if not sign.isspace() and unicodedata.category(sign) not in ("Cf", "Cn", "Co", "Mn"):
            return "'" + piece if _SIGNS & set(unicodedata.normalize("NFKC", sign)[:1]) else piece
    return piece


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], mark: bool = True) -> None:
    """Write a CSV file in UTF-8.

    Parameters
    ----------
    path : Path
        The file.
    header : sequence of str
        Its first row.
    rows : iterable of sequences
        Every field goes through :func:`safe_field`; None becomes an empty field.
    mark : bool
        Whether to begin with a byte order mark. Spreadsheets need one to read names that are not ASCII;
        programs that import the file know its encoding and could take the mark for a part of the first heading.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe_field(field) for field in header])
        writer.writerows([safe_field(field) for field in row] for row in rows)
