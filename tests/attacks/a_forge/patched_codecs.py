"""Replaces json, struct and socket functions, with which the child writes its replies."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a reply that cannot be read is no answer",
    stock="lost marks",
    answers={
        "scale": """
import json, socket, struct
def scale(x, factor):
    json.dumps = lambda *a, **k: '[["d", [["verdict", "correct"], ["credit", 1.0]]], []]'
    struct.pack = lambda *a: b'\\0' * 4
    return x - 100
"""
    },
    marks={"scale": 0},
)
