"""Leaves files for the next learner's process in every folder that both could share."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="every folder it can write is its own",
    stock="wrote",
    last="""
import os, tempfile
for folder in ('/tmp', '/var/tmp', '/dev/shm', '/run', tempfile.gettempdir(), '@home@', '@course@', '@course@/class'):
    try: open(os.path.join(folder, 'attacked-by-@name@!'), 'w').write('attacked-by-@name@!')
    except OSError as error: print(error)
""",
)
