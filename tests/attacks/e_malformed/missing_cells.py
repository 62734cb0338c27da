"""Deletes every answer and every check but one."""

from tests.attacks.case import Attack


def delete(notebook: dict) -> None:
    """Keep `scale` only."""
    kept = ("title", "imports", "scale")
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] in kept]


ATTACK = Attack(
    must="missing cells are put back as released; the answer that is there counts",
    stock="lost marks",
    change=delete,
    marks={"total": 0, "countdown": 0, "spot": 0},
    outcome={"total": "not attempted"},
    record=("was missing",),
)
