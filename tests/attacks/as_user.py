"""Running as an ordinary user when started as root, also where Python lies below a folder that is root's alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# "nobody": it owns nothing.
_USER = 65534


class CannotChange(Exception):
    """There is no way here to run as another user; the text says why."""


def reenter(arguments: list[str]) -> int:
    """Run the runner again as an ordinary user; return how it ended.

    Raises
    ------
    CannotChange
        When the host lacks a command, or the repository itself is closed to others.
    """
    for command in ("unshare", "setpriv", "mount"):
        if shutil.which(command) is None:
            raise CannotChange(f"there is no command `{command}` here (package util-linux)")
    repository = Path(__file__).resolve().parents[2]
    shut = shut_folder(repository)
    if shut is not None:
        raise CannotChange(f"{shut} is closed to other users, and the repository lies below it")
    with tempfile.TemporaryDirectory(prefix="course-user-") as home:
        os.chown(home, _USER, _USER)
        become = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups", "--inh-caps=-all"]
        runner = [*become, sys.executable, "-B", "-m", "tests.attacks", *arguments]
        script = "\n".join([*opened(Path(sys.base_prefix), f"{home}/python"), 'exec "$@"'])
        command = ["unshare", "--mount", "sh", "-e", "-c", script, "sh", *runner]
        return subprocess.run(command, cwd=repository, env={**os.environ, "HOME": home}).returncode


def shut_folder(path: Path) -> Path | None:
    """Return the outermost folder above `path` that other users cannot pass through."""
    return next((folder for folder in reversed([path, *path.parents]) if not folder.stat().st_mode & 0o001), None)


def opened(prefix: Path, aside: str) -> list[str]:
    """Return the commands that show Python's own folder, and it alone, where a closed folder hides it."""
    shut = shut_folder(prefix)
    if shut is None:
        return []
    return [
        f"mkdir -p {aside}",
        f"mount --bind '{prefix}' {aside}",
        f"mount -t tmpfs -o mode=755 none '{shut}'",
        f"mkdir -p '{prefix}'",
        f"mount --bind {aside} '{prefix}'",
    ]
