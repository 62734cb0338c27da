"""Hands in a text cell of 10 MB that no Markdown renderer comes to the end of."""

from tests.attacks.case import Attack, text

ATTACK = Attack(
    must="the cell is cut; the record says so; the answers count",
    stock="did not end",
    change=lambda notebook: notebook["cells"].append(text("[" * 200_000 + "*a_" * 200_000 + "x" * 9_000_000, "long")),
    record=("was cut",),
)
