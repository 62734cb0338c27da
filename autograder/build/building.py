"""The whole build: read, hold against the rules, weave, release, and only then replace files."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.build.catalog import LOCALE, catalog_template
from autograder.build.coverage import DOCS, coverage_page
from autograder.build.files import Difference, Tree, read_tree, replace_tree
from autograder.build.index import FOLDER, index_of
from autograder.build.lessons import read_lessons
from autograder.build.problems import BuildError, Problem
from autograder.build.release import configured_places, generate, refused_changes, release_leaks
from autograder.build.rules import Checked, ExerciseLoader, check_lessons
from autograder.build.weave import Woven, to_text, weave
from autograder.config import load_config
from autograder.errors import CourseError


@dataclass(frozen=True)
class LessonReport:
    """What one lesson came to: its assignment, and how many cells, exercises and points it has."""

    assignment: str
    cells: int
    exercises: int
    points: float


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes
    ----------
    lessons : tuple of LessonReport
        Every lesson, by number.
    source, release : Path
        Where the notebooks are.
    done : Difference
        What had to be done in the release folder: files changed, added (`missing`), removed (`extra`).
    index : Path
        Where the lessons are listed for ``course_utils.progress``.
    gradebook : str or None
        URL of the gradebook that knows the assignments.
    seconds : float
        How long it took.
    woven : tuple of Woven
        The source notebooks, with the place each cell comes from.
    """

    lessons: tuple[LessonReport, ...]
    source: Path
    release: Path
    done: Difference
    index: Path
    gradebook: str | None
    seconds: float
    woven: tuple[Woven, ...] = field(repr=False, default=())


def build(
    root: Path,
    out: Path | None = None,
    *,
    gradebook: str | None = None,
    exercises: ExerciseLoader | None = None,
) -> BuildReport:
    """Build every lesson of a course. Nothing is written unless all of it can be.

    Parameters
    ----------
    root : Path
        The course's root: the folder of ``nbgrader_config.py``.
    out : Path, optional
        A folder of its own for ``source/`` and ``release/``, in place of the course's folders.
    gradebook : str, optional
        URL of the gradebook. Without it, the course's own folders go with the configured gradebook, and a
        folder of its own with none.
    exercises : callable, optional
        ``exercises(slug)`` returns the declared exercises by name; by default
        :func:`course_utils.judging.load_exercises`.

    Returns
    -------
    BuildReport

    Raises
    ------
    BuildError
        With everything an author has to mend, in all lessons.
    CourseError
        When there is no course, or nbgrader refuses.
    """
    started = time.perf_counter()
    root = root.resolve()
    config = load_config(root)
    places = configured_places(config, root)
    if out is None:
        source, release, index = places.source, places.release, root / FOLDER
        gradebook = gradebook or places.gradebook
    else:
        source, release, index = (out.resolve() / name for name in ("source", "release", FOLDER))
    checked = _read(root, exercises)
    woven = [weave(one.lesson, one.answers) for one in checked]
    names = [one.lesson.assignment for one in woven]
    with tempfile.TemporaryDirectory(prefix="course-build-") as scratch:
        place = Path(scratch)
        sources = {_notebook_of(one): to_text(one.notebook).encode() for one in woven}
        replace_tree(place / "source", sources)
        generate(config, place, names, None)
        released = read_tree(place / "release")
        problems = _release_problems(checked, woven, released)
        problems += refused_changes(woven, gradebook, places.course_id) if gradebook else []
        if problems:
            raise BuildError(problems)
        if gradebook:
            generate(config, place, names, gradebook)
    replace_tree(source, sources)
    done = replace_tree(release, released)
    if out is not None or has_package(root):
        replace_tree(index, index_of(one.lesson for one in woven))
    if out is None:
        for name, page in coverage_page(root).items():
            (root / DOCS / name).write_bytes(page)
        for name, template in catalog_template(root).items():
            (root / LOCALE).mkdir(exist_ok=True)
            (root / LOCALE / name).write_bytes(template)
    lessons = tuple(_report(one) for one in woven)
    return BuildReport(lessons, source, release, done, index, gradebook, time.perf_counter() - started, tuple(woven))


def has_package(root: Path) -> bool:
    """Whether the course brings its own `course_utils`; else there is nothing to put an index into."""
    return (root / FOLDER).parent.joinpath("__init__.py").is_file()


def _notebook_of(woven: Woven) -> str:
    return f"{woven.lesson.assignment}/{woven.lesson.assignment}.ipynb"


def _report(woven: Woven) -> LessonReport:
    lesson, cells = woven.lesson.assignment, len(woven.notebook.cells)
    return LessonReport(lesson, cells, len(woven.checks), woven.points)


def _read(root: Path, exercises: ExerciseLoader | None) -> list[Checked]:
    if exercises is None:
        from course_utils.judging import load_exercises

        exercises = load_exercises
    lessons, unreadable = read_lessons(root)
    if not lessons and not unreadable:
        raise CourseError(f"There are no lessons in {root / 'notebooks'}. Write one as notebooks/01_slug.md.")
    checked, problems = check_lessons(root, lessons, exercises)
    if problems or unreadable:
        raise BuildError([*unreadable, *problems])
    return checked


def _release_problems(checked: Sequence[Checked], woven: Sequence[Woven], released: Tree) -> list[Problem]:
    """Look at nbgrader's output: one notebook a lesson, nothing else, and no answer in it."""
    problems: list[Problem] = []
    wanted = {_notebook_of(one): one for one in woven}
    for name in sorted(set(released) ^ set(wanted)):
        what = f"nbgrader {'left' if name in released else 'did not write'} release/{name}."
        problems.append(Problem("nbgrader_config.py", 1, what, "Look at the GenerateAssignment settings there."))
    for one, (name, weft) in zip(checked, wanted.items(), strict=True):
        if name in released:
            problems += release_leaks(weft, one.answers.values(), released[name].decode())
    return problems
