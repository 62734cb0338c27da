"""Reads shared memory of another process, and files in the machine's /tmp."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="both folders are the child's own",
    stock="leaked",
    last="""
for path in ('@shm@', '@tmp@'):
    try: print(open(path).read())
    except OSError as error: print(error)
""",
)
