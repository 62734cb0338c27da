"""Lets other programs read for it: cat, a shell script, Python without this process's limits."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a program it starts is confined as it is",
    stock="leaked",
    last="""
import subprocess, sys
python = [sys.executable, '-c', "print(open('@victim@').read())"]
for command in (['cat', '@home@/exam.txt', '@secret@'], ['sh', '-c', 'cat @source@'], python):
    try: print(subprocess.run(command, capture_output=True, text=True, timeout=4).stdout)
    except (OSError, subprocess.SubprocessError) as error: print(error)
""",
)
