"""What an instructor runs: grade a class, write the feedback pages, write the class report."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import BaseConverter
from sqlalchemy.exc import SAWarning

from autograder.errors import CommandError
from autograder.grading.course import Course, GradingError
from autograder.grading.farm import Farm
from autograder.grading.late import check_settings
from autograder.grading.lock import held
from autograder.grading.progress import Display
from autograder.grading.report import write_report
from autograder.grading.run import LOG, Options, Run, Summary
from autograder.grading.terms import LOG_FILE

__all__ = ["GradingError", "Summary", "feedback", "grade", "report"]


def grade(
    root: Path,
    assignment: str,
    students: Sequence[str] | None = None,
    force: bool = False,
    jobs: int | None = None,
    progress: bool = True,
    *,
    scheduler: str | None = None,
    unconfined: bool = False,
    wait: bool = True,
    farm: Farm | None = None,
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
    scheduler : str, optional
        The address of a dask.distributed scheduler, whose workers grade in place of this machine.
    unconfined : bool
        Whether to grade where nothing keeps a submission from the machine; also ``c.JudgeExecute.unconfined``.
    wait : bool
        Whether to wait for another run of this assignment to end.
    farm : Farm, optional
        The worker processes, where they are not to be started here; it is closed as those are.

    Returns
    -------
    Summary
        One bad submission never stops the class: it is in ``staff``.

    Raises
    ------
    CommandError
        When the options do not go together.
    GradingError
        When nothing can be graded: no such course, assignment or student.
    FarmError, NotConfined, SettingsError
        When nothing can be graded here, or as the settings say.
    Locked
        When another run is at it and `wait` is False.
    SecretError
        When the course secret cannot be used.
    """
    if jobs is not None and jobs < 1:
        raise CommandError(f"--jobs takes a whole number from 1 on, not {jobs}.")
    if jobs is not None and scheduler is not None:
        raise CommandError("--jobs is for this machine, and --scheduler grades on others: give one of them.")
    course = Course.load(root)
    check_settings(course.config)
    notebooks = course.notebooks(assignment)
    chosen = _chosen(course.students(assignment), students, assignment)
    display = Display(assignment, len(chosen), quiet=not progress)
    unconfined = unconfined or bool(course.config.get("JudgeExecute", {}).get("unconfined", False))
    with held(course.root, assignment, f"course grade {assignment}", None if wait else 0.0, display.say):
        run = Run(course, assignment, notebooks, Options(force, jobs, scheduler, unconfined), display, farm)
        with _log_file(course), display:
            run.all_of(chosen)
        if students is None:
            run.store.keep_only(run.keys)
    display.close(run.summary.staff)
    return run.summary


def _chosen(present: Sequence[str], wanted: Sequence[str] | None, assignment: str) -> list[str]:
    missing = sorted(set(wanted or ()) - set(present))
    if missing:
        raise GradingError(f"{', '.join(missing)} handed nothing in for {assignment}.")
    if not present:
        raise GradingError(f"Nobody has handed anything in for {assignment}; run `nbgrader collect`.")
    return list(present) if wanted is None else sorted(set(wanted))


@contextlib.contextmanager
def _log_file(course: Course) -> Iterator[None]:
    """Send what nbgrader and the judge log to a file, so that the progress bar stays readable."""
    path = course.root / LOG_FILE
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
        ``class/reports/<assignment>/report.html``; ``marks.csv``, ``mistakes.csv`` and ``notes.csv`` lie beside it.

    Raises
    ------
    GradingError
        When the course does not know the assignment.
    """
    course = Course.load(root)
    course.notebooks(assignment)
    return write_report(course, assignment)
