"""Reading what was handed in, even when it is no notebook."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode

from autograder.grading.clean import plain
from autograder.grading.lock import guard
from autograder.grading.marks import forget_marks
from autograder.grading.sanitise import CELL_LIMIT, new_cell

FILE_LIMIT = 50 * 2**20


class Unreadable(Exception):
    """The file is no notebook; the text says why, in words for the learner."""


def read_submission(path: Path) -> tuple[NotebookNode, str | None]:
    """Read a submitted file, whatever it is.

    Parameters
    ----------
    path : Path
        The file that was handed in.

    Returns
    -------
    NotebookNode
        A notebook of format 4 that holds each cell's type, id, source and nbgrader grade id, and
        nothing else; empty when the file cannot be read as a notebook.
    str or None
        Why it could not be read, in one sentence.
    """
    try:
        return _tame(_parse(_content(path))), None
    except Unreadable as problem:
        return nbformat.v4.new_notebook(), f"The file could not be read as a notebook: {problem}."


def _content(path: Path) -> bytes:
    try:
        # lstat, because a link could point at a classmate's work or at the reference solution.
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise Unreadable("it is a link to another file")
        if not stat.S_ISREG(kind):
            raise Unreadable("it is not a file")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            content = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be opened ({error.strerror})") from error
    if len(content) > FILE_LIMIT:
        raise Unreadable(f"it is larger than {FILE_LIMIT // 2**20} MB; clear its outputs and hand it in again")
    if not content.strip():
        raise Unreadable("it is empty")
    return content


def _parse(content: bytes) -> dict[str, Any]:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        parsed = json.loads(content.decode(encoding))
    except UnicodeDecodeError as error:
        raise Unreadable("its text is not in the encoding UTF-8") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is no valid JSON (line {error.lineno}); it may have been cut off") from error
    except (RecursionError, ValueError, MemoryError) as error:
        raise Unreadable("its JSON is nested too deeply or holds numbers that are too long") from error
    if not isinstance(parsed, dict):
        raise Unreadable("it is JSON, but it holds no notebook")
    if not isinstance(parsed.get("cells"), list) and not isinstance(parsed.get("worksheets"), list):
        raise Unreadable("it is JSON, but it has no cells")
    return parsed


def _tame(parsed: dict[str, Any]) -> NotebookNode:
    """Keep of each cell what the sanitiser looks at: no depth, no size, no surprise is left."""
    cells = parsed.get("cells")
    if not isinstance(cells, list):
        sheets = [sheet for sheet in parsed["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    notebook = nbformat.v4.new_notebook()
    # One more than the limit, so that the sanitiser sees that there are too many and says so.
    for raw in cells[: CELL_LIMIT + 1]:
        if isinstance(raw, dict):
            notebook.cells.append(_tame_cell(raw))
    return notebook


def _tame_cell(raw: dict[str, Any]) -> NotebookNode:
    code = raw.get("cell_type") == "code"
    source = plain(raw.get("source", raw.get("input")))
    cell = new_cell("code" if code else "markdown", source, plain(raw.get("id"))[:64])
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    if isinstance(grade_id, str) and grade_id:
        cell.metadata["nbgrader"] = NotebookNode({"grade_id": plain(grade_id)[:200]})
    return cell


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class SafeNotebookExporter(NotebookExporter):
    """nbconvert's notebook exporter, for files that may be anything.

    Set as ``c.Autograde.exporter_class``. nbgrader uses it twice for each submission: to sanitise
    what was handed in, and to grade what the first pass wrote. Only the first reads a stranger's file.
    """

    def __init__(self, config: Any = None, **kw: Any) -> None:
        super().__init__(config, **kw)
        if hasattr(self.parent, "convert_notebooks"):
            guard(self.parent)

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Convert the file; one that is no notebook is graded as an empty notebook."""
        if not getattr(self.parent, "_sanitizing", True):
            return super().from_filename(filename, resources, **kw)
        resources = self._init_resources(resources)
        resources["metadata"]["name"] = Path(filename).stem
        resources["metadata"]["path"] = str(Path(filename).parent)
        about = resources.get("nbgrader") or {}
        if about.get("db_url"):
            # From here on there is no old mark: whatever happens next, none can stay by accident.
            forget_marks(about["db_url"], about["assignment"], about["student"], about["notebook"])
        notebook, problem = read_submission(Path(filename))
        if problem is not None:
            self.log.warning("%s: %s", filename, problem)
            resources.setdefault("nbgrader", {})["unreadable"] = problem
        return self.from_notebook_node(notebook, resources, **kw)
