"""Hands the notebook in under a name that differs by case and by an invisible character."""

from pathlib import Path

from tests.attacks.case import NO_MARK, Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Rename the notebook."""
    path.rename(path.with_name(path.name.upper()))
    path.with_name(f"{path.stem}\u200b.ipynb").write_bytes(path.with_name(path.name.upper()).read_bytes())


ATTACK = Attack(
    must="no mark; a person is told which file is missing",
    stock="held",
    place=place,
    marks=NO_MARK,
    record=("no 01_siege.ipynb",),
)
