"""Proves that the lessons run and that ``release/`` is what the sources give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograder
from autograder.build.building import BuildReport, build, has_package
from autograder.build.catalog import LOCALE, catalog_template
from autograder.build.coverage import DOCS, coverage_page
from autograder.build.files import Difference, Tree, compare, read_tree
from autograder.build.index import FOLDER
from autograder.build.release import configured_places
from autograder.build.rules import ExerciseLoader
from autograder.build.weave import Woven, is_check
from autograder.config import load_config
from autograder.errors import CommandError

CELL_SECONDS = 120.0
LESSON_SECONDS = 300.0
# What a lesson may take on two cores; the limits above only end what hangs.
LESSON_ALLOWED = 60.0

# The same word as in `course_utils.record_book`, which a course of one's own need not have.
_RECORD = "COURSE_PROGRESS"
_GUARD_ONLY = "COURSE_CHECK_WITHOUT_NAMESPACE"


@dataclass(frozen=True)
class Run:
    """How one lesson ran.

    Attributes
    ----------
    assignment : str
        The lesson or page.
    answered : bool
        With the reference answers, or as the learner gets it.
    seconds : float
        What its cells took.
    network : str
        How the network was cut.
    problems : tuple of str
        What is wrong, each with file and line; empty when all is well.
    printed : str
        Everything its cells printed.
    """

    assignment: str
    answered: bool
    seconds: float
    network: str
    problems: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True)
class Freshness:
    """Whether a generated folder, or one generated file of a folder, is what the sources give."""

    difference: Difference
    folder: str
    file: str = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """One line a file that is not as it should be."""
        kinds = {"changed": "differs from", "missing": "is missing; it is in", "extra": "is not in"}
        return tuple(
            f"{self.folder}/{name} {says} what the sources give. Run `course build` and commit the result."
            for kind, says in kinds.items()
            for name in getattr(self.difference, kind)
        )


@dataclass(frozen=True)
class CheckReport:
    """What ``course check`` found."""

    runs: tuple[Run, ...]
    freshness: tuple[Freshness, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong."""
        of_runs = [problem for run in self.runs for problem in run.problems]
        return (*of_runs, *(problem for freshness in self.freshness for problem in freshness.problems))

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check(
    root: Path,
    lessons: Sequence[str] = (),
    *,
    run: bool = True,
    exercises: ExerciseLoader | None = None,
    tell: Callable[[Run], None] | None = None,
) -> CheckReport:
    """Run the lessons and compare what is generated with what the sources give.

    Every lesson runs twice, each time in a fresh kernel without a network: with the reference answers, where
    every check has to pass, and as the learner gets it, where checks say "not yet" and nothing else fails.
    A page runs once. As many run side by side as there are cores.

    Parameters
    ----------
    root : Path
        The course's root.
    lessons : sequence of str
        Which lessons to run, by number, slug or assignment; all when empty.
    run : bool
        Whether to run any.
    exercises : callable, optional
        As for :func:`~autograder.build.build`.
    tell : callable, optional
        Called with every :class:`Run`, in the order of the lessons.

    Returns
    -------
    CheckReport

    Raises
    ------
    BuildError
        When the course cannot be built.
    CommandError
        When there is no such lesson.
    """
    root = root.resolve()
    with tempfile.TemporaryDirectory(prefix="course-check-") as scratch:
        report = build(root, Path(scratch), exercises=exercises)
        runs = []
        with ThreadPoolExecutor(_cores()) as side_by_side:
            for done in side_by_side.map(
                lambda one: run_lesson(root, report, one[0], answered=one[1], scratch=Path(scratch)),
                _planned(chosen_lessons(report, lessons)) if run else (),
            ):
                runs.append(done)
                if tell:
                    tell(done)
        freshness = [_freshness(root, report.release, configured_places(load_config(root), root).release)]
        if has_package(root):
            freshness.append(_freshness(root, report.index, root / FOLDER))
        freshness += _files_fresh(root, DOCS, coverage_page(root))
        freshness += _files_fresh(root, LOCALE, catalog_template(root))
    return CheckReport(tuple(runs), tuple(freshness))


def _cores() -> int:
    return os.cpu_count() or 1


def _planned(lessons: Sequence[Woven]) -> list[tuple[Woven, bool]]:
    """Give each run: which lesson, and whether with answers. A page is the same with and without."""
    return [
        (woven, answered) for woven in lessons for answered in ((False,) if woven.lesson.is_page else (True, False))
    ]


def _freshness(root: Path, made: Path, committed: Path) -> Freshness:
    found = read_tree(committed) if committed.is_dir() else {}
    return Freshness(compare(read_tree(made), found), committed.relative_to(root).as_posix())


def _files_fresh(root: Path, folder: str, made: Tree) -> list[Freshness]:
    """Compare files of a folder that holds others as well."""
    fresh = []
    for name, content in made.items():
        path = root / folder / name
        found = {name: path.read_bytes()} if path.is_file() else {}
        fresh.append(Freshness(compare({name: content}, found), folder, name))
    return fresh


def chosen_lessons(report: BuildReport, lessons: Sequence[str]) -> list[Woven]:
    """Return the lessons that are meant by number, slug or assignment; all when none is named.

    Raises
    ------
    CommandError
        When there is no such lesson.
    """
    if not lessons:
        return list(report.woven)
    chosen = []
    for wanted in lessons:
        found = [
            woven
            for woven in report.woven
            if wanted in (woven.lesson.assignment, woven.lesson.slug, woven.lesson.assignment[:2])
            or wanted == str(woven.lesson.number)
        ]
        if not found:
            known = ", ".join(woven.lesson.assignment for woven in report.woven)
            raise CommandError(f"There is no lesson “{wanted}”. There are: {known}.")
        chosen += found
    return chosen


def run_lesson(
    root: Path,
    report: BuildReport,
    woven: Woven,
    *,
    answered: bool,
    scratch: Path,
    executed: Path | None = None,
    timed: bool = True,
) -> Run:
    """Run one lesson in a fresh kernel without a network.

    Parameters
    ----------
    root : Path
        The course's root.
    report : BuildReport
        What was built.
    woven : Woven
        The lesson, one of ``report.woven``.
    answered : bool
        With the reference answers, or as the learner gets it.
    scratch : Path
        An existing folder for what the run leaves behind.
    executed : Path, optional
        Where to write the notebook with its outputs; nowhere by default.
    timed : bool
        Whether it is a problem when the lesson takes longer than learners should wait.

    Returns
    -------
    Run
    """
    name = woven.lesson.assignment
    folder = report.source if answered else report.release
    result_file = scratch / f"{name}-{'answered' if answered else 'release'}.json"
    command = [sys.executable, "-m", "autograder.build.run_lesson"]
    command += [str(folder / name / f"{name}.ipynb"), str(result_file)]
    command += [f"--cell-seconds={CELL_SECONDS}", f"--lesson-seconds={LESSON_SECONDS}"]
    command += [] if answered else ["--keep-going"]
    command += [f"--executed={executed}"] if executed else []
    command += ["--no-namespace"] if os.environ.get(_GUARD_ONLY) else []
    try:
        ended = subprocess.run(
            command,
            env=run_environment(root) | {_RECORD: str(result_file.with_suffix(".progress.json"))},
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=LESSON_SECONDS + 120,
            check=False,
        )
        said = ended.stderr.strip().splitlines()[-1:] or [f"exit code {ended.returncode}"]
    except subprocess.TimeoutExpired:
        said = [f"no answer after {LESSON_SECONDS + 120:g} s"]
    if not result_file.is_file():
        what = f"{woven.lesson.file}:1: the lesson could not be run ({said[0]})."
        return Run(name, answered, 0.0, "", (f"{what} Try `course doctor`.",))
    result = json.loads(result_file.read_text(encoding="utf-8"))
    problems = _answered_problems(woven, result) if answered else _release_problems(woven, result)
    if answered and timed and result["seconds"] > LESSON_ALLOWED:
        what = f"the lesson takes {result['seconds']:.0f} s and may take {LESSON_ALLOWED:.0f} s."
        problems.append(f"{woven.lesson.file}:1: {what} Use less data or fewer steps.")
    return Run(name, answered, result["seconds"], result["network"], tuple(problems), result["printed"])


def run_environment(root: Path) -> dict[str, str]:
    """The kernel finds the course of this root before an installed one; lessons side by side share the cores."""
    ours = str(Path(autograder.__file__).resolve().parent.parent)
    before = os.environ.get("PYTHONPATH")
    paths = [str(root), ours, *([before] if before else [])]
    return {
        "OMP_NUM_THREADS": "1",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }


def _answered_problems(woven: Woven, result: dict[str, Any]) -> list[str]:
    problems = []
    for error in result["errors"]:
        if is_check(error["cell"]):
            what = f"the reference answer does not pass its check ({_said(error)})."
            problems.append(f"{_place(woven, error)}: {what} Mend {woven.lesson.solutions_file} or the exercise.")
            break
        if not error["allowed"]:
            problems.append(f"{_place(woven, error)}: the lesson fails here: {_said(error)}. Mend the cell.")
            break
    return problems


def _release_problems(woven: Woven, result: dict[str, Any]) -> list[str]:
    problems = []
    raised = {error["cell"]: error for error in result["errors"]}
    for error in result["errors"]:
        expected = is_check(error["cell"]) and error["name"] == "CheckFailed"
        if not expected and (is_check(error["cell"]) or not error["allowed"]):
            what = f"the unanswered lesson fails here: {_said(error)}."
            fix = "Let the cell wait with `if ready(...)`, or tag it raises-exception if the error is the point."
            problems.append(f"{_place(woven, error)}: {what} {fix}")
    for cell_id in result["ran"]:
        if is_check(cell_id) and cell_id not in raised:
            place = f"{woven.lesson.file}:{woven.origin[cell_id].line}"
            what = "the check passes an answer that nobody has written."
            problems.append(f"{place}: {what} Mend the exercise in {woven.lesson.exercises_file}.")
    return problems


def _place(woven: Woven, error: dict[str, Any]) -> str:
    cell = woven.origin[error["cell"]]
    line = cell.line
    if not cell.is_exercise:
        line = cell.body_line + (error["line"] or 1) - 1
    return f"{woven.lesson.file}:{line}"


def _said(error: dict[str, Any]) -> str:
    return f"{error['name']}: {error['message']}".rstrip(".: ")
