"""Late penalties: the rule by itself, its settings, and through nbgrader's own steps."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from toy_course import ASSIGNMENT, ToyCourse
from traitlets.config import Config

from autograder.grading.course import Course, GradingError
from autograder.grading.late import LatePenalty, check_settings

DAY = 86_400.0


def penalty(score: float, seconds: float, **settings: Any) -> float | None:
    return LatePenalty(config=Config(LatePenalty=settings)).late_submission_penalty("ada", score, seconds)


@pytest.mark.parametrize(
    ("settings", "seconds", "due"),
    [
        ({}, 9 * DAY, None),
        ({"method": "zero"}, 1, 8.0),
        ({"method": "zero", "grace_minutes": 60}, 3600, None),
        ({"method": "percent"}, 1, 0.8),
        ({"method": "percent"}, DAY, 0.8),
        ({"method": "percent"}, DAY + 1, 1.6),
        ({"method": "percent", "grace_minutes": 30}, 1800, None),
        ({"method": "percent", "grace_minutes": 30}, 1801, 0.8),
        ({"method": "percent", "per": "hour", "percent": 5}, 2 * 3600 + 1, 1.2),
        ({"method": "percent", "cap_percent": 25}, 90 * DAY, 2.0),
        ({"method": "percent", "percent": 0}, 90 * DAY, None),
        ({"method": "percent"}, 90 * DAY, 8.0),
    ],
)
def test_the_rule(settings: dict[str, Any], seconds: float, due: float | None) -> None:
    assert penalty(8.0, seconds, **settings) == due


percents = st.floats(0, 100)
late = st.floats(0, 400 * DAY)


@given(st.floats(0, 1000), late, late, percents, percents, st.floats(0, 10_000), st.sampled_from(["day", "hour"]))
def test_never_more_than_was_reached_and_never_less_for_more_lateness(
    score: float, first: float, second: float, percent: float, cap: float, grace: float, per: str
) -> None:
    settings = {"method": "percent", "percent": percent, "cap_percent": cap, "grace_minutes": grace, "per": per}
    earlier, later = (penalty(score, seconds, **settings) or 0.0 for seconds in sorted((first, second)))
    assert 0 <= earlier <= later <= score
    assert later <= score * cap / 100 + 0.005
    assert not (max(first, second) <= 60 * grace and later)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("method", "halve", "none.*zero.*percent"),
        ("percent", -1, "from 0 to 100, not -1"),
        ("percent", math.nan, "not nan"),
        ("percent", "ten", "percent.*float.*'ten'"),
        ("cap_percent", 101, "cap_percent is a percentage"),
        ("grace_minutes", -5, "grace_minutes.*not -5"),
        ("grace_minutes", math.inf, "not inf"),
        ("per", "week", "day.*hour"),
        ("grace", 5, r"no setting LatePenalty\.grace; there are: cap_percent, grace_minutes"),
    ],
)
def test_a_wrong_setting_gets_one_sentence(name: str, value: object, words: str) -> None:
    with pytest.raises(GradingError, match=words) as caught:
        check_settings(Config(LatePenalty={name: value}))
    assert "\n" not in str(caught.value)


def test_right_settings_pass() -> None:
    check_settings(Config())
    check_settings(Config(LatePenalty={"method": "percent", "percent": 5, "per": "hour", "cap_percent": 40}))


def test_through_nbgrader(course: ToyCourse) -> None:
    """One on time, one within grace, one two days late: the gradebook and the page say so."""
    config = course.root / "nbgrader_config.py"
    config.write_text(
        config.read_text()
        + 'c.AssignLatePenalties.plugin_class = "autograder.grading.late.LatePenalty"\n'
        + 'c.LatePenalty.method = "percent"\nc.LatePenalty.grace_minutes = 15\n'
    )
    due = datetime.datetime(2026, 3, 1, 12)
    loaded = Course.load(course.root)
    with Gradebook(loaded.db_url) as gradebook:
        gradebook.find_assignment(ASSIGNMENT).duedate = due
        gradebook.db.commit()
    for name, minutes in (("ann", -5), ("bea", 14), ("cal", 2 * 24 * 60)):
        path = course.hand_in(name, total="def total(x):\n    return x.sum()")
        moment = due + datetime.timedelta(minutes=minutes)
        (path.parent / "timestamp.txt").write_text(f"{moment} UTC")
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    with Gradebook(loaded.db_url) as gradebook:
        found = {each.student.id: each.late_submission_penalty for each in gradebook.assignment_submissions(ASSIGNMENT)}
    assert found == {"ann": 0, "bea": 0, "cal": pytest.approx(0.4)}
    GenerateFeedback(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    pages = {name: course.path(name, "feedback").with_suffix(".html").read_text() for name in found}
    assert "came in late" not in pages["bea"]
    assert "came in late" in pages["cal"]
    assert "0.4 points" in pages["cal"]
