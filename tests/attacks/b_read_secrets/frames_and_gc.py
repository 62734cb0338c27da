"""Looks through frames, garbage collector and IPython's input history for the tests, while it is being called."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no test and no expected value is in the process",
    stock="leaked",
    answers={
        "scale": """
import gc, re, sys
def scale(x, factor):
    texts = {str(cell) for cell in get_ipython().user_ns.get('In', ())}
    frame = sys._getframe()
    while frame is not None:
        texts.update(value for value in frame.f_locals.values() if isinstance(value, str))
        frame = frame.f_back
    for found in gc.get_objects():
        if type(found) is dict and len(found) < 200:
            texts.update(value for value in list(found.values()) if isinstance(value, str) and 'word-' in value)
    raise ValueError(sorted(set(re.findall('word-[a-z]+-[0-9a-f]{16}', ' '.join(texts)))))
"""
    },
    marks={"scale": 0},
    outcome={"scale": "raised an error"},
)
