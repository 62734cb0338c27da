"""A notebook that is handed in under another name, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import Autograde
from toy_course import ASSIGNMENT, HereFarm, ToyCourse, with_answers

from autograder.grading import handed_in
from autograder.grading.commands import feedback, grade
from autograder.grading.course import Course
from autograder.grading.handed_in import HandedIn, look
from autograder.grading.reading import Unreadable
from autograder.grading.terms import LEFT_OUT
from autograder.grading.worker import grade_task

SCALE = "def scale(x, factor):\n    return x * factor"
TOTAL = "def total(x):\n    return x.sum()"
FULL = {"check-scale": 4.0, "check-total": 2.0}
ZERO = {"check-scale": 0.0, "check-total": 0.0}
OPEN = {"check-scale": None, "check-total": None}
NAME = f"{ASSIGNMENT}.ipynb"
OTHER_NAMES = [
    f"{ASSIGNMENT} (1).ipynb",
    f"{ASSIGNMENT.upper()}.IPYNB",
    f"{NAME}.txt",
    f"{NAME}.json",
    f"{NAME} (1)",
    f"{ASSIGNMENT}-Copy1.ipynb",
    f"{ASSIGNMENT}.json",
    ASSIGNMENT,
    "Untitled.ipynb",
    f"{ASSIGNMENT}/{NAME}",
    f"{NAME}/{NAME}",
    "my work/deep/er/x.ipynb",
    "`<b>` \n.ipynb",
]

Look = Callable[[], HandedIn]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    (tmp_path / ASSIGNMENT).mkdir()
    return tmp_path / ASSIGNMENT


@pytest.fixture
def found(box: Path, release: NotebookNode) -> Look:
    return lambda: look(box, ASSIGNMENT, release)


def put(path: Path, notebook: NotebookNode | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode())


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_the_only_notebook_is_graded_with_a_note(box: Path, release: NotebookNode, found: Look, name: str) -> None:
    put(box / name, with_answers(release, scale=SCALE))
    assert found().problem is None
    assert any(cell.source == SCALE for cell in found().notebook.cells)
    assert "was handed in as" in found().notes[0]
    assert found().notes[0].isprintable()


def test_the_right_name_goes_before_all_others(box: Path, release: NotebookNode, found: Look) -> None:
    put(box / NAME, with_answers(release, scale=SCALE))
    put(box / f"{ASSIGNMENT} (1).ipynb", with_answers(release, scale="scale = None"))
    assert any(cell.source == SCALE for cell in found().notebook.cells)
    assert "there is `01_toy_lesson (1).ipynb`" in found().notes[0]


def test_a_scratch_notebook_beside_it_does_not_count(box: Path, release: NotebookNode, found: Look) -> None:
    put(box / "a.ipynb", nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
    put(box / "b.ipynb", b"{")
    put(box / "c.ipynb", with_answers(release, scale=SCALE))
    put(box / "d.ipynb", with_answers(release, scale=SCALE))  # a copy
    put(box / ".ipynb_checkpoints" / NAME, release)
    put(box / "__MACOSX" / NAME, release)
    put(box / "._x.ipynb", b"\0\5\x16\7")
    assert any(cell.source == SCALE for cell in found().notebook.cells)
    assert "as `c.ipynb`, not as" in found().notes[0]


def test_two_that_could_be_meant_are_for_a_person(box: Path, release: NotebookNode, found: Look) -> None:
    put(box / "a.ipynb", with_answers(release, scale=SCALE))
    put(box / "b.ipynb", release)
    assert found().undecided
    assert "`a.ipynb` and `b.ipynb`" in str(found().problem)
    assert f"`{NAME}`" in str(found().problem)


def test_what_was_found_and_what_was_expected(box: Path, release: NotebookNode, found: Look) -> None:
    assert "holds nothing" in str(found().problem)
    put(box / "answers.py", SCALE.encode())
    (box / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")
    assert "holds only `answers.py`" in str(found().problem)
    put(box / "other.ipynb", nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
    assert "no exercise of this lesson" in str(found().problem)
    put(box / "broken.ipynb", b"{")
    assert "none of `broken.ipynb` and `other.ipynb`" in str(found().problem)
    (box / "other.ipynb").unlink()
    assert "Looked at `broken.ipynb`. The file could not be read as a notebook: line 1" in str(found().problem)
    assert not found().undecided
    for number in range(30):
        put(box / f"{number:02}.ipynb", b"{")
    assert "more is a notebook" in str(found().problem)
    assert f"`{NAME}`, at the top of the folder `{ASSIGNMENT}`" in str(found().problem)


def test_another_lessons_notebook_under_the_right_name(box: Path, found: Look) -> None:
    put(box / NAME, nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("def softmax(x): ...")]))
    assert "another lesson's" in str(found().problem)
    assert not found().undecided


def test_the_notebook_of_another_exercise_sheet_is_none_of_this_one(box: Path, release: NotebookNode) -> None:
    put(box / "second.ipynb", release)
    assert look(box, ASSIGNMENT, release, ["second", ASSIGNMENT]).problem is not None
    assert look(box, ASSIGNMENT, release).problem is None


def test_no_link_is_followed(box: Path, release: NotebookNode, found: Look, tmp_path: Path) -> None:
    put(tmp_path / "classmate" / NAME, with_answers(release, scale=SCALE))
    (box / "a.ipynb").symlink_to(tmp_path / "classmate" / NAME)
    (box / "folder").symlink_to(tmp_path / "classmate")
    os.mkfifo(box / "pipe.ipynb")
    assert found().notebook.cells == []
    (box / NAME).symlink_to(tmp_path / "classmate")
    assert "links are not followed" in str(found().problem)


@pytest.mark.parametrize("level", ["assignment", "student"])
def test_a_folder_that_is_a_link_is_not_followed(course: ToyCourse, level: str) -> None:
    course.hand_in("ada", scale=SCALE, total=TOTAL)
    theirs = course.path("ada").parent
    (theirs / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    (theirs / "data.txt").symlink_to(theirs / NAME)
    course.hand_in("mallory", scale=SCALE, total=TOTAL)
    grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task))
    assert course.marks("mallory") == FULL
    mine = course.path("mallory").parent
    shutil.rmtree(mine.parent)
    if level == "assignment":
        mine.parent.mkdir()
        mine.symlink_to(theirs)
    else:
        mine.parent.symlink_to(theirs.parent)
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task))
    assert summary.kept == ["ada"]
    assert "is a link to another folder" in summary.staff["mallory"]
    assert course.marks("mallory") == OPEN
    assert course.needs_person("mallory")
    graded = nbformat.read(course.path("mallory", "autograded"), as_version=4)
    assert "is a link to another folder" in graded.metadata.dlf.unreadable
    assert not any("x * factor" in cell.source for cell in graded.cells)
    assert os.listdir(course.path("mallory", "autograded").parent) == [NAME]
    feedback(course.root, ASSIGNMENT)
    assert "is a link" in course.path("mallory", "feedback").with_suffix(".html").read_text()
    # nbgrader's own converter neither copies from it nor takes anything away there.
    shutil.rmtree(course.path("mallory", "autograded").parent)
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert course.marks("mallory") == OPEN
    assert os.listdir(course.path("mallory", "autograded").parent) == [NAME]
    assert (theirs / "data.txt").is_symlink()
    assert course.marks("ada") == FULL


def test_a_folder_that_is_a_link_to_nowhere_leaves_a_record(course: ToyCourse) -> None:
    course.path("mallory").parent.parent.mkdir(parents=True)
    course.path("mallory").parent.symlink_to(course.root / "nowhere")
    assert set(grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task)).staff) == {"mallory"}
    assert course.marks("mallory") == OPEN
    shutil.rmtree(course.path("mallory", "autograded").parent)
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert course.marks("mallory") == OPEN
    assert course.path("mallory", "autograded").exists()


def test_what_collecting_left_out_is_noted(box: Path, release: NotebookNode, found: Look) -> None:
    put(box / NAME, with_answers(release, scale=SCALE))
    (box / LEFT_OUT).write_text("`a` was not collected: it is a link.\n" + "more \x1b[2J\n" * 7)
    assert found().problem is None
    assert found().notes[:2] == ("`a` was not collected: it is a link.", "more ?[2J")
    assert len(found().notes) == 6
    (box / NAME).unlink()
    assert "holds nothing" in str(found().problem)
    (box / LEFT_OUT).unlink()
    (box / LEFT_OUT).symlink_to(box / "elsewhere")
    assert found().notes == ()


def test_a_fault_of_this_machine_is_for_a_person(
    box: Path, release: NotebookNode, found: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(box / NAME, release)

    def failing(path: Path) -> NotebookNode:
        raise Unreadable("it cannot be opened here (Input/output error)", "", ours=True)

    monkeypatch.setattr(handed_in, "read_notebook", failing)
    assert found().undecided


def test_thousands_of_files_and_folders_in_folders(box: Path, found: Look) -> None:
    for number in range(3000):
        (box / f"{number}.ipynb").touch()
    deep = box
    for _ in range(50):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert "none of" in str(found().problem)


def test_an_old_notebook_without_an_exercise_needs_none(box: Path) -> None:
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("only text")])
    put(box / NAME, page)
    assert look(box, ASSIGNMENT, page).problem is None


def _class(course: ToyCourse) -> None:
    course.hand_in("right", scale=SCALE, total=TOTAL)
    for number, name in enumerate((f"{ASSIGNMENT} (1).ipynb", f"{NAME}.txt", f"sub/{NAME}")):
        path = course.hand_in(f"named{number}", scale=SCALE, total=TOTAL)
        moved = path.parent / name
        moved.parent.mkdir(exist_ok=True)
        shutil.move(path, moved)
    course.path("empty").parent.mkdir(parents=True)
    course.hand_in("python", b"").unlink()
    (course.path("python").parent / "answers.py").write_text(SCALE)
    path = course.hand_in("twice", scale=SCALE, total=TOTAL)
    shutil.move(path, path.with_name("a.ipynb"))
    nbformat.write(course.released, path.with_name("b.ipynb"))
    path = course.hand_in("folder", scale=SCALE)
    path.unlink()
    path.mkdir()
    (path / "notes.txt").write_text("a folder with a notebook's name")


DUE = {
    "right": FULL, "named0": FULL, "named1": FULL, "named2": FULL,
    "empty": ZERO, "python": ZERO, "folder": ZERO, "twice": OPEN,
}  # fmt: skip


def _check_class(course: ToyCourse) -> None:
    for student, due in DUE.items():
        assert course.marks(student) == due, student
        assert course.needs_person(student) == (due is OPEN), student
        graded = nbformat.read(course.path(student, "autograded"), as_version=4)
        said = graded.metadata.dlf
        assert ("unreadable" in said) == (due is not FULL), student
        assert any("was handed in as" in note for note in said.notes) == student.startswith("named"), student


def test_course_grade_leaves_a_record_of_each(course: ToyCourse) -> None:
    _class(course)
    summary = grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task))
    _check_class(course)
    assert set(summary.staff) == {"twice"}
    assert "`a.ipynb` and `b.ipynb`" in summary.staff["twice"]
    assert set(grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(grade_task)).kept) == set(DUE) - {"twice"}
    assert feedback(course.root, ASSIGNMENT).staff == {}
    for student, said in [("empty", "holds nothing"), ("twice", "could be meant"), ("python", "answers.py")]:
        assert said in course.path(student, "feedback").with_suffix(".html").read_text()


def test_nbgraders_own_converter_does_too(course: ToyCourse) -> None:
    _class(course)
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    _check_class(course)


def test_formgraders_button_on_a_submission_without_a_notebook(course: ToyCourse) -> None:
    from nbgrader.apps import NbGraderAPI

    course.hand_in("ada", scale=SCALE, total=TOTAL)
    loaded = Course.load(course.root)
    api = NbGraderAPI(coursedir=loaded.directory(), config=loaded.config)
    assert api.autograde(ASSIGNMENT, "ada")["success"]
    assert course.marks("ada") == FULL
    course.path("ada").unlink()
    done = api.autograde(ASSIGNMENT, "ada")
    assert done["success"], done
    assert course.marks("ada") == ZERO


def test_a_name_with_a_line_break_does_not_stop_nbgraders_class(course: ToyCourse) -> None:
    for student in ("ada", "eve\nroot \x1b[2J", "zoe"):
        course.hand_in(student, scale=SCALE, total=TOTAL)
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    for student in ("ada", "eve\nroot \x1b[2J", "zoe"):
        assert course.marks(student) == FULL


@pytest.mark.parametrize("name", ["eve[0-9]*?", "*"])
def test_a_name_that_is_a_pattern_is_graded_and_nobody_in_its_place(course: ToyCourse, name: str) -> None:
    """Formgrader's button takes the name, the command a pattern: neither leaves out whom it means."""
    from nbgrader.apps import NbGraderAPI

    for student in (name, "eve1 more"):
        course.hand_in(student, scale=SCALE, total=TOTAL)
    loaded = Course.load(course.root)
    done = NbGraderAPI(coursedir=loaded.directory(), config=loaded.config).autograde(ASSIGNMENT, name)
    assert done["success"], done
    assert course.marks(name) == FULL
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert course.marks("eve1 more") == FULL


def test_two_after_none_are_for_a_person_whoever_grades(course: ToyCourse) -> None:
    """Both leave the lesson as released to be graded: the stored zeros of the first are not the second's."""
    course.path("ada").parent.mkdir(parents=True)
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert course.marks("ada") == ZERO
    for name in ("a.ipynb", "b.ipynb"):
        put(course.path("ada").with_name(name), with_answers(course.released, scale=f"{SCALE}  # {name}"))
    again = Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config)
    again.force = True
    again.start()
    assert course.marks("ada") == OPEN
    assert course.needs_person("ada")


def test_another_course_in_the_same_process_is_left_alone(course: ToyCourse) -> None:
    from nbconvert.exporters import NotebookExporter

    course.path("empty").parent.mkdir(parents=True)
    loaded = Course.load(course.root)
    stock = Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config)
    stock.exporter_class = NotebookExporter
    with pytest.raises(Exception, match="No notebooks were matched"):
        stock.init_notebooks()


def test_what_is_said_is_plain_json(box: Path, found: Look) -> None:
    put(box / "\udce9.ipynb", b"{")
    said = found().entry([])
    json.dumps(said).encode()
    assert "?" in said.unreadable
