"""Finds the child's own server through `sys.modules` and frames, and replaces how it answers."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the child can only say values, and a value is compared",
    stock="held",
    answers={
        "scale": """
import sys
def scale(x, factor):
    frame = sys._getframe()
    while frame is not None:
        server = frame.f_locals.get('self')
        if hasattr(server, 'run_call'):
            forged = {'ended': 'returned', 'value': 'correct', 'credit': 1.0, 'libraries': (), 'changed_arguments': ()}
            type(server).run_call = lambda *a, **k: forged
            type(server).run_cell = lambda *a, **k: {'outputs': [], 'ok': True}
        frame = frame.f_back
    for name, module in list(sys.modules.items()):
        if name.startswith('_engine') or name.endswith('judging.calls'):
            for function in ('run_call', '_same'):
                if hasattr(module, function):
                    setattr(module, function, lambda *a, **k: True)
    return x - 100
"""
    },
    marks={"scale": 0},
)
