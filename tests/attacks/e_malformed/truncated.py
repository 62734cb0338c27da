"""Hands in a notebook that was cut off in the middle."""

import json

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: json.dumps(notebook)[:1500].encode(),
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("cut off",),
    page=("could not be read as a notebook",),
)
