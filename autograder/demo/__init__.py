"""A class of a dozen made-up submissions, from release to feedback, on this machine.

The submissions go through nbgrader's own exchange and gradebook. Everything happens below
``class/demo``, which is made anew each time; the course's own gradebook is not touched.
"""

from __future__ import annotations

import csv
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.auth import Authenticator
from nbgrader.exchange.default import (
    ExchangeFetchAssignment,
    ExchangeReleaseAssignment,
    ExchangeReleaseFeedback,
    ExchangeSubmit,
)
from nbgrader.exchange.default.exchange import Exchange
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from traitlets.config import Config

from autograder.build import build
from autograder.demo.people import PEOPLE, Person, definitions, fill_in
from autograder.errors import CourseError
from autograder.grading.collect import SafeCollect
from autograder.grading.commands import feedback, grade, report
from autograder.grading.course import Course
from autograder.grading.report import ClassReport, gather

LESSON = "05_softmax_regression"
COPIED = ("nbgrader_config.py", "notebooks", "solutions")
LOG = logging.getLogger("autograder.demo")


class DemoError(CourseError):
    """The demo's class did not get the marks it should."""


@dataclass(frozen=True)
class DemoResult:
    """What the demo made.

    Attributes
    ----------
    report : ClassReport
        Marks and mistakes of the class.
    pages : Path
        The class report.
    wrong : list of str
        Marks that are not what is due, in words; empty when all is well.
    seconds : float
        How long it took.
    """

    report: ClassReport
    pages: Path
    wrong: list[str]
    seconds: float


def run(root: Path, people: tuple[Person, ...] = PEOPLE, console: Console | None = None) -> DemoResult:
    """Build, release, fetch, submit, collect, grade, write feedback and report.

    Parameters
    ----------
    root : Path
        The course's folder; the demo works in ``class/demo`` below it.
    people : tuple of Person
        The class.
    console : rich.console.Console, optional
        Where to print.

    Returns
    -------
    DemoResult

    Raises
    ------
    DemoError
        When a mark is not what is due.
    """
    started = time.monotonic()
    console = console or Console()
    place = root / "class" / "demo"
    with _progress(console) as tell, _quiet():
        tell("building the release")
        _fresh_course(root, place)
        build(place)
        course = _with_exchange(place)
        tell("releasing the lesson to the exchange")
        _exchange(ExchangeReleaseAssignment, course, LESSON).start()
        for person in people:
            tell(f"{person.name} fetches, works and hands in: {person.story}")
            _hand_in(course, person, place)
        tell("collecting")
        _exchange(SafeCollect, course, LESSON).start()
        tell("grading: each submission in a process of its own")
    # The class is ours: it may be graded where no stranger's would be.
    grade(place, LESSON, unconfined=True)
    with _progress(console) as tell, _quiet():
        tell("writing feedback pages and the class report")
        feedback(place, LESSON)
        _exchange(ExchangeReleaseFeedback, course, LESSON).start()
        pages = report(place, LESSON)
    result = DemoResult(gather(course, LESSON), pages, _wrong_marks(place, course, people), time.monotonic() - started)
    _print(console, result, people, place, root)
    if result.wrong:
        raise DemoError("The demo's marks are not what is due: " + "; ".join(result.wrong))
    return result


def _fresh_course(root: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in COPIED:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / name)


def _with_exchange(place: Path) -> Course:
    """Load the demo's course with an exchange of its own."""
    course = Course.load(place)
    exchange = place / "class" / "exchange"
    exchange.mkdir(parents=True)
    exchange.chmod(0o777)
    course.config.Exchange.root = str(exchange)
    course.config.Exchange.cache = str(place / "cache")
    # All of the made-up class share one account here, so ownership says nothing.
    course.config.ExchangeCollect.check_owner = False
    return course


def _exchange(
    step: type[Exchange], course: Course, assignment: str, student: str = "*", home: Path | None = None
) -> Exchange:
    """Return one step of nbgrader's exchange, ready to start."""
    config = Config(course.config)
    directory = course.directory(assignment)
    directory.student_id = student
    made = step(coursedir=directory, authenticator=Authenticator(config=config), config=config)
    made.log = LOG
    if home is not None:
        made.assignment_dir = str(home)
    return made


def _hand_in(course: Course, person: Person, place: Path) -> None:
    home = place / "homes" / person.name
    home.mkdir(parents=True)
    _exchange(ExchangeFetchAssignment, course, LESSON, person.name, home).start()
    path = home / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    fill_in(notebook, person, _reference(place))
    nbformat.write(notebook, path)
    if person.spoil is not None:
        before = path.read_bytes()
        person.spoil(notebook, path)
        if path.read_bytes() == before:
            path.write_text(nbformat.writes(notebook), encoding="utf-8")
    _exchange(ExchangeSubmit, course, LESSON, person.name, home).start()


def _reference(place: Path) -> Mapping[str, str]:
    slug = LESSON.split("_", 1)[1]
    return definitions((place / "solutions" / f"{slug}.py").read_text(encoding="utf-8"))


def _wrong_marks(place: Path, course: Course, people: tuple[Person, ...]) -> list[str]:
    found = gather(course, LESSON)
    points = {row.name: row.points for row in found.exercises}
    marks = {row.student: row.marks for row in found.students}
    wrong = []
    for person in people:
        for exercise, worth in points.items():
            due = round(worth * person.due_for(exercise), 2)
            got = marks.get(person.name, {}).get(exercise)
            if got is None or abs(got - due) > 0.011:
                wrong.append(f"{person.name} has {got} of {worth:g} for {exercise}, due {due:g}")
    return wrong


def _print(console: Console, result: DemoResult, people: tuple[Person, ...], place: Path, root: Path) -> None:
    table = Table(title=f"Marks, {LESSON}", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("who", no_wrap=True)
    table.add_column("total", justify="right", no_wrap=True)
    exercises = result.report.exercises
    for number, row in enumerate(exercises, start=1):
        table.add_column(f"{number}\n/{row.points:g}", justify="right", no_wrap=True)
    stories = {person.name: person.story for person in people}
    for student in result.report.students:
        cells = ["-" if student.marks.get(e.name) is None else f"{student.marks[e.name]:g}" for e in exercises]
        table.add_row(student.student, f"{student.total:g}", *cells)
    console.print(table)
    names = (f"{number} {row.name}" for number, row in enumerate(exercises, start=1))
    console.print(f"Exercises: {', '.join(names)}", highlight=False)
    _print_mistakes(console, result.pages.parent / "mistakes.csv")
    for name, story in stories.items():
        console.print(f"  [bold]{name}[/bold]: {story}")
    folder = os.path.relpath(place, root)
    console.print(f"\nWhere to look, after {result.seconds:.0f} s:")
    console.print(f"  class report   {os.path.relpath(result.pages, root)}", highlight=False)
    console.print(f"  feedback       {folder}/class/feedback/<who>/{LESSON}/{LESSON}.html", highlight=False)
    console.print(f"  gradebook      {folder}/class/gradebook.db", highlight=False)
    console.print(f"  formgrader     cd {folder} && jupyter lab, then Nbgrader > Formgrader", highlight=False)
    verdict = "Every mark is what it should be." if not result.wrong else "[red]Some marks are not what is due.[/red]"
    console.print(f"\n{verdict}")


def _print_mistakes(console: Console, path: Path) -> None:
    table = Table(title="Mistakes found by name")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [row[:3] for row in csv.reader(lines)]
    for title in rows[0]:
        table.add_column(title)
    for row in rows[1:]:
        table.add_row(*row)
    console.print(table)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(pulse_style="blue"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(text: str) -> None:
            bar.update(task, description=text)
            console.print(f"· {text}", highlight=False)

        yield tell


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep nbgrader's own log lines out of the progress display."""
    before = LOG.propagate
    LOG.propagate = False
    LOG.addHandler(handler := logging.NullHandler())
    try:
        yield
    finally:
        LOG.propagate = before
        LOG.removeHandler(handler)
