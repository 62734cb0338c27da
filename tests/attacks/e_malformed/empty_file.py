"""Hands in a file of no bytes."""

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: b"",
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("it is empty",),
    page=("could not be read as a notebook",),
)
