"""Puts a script, and pictures that run one when they fail to load, into a text cell."""

from tests.attacks.case import Attack, add, text

ATTACK = Attack(
    must="markup of the submission is taken apart",
    stock="ran in the page",
    change=add(
        text(
            "<script>alert('attacked-by-@name@!')</script>\n\n"
            "<img src=x onerror=\"alert('attacked-by-@name@!')\">\n\n"
            "<details open ontoggle=\"alert('attacked-by-@name@!')\"><summary>x</summary></details>"
        )
    ),
)
