"""Reading one file that was handed in, whatever it is.

Each reason is written for the learner: what is wrong with the file, then what to do about it.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.grading.clean import plain
from autograder.grading.sanitise import CELL_LIMIT, GOOD_ID, new_cell
from course_utils.language import N_, _

FILE_LIMIT = 50 * 2**20
_SMALL = 64 * 1024
# Lists, objects and their members. Parsed, an empty list of two bytes takes sixty: the size of the file alone
# does not bound the memory.
PART_LIMIT = 2_000_000
_SAVE = N_("Open your notebook in JupyterLab, save it, and hand it in again.")
_CLEAR = N_("In JupyterLab, choose Edit > Clear Outputs of All Cells, save the notebook, and hand it in again.")
_ANEW = N_(
    "If JupyterLab can open it, save it there and hand it in again. If not, fetch the lesson anew, copy your answers "
    "into it, and hand that in."
)
_ITSELF = N_("Hand in the notebook itself, the file whose name ends in `.ipynb`.")
# How the files begin that are handed in in place of a notebook.
_SIGNATURES = (
    (b"PK\x03\x04", N_("a zip archive")),
    (b"%PDF", N_("a PDF document")),
    (b"\x1f\x8b", N_("a gzip archive")),
    (b"Rar!", N_("a RAR archive")),
    (b"7z\xbc\xaf", N_("a 7z archive")),
    (b"\x89PNG", N_("a picture")),
    (b"<!doctype html", N_("a web page")),
    (b"<html", N_("a web page")),
    (b"version https://git-lfs", N_("a Git LFS pointer")),
)


class Unreadable(Exception):
    """The file is no notebook; the text says why and what to do, in words for the learner.

    Attributes
    ----------
    ours : bool
        Whether the file may well be good and only this machine cannot read it.
    """

    def __init__(self, why: str, advice: str, ours: bool = False) -> None:
        super().__init__(_("The file could not be read as a notebook: {why}. {advice}", why=why, advice=_(advice)))
        self.ours = ours


def read_submission(path: Path) -> tuple[NotebookNode, str | None]:
    """Read a submitted file, whatever it is; never raises.

    Parameters
    ----------
    path : Path
        The file that was handed in.

    Returns
    -------
    NotebookNode
        As :func:`read_notebook` gives it; empty when the file cannot be read as a notebook.
    str or None
        Why it could not be read, and what to do.
    """
    try:
        return read_notebook(path), None
    except Unreadable as problem:
        return nbformat.v4.new_notebook(), str(problem)


def read_notebook(path: Path) -> NotebookNode:
    """Read a submitted file.

    Parameters
    ----------
    path : Path
        The file that was handed in.

    Returns
    -------
    NotebookNode
        A notebook of format 4 that holds each cell's type, id, source and nbgrader grade id, and
        nothing else.

    Raises
    ------
    Unreadable
        When it is no notebook.
    """
    return _tame(_parse(_content(path)))


def linked(folder: Path) -> bool:
    """Whether a submission's folder, or the one above it, is a link: then it is somebody else's folder.

    Parameters
    ----------
    folder : Path
        The folder of one submission, below that of the student or of the assignment.
    """
    return folder.is_symlink() or folder.parent.is_symlink()


def small_file(path: Path) -> bytes | None:
    """Return what a small regular file of a submission holds; None for a link, a pipe, a folder or nothing.

    Parameters
    ----------
    path : Path
        A file directly in the submission's folder.
    """
    if linked(path.parent):
        return None
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        content = file.read(_SMALL + 1)
    return content if len(content) <= _SMALL else None


def _content(path: Path) -> bytes:
    try:
        # lstat, because a link could point at a classmate's work or at the reference solution.
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise Unreadable(_("it is a link to another file, and links are not followed"), _ITSELF)
        if stat.S_ISDIR(kind):
            raise Unreadable(_("it is a folder, not a file"), _ITSELF)
        if not stat.S_ISREG(kind):
            raise Unreadable(_("it is not a file that can be read"), _ITSELF)
        # Without waiting: between the two calls, the file may have become a pipe.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        advice = N_("This may be no fault of yours: a person will look at it.")
        raise Unreadable(_("it cannot be opened here ({reason})", reason=said), advice, ours=True) from error
    if len(content) > FILE_LIMIT:
        raise Unreadable(_("it is larger than {size} MB", size=FILE_LIMIT // 2**20), _CLEAR)
    if not content.strip():
        raise Unreadable(_("it is empty"), _SAVE)
    return content


def _parse(content: bytes) -> dict[str, Any]:
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, kind in _SIGNATURES:
        if start.startswith(signature.lower()):
            raise Unreadable(_("it is {kind}, not a notebook", kind=_(kind)), _ITSELF)
    if sum(map(content.count, (b",", b"[", b"{"))) > PART_LIMIT:
        raise Unreadable(_("it holds millions of values, most likely in its outputs"), _CLEAR)
    try:
        parsed = json.loads(content.decode(json.detect_encoding(content)))
    except UnicodeDecodeError as error:
        raise Unreadable(
            _("its text is not in the encoding UTF-8, so it was damaged or is no notebook"), _ANEW
        ) from error
    except json.JSONDecodeError as error:
        raise _no_json(content, error) from error
    except (RecursionError, ValueError, MemoryError) as error:
        raise Unreadable(_("its JSON is nested too deeply or holds numbers that are too long"), _ANEW) from error
    if not isinstance(parsed, dict):
        raise Unreadable(_("it is JSON, but it holds no notebook"), _ITSELF)
    if not isinstance(parsed.get("cells"), list) and not isinstance(parsed.get("worksheets"), list):
        raise Unreadable(_("it is JSON, but it has no cells, so it is no notebook"), _ITSELF)
    return parsed


def _no_json(content: bytes, error: json.JSONDecodeError) -> Unreadable:
    if content.startswith(b"<<<<<<<") or b"\n<<<<<<<" in content:
        line = content[: content.find(b"<<<<<<<")].count(b"\n") + 1
        return Unreadable(
            _("it holds an open conflict of Git's (line {line})", line=line),
            N_("Settle the conflict, open the notebook in JupyterLab, and hand it in again."),
        )
    why = _("line {line} is no valid JSON, so it was cut off or changed outside JupyterLab", line=error.lineno)
    return Unreadable(why, _ANEW)


def _tame(parsed: dict[str, Any]) -> NotebookNode:
    """Keep of each cell what the sanitiser looks at: no depth, no size, no surprise is left."""
    cells = parsed.get("cells")
    if not isinstance(cells, list):
        sheets = [sheet for sheet in parsed["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    notebook = nbformat.v4.new_notebook()
    # One more than the limit, so that the sanitiser sees that there are too many and says so.
    taken: set[str] = set()
    for position, raw in enumerate(cells[: CELL_LIMIT + 1]):
        if isinstance(raw, dict):
            cell = _tame_cell(raw)
            # nbconvert would give a cell without an id of its own a new one at random.
            if cell["id"] in taken or not GOOD_ID.fullmatch(cell["id"]):
                cell["id"] = f"handed-in-{position}"
            taken.add(cell["id"])
            notebook.cells.append(cell)
    return notebook


def _tame_cell(raw: dict[str, Any]) -> NotebookNode:
    kind = "code" if raw.get("cell_type") == "code" else "markdown"
    cell = new_cell(kind, plain(raw.get("source", raw.get("input"))), plain(raw.get("id"))[:64])
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    if isinstance(grade_id, str) and grade_id:
        cell.metadata["nbgrader"] = NotebookNode({"grade_id": plain(grade_id)[:200]})
    return cell


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
