"""Calls itself without end, with Python's limit raised so far that the stack overflows."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="an error or a dead process, for this exercise only",
    stock="lost marks",
    answers={
        "scale": """
import sys
sys.setrecursionlimit(10**8)
def scale(x, factor):
    return [*map(scale, [x], [factor])]
"""
    },
    marks={"scale": 0},
)
