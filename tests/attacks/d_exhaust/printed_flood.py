"""Prints 50 MB in one line."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the output is cut and says so; the answers count",
    stock="held",
    last="for _ in range(50):\n    print('x' * 10**6, end='')",
    record=("output cut",),
)
