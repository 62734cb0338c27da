"""The notebook that a submission is held against: the one that learners were given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode


def trusted_notebook(coursedir: Any, assignment: str, notebook: str) -> NotebookNode:
    """Return the release notebook of an assignment.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
        Where the course's folders are.
    assignment, notebook : str
        Names without extension.

    Raises
    ------
    FileNotFoundError
        When the course has neither a release nor a source notebook of that name.
    """
    for folder, released in ((coursedir.release_directory, True), (coursedir.source_directory, False)):
        path = Path(coursedir.format_path(folder, ".", assignment)) / f"{notebook}.ipynb"
        if path.is_file():
            found = nbformat.read(path, as_version=4)
            return found if released else _without_solutions(found, coursedir)
    raise FileNotFoundError(f"There is no release of {assignment}/{notebook}; run `course build`, then grade again.")


def _without_solutions(source: NotebookNode, coursedir: Any) -> NotebookNode:
    from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells

    resources: dict[str, Any] = {"nbgrader": {}}
    for step in (LockCells, ClearSolutions, ClearOutput, ComputeChecksums):
        source, resources = step(parent=coursedir).preprocess(source, resources)
    return source
