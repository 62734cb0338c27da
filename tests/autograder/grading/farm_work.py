"""Stand-ins for engine and judge that a worker process can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any


def verdict(name: str, credit: float) -> dict[str, Any]:
    outcome = "correct" if credit == 1 else "wrong"
    return {"exercise": name, "outcome": outcome, "credit": credit, "sentence": "A stand-in says so.", "groups": []}


def quick(task: dict[str, Any]) -> dict[str, Any]:
    """Give a credit that follows from the submission alone."""
    cells = []
    for cell in task["notebook"]["cells"]:
        ours = cell["metadata"].get("nbgrader") or {}
        if ours.get("grade"):
            right = f"right {ours['grade_id']}" in "".join(one["source"] for one in task["notebook"]["cells"])
            cells.append({"verdict": verdict(ours["grade_id"], 1.0 if right else 0.0), "notes": []})
        else:
            cells.append({"outputs": [], "notes": []})
    return {"cells": cells, "seconds": 0.1}


def echo(task: dict[str, Any]) -> dict[str, Any]:
    time.sleep(task.get("sleep", 0))
    return {"number": task["number"], "pid": os.getpid(), "secret": os.environ.get("COURSE_SECRET_FILE")}


def leaves_a_mark(task: dict[str, Any]) -> dict[str, Any]:
    Path(task["marks"], str(task["number"])).touch()
    return echo(task)


def dies_once(task: dict[str, Any]) -> dict[str, Any]:
    """Be killed the first time that one of the tasks is taken."""
    mark = Path(task["mark"])
    if task["number"] == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return echo(task)


def dies_always(task: dict[str, Any]) -> dict[str, Any]:
    if task["number"] == 3:
        os._exit(7)
    return echo(task)


def kills_its_parent(task: dict[str, Any]) -> dict[str, Any]:
    """Kill the process that this one was forked from, but only the first few times."""
    if task["number"] == 1:
        marks = Path(task["mark"])
        made = len(list(marks.parent.glob("mark.*")))
        if made <= 3:
            marks.with_suffix(f".{made}").touch()
            time.sleep(0.3)  # the other worker gives a result meanwhile
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
    return echo(task)


def always_kills_its_parent(task: dict[str, Any]) -> dict[str, Any]:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
    return {}


def hangs(task: dict[str, Any]) -> dict[str, Any]:
    """Say which process this is, then compute for ever without listening."""
    Path(task["mark"]).with_suffix(f".{os.getpid()}").touch()
    while True:
        pass
