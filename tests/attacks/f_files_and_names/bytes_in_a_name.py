"""Puts a file beside the notebook whose name is no text in any encoding."""

import os
from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put the file beside the notebook."""
    with open(os.fsencode(path.parent) + b"/\xff\xfe-name", "w") as file:
        file.write("nothing")


ATTACK = Attack(
    must="the name is no reason to stop; the answers count",
    stock="held",
    place=place,
)
