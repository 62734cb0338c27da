"""One run at a time: locks that end with the process that holds them, and say who that is.

There is one lock for each assignment, held for a whole run, and one for the gradebook, held while a
submission's marks are written. They are locks of the operating system (through ``filelock``), so a
run that was killed holds none. Beside each lies a note on its holder, for whoever has to wait.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from autograder.errors import CourseError

FOLDER = "class/locks"
GRADEBOOK = "gradebook"
# How long nbgrader's own commands wait: formgrader's server answers nobody meanwhile.
NBGRADER_SECONDS = 10.0


class Locked(CourseError):
    """Somebody else is at it; the text says who, where, since when and with what."""


@contextlib.contextmanager
def held(
    root: Path,
    name: str,
    what: str,
    seconds: float | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Iterator[None]:
    """Hold a lock of the course.

    Parameters
    ----------
    root : Path
        The course's folder.
    name : str
        What is locked: an assignment, or the gradebook.
    what : str
        What it is held for, as others read it: "course grade 05_softmax_regression".
    seconds : float, optional
        How long to wait; for ever when left out, not at all for 0.
    tell : callable
        Told once, in a sentence, whom we wait for.

    Raises
    ------
    Locked
        When somebody else still holds it after that time.
    """
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{name}.json"
    lock = FileLock(folder / f"{name}.lock")
    _acquire(lock, note, seconds, tell)
    try:
        _sign(note, what)
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: Any, note: Path, seconds: float | None, tell: Callable[[str], None]) -> None:
    deadline = None if seconds is None else time.monotonic() + seconds
    told = None
    while True:
        left = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
        try:
            lock.acquire(timeout=max(left, 0.0), poll_interval=0.05)
            return
        except Timeout:
            holder = describe(note)
            if deadline is not None and time.monotonic() >= deadline:
                raise Locked(f"{holder} Wait until it has ended, or end it, then try again.") from None
            if holder != told:
                tell(f"{holder} Waiting for it to end.")
                told = holder


def _sign(note: Path, what: str) -> None:
    about = {"pid": os.getpid(), "user": _user(), "host": socket.gethostname(), "since": time.time(), "what": what}
    fresh = note.with_name(f".{note.name}.{os.getpid()}")
    fresh.write_text(json.dumps(about), encoding="utf-8")
    os.replace(fresh, note)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def describe(note: Path) -> str:
    """Return one sentence on who holds a lock, from the note beside it."""
    try:
        about = json.loads(note.read_text(encoding="utf-8"))
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(about["since"])))
        who = f"process {int(about['pid'])} of {about['user']} on {about['host']}, since {since}"
        return f"`{about['what']}` is running: {who}."
    except (OSError, ValueError, KeyError, TypeError):
        return "Another grading run has just begun."


def guard(converter: Any) -> None:
    """Make nbgrader's own grading hold the assignment's lock while it converts.

    nbgrader has no hook that is sure to be called at the end of a run, but it makes its exporter between
    reading its settings and converting, and the exporter knows its converter. So what is wrapped is this
    one converter's loop over the submissions.

    Parameters
    ----------
    converter : nbgrader.converters.Autograde
        About to start.
    """
    convert = converter.convert_notebooks
    coursedir = converter.coursedir

    def convert_alone() -> None:
        name = coursedir.assignment_id
        with held(Path(coursedir.root), name, f"nbgrader autograde {name}", NBGRADER_SECONDS, converter.log.warning):
            convert()

    converter.convert_notebooks = convert_alone
