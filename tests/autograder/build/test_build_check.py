"""`course check`: lessons run without a network, releases run unanswered, stale releases are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from mini_course import LESSON, Course

from autograder.build import CheckReport, check, checking
from autograder.build.network import GUARD, NAMESPACE
from autograder.errors import CommandError

FETCH = """
```{code-cell} ipython3
import socket

for family, address in ((socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET6, ("2001:db8::1", 80))):
    with socket.socket(family) as probe:
        probe.settimeout(5)
        try:
            probe.connect(address)
        except TimeoutError:
            raise SystemExit("went out") from None
        except OSError as error:
            print(error)
try:
    socket.getaddrinfo("example.org", 80)
except OSError as error:
    print(error)
else:
    raise SystemExit("was resolved")
```
"""


def _check(course: Course, *lessons: str, run: bool = True) -> CheckReport:
    return check(course.root, lessons, run=run, exercises=course.exercises)


def _run(course: Course, tmp_path: Path, *, answered: bool = True) -> checking.Run:
    """Only one of the two runs of a lesson."""
    report = course.build(tmp_path / "out")
    return checking.run_lesson(course.root, report, report.woven[0], answered=answered, scratch=tmp_path)


def _again(text: str) -> str:
    return LESSON + f"\n```{{code-cell}} ipython3\n{text}\n```\n"


def test_a_good_lesson_runs_with_and_without_answers(course: Course) -> None:
    course.lesson.write_text(LESSON + FETCH)
    course.install()
    report = _check(course)
    assert report.ok, report.problems
    assert [run.answered for run in report.runs] == [True, False]
    assert all(run.network in (NAMESPACE, GUARD) for run in report.runs)
    assert all(run.seconds > 0 for run in report.runs)


def test_the_guard_stands_in_where_there_are_no_namespaces(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_CHECK_WITHOUT_NAMESPACE", "1")
    course.lesson.write_text(LESSON + FETCH)
    run = _run(course, tmp_path)
    assert run.problems == ()
    assert run.network == GUARD


def test_an_answer_that_fails_its_check(course: Course, tmp_path: Path) -> None:
    course.edit(course.solutions, "return total / sum(weights)", "return 0 * total / sum(weights)")
    assert _run(course, tmp_path).problems == (
        "notebooks/01_mini.md:15: the reference answer does not pass its check (CheckFailed: weighted). "
        "Mend solutions/mini.py or the exercise.",
    )


def test_a_release_that_fails(course: Course, tmp_path: Path) -> None:
    """A cell that cannot do without the answer, and a check that passes without it."""
    course.edit(course.lesson, 'if ready("weighted"):\n    print', "first = 1\nprint")
    course.edit(course.root / "course_utils" / "__init__.py", "right = False", "right = True")
    fails, passes = _run(course, tmp_path, answered=False).problems
    line = course.lesson.read_text().splitlines().index("print(weighted([1.0, 3.0], [1, 1]))") + 1
    assert fails.startswith(f"notebooks/01_mini.md:{line}: the unanswered lesson fails here: NotImplementedError")
    assert passes.startswith("notebooks/01_mini.md:15: the check passes an answer that nobody has written.")


def test_a_lesson_that_hangs(course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CELL_SECONDS", 1.0)
    monkeypatch.setattr(checking, "LESSON_ALLOWED", 0.5)
    course.lesson.write_text(_again("while True:\n    pass"))
    hangs, slow = _run(course, tmp_path).problems
    line = len(LESSON.splitlines()) + 3
    assert hangs.startswith(
        f"notebooks/01_mini.md:{line}: the lesson fails here: Timeout: the cell ran longer than 1 s"
    )
    assert slow.startswith("notebooks/01_mini.md:1: the lesson takes")


def test_a_lesson_that_kills_its_kernel(course: Course, tmp_path: Path) -> None:
    course.lesson.write_text(_again("import os\nos._exit(3)"))
    (problem,) = _run(course, tmp_path, answered=False).problems
    assert "DeadKernel: the kernel died" in problem


def test_one_changed_byte_is_named(course: Course) -> None:
    course.install()
    assert _check(course, run=False).ok
    data = course.release.read_bytes()
    course.release.write_bytes(data[:-2] + b" \n")
    course.write("release/01_mini/extra.txt", "")
    assert _check(course, run=False).problems == (
        "release/01_mini/01_mini.ipynb differs from what the sources give. Run `course build` and commit the result.",
        "release/01_mini/extra.txt is not in what the sources give. Run `course build` and commit the result.",
    )
    course.release.unlink()
    assert _check(course, run=False).freshness[0].difference.missing == ("01_mini/01_mini.ipynb",)


def test_nothing_is_written_by_a_check(course: Course) -> None:
    before = sorted(path.relative_to(course.root) for path in course.root.rglob("*"))
    _check(course, run=False)
    assert sorted(path.relative_to(course.root) for path in course.root.rglob("*")) == before


def test_unknown_lesson(course: Course) -> None:
    with pytest.raises(CommandError, match=r"There is no lesson “seven”\. There are: 01_mini\."):
        _check(course, "seven")
    assert Path(course.root).is_dir()
