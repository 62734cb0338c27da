"""Is wrong from a certain date on."""

from tests.attacks.case import Attack

ATTACK = Attack(
    must="judged by what it does now",
    stock="held",
    answers={
        "scale": "import datetime\ndef scale(x, factor):\n"
        "    return x * factor if datetime.date.today().year < 2024 else x - 100"
    },
    marks={"scale": 0},
    outcome={"scale": "wrong"},
)
