"""Displays fifteen hundred tables and one of 5 MB."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="the output is cut and says so; the answers count",
    stock="held",
    last="""
from IPython.display import HTML, display
display(HTML('<b>' + 'x' * (5 * 10**6) + '</b>'))
for _ in range(1500): display(HTML('<table><tr><td>1</td></tr></table>'))
""",
    record=("output cut",),
)
