"""The graders that are compared, each grading a handful of submissions in a folder of its own.

Stock nbgrader and otter run as they are shipped and documented: ``nbgrader autograde ASSIGNMENT`` over all submissions
of a course, ``otter run`` for each submission (``otter grade`` needs Docker). Ours is ``course grade ASSIGNMENT`` in a
copy of this repository's packages, started anew each time with an empty gradebook and an empty results store.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat

from grading_lesson.clock import Command, Measured, measure
from grading_lesson.forms import (
    ASSIGNMENT,
    HERE,
    LESSON,
    Cell,
    Submission,
    fill_in,
    otter_notebook,
    otter_test,
    plain_cells,
    source_notebook,
)

ROOT = HERE.parents[1]
OTTER_HOME = ROOT / "build" / "bench-venv"
_COPIED = ("autograder", "course_utils", "solutions", "nbgrader_config.py")
# They pin numpy's kernels or the number of threads; a grader as shipped sets none of them.
_UNSET = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "MPLBACKEND",
    "PYTHONPATH",
)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
Marks = dict[str, dict[str, float | None]]


class BenchmarkError(Exception):
    """Something that is measured did not run; the text says what."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment that every grader gets alike."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    # nbgrader runs `alembic`, which lies beside the interpreter
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, **more}


def _must(words: Sequence[str], folder: Path, variables: dict[str, str] | None = None) -> None:
    run = subprocess.run(
        words, cwd=folder, env=variables or environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if run.returncode:
        raise BenchmarkError(f"{' '.join(words)} failed in {folder}:\n{run.stdout[-3000:]}")


def _hand_in(course: Path, released: nbformat.NotebookNode, submissions: Sequence[Submission]) -> None:
    for one in submissions:
        folder = course / "class" / "submitted" / one.student / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(fill_in(released, one), folder / f"{ASSIGNMENT}.ipynb")


def _release(course: Path, cells: list[Cell], ours: bool, variables: dict[str, str]) -> nbformat.NotebookNode:
    """Let nbgrader make the release and its gradebook; return the released notebook."""
    source = course / "build" / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (course / "class").mkdir()
    nbformat.write(source_notebook(cells, ours), source / f"{ASSIGNMENT}.ipynb")
    _must([sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT], course, variables)
    return nbformat.read(course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)


def _gradebook_marks(course: Path, submissions: Sequence[Submission]) -> Marks:
    """Read the marks from nbgrader's gradebook; a submission that is not there has none."""
    from nbgrader.api import Gradebook, MissingEntry

    marks: Marks = {}
    with Gradebook(f"sqlite:///{course / 'class' / 'gradebook.db'}") as gradebook:
        for one in submissions:
            try:
                notebooks = gradebook.find_submission(ASSIGNMENT, one.student).notebooks
            except MissingEntry:
                notebooks = []
            marks[one.student] = {
                grade.name.removeprefix("check-"): grade.auto_score for book in notebooks for grade in book.grades
            }
    return marks


class Grader:
    """One way to grade.

    Attributes
    ----------
    name : str
        What the table calls it.
    """

    name = ""

    def __init__(self, place: Path, cells: list[Cell]) -> None:
        self.place = place
        self.cells = cells
        self.logs: list[str] = []
        self._numbers = itertools.count(1)

    def grade(self, submissions: Sequence[Submission]) -> tuple[Measured, Marks]:
        """Grade the submissions once, and return what it took and the marks."""
        raise NotImplementedError

    def _fresh(self) -> Path:
        return self.place / f"run-{next(self._numbers)}"


class Stock(Grader):
    """Stock nbgrader: one process over all submissions, or several over a share each.

    Each process has a course folder of its own, so that no two write to one gradebook.
    """

    def __init__(
        self, name: str, place: Path, cells: list[Cell], processes: int = 1, more: dict[str, str] | None = None
    ) -> None:
        super().__init__(place, cells)
        self.name, self.processes, self.more = name, processes, more or {}
        self.template = place / "template"
        self.template.mkdir(parents=True)
        (self.template / "nbgrader_config.py").write_text(
            "import os\n"
            "c = get_config()\n"
            "c.CourseDirectory.course_id = 'benchmark'\n"
            "c.CourseDirectory.root = os.getcwd()\n"
            "c.CourseDirectory.source_directory = 'build/source'\n"
            "c.CourseDirectory.submitted_directory = 'class/submitted'\n"
            "c.CourseDirectory.autograded_directory = 'class/autograded'\n"
            "c.CourseDirectory.feedback_directory = 'class/feedback'\n"
            "c.CourseDirectory.db_url = 'sqlite:///' + os.path.join(os.getcwd(), 'class', 'gradebook.db')\n"
        )
        self.released = _release(self.template, cells, ours=False, variables=environment())

    def grade(self, submissions: Sequence[Submission]) -> tuple[Measured, Marks]:
        run = self._fresh()
        shares = [submissions[number :: self.processes] for number in range(self.processes)]
        courses = [run / f"course-{number}" for number, share in enumerate(shares) if share]
        for course, share in zip(courses, shares, strict=False):
            shutil.copytree(self.template, course)
            _hand_in(course, self.released, share)
        words = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
        took = measure([Command(words, course, environment(**self.more)) for course in courses], mark="Sanitizing ")
        marks: Marks = {}
        for course, share in zip(courses, shares, strict=False):
            marks.update(_gradebook_marks(course, share))
        shutil.rmtree(run)
        return took, marks


class Otter(Grader):
    """Otter as shipped, one ``otter run`` after the other."""

    name = "otter"

    def __init__(self, place: Path, cells: list[Cell]) -> None:
        super().__init__(place, cells)
        self.otter = str(_otter_command())
        (place / "tests").mkdir(parents=True)
        for cell in cells:
            if cell.kind == "answer":
                text = otter_test(cell.name, cell.points)
                (place / "tests" / f"{cell.name}.py").write_text(text, encoding="utf-8")
        make = [self.otter, "generate", "-t", "tests", "-o", "autograder.zip", "--no-requirements", "--no-environment"]
        _must(make, place)

    def grade(self, submissions: Sequence[Submission]) -> tuple[Measured, Marks]:
        run = self._fresh()
        taken, marks = [], {}
        for one in submissions:
            folder = run / one.student
            folder.mkdir(parents=True)
            nbformat.write(otter_notebook(self.cells, one), folder / f"{LESSON}.ipynb")
            words = [self.otter, "run", "-a", str(self.place / "autograder.zip"), "-o", ".", f"{LESSON}.ipynb"]
            taken.append(measure([Command(words, folder, environment())]))
            marks[one.student] = self._marks(folder / "results.json")
        shutil.rmtree(run)
        output = [text for one in taken for text in one.output]
        codes = [code for one in taken for code in one.codes]
        seconds, cpu = sum(one.seconds for one in taken), sum(one.cpu for one in taken)
        return Measured(seconds, cpu, max(one.peak for one in taken), 0.0, output, codes), marks

    def _marks(self, path: Path) -> dict[str, float | None]:
        names = {cell.name for cell in self.cells if cell.kind == "answer"}
        try:
            tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
        except (OSError, ValueError, KeyError):
            return {}
        return {test["name"]: test.get("score") for test in tests if test["name"] in names}


def _otter_command() -> Path:
    """Return otter's command, from an environment of its own that sees the packages of this one."""
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    command, mark = OTTER_HOME / "bin" / "otter", OTTER_HOME / ".installed"
    wanted = " ".join(pins["bench"])
    if command.exists() and mark.exists() and mark.read_text() == wanted:
        return command
    print(f"installing {wanted} into {OTTER_HOME.relative_to(ROOT)} (once)", flush=True)
    _must([sys.executable, "-m", "venv", "--without-pip", "--clear", str(OTTER_HOME)], ROOT)
    python = str(OTTER_HOME / "bin" / "python")
    variables = {"base": str(OTTER_HOME), "platbase": str(OTTER_HOME)}
    theirs = Path(sysconfig.get_path("purelib", "venv", variables))
    # torch, numpy and what else is pinned come from here: both sides run the same ones
    (theirs / "course.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _must([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins["bench"]], ROOT)
    mark.write_text(wanted)
    return command


class Ours(Grader):
    """``course grade``, on all cores, with so many workers, or on a dask cluster."""

    def __init__(self, name: str, place: Path, cells: list[Cell], workers: int | None = None) -> None:
        super().__init__(place, cells)
        self.name, self.workers = name, workers
        self.scheduler: str | None = None
        self.course = place / "course"
        if not self.course.exists():
            self._copy()
        self.released = nbformat.read(self.course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)

    def _copy(self) -> None:
        """Copy the packages, with the lesson's exercises among those of the course, and make the release."""
        self.course.mkdir(parents=True)
        for name in _COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.course / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, self.course / name)
        shutil.copy(HERE / "exercises.py", self.course / "course_utils" / "exercises" / f"{LESSON}.py")
        compiled = [sys.executable, "-m", "compileall", "-q", "autograder", "course_utils", "solutions"]
        _must(compiled, self.course)
        _release(self.course, self.cells, ours=True, variables=self.environment())
        (self.course / "class").rename(self.course / "class-before")

    def environment(self) -> dict[str, str]:
        """Return the environment of the copy's commands."""
        return environment(
            PYTHONPATH=str(self.course),
            COURSE_SECRET_FILE=str(self.place / "secret"),
            COURSE_PROGRESS=str(self.place / "progress"),
        )

    def _words(self) -> list[str]:
        words = [sys.executable, "-m", "autograder.cli", "grade", ASSIGNMENT]
        if self.scheduler is not None:
            return [*words, "--scheduler", self.scheduler]
        return words if self.workers is None else [*words, "--jobs", str(self.workers)]

    def grade(
        self, submissions: Sequence[Submission], every_look: Callable[[], None] | None = None
    ) -> tuple[Measured, Marks]:
        shutil.rmtree(self.course / "class", ignore_errors=True)
        shutil.copytree(self.course / "class-before", self.course / "class")
        _hand_in(self.course, self.released, submissions)
        took = measure([Command(self._words(), self.course, self.environment())], every_look=every_look)
        return took, _gradebook_marks(self.course, submissions)


def plain_seconds(place: Path, cells: list[Cell], submissions: Sequence[Submission]) -> list[float]:
    """Return the CPU seconds of each learner's own code, run plainly; see plain.py."""
    place.mkdir(parents=True, exist_ok=True)
    path = place / "cells.json"
    path.write_text(json.dumps([plain_cells(cells, one) for one in submissions]))
    words = [sys.executable, str(HERE / "plain.py"), str(path)]
    run = subprocess.run(words, cwd=place, env=environment(**ONE_THREAD), stdout=subprocess.PIPE, text=True, check=True)
    return [float(seconds) for seconds in json.loads(run.stdout)]


def disagreements(marks: Marks, submissions: Sequence[Submission]) -> list[str]:
    """Return the marks that are not what is due, in words."""
    return [
        f"{one.student} has {got} for {name}, due {points:g}"
        for one in submissions
        for name, points in one.due.items()
        if (got := marks.get(one.student, {}).get(name)) is None or abs(got - points) > 0.01
    ]
