"""Looks for the names of the functions it is handed, in place of testing them."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no name reaches the child, so nothing is told",
    stock="forged",
    answers={
        "spot": """
def dig(function, depth=4):
    text = repr(function) + str(getattr(function, '__name__', '')) + str(getattr(function, '__doc__', ''))
    if depth:
        for cell in getattr(function, '__closure__', None) or ():
            text += dig(cell.cell_contents, depth - 1)
        for value in list(vars(function).values()) if hasattr(function, '__dict__') else ():
            text += dig(value, depth - 1)
    written = getattr(function, '__code__', None)
    if written is not None:
        text += repr(written.co_names) + repr(written.co_consts) + repr(written.co_qualname)
    return text
def spot(functions):
    return ['bowl' in dig(function) for function in functions]
"""
    },
    marks={"spot": 0},
    outcome={"spot": "wrong"},
)
