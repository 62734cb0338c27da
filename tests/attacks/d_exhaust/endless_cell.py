"""Never comes to the end of a cell."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the cell is stopped; the other answers count",
    stock="held",
    answers={"scale": "import time\nwhile True:\n    time.sleep(0.01)"},
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
    record=("longer than a cell may",),
)
