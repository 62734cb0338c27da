"""Says that its notebook is of format 2, and mixes the forms of several formats."""

from tests.attacks.case import Attack


def mix(notebook: dict) -> dict:
    """Return the notebook with a version it does not have."""
    return {**notebook, "nbformat": 2, "nbformat_minor": 0, "worksheets": [{"cells": []}]}


ATTACK = Attack(
    must="read by what is there; the answers count",
    stock="lost marks",
    change=mix,
)
