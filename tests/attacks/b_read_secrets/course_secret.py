"""Reads the secret that the seeds come from."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the file cannot be opened",
    stock="leaked",
    last="""
import os
for path in ('@secret@', os.environ.get('COURSE_SECRET_FILE', '')):
    try: print(open(path).read())
    except OSError as error: print(error)
""",
)
