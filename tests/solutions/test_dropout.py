"""The reference answers of lesson 10: against PyTorch, and laws that the lesson states."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import course_utils.earlier.dropout as earlier
from course_utils.judging.tolerance import all_close
from solutions.dropout import (
    MyDropout,
    catches_wrong_dropout,
    count_thinned_nets,
    dropout,
    dropout_backward,
    dropout_mask,
    dropout_moments,
    dropout_two_layer_step,
    mended_dropout_scale,
    thinned_average,
)
from solutions.softmax_regression import softmax

RATES = st.floats(0, 0.95)


@pytest.mark.ledger("L155")
def test_thinned_nets_are_the_subsets_of_the_neurons() -> None:
    subsets = [set(kept) for k in range(8) for kept in itertools.combinations(range(7), k)]
    assert count_thinned_nets([3, 4]) == len(subsets) == 128
    assert count_thinned_nets([1024, 1024]) == 2**2048


@pytest.mark.ledger("L155")
def test_a_mask_drops_the_share_it_should() -> None:
    for p in (0.0, 0.2, 0.7, 1.0):
        mask = dropout_mask((400, 500), p, np.random.default_rng(0))
        assert abs(mask.mean() - (1 - p)) < 0.01
        assert set(np.unique(mask)) <= {0.0, 1.0}


@pytest.mark.ledger("L156", "L157")
def test_mean_and_variance_are_those_of_the_formulas() -> None:
    out = dropout(np.full((1000, 1000), 2.0), 0.2, True, np.random.default_rng(0))
    assert set(np.unique(out)) == {0.0, 2.5}
    assert abs(out.mean() - 2) < 0.005
    assert abs(out.var() - 0.2 / 0.8 * 4) < 0.01


@given(st.integers(0, 10_000), RATES)
def test_evaluation_and_no_rate_change_nothing(seed: int, p: float) -> None:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(4, 7))
    assert (dropout(a, p, False, rng) == a).all()
    assert (dropout(a, 0.0, True, rng) == a).all()
    assert not dropout(a, 1.0, True, rng).any()


@given(st.integers(0, 10_000), RATES)
def test_the_given_version_is_the_reference(seed: int, p: float) -> None:
    a = np.random.default_rng(seed).normal(size=(4, 7))
    ours, theirs = (f(a, p, True, np.random.default_rng(seed)) for f in (dropout, earlier.dropout))
    assert all_close(ours, theirs)


@given(st.integers(0, 10_000), st.floats(0.05, 0.9))
def test_slopes_are_those_of_autograd(seed: int, p: float) -> None:
    torch.manual_seed(seed)
    a = torch.rand(5, 6, dtype=torch.float64, requires_grad=True)
    out = nn.functional.dropout(a, p, training=True)
    slopes = torch.randn(5, 6, dtype=torch.float64)
    out.backward(slopes)
    assert all_close(dropout_backward(slopes.numpy(), (out != 0).numpy(), p), a.grad.numpy())


@pytest.mark.ledger("L157")
def test_the_squared_sum_of_four_ones_has_mean_twenty() -> None:
    mean, variance = dropout_moments(np.ones(4), np.ones(4), 0.5)
    assert (mean, variance, mean**2 + variance) == (4, 4, 20)
    sums = dropout(np.ones((200_000, 4)), 0.5, True, np.random.default_rng(0)).sum(axis=1)
    assert abs((sums**2).mean() - 20) < 0.2


def _params(rng: np.random.Generator, n: int, h: int, c: int) -> dict[str, np.ndarray]:
    shapes = {"w1": (n, h), "b1": (h,), "w2": (h, c), "b2": (c,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def test_without_dropout_the_step_is_the_plain_one() -> None:
    rng = np.random.default_rng(1)
    params, x, y = _params(rng, 5, 8, 3), rng.normal(size=(6, 5)), np.eye(3)[[0, 1, 2, 2, 1, 0]]
    step = dropout_two_layer_step(x, y, params, np.ones((6, 8)), 0.0)
    assert all_close(step["d2"], step["a2"])
    assert all_close(thinned_average(x, params, 0.0, 3, rng), softmax(step["z3"]))


def test_a_dropped_neuron_learns_nothing_from_the_batch() -> None:
    rng = np.random.default_rng(2)
    mask = np.ones((6, 8))
    mask[:, 3] = 0
    y = np.eye(3)[[0, 1, 2, 2, 1, 0]]
    step = dropout_two_layer_step(rng.normal(size=(6, 5)), y, _params(rng, 5, 8, 3), mask, 0.3)
    assert not step["grad_w1"][:, 3].any()
    assert not step["grad_w2"][3].any()
    assert step["grad_b1"][3] == 0
    assert step["grad_w1"][:, 4].all()


@pytest.mark.ledger("L155")
def test_the_average_comes_to_rest_at_the_mean_over_all_masks() -> None:
    rng = np.random.default_rng(3)
    params, x, p = _params(rng, 4, 3, 5), rng.normal(size=(2, 4)), 0.3
    hidden = 1 / (1 + np.exp(-(x @ params["w1"] + params["b1"])))
    exact = sum(
        np.prod([1 - p if alive else p for alive in mask])
        * softmax(hidden * np.array(mask) / (1 - p) @ params["w2"] + params["b2"])
        for mask in itertools.product((0, 1), repeat=3)
    )
    assert np.abs(thinned_average(x, params, p, 20_000, rng) - exact).max() < 0.01


@pytest.mark.ledger("L159")
def test_the_module_is_dropout_as_pytorch_has_it() -> None:
    torch.manual_seed(0)
    a = torch.randn(500, 400)
    for p in (0.0, 0.2, 0.7, 1.0):
        ours, theirs = MyDropout(p), nn.Dropout(p)
        assert abs((ours(a) == 0).double().mean() - (theirs(a) == 0).double().mean()) < 0.01
        alive = ours(torch.full_like(a, 2.0))
        assert torch.isclose(alive[alive != 0], torch.tensor(2.0 / max(1 - p, 1e-9))).all()
        assert (ours.eval()(a) == a).all()
    assert not list(MyDropout(0.3).parameters())


@pytest.mark.ledger("L158")
def test_the_test_lets_our_own_dropout_pass() -> None:
    def ours(a: np.ndarray, keep: float, rng: np.random.Generator, training: bool) -> np.ndarray:
        return dropout(a, 1 - keep, training, rng)

    assert not any(catches_wrong_dropout(ours, np.random.default_rng(seed)) for seed in range(300))


@pytest.mark.ledger("L156")
def test_the_mended_factor() -> None:
    assert mended_dropout_scale(np.array([0.2, 0.0, 1.0, 0.5])).tolist() == [1.25, 1.0, 0.0, 2.0]
