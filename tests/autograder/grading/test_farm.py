"""Worker processes, and what becomes of a class when they, or the coordinator, are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_course import ASSIGNMENT, ToyCourse

from autograder.grading.commands import grade
from autograder.grading.course import Course
from autograder.grading.farm import DEATHS, FarmError, LocalFarm
from autograder.grading.gradebook import MarkBook
from autograder.grading.worker import GRADE

HERE = Path(__file__).parent


def tasks(count: int, **more: Any) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"number": number, "limits": {"notebook_seconds": 60}, **more}


def graded(farm: LocalFarm, given: Iterator[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Run the tasks, each of which must come back once."""
    found: dict[int, dict[str, Any]] = {}
    try:
        for task, result in farm.run(given):
            assert task["number"] not in found
            found[task["number"]] = result
    finally:
        farm.close()
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children() -> set[int]:
    """Return the living processes that this one has started."""
    found = map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
    return {pid for pid in found if alive(pid)}


def eventually(what: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until something holds; a test that waits in vain fails here."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_every_task_is_graded_once_and_no_worker_knows_where_the_secret_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SECRET_FILE", "/somewhere")
    found = graded(LocalFarm(2, work="farm_work:echo"), tasks(20, sleep=0.02))
    assert [found[number]["number"] for number in range(20)] == list(range(20))
    assert len({result["pid"] for result in found.values()}) == 2
    assert {result["secret"] for result in found.values()} == {None}


def test_tasks_are_asked_for_when_they_are_needed() -> None:
    asked: list[int] = []
    farm = LocalFarm(2, work="farm_work:echo")

    def given() -> Iterator[dict[str, Any]]:
        for task in tasks(12):
            asked.append(task["number"])
            yield task

    done = 0
    for _ in farm.run(given()):
        done += 1
        assert len(asked) - done <= 2 * farm.jobs
    farm.close()
    assert done == 12


def test_a_worker_goes_on_while_its_result_is_written_down(tmp_path: Path) -> None:
    farm = LocalFarm(1, work="farm_work:leaves_a_mark")
    results = farm.run(tasks(3, sleep=0.3, marks=str(tmp_path)))
    task, _ = next(results)
    assert task["number"] == 0
    eventually(lambda: (tmp_path / "1").exists())
    farm.close()


def test_a_worker_that_nothing_is_left_for_ends_while_the_last_ones_are_graded() -> None:
    farm = LocalFarm(2, work="farm_work:echo")
    results = farm.run(iter([*tasks(1), {**next(tasks(1, sleep=3.0)), "number": 1}]))
    task, result = next(results)
    assert task["number"] == 0
    eventually(lambda: not alive(result["pid"]), 2.5)
    assert [task["number"] for task, _ in results] == [1]
    farm.close()


def test_what_the_last_worker_had_is_graded_by_another_when_it_dies(tmp_path: Path) -> None:
    farm = LocalFarm(2, work="farm_work:dies_once")
    found = graded(farm, tasks(4, mark=str(tmp_path / "mark")))
    assert sorted(found) == list(range(4))


def test_what_a_killed_worker_had_is_graded_by_another(tmp_path: Path) -> None:
    found = graded(LocalFarm(2, work="farm_work:dies_once"), tasks(8, mark=str(tmp_path / "mark")))
    assert sorted(result["number"] for result in found.values()) == list(range(8))
    assert (tmp_path / "mark").exists()


def test_what_three_workers_died_with_is_left_for_staff_and_nothing_else_is() -> None:
    found = graded(LocalFarm(2, work="farm_work:dies_always"), tasks(8))
    assert (
        found[3]["failed"] == f"{DEATHS} grading processes ended while they graded it; the last one ended with code 7"
    )
    assert sorted(number for number, result in found.items() if "failed" not in result) == [0, 1, 2, 4, 5, 6, 7]


def test_what_the_process_all_are_forked_from_takes_with_it_is_no_death(tmp_path: Path) -> None:
    """It is killed more often than a submission may be graded in vain, and is started again each time."""
    mark = tmp_path / "mark"
    found = graded(LocalFarm(2, work="farm_work:kills_its_parent"), tasks(60, mark=str(mark), sleep=0.05))
    assert sorted(result["number"] for result in found.values()) == list(range(60))
    assert len(list(tmp_path.glob("mark.*"))) == DEATHS + 1


def test_a_process_to_fork_from_that_always_dies_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(FarmError, match=r"the last one was killed \(SIGKILL\)"):
        graded(LocalFarm(2, tmp_path / "log", work="farm_work:always_kills_its_parent"), tasks(4))


def test_a_worker_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("autograder.grading.processes._JUDGE_SECONDS", -59.0)
    found = graded(LocalFarm(1, work="farm_work:hangs"), tasks(1, mark=str(tmp_path / "mark")))
    assert "the last one did not come to an end" in found[0]["failed"]
    assert not any(alive(int(path.suffix[1:])) for path in tmp_path.glob("mark.*"))


def test_workers_that_cannot_start_end_the_run_with_the_reason(tmp_path: Path) -> None:
    farm, before = LocalFarm(2, tmp_path / "log", work="farm_work:no_such_function"), children()
    with pytest.raises(FarmError, match=r"not by a submission.s doing.*no_such_function"):
        graded(farm, tasks(4))
    assert children() <= before  # other tests may have left a warm process


def test_workers_end_with_a_killed_coordinator(tmp_path: Path) -> None:
    """Also when they compute and read no connection."""
    script = (
        "from autograder.grading.farm import LocalFarm\n"
        f"one = dict(limits=dict(notebook_seconds=60), mark={str(tmp_path / 'mark')!r})\n"
        "tasks = [dict(one, number=n) for n in range(2)]\n"
        "list(LocalFarm(2, work='farm_work:hangs').run(iter(tasks)))\n"
    )
    path = os.pathsep.join([str(HERE), *sys.path])
    coordinator = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": path})
    eventually(lambda: len(list(tmp_path.glob("mark.*"))) == 2)
    pids = [int(mark.suffix[1:]) for mark in tmp_path.glob("mark.*")]
    assert all(map(alive, pids))
    coordinator.kill()
    coordinator.wait()
    eventually(lambda: not any(map(alive, pids)))


# --- a class, and a coordinator that is killed ------------------------------------------------------


class Coordinator:
    """`course grade` in a process of its own, to be killed; forked, because its imports take seconds."""

    def __init__(self, root: Path, work: str = GRADE, jobs: int = 2) -> None:
        self._said, theirs = os.pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_grade, args=(theirs, root, work, jobs))
        self.process.start()
        os.close(theirs)
        self._lines = os.fdopen(self._said)

    def kill_after(self, students: int, more: float = 0.0) -> None:
        """Wait for so many students' lines and so many seconds, then kill -9."""
        for _ in range(students):
            assert "points" in self._lines.readline()
        time.sleep(more)
        self.process.kill()
        self.process.join()
        self._lines.close()
        assert self.process.exitcode in (-signal.SIGKILL, 0)

    def finish(self) -> str:
        with self._lines:
            said = self._lines.read()
        self.process.join()
        assert self.process.exitcode == 0, said
        return said


def _grade(said: int, root: Path, work: str, jobs: int) -> None:
    sys.stderr = os.fdopen(said, "w", buffering=1)
    grade(root, ASSIGNMENT, farm=LocalFarm(jobs, root / "class" / "grading.log", work))


def states(course: ToyCourse) -> dict[str, dict[str, float | None] | None]:
    """Return each student's marks; None for one who is not graded."""
    book = MarkBook(Course.load(course.root), ASSIGNMENT)
    try:
        known = {student: one.marks[ASSIGNMENT] for student, one in book.known().items()}
    finally:
        book.close()
    return {student: None if None in marks.values() else marks for student, marks in known.items()}


def test_a_run_killed_in_the_middle_goes_on_where_it_was(course: ToyCourse) -> None:
    """With the real engine: no submission is graded twice, and the marks are those of an undisturbed run."""
    for number in range(4):
        answer = "x * factor" if number % 2 else "x - 100"
        course.hand_in(f"s{number}", scale=f"def scale(x, factor):\n    return {answer}  # {number}")
    Coordinator(course.root).kill_after(1)
    stored = {path.name for path in (course.root / "class" / "results" / ASSIGNMENT).glob("*.json")}
    assert 1 <= len(stored) < 4
    said = Coordinator(course.root).finish()
    assert said.count("as before)") == len(stored)
    assert said.count("points") == 4
    for number in range(4):
        marks = course.marks(f"s{number}")
        assert marks == {"check-scale": 4.0 if number % 2 else 0.0, "check-total": 0.0}


def test_at_every_moment_a_mark_is_old_none_or_new(course: ToyCourse) -> None:
    """Killed again and again while it regrades: each student has one result, complete, or is not graded."""
    names = [f"s{number:02}" for number in range(16)]
    full, none = {"check-scale": 4.0, "check-total": 2.0}, {"check-scale": 0.0, "check-total": 0.0}
    for name in names:
        course.hand_in(name, scale=f"# right check-scale, right check-total, {name}")
    Coordinator(course.root, "farm_work:quick").finish()
    assert states(course) == dict.fromkeys(names, full)
    for name in names:
        course.hand_in(name, scale=f"# now it is wrong, {name}")
    for kill in range(3):
        Coordinator(course.root, "farm_work:quick").kill_after(2, more=0.013 * kill)
        found = states(course)
        assert all(state in (full, none, None) for state in found.values())
        for name, state in found.items():
            if state is not None:
                shown = course.outcome(name, "scale")
                assert shown == ("correct" if state == full else "wrong"), name
    said = Coordinator(course.root, "farm_work:quick").finish()
    assert "as before" in said
    assert states(course) == dict.fromkeys(names, none)
    left_over = [path.name for path in (course.root / "class" / "autograded").glob("*/.*")]
    assert left_over == []


def test_a_lesson_whose_declarations_cannot_be_imported_ends_no_worker(course: ToyCourse, tmp_path: Path) -> None:
    """Each submission is left for staff, with the reason."""
    declarations = tmp_path / "broken"
    declarations.mkdir()
    (declarations / "toy_lesson.py").write_text("raise RuntimeError('half written')\n")
    package = sys.modules["course_utils.exercises"]
    before, package.__path__ = package.__path__, [str(declarations)]
    sys.modules.pop("course_utils.exercises.toy_lesson", None)
    try:
        course.hand_in("ada")
        farm = LocalFarm(1, tmp_path / "log", lesson="toy_lesson")
        summary = grade(course.root, ASSIGNMENT, farm=farm)
    finally:
        package.__path__ = before
    assert "half written" in summary.staff["ada"]
