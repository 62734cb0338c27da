"""Looks through every object of the process for the wire, and speaks on it."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="what is found is the child's own; a forged reply is none",
    stock="held",
    answers={
        "scale": """
import gc, socket
def scale(x, factor):
    for found in gc.get_objects():
        if isinstance(found, socket.socket):
            try: found.sendall(b'\\0\\0\\0\\2[]' * 3)
            except OSError: pass
    return x - 100
"""
    },
    marks={"scale": 0},
)
