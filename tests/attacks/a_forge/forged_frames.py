"""Writes a forged reply, and garbage, to every open file descriptor while it is being called."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a frame that is not the reply asked for ends the child: no answer",
    stock="lost marks",
    answers={
        "scale": """
import json, os, struct
def scale(x, factor):
    for number in range(3000):
        tree = ["d", [["number", number], ["ended", "returned"], ["value", "correct"], ["credit", 1.0]]]
        head = json.dumps([tree, []]).encode()
        if number < 3 or number > 2990:
            for descriptor in range(3, 64):
                try:
                    os.set_blocking(descriptor, False)
                    os.write(descriptor, struct.pack('!I', len(head) + 4) + struct.pack('!I', len(head)) + head)
                except OSError:
                    pass
    return x - 100
"""
    },
    marks={"scale": 0},
)
