"""Adds a check cell of its own, worth a hundred points, that holds."""

from tests.attacks.case import WRONG, Attack, add, code

ATTACK = Attack(
    must="only checks of the release count",
    stock="lost marks",
    answers={"scale": WRONG},
    change=add(
        code("assert True", "bonus", nbgrader={
            "grade": True, "solution": False, "locked": True, "task": False, "points": 100,
            "schema_version": 3, "cell_type": "code", "grade_id": "check-bonus",
        })
    ),
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)  # fmt: skip
