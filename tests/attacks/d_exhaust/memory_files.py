"""Takes two GiB in files that live in memory and belong to no folder."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="memory files count as memory, or cannot grow",
    stock="no limit",
    last="""
import os
kept, block = [], b'x' * (8 * 2**20)
try:
    for number in range(32):
        kept.append(os.memfd_create('hog'))
        for _ in range(8): os.write(kept[-1], block)
    print('took 2 GiB in memory files')
except (OSError, MemoryError) as error: print(error)
finally:
    for descriptor in kept: os.close(descriptor)
""",
    never=("took 2 GiB in memory files",),
)
