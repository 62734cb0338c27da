"""Displays an SVG picture that holds a script."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="SVG is not kept",
    stock="ran in the page",
    last="""
from IPython.display import SVG, display
script = '<script>alert("attacked-by-@name@!")</script>'
picture = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(\\'attacked-by-@name@!\\')">{script}</svg>'
display({'image/svg+xml': picture, 'text/html': picture}, raw=True)
""",
)
