"""Prints terminal codes that clear, hide and link."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="codes are dropped or become plain text",
    stock="held",
    last="print('\\x1b]8;;javascript:alert(1)//attacked-by-@name@!\\x07link\\x1b]8;;\\x07 \\x1b[8mhidden\\x1b[2J')",
)
