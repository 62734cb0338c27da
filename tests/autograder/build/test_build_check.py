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


def test_the_guard_stands_in_where_there_are_no_namespaces(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_CHECK_WITHOUT_NAMESPACE", "1")
    course.lesson.write_text(LESSON + FETCH)
    report = _check(course)
    assert [run.problems for run in report.runs] == [(), ()]
    assert {run.network for run in report.runs} == {GUARD}


def test_an_answer_that_fails_its_check(course: Course) -> None:
    course.edit(course.solutions, "return total / sum(weights)", "return 0 * total / sum(weights)")
    report = _check(course)
    assert report.runs[0].problems == (
        "notebooks/01_mini.md:15: the reference answer does not pass its check (CheckFailed: weighted). "
        "Mend solutions/mini.py or the exercise.",
    )
    assert report.runs[1].problems == ()


def test_a_cell_that_needs_the_answer_fails_the_release(course: Course) -> None:
    course.edit(course.lesson, 'if ready("weighted"):\n    print', "first = 1\nprint")
    report = _check(course)
    assert report.runs[0].problems == ()
    (problem,) = report.runs[1].problems
    line = course.lesson.read_text().splitlines().index("print(weighted([1.0, 3.0], [1, 1]))") + 1
    assert problem.startswith(f"notebooks/01_mini.md:{line}: the unanswered lesson fails here: NotImplementedError")


def test_a_check_that_passes_the_stub(course: Course) -> None:
    course.edit(course.root / "course_utils" / "__init__.py", "right = False", "right = True")
    report = _check(course)
    (problem,) = report.runs[1].problems
    assert problem.startswith("notebooks/01_mini.md:15: the check passes an answer that nobody has written.")


def test_a_lesson_that_hangs_or_dies(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CELL_SECONDS", 1.0)
    course.lesson.write_text(_again("while True:\n    pass"))
    report = _check(course)
    assert all("Timeout: the cell ran longer than 1 s" in run.problems[0] for run in report.runs)
    course.lesson.write_text(_again("import os\nos._exit(3)"))
    report = _check(course)
    assert all("DeadKernel: the kernel died" in run.problems[0] for run in report.runs)


def test_a_slow_lesson_fails(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "LESSON_ALLOWED", 0.0)
    (problem,) = _check(course, "1").runs[0].problems
    assert problem.startswith("notebooks/01_mini.md:1: the lesson takes")


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
    assert _check(course, run=False).freshness.difference.missing == ("01_mini/01_mini.ipynb",)


def test_nothing_is_written_by_a_check(course: Course) -> None:
    before = sorted(path.relative_to(course.root) for path in course.root.rglob("*"))
    _check(course, run=False)
    assert sorted(path.relative_to(course.root) for path in course.root.rglob("*")) == before


def test_unknown_lesson(course: Course) -> None:
    with pytest.raises(CommandError, match=r"There is no lesson “seven”\. There are: 01_mini\."):
        _check(course, "seven")
    assert Path(course.root).is_dir()
