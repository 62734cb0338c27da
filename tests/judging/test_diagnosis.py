"""What is said of a wrong answer that no declared mistake explains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.judging.compare import as_plain, find_difference
from course_utils.judging.diagnosis import diagnose
from course_utils.judging.verdict import Outcome
from tests.judging.toys import verdict_on

INPUTS = np.linspace(-3.0, 4.0, 21).reshape(7, 3)  # m is 7
WANTED = np.random.default_rng(5).normal(size=(4, 3))


def said_of(found: Any, wanted: Any = WANTED, inputs: np.ndarray = INPUTS) -> str | None:
    difference = find_difference(as_plain(found), wanted, "reduction")
    assert difference is not None
    return diagnose(difference, (inputs,), "reduction")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "returns None"),
        (WANTED.T, "transposed"),
        (WANTED.T + 1, "Rows and columns look swapped"),
        (7 * WANTED, "7 times too big, and there are 7 samples"),
        (WANTED / 7, "7 times too small, and there are 7 samples"),
        (2 * WANTED, "twice what it should be"),
        (WANTED / 2, "half of what it should be"),
        (-WANTED, "the opposite sign"),
        (3.5 * WANTED, "the same factor, about 3.5"),
        (WANTED * (1 + 1e-7), "six digits only"),
        (WANTED + 0.25, "off by the same amount"),
        (np.zeros_like(WANTED), "Every number in it is 0"),
        (WANTED.astype(np.float32).astype(float), "about six digits"),
        (WANTED.ravel(), "another arrangement"),
        (WANTED.sum(), "summed or averaged too much"),
        (WANTED[None], "axes of length 1"),
    ],
)
def test_each_kind_of_slip_has_its_sentence(found: Any, words: str) -> None:
    said = said_of(found)
    assert said is not None
    assert words in said


def test_a_square_answer_can_be_transposed_too() -> None:
    square = np.arange(9.0).reshape(3, 3)
    assert "transposed" in str(said_of(square.T, square))


def test_a_column_is_not_a_vector() -> None:
    vector = np.arange(4.0)
    assert "(4, 1) and (4,) hold equally many numbers" in str(said_of(vector[:, None], vector))
    assert "(4,) and (4, 1)" in str(said_of(vector, vector[:, None]))


def test_one_number_where_many_are_due_and_the_other_way_round() -> None:
    assert "should be a single number" in str(said_of(np.ones(3), np.float64(1.0)))


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (INPUTS + 1000, "The inputs go up to 1004 in size"),
        (INPUTS * 0, "Some inputs are exactly 0"),
        (INPUTS + 0.123, "Which step divides by zero"),
    ],
)
@pytest.mark.parametrize(("bad", "name"), [(np.nan, "NaN"), (np.inf, "an infinity")])
def test_nan_is_named_with_the_size_of_the_inputs(inputs: np.ndarray, words: str, bad: float, name: str) -> None:
    spoilt = WANTED.copy()
    spoilt[1, 1] = bad
    said = str(said_of(spoilt, inputs=inputs))
    assert f"It contains {name}." in said
    assert words in said


def test_a_part_that_is_none_is_named() -> None:
    assert said_of({"loss": None}, {"loss": 1.0}) == "`loss` is None: was it never filled in or returned?"


def test_a_missing_entry_is_not_called_none() -> None:
    assert said_of({}, {"loss": 1.0}) is None


def test_noise_is_left_unexplained() -> None:
    assert said_of(np.random.default_rng(9).normal(size=WANTED.shape)) is None


@given(
    arrays.arrays(np.float64, (3, 2), elements=st.floats(0.5, 100)),
    st.one_of(
        st.none(),
        st.text(max_size=3),
        arrays.arrays(np.float64, arrays.array_shapes(max_side=4), elements=st.floats()),
        arrays.arrays(np.int64, (3, 2)),
        arrays.arrays(bool, (3, 2)),
    ),
)
def test_every_difference_can_be_diagnosed(wanted: np.ndarray, found: Any) -> None:
    with np.errstate(all="ignore"):
        difference = find_difference(as_plain(found), wanted, "reduction")
        said = diagnose(difference, (INPUTS,), "reduction") if difference else None
    assert said is None or said.endswith((".", "?"))


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        (lambda x: x / x.sum(axis=1), "read from the right"),
        (lambda x: x[0].sum(axis=1), "taken for a batch"),
        (lambda x: x @ x, "inner sizes"),
        (lambda x: None + x, None),
    ],
)
def test_common_errors_are_explained(slip: Any, told: str | None) -> None:
    verdict = verdict_on(lambda *_: slip(np.ones((4, 3))))
    assert verdict.outcome is Outcome.RAISED
    assert told is None or told in (verdict.diagnosis or "")
