"""The reference answers of lesson 04 against published numbers, laws and other libraries."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

import course_utils.earlier.logistic_regression as earlier
import solutions.logistic_regression as solutions
from course_utils.gradient_check import gradient_check
from course_utils.judging.tolerance import all_close
from solutions.logistic_regression import (
    bce_with_logits,
    likelihood_slope,
    log_odds,
    logistic_step,
    mended_boundary,
    ovr_labels,
    predict_ovr,
    predict_probability,
    sigmoid,
    train_logistic,
    train_ovr,
)

scores = arrays.arrays(np.float64, 5, elements=st.floats(-900, 900))
truths = arrays.arrays(np.float64, 5, elements=st.sampled_from([0.0, 1.0]))


def _blobs() -> tuple[np.ndarray, np.ndarray]:
    return make_blobs(n_samples=200, centers=[(1, 1), (2, 2), (1, 3)], cluster_std=0.15, random_state=10)


@pytest.mark.ledger("L060")
@pytest.mark.parametrize(("threshold", "level"), [(0.3, -0.8473), (0.5, 0.0), (0.9, 2.1972)])
def test_the_boundary_of_a_threshold(threshold: float, level: float) -> None:
    x1 = np.array([-2.0, 0.5, 3.0])
    x2 = mended_boundary(x1, 2.0, -3.0, 0.7, threshold)
    assert np.allclose(2.0 * x1 - 3.0 * x2 + 0.7, level, atol=5e-5)
    assert all_close(sigmoid(2.0 * x1 - 3.0 * x2 + 0.7), np.full(3, threshold))


@given(arrays.arrays(np.float64, 4, elements=st.floats(-30, 30)))
def test_log_odds_undo_the_sigmoid(z: np.ndarray) -> None:
    assert np.allclose(log_odds(sigmoid(z)), z, atol=1e-2 * (np.abs(z) > 20) + 1e-6)


@pytest.mark.ledger("L062")
@given(scores, truths)
def test_the_loss_is_that_of_pytorch_for_scores_of_any_size(z: np.ndarray, y: np.ndarray) -> None:
    by_torch = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(z), torch.tensor(y)).item()
    assert bce_with_logits(z, y) == pytest.approx(by_torch, rel=1e-12, abs=1e-15)
    assert bce_with_logits(-z, 1 - y) == pytest.approx(bce_with_logits(z, y), rel=1e-12, abs=1e-15)


@given(arrays.arrays(np.float64, 5, elements=st.floats(0.01, 0.99)), truths)
def test_two_slopes_multiply_to_the_short_result(h: np.ndarray, y: np.ndarray) -> None:
    assert all_close(likelihood_slope(h, y) * h * (1 - h), y - h)


@pytest.mark.ledger("L062")
def test_the_gradient_agrees_with_central_differences() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 4)), (np.arange(9) % 3 == 0).astype(float)

    def loss(w: np.ndarray, b: np.ndarray) -> float:
        return logistic_step(x, y, w, float(b))["loss"]

    def gradient(w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        step = logistic_step(x, y, w, float(b))
        return step["grad_weights"], np.array(step["grad_bias"])

    report = gradient_check(loss, gradient, {"w": rng.normal(size=4), "b": np.array(0.3)})
    assert report.passed
    assert report.max_error < 1e-7


@pytest.mark.ledger("L062")
def test_on_separable_data_the_weights_grow_without_end() -> None:
    points, kinds = _blobs()
    two, labels = points[kinds < 2], kinds[kinds < 2].astype(float)
    two = two - two.mean(axis=0)
    found = [train_logistic(two, labels, 1.0, steps) for steps in (10, 100, 1000)]
    assert [round(float(np.hypot(*w)), 2) for w, _, _ in found] == [2.16, 5.57, 9.51]
    assert all((((two @ w + b) > 0) == labels).all() for w, b, _ in found)


@pytest.mark.ledger("L061")
def test_training_ends_where_scikit_learn_does() -> None:
    rng = np.random.default_rng(1)
    y = (np.arange(80) % 2).astype(float)
    x = rng.normal(size=(80, 3)) + np.outer(y, [0.8, 0.0, -0.5])
    w, b, losses = train_logistic(x, y, 1.0, 3000)
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(x, y)
    assert np.allclose(w, model.coef_[0], atol=1e-5)
    assert b == pytest.approx(model.intercept_[0], abs=1e-5)
    assert losses[0] == pytest.approx(np.log(2))
    assert np.allclose(predict_probability(x, w, b), model.predict_proba(x)[:, 1], atol=1e-5)


@pytest.mark.ledger("L064")
def test_the_published_labels() -> None:
    labels = np.array([0, 0, 1, 2, 1])
    found = [ovr_labels(labels, k).astype(int).tolist() for k in range(3)]
    assert found == [[1, 1, 0, 0, 0], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]]


@pytest.mark.ledger("L063")
def test_one_against_the_rest_separates_the_blobs() -> None:
    points, kinds = _blobs()
    assert np.bincount(kinds).tolist() == [67, 67, 66]
    weights, bias = train_ovr(points, kinds, 3, 1.0, 1500)
    assert (predict_ovr(points, weights, bias) == kinds).all()


@pytest.mark.parametrize("name", ["log_odds", "predict_probability", "bce_with_logits", "train_logistic"])
def test_the_versions_for_later_lessons_say_the_same(name: str) -> None:
    rng = np.random.default_rng(2)
    x, y, w = rng.normal(size=(9, 4)), (np.arange(9) % 2).astype(float), rng.normal(size=4)
    args = {
        "log_odds": (rng.uniform(0.1, 0.9, size=6),),
        "predict_probability": (x, w, 0.4),
        "bce_with_logits": (900 * (x @ w), y),
        "train_logistic": (x, y, 0.5, 7),
    }[name]
    one, other = getattr(solutions, name)(*args), getattr(earlier, name)(*args)
    pairs = zip(one, other, strict=True) if isinstance(one, tuple) else [(one, other)]
    assert all(all_close(a, b) for a, b in pairs)
