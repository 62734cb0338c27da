"""Hands in a folder under the notebook's name."""

from pathlib import Path

from tests.attacks.case import NOTHING, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put a folder in the notebook's place."""
    path.unlink()
    path.mkdir()
    (path / "inside.txt").write_text("nothing")


ATTACK = Attack(
    must="no mark stays or appears; a person is told why",
    stock="held",
    place=place,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("not a file",),
)
