"""Stops its own process by a signal that only another can undo."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="out of time, for this exercise only",
    stock="lost marks",
    answers={"scale": "import os, signal\ndef scale(x, factor):\n    os.kill(os.getpid(), signal.SIGSTOP)"},
    marks={"scale": 0},
    outcome={"scale": "ran out of time"},
)
