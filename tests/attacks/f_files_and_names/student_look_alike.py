"""Is called like a classmate, but for a letter of another alphabet."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="two people, two marks",
    stock="held",
    answers={"scale": WRONG},
    student="000-vіctim",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
