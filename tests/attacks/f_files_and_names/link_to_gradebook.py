"""Hands in a link to the gradebook under the notebook's name."""

from pathlib import Path

from tests.attacks.case import NOTHING, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a link in the notebook's place."""
    path.unlink()
    path.symlink_to(values["gradebook"])


ATTACK = Attack(
    must="no link is followed; the record says why",
    stock="held",
    place=place,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("link",),
)
