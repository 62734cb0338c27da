"""Many submissions at once, in worker processes of this machine.

Processes and not threads, because a judge that computes holds Python's lock; and each with a connection of
its own, so that a worker which dies takes down the one submission it had, and no other. That one is handed
out again; when three workers have died with it, it is left for staff.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from autograder.engine.limits import Limits
from autograder.errors import CourseError
from autograder.grading.processes import Job, Template, Worker, how_ended
from autograder.grading.settings import Confinement, plain_limits
from autograder.grading.terms import LOG_FILE, OURS, lesson_of, unused_packages
from autograder.grading.worker import GRADE, Result, Task

# A submission that was being graded when this many workers died is graded no more.
DEATHS = 3
# So many processes in a row that die without a submission's doing: the machine's fault.
_FALSE_STARTS = 3


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
        self._template: Template | None = None
        self._workers: list[Worker] = []
        self._leaving: list[Worker] = []
        self._more = True
        self._again: deque[Job] = deque()
        self._ahead: deque[Job] = deque()
        self._false_starts = 0

    def start(self) -> None:
        """Start the process that workers are forked from; without this, the first task does."""
        if self._template is None:
            self._template = Template(self._config, self._log)

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
        self._more = True
        while True:
            self._hand_out()
            if self._more and len(self._ahead) < self.jobs:
                # The next ones are made while the workers work.
                taken = [Job(task) for task in itertools.islice(left, 1)]
                self._more = bool(taken)
                self._ahead.extend(taken)
                if taken:
                    self._hand_out()
            elif not any(worker.job for worker in self._workers):
                return
            yield from self._finished(0.0 if self._more and len(self._ahead) < self.jobs else 1.0)

    def close(self) -> None:
        """End the workers, whatever they are at."""
        for worker in self._workers:
            worker.wire.close()  # all of them, so that they end at the same time
        for worker in (*self._workers, *self._leaving):
            worker.end()
        self._workers.clear()
        self._leaving.clear()
        if self._template is not None:
            self._template.close()
            self._template = None

    def _hand_out(self) -> None:
        while self._again or self._ahead:
            idle = next((worker for worker in self._workers if worker.job is None), None)
            if idle is None and len(self._workers) < self.jobs:
                self.start()
                assert self._template is not None
                idle = Worker(self._template)
                self._workers.append(idle)
            if idle is None:
                return
            idle.give((self._again or self._ahead).popleft())

    def _finished(self, seconds: float) -> Iterator[tuple[Task, Result]]:
        by_wire: dict[Any, Worker] = {worker.wire: worker for worker in self._workers}
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
                # Before whoever takes the result writes it down, which takes a while.
                self._hand_out()
                if worker.job is None and not self._more:
                    self._let_go(worker)
                yield job.task, json.loads(message)
        for worker in list(self._workers):
            if worker.deadline < time.monotonic():
                yield from self._lost(worker, "did not come to an end")

    def _let_go(self, worker: Worker) -> None:
        """Have a worker end that nothing is left for; should another one die, a new one takes over."""
        self._workers.remove(worker)
        worker.wire.close()
        self._leaving.append(worker)

    def _lost(self, worker: Worker, how: str = "") -> Iterator[tuple[Task, Result]]:
        self._workers.remove(worker)
        job = worker.job
        status = worker.end(kill=bool(how))
        if status is None:  # not the fault of what it graded: the process that all are forked from has ended
            if worker.template is self._template:
                self._template = None
                self._start_again(how_ended(worker.template.close()))
        elif not worker.ready:
            self._start_again(how_ended(status))
        elif job is not None:
            job.deaths += 1
            how = how or how_ended(status)
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
                f"Grading processes end one after the other, and not by a submission's doing: the last one {how}; "
                f"{self._log_says()}"
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
