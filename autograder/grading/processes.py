"""A farm's processes on this machine, as its coordinator sees them: the template, and the workers forked from it."""

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from typing import Any

from autograder.engine import folder, spawn
from autograder.engine.spawn import ChildStartError
from autograder.grading import template
from autograder.grading.worker import GRADE, Task

LOG = logging.getLogger("autograder.grading")
# What the judge may take beyond the submission's own limit, and a worker to get ready.
_JUDGE_SECONDS = 600.0
_START_SECONDS = 300.0
# What a process may take to end by itself, once its connection is gone.
_END_SECONDS = 20.0
# The numbers of a worker's libraries: as many workers as cores, so one thread each.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class Job:
    """A task on its way, and how many workers have died with it."""

    task: Task
    deaths: int = 0


class Template:
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


class Worker:
    """One worker process, as the coordinator sees it."""

    def __init__(self, template: Template) -> None:
        ours, theirs = socket.socketpair()
        self.wire = Connection(ours.detach())
        self.ready = False
        self.job: Job | None = None
        self.deadline = time.monotonic() + _START_SECONDS
        self.template = template
        with theirs:
            self._name = template.fork(theirs.fileno())

    def give(self, job: Job) -> None:
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


def how_ended(code: int) -> str:
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
