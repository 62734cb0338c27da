"""Lets nbgrader's own converter make the release, in this process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from autograder.build.answers import BEGIN, END, Answer
from autograder.build.leaks import find_leaks, hidden_statements
from autograder.build.problems import Problem
from autograder.build.weave import Woven
from autograder.errors import CourseError

_SQLITE = "sqlite:///"


def generate(config: Config, place: Path, assignments: Sequence[str], db_url: str | None) -> None:
    """Make ``place/release`` from ``place/source``, and enter the assignments into a gradebook if one is named.

    Parameters
    ----------
    config : Config
        The course's configuration.
    place : Path
        A folder that holds ``source/<assignment>/<assignment>.ipynb``.
    assignments : sequence of str
        Which to make.
    db_url : str or None
        The gradebook. The notebooks come out the same with and without one.

    Raises
    ------
    CourseError
        When nbgrader refuses one.
    """
    if db_url is not None:
        _make_folder_of(db_url)
    ours = Config()
    ours.merge(config)
    ours.CourseDirectory.root = str(place)
    ours.CourseDirectory.source_directory = "source"
    ours.CourseDirectory.release_directory = "release"
    ours.CourseDirectory.db_url = db_url or f"{_SQLITE}{place / 'never-made.db'}"
    for assignment in assignments:
        with _quiet_log() as (log, said):
            coursedir = CourseDirectory(config=ours, log=log, assignment_id=assignment)
            converter = GenerateAssignment(coursedir=coursedir, config=ours, log=log, force=True)
            if db_url is None:
                converter.no_database = True
                converter.preprocessors = [step for step in converter.preprocessors if step is not SaveCells]
            try:
                converter.start()
            except NbGraderException as error:
                reason = _reason(said) or str(error)
                raise CourseError(
                    f"nbgrader could not make the release of {assignment}: {reason.rstrip('.')}. "
                    "Mend what it names and build again."
                ) from error


def _make_folder_of(db_url: str) -> None:
    if db_url.startswith(_SQLITE):
        Path(db_url.removeprefix(_SQLITE)).parent.mkdir(parents=True, exist_ok=True)


@contextmanager
def _quiet_log() -> Iterator[tuple[logging.Logger, list[str]]]:
    """Give a log that keeps what nbgrader says instead of showing it."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    log = logging.Logger("nbgrader", level=logging.ERROR)
    log.addHandler(Keep())
    yield log, said


def _reason(said: Iterable[str]) -> str | None:
    """Return the last line of the first traceback nbgrader logged."""
    for message in said:
        if message.lstrip().startswith("Traceback"):
            return message.strip().splitlines()[-1].partition(": ")[2]
    return None


def refused_changes(woven: Iterable[Woven], db_url: str, course_id: str) -> list[Problem]:
    """Return which lessons nbgrader would refuse to change, because submissions exist.

    nbgrader keeps the cells of an assignment as they are once somebody has handed it in; asking first means
    that no lesson is entered when one of them cannot be.
    """
    if db_url.startswith(_SQLITE) and not Path(db_url.removeprefix(_SQLITE)).exists():
        return []
    problems = []
    with Gradebook(db_url, course_id) as gradebook:
        for one in woven:
            name = one.lesson.assignment
            try:
                notebook = gradebook.find_notebook(name, name)
            except MissingEntry:
                continue
            if not notebook.submissions:
                continue
            before = {cell.name for cell in notebook.source_cells}
            now = {cell.metadata["nbgrader"]["grade_id"] for cell in one.notebook.cells if "nbgrader" in cell.metadata}
            if before != now:
                changed = ", ".join(f"`{cell}`" for cell in sorted(before ^ now))
                what = f"the cells {changed} come or go, but the gradebook holds submissions of {name}."
                fix = (
                    "Bring the exercises back as they were, or give up the grades with "
                    f"`nbgrader db assignment remove {name} --force`, and build again."
                )
                problems.append(one.lesson.problem(1, what, fix))
    return problems


def release_leaks(woven: Woven, answers: Iterable[Answer], text: str) -> list[Problem]:
    """Return what a released notebook gives away; this looks at nbgrader's own output."""
    lesson = woven.lesson
    hidden = hidden_statements(answers)
    problems = []
    for cell in nbformat.reads(text, as_version=4).cells:
        line = woven.origin[cell.id].line if cell.id in woven.origin else 1
        if BEGIN in cell.source or END in cell.source:
            what = "a solution marker is left in the release."
            problems.append(lesson.problem(line, what, "Give the solution region a begin and an end."))
        if cell.cell_type == "code":
            for _, exercise in find_leaks(cell.source, hidden):
                what = f"the released cell `{cell.id}` holds a statement of the answer to `{exercise}`."
                fix = f"Put every copy of it inside the solution region in {lesson.solutions_file}."
                problems.append(lesson.problem(line, what, fix))
    return problems


@dataclass(frozen=True)
class Places:
    """Where the configuration puts what the build makes, and the name of the course in its gradebook."""

    source: Path
    release: Path
    gradebook: str
    course_id: str


def configured_places(config: Config, root: Path) -> Places:
    """Return the course's own folders and gradebook, with nbgrader's defaults where nothing is said."""
    ours = Config()
    ours.CourseDirectory.root = str(root)
    ours.merge(config)
    found = CourseDirectory(config=ours)
    return Places(root / found.source_directory, root / found.release_directory, found.db_url, found.course_id)
