"""Never returns from a call."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="out of time, for this exercise only",
    stock="held",
    answers={"scale": "import time\ndef scale(x, factor):\n    while True:\n        time.sleep(0.01)"},
    marks={"scale": 0},
    outcome={"scale": "ran out of time"},
)
