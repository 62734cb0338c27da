"""A process that grades: it takes a task, gives a result, and ends when its coordinator is gone.

A task and its result are plain JSON data. A task holds a sanitised notebook and the seeds of its
exercises; no secret, no path and no name of a classmate reaches a worker. :func:`grade_task` is the same
function here and in a dask cluster.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import logging
import os
import queue
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from autograder.engine.spawn import ChildStartError
from autograder.engine.warm import adopt_warm_process, keep_warm_process

LOG = logging.getLogger(__name__)

Task = Mapping[str, Any]
Result = dict[str, Any]
GRADE = "autograder.grading.worker:grade_task"
# What a judge computes with; imported before the first worker is forked, so that none of them has to.
_OF_A_JUDGE = ("numpy", "torch", "autograder.grading.assess", "autograder.grading.results")


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
        LOG.exception("%s cannot be graded", task.get("student"))
        return {"failed": f"{type(error).__name__}: {error}"}


@functools.cache
def _code_state(lesson: str) -> dict[str, Any]:
    from autograder.grading.results import code_state

    return code_state(lesson)


def prepare(config: Mapping[str, Any]) -> Callable[[], Callable[[], None]]:
    """Import what a judge needs, and wait for the warm process that those of all workers are forked from.

    Parameters
    ----------
    config : dict
        ``lesson``, the slug of the lesson that will be graded, where it is known; ``warm``, what
        ``adopt_warm_process`` takes, or None where none could be laid out.

    Returns
    -------
    callable
        To be called before each worker is forked; what it returns, the worker calls as it begins.
    """
    for name in _OF_A_JUDGE:
        importlib.import_module(name)
    if config["lesson"]:
        _get_to_know(config["lesson"])
    try:
        if config["warm"] is None:
            raise ChildStartError("its folder could not be laid out")
        first = adopt_warm_process(config["warm"]["pid"], config["warm"]["private"], config["warm"]["socket"])
        first.wait_until_ready()
    except ChildStartError:  # each submission says so again, where a person reads it
        LOG.exception("no warm process to begin with")
        return lambda: lambda: None

    def split() -> Callable[[], None]:
        try:
            half = first.split()
        except ChildStartError:
            LOG.exception("the warm process is gone; the next worker starts one of its own")
            return lambda: None

        def begin() -> None:
            first.leave()
            keep_warm_process(half)

        return begin

    return split


def _get_to_know(lesson: str) -> None:
    """Import a lesson's declarations and what they compare with."""
    try:
        _code_state(lesson)
        module = importlib.import_module(f"course_utils.exercises.{lesson}")
        if "sklearn" in Path(str(module.__file__)).read_text(encoding="utf-8"):
            importlib.import_module("sklearn.metrics")
    except Exception:  # each submission says so again, where a person reads it
        LOG.exception("the declarations of %s cannot be imported", lesson)


def serve(wire: Connection, work: Callable[[Task], Result]) -> NoReturn:
    """Work until the coordinator closes its end of the connection.

    Parameters
    ----------
    wire : multiprocessing.connection.Connection
        Tasks come in here, and results go out.
    work : callable
        The function that grades.
    """
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(wire, tasks), daemon=True).start()
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
