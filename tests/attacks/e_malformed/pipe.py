"""Hands in a named pipe under the notebook's name: who opens it waits forever."""

import os
from pathlib import Path

from tests.attacks.case import NOTHING, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a pipe in the notebook's place."""
    path.unlink()
    os.mkfifo(path)


ATTACK = Attack(
    must="nobody waits; the record says why",
    stock="did not end",
    place=place,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("not a file",),
)
