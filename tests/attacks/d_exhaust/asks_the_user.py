"""Waits for somebody to type."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="nobody is asked; the error says so",
    stock="held",
    answers={"scale": "def scale(x, factor):\n    return float(input('?'))"},
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
)
