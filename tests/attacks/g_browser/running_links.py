"""Puts links that run a script into Markdown, spelled in every way that hides it."""

from tests.attacks.case import Attack, add, text

ATTACK = Attack(
    must="no link runs anything",
    stock="ran in the page",
    change=add(
        text(
            "[a](javascript:alert('attacked-by-@name@!'))\n"
            "[b](JaVaScRiPt:alert('attacked-by-@name@!'))\n"
            "[c](java\tscript:alert('attacked-by-@name@!'))\n"
            "[d](&#106;avascript:alert('attacked-by-@name@!'))\n"
            "[e](data:text/html,attacked-by-@name@!)\n"
            "[f][g]\n\n[g]: javascript:alert('attacked-by-@name@!')\n\n"
            "<javascript:alert('attacked-by-@name@!')>\n"
            "![h](javascript:alert('attacked-by-@name@!'))"
        )
    ),
)
