"""Hands in JSON that is no notebook: `null`."""

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: b"null",
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("holds no notebook",),
)
