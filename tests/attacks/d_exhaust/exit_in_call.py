"""Ends the process from inside a call."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="died, for this exercise only",
    stock="lost marks",
    answers={"scale": "import os\ndef scale(x, factor):\n    os._exit(0)"},
    marks={"scale": 0},
    outcome={"scale": "died"},
)
