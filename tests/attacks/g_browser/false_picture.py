"""Displays pictures that are none: markup as base64, an address as data."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="a picture is a PNG or nothing",
    stock="ran in the page",
    last="""
from IPython.display import display
display({'image/png': '"><script>alert("attacked-by-@name@!")</script>', 'text/plain': 'x'}, raw=True)
display({'image/jpeg': 'x" onerror="alert(\\'attacked-by-@name@!\\')', 'text/plain': 'x'}, raw=True)
display({'text/markdown': '<script>alert("attacked-by-@name@!")</script>', 'text/plain': 'x'}, raw=True)
""",
)
