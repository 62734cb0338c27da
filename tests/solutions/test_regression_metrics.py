"""The reference answers of lesson 07 against published numbers, laws, scikit-learn and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics
from torch import nn

from course_utils.earlier import regression_metrics as earlier
from solutions.regression_metrics import (
    best_constant,
    catches_wrong_r2,
    compare_models,
    mae,
    mape,
    mended_mape,
    mended_r2,
    mse_slope,
    r2,
    same_shape_metric,
)

Array = np.ndarray
# all different, on both sides of 0, none near it
targets = arrays.arrays(np.float64, 6, elements=st.floats(0.5, 50)).map(
    lambda values: (np.sort(values) + np.arange(6)) * np.array([1, -1, 1, 1, -1, 1])
)
vectors = arrays.arrays(np.float64, 6, elements=st.floats(-50, 50).map(lambda value: round(value, 3)))


@pytest.fixture(scope="module")
def recipe() -> tuple[Array, Array]:
    """Give the synthetic targets and predictions of section 3.8.2."""
    rng = np.random.RandomState(10)
    y = 2 * rng.randn(200) + 1
    return y, rng.randn(200) + y


@pytest.mark.ledger("L103", "L104", "L105", "L106", "L107", "L108")
def test_the_published_numbers(recipe: tuple[Array, Array]) -> None:
    y, p = recipe
    table = {name: values[0] for name, values in compare_models(y, p[None]).items()}
    assert mae(y, p) == pytest.approx(0.7395229164418393, abs=1e-14)
    assert table["mse"] == pytest.approx(0.8560928033277224, abs=1e-14)
    assert table["rmse"] == pytest.approx(0.9252528321100792, abs=1e-14)
    assert mape(y, p) == pytest.approx(2.2088106952308864, abs=1e-13)
    assert mape(y, p, percent=True) == pytest.approx(220.88, abs=5e-3)
    assert r2(y, p) == pytest.approx(0.7754336793632532, abs=1e-14)
    assert r2(y, p) - 1 == pytest.approx(-0.2245663206367467, abs=1e-14)
    assert mended_mape(y, p) == pytest.approx(0.4114, abs=5e-5)


@pytest.mark.ledger("L103", "L104", "L105", "L106", "L107")
@given(targets, vectors)
def test_scikit_learn_agrees(y: Array, p: Array) -> None:
    table = {name: values[0] for name, values in compare_models(y, p[None]).items()}
    close = {"rel": 1e-7, "abs": 1e-9}
    assert mae(y, p) == pytest.approx(metrics.mean_absolute_error(y, p), **close) == table["mae"]
    assert table["mse"] == pytest.approx(metrics.mean_squared_error(y, p), **close)
    assert table["rmse"] == pytest.approx(metrics.root_mean_squared_error(y, p), **close)
    assert mape(y, p) == pytest.approx(metrics.mean_absolute_percentage_error(y, p), **close)
    assert table["mape"] == pytest.approx(mape(y, p), **close)
    for ours in (r2(y, p), mended_r2(y, p), table["r2"]):
        assert ours == pytest.approx(metrics.r2_score(y, p), **close)


@pytest.mark.ledger("L103", "L105")
@given(targets, vectors)
def test_the_root_is_never_below_the_mean_size(y: Array, p: Array) -> None:
    table = compare_models(y, p[None])
    assert table["rmse"][0] >= table["mae"][0] - 1e-12


@pytest.mark.ledger("L104")
@given(vectors, vectors)
def test_slopes_are_those_of_pytorch(y: Array, p: Array) -> None:
    predictions = torch.tensor(p, requires_grad=True)
    nn.MSELoss()(predictions, torch.tensor(y)).backward()
    np.testing.assert_allclose(mse_slope(y, p), predictions.grad.numpy(), atol=1e-12)


@pytest.mark.ledger("L103", "L104")
@given(vectors, st.floats(-60, 60))
def test_no_constant_is_better_than_mean_and_median(y: Array, other: float) -> None:
    mean, median = best_constant(y, "mse"), best_constant(y, "mae")
    assert ((y - mean) ** 2).sum() <= ((y - other) ** 2).sum() + 1e-8
    assert np.abs(y - median).sum() <= np.abs(y - other).sum() + 1e-8


@pytest.mark.ledger("L102")
@given(targets, st.integers(0, 10_000))
def test_three_of_the_metrics_always_agree(y: Array, seed: int) -> None:
    table = compare_models(y, y + np.random.default_rng(seed).normal(size=(3, 6)) * 10)
    assert table["best"][1] == table["best"][2] == table["best"][4]


@pytest.mark.ledger("L107")
def test_constant_targets() -> None:
    for value in (0.0, 3.0, 0.1):
        same = np.full(3, value)
        assert mended_r2(same, same) == 1.0
        assert mended_r2(same, same + 0.1) == 0.0
    assert metrics.r2_score([3.0, 3.0], [3.0, 3.0]) == 1.0
    assert metrics.r2_score([3.0, 3.0], [3.0, 4.0]) == 0.0


@pytest.mark.ledger("L106")
def test_the_mended_mape_of_the_docstring_and_at_zero() -> None:
    assert mended_mape(np.array([4.0, -8.0, 12.0]), np.array([5.0, -6.0, 9.0])) == pytest.approx(0.25)
    assert mended_mape(np.array([0.0, 4.0]), np.array([1.0, 4.0])) == pytest.approx(0.25)


@pytest.mark.ledger("L107")
def test_the_test_accuses_a_missing_one_and_no_right_answer() -> None:
    assert catches_wrong_r2(lambda y, p: 100 * (r2(y, p) - 1))
    assert not catches_wrong_r2(lambda y, p: 100 * metrics.r2_score(y, p))


@pytest.mark.ledger("L103")
@pytest.mark.parametrize("shape", [(5, 1), (1, 5), (1,), (4,), (5, 5)])
def test_shapes_that_differ_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(5,\)"):
        same_shape_metric(mae, np.arange(5.0), np.ones(shape))
    assert same_shape_metric(mae, np.arange(5.0), np.ones(5)) == pytest.approx(1.4)


@given(targets, vectors)
def test_given_versions_agree_with_the_answers(y: Array, p: Array) -> None:
    assert earlier.mae(y, p) == pytest.approx(mae(y, p))
    assert earlier.r2(y, p) == pytest.approx(r2(y, p))
