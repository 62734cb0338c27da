"""Is called by a name that is markup."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a name is text on every page",
    stock="held",
    student="<img src=x onerror=alert(1)>",
)
