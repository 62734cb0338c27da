"""A class's marks in one assignment, read from nbgrader's gradebook in a few queries however large the class is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry

from autograder.grading.course import Course, GradingError
from autograder.grading.sanitise import CHECK_PREFIX


@dataclass
class HandedIn:
    """What one student reached in an assignment.

    Attributes
    ----------
    student : str
        nbgrader's name for the student.
    first_name, last_name, email, lms_user_id : str
        From the gradebook's student table; empty where it says nothing.
    marks : dict of str to float or None
        Points by exercise; None stands for "not graded yet".
    penalty : float
        Points taken off for being late.
    timestamp : datetime.datetime or None
        When it came in, in UTC.
    seconds_late : float
        How long after the due date, extensions counted; 0 when on time or when there is no due date.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    marks: dict[str, float | None] = field(default_factory=dict)
    penalty: float = 0.0
    timestamp: datetime.datetime | None = None
    seconds_late: float = 0.0

    @property
    def waiting(self) -> list[str]:
        """The exercises a person has to look at."""
        return [name for name, mark in self.marks.items() if mark is None]

    @property
    def reached(self) -> float:
        """Points so far, before anything is taken off."""
        return round(sum(mark for mark in self.marks.values() if mark is not None), 2)

    @property
    def so_far(self) -> float:
        """Points so far, less the late penalty."""
        return max(0.0, round(self.reached - self.penalty, 2))

    @property
    def total(self) -> float | None:
        """Points, less the late penalty; None while an exercise is not graded, or when none is known."""
        return None if self.waiting or not self.marks else self.so_far


@dataclass
class Classbook:
    """One assignment's part of the gradebook.

    Attributes
    ----------
    assignment : str
        Its name.
    points : dict of str to float
        What each exercise is worth.
    handed_in : list of HandedIn
        Everybody with a submission, by name.
    missing : list of str
        Students of the gradebook who have handed nothing in.
    """

    assignment: str
    points: dict[str, float]
    handed_in: list[HandedIn]
    missing: list[str]

    @property
    def max_score(self) -> float:
        """Points of the assignment."""
        return sum(self.points.values())


def read_class(course: Course, assignment: str) -> Classbook:
    """Read the marks of everybody who handed this assignment in.

    Raises
    ------
    GradingError
        When the gradebook does not know the assignment.
    """
    with Gradebook(course.db_url) as gradebook:
        return class_of(gradebook, assignment)


def class_of(gradebook: Gradebook, assignment: str) -> Classbook:
    """Read the marks from an open gradebook; see :func:`read_class`."""
    try:
        known = gradebook.find_assignment(assignment)
    except MissingEntry as error:
        what = f"The gradebook does not know {assignment}"
        raise GradingError(f"{what}; run `course build`, or mind the spelling.") from error
    points = {
        cell.name.removeprefix(CHECK_PREFIX): float(cell.max_score or 0)
        for notebook in known.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    found = _students(gradebook, known)
    _add_marks(found, gradebook, known, points)
    missing = {name for (name,) in gradebook.db.query(api.Student.id)} - set(found)
    return Classbook(assignment, points, sorted(found.values(), key=lambda row: row.student), sorted(missing))


def _students(gradebook: Gradebook, assignment: Any) -> dict[str, HandedIn]:
    person, submission = api.Student, api.SubmittedAssignment
    rows = (
        gradebook.db.query(
            person.id, person.first_name, person.last_name, person.email, person.lms_user_id,
            submission.timestamp, submission.extension,
        )
        .join(submission, submission.student_id == person.id)
        .filter(submission.assignment_id == assignment.id)
    )  # fmt: skip
    found = {}
    for name, first, last, email, lms, timestamp, extension in rows:
        late = 0.0
        if timestamp is not None and assignment.duedate is not None:
            due = assignment.duedate + (extension or datetime.timedelta())
            late = max(0.0, (timestamp - due).total_seconds())
        texts = (first or "", last or "", email or "", lms or "")
        found[name] = HandedIn(name, *texts, timestamp=timestamp, seconds_late=late)
    return found


def _add_marks(found: dict[str, HandedIn], gradebook: Gradebook, assignment: Any, points: dict[str, float]) -> None:
    submission, notebook, grade, cell = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade, api.BaseCell
    penalties = (
        gradebook.db.query(submission.student_id, notebook.late_submission_penalty)
        .join(notebook, notebook.assignment_id == submission.id)
        .filter(submission.assignment_id == assignment.id)
    )
    for student, penalty in penalties:
        found[student].penalty += float(penalty or 0)
    grades = (
        gradebook.db.query(submission.student_id, cell.name, grade.auto_score, grade.manual_score, grade.score)
        .join(notebook, notebook.assignment_id == submission.id)
        .join(grade, grade.notebook_id == notebook.id)
        .join(cell, cell.id == grade.cell_id)
        .filter(submission.assignment_id == assignment.id)
    )
    for student, name, by_machine, by_hand, score in grades:
        graded = by_machine is not None or by_hand is not None
        exercise = name.removeprefix(CHECK_PREFIX)
        if exercise in points:
            found[student].marks[exercise] = float(score) if graded else None
