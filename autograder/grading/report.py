"""The class report: how each exercise went, which mistakes were made, what looked odd.

For instructors only: it holds the judge's notes and what the sanitiser had to mend.
"""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook

from autograder.grading.course import Course
from autograder.grading.execute import exercise_of, is_check
from autograder.grading.feedback import environment, lesson_title, number
from autograder.grading.marks import UNGRADED_TYPE, verdict_data
from autograder.grading.sanitise import CHECK_PREFIX, OURS

BINS = 5


@dataclass
class StudentRow:
    """One student's marks; None stands for "not graded yet"."""

    student: str
    marks: dict[str, float | None] = field(default_factory=dict)
    total: float = 0.0
    seconds: float = 0.0

    @property
    def waiting(self) -> list[str]:
        """The exercises a person has to look at."""
        return [name for name, mark in self.marks.items() if mark is None]


@dataclass
class ExerciseRow:
    """How the class did in one exercise."""

    name: str
    points: float
    marks: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)

    @property
    def mean(self) -> float:
        """Mean of the marks; 0 without any."""
        return statistics.fmean(self.marks) if self.marks else 0.0

    @property
    def median(self) -> float:
        """Median of the marks; 0 without any."""
        return statistics.median(self.marks) if self.marks else 0.0

    @property
    def bars(self) -> list[int]:
        """How many marks lie in each fifth of the points, from none to all; full marks in the last."""
        counts = [0] * BINS
        for mark in self.marks:
            share = mark / self.points if self.points else 0.0
            counts[min(max(int(share * BINS), 0), BINS - 1)] += 1
        return counts


@dataclass
class ClassReport:
    """Everything the page and the tables show."""

    assignment: str
    students: list[StudentRow]
    exercises: list[ExerciseRow]
    notes: list[tuple[str, str, str]]  # student, exercise or "", note

    @property
    def points(self) -> float:
        """Points of the assignment."""
        return sum(row.points for row in self.exercises)


def gather(course: Course, assignment: str) -> ClassReport:
    """Read marks from the gradebook, and verdicts from the autograded notebooks."""
    students: list[StudentRow] = []
    exercises: dict[str, ExerciseRow] = {}
    with Gradebook(course.db_url) as gradebook:
        for notebook in gradebook.find_assignment(assignment).notebooks:
            for cell in notebook.grade_cells:
                name = cell.name.removeprefix(CHECK_PREFIX)
                exercises[name] = ExerciseRow(name, float(cell.max_score))
        for submission in gradebook.assignment_submissions(assignment):
            row = StudentRow(submission.student.id, total=float(submission.score))
            for handed_in in submission.notebooks:
                for grade in handed_in.grades:
                    graded = grade.auto_score is not None or grade.manual_score is not None
                    row.marks[grade.name.removeprefix(CHECK_PREFIX)] = float(grade.score) if graded else None
            students.append(row)
    students.sort(key=lambda row: row.student)
    for row in students:
        for name, mark in row.marks.items():
            if mark is not None:
                exercises[name].marks.append(mark)
    notes: list[tuple[str, str, str]] = []
    for row in students:
        for path in sorted(course.folder("autograded", assignment, row.student).glob("*.ipynb")):
            _read_verdicts(path, row, exercises, notes)
    order = _order(course, assignment, exercises)
    return ClassReport(assignment, students, [exercises[name] for name in order], notes)


def _order(course: Course, assignment: str, exercises: dict[str, ExerciseRow]) -> list[str]:
    """Exercises in the lesson's order; the gradebook keeps none."""
    order: list[str] = []
    for path in sorted(course.folder("release", assignment).glob("*.ipynb")):
        order += [exercise_of(cell) for cell in nbformat.read(path, as_version=4).cells if is_check(cell)]
    known = [name for name in order if name in exercises]
    return known + sorted(set(exercises) - set(known))


def _read_verdicts(
    path: Path, row: StudentRow, exercises: dict[str, ExerciseRow], notes: list[tuple[str, str, str]]
) -> None:
    notebook = nbformat.read(path, as_version=4)
    ours = notebook.metadata.get(OURS, {})
    row.seconds += float(ours.get("seconds", 0.0))
    notes += [(row.student, "", note) for note in [ours.get("unreadable"), *ours.get("notes", ())] if note]
    for cell in notebook.cells:
        if not is_check(cell) or exercise_of(cell) not in exercises:
            continue
        name = exercise_of(cell)
        ungraded = verdict_data(cell, UNGRADED_TYPE)
        if ungraded is not None:
            exercises[name].outcomes["ungraded, for staff"] += 1
            notes.append((row.student, name, f"Not graded: {ungraded.get('reason')}"))
            continue
        verdict: dict[str, Any] = verdict_data(cell) or {}
        exercises[name].outcomes[str(verdict.get("outcome", "no verdict"))] += 1
        if verdict.get("mistake"):
            exercises[name].mistakes[str(verdict["mistake"])] += 1
        notes += [(row.student, name, str(note)) for note in verdict.get("notes", ())]


def write_report(course: Course, assignment: str) -> Path:
    """Write ``report.html``, ``marks.csv`` and ``mistakes.csv``; return the page's path."""
    gathered = gather(course, assignment)
    folder = course.root / "class" / "reports" / assignment
    folder.mkdir(parents=True, exist_ok=True)
    names = [row.name for row in gathered.exercises]
    _write_csv(
        folder / "marks.csv",
        # With a space in it, a heading can never be an exercise's name.
        ["student", *names, "lesson total", "lesson points", "not graded yet"],
        (
            [row.student, *(row.marks.get(name) for name in names), row.total, gathered.points,
             " ".join(row.waiting)]
            for row in gathered.students
        ),
    )  # fmt: skip
    _write_csv(
        folder / "mistakes.csv",
        ["exercise", "mistake", "learners"],
        ([row.name, name, count] for row in gathered.exercises for name, count in row.mistakes.most_common()),
    )
    page = (
        environment()
        .get_template("report.html.j2")
        .render(report=gathered, title=lesson_title(assignment), number=number)
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe_field(field) for field in header])
        writer.writerows([safe_field(field) for field in row] for row in rows)


def safe_field(value: object) -> object:
    """Return a table field that no spreadsheet takes for a formula.

    A text that begins with a sign which starts a formula gets an apostrophe before it; numbers stay
    numbers.
    """
    if isinstance(value, str) and value.lstrip(" ")[:1] in tuple("=+-@\t\r\n|%"):
        return "'" + value
    return value
