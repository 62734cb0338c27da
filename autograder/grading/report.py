"""The class report: how each exercise went, which mistakes were made, who waits, what looked odd.

For instructors only: it holds the judge's notes and what the sanitiser had to mend.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder.grading import charts
from autograder.grading.classbook import HandedIn, read_class
from autograder.grading.course import Course
from autograder.grading.execute import exercise_of, is_check
from autograder.grading.feedback import environment, lesson_title, number
from autograder.grading.marks import UNGRADED_TYPE, verdict_data
from autograder.grading.sanitise import OURS
from autograder.grading.shown import visible
from autograder.grading.tables import write_table
from course_utils.judging import Outcome
from course_utils.language import N_, _, ngettext

__all__ = ["ClassReport", "ExerciseRow", "StudentRow", "gather", "report_page", "write_report"]

BINS = 5
# The page stays readable for a large class; the tables beside it have everything.
WAITING_SHOWN = 25
NOTED_SHOWN = 200
NOTES_EACH = 6
# Beside the outcomes of verdicts; translated where they are shown, as those are.
_NOT_GRADED = N_("not graded yet")
_NO_VERDICT = N_("no verdict")


@dataclass
class StudentRow:
    """One student's marks, and how grading them went; None stands for "not graded yet"."""

    student: str
    marks: dict[str, float | None] = field(default_factory=dict)
    total: float = 0.0
    seconds: float = 0.0
    name: str = ""
    reached: float = 0.0
    penalty: float = 0.0
    hours_late: float = 0.0
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def waiting(self) -> list[str]:
        """The exercises a person has to look at."""
        return [name for name, mark in self.marks.items() if mark is None]

    @property
    def late(self) -> bool:
        """Whether it came in after the due date."""
        return self.hours_late > 0


@dataclass
class ExerciseRow:
    """How the class did in one exercise."""

    name: str
    points: float
    marks: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)
    hints: dict[str, str] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Mean of the marks; 0 without any."""
        return statistics.fmean(self.marks) if self.marks else 0.0

    @property
    def median(self) -> float:
        """Median of the marks; 0 without any."""
        return statistics.median(self.marks) if self.marks else 0.0

    @property
    def share(self) -> float:
        """What part of the points the class reached, between 0 and 1."""
        return self.mean / self.points if self.points else 0.0

    @property
    def bars(self) -> list[int]:
        """How many marks lie in each fifth of the points, from none to all; full marks in the last."""
        return _bins(self.marks, self.points)


@dataclass
class ClassReport:
    """Everything the page and the tables show."""

    assignment: str
    students: list[StudentRow]
    exercises: list[ExerciseRow]
    notes: list[tuple[str, str, str]]  # student, exercise or "", note
    confinement: Counter[str] = field(default_factory=Counter)  # level, where the results say it

    @property
    def points(self) -> float:
        """Points of the assignment."""
        return sum(row.points for row in self.exercises)

    @property
    def totals(self) -> list[float]:
        """Totals of those whose exercises are all graded."""
        return [row.total for row in self.students if not row.waiting]

    @property
    def mistakes(self) -> list[tuple[ExerciseRow, str, int]]:
        """Every mistake found by name and how many made it, the most common first."""
        found = [(row, name, count) for row in self.exercises for name, count in row.mistakes.items()]
        return sorted(found, key=lambda item: -item[2])

    @property
    def notes_by_student(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The notes of each student who has any: exercise and note."""
        grouped: dict[str, list[tuple[str, str]]] = {}
        for student, exercise, note in self.notes:
            grouped.setdefault(student, []).append((exercise, note))
        return list(grouped.items())


def _bins(marks: list[float], points: float, bins: int = BINS) -> list[int]:
    counts = [0] * bins
    for mark in marks:
        share = mark / points if points else 0.0
        counts[min(max(int(share * bins + 1e-9), 0), bins - 1)] += 1
    return counts


def gather(course: Course, assignment: str) -> ClassReport:
    """Read marks from the gradebook, and verdicts from the autograded notebooks.

    The gradebook is asked a few questions, however many students there are, and each notebook is read once.

    Raises
    ------
    GradingError
        When the gradebook does not know the assignment.
    """
    book = read_class(course, assignment)
    exercises = {name: ExerciseRow(name, points) for name, points in book.points.items()}
    students = [_student(row) for row in book.handed_in]
    order = _order(course, assignment, exercises)
    made = ClassReport(assignment, students, [exercises[name] for name in order], [])
    places = course.directory()
    for row in students:
        for name, mark in row.marks.items():
            if mark is not None:
                exercises[name].marks.append(mark)
        folder = Path(places.format_path(places.autograded_directory, row.student, assignment))
        for path in sorted(folder.glob("*.ipynb")):
            _read_verdicts(path, row, exercises, made)
    return made


def _student(row: HandedIn) -> StudentRow:
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    about = {"name": name, "reached": row.reached, "penalty": row.penalty, "hours_late": row.seconds_late / 3600}
    return StudentRow(row.student, row.marks, row.so_far, **about)  # type: ignore[arg-type]


def _order(course: Course, assignment: str, exercises: Mapping[str, ExerciseRow]) -> list[str]:
    """Exercises in the lesson's order; the gradebook keeps none."""
    order: list[str] = []
    for path in sorted(course.folder("release", assignment).glob("*.ipynb")):
        order += [exercise_of(cell) for cell in nbformat.read(path, as_version=4).cells if is_check(cell)]
    known = [name for name in order if name in exercises]
    return known + sorted(set(exercises) - set(known))


def _read_verdicts(path: Path, row: StudentRow, exercises: Mapping[str, ExerciseRow], made: ClassReport) -> None:
    try:
        # What our own step wrote: no need to have nbformat prove that it is a notebook, which takes longest.
        notebook = json.loads(path.read_bytes())
        cells, ours = notebook["cells"], notebook["metadata"].get(OURS, {})
        row.seconds += float(ours.get("seconds", 0.0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        made.notes.append(
            (row.student, "", _("{file} in the autograded folder cannot be read; grade it again.", file=path.name))
        )
        return
    level = _level(ours)
    if level:
        made.confinement[level] += 1
    said = [ours.get("unreadable"), *ours.get("notes", ())]
    made.notes += [(row.student, "", str(note)) for note in said if note]
    for cell in cells:
        if is_check(cell) and exercise_of(cell) in exercises:
            made.notes += _read_check(cell, row, exercises[exercise_of(cell)])


def _read_check(cell: Mapping[str, Any], row: StudentRow, exercise: ExerciseRow) -> list[tuple[str, str, str]]:
    ungraded = verdict_data(cell, UNGRADED_TYPE)
    if ungraded is not None:
        exercise.outcomes[_NOT_GRADED] += 1
        row.reasons[exercise.name] = str(ungraded.get("reason"))
        return []
    verdict: dict[str, Any] = verdict_data(cell) or {}
    exercise.outcomes[str(verdict.get("outcome", _NO_VERDICT))] += 1
    if verdict.get("mistake"):
        exercise.mistakes[str(verdict["mistake"])] += 1
        exercise.hints.setdefault(str(verdict["mistake"]), str(verdict.get("hint") or ""))
    return [(row.student, exercise.name, str(note)) for note in verdict.get("notes", ())]


def _level(ours: Mapping[str, Any]) -> str:
    """Return the level of confinement that a result was made under; empty when it does not say."""
    said = ours.get("confinement")
    if isinstance(said, Mapping):
        said = said.get("level")
    return said if isinstance(said, str) else ""


def write_report(course: Course, assignment: str) -> Path:
    """Write ``report.html``, ``marks.csv``, ``mistakes.csv`` and ``notes.csv``; return the page's path.

    Raises
    ------
    GradingError
        When the gradebook does not know the assignment.
    """
    gathered = gather(course, assignment)
    folder = course.root / "class" / "reports" / assignment
    folder.mkdir(parents=True, exist_ok=True)
    _write_tables(folder, gathered)
    path = folder / "report.html"
    path.write_text(report_page(gathered), encoding="utf-8")
    return path


def report_page(gathered: ClassReport) -> str:
    """Return the page of a class report."""
    dots = [_dot(row, gathered.points) for row in gathered.students if row.seconds > 0]
    page = (
        environment()
        .get_template("report.html.j2")
        .render(
            sheets=("feedback.css", "report.css"),
            report=gathered,
            title=lesson_title(gathered.assignment),
            findings=_findings(gathered),
            waiting=[(row, name) for row in gathered.students for name in row.waiting],
            spread=charts.bars(_bins(gathered.totals, gathered.points, 10), _("share of all points, in %")),
            exercise_bars=[charts.bars(row.bars, _("share of the points, in %")) for row in gathered.exercises],
            scatter=charts.scatter(dots, gathered.points),
            limits={"waiting": WAITING_SHOWN, "noted": NOTED_SHOWN, "each": NOTES_EACH},
        )
    )
    return visible(page)


def _dot(row: StudentRow, points: float) -> charts.Dot:
    label = _(
        "{student}: {total} of {points} points, {seconds} s",
        student=row.student,
        total=number(row.total),
        points=number(points),
        seconds=number(row.seconds),
    )
    label += ", " + _("late") if row.late else ""
    label += ", " + _("not all graded") if row.waiting else ""
    return charts.Dot(label, row.seconds, row.total, row.late, bool(row.waiting))


def _findings(gathered: ClassReport) -> list[str]:
    """Return what an instructor should know first, one sentence each."""
    said = []
    if gathered.totals:
        low, middle, high = min(gathered.totals), statistics.median(gathered.totals), max(gathered.totals)
        said.append(
            _(
                "The middle total is {middle} of {points}, from {low} to {high}.",
                middle=number(middle),
                points=number(gathered.points),
                low=number(low),
                high=number(high),
            )
        )
    judged = [row for row in gathered.exercises if row.outcomes[Outcome.NOT_ATTEMPTED] < len(row.marks)]
    if judged:
        hardest = min(judged, key=lambda row: row.share)
        said.append(
            _(
                "Hardest was `{name}`: the class reached {share:.0f} % of its points.",
                name=hardest.name,
                share=100 * hardest.share,
            )
        )
    said += _commonest_mistake(gathered)
    late = sum(row.late for row in gathered.students)
    if late:
        cost = sum(row.penalty > 0 for row in gathered.students)
        said.append(
            ngettext(
                "{count} came in late; it cost points for {cost}.",
                "{count} came in late; it cost points for {cost}.",
                late,
                cost=cost,
            )
        )
    if gathered.notes:
        said.append(
            ngettext(
                "There are notes on {count} of the submissions, below.",
                "There are notes on {count} of the submissions, below.",
                len(gathered.notes_by_student),
            )
        )
    return said


def _commonest_mistake(gathered: ClassReport) -> list[str]:
    if not gathered.mistakes:
        return []
    row, name, count = gathered.mistakes[0]
    said = ngettext(
        "The most common mistake was “{mistake}” in `{name}`, made by {count}.",
        "The most common mistake was “{mistake}” in `{name}`, made by {count}.",
        count,
        mistake=name,
        name=row.name,
    )
    return [said]


def _write_tables(folder: Path, gathered: ClassReport) -> None:
    names = [row.name for row in gathered.exercises]
    # With a space in it, a heading can never be an exercise's name.
    header = ["student", *names, "points reached", "late penalty", "lesson total", "lesson points"]
    write_table(
        folder / "marks.csv",
        [*header, "hours late", "grading seconds", "not graded yet"],
        (
            [row.student, *(row.marks.get(name) for name in names), row.reached, row.penalty,
             None if row.waiting else row.total, gathered.points, round(row.hours_late, 2), round(row.seconds, 2),
             " ".join(row.waiting)]
            for row in gathered.students
        ),
    )  # fmt: skip
    write_table(
        folder / "mistakes.csv",
        ["exercise", "mistake", "learners", "hint"],
        ([row.name, name, count, row.hints.get(name)] for row, name, count in gathered.mistakes),
    )
    write_table(folder / "notes.csv", ["student", "exercise", "note"], gathered.notes)
