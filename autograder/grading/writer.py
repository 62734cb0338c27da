"""The one writer of a run: what was graded becomes notebooks, and marks in the gradebook.

It leaves what ``nbgrader autograde`` leaves with this course's steps, but for the other files of a submission,
and costs less: each notebook is converted once, the gradebook is opened once for a run, and a submission is one
commit, or two when it had marks.

A kill can come at any moment, so a submission goes through these states and no others:

1. its old result, complete: marks in the gradebook, and the notebook that belongs to them;
2. not graded: the old marks are taken back (one commit), whatever lies in its folder;
3. still not graded: the new folder, written under another name, takes the old one's place;
4. its new result, complete: the new marks are in the gradebook (one commit).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades

from autograder.grading.assess import Record
from autograder.grading.course import Course
from autograder.grading.execute import write_outputs
from autograder.grading.gradebook import BookMarks, Known, MarkBook, Penalty, parse_time
from autograder.grading.lock import GRADEBOOK, held
from autograder.grading.marks import auto_comment, auto_score, verdict_data
from autograder.grading.reading import small_file
from autograder.grading.sanitise import Sanitise
from autograder.grading.terms import OURS, UNGRADED_TYPE, code_cells, is_check, score

LOG = logging.getLogger("autograder.grading")
# Nothing else that was handed in is copied: the answers lie in the notebook, and feedback needs these two.
_COPIED = ("timestamp.txt", "submission_secret.txt")


@dataclass(frozen=True)
class Book:
    """One notebook of a submission: sanitised, with what grading it gave."""

    name: str
    notebook: NotebookNode
    record: Record

    def points(self) -> tuple[float, float]:
        """Return the points earned and the points there are."""
        earned = most = 0.0
        for cell, result in zip(code_cells(self.notebook), self.record.cells, strict=True):
            if is_check(cell):
                worth = float(cell.metadata.nbgrader.points)
                most += worth
                earned += score(worth, float(result["verdict"]["credit"])) if "verdict" in result else 0.0
        return earned, most


class Writer:
    """Writes the results of one assignment. One at a time, and only under the assignment's lock.

    Parameters
    ----------
    course : Course
        The course.
    assignment : str
        The assignment.
    trusted : iterable of NotebookNode
        Its release notebooks.

    Raises
    ------
    GradingError
        When the gradebook does not know the assignment.
    nbgrader.nbgraderformat.ValidationError
        When the release's metadata is none of nbgrader's.
    """

    def __init__(self, course: Course, assignment: str, trusted: Iterable[NotebookNode]) -> None:
        self.course = course
        self.assignment = assignment
        self._converter = Autograde(coursedir=course.directory(assignment), config=course.config, log=LOG)
        self._exporter = self._converter.exporter_class(parent=self._converter, config=course.config)
        self._before = self._steps(self._converter.sanitize_preprocessors)
        self._after = self._steps(self._converter.autograde_preprocessors)
        # What nbgrader checks of each submission twice is the course's own metadata, in all of them the same.
        for notebook in trusted:
            MetadataValidator().validate_nb(notebook)
        self._mode = int(str(self._converter.permissions), 8)
        self._marks = MarkBook(course, assignment)
        self._known = self._marks.known()
        self._remove_left_overs()

    def close(self) -> None:
        """Close the gradebook."""
        self._marks.close()

    def up_to_date(self, student: str, books: Sequence[Book]) -> bool:
        """Whether gradebook and notebooks already say what this result says.

        If so, and the submission is late, its penalty is worked out anew: that rests on more than the result.

        Parameters
        ----------
        student : str
            Whose submission.
        books : sequence of Book
            Its notebooks, with their results.
        """
        known = self._known.get(student)
        if known is None or self._handed_in(student) != known.timestamp:
            return False
        folder = self.course.folder("autograded", self.assignment, student)
        for book in books:
            due = {name: mark for name, mark in self._due(book).items() if name}
            has = known.marks.get(book.name, {})
            if any(mark is None or has.get(name) != mark for name, mark in due.items()):
                return False
            ours = _ours(folder / f"{book.name}.ipynb")
            if (ours.get("key"), ours.get("unreadable")) != (book.record.key, _unreadable(book.notebook)):
                return False
        if known.late:
            with self._alone():
                self._marks.renew_penalty(student, [book.name for book in books], self._penalty())
        return True

    def write(self, student: str, books: Sequence[Book]) -> str | None:
        """Write a submission's notebooks and marks; return why a check is left for staff, if one is.

        Parameters
        ----------
        student : str
            Whose submission.
        books : sequence of Book
            Its notebooks, with their results.

        Raises
        ------
        GradingError
            When the submission's time cannot be read, or the gradebook does not know a cell.
        """
        timestamp = self._handed_in(student)
        target = self.course.folder("autograded", self.assignment, student)
        fresh = target.with_name(f".{target.name}.new")
        _remove(fresh)
        fresh.mkdir(parents=True)
        marks = {book.name: self._convert(student, book, fresh) for book in books}
        self._copy_files(student, fresh)
        with self._alone():
            if _has_marks(self._known.get(student)):
                self._marks.forget(student)
            _put_in_place(fresh, target)
            self._marks.write(student, timestamp, marks, self._penalty())
        left = (verdict_data(cell, UNGRADED_TYPE) for book in books for cell in book.notebook.cells)
        return next((str(reason.get("reason")) for reason in left if reason), None)

    def forget(self, student: str) -> None:
        """Leave a submission ungraded: no automatic mark, and no notebook that speaks of one."""
        with self._alone():
            self._marks.forget(student)
            _remove(self.course.folder("autograded", self.assignment, student))

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return held(self.course.root, GRADEBOOK, f"course grade {self.assignment}", tell=LOG.warning)

    def _steps(self, classes: Sequence[Any]) -> list[Any]:
        self._exporter._preprocessors = []
        for one in classes:
            self._exporter.register_preprocessor(one)
        return [step for step in self._exporter._preprocessors if getattr(step, "enabled", True)]

    def _convert(self, student: str, book: Book, folder: Path) -> BookMarks:
        """Take a notebook through nbgrader's steps, ours in their places, and write it."""
        about = {"student": student, "assignment": self.assignment, "notebook": book.name, "db_url": self.course.db_url}
        path = {"name": book.name, "path": str(folder)}
        resources: Any = {"unique_key": book.name, "nbgrader": about, "metadata": path}
        notebook, marks = book.notebook, BookMarks()
        for step in self._before:
            if not isinstance(step, Sanitise | CheckCellMetadata):
                notebook, resources = step.preprocess(notebook, resources)
        for step in self._after:
            if isinstance(step, Execute):
                write_outputs(notebook, book.record)
            elif isinstance(step, SaveAutoGrades):
                marks = _read_marks(notebook)
            elif not isinstance(step, AssignLatePenalties | CheckCellMetadata):
                notebook, resources = step.preprocess(notebook, resources)
        text = nbformat.v4.writes_json(notebook)
        self._write_file(folder / f"{book.name}.ipynb", (text if text.endswith("\n") else text + "\n").encode())
        return marks

    def _write_file(self, path: Path, content: bytes) -> None:
        with open(path, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), self._mode)
            file.flush()
            os.fsync(file.fileno())

    def _copy_files(self, student: str, folder: Path) -> None:
        submitted = self.course.folder("submitted", self.assignment, student)
        for name in _COPIED:
            content = small_file(submitted / name)
            if content is not None:
                self._write_file(folder / name, content)
        source = self.course.folder("source", self.assignment)
        ignored = [*self._converter.coursedir.ignore, "*.ipynb"]
        for given in utils.find_all_files(str(source), ignored):
            copy = folder / os.path.relpath(given, source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copy(given, copy)
            os.chmod(copy, self._mode)

    def _handed_in(self, student: str) -> Any:
        path = self.course.folder("submitted", self.assignment, student) / "timestamp.txt"
        return parse_time((small_file(path) or b"").decode("utf-8", "replace"))

    def _due(self, book: Book) -> dict[str, float | None]:
        """Return the marks that this result gives, by grade id."""
        due: dict[str, float | None] = {}
        for cell, result in zip(code_cells(book.notebook), book.record.cells, strict=True):
            if is_check(cell):
                worth = float(cell.metadata.nbgrader.points)
                credit = float(result["verdict"]["credit"]) if "verdict" in result else None
                due[cell.metadata.nbgrader.grade_id] = None if credit is None else score(worth, credit)
        return due

    def _penalty(self) -> Penalty | None:
        for step in self._after:
            if isinstance(step, AssignLatePenalties):
                step.init_plugin()
                plugin: Penalty = step.plugin_inst.late_submission_penalty
                return plugin
        return None

    def _remove_left_overs(self) -> None:
        """Remove folders that a run was at when it was killed."""
        above = self.course.folder("autograded", self.assignment, "*").parent.parent
        for kind in ("new", "old"):
            for path in above.glob(f"*/.{self.assignment}.{kind}"):
                _remove(path)


def _read_marks(notebook: NotebookNode) -> BookMarks:
    marks: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in notebook.cells:
        if utils.is_grade(cell):
            marks[cell.metadata.nbgrader["grade_id"]] = auto_score(cell)
        if utils.is_solution(cell) or utils.is_task(cell):
            comments[cell.metadata.nbgrader["grade_id"]] = auto_comment(cell)
    return BookMarks(marks, comments)


def _has_marks(known: Known | None) -> bool:
    return known is not None and any(mark is not None for book in known.marks.values() for mark in book.values())


def _put_in_place(fresh: Path, target: Path) -> None:
    """Let one folder take another's place; the names are on disk when this returns."""
    old = target.with_name(f".{target.name}.old")
    _remove(old)
    if os.path.lexists(target):
        os.rename(target, old)
    os.rename(fresh, target)
    for folder in (target, target.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        utils.rmtree(str(path))


def _unreadable(notebook: NotebookNode) -> Any:
    return (notebook.metadata.get(OURS) or {}).get("unreadable")


def _ours(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())["metadata"][OURS]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}  # a notebook that cannot be read is written again
    return found if isinstance(found, dict) else {}
