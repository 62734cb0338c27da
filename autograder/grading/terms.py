"""Names and rules that all of grading shares, in a file that needs nothing.

The process that judges imports this and not the parts of nbgrader around it: those take seconds to
load and have no business there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

# The key of this project's own entries in notebook and cell metadata.
OURS = "dlf"
CHECK_PREFIX = "check-"
VERDICT_TYPE = "application/vnd.dlf.verdict+json"
UNGRADED_TYPE = "application/vnd.dlf.ungraded+json"
# Where a run writes what happens, from the course's folder.
LOG_FILE = "class/grading.log"
# Beside a submission: what collecting it left out, and why.
LEFT_OUT = "left-out-when-collected.txt"


def score(points: float, credit: float) -> float:
    """Return the points for a credit between 0 and 1, to two decimals.

    Raises
    ------
    ValueError
        When the credit is no number between 0 and 1.
    """
    if not math.isfinite(credit) or not -1e-9 <= credit <= 1 + 1e-9:
        raise ValueError(f"a credit is a number between 0 and 1, not {credit}")
    return round(points * min(max(credit, 0.0), 1.0), 2)


def lesson_of(assignment: str) -> str:
    """Return the lesson's slug: ``05_softmax_regression`` gives ``softmax_regression``."""
    return re.sub(r"^\d+_", "", assignment)


def is_check(cell: Mapping[str, Any]) -> bool:
    """Whether the judge decides about this cell."""
    nbgrader = cell["metadata"].get("nbgrader") or {}
    return cell["cell_type"] == "code" and bool(nbgrader.get("grade")) and not nbgrader.get("solution")


def is_answer(cell: Mapping[str, Any]) -> bool:
    """Whether the learner was asked to write this cell."""
    return bool((cell["metadata"].get("nbgrader") or {}).get("solution"))


def is_own(cell: Mapping[str, Any]) -> bool:
    """Whether the cell is the learner's own work: an answer, or one that the release has nowhere."""
    return is_answer(cell) or bool((cell["metadata"].get(OURS) or {}).get("own"))


def exercise_of(cell: Mapping[str, Any]) -> str:
    """Return the name of the exercise that a check cell asks about."""
    return str(cell["metadata"]["nbgrader"]["grade_id"]).removeprefix(CHECK_PREFIX)


def code_cells(notebook: Mapping[str, Any]) -> list[Any]:
    """Return the code cells of a notebook, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


# Large packages, and how a notebook that needs them names them. Some of the course's data sets come with scikit-learn,
# which is imported when they are made.
_SELDOM = {
    r"\b(sklearn|datasets)\b": ("sklearn",),
    r"widgets\b": ("ipywidgets", "anywidget", "course_utils.widgets"),
    r"\bplots\b": ("course_utils.plots",),
}


def unused_packages(notebooks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return those of the large packages that no cell of these notebooks can be seen to import."""
    code = "\n".join(cell["source"] for notebook in notebooks for cell in code_cells(notebook))
    return [name for words, names in _SELDOM.items() if not re.search(words, code) for name in names]
