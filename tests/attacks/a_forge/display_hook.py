"""Calls IPython's display hook, so that a result stands before the error that the check will give."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="what a call displays is no verdict",
    stock="forged",
    answers={"scale": "import sys\ndef scale(x, factor):\n    sys.displayhook('5')\n    return x - 100"},
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
