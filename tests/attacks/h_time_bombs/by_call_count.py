"""Behaves for three calls and ends the process at the fourth."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="died, for this exercise only",
    stock="forged",
    answers={
        "scale": """
import os
calls = []
def scale(x, factor):
    calls.append(1)
    if len(calls) > 3: os._exit(0)
    return x * factor
"""
    },
    marks={"scale": 0},
    outcome={"scale": "died"},
)
