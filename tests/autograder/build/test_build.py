"""The build: what it writes, that it writes the same each time, and that it writes all or nothing."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from mini_course import SOLUTIONS, Course
from nbgrader.api import Gradebook

from autograder.build import BuildError
from autograder.build.files import read_tree, replace_tree
from autograder.errors import CourseError


def _cells(path: Path) -> dict[str, nbformat.NotebookNode]:
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


def test_two_builds_are_byte_identical(course: Course, tmp_path: Path) -> None:
    course.build(tmp_path / "one")
    course.build(tmp_path / "two")
    one, two = read_tree(tmp_path / "one"), read_tree(tmp_path / "two")
    assert sorted(one) == [
        "course_utils/lessons/01_mini.json",
        "release/01_mini/01_mini.ipynb",
        "source/01_mini/01_mini.ipynb",
    ]
    assert one == two
    assert all(data.endswith(b"}\n") for data in one.values())


def test_an_exercise_cell_becomes_header_answer_and_check(course: Course, tmp_path: Path) -> None:
    report = course.build(tmp_path / "out")
    cells = _cells(report.source / "01_mini" / "01_mini.ipynb")
    names = list(cells)
    place = names.index("head-weighted")
    assert names[place : place + 3] == ["head-weighted", "weighted", "check-weighted"]
    assert cells["head-weighted"].source == (
        "### Exercise 1: `weighted`\n\nDifficulty ★★☆ (2 of 3) · 6 minutes · 3 points"
    )
    answer = cells["weighted"]
    assert answer.source == SOLUTIONS[SOLUTIONS.index("def weighted") : SOLUTIONS.index("\n\n\ndef other")]
    assert answer.metadata["tags"] == ["first"]
    assert answer.metadata["nbgrader"] == {
        "cell_type": "code",
        "grade": False,
        "grade_id": "weighted",
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }
    check = cells["check-weighted"]
    assert check.source == "check(weighted)"
    assert check.metadata["tags"] == ["raises-exception"]
    assert check.metadata["nbgrader"]["points"] == 3
    assert check.metadata["nbgrader"]["grade"]
    assert check.metadata["nbgrader"]["locked"]
    assert report.lessons[0].exercises == 1
    assert report.lessons[0].points == 3


def test_repeated_cells_have_ids_of_their_own(course: Course, tmp_path: Path) -> None:
    text = course.lesson.read_text() + "\n```{code-cell} ipython3\n1\n```\n\n```{code-cell} ipython3\n1\n```\n"
    course.lesson.write_text(text)
    report = course.build(tmp_path / "out")
    last = list(_cells(report.source / "01_mini" / "01_mini.ipynb"))[-2:]
    assert last[0].startswith("code-")
    assert last[1] == f"{last[0]}-2"


def test_decorators_stay_with_the_answer(course: Course, tmp_path: Path) -> None:
    course.edit(course.solutions, "def weighted", "@functools.wraps(other)\ndef weighted")
    report = course.build(tmp_path / "out")
    answer = _cells(report.source / "01_mini" / "01_mini.ipynb")["weighted"]
    assert answer.source.startswith("@functools.wraps(other)\ndef weighted")


def test_the_release_has_no_solution_text(course: Course, tmp_path: Path) -> None:
    report = course.build(tmp_path / "out")
    text = (report.release / "01_mini" / "01_mini.ipynb").read_text()
    assert "SOLUTION" not in text
    assert "total" not in text
    assert "a comment that goes" not in text
    stub = _cells(report.release / "01_mini" / "01_mini.ipynb")["weighted"].source
    assert stub.splitlines()[-2:] == [
        "    # a comment that stays",
        '    raise NotImplementedError("your answer goes here")',
    ]


def test_the_course_build_fills_its_folders_and_its_gradebook(course: Course) -> None:
    for stale in ("02_gone/02_gone.ipynb", "01_mini/gradebook.db"):
        course.write(f"release/{stale}", "old")
    course.write("release/02_gone/.ipynb_checkpoints/02_gone-checkpoint.ipynb", "old")
    report = course.build()
    assert read_tree(course.root / "release").keys() == {"01_mini/01_mini.ipynb"}
    assert not (course.root / "release" / "02_gone").exists()
    assert report.done.extra == ("01_mini/gradebook.db", "02_gone/02_gone.ipynb")
    assert (course.root / "build/source/01_mini/01_mini.ipynb").is_file()
    with Gradebook(f"sqlite:///{course.root / 'class' / 'gradebook.db'}") as gradebook:
        assert gradebook.find_assignment("01_mini").max_score == 3
        gradebook.add_student("ada")
        gradebook.add_submission("01_mini", "ada")

    before = course.release.stat().st_mtime_ns
    assert not course.build().done
    assert course.release.stat().st_mtime_ns == before

    # Once somebody has handed in, nbgrader lets no cell come or go.
    course.edit(course.lesson, "exercise: weighted", "exercise: renamed")
    course.edit(course.lesson, 'ready("weighted")', 'ready("renamed")')
    course.edit(course.solutions, "def weighted", "def renamed")
    course.declared["mini"] = ["renamed"]
    old = course.release.read_bytes()
    with pytest.raises(BuildError, match="the gradebook holds submissions of 01_mini") as caught:
        course.build()
    assert "nbgrader db assignment remove 01_mini --force" in str(caught.value)
    assert course.release.read_bytes() == old


def test_an_error_in_one_lesson_leaves_every_file_as_it_was(course: Course) -> None:
    course.install()
    before = read_tree(course.root)
    course.edit(course.lesson, "Write it.", "Write it now.")
    course.write("notebooks/02_second.md", "```{code-cell} ipython3\n---\nexercise: second\n---\n```\n")
    changed = read_tree(course.root)
    with pytest.raises(BuildError):
        course.build()
    assert read_tree(course.root) == changed
    assert read_tree(course.root / "release") == {
        name.removeprefix("release/"): data for name, data in before.items() if name.startswith("release/")
    }


def test_what_nbgrader_refuses_is_one_sentence(course: Course) -> None:
    course.edit(course.lesson, "Write it.", "## Write it\n\n### BEGIN HIDDEN TESTS")
    with pytest.raises(
        CourseError, match=r"nbgrader could not make the release of 01_mini: No end hidden tests"
    ) as error:
        course.build()
    assert "\n" not in str(error.value)
    assert not (course.root / "release").exists()
    assert not (course.root / "class").exists()


def test_a_failing_disk_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_tree(tmp_path, {"a/one": b"1", "b/two": b"2"})
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if b"new 2" in data:
            raise OSError("no space left")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space left"):
        replace_tree(tmp_path, {"a/one": b"new 1", "b/two": b"new 2"})
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["one", "two"]
    assert read_tree(tmp_path) == {"a/one": b"1", "b/two": b"2"}
