"""Hands in a raw cell of HTML, which nbconvert puts into a page as it is."""

from tests.attacks.case import Attack, add

ATTACK = Attack(
    must="a raw cell becomes text",
    stock="held",
    change=add(
        {
            "cell_type": "raw",
            "id": "raw",
            "metadata": {"raw_mimetype": "text/html", "format": "text/html"},
            "source": "<script>alert('attacked-by-@name@!')</script>",
        }
    ),
)
