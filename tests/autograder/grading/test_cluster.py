"""A real dask scheduler with two worker processes, on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toy_course import ASSIGNMENT, ToyCourse

from autograder.errors import CommandError
from autograder.grading import run
from autograder.grading.cluster import ClusterFarm
from autograder.grading.commands import grade
from autograder.grading.farm import FarmError
from autograder.grading.results import code_state

pytest.importorskip("distributed")
SCALE = "def scale(x, factor):\n    return x * factor"
START = """
import sys, course_utils.exercises
course_utils.exercises.__path__ = [*course_utils.exercises.__path__, sys.argv.pop(1)]
sys.path[:] = [place for place in sys.path if place]
from dask.__main__ import main
main()
"""


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.file = folder / "scheduler.json"
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        while not self.file.exists():
            assert self.processes[0].poll() is None
            time.sleep(0.05)

    @property
    def address(self) -> str:
        import json

        return str(json.loads(self.file.read_text())["address"])

    def start(self, *words: str, declarations: str = "declarations", **more: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name != "COURSE_SECRET_FILE"}
        environment["PYTHONPATH"] = os.pathsep.join(place for place in sys.path if place)
        with open(self.folder / "dask.log", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", START, str(self.folder / declarations), *words,
                 "--scheduler-file", str(self.file)],
                env={**environment, **more}, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def start_worker(self, **more: str) -> subprocess.Popen[bytes]:
        local = ("--local-directory", str(self.folder / "scratch"), "--host", "127.0.0.1", "--no-dashboard")
        return self.start("worker", "--nthreads", "1", "--no-nanny", *local, **more)

    def wait_for(self, workers: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(course: ToyCourse, tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.close()


def test_a_class_on_a_cluster(course: ToyCourse, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The marks are this machine's; a worker that is killed costs nothing; no worker has the secret."""
    first = cluster.start_worker()
    cluster.start_worker()
    cluster.wait_for(2)
    for number in range(4):
        answer = "x * factor" if number % 2 else "x - 100"
        course.hand_in(f"s{number}", scale=f"def scale(x, factor):\n    return {answer}  # {number}")
    taken: list[str] = []
    take = run.Run._take

    def kill_one(self: Any, task: Any, result: Any) -> None:
        if not taken:
            first.send_signal(signal.SIGKILL)
        taken.append(task["student"])
        take(self, task, result)

    monkeypatch.setattr(run.Run, "_take", kill_one)
    summary = grade(course.root, ASSIGNMENT, progress=False, scheduler=cluster.address)
    assert (sorted(summary.done), summary.staff) == ([f"s{number}" for number in range(4)], {})
    for number in range(4):
        assert course.marks(f"s{number}")["check-scale"] == (4.0 if number % 2 else 0.0)
    assert first.poll() == -signal.SIGKILL
    # What the cluster graded is this machine's result.
    monkeypatch.setattr(run.Run, "_start_farm", lambda self: pytest.fail("graded again"))
    assert len(grade(course.root, ASSIGNMENT, progress=False).kept) == 4


def test_a_cluster_that_cannot_grade_is_refused_in_a_sentence(course: ToyCourse, cluster: Cluster) -> None:
    course.hand_in("ada", scale=SCALE)
    with pytest.raises(FarmError, match="has no workers; start some"):
        grade(course.root, ASSIGNMENT, progress=False, scheduler=cluster.address)
    cluster.start_worker(declarations="nothing-here")
    cluster.wait_for(1)
    with pytest.raises(FarmError, match="would grade differently: other declarations of this lesson"):
        grade(course.root, ASSIGNMENT, progress=False, scheduler=cluster.address)
    ours = code_state("toy_lesson")
    ours["packages"] = {**ours["packages"], "numpy": "9.9"}
    with pytest.raises(FarmError, match=r"numpy \d\S* instead of 9\.9; install the same there"):
        ClusterFarm(cluster.address, "toy_lesson", ours)
    assert not course.path("ada", "autograded").exists()


def test_an_address_where_nobody_answers(course: ToyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.grading.cluster._CONNECT_SECONDS", 0.5)
    course.hand_in("ada", scale=SCALE)
    for address in ("tcp://127.0.0.1:9", "no such:thing at all"):
        with pytest.raises(FarmError, match="No dask scheduler answers at"):
            grade(course.root, ASSIGNMENT, progress=False, scheduler=address)
    with pytest.raises(CommandError, match="give one of them"):
        grade(course.root, ASSIGNMENT, progress=False, scheduler="tcp://127.0.0.1:9", jobs=2)
