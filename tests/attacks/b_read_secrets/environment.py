"""Prints its environment variables, as Python and as the kernel has them."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="nothing of the instructor's environment is there",
    stock="leaked",
    last="""
import os, subprocess
print(dict(os.environ))
print(open('/proc/self/environ', errors='replace').read())
print(subprocess.run('env', capture_output=True, shell=True, text=True).stdout)
""",
)
