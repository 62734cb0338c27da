"""Opens files until there are no descriptors left, and keeps them open."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the child still answers, or loses this exercise only",
    stock="held",
    answers={
        "spot": """
kept = []
def spot(functions):
    try:
        while len(kept) < 5000: kept.append(open('/dev/null'))
    except OSError: pass
    return [True]
"""
    },
    marks={"spot": 0},
)
