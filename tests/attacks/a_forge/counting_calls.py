"""Is right for as many calls as a check is known to make, and wrong afterwards."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="how often it is called is not known; the calls that are wrong cost the mark",
    stock="forged",
    answers={
        "scale": """
calls = 0
def scale(x, factor):
    global calls
    calls += 1
    return x * factor if calls <= 3 else x - 100
"""
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
