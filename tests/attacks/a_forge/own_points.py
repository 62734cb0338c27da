"""Raises the points of the check in its metadata, and makes the answer cell a check of its own."""

from tests.attacks.case import WRONG, Attack, cell_of


def raise_points(notebook: dict) -> None:
    """Ask for a thousand points."""
    cell_of(notebook, "check-scale")["metadata"]["nbgrader"].update(points=1000, locked=False, solution=True)
    cell_of(notebook, "scale")["metadata"]["nbgrader"].update(grade=True, points=500, grade_id="check-total")


ATTACK = Attack(
    must="metadata comes from the release; the answer is put back into its cell and judged",
    stock="lost marks",
    answers={"scale": WRONG},
    change=raise_points,
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
