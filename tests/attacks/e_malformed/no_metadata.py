"""Leaves out every cell's metadata, id and outputs, and the notebook's."""

from tests.attacks.case import Attack


def strip(notebook: dict) -> dict:
    """Return the notebook with types and sources only."""
    cells = [{"cell_type": cell["cell_type"], "source": cell["source"]} for cell in notebook["cells"]]
    return {"cells": cells, "nbformat": 4, "nbformat_minor": 5}


ATTACK = Attack(
    must="answers are recognised by the names they define; the record says so",
    stock="lost marks",
    change=strip,
    record=("recognised all the same",),
)
