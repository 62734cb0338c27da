"""The seeds that make secret cases: one per exercise and student, from one secret of the course.

There is no hidden test, only a hidden seed. The secret is 32 random bytes that live outside the
repository, so that a copy of the repository, or of a release, never holds it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
import sys
import time
from pathlib import Path

from autograder.errors import CourseError

SECRET_BYTES = 32


class SecretError(CourseError):
    """The course secret cannot be used; the text says why and what to do."""


def secret_path() -> Path:
    """Return where the course secret lives.

    Returns
    -------
    Path
        ``COURSE_SECRET_FILE`` when set, else ``deep-learning-foundations/secret`` in the
        platform's folder for application data.
    """
    chosen = os.environ.get("COURSE_SECRET_FILE")
    if chosen:
        return Path(chosen).expanduser()
    return _data_folder() / "deep-learning-foundations" / "secret"


def _data_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def course_secret(path: Path | None = None) -> bytes:
    """Read the course secret, making it on first use.

    Parameters
    ----------
    path : Path, optional
        The file; :func:`secret_path` when left out.

    Returns
    -------
    bytes
        The secret, at least 32 bytes.

    Raises
    ------
    SecretError
        When the file is open to other users, too short, or cannot be read or made.
    """
    path = secret_path() if path is None else path
    try:
        _make(path)
        return _read(path)
    except OSError as error:
        raise SecretError(f"The course secret {path} cannot be used: {error.strerror or error}.") from error


_READ: dict[Path, bytes] = {}


def run_secret(fresh: bool = False) -> bytes:
    """Return the course secret, read once per run: what happens to its file later changes no mark.

    Parameters
    ----------
    fresh : bool
        Whether a run begins: the file is read and checked again.

    Raises
    ------
    SecretError
        When the secret has to be read and cannot be used.
    """
    path = secret_path()
    if fresh or path not in _READ:
        _READ[path] = course_secret(path)
    return _READ[path]


def _make(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        # O_EXCL: of two graders that start at once, exactly one makes the secret.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    content = b""
    for _ in range(10):
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
        if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
            raise SecretError(f"The course secret {path} is open to other users; run `chmod 600 {path}`.")
        if len(content) >= SECRET_BYTES:
            return content
        # A grader that has made the file a moment ago may not have written it yet.
        time.sleep(0.02)
    what = "is empty" if not content else f"has {len(content)} bytes, fewer than {SECRET_BYTES}"
    raise SecretError(f"The course secret {path} {what}; move it away, and the next grading makes a new one.")


def seed(secret: bytes, exercise: str, student: str) -> int:
    """Return the seed that one student's cases of one exercise are drawn with.

    Parameters
    ----------
    secret : bytes
        The course secret.
    exercise, student : str
        Name of the exercise; identifier of the student.

    Returns
    -------
    int
        63 bits of HMAC-SHA256 over the two names: it fits a signed 64-bit integer.
    """
    message = json.dumps([exercise, student]).encode()
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") >> 1
