"""Writes one file of 200 MB."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="refused at the limit of one file",
    stock="no limit",
    last="""
try:
    with open('big', 'wb') as file:
        for _ in range(200): file.write(b'x' * 10**6)
    print('wrote 200 MB')
except OSError as error: print(error)
""",
    never=("wrote 200 MB",),
)
