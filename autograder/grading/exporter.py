"""How nbgrader gets at what was handed in, even when it is no notebook or goes by another name."""

from __future__ import annotations

import fnmatch
import functools
import glob
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde

from autograder.grading.handed_in import look
from autograder.grading.lock import guard
from autograder.grading.marks import forget_marks
from autograder.grading.reading import linked, read_submission
from autograder.grading.trusted import trusted_notebook

__all__ = ["SafeNotebookExporter", "read_submission"]


class SafeNotebookExporter(NotebookExporter):
    """nbconvert's notebook exporter, for submissions that may be anything.

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
        """Convert what was handed in; where it holds no notebook, an empty one is graded."""
        if not getattr(self.parent, "_sanitizing", True):
            return super().from_filename(filename, resources, **kw)
        resources = self._init_resources(resources)
        resources["metadata"]["name"] = Path(filename).stem
        resources["metadata"]["path"] = str(Path(filename).parent)
        about = resources["nbgrader"]
        if about.get("db_url"):
            # From here on there is no old mark: whatever happens next, none can stay by accident.
            forget_marks(about["db_url"], about["assignment"], about["student"], about["notebook"])
        coursedir = getattr(self.parent, "coursedir")  # noqa: B009 (nbgrader's converter)
        trusted = trusted_notebook(coursedir, about["assignment"], about["notebook"])
        names = notebook_names(coursedir, about["assignment"])
        found = look(Path(filename).parent, about["notebook"], trusted, names)
        if found.problem is not None:
            self.log.warning("%s: %s", filename, found.problem)
        about["handed_in"] = found
        return self.from_notebook_node(found.notebook, resources, **kw)


def notebook_names(coursedir: Any, assignment: str) -> list[str]:
    """Return the names of an assignment's notebooks, without extension.

    Parameters
    ----------
    coursedir : nbgrader.coursedir.CourseDirectory
        Where the course's folders are.
    assignment : str
        For example ``"05_softmax_regression"``.
    """
    for step in (coursedir.release_directory, coursedir.source_directory):
        names = sorted(path.stem for path in Path(coursedir.format_path(step, ".", assignment)).glob("*.ipynb"))
        if names:
            return names
    return []


def _expect_notebooks(listed: Callable[[Autograde], None]) -> Callable[[Autograde], None]:
    """Make nbgrader's list of submissions one of the notebooks that are due, not of the files that are there.

    nbgrader passes over a submission without a notebook, and gives up when it was the only one: no mark,
    no page, no record, and an old mark stays. Nothing of its configuration reaches that step, so it is
    wrapped; a converter that does not use :class:`SafeNotebookExporter` is left alone.
    """

    @functools.wraps(listed)
    def init_notebooks(self: Autograde) -> None:
        if not issubclass(self.exporter_class, SafeNotebookExporter):
            listed(self)
            return
        assignment = self.coursedir.assignment_id
        due = fnmatch.filter(notebook_names(self.coursedir, assignment), self.coursedir.notebook_id)
        pattern = self._format_source(assignment, self.coursedir.student_id)
        # A folder's name may look like a pattern that does not match it; formgrader's button gives the name.
        named = {*glob.glob(pattern), pattern}
        folders = [folder for folder in named if Path(folder).is_dir() or Path(folder).is_symlink()]
        if not due or not folders:
            listed(self)  # it says what is wrong
            return
        self.notebooks = []
        self.assignments = {folder: [str(Path(folder) / f"{name}.ipynb") for name in due] for folder in folders}

    return init_notebooks


def _across_lines(formatted: Callable[..., str]) -> Callable[..., str]:
    """Let nbgrader find out whose folder it has also where there is a line break in the name.

    It gives up on the class when its expression does not match one of the paths.
    """

    @functools.wraps(formatted)
    def format_source(self: Autograde, assignment_id: str, student_id: str, escape: bool = False) -> str:
        path = formatted(self, assignment_id, student_id, escape=escape)
        return f"(?s){path}" if escape and issubclass(self.exporter_class, SafeNotebookExporter) else path

    return format_source


def _copy_nothing_linked(prepared: Callable[[Autograde, str, str], None]) -> Callable[[Autograde, str, str], None]:
    """Let nbgrader copy no file of a submission whose folder is a link: they are somebody else's.

    A hook cannot refuse it, because nbgrader goes on when one fails.
    """

    @functools.wraps(prepared)
    def init_assignment(self: Autograde, assignment_id: str, student_id: str) -> None:
        source = Path(self._format_source(assignment_id, student_id))
        if not (issubclass(self.exporter_class, SafeNotebookExporter) and linked(source)):
            prepared(self, assignment_id, student_id)
            return
        self._format_source = lambda *_, **__: os.devnull  # a folder in which there is nothing
        try:
            prepared(self, assignment_id, student_id)
        finally:
            del self._format_source

    return init_assignment


# nbgrader imports this module when it makes its converter, because the configuration names the exporter in it;
# so whatever starts the grading, the steps are wrapped before they run, and once.
if not hasattr(Autograde.init_notebooks, "__wrapped__"):
    Autograde.init_notebooks = _expect_notebooks(Autograde.init_notebooks)
    Autograde._format_source = _across_lines(Autograde._format_source)
    Autograde.init_assignment = _copy_nothing_linked(Autograde.init_assignment)
