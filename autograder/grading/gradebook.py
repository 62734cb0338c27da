"""One submission's rows in nbgrader's gradebook, all written at once.

nbgrader's own :class:`~nbgrader.api.Gradebook` commits after every cell. Here its tables are written
through its own session, with one commit for a submission: after a kill there is all of it or nothing.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import selectinload

from autograder.grading.course import Course, GradingError

# A gradebook that is busy or has just come back is asked again, after so many seconds.
_PATIENCE = (0.5, 2.0)


@dataclass(frozen=True)
class BookMarks:
    """The marks and comments of one notebook, by grade id; None among the marks leaves one to a person."""

    marks: Mapping[str, float | None] = field(default_factory=dict)
    comments: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What the gradebook has of a submission."""

    timestamp: datetime.datetime | None
    marks: dict[str, dict[str, float | None]]
    late: bool


@dataclass(frozen=True)
class _Cells:
    """The cells of a notebook that rows hang on: id by grade id."""

    id: str
    grades: dict[str, str]
    comments: dict[str, str]


Penalty = Callable[[str, float, float], float | None]


class MarkBook:
    """The gradebook of one course, for one assignment.

    Parameters
    ----------
    course : Course
        Whose gradebook.
    assignment : str
        Which assignment.

    Raises
    ------
    GradingError
        When the gradebook does not know it.
    """

    def __init__(self, course: Course, assignment: str) -> None:
        self._book = Gradebook(course.db_url, course.directory().course_id)
        # nbgrader's own steps open the gradebook under this name, and leave it there.
        self._book.check_course()
        self._db: Any = self._book.db
        found = self._db.scalars(select(Assignment).where(Assignment.name == assignment)).one_or_none()
        if found is None:
            self.close()
            raise GradingError(f"The gradebook does not know {assignment}; run `course build`, then grade again.")
        self.assignment_id: str = found.id
        self.cells = {notebook.name: _cells(notebook) for notebook in found.notebooks}
        self._db.rollback()

    def close(self) -> None:
        """Close the connection."""
        self._book.close()

    def known(self) -> dict[str, Known]:
        """Return what the gradebook has of every submission, by student."""
        due = self._db.scalar(select(Assignment.duedate).where(Assignment.id == self.assignment_id))
        rows = self._db.execute(
            select(
                SubmittedAssignment.student_id,
                SubmittedAssignment.timestamp,
                SubmittedAssignment.extension,
                SubmittedNotebook.notebook_id,
                SubmittedNotebook.late_submission_penalty,
                Grade.cell_id,
                Grade.auto_score,
            )
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .where(SubmittedAssignment.assignment_id == self.assignment_id)
        ).all()
        self._db.rollback()
        names = {cells.id: name for name, cells in self.cells.items()}
        ids = {cell: name for cells in self.cells.values() for name, cell in cells.grades.items()}
        found: dict[str, Known] = {}
        for student, stamp, extension, notebook, penalty, cell, mark in rows:
            deadline = due + extension if due and extension else due
            late = bool(penalty) or bool(stamp and deadline and stamp > deadline)
            one = found.setdefault(student, Known(stamp, {}, late))
            one.marks.setdefault(names.get(notebook, ""), {})[ids.get(cell, "")] = mark
        return found

    def write(
        self,
        student: str,
        timestamp: datetime.datetime | None,
        books: Mapping[str, BookMarks],
        penalty: Penalty | None,
    ) -> None:
        """Write a submission's marks, in one commit.

        Parameters
        ----------
        student : str
            Whose.
        timestamp : datetime or None
            When it was handed in (UTC), as far as is known.
        books : mapping of str to BookMarks
            What to write, by notebook.
        penalty : callable or None
            Points off for (student, points, seconds late), or None for none.

        Raises
        ------
        GradingError
            When a cell is not in the gradebook.
        """

        def all_of_it() -> None:
            submission = self._submission(student)
            if timestamp is not None:
                submission.timestamp = timestamp
            for submitted in submission.notebooks:
                name = submitted.notebook.name
                if name in books:
                    self._write_notebook(submitted, name, books[name])
            self._db.flush()
            self._penalise(submission, list(books), penalty)

        self._commit(all_of_it)

    def forget(self, student: str) -> None:
        """Take a submission's automatic marks back: "not graded yet", for a person. Marks given by hand stay."""

        def all_of_it() -> None:
            for submitted in self._submission(student).notebooks:
                for grade in submitted.grades:
                    grade.auto_score, grade.needs_manual_grade = None, True

        self._commit(all_of_it)

    def renew_penalty(self, student: str, books: Sequence[str], penalty: Penalty | None) -> None:
        """Ask again what being late costs: the rule, the due date or an extension may have changed."""
        self._commit(lambda: self._penalise(self._submission(student), books, penalty))

    def _commit(self, change: Callable[[], None]) -> None:
        for seconds in (*_PATIENCE, None):
            try:
                change()
                self._db.commit()
                return
            except OperationalError:
                self._db.rollback()
                if seconds is None:
                    raise
                self._book.engine.dispose()
                time.sleep(seconds)
            except BaseException:
                self._db.rollback()
                raise

    def _submission(self, student: str) -> SubmittedAssignment:
        wanted = (
            select(SubmittedAssignment)
            .where(SubmittedAssignment.assignment_id == self.assignment_id, SubmittedAssignment.student_id == student)
            .options(
                selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.grades),
                selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.comments),
                selectinload(SubmittedAssignment.notebooks).selectinload(SubmittedNotebook.notebook),
            )
        )
        found = self._db.scalars(wanted).one_or_none()
        if found is None:
            if self._db.get(Student, student) is None:
                self._db.add(Student(id=student))
                self._db.flush()
            found = SubmittedAssignment(assignment_id=self.assignment_id, student_id=student)
            self._db.add(found)
        there = {submitted.notebook_id: submitted for submitted in found.notebooks}
        for cells in self.cells.values():
            submitted = there.get(cells.id) or self._new_notebook(found, cells.id)
            graded = {grade.cell_id for grade in submitted.grades}
            for cell in set(cells.grades.values()) - graded:
                self._db.add(Grade(cell_id=cell, notebook=submitted))
            said = {comment.cell_id for comment in submitted.comments}
            for cell in set(cells.comments.values()) - said:
                self._db.add(Comment(cell_id=cell, notebook=submitted))
        return found

    def _new_notebook(self, submission: SubmittedAssignment, notebook: str) -> SubmittedNotebook:
        made = SubmittedNotebook(notebook=self._db.get(Notebook, notebook), assignment=submission)
        self._db.add(made)
        return made

    def _write_notebook(self, submitted: SubmittedNotebook, name: str, book: BookMarks) -> None:
        cells = self.cells[name]
        unknown = sorted({*book.marks} - {*cells.grades} | {*book.comments} - {*cells.comments})
        if unknown:
            raise GradingError(
                f"The gradebook does not know the cell `{unknown[0]}`; run `course build`, then grade again."
            )
        grades = {grade.cell_id: grade for grade in submitted.grades}
        for cell, mark in book.marks.items():
            grade = grades[cells.grades[cell]]
            grade.auto_score = mark
            grade.needs_manual_grade = mark is None or grade.manual_score is not None
        comments = {comment.cell_id: comment for comment in submitted.comments}
        for cell, text in book.comments.items():
            comments[cells.comments[cell]].auto_comment = text

    def _penalise(self, submission: SubmittedAssignment, books: Sequence[str], penalty: Penalty | None) -> None:
        if penalty is None:
            return
        self._db.flush()
        late = submission.total_seconds_late
        for submitted in submission.notebooks:
            if submitted.notebook.name not in books:
                continue
            cost = None
            if late > 0:
                self._db.refresh(submitted, ["score"])
                points = float(submitted.score)
                cost = penalty(str(submission.student_id), points, late)
                cost = None if cost is None else min(max(cost, 0), points)
            submitted.late_submission_penalty = cost


def _cells(notebook: Notebook) -> _Cells:
    grades = {cell.name: cell.id for cell in (*notebook.grade_cells, *notebook.task_cells)}
    comments = {cell.name: cell.id for cell in (*notebook.solution_cells, *notebook.task_cells)}
    return _Cells(notebook.id, grades, comments)


def parse_time(text: str) -> datetime.datetime | None:
    """Return what a ``timestamp.txt`` says, in UTC; None when it is empty.

    Raises
    ------
    GradingError
        When it is no time.
    """
    if not text.strip():
        return None
    try:
        found: datetime.datetime = utils.parse_utc(text.strip())
        return found
    except (ValueError, OverflowError, TypeError) as error:
        raise GradingError("timestamp.txt in the submission holds no time; write one into it, or remove it.") from error
