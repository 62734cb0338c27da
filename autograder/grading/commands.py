"""What an instructor runs: grade a class, write the feedback pages, write the class report.

Grading has two halves. The farm runs every submission through the engine and the judge, on all
cores, and only fills the results store. Then one writer, nbgrader's own Autograde converter,
finds each result in the store and writes notebooks and gradebook. So the marks are those of
``nbgrader autograde``, and a run that was cut off goes on where it was.
"""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy.exc import SAWarning

from autograder.grading.course import Course, GradingError
from autograder.grading.execute import RESULTS, Record, assess, is_check
from autograder.grading.exporter import read_submission
from autograder.grading.marks import UNGRADED_TYPE, forget_marks, score, verdict_data
from autograder.grading.report import write_report
from autograder.grading.results import ResultStore
from autograder.grading.sanitise import OURS, sanitise, trusted_notebook
from autograder.grading.seeds import run_secret

__all__ = ["GradingError", "Summary", "feedback", "grade", "report"]

LOG = logging.getLogger("autograder.grading")


@dataclass
class Summary:
    """What a run did.

    Attributes
    ----------
    done : list of str
        Students whose marks (or pages) were written.
    kept : list of str
        Students for whom nothing had changed.
    staff : dict of str to str
        Students who need a person to look, and why.
    """

    done: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    staff: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Assessed:
    """What the farm says about one student: enough to tell whether the gradebook is up to date."""

    student: str
    state: dict[str, tuple[str, str | None]]
    earned: float
    points: float
    seconds: float
    stored: bool
    problem: str | None = None


def grade(
    root: Path,
    assignment: str,
    students: Sequence[str] | None = None,
    force: bool = False,
    jobs: int | None = None,
    progress: bool = True,
) -> Summary:
    """Grade every submission of an assignment.

    Parameters
    ----------
    root : Path
        The course's folder.
    assignment : str
        For example ``"05_softmax_regression"``.
    students : sequence of str, optional
        Only these; all who handed in when left out.
    force : bool
        Grade also what has a result already.
    jobs : int, optional
        Submissions graded at once; as many as there are cores when left out.
    progress : bool
        Whether to print a progress bar and a line per student.

    Returns
    -------
    Summary
        One bad submission never stops the class: it is in ``staff``.

    Raises
    ------
    GradingError
        When nothing can be graded: no such course, assignment or student.
    SecretError
        When the course secret cannot be used.
    """
    course = Course.load(root)
    notebooks = course.notebooks(assignment)
    chosen = _chosen(course.students(assignment), students, assignment)
    secret = run_secret(fresh=True)
    console = Console(quiet=not progress, stderr=True)
    with _log_file(course):
        assessed = _farm(course, assignment, notebooks, chosen, secret, force, jobs or _cores(), console)
        summary = _write_marks(course, assignment, assessed, force)
    _tell(console, summary)
    return summary


def _chosen(present: Sequence[str], wanted: Sequence[str] | None, assignment: str) -> list[str]:
    missing = sorted(set(wanted or ()) - set(present))
    if missing:
        raise GradingError(f"{', '.join(missing)} handed nothing in for {assignment}.")
    if not present:
        raise GradingError(f"Nobody has handed anything in for {assignment}; run `nbgrader collect`.")
    return list(present) if wanted is None else sorted(set(wanted))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _log_file(course: Course) -> Iterator[None]:
    """Send what nbgrader and the judge log to a file, so that the progress bar stays readable."""
    path = course.root / "class" / "grading.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.addHandler(handler)
    before = LOG.propagate
    LOG.propagate = False
    try:
        # nbgrader's queries cause warnings of SQLAlchemy's that say nothing about the marks.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            yield
    finally:
        LOG.propagate = before
        LOG.removeHandler(handler)
        handler.close()


def _farm(
    course: Course,
    assignment: str,
    notebooks: Sequence[str],
    students: Sequence[str],
    secret: bytes,
    force: bool,
    jobs: int,
    console: Console,
) -> list[_Assessed]:
    trusted = {name: trusted_notebook(course.directory(), assignment, name) for name in notebooks}
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn(),
    )  # fmt: skip
    done: list[_Assessed] = []
    with Progress(*columns, console=console, disable=console.quiet) as bar:
        task = bar.add_task(f"Grading {escape(assignment)}", total=len(students))
        pool = ThreadPoolExecutor(max_workers=max(1, jobs))
        try:
            waiting: list[Future[_Assessed]] = [
                pool.submit(_assess_student, course, assignment, student, trusted, secret, force)
                for student in students
            ]
            for future in as_completed(waiting):
                done.append(future.result())
                bar.advance(task)
                console.print(_line(done[-1]))
        finally:
            # After Ctrl-C the submissions not begun are dropped; those finished are in the store.
            pool.shutdown(wait=True, cancel_futures=True)
    return sorted(done, key=lambda item: item.student)


def _line(item: _Assessed) -> str:
    name = f"[bold]{escape(item.student)}[/bold]"
    if item.problem:
        return f"{name}  needs staff: {escape(item.problem)}"
    how = "as before" if item.stored else f"{item.seconds:.1f} s"
    return f"{name}  {item.earned:g} of {item.points:g} points  ({how})"


def _assess_student(
    course: Course, assignment: str, student: str, trusted: dict[str, Any], secret: bytes, force: bool
) -> _Assessed:
    """Run one student's notebooks through engine and judge; never raises."""
    store = ResultStore(course.root / RESULTS)
    state: dict[str, tuple[str, str | None]] = {}
    earned = points = seconds = 0.0
    stored, problem = True, None
    try:
        for name, released in trusted.items():
            path = course.folder("submitted", assignment, student) / f"{name}.ipynb"
            if not os.path.lexists(path):
                problem = f"there is no {name}.ipynb in the submission"
                continue
            submitted, unreadable = read_submission(path)
            notebook, _ = sanitise(submitted, released)
            record = assess(notebook, assignment, student, store, secret=secret, force=force)
            state[name] = (record.key, unreadable)
            seconds += record.seconds
            stored = stored and record.stored
            problem = problem or next(iter(record.ungraded), None)
            got, most = _points(notebook, record)
            earned, points = earned + got, points + most
    except Exception as error:  # the others are graded; this one is named at the end
        LOG.exception("%s cannot be graded", student)
        problem = f"{type(error).__name__}: {error}"
    return _Assessed(student, state, earned, points, seconds, stored, problem)


def _points(notebook: Any, record: Record) -> tuple[float, float]:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    earned = most = 0.0
    for cell, result in zip(code, record.cells, strict=True):
        if is_check(cell):
            worth = float(cell.metadata.nbgrader.points)
            most += worth
            earned += score(worth, float(result["verdict"]["credit"])) if "verdict" in result else 0.0
    return earned, most


def _write_marks(course: Course, assignment: str, assessed: Sequence[_Assessed], force: bool) -> Summary:
    """The one writer: nbgrader's converter for each student whose marks are not up to date."""
    summary = Summary()
    with Gradebook(course.db_url) as gradebook:
        known = {submission.student.id for submission in gradebook.assignment_submissions(assignment)}
    for item in assessed:
        if not force and item.student in known and _up_to_date(course, assignment, item):
            summary.kept.append(item.student)
            continue
        problem = _convert(course, Autograde, assignment, item.student)
        if problem is None:
            problem = _left_for_staff(course, assignment, item.student) or item.problem
        else:
            # nbgrader gave up before any mark was written: make sure that no old one is left.
            forget_marks(course.db_url, assignment, item.student)
        if problem is None:
            summary.done.append(item.student)
        else:
            summary.staff[item.student] = problem
    return summary


def _up_to_date(course: Course, assignment: str, item: _Assessed) -> bool:
    if item.problem or not item.state:
        return False
    graded = course.folder("autograded", assignment, item.student)
    handed_in = course.folder("submitted", assignment, item.student)
    if _text(graded / "timestamp.txt") != _text(handed_in / "timestamp.txt"):
        return False
    for name, state in item.state.items():
        ours = _ours(graded / f"{name}.ipynb")
        if (ours.get("key"), ours.get("unreadable")) != state:
            return False
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _ours(path: Path) -> dict[str, Any]:
    try:
        return dict(nbformat.read(path, as_version=4).metadata.get(OURS, {}))
    except Exception:  # a notebook that cannot be read is written again
        return {}


def _left_for_staff(course: Course, assignment: str, student: str) -> str | None:
    for path in sorted(course.folder("autograded", assignment, student).glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            reason = verdict_data(cell, UNGRADED_TYPE)
            if reason is not None:
                return str(reason.get("reason"))
    return None


def _convert(course: Course, converter: type[BaseConverter], assignment: str, student: str) -> str | None:
    """Run one of nbgrader's converters for one student; return what went wrong, if anything."""
    app = converter(coursedir=course.directory(assignment, student), config=course.config, log=LOG)
    app.force = True
    errors = _LastError()
    LOG.addHandler(errors)
    try:
        app.start()
    except Exception as error:  # nbgrader has logged the traceback; one student never stops the class
        LOG.exception("%s failed for %s", converter.__name__, student)
        return errors.reason or f"{type(error).__name__}: {error}"
    finally:
        LOG.removeHandler(errors)
    return None


class _LastError(logging.Handler):
    """Remember the last line of the traceback that nbgrader logs before its own summary of it."""

    reason: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.ERROR and message.startswith("Traceback"):
            self.reason = message.strip().splitlines()[-1]


def _tell(console: Console, summary: Summary) -> None:
    console.print(f"{len(summary.done)} graded, {len(summary.kept)} unchanged, {len(summary.staff)} for staff.")
    for student, reason in summary.staff.items():
        console.print(f"  [bold]{escape(student)}[/bold] needs a person: {escape(reason)}")


def feedback(root: Path, assignment: str, students: Sequence[str] | None = None) -> Summary:
    """Write the feedback page of every graded submission, through nbgrader's GenerateFeedback.

    Parameters
    ----------
    root : Path
        The course's folder.
    assignment : str
        The assignment.
    students : sequence of str, optional
        Only these.

    Returns
    -------
    Summary
        Who has a page, and who has none and why.

    Raises
    ------
    GradingError
        When nothing has been graded yet.
    """
    course = Course.load(root)
    present = course.students(assignment, "autograded")
    if not present:
        raise GradingError(f"Nothing is graded for {assignment} yet; run `course grade {assignment}`.")
    summary = Summary()
    with _log_file(course):
        for student in _chosen(present, students, assignment):
            problem = _convert(course, GenerateFeedback, assignment, student)
            if problem is None:
                summary.done.append(student)
            else:
                summary.staff[student] = problem
    return summary


def report(root: Path, assignment: str) -> Path:
    """Write the class report and return its HTML page.

    Parameters
    ----------
    root : Path
        The course's folder.
    assignment : str
        The assignment.

    Returns
    -------
    Path
        ``class/reports/<assignment>/report.html``; ``marks.csv`` and ``mistakes.csv`` lie beside it.

    Raises
    ------
    GradingError
        When the course does not know the assignment.
    """
    course = Course.load(root)
    course.notebooks(assignment)
    return write_report(course, assignment)
