"""Puts a folder in a folder, sixty times, and a thousand files beside the notebook."""

from pathlib import Path

from tests.attacks.case import Attack


def place(path: Path, values: dict[str, str]) -> None:
    """Put the folders and files beside the notebook."""
    deep = path.parent.joinpath(*["d" * 20] * 60)
    deep.mkdir(parents=True)
    (deep / "end.txt").write_text("the end")
    for number in range(1000):
        (path.parent / f"file-{number}.txt").write_text("")


ATTACK = Attack(
    must="the answers count",
    stock="held",
    place=place,
)
