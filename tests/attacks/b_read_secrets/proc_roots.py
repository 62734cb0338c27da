"""Goes around the file permissions by the magic links of /proc."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the links lead to what the child may read anyway",
    stock="leaked",
    last="""
import os
up = '/..' * 7
for start in (f'/proc/{who}/{link}' for who in ('self', '1', '@pid@', os.getppid()) for link in ('root', 'cwd' + up)):
    for path in ('@secret@', '@home@/exam.txt'):
        try: print(open(start + path).read())
        except OSError as error: print(error)
""",
)
