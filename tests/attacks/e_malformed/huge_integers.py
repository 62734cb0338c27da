"""Puts whole numbers of ten thousand digits into the metadata."""

import json

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=lambda notebook: json.dumps({**notebook, "nbformat_minor": "N"}).replace('"N"', "7" * 10_000).encode(),
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("numbers that are too long",),
)
