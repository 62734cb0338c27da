"""Takes four GiB in eight processes, each of which stays below what one process may take."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="what all processes take together has an end",
    stock="lost marks",
    last="""
import os, time
children = []
for _ in range(8):
    pid = os.fork()
    if pid == 0:
        try:
            kept = b'x' * (512 * 2**20)
            time.sleep(1.5)
            os._exit(0)
        finally: os._exit(1)
    children.append(pid)
if all(os.waitpid(pid, 0)[1] == 0 for pid in children): print('took 4 GiB in processes')
""",
    never=("took 4 GiB in processes",),
)
