"""The verdict as data, as text and as HTML: nothing lost, nothing unescaped, nothing given away."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.judging import GroupResult, Outcome, Verdict
from course_utils.judging.judge import draw_cases
from course_utils.judging.show import verdict_html, verdict_text
from tests.judging.toys import exercise, verdict_on

text = st.text(max_size=30)
maybe = st.none() | text
group = st.builds(GroupResult, text, st.floats(0, 1), st.booleans(), maybe)
verdict = st.builds(
    Verdict,
    exercise=text,
    outcome=st.sampled_from(Outcome),
    credit=st.floats(0, 1),
    sentence=text,
    case=maybe,
    shapes=maybe,
    step=maybe,
    hint=maybe,
    mistake=maybe,
    diagnosis=maybe,
    traceback=maybe,
    groups=st.lists(group, max_size=3).map(tuple),
    notes=st.lists(text, max_size=2).map(tuple),
)


@given(verdict)
def test_a_verdict_survives_json(one: Verdict) -> None:
    assert Verdict.from_dict(json.loads(json.dumps(one.to_dict()))) == one


@pytest.mark.parametrize(
    "data", [{}, {"outcome": "correct"}, {"outcome": "splendid"}, {"outcome": "correct", "groups": [3], "more": 1}]
)
def test_what_is_no_verdict_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        Verdict.from_dict(data)


class _Tags(HTMLParser):
    """Collects tags and attributes, and checks that they close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


KNOWN_TAGS = {"div", "p", "strong", "span", "code", "ul", "li", "pre"}
KNOWN_ATTRIBUTES = {"class", "role", "style", "aria-hidden", "aria-label"}


def _check_html(html: str) -> None:
    tags = _Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == []
    assert tags.seen <= KNOWN_TAGS
    assert tags.attributes <= KNOWN_ATTRIBUTES


@given(verdict, st.none() | st.floats(0, 10))
def test_html_is_whole_whatever_the_texts(one: Verdict, points: float | None) -> None:
    _check_html(verdict_html(one, points))


ATTACK = "</pre><script>alert(1)</script><img src=x onerror='f()'> `<b>` &amp; \" '"


def test_everything_of_the_learners_is_escaped() -> None:
    one = Verdict(
        ATTACK, Outcome.RAISED, 0.0, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK,
        groups=(GroupResult(ATTACK, 0.5, False, ATTACK), GroupResult(ATTACK, 0.5, True, ATTACK)),
    )  # fmt: skip
    html = verdict_html(one, 3)
    _check_html(html)
    for raw in ("<script", "<img", "<b>"):
        assert raw not in html
    assert "&lt;script&gt;" in html


def test_a_message_with_a_script_is_shown_as_text() -> None:
    def double(x: np.ndarray) -> np.ndarray:
        raise ValueError("<script>alert('x')</script>")

    html = verdict_html(verdict_on(double))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_notes_are_for_instructors_only() -> None:
    one = Verdict("double", Outcome.WRONG, 0.0, "No.", notes=("a note for the staff",))
    assert "staff" not in verdict_text(one) + verdict_html(one)
    assert "staff" in str(one.to_dict())


@pytest.mark.parametrize(("points", "credit", "shown"), [(3, 1 / 3, "1 of 3"), (2, 0.75, "1.5 of 2"), (0, 1, "0 of 0")])
def test_points_are_told(points: float, credit: float, shown: str) -> None:
    assert f"{shown} points" in verdict_html(Verdict("double", Outcome.PARTLY, credit, "On the way."), points)


def test_every_outcome_has_a_mark_of_its_own() -> None:
    texts = {verdict_text(Verdict("x", outcome, 0.0, "s"))[0] for outcome in Outcome}
    assert len(texts) == len(Outcome) == 8


# --- nothing is given away -----------------------------------------------------------------------


def _secret(x: np.ndarray) -> np.ndarray:
    return x * 7919.0 + 104729.0


ANSWERS = {
    "zeros": lambda x: np.zeros_like(x),
    "transposed": lambda x: _secret(x).T,
    "twice": lambda x: 2 * _secret(x),
    "m times": lambda x: len(x) * _secret(x),
    "other factor": lambda x: 1.25 * _secret(x),
    "offset": lambda x: _secret(x) + 5,
    "single": lambda x: _secret(x).astype(np.float32).astype(float),
    "one entry": lambda x: np.where(x == x.max(), 0, _secret(x)),
    "nan": lambda x: _secret(x) * np.nan,
    "none": lambda x: None,
    "flat": lambda x: _secret(x).ravel(),
    "sum": lambda x: _secret(x).sum(),
    "argument": lambda x: x,
    "slip": lambda x: x * 7919.0,
    "a list": lambda x: [1, 2],
    "a dict": lambda x: {"a": 1},
    "error": lambda x: x / "a",
}


def _digits_of(values: np.ndarray) -> set[str]:
    """The first four significant digits of each number, wherever the decimal point falls."""
    return {re.sub(r"[^0-9]", "", f"{value:.3e}".split("e")[0]) for value in np.abs(values).ravel()}


@given(st.sampled_from(sorted(ANSWERS)), st.sampled_from(["whole", "steps", "parts"]), st.integers(0, 2**64))
@settings(max_examples=80)
def test_no_verdict_holds_an_expected_number(name: str, form: str, seed: int) -> None:
    wraps = {
        "whole": lambda value: value,
        "steps": lambda value: {"first": 1.0, "second": value},
        "parts": lambda value: (value, 1.0),
    }
    wrap = wraps[form]
    changes = {
        "oracle": lambda x: wrap(_secret(x)),
        "mistakes": [m for m in exercise().mistakes],
    }
    one = verdict_on(lambda x: wrap(ANSWERS[name](x)), seed=seed, **changes)
    assert not one.passed
    declared = exercise(**changes)
    secret = set()
    for each in declared.groups:
        for case in draw_cases(declared, each, seed):
            secret |= _digits_of(_secret(case.args[0]))
    told = re.sub(r"style=\"[^\"]*\"", "", verdict_html(one)) + verdict_text(one) + json.dumps(one.to_dict())
    numbers = {re.sub(r"[^0-9]", "", number).lstrip("0") for number in re.findall(r"[0-9][0-9.,]*", told)}
    assert not [number for number in numbers if len(number) >= 4 and number[:4] in secret and number != "3333"]
