"""The reference answers of lesson 09 against the ledger's numbers, laws, scikit-learn and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.linear_model import Lasso, Ridge

import course_utils.earlier.regularization as earlier
import course_utils.given.regularization as nets
import solutions.regularization as solutions
from course_utils import datasets
from course_utils.judging.tolerance import all_close
from solutions.regularization import (
    l1_subgrad,
    l2_minimiser,
    mended_l1_penalty,
    ridge_fit,
    ridge_grad,
    ridge_loss,
    sgd_weight_decay,
    soft_threshold,
    split_data,
    train_lasso,
)

numbers = st.floats(-5, 5)


def _problem(m: int = 12, n: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(m, n)) + 1
    return x, x @ rng.normal(size=n) + 3 + rng.normal(size=m)


@pytest.mark.ledger("L131")
def test_the_sine_data_are_those_of_the_ledger() -> None:
    x, y = datasets.noisy_sine()
    assert x.shape == y.shape == (12,)
    assert np.abs(y - np.sin(x)).max() < 0.3
    scatter = ((y - np.sin(x)) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert round(1 - scatter, 4) == 0.9373


@pytest.mark.ledger("L145")
def test_the_wide_data_are_those_of_the_ledger() -> None:
    x, y, x_test, y_test = datasets.wide_features()
    assert x.shape == (80, 150)
    assert x_test.shape == (110, 150)
    assert y.shape == (80,)
    assert round(float((y_test**2).mean()), 6) == 0.114570


@pytest.mark.ledger("L137")
def test_seven_two_one() -> None:
    x, y = np.arange(200.0).reshape(100, 2), np.arange(100)
    parts = split_data(x, y, (7, 2, 1), np.random.default_rng(1))
    assert [len(part) for _, part in parts] == [70, 20, 10]
    assert sorted(np.concatenate([part for _, part in parts])) == list(range(100))
    assert all((features[:, 0] == 2 * part).all() for features, part in parts)


@pytest.mark.ledger("L141", "L142")
def test_the_minima_of_the_ledger() -> None:
    assert all_close(l2_minimiser(np.diag([1 / 3, 2.0]), np.array([0.5, 0.5]), 2.0), np.array([1 / 14, 1 / 4]))
    moved = l2_minimiser(np.array([[1, 0.9], [0.9, 1]]), np.array([1.0, 0.1]), 0.5)
    assert moved.round(3).tolist() == [0.51, 0.36]


@given(arrays.arrays(np.float64, 3, elements=numbers), st.floats(0, 10))
def test_a_penalty_never_makes_the_weights_longer(bottom: np.ndarray, lam: float) -> None:
    h = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, -0.4], [0.1, -0.4, 1.5]])
    assert np.linalg.norm(l2_minimiser(h, bottom, lam)) <= np.linalg.norm(bottom) + 1e-12


@pytest.mark.ledger("L138", "L143")
def test_loss_and_slope_belong_together() -> None:
    x, y = _problem()
    w, b, lam, h = np.array([0.3, -1.0, 0.7, 2.0]), 0.4, 1.7, 1e-6
    grad_w, grad_b = ridge_grad(x, y, w, b, lam)
    rise = [(ridge_loss(x, y, w + h * e, b, lam) - ridge_loss(x, y, w - h * e, b, lam)) / (2 * h) for e in np.eye(4)]
    assert np.allclose(grad_w, rise, atol=1e-7)
    up, down = ridge_loss(x, y, w, b + h, lam), ridge_loss(x, y, w, b - h, lam)
    assert grad_b == pytest.approx((up - down) / (2 * h), abs=1e-7)


@pytest.mark.ledger("L144")
def test_a_step_with_decay_is_that_of_pytorch() -> None:
    w, g = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.1, -0.7])
    p = torch.nn.Parameter(torch.tensor(w))
    p.grad = torch.tensor(g)
    torch.optim.SGD([p], lr=0.1, weight_decay=0.4).step()
    assert all_close(sgd_weight_decay(w, g, 0.1, 0.4), p.detach().numpy())
    assert sgd_weight_decay(np.ones(1), np.zeros(1), 0.01, 5.0)[0] == pytest.approx(0.95)


@pytest.mark.parametrize(("m", "n"), [(12, 4), (5, 9)])
def test_ridge_is_that_of_scikit_learn_and_has_no_slope(m: int, n: int) -> None:
    x, y = _problem(m, n)
    w, b = ridge_fit(x, y, 2.5)
    model = Ridge(alpha=2.5).fit(x, y)
    assert all_close(w, model.coef_)
    assert b == pytest.approx(model.intercept_)
    grad_w, grad_b = ridge_grad(x, y, w, b, 2.5)
    assert np.abs(grad_w).max() < 1e-12
    assert abs(grad_b) < 1e-12


@pytest.mark.ledger("L148", "L150")
@pytest.mark.parametrize(("lam", "best"), [(3.0, 0.0), (1.5, 0.125)])
def test_the_subgradient_contains_zero_at_the_minimum(lam: float, best: float) -> None:
    low, high = l1_subgrad(best, 2.0, 1.0, 0.0, lam)
    assert low <= 0 <= high
    assert soft_threshold(np.array([2.0]), lam)[0] / 4 == best


@given(arrays.arrays(np.float64, 5, elements=numbers), st.floats(0, 3))
def test_the_soft_threshold_is_the_minimum_it_stands_for(values: np.ndarray, threshold: float) -> None:
    found = soft_threshold(values, threshold)

    def height(w: np.ndarray) -> np.ndarray:
        return (w - values) ** 2 / 2 + threshold * np.abs(w)

    for away in (-0.1, -1e-3, 1e-3, 0.1):
        assert (height(found) <= height(found + away) + 1e-12).all()


@pytest.mark.ledger("L149", "L152")
def test_proximal_steps_end_at_the_lasso_with_its_zeros() -> None:
    x, y, *_ = datasets.wide_features()
    w, b = train_lasso(x, y, 5.0, 0.1, 300)
    model = Lasso(alpha=5 / 80, tol=1e-10, max_iter=100_000).fit(x, y)
    assert (w == 0).sum() == (model.coef_ == 0).sum() == 146
    assert np.allclose(w, model.coef_, atol=1e-9)
    assert b == pytest.approx(model.intercept_, abs=1e-9)


@pytest.mark.ledger("L154")
def test_the_mended_penalty_shrinks_and_the_published_one_would_not() -> None:
    x, y = _problem(10, 3)
    sizes = [
        sum(p.abs().sum().item() for p in mended_l1_penalty(nets.two_layers, x, y[:, None], lam, 0.02, 30)[::2])
        for lam in (0.0, 5.0)
    ]
    assert sizes[1] < 0.9 * sizes[0]


def test_given_versions_give_the_same() -> None:
    x, y = _problem()
    for one, other in zip(earlier.ridge_fit(x, y, 1.5), ridge_fit(x, y, 1.5), strict=True):
        assert all_close(one, other)
    v = np.array([-2.0, -0.5, 0.0, 0.3, 4.0])
    assert all_close(earlier.soft_threshold(v, 0.5), soft_threshold(v, 0.5))
    for shares in ((7, 3), (7, 2, 1), (1, 1, 1)):
        ours, theirs = (one.split_data(x, y, shares, np.random.default_rng(2)) for one in (solutions, earlier))
        for (one, target), (other, wanted) in zip(theirs, ours, strict=True):
            assert (one == other).all()
            assert (target == wanted).all()


@pytest.mark.parametrize("answer", [soft_threshold, sgd_weight_decay, ridge_fit, split_data])
def test_arguments_are_left_alone(answer: object) -> None:
    x, y = _problem()
    rest = {
        "soft_threshold": (x, 0.5),
        "sgd_weight_decay": (x, x + 1, 0.1, 0.2),
        "ridge_fit": (x, y, 1.0),
        "split_data": (x, y, (7, 3), np.random.default_rng(0)),
    }[answer.__name__]  # type: ignore[attr-defined]
    kept = x.copy(), y.copy()
    answer(*rest)  # type: ignore[operator]
    assert (x == kept[0]).all()
    assert (y == kept[1]).all()
