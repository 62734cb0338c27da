"""Closes the tags around its source and goes on with a script, in answers, comments and texts."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="sources are escaped",
    stock="held",
    answers={
        "scale": "# </code></pre></div><script>alert('attacked-by-@name@!')</script>\n"
        "def scale(x, factor):\n    '''</pre><img src=x onerror=alert('attacked-by-@name@!')>'''\n    return x * factor"
    },
    last="print('</pre><script>alert(\"attacked-by-@name@!\")</script>')",
    page=("attacked-by-markup_in_the_answer!",),
)
