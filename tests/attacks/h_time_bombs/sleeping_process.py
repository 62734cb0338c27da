"""Leaves a process that sleeps until grading is over and then writes into the machine's /tmp."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no process outlives the child",
    stock="left a process",
    last="""
import subprocess, sys
program = "import time; time.sleep(60); open('/tmp/attacked-by-@name@!', 'w').write('attacked-by-@name@!')"
null = subprocess.DEVNULL
command = [sys.executable, '-I', '-S', '-c', program]
subprocess.Popen(command, start_new_session=True, stdin=null, stdout=null, stderr=null)
""",
)
