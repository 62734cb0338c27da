"""Hands in a notebook saved in Latin-1, with an accent in a comment."""

import json

from tests.attacks.case import NOTHING, Attack, cell_of


def save(notebook: dict) -> bytes:
    """Return the file in the wrong encoding."""
    cell_of(notebook, "scale")["source"] += "  # déjà vu"
    return json.dumps(notebook, ensure_ascii=False).encode("latin-1")


ATTACK = Attack(
    must="nothing is read; the record says why",
    stock="held",
    change=save,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("UTF-8",),
)
