"""The reference answers of lesson 05 against published numbers, laws and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.judging.tolerance import all_close
from solutions.softmax_regression import (
    SoftmaxRegression,
    joint_probabilities,
    log_softmax,
    mean_cross_entropy,
    minibatches,
    one_hot,
    softmax,
    softmax_ce_delta,
    softmax_jacobian,
    softmax_step,
    train_softmax,
)

scores = arrays.arrays(np.float64, (4, 3), elements=st.floats(-500, 500))


def test_the_published_softmax() -> None:
    assert softmax(np.array([[0.8, 0.7, 0.9]])).round(5).tolist() == [[0.33222, 0.30061, 0.36717]]


@pytest.mark.ledger("L068", "L070")
@pytest.mark.parametrize(("probability", "loss"), [(0.6, 0.5108256), (0.1, 2.3025851)])
def test_the_published_losses(probability: float, loss: float) -> None:
    logits = np.log(np.array([[probability, 1 - probability]]))
    assert round(mean_cross_entropy(logits, np.array([0])), 7) == loss


def test_the_published_batch() -> None:
    logits, labels = np.array([[0.5, 0.3, 0.6], [0.5, 0.4, 0.3]]), np.array([2, 0])
    assert mean_cross_entropy(logits, labels) == pytest.approx(0.9874308806774512, abs=1e-15)
    by_torch = torch.nn.CrossEntropyLoss()(torch.tensor(logits), torch.tensor(labels))
    assert by_torch.item() == pytest.approx(0.9874308806774512, abs=1e-15)


@pytest.mark.ledger("L065")
def test_one_hot_fixture() -> None:
    expected = [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]
    assert one_hot(np.array([0, 0, 1, 2, 1]), 3).tolist() == expected


@given(scores)
def test_two_classes_are_the_sigmoid_of_the_difference(z: np.ndarray) -> None:
    with np.errstate(over="ignore"):
        assert all_close(softmax(z[:, :2])[:, 0], 1 / (1 + np.exp(z[:, 1] - z[:, 0])))


@given(scores, st.floats(-1000, 1000))
def test_a_shift_changes_nothing(z: np.ndarray, shift: float) -> None:
    assert all_close(softmax(z + shift), softmax(z))
    assert np.allclose(log_softmax(z + shift), log_softmax(z), rtol=1e-9, atol=1e-9)


@given(scores)
def test_rows_are_distributions(z: np.ndarray) -> None:
    a = softmax(z)
    assert (a >= 0).all()
    assert all_close(a.sum(axis=1), np.ones(4))
    assert all_close(np.exp(log_softmax(z)), a)
    assert np.isfinite(log_softmax(z)).all()


@given(arrays.arrays(np.float64, 4, elements=st.floats(-30, 30)))
def test_the_jacobian_is_symmetric_with_rows_that_sum_to_zero(z: np.ndarray) -> None:
    jacobian = softmax_jacobian(z)
    assert all_close(jacobian, jacobian.T)
    assert all_close(jacobian.sum(axis=1), np.zeros(4))
    step = 1e-6
    slope = (softmax(z + step * np.eye(4)) - softmax(z - step * np.eye(4))).T / (2 * step)
    assert np.allclose(jacobian, slope, atol=1e-8)


def _by_torch(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    z = torch.tensor(logits, requires_grad=True)
    (-(torch.tensor(targets) * z.log_softmax(dim=1)).sum()).backward()
    return z.grad.numpy()


@given(scores, arrays.arrays(np.float64, (4, 3), elements=st.sampled_from([0.0, 1.0])))
def test_the_slope_is_that_of_pytorch_for_any_number_of_ones(z: np.ndarray, targets: np.ndarray) -> None:
    assert all_close(softmax_ce_delta(z, targets), _by_torch(z, targets))


def test_the_published_slope_is_right_for_one_hot_rows_only() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(7, 4))
    one, two = np.eye(4)[rng.integers(0, 4, size=7)], np.tile([1.0, 0.0, 1.0, 0.0], (7, 1))
    assert all_close(softmax(logits) - one, _by_torch(logits, one))
    gap = np.abs(softmax(logits) - two - _by_torch(logits, two))
    # with k ones the published a - y misses (k - 1) a, here one a
    assert all_close(gap, softmax(logits))


def test_going_back_through_the_sigmoid() -> None:
    z = np.random.default_rng(1).normal(size=(5, 3))
    assert all_close(joint_probabilities(1 / (1 + np.exp(-z))), softmax(z))


def test_a_hundred_samples_in_batches_of_32() -> None:
    features, labels = np.arange(300.0).reshape(100, 3), np.arange(100)
    batches = list(minibatches(features, labels, 32, np.random.default_rng(3)))
    assert [len(y) for _, y in batches] == [32, 32, 32, 4]
    assert sorted(np.concatenate([y for _, y in batches])) == list(range(100))
    assert all((x[:, 0] == 3 * y).all() for x, y in batches)


def test_one_step_is_that_of_pytorch() -> None:
    rng = np.random.default_rng(2)
    x, y, w, b = rng.normal(size=(6, 5)), np.eye(3)[rng.integers(0, 3, 6)], rng.normal(size=(5, 3)), rng.normal(size=3)
    step = softmax_step(x, y, w, b)
    weights, bias = (torch.tensor(v, requires_grad=True) for v in (w, b))
    loss = torch.nn.functional.cross_entropy(torch.tensor(x) @ weights + bias, torch.tensor(y))
    loss.backward()
    assert step["loss"] == pytest.approx(loss.item(), rel=1e-12)
    assert all_close(step["grad_weights"], weights.grad.numpy())
    assert all_close(step["grad_bias"], bias.grad.numpy())
    assert list(step) == ["logits", "probs", "loss", "delta", "grad_weights", "grad_bias"]


def test_training_lowers_the_loss_and_starts_at_the_logarithm_of_c() -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(60) % 3
    features = rng.normal(size=(60, 4)) + np.eye(3, 4)[labels] * 3
    _, _, losses = train_softmax(features, labels, 3, 0.2, 8, 5, np.random.default_rng(5))
    assert losses[0] == pytest.approx(np.log(3))
    assert len(losses) == 8 * 5
    assert np.mean(losses[-8:]) < losses[0] / 2


def test_the_module_gives_logits() -> None:
    model = SoftmaxRegression(12, 5)
    images = torch.randn(3, 4, 3)
    linear = model.layers[1]
    assert torch.allclose(model(images), images.flatten(1) @ linear.weight.T + linear.bias)
    assert sum(p.numel() for p in model.parameters()) == 65


@pytest.mark.parametrize("answer", [softmax, log_softmax])
def test_arguments_are_left_alone(answer: object) -> None:
    z = np.random.default_rng(6).normal(size=(4, 3))
    kept = z.copy()
    answer(z)  # type: ignore[operator]
    assert (z == kept).all()
