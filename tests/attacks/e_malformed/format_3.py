"""Hands in the notebook in format 3, with worksheets."""

from tests.attacks.case import Attack


def old(notebook: dict) -> dict:
    """Return the notebook as format 3 has it."""
    cells = [
        {**cell, "input": cell["source"], "language": "python", "collapsed": False}
        if cell["cell_type"] == "code"
        else cell
        for cell in notebook["cells"]
    ]
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


ATTACK = Attack(
    must="read as it is meant; the answers count",
    stock="held",
    change=old,
)
