"""Many submissions at once, in worker processes of this machine.

Processes and not threads, because a judge that computes holds Python's lock; and each with a connection of
its own, so that a worker which dies takes down the one submission it had, and no other. That one is handed
out again; when three workers have died with it, it is left for staff.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import send_handle
from pathlib import Path
from typing import Any, Protocol

from autograder.engine import Limits, folder, spawn
from autograder.engine.spawn import ChildStartError
from autograder.errors import CourseError
from autograder.grading import template
from autograder.grading.settings import Confinement, plain_limits
from autograder.grading.terms import LOG_FILE, OURS, lesson_of, unused_packages
from autograder.grading.worker import GRADE, Result, Task

LOG = logging.getLogger("autograder.grading")
# A submission that was being graded when this many workers died is graded no more.
DEATHS = 3
# So many processes in a row that die without a submission's doing: the machine's fault.
_FALSE_STARTS = 3
# What the judge may take beyond the submission's own limit, and a worker to get ready.
_JUDGE_SECONDS = 600.0
_START_SECONDS = 300.0
# What a process may take to end by itself, once its connection is gone.
_END_SECONDS = 20.0
# The numbers of a worker's libraries: as many workers as cores, so one thread each.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class FarmError(CourseError):
    """Nothing can be graded this way; the text says why and what to do."""


class Farm(Protocol):
    """What grades tasks, here or elsewhere."""

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Result]]:
        """Grade every task; give each with its result as it is finished."""
        ...

    def close(self) -> None:
        """End whatever was started."""
        ...


def make_task(
    notebook: Mapping[str, Any],
    assignment: str,
    student: str,
    name: str,
    *,
    seeds: Mapping[str, int],
    key: str,
    limits: Limits,
    confinement: Confinement,
    code: Mapping[str, Any],
) -> Task:
    """Return a task as plain data.

    Parameters
    ----------
    notebook : NotebookNode
        The sanitised submission; only its code cells go along.
    assignment, student, name : str
        Whose it is, and the notebook's name.
    seeds : mapping of str to int
        The seed of each exercise.
    key : str
        Where the result will be stored.
    limits : Limits
        What it may use.
    confinement : Confinement
        What keeps it from the machine.
    code : mapping
        What ``results.code_state`` gave here: a worker that has anything else refuses.
    """
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    plain = {"cells": cells, "metadata": {OURS: notebook["metadata"].get(OURS, {})}}
    about = {"assignment": assignment, "student": student, "name": name, "key": key, "seeds": dict(seeds)}
    how = {"level": confinement.level, "steps": confinement.steps, "missing": confinement.missing}
    return {**about, "notebook": plain, "limits": plain_limits(limits), "confinement": how, "code": code}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Job:
    """A task on its way, and how many workers have died with it."""

    task: Task
    deaths: int = 0


class _Template:
    """The process that workers are forked from, as the coordinator sees it."""

    def __init__(self, config: Mapping[str, Any], log: Path | None) -> None:
        ours, theirs = socket.socketpair()
        self._requests = Connection(ours.detach())
        self._workers = itertools.count()
        self._used = False
        # Removed by the warm process or its owner, and here where it came to neither.
        self._private = Path(tempfile.mkdtemp(prefix="course-warm-")) if config["work"] == GRADE else None
        with theirs, open(log or os.devnull, "ab") as errors:
            self._process = spawn.start_base(theirs, self._private, errors)
        with contextlib.suppress(OSError):  # it has died, which is seen when a worker is asked for
            # Read while it imports: the folder that its warm process will need is laid out meanwhile.
            self._send(self._lay_out(self._private, config["unused"]) if self._private else None)
            self._send({**config, **_surroundings(), "module": template.__name__, "environment": _environment()})

    @staticmethod
    def _lay_out(private: Path, unused: Sequence[str]) -> dict[str, Any] | None:
        try:
            return spawn.lay_out(private, (), True, (), tuple(unused))
        except (ChildStartError, OSError):
            LOG.exception("the warm process's folder cannot be laid out")
            folder.remove(private)
            return None

    def _send(self, message: Any) -> None:
        self._requests.send_bytes(json.dumps(message).encode())

    def fork(self, wire: int) -> int:
        """Have it fork a worker that is heard on `wire` as soon as it is ready; return a name for it."""
        worker = next(self._workers)
        self._used = True
        with contextlib.suppress(OSError):  # it has died, and with it the copy of the wire
            self._send({"do": "fork", "worker": worker})
            send_handle(self._requests, wire, None)
        return worker

    def bury(self, worker: int, kill: bool) -> int | None:
        """End a worker if it lives and return its exit status; None when this process has died, and all with it."""
        try:
            self._send({"do": "bury", "worker": worker, "kill": kill})
            if self._requests.poll(_START_SECONDS):
                return int(self._requests.recv_bytes())
        except (EOFError, OSError):
            pass
        self.close()
        return None

    def close(self, seconds: float = _END_SECONDS) -> int:
        """End it, and with it the workers that live; return its exit status."""
        self._requests.close()
        if not self._used:  # it may be at its imports for seconds; it ends by itself, and cleans up, when they are done
            return self._process.poll() or 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        if self._process.returncode is None:
            self._process.kill()
        if self._private is not None:
            folder.remove(self._private)
        return self._process.wait()


class _Worker:
    """One worker process, as the coordinator sees it."""

    def __init__(self, template: _Template) -> None:
        ours, theirs = socket.socketpair()
        self.wire = Connection(ours.detach())
        self.ready = False
        self.job: _Job | None = None
        self.deadline = time.monotonic() + _START_SECONDS
        self.template = template
        with theirs:
            self._name = template.fork(theirs.fileno())

    def give(self, job: _Job) -> None:
        self.job = job
        if self.ready:
            self.set_deadline()
        with contextlib.suppress(OSError):  # it has died; that is noticed when its end is read
            self.wire.send_bytes(json.dumps(job.task).encode())

    def set_deadline(self) -> None:
        """Count the time of the job from now on."""
        limits = self.job.task["limits"] if self.job else None
        self.deadline = time.monotonic() + limits["notebook_seconds"] + _JUDGE_SECONDS if limits else float("inf")

    def end(self, kill: bool = False) -> int | None:
        """End the process if it lives; return its exit status, or None when it has died with its template."""
        self.wire.close()
        return self.template.bury(self._name, kill)


def _how(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was killed ({signal.Signals(-code).name})"
    return f"ended with code {code}"


def _surroundings() -> dict[str, Any]:
    import course_utils.exercises

    # Only from the main thread: the kernel would take the end of another thread for the end of the process.
    main_thread = threading.current_thread() is threading.main_thread()
    return {
        "path": [os.path.abspath(place) for place in sys.path],
        "lessons": list(course_utils.exercises.__path__),
        "parent": os.getpid() if main_thread else 0,
    }


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "COURSE_SECRET_FILE"}
    return {**dict.fromkeys(_THREADS, "1"), **environment}


class LocalFarm:
    """Worker processes on this machine.

    Parameters
    ----------
    jobs : int, optional
        How many; as many as there are cores when left out.
    log : Path, optional
        Where their messages go.
    work : str
        The function that grades, as ``module:name``; another one in tests.
    lesson : str
        The slug of the lesson, where all that is graded is of one.
    unused : sequence of str
        Packages that hardly a submission will import.
    """

    def __init__(
        self,
        jobs: int | None = None,
        log: Path | None = None,
        work: str = GRADE,
        lesson: str = "",
        unused: Sequence[str] = (),
    ) -> None:
        self.jobs = jobs or cores()
        self._log = log
        self._config = {"work": work, "lesson": lesson, "unused": list(unused)}
        self._template: _Template | None = None
        self._workers: list[_Worker] = []
        self._again: deque[_Job] = deque()
        self._ahead: deque[_Job] = deque()
        self._false_starts = 0

    def start(self) -> None:
        """Start the process that workers are forked from; without this, the first task does."""
        if self._template is None:
            self._template = _Template(self._config, self._log)

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, Result]]:
        """Grade every task; give each with its result as it is finished.

        Parameters
        ----------
        tasks : iterator of dict
            Asked for the next one when a worker is about to be free.

        Raises
        ------
        FarmError
            When no worker gets ready.
        """
        left = iter(tasks)
        more = True
        while True:
            self._hand_out()
            if more and len(self._ahead) < self.jobs:
                # The next ones are made while the workers work.
                taken = [_Job(task) for task in itertools.islice(left, 1)]
                more = bool(taken)
                self._ahead.extend(taken)
                if taken:
                    self._hand_out()
            elif not any(worker.job for worker in self._workers):
                return
            yield from self._finished(0.0 if more and len(self._ahead) < self.jobs else 1.0)

    def close(self) -> None:
        """End the workers, whatever they are at."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()
        if self._template is not None:
            self._template.close()
            self._template = None

    def _hand_out(self) -> None:
        while self._again or self._ahead:
            idle = next((worker for worker in self._workers if worker.job is None), None)
            if idle is None and len(self._workers) < self.jobs:
                self.start()
                assert self._template is not None
                idle = _Worker(self._template)
                self._workers.append(idle)
            if idle is None:
                return
            idle.give((self._again or self._ahead).popleft())

    def _finished(self, seconds: float) -> Iterator[tuple[Task, Result]]:
        by_wire: dict[Any, _Worker] = {worker.wire: worker for worker in self._workers}
        for wire in wait(list(by_wire), seconds):
            worker = by_wire[wire]
            try:
                message = worker.wire.recv_bytes()
            except (EOFError, OSError):
                yield from self._lost(worker)
                continue
            if not worker.ready:
                worker.ready = True
                worker.set_deadline()
                continue
            job, worker.job = worker.job, None
            self._false_starts = 0
            worker.set_deadline()
            if job is not None:
                yield job.task, json.loads(message)
        for worker in list(self._workers):
            if worker.deadline < time.monotonic():
                yield from self._lost(worker, "did not come to an end")

    def _lost(self, worker: _Worker, how: str = "") -> Iterator[tuple[Task, Result]]:
        self._workers.remove(worker)
        job = worker.job
        status = worker.end(kill=bool(how))
        if status is None:  # not the fault of what it graded: the process that all are forked from has ended
            if worker.template is self._template:
                self._template = None
                self._start_again(_how(worker.template.close()))
        elif not worker.ready:
            self._start_again(_how(status))
        elif job is not None:
            job.deaths += 1
            how = how or _how(status)
        if job is None:
            return
        if job.deaths < DEATHS:
            self._again.append(job)
        else:
            yield job.task, {"failed": f"{DEATHS} grading processes ended while they graded it; the last one {how}"}

    def _start_again(self, how: str) -> None:
        """Count what has ended through no fault of a submission since the last result."""
        self._false_starts += 1
        if self._false_starts >= _FALSE_STARTS:
            raise FarmError(
                f"Grading processes end before they have graded anything: the last one {how}; {self._log_says()}"
            )

    def _log_says(self) -> str:
        if self._log is None:
            return "run with a log to see why."
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        return f"{self._log} ends with: {lines[0] if lines else 'nothing'}"


def start_ahead(root: Path, assignment: str, jobs: int | None = None) -> LocalFarm:
    """Return a farm that gets ready while its coordinator still imports what it needs.

    Parameters
    ----------
    root : Path
        The course's folder.
    assignment : str
        What will be graded.
    jobs : int, optional
        As for :class:`LocalFarm`.
    """
    released = root / "release" / assignment
    notebooks = []
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # the coordinator says what is wrong with it
        for path in released.glob("*.ipynb"):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            notebooks.append({"cells": [{**cell, "source": "".join(cell["source"])} for cell in cells]})
    unused = unused_packages(notebooks) if notebooks else ()
    farm = LocalFarm(jobs, root / LOG_FILE, lesson=lesson_of(assignment), unused=unused)
    if notebooks and (root / LOG_FILE).parent.is_dir():
        farm.start()
    return farm
