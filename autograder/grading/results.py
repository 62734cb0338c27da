"""The results store: what grading a submission gave, under the hash of everything it depends on.

A result is found again only when the learner's cells, the lesson's declarations, the judge, the engine,
what the course lends to notebooks, the packages, the limits and the seeds are what they were. So a second
run grades only what changed, and a run that was killed goes on where it was. A changed declaration of one
lesson grades that lesson again; a changed engine or judge grades every lesson again.

Each assignment has a folder of its own. A run over the whole class removes from it what no submission
refers to any more, so it holds one result per submission and what was graded since.
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
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from autograder.grading.terms import code_cells, is_own
from course_utils.language import catalog_file, language

FORMAT = 2
PACKAGES = ("numpy", "torch", "scikit-learn", "scipy", "matplotlib", "matplotlib-inline", "ipython", "nbformat")
# What a verdict depends on beside the submission, with what is left out of it: the course that learners
# import, whose declarations count by lesson (its list of lessons says nothing), and the engine that runs their cells.
_CODE = (("course_utils", ("exercises", "lessons")), ("autograder.engine", ()))


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
                file.write(json.dumps({**result, "format": FORMAT}, allow_nan=False))  # `dump` is several times slower
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def keep_only(self, keys: Collection[str]) -> int:
        """Remove every result but those named, and what a killed run has left half-written; return how many went.

        Who calls this holds the assignment's lock, as whoever writes here does.

        Parameters
        ----------
        keys : collection of str
            What the submissions of today refer to.
        """
        gone = [path for path in self.folder.glob("*.json") if path.stem not in keys]
        for path in (*gone, *self.folder.glob(".*.tmp")):
            path.unlink(missing_ok=True)
        return len(gone)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def result_key(
    notebook: Mapping[str, Any],
    lesson: str,
    seeds: Mapping[str, int],
    limits: object,
    code: Mapping[str, Any] | None = None,
) -> str:
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
    code : mapping, optional
        What :func:`code_state` gave for the lesson, when it was asked before.
    """
    cells = []
    for cell in code_cells(notebook):
        ours = cell["metadata"].get("nbgrader", {})
        # Pictures are drawn in the learner's own cells only, so that is part of what comes out.
        cells.append([cell["source"], ours.get("grade_id"), ours.get("grade"), is_own(cell)])
    everything = json.dumps(
        {
            "format": FORMAT,
            "cells": cells,
            "code": code_state(lesson) if code is None else code,
            "seeds": sorted(seeds.items()),
            "limits": repr(limits),
        },
        sort_keys=True,
    )
    return hashlib.sha256(everything.encode()).hexdigest()


def code_state(lesson: str) -> dict[str, Any]:
    """Return what a result depends on beside the submission: hashes of code, and versions of packages.

    Two machines that give the same may grade for one another.

    Parameters
    ----------
    lesson : str
        The lesson's slug.
    """
    return {
        "lesson": [lesson, _digest(f"course_utils.exercises.{lesson}")],
        "code": {name: _digest(name, without) for name, without in _CODE},
        "packages": _versions(),
        **_spoken(),
    }


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str | None:
    """Say in words how another machine's :func:`code_state` differs from ours; None when it does not."""
    here, there = dict(ours.get("packages", {})), dict(theirs.get("packages", {}))
    for name in sorted(here.keys() | there.keys()):
        if here.get(name) != there.get(name):
            return f"{name} {there.get(name) or '(missing)'} instead of {here.get(name) or 'none'}"
    for name, digest in ours.get("code", {}).items():
        if theirs.get("code", {}).get(name) != digest:
            return f"another version of the course ({name} differs)"
    if ours.get("language") != theirs.get("language"):
        return "verdicts in another language"
    return None if ours == theirs else "other declarations of this lesson"


def _spoken() -> dict[str, list[str]]:
    """Return the language of the verdicts, whose sentences are stored with them; nothing for English."""
    catalog = catalog_file()
    return {} if catalog is None else {"language": [language(), hashlib.sha256(catalog.read_bytes()).hexdigest()]}


@functools.cache
def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = ""
    return versions


def _digest(name: str, without: Collection[str] = ()) -> str:
    """Hash the source of a module, or of every module of a package but for the folders named."""
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        spec = None
    if spec is None:
        return ""
    if spec.submodule_search_locations:
        places = map(Path, spec.submodule_search_locations)
        files = sorted((place, path) for place in places for path in _sources(place))
    else:
        files = [(Path(spec.origin).parent, Path(spec.origin))] if spec.origin else []
    digest = hashlib.sha256()
    for place, path in files:
        relative = path.relative_to(place)
        if relative.parts[0] not in without:
            content = path.read_bytes()
            digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _sources(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.suffix in (".py", ".js", ".css") and path.is_file()]
