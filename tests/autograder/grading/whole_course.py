"""A toy course that whole processes can grade, and what they leave behind, in a form that can be compared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment

sys.path.insert(0, str(Path(__file__).parent))  # the tests beside this file import each other by their bare names

from toy_course import ASSIGNMENT, BASE_CONFIG, DECLARATIONS, toy_source

from autograder.grading.course import Course
from autograder.grading.marks import UNGRADED_TYPE, verdict_data

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("autograder", "course_utils")
# What differs between two runs that give the same marks.
_PASSING = ("seconds",)


def copy_packages(place: Path, repository: Path = ROOT) -> Path:
    """Copy the packages that grade, with the toy lesson among the exercises; return the folder to import from."""
    for name in PACKAGES:
        shutil.copytree(repository / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "course_utils" / "exercises" / "toy_lesson.py").write_text(DECLARATIONS)
    return place


def build_toy_course(root: Path, more: str = "", repository: Path = ROOT) -> Course:
    """Build the toy course with the grading section of the real configuration, and `more` below it."""
    source = root / "build" / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (root / "class" / "submitted").mkdir(parents=True)
    section = (repository / "nbgrader_config.py").read_text().split("# --- grading ---")[1]
    (root / "nbgrader_config.py").write_text(f"{BASE_CONFIG}{section}\n{more}\n")
    nbformat.write(toy_source(), source / f"{ASSIGNMENT}.ipynb")
    course = Course.load(root)
    GenerateAssignment(coursedir=course.directory(ASSIGNMENT, "."), config=course.config).start()
    return course


def copy_course(course: Path, to: Path, submissions: Path | None = None) -> Path:
    """Copy a course, and a folder of submissions (``<student>/<assignment>/...``) into it; pipes and links too."""
    subprocess.run(["cp", "-a", "--", course, to], check=True)
    if submissions is not None:
        target = to / "class" / "submitted"
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", "--", f"{submissions}/.", target], check=True)
    return to


def environment(home: Path, packages: Path | None) -> dict[str, str]:
    """Return an environment for processes that grade: a secret and settings of their own below `home`."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PYTHONPATH": str(packages or ROOT),
        "HOME": str(home),
        "COURSE_SECRET_FILE": str(home / "secret"),
        "COURSE_PROGRESS": str(home / "progress.json"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_DATA_DIR": str(home / "data"),
    }


def outcome(root: Path, assignment: str) -> dict[str, Any]:
    """Return what grading left: per student the gradebook's rows and what stands in the autograded notebooks.

    Left out is what differs between two runs of one way too: how long grading took, and the text of what a
    learner's own cells put out (addresses, times, what was printed before a limit was reached), of which the kinds
    are kept. What a check puts out follows from its verdict, which is here in full. Left out too are files beside
    the notebooks: nbgrader copies all that was handed in, `course grade` the time of handing in only.
    """
    course = Course.load(root)
    found: dict[str, Any] = {}
    with Gradebook(course.db_url) as gradebook:
        for submission in gradebook.assignment_submissions(assignment):
            books = {
                book.name: {
                    "penalty": book.late_submission_penalty,
                    "grades": sorted(_grade(grade) for grade in book.grades),
                    "comments": sorted((c.name, str(c.auto_comment), str(c.manual_comment)) for c in book.comments),
                }
                for book in submission.notebooks
            }
            found[submission.student.id] = {"late": submission.total_seconds_late, "books": books}
    for student in course.students(assignment, "autograded"):
        folder = course.folder("autograded", assignment, student)
        found.setdefault(student, {})["files"] = {path.name: _file(path) for path in sorted(folder.glob("*.ipynb"))}
    return found


def _grade(grade: Any) -> tuple[str, str, str, bool]:
    return grade.name, str(grade.auto_score), str(grade.manual_score), bool(grade.needs_manual_grade)


def _file(path: Path) -> dict[str, Any]:
    """Return an autograded notebook without what passes: cells, verdicts, outputs, and our notes."""
    notebook = nbformat.read(path, as_version=4)
    ours = {key: value for key, value in notebook.metadata.get("dlf", {}).items() if key not in _PASSING}
    cells = [
        {
            "id": cell["id"],
            "source": cell.source,
            "nbgrader": dict(cell.metadata.get("nbgrader", {})),
            "verdict": verdict_data(cell) or verdict_data(cell, UNGRADED_TYPE),
            "outputs": [output.output_type for output in cell.get("outputs", ())],
        }
        for cell in notebook.cells
    ]
    return {"ours": ours, "cells": cells}


def results(root: Path) -> dict[str, Any]:
    """Return the results store without what passes, by the name of each file."""
    found = {}
    for path in (root / "class" / "results").rglob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        found[path.name] = {key: value for key, value in content.items() if key not in _PASSING}
    return found


def leftovers(root: Path) -> list[str]:
    """Return temporary files that lie in the results store, the autograded folder or beside the gradebook."""
    names = []
    for folder in ("results", "autograded"):
        names += [
            str(p.relative_to(root / "class")) for p in (root / "class" / folder).rglob("*") if _temporary(p.name)
        ]
    beside = [path.name for path in (root / "class").iterdir()]
    return sorted([*names, *(name for name in beside if _temporary(name) or name.endswith(("-journal", "-wal")))])


def _temporary(name: str) -> bool:
    return name.startswith((".", "tmp")) or name.endswith((".tmp", ".part", "~"))
