"""Takes memory and time from another process of the grading user by changing its limits and priority."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the process is not there",
    stock="wrote",
    last="""
import os, resource
acts = (
    lambda: resource.prlimit(@pid@, resource.RLIMIT_NOFILE, (64, 64)),
    lambda: os.setpriority(os.PRIO_PROCESS, @pid@, 19),
    lambda: os.sched_setaffinity(@pid@, {0}),
)
for act in acts:
    try:
        act()
        print('changed the other process')
    except OSError as error: print(error)
""",
    never=("changed the other process",),
)
