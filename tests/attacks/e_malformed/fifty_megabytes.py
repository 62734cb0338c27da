"""Hands in a file of 60 MB, nearly all of it one cell's output."""

from tests.attacks.case import NOTHING, Attack, cell_of


def grow(notebook: dict) -> None:
    """Put a huge output in."""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 60_000_000}
    cell_of(notebook, "imports")["outputs"] = [output]


ATTACK = Attack(
    must="nothing is read; the record says why and what to do",
    stock="held",
    answers={name: "pass" for name in NOTHING},
    change=grow,
    marks=NOTHING,
    outcome={"scale": "not attempted"},
    record=("larger than 50 MB",),
)
