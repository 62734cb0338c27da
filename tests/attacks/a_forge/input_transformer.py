"""Registers an input transformer that turns the source of every later cell into `None`."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="checks are no cells that the child runs",
    stock="forged",
    answers={
        "spot": "def spot(functions):\n    return [True]\n"
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['None\\n'])"
    },
    marks={"spot": 0},
    outcome={"spot": "wrong"},
)
