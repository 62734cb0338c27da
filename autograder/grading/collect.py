"""Collecting from nbgrader's exchange what learners handed in, and nothing else.

A folder in the exchange belongs to the learner, who may put anything into it: a link to a classmate's work, to
the reference notebook or to a folder of the instructor's; a pipe that never ends; a million files. nbgrader
copies it with the instructor's rights and follows every link. Here a submission is walked by open folders, so
that nothing in it can be exchanged for a link between a look and the copy.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from traitlets import Integer

from autograder.grading.clean import plain
from autograder.grading.course import GradingError
from autograder.grading.gradebook import parse_time
from autograder.grading.reading import linked, small_file
from autograder.grading.terms import LEFT_OUT

try:
    import pwd
except ImportError:  # Windows, where nbgrader has no exchange
    pwd = None  # type: ignore[assignment]

# Folders in folders: a lesson's submission has none or one.
_DEPTH = 16
# So many names of one folder are looked at. The notebooks among them come first.
_NAMES = 100_000
_NOTES = 50
_BLOCK = 1 << 20
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class SafeCollect(ExchangeCollect):
    """nbgrader's ``collect`` for submissions that may be anything.

    Set as ``c.ExchangeFactory.collect``. It copies ordinary files and folders, follows no link, and keeps to
    nbgrader's ``CourseDirectory.ignore``, ``include``, ``max_file_size`` and ``max_dir_size``. What it leaves out
    it names in the log and in a file beside what it copied, which grading repeats in the record. One submission
    that cannot be collected never stops the others.
    """

    max_files = Integer(
        2000, help="Most files and folders that are collected from one submission; the notebooks come first."
    ).tag(config=True)

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """Take a submission's name apart; one that nobody's ``submit`` has made belongs to nobody."""
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            if record["username"] not in ("", ".", "..") and isinstance(record["timestamp"], datetime.datetime):
                return record
        except Exception as error:  # nbgrader, dateutil: any of many
            self.log.debug("%r: %r", path, error)
        self.log.warning("Passed over %r in the exchange: its name is none that `nbgrader submit` gives.", path)
        return {"username": "", "filename": os.path.basename(path), "timestamp": datetime.datetime.min}

    def copy_files(self) -> None:
        """Collect every submission that is due."""
        records = [record for record in self.src_records if record["username"]]
        about = f"of '{self.coursedir.assignment_id}' for course '{self.coursedir.course_id}'"
        if records:
            self.log.info("Processing %d submissions %s", len(records), about)
        else:
            self.log.warning("No submissions %s to collect", about)
        for record in records:
            try:
                self._collect(record)
            except OSError as error:
                self.log.error("The submission of %s could not be collected: %s", plain(record["username"]), error)

    def _collect(self, record: Mapping[str, Any]) -> None:
        student, assignment = record["username"], self.coursedir.assignment_id
        source = Path(self.inbound_path, record["filename"])
        target = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment))
        if linked(target):
            self.log.error("Not collected: %s is a link or lies in one, and links are not followed.", target)
            return
        if not target.exists():
            self.log.info("Collecting submission: %s %s", plain(student), assignment)
        elif self._is_newer(record["timestamp"], target):
            self.log.info("Updating submission: %s %s", plain(student), assignment)
        else:
            why = "No newer submission to collect" if self.update else "It is there; use --update to update"
            self.log.info("%s: %s %s", why, plain(student), assignment)
            return
        self._bring(source, target, student)

    def _is_newer(self, stamp: datetime.datetime, target: Path) -> bool:
        # Not nbgrader's: a timestamp.txt that holds no time would stop the collecting of everybody's work.
        before = None
        with contextlib.suppress(GradingError):
            before = parse_time((small_file(target / "timestamp.txt") or b"").decode("utf-8", "replace"))
        if self.update:
            return before is None or stamp > before
        return bool(self.before_duedate and before != stamp)

    def _bring(self, source: Path, target: Path, student: str) -> None:
        """Copy a submission beside its place, and put it there when it is complete."""
        fresh = target.with_name(f".{target.name}.collected")
        if fresh.is_symlink():
            fresh.unlink()
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        notes = self._foreign(source, student)
        notes += self._copy(source, fresh)
        if notes:
            for note in notes:
                self.log.warning("%s: %s", plain(student), note)
            (fresh / LEFT_OUT).write_text("\n".join(notes) + "\n", encoding="utf-8")
        if self.coursedir.groupshared:
            _share(fresh)
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)

    def _foreign(self, source: Path, student: str) -> list[str]:
        """Check the owner, as nbgrader does."""
        if not self.check_owner or pwd is None:
            return []
        try:
            owner = pwd.getpwuid(source.lstat().st_uid).pw_name
        except KeyError:
            owner = "unknown id"
        if owner == student:
            return []
        return [
            f"The submission claims to be {_shown(student)}'s but its owner is {_shown(owner)}; cheating attempt? "
            "(Where all learners share one account, unset ExchangeCollect.check_owner.)"
        ]

    def _copy(self, source: Path, fresh: Path) -> list[str]:
        """Copy what may be copied; return what was left out and why."""
        try:
            place = os.open(source, _FOLDER)
        except OSError as error:
            what = "is a link, and links are not followed" if source.is_symlink() else f"cannot be read ({error})"
            return [f"Nothing was collected: the submission {what}."]
        try:
            directory = self.coursedir
            bounds = (self.max_files, 1000 * directory.max_file_size, 1000 * directory.max_dir_size)
            copy = _Copy(os.fstat(place).st_uid, *bounds, tuple(directory.ignore), tuple(directory.include))
            copy.folder(place, fresh, "")
            return copy.notes
        finally:
            os.close(place)


@dataclass
class _Copy:
    """One submission on its way, and what is left of its bounds."""

    owner: int
    files: int
    file_bytes: int
    bytes: int
    ignored: tuple[str, ...]
    included: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    full: bool = False

    def folder(self, place: int, target: Path, above: str, depth: int = 0) -> None:
        """Copy what an open folder holds."""
        for name in _names(place):
            if any(fnmatch(name, pattern) for pattern in self.ignored) or (depth == 0 and name == LEFT_OUT):
                continue
            if self.files <= 0 or self.full:
                self._note("Not everything was collected: there are too many files, or they are too large together.")
                self.full = True
                return
            self.files -= 1
            try:
                self._entry(place, name, target / name, f"{above}{name}", depth)
            except (OSError, ValueError) as error:
                self._leave(f"{above}{name}", f"it cannot be read ({getattr(error, 'strerror', None) or error})")

    def _entry(self, place: int, name: str, target: Path, shown: str, depth: int) -> None:
        # Only ordinary files and folders are opened at all: to open a device can set it off.
        kind = os.stat(name, dir_fd=place, follow_symlinks=False).st_mode
        if stat.S_ISDIR(kind) and depth >= _DEPTH:
            self._leave(shown, "it lies too deep in folders")
        elif stat.S_ISDIR(kind):
            with _opened(name, _FOLDER, place) as below:
                target.mkdir()
                self.folder(below, target, f"{shown}/", depth + 1)
        elif stat.S_ISLNK(kind):
            self._leave(shown, "it is a link, and links are not followed")
        elif not stat.S_ISREG(kind):
            self._leave(shown, "it is no ordinary file")
        elif any(fnmatch(name, pattern) for pattern in self.included):
            with _opened(name, _FILE, place) as file:
                self._file(file, target, shown)

    def _file(self, file: int, target: Path, shown: str) -> None:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            self._leave(shown, "it is no ordinary file")
        elif status.st_nlink > 1 and status.st_uid != self.owner:
            self._leave(shown, "it is a second name (a hard link) of a file that belongs to somebody else")
        elif status.st_size > self.file_bytes:
            self._leave(shown, f"it is larger than {self.file_bytes // 1000} kB")
        elif status.st_size > self.bytes:
            self._leave(shown, "all files together are too large")
        elif not self._write(file, target):
            self._leave(shown, "it grew while it was copied")

    def _write(self, file: int, target: Path) -> bool:
        """Copy an open file; False, and no copy, when it is larger than it said."""
        most = min(self.file_bytes, self.bytes)
        with open(target, "xb") as copy:
            while block := os.read(file, _BLOCK):
                most -= len(block)
                self.bytes -= len(block)
                if most < 0:
                    break
                copy.write(block)
        if most < 0:
            target.unlink()
        return most >= 0

    def _leave(self, shown: str, why: str) -> None:
        self._note(f"{_shown(shown)} was not collected: {why}.")

    def _note(self, note: str) -> None:
        if note not in self.notes and len(self.notes) < _NOTES:
            self.notes.append(note)


@contextlib.contextmanager
def _opened(name: str, flags: int, place: int) -> Iterator[int]:
    opened = os.open(name, flags, dir_fd=place)
    try:
        yield opened
    finally:
        os.close(opened)


def _names(place: int) -> list[str]:
    """Return the names in an open folder, the notebooks first."""
    with os.scandir(place) as entries:
        names = [entry.name for entry in islice(entries, _NAMES)]
    # nbgrader's own two small files go before what may fill the bounds.
    return sorted(names, key=lambda name: (not name.endswith((".ipynb", ".txt")), name))


def _shown(name: str) -> str:
    text = "".join(sign if sign.isprintable() and sign != "`" else "?" for sign in plain(name))
    return f"`{text if len(text) <= 120 else text[:117] + '...'}`"


def _share(top: Path) -> None:
    """Let the group read and write what was collected, as nbgrader does for a course that several people grade."""
    for path in [top, *top.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | (0o2770 if path.is_dir() else 0o660))
