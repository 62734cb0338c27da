"""Crashes, after a right submission of the same learner was graded: the old marks must not stay."""

from tests.attacks.case import NOTHING, Attack

ATTACK = Attack(
    must="the marks are those of the new submission",
    stock="kept the old mark",
    answers={name: "import os\nos._exit(0)" for name in ("scale", "total", "countdown", "spot")},
    earlier=True,
    marks=NOTHING,
    outcome={"scale": "raised an error"},
)
