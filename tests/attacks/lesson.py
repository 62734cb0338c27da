"""The lesson under attack: four exercises, once for our grader and once for stock nbgrader."""

from __future__ import annotations

from typing import Any

import nbformat

ASSIGNMENT = "01_siege"
POINTS = {"scale": 4.0, "total": 2.0, "countdown": 2.0, "spot": 2.0}

RIGHT = {
    "scale": "def scale(x, factor):\n    return x * factor",
    "total": "def total(x):\n    return x.sum()",
    "countdown": "def countdown(n):\n    while n > 0:\n        yield n\n        n -= 1",
    "spot": (
        "def spot(functions):\n"
        "    points = np.array([[0.5, -1.0], [2.0, 0.7], [-1.5, 3.0]])\n"
        "    return [bool(np.allclose(f(points), f(-points))) for f in functions]"
    ),
}

DECLARATIONS = '''"""The exercises of the lesson under attack."""

import numpy as np

from course_utils.judging import Exercise, Given, Group, Mistake

FUNCTIONS = ["bowl", "third_power", "bowl", "product"]


def draw_functions(rng):
    return ([Given(f"linear_regression.{FUNCTIONS[n]}") for n in rng.permutation(4)],)


def is_even(functions):
    points = np.array([[0.3, 1.1], [2.0, -0.7]])
    return [bool(np.allclose(function(points), function(-points))) for function in functions]


scale = Exercise(
    name="scale",
    groups=[
        Group("ordinary numbers", lambda rng: (rng.normal(size=(5, 7)), float(rng.uniform(2, 5)))),
        Group("negative numbers", lambda rng: (-np.abs(rng.normal(size=(4, 6))), float(rng.uniform(2, 5)))),
    ],
    oracle=lambda x, factor: x * factor,
    time_limit=2.0,
    mistakes=[Mistake("added the factor", "Is scaling a sum?", answer=lambda x, factor: x + factor)],
)
total = Exercise(
    name="total",
    groups=[Group("ordinary numbers", lambda rng: (rng.normal(size=(5, 7)),))],
    oracle=lambda x: x.sum(),
    time_limit=2.0,
)
countdown = Exercise(
    name="countdown",
    kind="generator",
    groups=[Group("small numbers", lambda rng: (int(rng.integers(3, 9)),))],
    oracle=lambda n: list(range(n, 0, -1)),
    time_limit=2.0,
)
spot = Exercise(
    name="spot",
    groups=[Group("functions of two inputs", draw_functions)],
    oracle=is_even,
    time_limit=2.0,
)
'''

# What stock nbgrader checks with: one visible test, and hidden ones with the same kind of numbers.
STOCK_CHECKS = {
    "scale": """assert scale(np.array([1.0, 2.0]), 3.0)[1] == 6.0
### BEGIN HIDDEN TESTS
# @hidden@
rng = np.random.default_rng(7331)
x = rng.normal(size=(5, 7))
np.testing.assert_allclose(scale(x.copy(), 2.5), x * 2.5)
np.testing.assert_allclose(scale(-abs(x), 1.5), -abs(x) * 1.5)
### END HIDDEN TESTS""",
    "total": """assert total(np.array([[1.0, 2.0]])) == 3.0
### BEGIN HIDDEN TESTS
# @hidden@
x = np.random.default_rng(7331).normal(size=(5, 7))
np.testing.assert_allclose(total(x.copy()), x.sum())
### END HIDDEN TESTS""",
    "countdown": """assert next(iter(countdown(3))) == 3
### BEGIN HIDDEN TESTS
# @hidden@
assert list(countdown(5)) == [5, 4, 3, 2, 1]
### END HIDDEN TESTS""",
    "spot": """from course_utils.given.linear_regression import bowl, product, third_power
assert spot([bowl]) == [True]
### BEGIN HIDDEN TESTS
# @hidden@
assert spot([third_power, bowl, product, bowl]) == [False, True, False, True]
### END HIDDEN TESTS""",
}


def source_notebook(secrets: dict[str, str], stock: bool) -> Any:
    """Return nbgrader's source notebook, with the reference answers and, for stock, the hidden tests.

    Parameters
    ----------
    secrets : dict
        ``reference`` and ``hidden``: words that stand in the reference answers and the hidden tests.
    stock : bool
        For which of the two graders.
    """
    cells = [
        nbformat.v4.new_markdown_cell("# A lesson under siege", id="title"),
        nbformat.v4.new_code_cell("import numpy as np\nfrom course_utils import check", id="imports"),
    ]
    for name in POINTS:
        head, *body = RIGHT[name].split("\n")
        reference = f"    # {secrets['reference']}"
        solved = [head, "    ### BEGIN SOLUTION", reference, *body, "    ### END SOLUTION"]
        checked = STOCK_CHECKS[name].replace("@hidden@", secrets["hidden"]) if stock else f"check({name})"
        cells += [_cell(name, "\n".join(solved), solution=True), _cell(f"check-{name}", checked, points=POINTS[name])]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _cell(name: str, source: str, solution: bool = False, points: float | None = None) -> Any:
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.metadata["nbgrader"] = {
        "grade": not solution, "solution": solution, "locked": not solution, "task": False,
        "schema_version": 3, "cell_type": "code", "grade_id": name,
    }  # fmt: skip
    if points is not None:
        cell.metadata["nbgrader"]["points"] = points
    return cell
