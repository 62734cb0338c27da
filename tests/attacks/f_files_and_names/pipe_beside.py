"""Puts a named pipe beside the notebook: who copies it waits forever."""

import os
from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a pipe beside the notebook."""
    os.mkfifo(path.parent / "data.csv")


ATTACK = Attack(
    must="it is taken away before anything is copied; the answers count",
    stock="lost marks",
    place=place,
)
