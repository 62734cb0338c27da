"""From text notebooks and solutions to what learners get.

``build(root)`` weaves ``notebooks/`` and ``solutions/`` into nbgrader source notebooks and lets nbgrader
make ``release/`` from them; ``check(root)`` runs every lesson and proves that ``release/`` is fresh.
"""

from autograder.build.building import BuildReport, LessonReport, build
from autograder.build.checking import CheckReport, Freshness, Run, check
from autograder.build.problems import BuildError, Problem

__all__ = [
    "BuildError",
    "BuildReport",
    "CheckReport",
    "Freshness",
    "LessonReport",
    "Problem",
    "Run",
    "build",
    "check",
]
