"""Puts halves of surrogate pairs, control characters and a null character into sources."""

from tests.attacks.case import Attack, cell_of


def spoil(notebook: dict) -> None:
    """Spoil a text cell and comments of the answers."""
    cell_of(notebook, "title")["source"] += " \ud800 \x00 \x1b[31m \u202e"
    cell_of(notebook, "scale")["source"] += "  # \udfff \u202e \ufffe"


ATTACK = Attack(
    must="the characters are replaced; the answers count",
    stock="lost marks",
    change=spoil,
)
