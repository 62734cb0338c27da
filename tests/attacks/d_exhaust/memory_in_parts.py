"""Takes three GiB in many small parts, inside a cell."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="MemoryError; the other answers count",
    stock="no limit",
    last="""
kept = []
try:
    for _ in range(60): kept.append(b'x' * (50 * 2**20))
    print('took 3 GB in parts')
except MemoryError: print('refused')
del kept
""",
    never=("took 3 GB in parts",),
)
