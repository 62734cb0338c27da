"""Replaces what IPython's shell runs a cell with by something that reports success."""

from tests.attacks.case import WRONG, Attack

ATTACK = Attack(
    must="no cell of the child decides a mark",
    stock="forged",
    answers={"scale": WRONG},
    first="""
shell = get_ipython()
import types
class Fine:
    success = True; error_before_exec = error_in_exec = result = None; execution_count = 1
    def raise_error(self): pass
def run(self, *a, **k):
    return Fine()
async def run_async(self, *a, **k):
    return Fine()
answers = '''def scale(x, factor):
    return x - 100
def total(x):
    return x.sum()
'''
exec(answers, globals())
type(shell).run_cell = run
type(shell).run_cell_async = run_async
""",
    marks={"scale": 0, "countdown": 0, "spot": 0},
    outcome={"scale": "wrong"},
)
