"""Reads address 0 from inside a call."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="died, for this exercise only",
    stock="lost marks",
    answers={"scale": "import ctypes\ndef scale(x, factor):\n    return ctypes.string_at(0)"},
    marks={"scale": 0},
    outcome={"scale": "died"},
)
