"""Hands in a link to a device that gives bytes without end."""

from pathlib import Path

from tests.attacks.case import NOTHING, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a link to /dev/full in the notebook's place, which gives zeros without end."""
    path.unlink()
    path.symlink_to("/dev/full")


ATTACK = Attack(
    must="it is not opened; the record says why",
    stock="did not end",
    place=place,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("link",),
)
