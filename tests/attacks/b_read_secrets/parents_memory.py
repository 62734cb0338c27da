"""Attaches to another process of the grading user, and opens its parent's memory."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no process outside can be traced, and no memory but its own opened",
    stock="leaked",
    last="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, @pid@, None, None) == 0:
    print('attached to the other process')
    os.waitpid(@pid@, 0x40000000)
    libc.ptrace(17, @pid@, None, None)
try:
    if os.getppid() > 1:
        with open(f'/proc/{os.getppid()}/mem', 'rb') as memory, open(f'/proc/{os.getppid()}/maps') as maps:
            start = int(next(line for line in maps if ' rw-p ' in line).split('-')[0], 16)
            memory.seek(start); memory.read(16)
        print('read the memory of the parent')
except (OSError, StopIteration) as error: print(error)
""",
    never=("attached to the other process", "read the memory of the parent"),
)
