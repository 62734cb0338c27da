"""The lessons of the course, as the tests meet them: their names, their sources, and what they print."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from autograder.build import build

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
def sources() -> Path:
    """Build the course once; return the folder of the notebooks that hold the answers."""
    out = Path(tempfile.mkdtemp(prefix="course-lessons-"))
    build(ROOT, out)
    return out / "source"


@cache
def printed_by(lesson: str) -> str:
    """Run a lesson with its solutions; return everything it prints."""
    place = sources() / lesson
    notebook = nbformat.read(place / f"{lesson}.ipynb", as_version=4)
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "COURSE_PROGRESS")}
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [before["PYTHONPATH"]])])
    # A record of its own: what a lesson takes from earlier ones must not hang on which were run before it.
    os.environ["COURSE_PROGRESS"] = str(place / "progress.json")
    try:
        NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(place)}}
        ).execute()
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
    return "".join(
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
