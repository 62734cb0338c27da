"""In the grader: a later lesson may build on given versions, and nobody gets at their own lesson's."""

from __future__ import annotations

import compileall
import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from toy_course import with_answers

import course_utils
from autograder.engine import close_warm_processes, folder, spawn
from autograder.grading.course import Course, GradingError
from autograder.grading.execute import Record, assess, earlier_lessons
from autograder.grading.results import ResultStore
from autograder.grading.sanitise import sanitise
from course_utils.lesson_index import IndexedLesson

ROOT = Path(__file__).resolve().parents[3]
LESSON = "05_softmax_regression"
SLUGS = ("softmax_regression", "neural_network")
GIVEN = '''"""Given versions."""

import numpy as np


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
'''
# Every way to the given version that comes to mind; each fails, or `softmax` would be right.
TRIES = [
    "from course_utils.earlier.softmax_regression import softmax",
    "from course_utils import built\nsoftmax = built('softmax')",
    "import glob, sys\n"
    "for place in [*sys.path, {package!r}, '/tmp', '/learner', '..']:\n"
    "    for name in glob.glob(place + '/**/earlier/softmax_regression.py', recursive=True):\n"
    "        exec(open(name).read())",
    "exec(open({package!r} + '/earlier/softmax_regression.py').read())",
]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of `course_utils` with given versions of two lessons, which the engine takes for the real one."""
    package = tmp_path / "site" / "course_utils"
    shutil.copytree(Path(course_utils.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (package / "earlier").glob("[a-z]*.py"):
        path.unlink()
    for slug in SLUGS:
        (package / "earlier" / f"{slug}.py").write_text(
            GIVEN.replace("softmax(", f"{'x' * (slug != SLUGS[0])}softmax(")
        )
    find = spawn.package_folder
    monkeypatch.setattr(spawn, "package_folder", lambda name: package if name == "course_utils" else find(name))
    index = [IndexedLesson(f"{number}_{slug}", "", 0, ()) for number, slug in zip(("05", "06"), SLUGS, strict=True)]
    monkeypatch.setattr("autograder.grading.assess.read_index", lambda: tuple(index))
    close_warm_processes()  # the one that is there knows the real package
    yield package
    close_warm_processes()


@pytest.fixture
def grade(tmp_path: Path, package: Path) -> Callable[[NotebookNode, NotebookNode, str], Record]:
    """Grade a submission in a real child."""

    def graded(submission: NotebookNode, released: NotebookNode, assignment: str) -> Record:
        clean = sanitise(submission, released)[0]
        return assess(clean, assignment, "ada", ResultStore(tmp_path / "results"), secret=b"s" * 32)

    return graded


def test_which_lessons_are_earlier(package: Path) -> None:
    assert earlier_lessons("05_softmax_regression") == ()
    assert earlier_lessons("06_neural_network") == ("softmax_regression",)
    assert earlier_lessons("07_regression_metrics") == SLUGS
    assert earlier_lessons("neural_network") == ()


def test_the_copy_holds_only_what_is_asked_for(package: Path, tmp_path: Path) -> None:
    for wanted in ((), ("softmax_regression",), ("no_such_lesson", "../exercises/softmax_regression")):
        target = tmp_path / f"copy-{len(wanted)}"
        folder.copy_earlier(package, target, wanted)
        found = {path.stem for path in target.rglob("*.py")} - {"__init__"}
        assert found == set(wanted) & set(SLUGS)
    compileall.compile_dir(package, quiet=1)
    whole = tmp_path / "whole"
    folder.copy_course(package, whole)
    assert not {"exercises", "earlier"} & {path.name for path in whole.iterdir()}
    # What is compiled goes along and holds for the copy.
    for path in whole.rglob("*.py"):
        compiled = Path(importlib.util.cache_from_source(str(path))).read_bytes()
        assert int.from_bytes(compiled[8:12], "little") == int(path.stat().st_mtime)


def test_a_submission_cannot_get_at_the_given_versions_of_its_own_lesson(
    grade: Callable[..., Record], package: Path
) -> None:
    released = nbformat.read(ROOT / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
    released.cells = [cell for cell in released.cells if cell.id in ("softmax", "check-softmax")]
    tries = [text.format(package=str(package)) for text in TRIES]
    body = "\n".join(
        "try:\n"
        + "\n".join(f"    {line}" for line in text.splitlines())
        + "\nexcept Exception as problem: print(problem)"
        for text in tries
    )
    record = grade(with_answers(released, softmax=body + "\nprint('softmax' in dir())"), released, LESSON)
    outputs, check = record.cells
    said = "".join(output.get("text", "") for output in outputs["outputs"])
    assert "No module named 'course_utils.earlier.softmax_regression'" in said
    assert "No earlier answer named `softmax`" in said
    assert said.endswith("False\n")
    assert check["verdict"]["credit"] == 0


@pytest.mark.usefixtures("toy_lesson")
def test_a_later_lesson_builds_on_the_given_version(grade: Callable[..., Record], release: NotebookNode) -> None:
    release.cells[1].source += "\nfrom course_utils import built, progress\nsoftmax = built('softmax')\nprogress()"
    scale = "def scale(x, factor):\n    return x * factor * softmax(np.zeros((1, 2)))[0].sum()"
    record = grade(with_answers(release, scale=scale), release, "09_toy_lesson")
    imports, _, check, *_ = record.cells
    said = "".join(output.get("text", "") for output in imports["outputs"])
    assert said.startswith("softmax: the given version\n")
    assert check["verdict"]["credit"] == 1


@pytest.mark.usefixtures("toy_lesson")
def test_a_learners_own_check_says_that_it_counts_for_nothing(
    grade: Callable[..., Record], release: NotebookNode
) -> None:
    submission = with_answers(release, scale="def scale(x, factor):\n    return x * factor")
    own = "check(scale)\ncheck(lambda x: x, exercise='no such exercise')\nprint('goes on')"
    submission.cells.insert(3, nbformat.v4.new_code_cell(own, id="mine"))
    _, _, mine, check, *_ = grade(submission, release, "09_toy_lesson").cells
    (output,) = mine["outputs"]
    assert output["output_type"] == "stream"
    assert output["text"].count("counts for nothing") == 2
    assert output["text"].endswith("goes on\n")
    assert check["verdict"]["credit"] == 1


def test_a_page_that_is_handed_in_has_nothing_to_grade(grade: Callable[..., Record]) -> None:
    page = nbformat.read(ROOT / "release" / "00_notation" / "00_notation.ipynb", as_version=4)
    page.cells = [*page.cells[:1], nbformat.v4.new_code_cell("print('still here')", id="only")]
    (only,) = grade(page, page, "00_notation").cells
    assert only["outputs"][0]["text"] == "still here\n"


def test_grading_a_page_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(GradingError, match=r"^00_notation is a page without exercises"):
        Course.load(tmp_path).notebooks("00_notation")
