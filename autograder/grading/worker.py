"""The process that grades: it takes a task, gives a result, and ends when its coordinator is gone.

A task and its result are plain JSON data. A task holds a sanitised notebook and the seeds of its
exercises; no secret, no path and no name of a classmate reaches a worker. :func:`grade_task` is the same
function here and in a dask cluster.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

Task = Mapping[str, Any]
Result = dict[str, Any]
GRADE = "autograder.grading.worker:grade_task"
_PR_SET_PDEATHSIG = 1

# Started with `-c`, which needs no file of ours in a place that Python would search.
BOOT = """
import json, sys
config = json.loads(sys.argv[1])
sys.path[:] = config["path"]
from autograder.grading import worker
worker.main(config)
"""


def grade_task(task: Task) -> Result:
    """Grade one notebook.

    Parameters
    ----------
    task : dict
        As ``autograder.grading.farm.make_task`` makes it.

    Returns
    -------
    dict
        ``cells`` and ``seconds`` of a record, or ``failed`` with the reason.
    """
    from autograder.engine import Limits
    from autograder.grading.assess import assess
    from autograder.grading.results import difference
    from autograder.grading.settings import Confinement
    from autograder.grading.terms import lesson_of

    try:
        how = difference(task["code"], _code_state(lesson_of(task["assignment"])))
        if how is not None:
            return {"failed": f"the worker that had it differs from this machine: {how}"}
        record = assess(
            task["notebook"],
            task["assignment"],
            task["student"],
            None,
            seeds=task["seeds"],
            key=task["key"],
            limits=Limits(**task["limits"]),
            confinement=Confinement(**task["confinement"]),
        )
        return {"cells": list(record.cells), "seconds": record.seconds}
    except Exception as error:  # the submission is named with this reason; the class goes on
        logging.getLogger(__name__).exception("%s cannot be graded", task.get("student"))
        return {"failed": f"{type(error).__name__}: {error}"}


@functools.cache
def _code_state(lesson: str) -> dict[str, Any]:
    from autograder.grading.results import code_state

    return code_state(lesson)


def main(config: Mapping[str, Any]) -> None:
    """Work until the coordinator closes its end of the connection, or dies.

    Parameters
    ----------
    config : dict
        ``wire``, the connection's file descriptor; ``work``, the function that grades, as
        ``module:name``; ``lessons``, where the lessons' declarations are looked for; ``parent``, the
        coordinator's process id where this process is to die with it, else 0.
    """
    if config["parent"]:
        _die_with(config["parent"])
    os.set_inheritable(config["wire"], False)
    logging.basicConfig(format="%(asctime)s worker %(process)d %(levelname)s %(message)s", level=logging.INFO)
    wire = Connection(config["wire"])
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(wire, tasks), daemon=True).start()
    work = _function(config["work"])
    if config["lessons"]:
        import course_utils.exercises

        course_utils.exercises.__path__ = config["lessons"]
    wire.send_bytes(b"ready")
    while True:
        result = work(json.loads(tasks.get()))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send_bytes(json.dumps(result).encode())


def _listen(wire: Connection, tasks: queue.SimpleQueue[bytes]) -> None:
    """Take tasks in; the end of the connection is the end of the coordinator, whatever ended it."""
    try:
        while True:
            tasks.put(wire.recv_bytes())
    except (EOFError, OSError):
        # What the engine has started hangs on this process and ends with it.
        os._exit(0)


def _die_with(parent: int) -> None:
    """Have Linux kill this process with its parent: a judge that is deep in a library's code reads no connection."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it has died before the call
            os._exit(0)


def _function(name: str) -> Callable[[Task], Result]:
    module, _, function = name.partition(":")
    found: Callable[[Task], Result] = getattr(importlib.import_module(module), function)
    return found
