"""The lessons of the course, as the tests meet them: their names, their sources, and what they print."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import jupytext
import nbformat

from autograder.build import BuildReport, Run, build
from autograder.build.checking import run_lesson

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[01][0-9]_*.md") if not path.stem.startswith("00_"))


def slug_of(lesson: str) -> str:
    """Return ``softmax_regression`` for ``05_softmax_regression``."""
    return lesson.split("_", 1)[1]


@cache
def source_of(lesson: str) -> nbformat.NotebookNode:
    """Return a lesson's text notebook."""
    return jupytext.read(ROOT / "notebooks" / f"{lesson}.md")


def tags_of(lesson: str) -> set[str]:
    """Return every tag that stands on a cell of the lesson."""
    return {tag for cell in source_of(lesson).cells for tag in cell.metadata.get("tags", ())}


@cache
def _built() -> tuple[BuildReport, Path]:
    """Build the course once; return what was built and the folder it is in."""
    out = Path(tempfile.mkdtemp(prefix="course-lessons-"))
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    return build(ROOT, out), out


def sources() -> Path:
    """Return the folder of the notebooks that hold the answers."""
    return _built()[0].source


@cache
def run_of(lesson: str, answered: bool) -> Run:
    """Run a lesson or page as `course check` does."""
    report, out = _built()
    (woven,) = (woven for woven in report.woven if woven.lesson.assignment == lesson)
    return run_lesson(ROOT, report, woven, answered=answered, scratch=out)
