"""The guide's "add an exercise in ten minutes", followed to the letter in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("autograder", "course_utils", "notebooks", "solutions", "tests", "nbgrader_config.py", "pyproject.toml")
STEP = re.compile(
    r"^(?P<fence>`{3,})\w+ file=(?P<file>\S+)(?: before='(?P<before>[^\n]*)')?\n(?P<text>.*?)^(?P=fence)$", re.M | re.S
)


def follow(guide: str, root: Path) -> list[str]:
    """Put every block of the guide that names a file where it says; return the files."""
    files = []
    for step in STEP.finditer(guide):
        path = root / step["file"]
        text = path.read_text(encoding="utf-8")
        if step["before"]:
            assert text.count(step["before"]) == 1, f"{step['before']} does not stand exactly once in {step['file']}"
            text = text.replace(step["before"], step["text"] + step["before"])
        else:
            text += "\n\n" + step["text"]
        path.write_text(text, encoding="utf-8")
        files.append(step["file"])
    return files


def run(root: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_exercise_added_by_the_guide_is_built_and_judged(tmp_path: Path) -> None:
    root = tmp_path / "copy"
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)

    files = follow((ROOT / "docs" / "authors.md").read_text(encoding="utf-8"), root)
    assert len(files) == 4

    run(root, "autograder.cli", "build")
    released = (root / "release" / "05_softmax_regression" / "05_softmax_regression.ipynb").read_text(encoding="utf-8")
    assert "check(count_hits)" in released
    assert "likeliest" not in released
    judged = run(root, "pytest", "tests/mutants", "-k", "count_hits", "-p", "no:cacheprovider")
    assert re.search(r"kill rate\s+count_hits\s+(\d+)/\1\b", judged), judged
