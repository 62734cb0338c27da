"""The results store: what grading a submission gave, under the hash of everything it depends on.

A result is found again only when the learner's cells, the exercise declarations, the judge, the
engine, the packages and the seeds are what they were. So a second run grades only what changed,
and a run that was killed goes on where it was.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

FORMAT = 1
PACKAGES = ("numpy", "torch", "scikit-learn", "scipy", "matplotlib", "matplotlib-inline", "ipython", "nbformat")
# What a verdict depends on beside the submission: the judge, the engine that runs the cells, and the given
# versions of earlier answers.
_CODE = ("course_utils.judging", "autograder.engine", "course_utils.earlier")


class ResultStore:
    """One JSON file a result.

    Parameters
    ----------
    folder : Path
        Made when the first result is put in.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the result stored under `key`; None when there is none, or none that can be read."""
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("cells"), list):
            return None
        return found

    def put(self, key: str, result: Mapping[str, Any]) -> None:
        """Store a result: all of it or, after a power cut, nothing."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".tmp")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({**result, "format": FORMAT}, file, allow_nan=False)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def result_key(notebook: NotebookNode, lesson: str, seeds: Mapping[str, int], limits: object) -> str:
    """Return the hash that a result is stored under.

    Parameters
    ----------
    notebook : NotebookNode
        The sanitised submission.
    lesson : str
        The lesson's slug.
    seeds : mapping of str to int
        The seed of each exercise.
    limits : object
        The engine's limits; their ``repr`` counts.
    """
    cells = [
        [cell.source, cell.metadata.get("nbgrader", {}).get("grade_id"), cell.metadata.get("nbgrader", {}).get("grade")]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    everything = json.dumps(
        {
            "format": FORMAT,
            "cells": cells,
            "lesson": [lesson, _module_digest(f"course_utils.exercises.{lesson}")],
            "code": [_module_digest(module) for module in _CODE],
            "packages": _versions(),
            "seeds": sorted(seeds.items()),
            "limits": repr(limits),
        }
    )
    return hashlib.sha256(everything.encode()).hexdigest()


@functools.cache
def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = ""
    return versions


def _module_digest(name: str) -> str:
    """Hash the source bytes of a module, or of every module of a package."""
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        spec = None
    if spec is None:
        return ""
    files: Iterable[Path]
    if spec.submodule_search_locations:
        files = sorted(path for place in spec.submodule_search_locations for path in Path(place).rglob("*.py"))
    else:
        files = [Path(spec.origin)] if spec.origin else []
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
