"""Leaves a thread that waits until its answer was judged and then breaks the answers that follow."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="it can spoil its own later answers and nobody else's: the neighbours keep their marks",
    stock="held",
    answers={
        "countdown": """
def countdown(n):
    globals()['spot'] = None
    get_ipython().user_ns['total'] = None
    yield from range(n, 0, -1)
""",
    },
    first="""
import threading, time
def later():
    while True:
        time.sleep(0.2)
        get_ipython().user_ns['scale'] = lambda x, factor: x * factor
threading.Thread(target=later, daemon=True).start()
""",
)
