"""The private folder of a child: what is laid out in it, and how it goes away again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

# What stays out of a child's copy of `course_utils`: the oracles, the known mistakes and the laws; and the given
# versions of answers, which each child gets by itself: only those of the lessons before its own.
_LEFT_OUT = ("exercises", "earlier")


def copy_course(package: Path, target: Path) -> None:
    """Copy `course_utils` without its exercises, so that no child needs to read the original.

    What Python has compiled goes along: to compile it anew takes each warm process a tenth of a second.

    Parameters
    ----------
    package, target : Path
        From where to where.

    Raises
    ------
    OSError
        When a file cannot be read or written.
    """

    def leave_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name in _LEFT_OUT] if Path(folder) == package else []

    shutil.copytree(package, target, ignore=leave_out)


def copy_earlier(package: Path, target: Path, slugs: Iterable[str]) -> None:
    """Make a folder with the subpackage ``earlier`` of `course_utils`, cut to some lessons.

    Parameters
    ----------
    package, target : Path
        The whole package, and the folder to make.
    slugs : iterable of str
        Lessons whose given versions are copied; the others answer exercises that the submission is to
        answer itself.

    Raises
    ------
    OSError
        When a file cannot be read or written.
    """
    place = target / "earlier"
    place.mkdir(parents=True)
    wanted = {"__init__", *slugs}
    for path in (package / "earlier").glob("*.py"):
        if path.stem in wanted:
            shutil.copyfile(path, place / path.name)


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
