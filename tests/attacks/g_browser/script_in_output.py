"""Displays HTML with scripts, frames, forms and handlers."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="only harmless HTML is kept",
    stock="ran in the page",
    last="""
from IPython.display import HTML, display
for markup in (
    '<script>alert("attacked-by-@name@!")</script>',
    '<b onclick="alert(1)" onmouseover="x(\\'attacked-by-@name@!\\')">b</b>',
    '<iframe srcdoc="<script>attacked-by-@name@!</script>"></iframe>',
    '<form action="https://example.org/attacked-by-@name@!"><input name=a><button>go</button></form>',
    '<meta http-equiv="refresh" content="0; url=https://example.org/attacked-by-@name@!">',
    '<base href="https://example.org/attacked-by-@name@!">',
    '<object data="attacked-by-@name@!"></object><embed src="attacked-by-@name@!">',
):
    display(HTML(markup))
""",
)
