"""Uses the time of the whole notebook in cells that each stay below the limit of one."""

from tests.attacks.case import Attack, code

ATTACK = Attack(
    must="the notebook's time has an end; what was judged before counts",
    stock="held",
    change=lambda notebook: notebook["cells"].extend(
        code("import time\ntime.sleep(4.5)", f"slow-{number}") for number in range(12)
    ),
)
