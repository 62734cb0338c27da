"""Displays JavaScript by its own media type."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="JavaScript is not kept",
    stock="ran in the page",
    last="from IPython.display import Javascript, display\ndisplay(Javascript(\"alert('attacked-by-@name@!')\"))",
)
