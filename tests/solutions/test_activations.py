"""The reference answers of lesson 12 against published numbers, laws, PyTorch and measured slopes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch import nn

from course_utils.earlier import activations as earlier
from course_utils.gradient_check import gradient_check
from course_utils.judging.tolerance import all_close
from solutions.activations import (
    MyLeakyReLU,
    activation_backward,
    catches_wrong_slope,
    dead_units,
    leaky_relu,
    mended_leaky_grad,
    relu,
    relu_grad,
    tanh_from_sigmoid,
    train_with_activation,
)
from solutions.backpropagation import sigmoid, sigmoid_grad

numbers = arrays.arrays(np.float64, (4, 3), elements=st.floats(-2000, 2000))
KINK = np.array([-2.0, -0.0, 0.0, 1e-300, 3.0])


@pytest.mark.ledger("L175")
@given(numbers)
def test_the_slope_of_the_sigmoid_is_at_most_a_quarter(x: np.ndarray) -> None:
    g = sigmoid(x)
    assert all_close(sigmoid_grad(x), g * (1 - g))
    assert all_close(g * (1 - g), 0.25 - (g - 0.5) ** 2)


@pytest.mark.ledger("L177")
def test_the_pair_that_the_book_misprints() -> None:
    assert round(float(sigmoid(np.array(-0.838))), 4) == 0.3020
    assert round(float(sigmoid(np.array(-0.831))), 4) == 0.3034


@pytest.mark.ledger("L178", "L179")
@given(numbers)
def test_tanh_from_sigmoid_is_quiet_and_right_for_every_number(x: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tanh_from_sigmoid(x)
        single = tanh_from_sigmoid(x.astype(np.float32))
    assert np.abs(found - np.tanh(x)).max() <= 4e-16
    assert single.dtype == np.float32
    assert all_close(single, np.tanh(x), "elementwise")


@pytest.mark.ledger("L179")
def test_published_pairs_of_tanh() -> None:
    assert tanh_from_sigmoid(np.array([-0.2107, 2.1993])).round(4).tolist() == [-0.2076, 0.9757]


@pytest.mark.ledger("L180", "L181")
def test_relu_and_its_slope_at_the_kink_and_at_infinity() -> None:
    assert relu_grad(KINK).tolist() == [0, 0, 0, 1, 1]
    leaf = torch.tensor(KINK, requires_grad=True)
    leaf.relu().sum().backward()
    assert relu_grad(KINK).tolist() == leaf.grad.tolist()
    assert relu(np.array([-np.inf, np.inf])).tolist() == [0, np.inf]


@pytest.mark.ledger("L182", "L183")
def test_leaky_relu_and_its_slope_at_the_kink_and_at_infinity() -> None:
    assert mended_leaky_grad(KINK, 0.2).tolist() == [0.2, 0.2, 0.2, 1, 1]
    assert leaky_relu(np.array([-np.inf, -0.8447, np.inf]), 0.2).round(4).tolist() == [-np.inf, -0.1689, np.inf]
    assert leaky_relu(np.array([-1.0]), 0.2) == pytest.approx(-0.2)


@given(numbers, st.floats(0.01, 3))
def test_leaky_relu_is_the_line_and_a_part_of_relu(x: np.ndarray, gamma: float) -> None:
    assert all_close(leaky_relu(x, gamma), gamma * x + (1 - gamma) * relu(x))
    assert all_close(leaky_relu(x, gamma), mended_leaky_grad(x, gamma) * x)


@given(numbers, st.floats(0.01, 3))
def test_the_given_versions_give_the_same(x: np.ndarray, gamma: float) -> None:
    assert all_close(earlier.relu(x), relu(x))
    assert all_close(earlier.relu_grad(x), relu_grad(x))
    assert all_close(earlier.leaky_relu(x, gamma), leaky_relu(x, gamma))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
def test_the_way_back_equals_autograd(name: str) -> None:
    rng = np.random.default_rng(0)
    x, upstream = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    leaf = torch.tensor(x, requires_grad=True)
    output = getattr(torch, name)(leaf)
    output.backward(torch.tensor(upstream))
    kept = x if name == "relu" else output.detach().numpy()
    assert all_close(activation_backward(name, upstream, kept), leaf.grad.numpy())


@pytest.mark.ledger("L180")
def test_a_unit_is_dead_when_no_sample_reaches_it() -> None:
    z = np.array([[-1.0, -1.0, 0.0, 2.0], [-2.0, 1e-9, 0.0, 3.0]])
    assert dead_units(z).tolist() == [True, False, True, False]


def test_a_training_step_follows_the_measured_gradient() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), (rng.uniform(size=(7, 2)) > 0.5).astype(float)
    params = [rng.normal(size=shape) for shape in ((3, 5), (5,), (5, 2), (2,))]
    rest = np.tanh, lambda z: 1 - np.tanh(z) ** 2

    def gradient(*moved: np.ndarray) -> list[np.ndarray]:
        after = train_with_activation(x, y, *moved, *rest, 1.0, 1)
        return [before - new for before, new in zip(moved, after[:4], strict=True)]

    assert gradient_check(lambda *moved: train_with_activation(x, y, *moved, *rest, 1.0, 1)[4][0], gradient, params)


@pytest.mark.ledger("L183")
@pytest.mark.parametrize("arguments", [(), (0.2,), (1.5,)])
def test_the_module_has_the_heights_slopes_and_default_of_pytorch(arguments: tuple[float, ...]) -> None:
    found = []
    for module in (MyLeakyReLU(*arguments), nn.LeakyReLU(*arguments)):
        leaf = torch.tensor([*KINK, -torch.inf, torch.inf], requires_grad=True)
        heights = module(leaf)
        heights.sum().backward()
        found.append((heights.tolist(), leaf.grad.tolist()))
        assert not list(module.parameters())
    assert found[0] == found[1]


def test_the_reference_test_knows_the_lessons_own_functions() -> None:
    pairs = [
        (sigmoid, sigmoid_grad),
        (tanh_from_sigmoid, lambda x: 1 - np.tanh(x) ** 2),
        (relu, relu_grad),
        (lambda x: leaky_relu(x, 0.2), lambda x: mended_leaky_grad(x, 0.2)),
    ]
    for function, slope in pairs:
        assert catches_wrong_slope(function, slope) is False
        assert catches_wrong_slope(function, lambda x, right=slope: 1.01 * right(x)) is True
    assert catches_wrong_slope(relu, lambda x: 1.0 * (x >= 0)) is True
