"""Hands in a hard link to the gradebook under the notebook's name."""

import os
from pathlib import Path

from tests.attacks.case import NOTHING, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a second name of the gradebook in the notebook's place."""
    path.unlink()
    os.link(values["gradebook"], path)


ATTACK = Attack(
    must="read as the bytes it is: no notebook",
    stock="held",
    place=place,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
)
