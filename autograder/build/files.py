"""Generated folders: read them, compare them, replace them in one go."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

Tree = Mapping[str, bytes]


def read_tree(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder: relative path -> bytes.

    Names that begin with a dot (checkpoints, ``.gitkeep``) are not generated and are left alone everywhere.
    """
    tree: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            tree[inside.as_posix()] = path.read_bytes()
    return tree


@dataclass(frozen=True)
class Difference:
    """How a folder differs from what was generated; empty when it does not.

    Attributes
    ----------
    changed, missing, extra : tuple of str
        Relative paths.
    """

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.extra)


def compare(wanted: Tree, found: Tree) -> Difference:
    """Compare two trees byte by byte."""
    return Difference(
        changed=tuple(sorted(name for name in wanted if name in found and wanted[name] != found[name])),
        missing=tuple(sorted(set(wanted) - set(found))),
        extra=tuple(sorted(set(found) - set(wanted))),
    )


def replace_tree(folder: Path, wanted: Tree) -> Difference:
    """Make a folder hold exactly these files.

    Every new file is on the disk before the first old one is touched, and each takes its place in one step,
    so a full disk or an interruption leaves no half-written file. Files that are right are not touched.

    Parameters
    ----------
    folder : Path
        Where the files go; made when missing.
    wanted : mapping
        Relative path -> bytes.

    Returns
    -------
    Difference
        What had to be done.
    """
    difference = compare(wanted, read_tree(folder) if folder.is_dir() else {})
    waiting: list[tuple[Path, Path]] = []
    try:
        for name in (*difference.changed, *difference.missing):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(f".{target.name}.new")
            waiting.append((new, target))
            new.write_bytes(wanted[name])
            new.chmod(0o644)
        for new, target in waiting:
            os.replace(new, target)
    finally:
        for new, _ in waiting:
            new.unlink(missing_ok=True)
    for name in difference.extra:
        (folder / name).unlink()
        _remove_if_empty((folder / name).parent, folder)
    return difference


def _remove_if_empty(path: Path, top: Path) -> None:
    while path != top:
        _remove_checkpoints(path)
        try:
            path.rmdir()
        except OSError:
            return
        path = path.parent


def _remove_checkpoints(path: Path) -> None:
    """JupyterLab's copies of a notebook that is gone would keep its folder alive."""
    if any(not child.name.startswith(".") for child in path.iterdir()):
        return
    checkpoints = path / ".ipynb_checkpoints"
    if checkpoints.is_dir():
        for copy in checkpoints.glob("*.ipynb"):
            copy.unlink()
        with contextlib.suppress(OSError):
            checkpoints.rmdir()
