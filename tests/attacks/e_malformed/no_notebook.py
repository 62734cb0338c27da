"""Hands in a picture under a notebook's name."""

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("it is a picture, not a notebook",),
)
