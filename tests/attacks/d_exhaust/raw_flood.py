"""Writes 50 MB past Python to the descriptor of the standard output."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the output is cut; the answers count",
    stock="held",
    last="import os\ntry:\n    for _ in range(50): os.write(1, b'x' * 10**6)\nexcept OSError as error: print(error)",
)
