"""Says that its notebook is of a format that does not exist yet."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="read by what is there; the answers count",
    stock="lost marks",
    change=lambda notebook: {**notebook, "nbformat": 5, "nbformat_minor": 9},
)
