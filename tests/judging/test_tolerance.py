"""Laws of the one tolerance table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.judging.tolerance import TABLE, all_close, is_close, precision_of

PRECISIONS = ("float64", "float32")
COMPUTATIONS = ("elementwise", "reduction", "iterated")
number = st.floats(-1e6, 1e6, allow_subnormal=False)
matrix = arrays.arrays(np.float64, arrays.array_shapes(min_dims=1, max_dims=3, max_side=4), elements=number)


def test_the_table_is_complete_and_widens_with_less_precision_and_more_steps() -> None:
    assert set(TABLE) == {(p, c) for p in PRECISIONS for c in COMPUTATIONS}
    for field in ("relative", "absolute"):
        rows = np.array([[getattr(TABLE[p, c], field) for c in COMPUTATIONS] for p in PRECISIONS])
        assert (np.diff(rows, axis=0) > 0).all()
        assert (np.diff(rows, axis=1) > 0).all()
        assert (rows > 0).all()


@given(matrix, st.sampled_from(COMPUTATIONS))
def test_everything_equals_itself(values: np.ndarray, computation: str) -> None:
    assert all_close(values, values, computation)


@given(matrix, st.integers(1, 40), st.sampled_from(COMPUTATIONS), st.floats(-1e-5, 1e-5))
def test_the_scale_of_large_numbers_changes_nothing(
    values: np.ndarray, power: int, computation: str, gap: float
) -> None:
    values = np.append(values.ravel(), 1.0)
    other = values * (1 + gap)
    factor = 2.0**power
    assert (is_close(other, values, computation) == is_close(factor * other, factor * values, computation)).all()


@given(matrix, st.floats(-1e-5, 1e-5), st.sampled_from(PRECISIONS))
def test_sign_and_order_of_entries_change_nothing(values: np.ndarray, gap: float, precision: str) -> None:
    other = values + gap
    close = is_close(other, values, "reduction", precision)
    assert (close == is_close(-other, -values, "reduction", precision)).all()
    assert (close[::-1] == is_close(other[::-1], values[::-1], "reduction", precision)).all()


@given(matrix, st.floats(-1e-2, 1e-2))
def test_what_is_close_in_double_precision_is_close_in_single(values: np.ndarray, gap: float) -> None:
    other = values + gap
    assert (is_close(other, values, precision="float64") <= is_close(other, values, precision="float32")).all()


@given(matrix, st.data())
def test_nan_equals_nothing(values: np.ndarray, data: st.DataObject) -> None:
    spoilt = values.copy()
    where = data.draw(st.integers(0, values.size - 1))
    spoilt.flat[where] = np.nan
    for pair in ((spoilt, values), (values, spoilt), (spoilt, spoilt)):
        assert not is_close(*pair).flat[where]
        assert not all_close(*pair)
    assert is_close(spoilt, spoilt, equal_nan=True).all()


def test_an_infinity_equals_itself_only() -> None:
    assert all_close([np.inf, -np.inf, 1.0], [np.inf, -np.inf, 1.0])
    assert not all_close([np.inf], [-np.inf])
    assert not all_close([1e300], [np.inf])
    # an infinity must not widen what counts as close beside it
    assert not all_close([np.inf, 1.0], [np.inf, 1.001])


@given(st.data(), st.sampled_from(COMPUTATIONS), st.sampled_from(PRECISIONS), st.booleans())
@pytest.mark.filterwarnings("ignore:overflow")
def test_it_is_numpys_notion_of_close(data: st.DataObject, computation: str, precision: str, equal_nan: bool) -> None:
    """Whether there are infinities among the numbers or not, which are compared in two ways."""
    wanted = data.draw(arrays.arrays(np.float64, arrays.array_shapes(min_dims=0, min_side=0, max_side=4)))
    gaps = arrays.arrays(np.float64, wanted.shape, elements=st.floats(-1e-3, 1e-3) | st.floats())
    found = wanted + data.draw(gaps)
    row = TABLE[precision, computation]
    scale = max([1.0, *(abs(x) for x in wanted.flat if np.isfinite(x))])
    due = np.isclose(found, wanted, rtol=row.relative, atol=row.absolute * scale, equal_nan=equal_nan)
    close = is_close(found, wanted, computation, precision, equal_nan)
    assert close.shape == wanted.shape
    assert close.dtype == bool
    assert (close == due).all()


@given(matrix)
def test_shapes_are_strict(values: np.ndarray) -> None:
    assert not all_close(values[None], values)
    assert not all_close(values, values[..., None])


@pytest.mark.parametrize("other", ["1.0", None, {"a": 1}, [None], 1 + 0j])
def test_what_is_no_number_is_never_close(other: object) -> None:
    assert not all_close(other, other)
    assert not all_close(other, 1.0)


def test_precision_follows_the_float_type_of_the_answer() -> None:
    names = [precision_of(np.ones(2, dtype)) for dtype in (np.float16, np.float32, np.float64, np.int8, bool)]
    assert names == ["float32", "float32", "float64", "float64", "float64"]
    assert precision_of([1.0]) == precision_of(2) == "float64"
    third = np.array([1 / 3])
    assert all_close(third.astype(np.float32), third)
    assert not all_close(third.astype(np.float32).astype(np.float64), third)
