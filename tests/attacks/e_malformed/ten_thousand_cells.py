"""Hands in ten thousand cells."""

from tests.attacks.case import Attack, code

ATTACK = Attack(
    must="those beyond the limit are left out; the record says so; the checks are all there",
    stock="lost marks",
    change=lambda notebook: notebook["cells"].extend(code("1", f"n{number}") for number in range(10_000)),
    record=("more than 2000 cells",),
)
