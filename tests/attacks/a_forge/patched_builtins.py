"""Replaces built-in functions that a comparison may use."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="values are compared in another process; what it broke for itself stays broken",
    stock="lost marks",
    answers={
        "scale": f"""
import builtins
builtins.abs = builtins.max = lambda *a, **k: 0
builtins.all = lambda *a: True
{WRONG}
"""
    },
    marks={"scale": 0, "spot": 0},
    outcome={"scale": "wrong"},
)
