"""The reference answers of lesson 02 against published numbers, laws and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import course_utils.earlier.gradient_descent as earlier
from course_utils.judging.tolerance import all_close
from solutions import gradient_descent as solutions
from solutions.gradient_descent import (
    bowl_point,
    catches_wrong_gradient,
    condition_number,
    descent_step,
    directional_derivative,
    gradient_descent,
    largest_stable_rate,
    mended_direction,
    minibatch_gradient,
    steepest_direction,
    train_minibatch,
)

START = np.array([-2.0, 3.0])
PUBLISHED = [
    (-1.6, 2.2), (-1.28, 1.56), (-1.024, 1.048), (-0.819, 0.638), (-0.655, 0.311), (-0.524, 0.049),
    (-0.419, -0.161), (-0.336, -0.329), (-0.268, -0.463), (-0.215, -0.571),
]  # fmt: skip

numbers = st.floats(-100, 100).filter(lambda x: abs(x) > 1e-3)
rows = arrays.arrays(np.float64, 4, elements=numbers)


def _slope(w: np.ndarray) -> np.ndarray:
    return np.array([2 * w[0], 2 * w[1] + 2])


def _height(w: np.ndarray) -> float:
    return w[0] ** 2 + w[1] ** 2 + 2 * w[1] + 5


@pytest.mark.ledger("L026")
def test_the_published_direction() -> None:
    root = np.sqrt(2) / 2
    assert all_close(steepest_direction(np.array([-6.0, 6.0])), np.array([root, -root]))
    assert directional_derivative(np.array([-6.0, 6.0]), np.array([1.0, -1.0])) == pytest.approx(-6 * np.sqrt(2))


@given(rows, rows)
@pytest.mark.ledger("L025")
def test_no_direction_beats_the_steepest(gradient: np.ndarray, other: np.ndarray) -> None:
    best = directional_derivative(gradient, steepest_direction(gradient))
    assert best == pytest.approx(-np.linalg.norm(gradient))
    assert directional_derivative(gradient, other) >= best - 1e-9 * abs(best)


@pytest.mark.ledger("L031")
def test_the_published_walk() -> None:
    path = gradient_descent(_slope, START, 0.1, 20)
    assert [tuple(place) for place in path[1:11].round(3).tolist()] == PUBLISHED
    assert tuple(path[20].round(3).tolist()) == (-0.023, -0.954)
    assert _height(path[20]) == pytest.approx(4.002658, abs=1e-6)


@pytest.mark.ledger("L027", "L030")
def test_the_first_step_lowers_the_loss_from_24_to_16_8() -> None:
    place = descent_step(START, _slope(START), 0.1)
    assert all_close(place, np.array([-1.6, 2.2]))
    assert (_height(START), _height(place)) == (24.0, pytest.approx(16.8))
    assert mended_direction(START).tolist() == [4.0, -8.0]


@given(st.floats(0.01, 1.2), st.integers(0, 20))
def test_the_closed_form_is_the_walk(rate: float, k: int) -> None:
    assert all_close(bowl_point(START, rate, k), gradient_descent(_slope, START, rate, k)[k], "iterated")


@pytest.mark.ledger("L161")
@pytest.mark.parametrize(("share", "converges"), [(0.98, True), (1.02, False)])
def test_descent_converges_below_the_limit_and_not_above(share: float, converges: bool) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=12)
    everything = np.arange(12)
    path = gradient_descent(
        lambda w: minibatch_gradient(x, y, w, everything), np.ones(3), share * largest_stable_rate(x), 2000
    )
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    assert (np.linalg.norm(path[-1] - best) < 1e-6) == converges


def test_standardised_features_make_a_round_valley() -> None:
    size = np.random.default_rng(0).uniform(20, 90, size=40)
    raw = np.column_stack([np.ones(40), size])
    scaled = np.column_stack([np.ones(40), (size - size.mean()) / size.std()])
    assert condition_number(raw) > 1000
    assert condition_number(scaled) == pytest.approx(1)


@pytest.mark.ledger("L076")
def test_batches_are_right_on_average_and_their_variance_falls_as_1_over_their_size() -> None:
    rng = np.random.default_rng(4)
    x, y, w = rng.normal(size=(50, 3)), rng.normal(size=50), rng.normal(size=3)
    full = minibatch_gradient(x, y, w, np.arange(50))
    each = np.array([minibatch_gradient(x, y, w, np.array([i])) for i in range(50)])
    assert all_close(each.mean(axis=0), full)
    sigma2 = ((each - full) ** 2).sum(axis=1).mean()
    for size in (4, 16):
        drawn = np.array([minibatch_gradient(x, y, w, rng.integers(0, 50, size=size)) for _ in range(4000)])
        assert ((drawn - full) ** 2).sum(axis=1).mean() == pytest.approx(sigma2 / size, rel=0.1)


def test_training_is_that_of_pytorch() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(23, 4)), rng.normal(size=23)
    weights, losses = train_minibatch(x, y, 0.1, 6, 3, np.random.default_rng(1))
    order, w = np.random.default_rng(1), torch.zeros(4, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(3):
        for chosen in torch.tensor(order.permutation(23)).split(6):
            optimizer.zero_grad()
            (((torch.tensor(x)[chosen] @ w - torch.tensor(y)[chosen]) ** 2).mean() / 2).backward()
            optimizer.step()
    assert all_close(weights, w.detach().numpy(), "iterated")
    assert losses.shape == (3,)
    assert losses[-1] == pytest.approx(((x @ weights - y) ** 2).mean() / 2)


@given(arrays.arrays(np.float64, 4, elements=st.floats(0.5, 3)), st.integers(0, 3), st.floats(0.02, 5))
def test_the_test_catches_any_wrong_entry(point: np.ndarray, entry: int, share: float) -> None:
    def wrong(w: np.ndarray) -> np.ndarray:
        slope = 2 * w
        slope[entry] += share * np.abs(slope).max()
        return slope

    assert catches_wrong_gradient(lambda w: (w**2).sum(), wrong, point)
    assert not catches_wrong_gradient(lambda w: (w**2).sum(), lambda w: 2 * w, point)


def test_what_later_lessons_get_is_what_this_lesson_builds() -> None:
    rng = np.random.default_rng(6)
    x, y, w = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3)
    batch = np.array([7, 2, 4, 8])
    asked = {
        "descent_step": (w, x[0], 0.2),
        "gradient_descent": (lambda v: 2 * v, w, 0.1, 5),
        "condition_number": (x,),
        "largest_stable_rate": (x,),
        "minibatch_gradient": (x, y, w, batch),
        "catches_wrong_gradient": (lambda v: (v**3).sum(), lambda v: 3 * v**2, w),
    }
    for name, args in asked.items():
        assert all_close(getattr(earlier, name)(*args), getattr(solutions, name)(*args))
