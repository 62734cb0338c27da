"""One run over a class: from what was handed in, through store and farm, to the writer.

This is the coordinator. It reads and sanitises a submission, looks its result up, and hands what has none to
the farm; a result goes into the store first and through the writer next. It is the only process of a run that
touches store or gradebook, so workers need no path; and a result is found again whatever happens to the gradebook.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.grading.assess import Record, find, keep, left_to_staff, seeds_of, undecided
from autograder.grading.cluster import ClusterFarm
from autograder.grading.course import Course, GradingError
from autograder.grading.execute import RESULTS
from autograder.grading.farm import Farm, LocalFarm, make_task
from autograder.grading.handed_in import prepare
from autograder.grading.progress import Display, Finished
from autograder.grading.results import ResultStore, code_state, result_key
from autograder.grading.seeds import run_secret
from autograder.grading.settings import Confinement, confinement, limits_of, require_confinement
from autograder.grading.terms import LOG_FILE, code_cells, lesson_of, unused_packages
from autograder.grading.trusted import trusted_notebook
from autograder.grading.worker import Result, Task
from autograder.grading.writer import Book, Writer

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
class Options:
    """How a run is to go; the parameters of ``commands.grade`` by the same names."""

    force: bool = False
    jobs: int | None = None
    scheduler: str | None = None
    unconfined: bool = False


@dataclass
class _Student:
    """A student whose submission is on its way."""

    name: str
    books: dict[str, NotebookNode]
    keys: dict[str, str]
    records: dict[str, Record] = field(default_factory=dict)


class Run:
    """One run over an assignment: what its steps share.

    Parameters
    ----------
    course : Course
        The course.
    assignment : str
        The assignment.
    notebooks : sequence of str
        The names of its notebooks.
    options : Options
        How it is to go.
    display : Display
        Told of each student who is finished.
    farm : Farm, optional
        The worker processes, where they are not to be started here; it is closed as those are.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        notebooks: Sequence[str],
        options: Options,
        display: Display,
        farm: Farm | None = None,
    ) -> None:
        self.course, self.assignment, self.options, self.display = course, assignment, options, display
        self.summary = Summary()
        self.keys: set[str] = set()
        self.limits = limits_of(course.config)
        self.secret = run_secret(fresh=True)
        self.code = code_state(lesson_of(assignment))
        self.store = ResultStore(course.root / RESULTS / assignment)
        self.trusted = {name: trusted_notebook(course.directory(), assignment, name) for name in notebooks}
        self.writer = Writer(course, assignment, self.trusted.values())
        self._farm = farm
        self._confinement: Confinement | None = None
        self._waiting: dict[str, _Student] = {}

    def all_of(self, students: Sequence[str]) -> None:
        """Grade these students; the farm is started when the first of them needs it."""
        tasks = self._tasks(students)
        try:
            first = next(tasks, None)
            if first is not None:
                farm = self._start_farm()
                for task, result in farm.run(self._placed(first, tasks)):
                    self._take(task, result)
        finally:
            if self._farm is not None:
                self._farm.close()
            self.writer.close()

    def _start_farm(self) -> Farm:
        if self._farm is None and self.options.scheduler is not None:
            lesson, unconfined = lesson_of(self.assignment), self.options.unconfined
            cluster = ClusterFarm(self.options.scheduler, lesson, self.code, unconfined)
            self._farm, self._confinement = cluster, cluster.confinement
        else:
            self._confinement = confinement()
            require_confinement(self._confinement, self.options.unconfined)
            self._farm = self._farm or LocalFarm(
                self.options.jobs,
                self.course.root / LOG_FILE,
                lesson=lesson_of(self.assignment),
                unused=unused_packages(self.trusted.values()),
            )
        return self._farm

    def _placed(self, first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[Task]:
        """Make the tasks, once it is known where they will be graded."""
        assert self._confinement is not None
        about: dict[str, Any] = {"limits": self.limits, "confinement": self._confinement, "code": self.code}
        yield make_task(**first, **about)
        for one in rest:
            yield make_task(**one, **about)

    def _tasks(self, students: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Give what has to be graded; write at once what has a result already."""
        for name in students:
            try:
                student, tasks = self._prepare(name)
            except Exception as error:  # the others are graded; this one is named at the end
                LOG.exception("%s cannot be graded", name)
                self._give_up(name, _reason(error))
                continue
            if tasks:
                self._waiting[name] = student
                yield from tasks
            else:
                self._finish(student)

    def _prepare(self, name: str) -> tuple[_Student, list[dict[str, Any]]]:
        student, tasks = _Student(name, {}, {}), []
        for book, released in self.trusted.items():
            folder = self.course.folder("submitted", self.assignment, name)
            notebook = prepare(folder, book, released, self.trusted)
            seeds = seeds_of(notebook, name, self.secret)
            key = result_key(notebook, lesson_of(self.assignment), seeds, self.limits, self.code)
            self.keys.add(key)
            student.books[book], student.keys[book] = notebook, key
            found = undecided(notebook, key)
            if found is None and not self.options.force:
                found = find(self.store, key, len(code_cells(notebook)), self.options.unconfined)
            if found is not None:
                student.records[book] = found
            else:
                about = {"assignment": self.assignment, "student": name, "name": book}
                tasks.append({**about, "notebook": notebook, "seeds": seeds, "key": key})
        return student, tasks

    def _take(self, task: Task, result: Result) -> None:
        """Keep a result; a student whose last notebook it was is finished."""
        student, book = self._waiting[task["student"]], task["name"]
        how = self._confinement.to_dict() if self._confinement else None
        if "failed" in result:
            cells = left_to_staff(code_cells(student.books[book]), str(result["failed"]))
            record = Record(task["key"], tuple(cells), 0.0, False, how)
        else:
            record = Record(task["key"], tuple(result["cells"]), float(result["seconds"]), False, how)
            keep(self.store, record, self.assignment, student.name)
        student.records[book] = record
        if len(student.records) == len(student.books):
            del self._waiting[student.name]
            self._finish(student)

    def _finish(self, student: _Student) -> None:
        """Write a student's notebooks and marks, when they are not written yet."""
        try:
            books = [Book(name, notebook, student.records[name]) for name, notebook in student.books.items()]
            points = [book.points() for book in books]
            problem = next((why for book in books for why in book.record.ungraded), None)
            written = self.options.force or not self.writer.up_to_date(student.name, books)
            if written:
                problem = self.writer.write(student.name, books) or problem
        except Exception as error:  # one student never stops the class
            LOG.exception("%s cannot be written", student.name)
            self._give_up(student.name, _reason(error))
            return
        if problem is not None:
            self.summary.staff[student.name] = problem
        else:
            (self.summary.done if written else self.summary.kept).append(student.name)
        earned, most = sum(got for got, _ in points), sum(worth for _, worth in points)
        stored = all(book.record.stored for book in books)
        seconds = sum(book.record.seconds for book in books)
        self.display.finished(Finished(student.name, earned, most, seconds, stored, problem))

    def _give_up(self, name: str, reason: str) -> None:
        """Leave a student ungraded, with the reason: no old mark stays."""
        try:
            self.writer.forget(name)
        except Exception:
            LOG.exception("the old marks of %s could not be taken back", name)
            reason += " (and the gradebook could not be written)"
        self.summary.staff[name] = reason
        self.display.finished(Finished(name, 0.0, 0.0, 0.0, False, reason))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, GradingError) else f"{type(error).__name__}: {error}"
