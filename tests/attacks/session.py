"""What an instructor's process does in a world: make the release, grade the class, write the pages.

It runs as ``python -m tests.attacks.session TASK COURSE RESULT ...`` in a process of its own, so that
whatever it leaves running is left behind by it, and so that a secret stands in its environment.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from tests.attacks.lesson import ASSIGNMENT
from tests.attacks.world import known_limits


def release(root: Path) -> dict[str, Any]:
    """Make the release as nbgrader does."""
    from nbgrader.converters import GenerateAssignment

    from autograder.grading.course import Course

    loaded = Course.load(root)
    GenerateAssignment(coursedir=loaded.directory(ASSIGNMENT, "."), config=loaded.config).start()
    return {}


def grade(root: Path, jobs: str, *students: str) -> dict[str, Any]:
    """Grade the class with our grader."""
    from autograder.grading import commands

    _set_limits()
    summary = commands.grade(root, ASSIGNMENT, list(students) or None, jobs=int(jobs), progress=False)
    return {"done": summary.done, "staff": summary.staff}


def _set_limits() -> None:
    """Set small limits where the configuration does not; this is the one place that knows how."""
    if importlib.util.find_spec("autograder.grading.settings") is not None:
        return  # `c.EngineLimits` in the course's configuration says so
    from autograder.engine import Limits
    from autograder.grading import execute

    assert execute.assess.__kwdefaults__ is not None
    execute.assess.__kwdefaults__["limits"] = Limits(**known_limits())


def pages(root: Path) -> dict[str, Any]:
    """Write every feedback page and the class report."""
    from autograder.grading import commands

    summary = commands.feedback(root, ASSIGNMENT)
    return {"staff": summary.staff, "report": str(commands.report(root, ASSIGNMENT))}


def run_stock(root: Path, page_of: str) -> dict[str, str]:
    """Grade the class and write a page with stock nbgrader's two converters; tell what stopped them.

    Parameters
    ----------
    root : Path
        The course's folder.
    page_of : str
        Whose page is written; everybody's for ``*``.
    """
    from nbgrader.converters import Autograde, GenerateFeedback

    from autograder.grading.course import Course

    said = {}
    for converter, student in ((Autograde, "*"), (GenerateFeedback, page_of)):
        loaded = Course.load(root)
        try:
            converter(coursedir=loaded.directory(ASSIGNMENT, student), config=loaded.config).start()
        except (Exception, SystemExit) as error:
            said[converter.__name__] = f"{type(error).__name__}: {error}"[:300]
    return said


TASKS = {"release": release, "grade": grade, "pages": pages}


if __name__ == "__main__":
    task, course, result, *arguments = sys.argv[1:]
    Path(result).write_text(json.dumps(TASKS[task](Path(course), *arguments)))
