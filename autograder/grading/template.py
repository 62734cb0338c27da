"""The process that grading processes are forked from.

What they all import takes seconds, and the fork of a process that has it takes none. It began as the engine's
``base.py``, which has forked the warm process that those of all workers are forked from. It has one thread, never
sees a task, and computes nothing: a library that has started threads of its own would not survive the fork.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any

from autograder.grading.worker import Result, Task, serve

LOG = logging.getLogger(__name__)
_PR_SET_PDEATHSIG = 1
# A worker ends by itself when its connection does, and what it started with it.
_END_SECONDS = 2.0


def main(config: Mapping[str, Any], requests: Connection) -> None:
    """Fork and bury workers until the coordinator closes its end of the connection, or dies.

    Parameters
    ----------
    config : dict
        ``work``, the function that grades, as ``module:name``, whose
        module may have a function ``prepare`` like that of ``worker.py``; ``lesson`` and ``warm``, for that;
        ``lessons``, where the lessons' declarations are looked for; ``parent``, the coordinator's process id where
        this process is to die with it, else 0.
    requests : multiprocessing.connection.Connection
        The connection to the coordinator.
    """
    if config["parent"]:
        _die_with(config["parent"])
    logging.basicConfig(format="%(asctime)s worker %(process)d %(levelname)s %(message)s", level=logging.INFO)
    if config["lessons"]:
        import course_utils.exercises

        course_utils.exercises.__path__ = config["lessons"]
    name, _, function = config["work"].partition(":")
    module = importlib.import_module(name)
    prepare = getattr(module, "prepare", None)
    template = _Template(requests, getattr(module, function), prepare(config) if prepare else _nothing)
    # Objects made so far are never looked through again, or every collection in a worker would copy their pages.
    gc.freeze()
    gc.enable()
    template.answer_all()


class _Template:
    """Answers the coordinator's requests: to fork a worker, and to bury one."""

    def __init__(
        self, requests: Connection, work: Callable[[Task], Result], before: Callable[[], Callable[[], None]]
    ) -> None:
        self.requests, self.work, self.before = requests, work, before
        self.workers: dict[int, int] = {}

    def answer_all(self) -> None:
        while True:
            try:
                request = json.loads(self.requests.recv_bytes())
                wire = recv_handle(self.requests) if request["do"] == "fork" else -1
            except (EOFError, OSError):
                return
            if request["do"] == "fork":
                self.workers[request["worker"]] = self.fork(wire)
            else:
                status = self.bury(self.workers.pop(request["worker"]), request["kill"])
                self.requests.send_bytes(json.dumps(status).encode())

    def fork(self, wire: int) -> int:
        begin = self.before()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            os.close(wire)
            return pid
        try:
            _die_with(parent)
            self.requests.close()
            begin()
            serve(Connection(wire), self.work)
        except BaseException:
            LOG.exception("this worker ends")
        finally:
            os._exit(1)

    def bury(self, pid: int, kill: bool) -> int:
        deadline = time.monotonic() + (0 if kill else _END_SECONDS)
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() >= deadline:
                os.kill(pid, signal.SIGKILL)
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            time.sleep(0.005)


def _nothing() -> Callable[[], None]:
    return lambda: None


def _die_with(parent: int) -> None:
    """Have Linux kill this process with its parent: a judge that is deep in a library's code reads no connection."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it has died before the call
            os._exit(0)
