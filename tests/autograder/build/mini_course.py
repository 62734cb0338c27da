"""A course of one tiny lesson in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.build import BuildError, BuildReport, build

REPOSITORY = Path(__file__).resolve().parents[3]

LESSON = """---
kernelspec:
  display_name: Python 3
  name: python3
---

# Doubling

```{code-cell} ipython3
from course_utils import check, ready
```

Write it.

```{code-cell} ipython3
---
exercise: weighted
points: 3
difficulty: 2
minutes: 6
tags: [first]
---
```

```{code-cell} ipython3
:tags: [use]

if ready("weighted"):
    print(weighted([1.0, 3.0], [1, 1]))
```
"""

SOLUTIONS = '''"""Answers."""

import functools


@functools.cache
def helper(x):
    return x


def weighted(values, weights):
    """Return the weighted mean."""
    # a comment that stays
    ### BEGIN SOLUTION
    total = sum(weight * value for weight, value in zip(weights, values, strict=True))
    # a comment that goes
    return total / sum(weights)
    ### END SOLUTION


def other():
    """No exercise."""
'''

# Stands in for the real package in the lesson's kernel, so that these tests hang on nothing else.
COURSE_UTILS = '''"""A judge of one exercise."""

_passed = set()


class CheckFailed(Exception):
    pass


def check(answer):
    try:
        right = answer([1.0, 3.0], [1, 1]) == 2.0
    except NotImplementedError:
        right = False
    if not right:
        raise CheckFailed(answer.__name__)
    _passed.add(answer.__name__)


def ready(*names):
    return _passed.issuperset(names)
'''

EXERCISES = 'weighted = Exercise(\n    name="weighted",\n)\n'


class Course:
    """The course, and short ways to change and build it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.declared: dict[str, list[str]] = {"mini": ["weighted"]}
        self.lesson = root / "notebooks" / "01_mini.md"
        self.solutions = root / "solutions" / "mini.py"
        self.release = root / "release" / "01_mini" / "01_mini.ipynb"
        self.write("notebooks/01_mini.md", LESSON)
        self.write("notebooks/plan.md", "# No number, so neither a lesson nor a page\n")
        self.write("solutions/mini.py", SOLUTIONS)
        self.write("course_utils/__init__.py", COURSE_UTILS)
        self.write("course_utils/exercises/mini.py", EXERCISES)
        shutil.copy(REPOSITORY / "nbgrader_config.py", root)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def exercises(self, slug: str) -> Mapping[str, object]:
        if slug not in self.declared:
            raise ModuleNotFoundError(f"No module named 'course_utils.exercises.{slug}'")
        return dict.fromkeys(self.declared[slug], object())

    def build(self, out: Path | None = None, gradebook: str | None = None) -> BuildReport:
        return build(self.root, out, gradebook=gradebook, exercises=self.exercises)

    def install(self) -> BuildReport:
        """Build into the course's own folders, without the time a gradebook takes."""
        place = self.root / "build-out"
        report = self.build(place)
        shutil.rmtree(self.root / "release", ignore_errors=True)
        shutil.copytree(report.release, self.root / "release")
        shutil.copytree(report.index, self.root / "course_utils" / "lessons", dirs_exist_ok=True)
        shutil.rmtree(place)
        return report

    def refusal(self) -> list[str]:
        with pytest.raises(BuildError) as caught:
            self.build(self.root / "build-out")
        assert not (self.root / "build-out").exists()
        assert caught.value.exit_code == 1
        return str(caught.value).splitlines()
