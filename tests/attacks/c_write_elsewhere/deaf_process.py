"""Leaves a process behind that ignores every signal it can."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="no process outlives the child",
    stock="left a process",
    last="""
import subprocess, sys
program = '''
import signal, time
for number in set(signal.valid_signals()) - {9, 19}:
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
time.sleep(150)
'''
null = subprocess.DEVNULL
command = [sys.executable, '-I', '-S', '-c', program, 'attacked-by-@name@!']
subprocess.Popen(command, start_new_session=True, stdin=null, stdout=null, stderr=null)
""",
)
