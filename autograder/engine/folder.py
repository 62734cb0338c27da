"""The private folder of a child: what is laid out in it, and how it goes away again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

# What stays out of a child's copy of `course_utils`: the oracles, the known mistakes and the laws.
_LEFT_OUT = ("exercises", "__pycache__")
# Given versions of answers: only those of lessons before the submission's own come into the copy.
_EARLIER = "earlier"


def copy_course(package: Path, target: Path, earlier: Iterable[str] = ()) -> None:
    """Copy `course_utils` without its exercises, so that no child needs to read the original.

    Parameters
    ----------
    package, target : Path
        From where to where.
    earlier : iterable of str
        Slugs of the lessons whose given versions are copied; the others answer exercises that the
        submission is to answer itself.

    Raises
    ------
    OSError
        When a file cannot be read or written.
    """

    wanted = {"__init__.py", *(f"{slug}.py" for slug in earlier)}

    def leave_out(folder: str, names: list[str]) -> list[str]:
        if Path(folder) == package:
            return [name for name in names if name in _LEFT_OUT]
        if Path(folder) == package / _EARLIER:
            return [name for name in names if name not in wanted]
        return [name for name in names if name == "__pycache__"]

    shutil.copytree(package, target, ignore=leave_out)


def remove(folder: Path, seconds: float = 20.0) -> None:
    """Remove a private folder, however deep it is nested and whatever is closed in it; never raises.

    A submission has shaped what lies below, so it is left to ``rm``, which follows no link and knows no
    depth at which it ends. What cannot be removed in time stays.

    Parameters
    ----------
    folder : Path
        The folder; nothing above it or beside it is touched.
    seconds : float
        How long it may take.
    """
    deadline = time.monotonic() + seconds
    path = os.path.abspath(folder)
    for command in (("rm", "-rf"), ("chmod", "-R", "u+rwx"), ("rm", "-rf")):
        if not os.path.lexists(path):
            return
        if command[0] == "chmod" and os.path.islink(path):
            continue
        with contextlib.suppress(OSError, RuntimeError, subprocess.SubprocessError):
            subprocess.run(
                [*command, "--", path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=max(deadline - time.monotonic(), 0.1),
            )
