"""Hides the page's real marks by style sheets and style attributes, and loads pictures through them."""

from tests.attacks.case import Attack, add, text

ATTACK = Attack(
    must="no style of the submission is kept",
    stock="ran in the page",
    change=add(text("<style>.total { display: none } /* attacked-by-@name@! */</style>")),
    last="""
from IPython.display import HTML, display
display(HTML('<style>@import "https://example.org/attacked-by-@name@!";</style>'))
style = 'position:fixed;inset:0;background:url(https://example.org/attacked-by-@name@!)'
display(HTML(f'<div style="{style}">10 of 10</div>'))
""",
)
