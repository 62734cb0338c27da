"""Computes a power that keeps the interpreter from looking at signals for minutes."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="out of time, for this exercise only",
    stock="held",
    answers={"scale": "def scale(x, factor):\n    return 3 ** (10 ** 9)"},
    marks={"scale": 0},
    outcome={"scale": "ran out of time"},
)
