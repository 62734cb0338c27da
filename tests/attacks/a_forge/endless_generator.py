"""Yields the right items and then goes on forever."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="drained up to a limit, then wrong",
    stock="held",
    answers={
        "countdown": """
import time
def countdown(n):
    for k in range(n, 0, -1):
        yield k
    while True:
        time.sleep(0.0005)
        yield 0
"""
    },
    marks={"countdown": 0},
    outcome={"countdown": "wrong"},
)
