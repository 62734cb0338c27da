"""Nests a hundred thousand lists in the metadata."""

import json

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: json.dumps({**notebook, "x": "N"}).replace('"N"', "[" * 100_000 + "]" * 100_000).encode(),
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("nested too deeply",),
)
