"""Tags the check cell so that nbclient skips it; to nbgrader a check cell without output is full marks."""

from tests.attacks.case import WRONG, Attack, cell_of

ATTACK = Attack(
    must="the check is judged all the same",
    stock="forged",
    answers={"scale": WRONG},
    change=lambda notebook: cell_of(notebook, "check-scale")["metadata"].update(tags=["skip-execution"]),
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
