"""Copies the check cell, without its tests, and the answer cell, with a wrong answer, under the same grade ids."""

import copy

from tests.attacks.case import WRONG, Attack, cell_of


def double(notebook: dict) -> None:
    """Put copies in front of the real cells."""
    for name, source in (("scale", WRONG), ("check-scale", "4")):
        twin = copy.deepcopy(cell_of(notebook, name))
        twin.update(source=source, id=f"{name}-twin")
        notebook["cells"].insert(2, twin)


ATTACK = Attack(
    must="the first answer counts, the check is the released one, the record says so",
    stock="stopped the class",
    change=double,
    marks={"scale": 0},
    outcome={"scale": "wrong"},
    record=("more than once",),
)
