"""Gives every field of the notebook a value of another type."""

from tests.attacks.case import Attack, cell_of


def twist(notebook: dict) -> dict:
    """Return the notebook with numbers for texts, and texts for dicts."""
    cell_of(notebook, "title").update(source=17, metadata="none")
    cell_of(notebook, "check-total").update(outputs=3, execution_count="x", metadata={"nbgrader": ["check-total"]})
    cell_of(notebook, "check-spot")["metadata"]["nbgrader"].update(points="many", grade_id=5)
    return {**notebook, "metadata": [1, 2], "nbformat": "four", "cells": [*notebook["cells"], None, 3, "cell", []]}


ATTACK = Attack(
    must="what can be read counts",
    stock="lost marks",
    change=twist,
)
