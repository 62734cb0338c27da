"""Searches its own memory for words that the grader may have left there before it forked."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the process was never one that knew a secret",
    stock="leaked",
    last="""
import re
found, left = set(), 300 * 2**20
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb') as memory:
    for line in maps:
        start, end = (int(part, 16) for part in line.split()[0].split('-'))
        if ' rw-p ' not in line or end - start > left:
            continue
        left -= end - start
        try:
            memory.seek(start)
            words = rb'word-(?:environment|secret|home|reference|hidden|victim)-[0-9a-f]{16}'
            found.update(re.findall(words, memory.read(end - start)))
        except (OSError, ValueError): pass
print(sorted(found))
""",
)
