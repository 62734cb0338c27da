"""Defines a right answer behind the check, when the wrong one has been judged."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="an answer is judged where its check stands",
    stock="held",
    answers={"scale": WRONG},
    last="def scale(x, factor):\n    return x * factor",
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
