"""The reference answers of lesson 03 against published numbers, laws, PyTorch and a gradient check."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils import datasets
from course_utils.earlier import backpropagation as earlier
from course_utils.gradient_check import gradient_check
from course_utils.judging.tolerance import all_close
from solutions.backpropagation import (
    backward_pass,
    catches_wrong_backward,
    forward_pass,
    hidden_delta,
    mended_backward,
    momentum_step,
    paths_gradient,
    sigmoid,
    sigmoid_grad,
    train_two_layer,
    two_layer_step,
)

numbers = arrays.arrays(np.float64, (4, 3), elements=st.floats(-2000, 2000))
NEW = np.array([[0.6, 0.8], [0.7, 1.5]])


def _net(seed: int, sizes: tuple[int, ...] = (3, 4, 2)) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=pair) for pair in itertools.pairwise(sizes)]
    return weights, [rng.normal(size=size) for size in sizes[1:]]


# --- the sigmoid ---------------------------------------------------------------------------------


@pytest.mark.ledger("L052")
@given(numbers)
def test_the_sigmoid_is_quiet_and_right_for_every_number(z: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a, slope = sigmoid(z), sigmoid_grad(z)
    assert all_close(a, torch.tensor(z).sigmoid().numpy())
    assert all_close(a + sigmoid(-z), np.ones_like(z))
    assert all_close(slope, a * (1 - a))
    assert ((slope >= 0) & (slope <= 0.25)).all()


@pytest.mark.ledger("L048")
def test_ten_slopes_of_the_sigmoid_are_at_most_a_millionth() -> None:
    assert sigmoid_grad(np.zeros(1))[0] ** 10 == pytest.approx(9.54e-7, rel=1e-3)


# --- the derivation ------------------------------------------------------------------------------


@pytest.mark.ledger("L038")
@pytest.mark.parametrize("seed", range(5))
def test_paths_deltas_and_autograd_agree(seed: int) -> None:
    weights, biases = _net(seed)
    rng = np.random.default_rng(seed + 100)
    x, y = rng.normal(size=3), rng.uniform(size=2)
    leaf = torch.tensor(weights[0], requires_grad=True)
    hidden = (torch.tensor(x) @ leaf + torch.tensor(biases[0])).sigmoid()
    out = (hidden @ torch.tensor(weights[1]) + torch.tensor(biases[1])).sigmoid()
    (0.5 * ((out - torch.tensor(y)) ** 2).sum()).backward()
    grads, _ = backward_pass(forward_pass(x[None], weights, biases), weights, y[None])
    for j, i in np.ndindex(3, 4):
        path = paths_gradient(x, y, weights[0], biases[0], weights[1], biases[1], i, j)
        assert path == pytest.approx(leaf.grad[j, i].item(), rel=1e-12)
        assert path == pytest.approx(grads[0][j, i], rel=1e-12)


@pytest.mark.ledger("L045")
@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 2), (5, 7, 4, 6, 3)])
def test_the_four_equations_pass_a_gradient_check_at_every_depth(sizes: tuple[int, ...]) -> None:
    weights, biases = _net(1, sizes)
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(8, sizes[0])), rng.uniform(size=(8, sizes[-1]))
    n = len(weights)

    def loss(*params: np.ndarray) -> float:
        return float(0.5 * ((forward_pass(x, list(params[:n]), list(params[n:]))[-1] - y) ** 2).sum() / len(x))

    def gradient(*params: np.ndarray) -> list[np.ndarray]:
        activations = forward_pass(x, list(params[:n]), list(params[n:]))
        grad_w, grad_b = backward_pass(activations, list(params[:n]), y)
        return [*grad_w, *grad_b]

    assert gradient_check(loss, gradient, [*weights, *biases]).passed


@pytest.mark.ledger("L044", "L045")
def test_the_batch_gradient_is_the_mean_of_the_samples_gradients() -> None:
    weights, biases = _net(3)
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(6, 3)), rng.uniform(size=(6, 2))
    whole = backward_pass(forward_pass(x, weights, biases), weights, y)
    single = [
        backward_pass(forward_pass(a[None], weights, biases), weights, b[None]) for a, b in zip(x, y, strict=True)
    ]
    for kind in (0, 1):
        for layer in (0, 1):
            assert all_close(np.mean([s[kind][layer] for s in single], axis=0), whole[kind][layer])


@pytest.mark.ledger("L042")
def test_error_terms_of_one_hidden_neuron_by_hand() -> None:
    found = hidden_delta(
        np.array([[1.0, -2.0, 3.0]]), np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), np.array([[0.5, 0.2]])
    )
    assert all_close(found, [[0.5 * (1 - 4 + 9), 0.2 * -2]])


# --- the two-layer net ---------------------------------------------------------------------------


def _start(seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in ((2, 80), (80,), (80, 1), (1,))]


@pytest.mark.ledger("L049", "L050", "L051")
def test_the_two_layer_step_has_the_ledgers_shapes_and_passes_the_check() -> None:
    x, y = datasets.trapezoids(seed=20)
    params = _start(0)
    step = two_layer_step(x, y, *params)
    shapes = {name: np.shape(value) for name, value in step.items()}
    assert shapes == {
        "z2": (50, 80), "a2": (50, 80), "a3": (50, 1), "loss": (), "delta3": (50, 1), "grad_w2": (80, 1),
        "grad_b2": (1,), "delta2": (50, 80), "grad_w1": (2, 80), "grad_b1": (80,),
    }  # fmt: skip
    report = gradient_check(
        lambda *p: two_layer_step(x, y, *p)["loss"],
        lambda *p: [two_layer_step(x, y, *p)[n] for n in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")],
        params,
        n_probes=25,
    )
    assert report.passed


@pytest.mark.ledger("L055")
def test_the_published_slip_has_the_relative_errors_of_the_ledger() -> None:
    x, y = datasets.trapezoids(seed=20)
    w1, b1, w2, b2 = _start(0)
    a2 = sigmoid(x @ w1 + b1)
    a3 = a2 @ w2 + b2
    right = mended_backward(a3, w2, a2, x, y)
    delta2 = (a3 - y) / 50 @ w2.T * sigmoid_grad(a2)
    for published, true, error in ((x.T @ delta2, right[2], 0.230), (delta2.sum(axis=0), right[3], 0.226)):
        size = np.linalg.norm(published) + np.linalg.norm(true)
        assert np.linalg.norm(published - true) / size == pytest.approx(error, abs=5e-4)


@pytest.mark.ledger("L055")
def test_the_test_catches_the_slip_and_lets_the_mended_one_pass() -> None:
    x, y = datasets.trapezoids(seed=20)
    params = _start(0)

    def gradients(slope_of: object) -> object:
        def gradient(x: np.ndarray, y: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray):
            a2 = sigmoid(x @ w1 + b1)
            delta3 = (a2 @ w2 + b2 - y) / len(y)
            delta2 = delta3 @ w2.T * slope_of(a2)  # type: ignore[operator]
            return x.T @ delta2, delta2.sum(axis=0), a2.T @ delta3, delta3.sum(axis=0)

        return gradient

    assert catches_wrong_backward(gradients(sigmoid_grad), x, y, *params) is True
    assert catches_wrong_backward(gradients(lambda a2: a2 * (1 - a2)), x, y, *params) is False


@pytest.mark.ledger("L056")
def test_without_momentum_a_step_is_plain_descent_and_nothing_is_changed() -> None:
    p, v, g = [np.array([1.0, 2.0])], [np.array([9.0, 9.0])], [np.array([10.0, -20.0])]
    new_p, new_v = momentum_step(p, v, g, 0.1, 0.0)
    assert all_close(new_p[0], [0.0, 4.0])
    assert all_close(new_v[0], g[0])
    assert [p[0].tolist(), v[0].tolist(), g[0].tolist()] == [[1, 2], [9, 9], [10, -20]]


@pytest.mark.ledger("L057", "L058")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_good_recipe_learns_the_areas(seed: int) -> None:
    sides, areas = datasets.trapezoids(seed=20)
    mean, spread = sides.mean(axis=0), sides.std(axis=0)
    (w1, b1, w2, b2), losses = train_two_layer(
        (sides - mean) / spread, areas, 80, 0.05, 0.9, 2000, np.random.default_rng(seed)
    )
    assert 1.0e-4 < losses[-1] < 1.7e-4
    found = (sigmoid((NEW - mean) / spread @ w1 + b1) @ w2 + b2).ravel()
    assert found == pytest.approx([0.42, 0.77], rel=0.08)


@pytest.mark.ledger("L057")
def test_the_published_numbers_come_from_the_slip_and_other_settings() -> None:
    sides, areas = datasets.trapezoids(seed=20)
    state = np.random.RandomState(20)
    state.uniform(size=100)
    w1, b1, w2, b2 = state.uniform(size=(2, 80)), np.zeros(80), state.uniform(size=(80, 1)), np.zeros(1)
    losses = []
    for _ in range(1600):
        a2 = sigmoid(sides @ w1 + b1)
        a3 = a2 @ w2 + b2
        losses.append(0.5 * np.mean((a3 - areas) ** 2))
        delta3 = (a3 - areas) / 50
        delta2 = delta3 @ w2.T * sigmoid_grad(a2)
        w1, b1 = w1 - 0.08 * sides.T @ delta2, b1 - 0.08 * delta2.sum(axis=0)
        w2, b2 = w2 - 0.08 * a2.T @ delta3, b2 - 0.08 * delta3.sum(axis=0)
    assert losses[0] == pytest.approx(408.4199890827408, rel=1e-14)
    assert losses[10] == pytest.approx(0.7597133963035992, rel=1e-10)
    found = (sigmoid(np.vstack([sides[:5], NEW]) @ w1 + b1) @ w2 + b2).ravel()
    printed = [1.25302678, 1.60291594, 1.85990525, 1.72523891, 0.50386205, 0.40299857, 0.82788597]
    assert found.round(8).tolist() == printed


# --- what later lessons get ----------------------------------------------------------------------


def test_the_given_versions_agree_with_the_reference_answers() -> None:
    rng = np.random.default_rng(5)
    z = rng.normal(scale=300, size=(4, 3))
    assert all_close(earlier.sigmoid(z), sigmoid(z))
    assert all_close(earlier.sigmoid_grad(z), sigmoid_grad(z))
    weights, biases = _net(6)
    x = rng.normal(size=(5, 3))
    for one, other in zip(earlier.forward_pass(x, weights, biases), forward_pass(x, weights, biases), strict=True):
        assert all_close(one, other)
    d, s = rng.normal(size=(5, 2)), rng.uniform(size=(5, 4))
    assert all_close(earlier.hidden_delta(d, weights[1], s), hidden_delta(d, weights[1], s))
    lists = [weights, [0.1 * w for w in weights], [w**2 for w in weights]]
    for one, other in zip(earlier.momentum_step(*lists, 0.1, 0.9), momentum_step(*lists, 0.1, 0.9), strict=True):
        assert all(all_close(a, b) for a, b in zip(one, other, strict=True))
