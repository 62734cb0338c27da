"""A tiny course in a temporary folder, made with nbgrader's own build."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import GenerateAssignment
from toy_course import ASSIGNMENT, BASE_CONFIG, DECLARATIONS, ToyCourse, toy_source

import course_utils.exercises
from autograder.grading.course import Course


@pytest.fixture
def release() -> NotebookNode:
    """The toy lesson as released, without nbgrader: answers are stubs."""
    notebook = toy_source()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = cell.source.split("\n")[0] + '\n    raise NotImplementedError("your answer goes here")'
    return notebook


@pytest.fixture
def toy_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let ``load_exercises("toy_lesson")`` find the toy lesson's declarations."""
    folder = tmp_path / "declarations"
    folder.mkdir()
    (folder / "toy_lesson.py").write_text(DECLARATIONS)
    monkeypatch.setattr(course_utils.exercises, "__path__", [*course_utils.exercises.__path__, str(folder)])
    sys.modules.pop("course_utils.exercises.toy_lesson", None)
    yield
    sys.modules.pop("course_utils.exercises.toy_lesson", None)


@pytest.fixture(scope="session")
def built_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built course to be copied: nbgrader takes seconds to make one."""
    import autograder.grading

    root = tmp_path_factory.mktemp("built") / "course"
    source = root / "build" / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (root / "class").mkdir()
    real = Path(autograder.grading.__file__).resolve().parents[2] / "nbgrader_config.py"
    section = real.read_text().split("# --- grading ---")[1]
    (root / "nbgrader_config.py").write_text(BASE_CONFIG + section)
    nbformat.write(toy_source(), source / f"{ASSIGNMENT}.ipynb")
    loaded = Course.load(root)
    GenerateAssignment(coursedir=loaded.directory(ASSIGNMENT, "."), config=loaded.config).start()
    return root


@pytest.fixture
def course(built_course: Path, tmp_path: Path, toy_lesson: None, monkeypatch: pytest.MonkeyPatch) -> ToyCourse:
    """A built course with the grading section of the real configuration."""
    shutil.copytree(built_course, tmp_path / "course")
    monkeypatch.setenv("COURSE_SECRET_FILE", str(tmp_path / "secret"))
    return ToyCourse(tmp_path / "course")
