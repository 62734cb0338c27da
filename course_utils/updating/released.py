"""What a cell was when it was released, told from the cell alone.

No release but the new one is at hand when a lesson is updated. It need not be: the id of a cell of text or code holds
a hash of what was released, and an answer or check cell has nbgrader's checksum. So it shows whether somebody has
changed a cell.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

# These names and ids are given by autograder/build/weave.py, which can import nothing from here.
CHECK_PREFIX = "check-"
HEADER_PREFIX = "head-"

_PLAIN_ID = re.compile(r"(markdown|code|raw)-([0-9a-f]{8})(-[0-9]+)?")
# The line above an exercise has its exercise's name for an id. What it says follows from a few numbers.
_HEADER = re.compile(r"### Exercise \d+: `\w+`\n\nDifficulty [★☆]{3} \([1-3] of 3\) · [\d.]+ minutes? · [\d.]+ points?")

Cell = Mapping[str, Any]


def plain_id(kind: str, source: str) -> str:
    """Return the id of a released cell that is neither an answer nor a check: a hash of its text is in it."""
    digest = hashlib.sha1(source.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:8]
    return f"{kind}-{digest}"


def is_plain_id(cell_id: str) -> bool:
    """Whether an id is of the form that :func:`plain_id` gives, or such a one with a count behind it."""
    return _PLAIN_ID.fullmatch(cell_id) is not None


def without_count(cell_id: str) -> str:
    """Return an id without the number that tells cells of the same text apart."""
    found = _PLAIN_ID.fullmatch(cell_id)
    return f"{found[1]}-{found[2]}" if found else cell_id


def nbgrader_of(cell: Cell) -> Mapping[str, Any]:
    """Return nbgrader's entry in a cell's metadata; empty where there is none that names the cell."""
    entry = cell["metadata"].get("nbgrader")
    if isinstance(entry, Mapping) and isinstance(entry.get("grade_id"), str) and entry["grade_id"]:
        return entry
    return {}


def is_answer(cell: Cell) -> bool:
    """Whether learners write this cell."""
    return bool(nbgrader_of(cell).get("solution"))


def is_locked(cell: Cell) -> bool:
    """Whether this is a cell of nbgrader's that learners leave as it is."""
    return bool(nbgrader_of(cell)) and not is_answer(cell)


def checksum(cell: Cell, source: str | None = None) -> str:
    """Return nbgrader's checksum of an answer or check cell, or of one with another source.

    nbgrader's own function would do, but importing it takes seconds.
    """
    entry = nbgrader_of(cell)
    grade, solution = entry.get("grade", False), entry.get("solution", False)
    locked = False if solution else True if grade else entry.get("locked", False)
    parts = [cell["source"] if source is None else source, cell["cell_type"], str(grade), str(solution), str(locked)]
    parts.append(entry["grade_id"])
    if grade:
        parts.append(str(float(entry.get("points", 0))))
    return hashlib.md5("".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def as_released(cell: Cell) -> bool | None:
    """Whether a cell holds what was released, in whichever release; None where nothing tells.

    Parameters
    ----------
    cell : NotebookNode
        A cell with ``id``, ``cell_type``, ``source`` and ``metadata``.

    Returns
    -------
    bool or None
        Blank lines around an answer do not count as a change.
    """
    entry = nbgrader_of(cell)
    if entry:
        found = entry.get("checksum")
        if not isinstance(found, str):
            return None
        texts = {cell["source"], cell["source"].strip("\n"), cell["source"].strip()}
        return any(checksum(cell, text) == found for text in texts)
    cell_id = str(cell.get("id", ""))
    if is_plain_id(cell_id):
        return without_count(cell_id) == plain_id(cell["cell_type"], cell["source"])
    if cell_id.startswith(HEADER_PREFIX) and _HEADER.fullmatch(cell["source"]):
        return True
    return None
