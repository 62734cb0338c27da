"""Puts links to the instructor's home folder, the course secret and itself beside the notebook."""

from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put links beside the notebook."""
    for name, target in (("home", "home"), ("notes.txt", "secret"), ("data.csv", "victim")):
        (path.parent / name).symlink_to(values[target])
    (path.parent / "loop").symlink_to("loop")


ATTACK = Attack(
    must="links are taken away before anything is copied; the answers count",
    stock="lost marks",
    place=place,
)
