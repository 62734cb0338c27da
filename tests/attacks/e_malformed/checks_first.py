"""Moves every check in front of its answer, and clashes cell ids."""

from tests.attacks.case import Attack


def move(notebook: dict) -> None:
    """Sort the checks to the front, all under one id."""
    notebook["cells"].sort(key=lambda cell: not cell["id"].startswith("check-"))
    for cell in notebook["cells"]:
        cell["id"] = "same"


ATTACK = Attack(
    must="each check comes back behind its answer; the record says so",
    stock="lost marks",
    change=move,
    record=("stood before its answer",),
)
