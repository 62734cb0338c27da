"""Leaves destructors and exit handlers that print a score and write to every descriptor when the child ends."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="nothing that runs at the end is heard",
    stock="held",
    answers={"scale": WRONG},
    first="""
import atexit, os
class Late:
    def __del__(self):
        for descriptor in range(1, 32):
            try: os.write(descriptor, b'\\0\\0\\0\\4full')
            except OSError: pass
kept = Late()
atexit.register(Late().__del__)
""",
    marks={"scale": 0},
)
