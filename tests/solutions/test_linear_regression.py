"""The reference answers of lesson 01 against published numbers, laws and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import nn

from course_utils import datasets
from course_utils.earlier import linear_regression as earlier
from course_utils.judging.tolerance import all_close
from solutions import linear_regression as solutions
from solutions.linear_regression import (
    catches_affine_stack,
    collapse_affine,
    count_parameters,
    fit_least_squares,
    half_mse,
    half_mse_slopes,
    has_settled,
    predict_line,
    same_shape_mse,
    train_linear,
    trapezoid_features,
)

numbers = st.floats(-50, 50)


@pytest.mark.ledger("L017")
def test_the_published_loss() -> None:
    y, y_hat = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 1.0])
    assert round(half_mse(y, y_hat), 4) == 0.8333
    assert round(same_shape_mse(y, y_hat[:, None]), 4) == 1.6667


@pytest.mark.ledger("L002", "L003")
@given(arrays.arrays(np.float64, (5, 3), elements=numbers), arrays.arrays(np.float64, 3, elements=numbers), numbers)
def test_a_prediction_is_affine_in_the_features(x: np.ndarray, w: np.ndarray, b: float) -> None:
    assert all_close(predict_line(x, w, b), np.array([sum(row * w) + b for row in x]))
    assert all_close(predict_line(x / 2, w, b), (predict_line(x, w, b) + b) / 2)
    assert predict_line(np.zeros((1, 3)), w, b) == pytest.approx([b])


@pytest.mark.ledger("L004")
@given(arrays.arrays(np.float64, 6, elements=numbers), arrays.arrays(np.float64, 6, elements=numbers))
def test_half_mse_is_zero_only_for_perfect_predictions(y: np.ndarray, p: np.ndarray) -> None:
    assert half_mse(y, y) == 0
    assert half_mse(y, p) >= 0
    assert half_mse(y, p) == pytest.approx(half_mse(p, y))
    assert 2 * half_mse(y, p) == pytest.approx(nn.MSELoss()(torch.tensor(p), torch.tensor(y)).item(), abs=1e-12)


@pytest.mark.ledger("L005")
def test_least_squares_on_the_flats() -> None:
    areas, prices = datasets.house_prices()
    w, b = fit_least_squares(areas, prices[:, 0])
    assert (round(w[0], 6), round(b, 6)) == (2.876444, -0.464747)
    assert round(half_mse(prices[:, 0], predict_line(areas, w, b)), 6) == 0.496689
    grad_w, grad_b = half_mse_slopes(areas, prices[:, 0], w, b)
    assert abs(grad_w[0]) < 1e-10
    assert abs(grad_b) < 1e-10


@pytest.mark.ledger("L006")
def test_five_features_give_the_area_and_two_nearly() -> None:
    sides, areas = datasets.trapezoids()
    w, b = fit_least_squares(trapezoid_features(sides), areas[:, 0])
    np.testing.assert_allclose(w, [0, 0, 0.5, 0.5, 0], atol=1e-10)
    assert abs(b) < 1e-10
    w, b = fit_least_squares(sides, areas[:, 0])
    errors = areas[:, 0] - predict_line(sides, w, b)
    assert (errors**2).mean() == pytest.approx(0.0023958, abs=5e-8)
    assert 1 - (errors**2).mean() / areas.var() == pytest.approx(0.9876636, abs=5e-8)
    assert np.abs(errors).max() == pytest.approx(0.152, abs=5e-4)


@pytest.mark.ledger("L008", "L009")
@given(st.integers(0, 1000))
def test_two_layers_are_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    w1, b1, w2, b2 = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=(3, 1)), rng.normal(size=1)
    w, b = collapse_affine(w1, b1, w2, b2)
    x = rng.normal(size=(9, 2))
    assert np.abs((x @ w1 + b1) @ w2 + b2 - (x @ w + b)).max() < 1e-13
    assert w[0, 0] == pytest.approx(w1[0, 0] * w2[0, 0] + w1[0, 1] * w2[1, 0] + w1[0, 2] * w2[2, 0])


@pytest.mark.ledger("L010")
def test_only_a_function_that_is_not_affine_stops_the_collapse() -> None:
    rng = np.random.default_rng(4)
    w1, b1, w2 = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=3)
    for g, affine in ((lambda z: z, True), (lambda z: 3 * z - 1, True), (np.tanh, False), (np.abs, False)):
        assert catches_affine_stack(lambda x, g=g: g(x @ w1 + b1) @ w2, -2.0, 2.0) is affine


@pytest.mark.ledger("L011", "L012", "L013")
def test_parameters_of_the_lessons_networks() -> None:
    assert [count_parameters(sizes) for sizes in ([1, 1], [4, 5, 3, 1], [2, 80, 1])] == [2, 47, 321]
    torch_net = nn.Sequential(nn.Linear(4, 5), nn.Sigmoid(), nn.Linear(5, 3), nn.Sigmoid(), nn.Linear(3, 1))
    assert sum(parameter.numel() for parameter in torch_net.parameters()) == 47


@pytest.mark.ledger("L019")
def test_forty_steps_on_the_flats() -> None:
    areas, prices = datasets.house_prices()
    w, b, losses = train_linear(areas, prices, 0.003, 40)
    assert (w.shape, b.shape, len(losses)) == ((1, 1), (1,), 40)
    assert (round(w[0, 0], 6), round(b[0], 6)) == (2.685404, 0.508928)
    assert ((areas @ w + b - prices) ** 2).mean() == pytest.approx(1.036197, abs=5e-7)
    assert losses[0] == pytest.approx((prices**2).mean())


@pytest.mark.ledger("L019")
@pytest.mark.parametrize(("rate", "falls"), [(0.0375, True), (0.0378, False)])
def test_the_limit_of_the_learning_rate(rate: float, falls: bool) -> None:
    """The loss has fallen to the end or not, at rates on both sides of 2 / L = 0.03764."""
    _, _, losses = train_linear(*datasets.house_prices(), rate, 400)
    assert (losses[-1] < losses[0]) is falls


@pytest.mark.ledger("L023")
def test_a_plateau_has_not_settled() -> None:
    flat, falling = np.full(40, 0.2), 0.2 * 0.99 ** np.arange(40)
    assert has_settled(flat, 10, 0.05)
    assert not has_settled(falling, 10, 0.05)
    assert has_settled(falling, 10, 0.2)
    assert not has_settled(flat[:19], 10, 0.05)


@given(arrays.arrays(np.float64, (7, 2), elements=st.floats(0.1, 9)), st.integers(0, 1000))
def test_given_versions_agree_with_the_answers(x: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = x + rng.normal(size=x.shape)
    y, w, b = rng.normal(size=7), rng.normal(size=2), 0.7
    for name, arguments in {
        "predict_line": (x, w, b),
        "half_mse": (y, x[:, 0]),
        "half_mse_slopes": (x, y, w, b),
        "fit_least_squares": (x, y),
        "trapezoid_features": (x,),
        "count_parameters": ([4, 5, 3, 1],),
    }.items():
        ours, theirs = getattr(solutions, name)(*arguments), getattr(earlier, name)(*arguments)
        pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
        for one, other in pairs:
            assert np.allclose(one, other, rtol=1e-6, atol=1e-8), name
