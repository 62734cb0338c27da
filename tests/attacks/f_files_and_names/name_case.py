"""Hands the notebook in under a name that differs by case and by an invisible character."""

from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Rename the notebook."""
    path.rename(path.with_name(path.name.upper()))
    path.with_name(f"{path.stem}\u200b.ipynb").write_bytes(path.with_name(path.name.upper()).read_bytes())


ATTACK = Attack(
    must="both hold the same, so it is graded, with a note about the name",
    stock="held",
    place=place,
    record=("was handed in as",),
)
