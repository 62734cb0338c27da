"""Ends the process from inside a cell."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the cell is lost; the other answers count",
    stock="lost marks",
    answers={"scale": "import os\nos._exit(0)"},
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
    record=("ended the whole Python process",),
)
