"""Writing a file in one step."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

PRIVATE = 0o600


def write_whole(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file in one step: all of it or, after a power cut, what was there before.

    Parameters
    ----------
    path : Path
        The file; its folder must exist. A link is replaced, not followed.
    content : bytes
        All of it.
    mode : int
        Who may read and write it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
