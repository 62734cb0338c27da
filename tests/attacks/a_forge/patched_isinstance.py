"""Replaces `isinstance` and `type`, which all code of the child that encodes a value leans on."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no mark for it, and the answers of other cells keep theirs or lose them to the broken process alone",
    stock="lost marks",
    answers={
        "spot": """
import builtins
def spot(functions):
    builtins.isinstance = lambda *a: True
    return [True]
"""
    },
    marks={"spot": 0},
)
