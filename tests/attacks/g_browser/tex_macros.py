"""Puts links that run a script into formulas, where MathJax would make them."""

from tests.attacks.case import Attack, add, text

ATTACK = Attack(
    must="no formula makes a link",
    stock="ran in the page",
    change=add(
        text(
            "$\\href{javascript:alert('attacked-by-@name@!')}{x}$\n\n"
            "$$\\require{html}\\class{attacked-by-@name@!}{y}\\href {javascript:alert('attacked-by-@name@!')} {z}$$"
        )
    ),
    last="from IPython.display import Latex, display\n"
    "display(Latex(r\"$\\href{javascript:alert('attacked-by-@name@!')}{x}$\"))",
)
