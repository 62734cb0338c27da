"""The learner's record: one JSON file in a folder of their own, with every exercise they have checked.

Keeping the record must never disturb a lesson: :func:`keep` raises nothing. What cannot be written stays in
memory and is written with the next check.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from course_utils.language import _
from course_utils.whole_file import write_whole

VARIABLE = "COURSE_PROGRESS"
FORMAT = 1
APPLICATION = "deep-learning-foundations"
LOCK_SECONDS = 2.0

# A record: {"format": 1, "exercises": {name: entry}}; `add` shows what stands in an entry.
Record = dict[str, Any]

# Tries that could not be written yet, and whether that has been said.
_waiting: list[Try] = []
_told: set[str] = set()


@dataclass(frozen=True)
class Try:
    """One check of one answer.

    Attributes
    ----------
    exercise, lesson : str
        Names; the lesson's slug is empty when no lesson lists the exercise.
    time : str
        When, in UTC, in a form that sorts by time.
    outcome : str
        What the verdict says.
    passed : bool
        Whether the answer was right in every group.
    credit : float
        Share of the points, between 0 and 1.
    points : float or None
        What the exercise is worth.
    source, context : str or None
        For an answer that passed: its text, and the imports and helpers of the notebook that it uses.
    defines : str
        The name that `source` gives it.
    """

    exercise: str
    lesson: str
    time: str
    outcome: str
    passed: bool
    credit: float
    points: float | None = None
    source: str | None = None
    context: str | None = None
    defines: str = ""


class UnusableRecord(Exception):
    """The file is damaged or of a newer version; `sound` holds what could be read of it."""

    def __init__(self, sentence: str, sound: Record, *, damaged: bool) -> None:
        super().__init__(sentence)
        self.sound = sound
        self.damaged = damaged


def location() -> Path:
    """Return the file's path: what ``COURSE_PROGRESS`` names, or a file in the user's data folder."""
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named).expanduser()
        return path if path.suffix == ".json" and not path.is_dir() else path / "progress.json"
    import platformdirs

    return Path(platformdirs.user_data_path(APPLICATION, appauthor=False)) / "progress.json"


def empty() -> Record:
    """Return a record without any exercise."""
    return {"format": FORMAT, "exercises": {}}


def add(record: Record, one: Try) -> Record:
    """Return the record with one more try.

    The order in which tries are added does not matter: the latest by time is the latest, a pass is never
    taken away, and every try counts.
    """
    before = record["exercises"].get(one.exercise, {})
    entry = {
        **before,
        "lesson": one.lesson or before.get("lesson", ""),
        "points": before.get("points") if one.points is None else one.points,
        "tries": before.get("tries", 0) + 1,
        "best": max(before.get("best", 0.0), one.credit),
        "latest": _later(
            before.get("latest"), {"time": one.time, "outcome": one.outcome, "credit": one.credit, "passed": one.passed}
        ),
    }
    if one.passed:
        answer = {"time": one.time, "source": one.source, "context": one.context, "defines": one.defines}
        entry["passed"] = _later(before.get("passed"), answer)
    return {**record, "exercises": {**record["exercises"], one.exercise: entry}}


def _later(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> Mapping[str, Any]:
    if one is None:
        return other
    return max(one, other, key=lambda each: (each["time"], json.dumps(each, sort_keys=True)))


def read(path: Path) -> Record:
    """Read a record; one that is not there is empty.

    Raises
    ------
    UnusableRecord
        When the file is damaged or of a newer version.
    OSError
        When it cannot be opened.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return empty()
    damaged = _("Your record of earlier checks is damaged. It is set aside and a new one begins with your next check.")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise UnusableRecord(damaged, empty(), damaged=True) from None
    if not isinstance(found, dict) or type(found.get("format")) is not int or found["format"] < 1:
        raise UnusableRecord(damaged, empty(), damaged=True)
    if found["format"] > FORMAT:
        newer = _(
            "Your record of earlier checks comes from a newer version of the course. Update the course to use it."
        )
        raise UnusableRecord(newer, empty(), damaged=False)
    entries = found.get("exercises")
    if not isinstance(entries, dict):
        raise UnusableRecord(damaged, empty(), damaged=True)
    sound = {name: entry for name, entry in entries.items() if _is_sound(entry)}
    if len(sound) < len(entries):
        raise UnusableRecord(damaged, {**found, "exercises": sound}, damaged=True)
    return found


def _is_sound(entry: Any) -> bool:
    """Whether an entry is what `add` makes."""
    if not isinstance(entry, dict):
        return False
    latest, passed, points = entry.get("latest"), entry.get("passed", {"time": ""}), entry.get("points")
    return (
        isinstance(entry.get("lesson"), str)
        and type(entry.get("tries")) is int
        and entry["tries"] > 0
        and _is_number(entry.get("best"))
        and (points is None or _is_number(points))
        and isinstance(latest, dict)
        and isinstance(latest.get("time"), str)
        and isinstance(latest.get("outcome"), str)
        and isinstance(passed, dict)
        and isinstance(passed.get("time"), str)
        and all(isinstance(passed.get(key), str | None) for key in ("source", "context", "defines"))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def keep(one: Try) -> str | None:
    """Add a try to the learner's file.

    Returns
    -------
    str or None
        A sentence for the learner when it could not be kept, the first time only.
    """
    if os.environ.get("NBGRADER_EXECUTION"):  # nbgrader's Validate runs the checks, not the learner
        return None
    _waiting.append(one)
    del _waiting[:-1000]
    try:
        return _once(_write(location()))
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        said = _("Your progress could not be saved ({reason}). The verdict above holds all the same.", reason=reason)
        return _once(said)


def _write(path: Path) -> str | None:
    """Add what waits to the file; return what there is to say."""
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    said = None
    with _locked(path):
        try:
            record = read(path)
        except UnusableRecord as problem:
            if not problem.damaged:
                return str(problem)
            said = _("Your record of earlier checks is damaged. It is set aside as {file}.", file=_set_aside(path).name)
            record = problem.sound
        taken = list(_waiting)
        for one in taken:
            record = add(record, one)
        write_whole(path, json.dumps(record, ensure_ascii=True, allow_nan=False, indent=1).encode())
    del _waiting[: len(taken)]
    return said


def _once(sentence: str | None) -> str | None:
    if sentence is None or sentence in _told:
        return None
    _told.add(sentence)
    return sentence


def view() -> tuple[Record, str | None]:
    """Return the learner's record with what waits to be written, and a sentence when it cannot be read."""
    record, said = empty(), None
    try:
        record = read(location())
    except UnusableRecord as problem:
        record, said = problem.sound, str(problem)
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        said = _("Your record of earlier checks cannot be read ({reason}).", reason=reason)
    for one in _waiting:
        record = add(record, one)
    return record, said


def _set_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        target = path.with_name(f"{path.stem}.damaged-{stamp}{f'-{number}' if number else ''}.json")
        if not target.exists():
            os.rename(path, target)
            return target
    raise FileExistsError(errno.EEXIST, "Too many damaged files", str(path))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock, so that of two notebooks one reads what the other has written."""
    with open(path.with_name(f".{path.name}.lock"), "a+b") as file:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _try_lock(file):
            if time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, _("another notebook is writing it"))
            time.sleep(0.01)
        yield  # closing the file gives the lock back


def _try_lock(file: IO[bytes]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        return _try_lock_of_windows(file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # A file system that knows no locks: go on without one.
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EINTR)
    return True


def _try_lock_of_windows(file: IO[bytes]) -> bool:
    import importlib

    msvcrt: Any = importlib.import_module("msvcrt")
    try:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True
