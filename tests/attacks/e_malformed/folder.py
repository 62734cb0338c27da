"""Hands in a folder under the notebook's name."""

from pathlib import Path

from tests.attacks.case import NOTHING, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a folder in the notebook's place."""
    path.unlink()
    path.mkdir()
    (path / "inside.txt").write_text("nothing")


ATTACK = Attack(
    must="nothing is read; the record says what is there and what is missing",
    stock="held",
    place=place,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("There is no notebook",),
)
