"""The exercises of lesson 02, gradient descent.

Gradients come from PyTorch's autograd in float64, curvatures from its singular values, and measured slopes from a
step into the complex plane; none of it shares code with the NumPy answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.judging.calls import Given, Rng
from course_utils.judging.compare import as_array
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake, Reach
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any, watched: bool = False) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=watched)


def _away_from_zero(rng: np.random.Generator, size: Any, low: float = 0.3, high: float = 3.0) -> Array:
    """Draw numbers of both signs, none of them small."""
    return rng.uniform(low, high, size=size) * rng.choice([-1.0, 1.0], size=size)


# --- directional_derivative ----------------------------------------------------------------------


def _draw_slope(rng: np.random.Generator, sign: float = 0.0, scale: float = 1.0) -> tuple[Array, Array]:
    """Draw a gradient and a direction that is neither along it nor across it; downhill for a negative sign."""
    n = int(rng.integers(3, 6))
    while True:
        gradient, direction = _away_from_zero(rng, n), _away_from_zero(rng, n)
        cosine = gradient @ direction / (np.linalg.norm(gradient) * np.linalg.norm(direction))
        if 0.2 < abs(cosine) < 0.9 and sign * cosine >= 0:
            return gradient, direction * scale


def _directional_oracle(gradient: Array, direction: Array) -> Any:
    """Differentiate a linear function with that gradient along the normalised direction."""
    import torch

    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    unit = torch.nn.functional.normalize(_tensor(direction), dim=0)
    (_tensor(gradient) * (t * unit)).sum().backward()
    return t.grad


def _length(values: Array) -> float:
    return float(np.linalg.norm(values))


DIRECTIONAL_DERIVATIVE = Exercise(
    "directional_derivative",
    groups=(
        Group("typical gradients and directions", _draw_slope, weight=3),
        Group("directions that lead downhill", lambda rng: _draw_slope(rng, sign=-1.0)),
        Group("very short and very long directions", lambda rng: _draw_slope(rng, scale=10 ** rng.choice([-5.0, 5.0]))),
    ),
    oracle=_directional_oracle,
    laws=(
        Law(
            "a direction three times as long gives the same slope",
            lambda ask, g, d: all_close(ask(g, 3 * d), ask(g, d)),
        ),
        Law(
            "the opposite direction has the opposite slope",
            lambda ask, g, d: all_close(ask(g, -d), -np.asarray(ask(g, d))),
        ),
    ),
    mistakes=(
        Mistake(
            "direction not normalised",
            "The slope is per unit of distance: how long must the arrow of the direction be?",
            lambda g, d: g @ d,
        ),
        Mistake(
            "divided by the square of the length",
            "The length of an arrow is a square root: is the root taken?",
            lambda g, d: g @ d / (d @ d),
        ),
        Mistake(
            "cosine instead of slope",
            "That is the cosine of the angle; the slope also grows with the length of the gradient.",
            lambda g, d: g @ d / (_length(g) * _length(d)),
        ),
        Mistake(
            "gradient normalised instead of direction",
            "One of the two arrows is brought to length 1: is it the right one?",
            lambda g, d: g @ d / _length(g),
        ),
        Mistake(
            "divided by the sum of the entries' sizes",
            "The length of an arrow follows Pythagoras: it is no sum of absolute values.",
            lambda g, d: g @ d / np.abs(d).sum(),
        ),
        Mistake(
            "products not added up",
            "Every axis contributes a product, and the slope is one number: what happens to the products?",
            lambda g, d: g * d / _length(d),
        ),
        Mistake(
            "always positive",
            "A way that leads down has a negative slope: does the sign survive?",
            lambda g, d: abs(g @ d) / _length(d),
        ),
        Mistake(
            "opposite sign",
            "A direction that goes along with the gradient leads up, and its slope is positive.",
            lambda g, d: -(g @ d) / _length(d),
        ),
        Mistake(
            "length of the gradient",
            "That is the largest slope of all directions; where does the given direction come in?",
            lambda g, d: _length(g),
        ),
        Mistake(
            "angles of the first two axes",
            "Those angles lie in the plane of the first two axes. More than two axes: use the dot product.",
            lambda g, d: _length(g) * np.cos(np.arctan2(g[1], g[0]) - np.arctan2(d[1], d[0])),
        ),
    ),
)

# --- steepest_direction --------------------------------------------------------------------------


def _steepest_oracle(gradient: Array) -> Any:
    import torch

    return -torch.nn.functional.normalize(_tensor(gradient), dim=0, eps=0.0).nan_to_num(0.0)


def _draw_one_zero(rng: np.random.Generator) -> tuple[Array]:
    gradient = _away_from_zero(rng, rng.integers(3, 6))
    gradient[rng.integers(len(gradient))] = 0.0
    return (gradient,)


def _draw_cancelling(rng: np.random.Generator) -> tuple[Array]:
    """Draw entries that add up to exactly 0: quarters of one sign, and one entry of the other."""
    quarters = rng.integers(2, 12, size=rng.integers(2, 5)) / 4 * rng.choice([-1.0, 1.0])
    return (rng.permutation(np.append(quarters, -quarters.sum())),)


STEEPEST_DIRECTION = Exercise(
    "steepest_direction",
    groups=(
        Group("typical gradients", lambda rng: (_away_from_zero(rng, rng.integers(3, 6)),), weight=3),
        Group(
            "very small and very large gradients",
            lambda rng: (_away_from_zero(rng, rng.integers(3, 6)) * 10 ** rng.choice([-9.0, 9.0]),),
        ),
        Group("gradients with one entry 0", _draw_one_zero, edge=True),
        Group("gradients whose entries add up to 0", _draw_cancelling, edge=True),
        Group("a gradient of 0", lambda rng: (np.zeros(rng.integers(3, 6)),), edge=True),
    ),
    oracle=_steepest_oracle,
    laws=(
        Law(
            "where the gradient is not 0, the arrow has length 1",
            lambda ask, g: all_close(_length(ask(np.arange(1.0, len(g) + 1))), 1.0),
        ),
    ),
    mistakes=(
        Mistake(
            "uphill",
            "The gradient points to where the function grows fastest: which way does it fall fastest?",
            lambda g: np.divide(g, _length(g), out=np.zeros_like(g), where=bool(g.any())),
        ),
        Mistake(
            "length not 1",
            "The direction is right; bring the arrow to length 1.",
            lambda g: -g,
        ),
        Mistake(
            "divides by a length of 0",
            "Where the gradient is 0 the ground is level, and 0 divided by 0 is not a number: what is asked for there?",
            lambda g: -g / _length(g),
        ),
        Mistake(
            "divided by the square of the length",
            "The length of an arrow is a square root: is the root taken?",
            lambda g: -g / (g @ g) if g.any() else g,
        ),
        Mistake(
            "divided by the largest entry",
            "The largest entry is not the length of an arrow: think of Pythagoras.",
            lambda g: -g / np.abs(g).max() if g.any() else g,
        ),
        Mistake(
            "divided by the sum of the entries' sizes",
            "The length of an arrow follows Pythagoras: it is no sum of absolute values.",
            lambda g: -g / np.abs(g).sum() if g.any() else g,
        ),
        Mistake(
            "signs only",
            "Entries of different size make a direction: do not throw their sizes away.",
            lambda g: -np.sign(g),
        ),
        Mistake(
            "0 where one entry is 0",
            "A gradient is 0 only if every entry is 0.",
            lambda g: -g / _length(g) if g.all() else 0 * g,
        ),
        Mistake(
            "0 where the entries add up to 0",
            "A gradient is 0 only if every entry is 0.",
            lambda g: -g / _length(g) if g.sum() else 0 * g,
        ),
        Mistake(
            "a small constant in the denominator",
            "The arrow is a little too short: a small constant against dividing by 0 changes all other cases as well.",
            matches=lambda value, case: bool(
                0.99 < _length(value) < 1 and all_close(value / _length(value), -case.args[0] / _length(case.args[0]))
            ),
        ),
    ),
)

# --- descent_step --------------------------------------------------------------------------------


def _draw_update(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[Array, Array, float]:
    return _away_from_zero(rng, shape), _away_from_zero(rng, shape), float(rng.uniform(0.02, 0.4))


def _update_oracle(weights: Array, gradient: Array, learning_rate: float) -> Any:
    return _tensor(weights).add(_tensor(gradient), alpha=-learning_rate)


DESCENT_STEP = Exercise(
    "descent_step",
    groups=(
        Group("a row of weights", lambda rng: _draw_update(rng, (int(rng.integers(3, 7)),)), weight=3),
        Group("a matrix of weights", lambda rng: _draw_update(rng, (5, 3))),
        Group("a single weight", lambda rng: _draw_update(rng, (1,)), edge=True),
    ),
    oracle=_update_oracle,
    laws=(
        Law(
            "where the gradient is 0, the weights stay",
            lambda ask, w, g, rate: all_close(ask(w, 0 * g, rate), w),
        ),
    ),
    mistakes=(
        Mistake(
            "uphill",
            "The loss grows along the gradient: which way should the step go?",
            lambda w, g, rate: w + rate * g,
        ),
        Mistake(
            "learning rate left out",
            "The step has the size of the gradient itself: where does the learning rate come in?",
            lambda w, g, rate: w - g,
        ),
        Mistake(
            "the step instead of the place",
            "That is the step alone; from where is it taken?",
            lambda w, g, rate: -rate * g,
        ),
        Mistake(
            "gradient normalised",
            "The step is the learning rate times the gradient at its full length, so it gets short on flat ground.",
            lambda w, g, rate: w - rate * g / _length(g),
        ),
        Mistake(
            "divided by the learning rate",
            "A larger learning rate should make a longer step.",
            lambda w, g, rate: w - g / rate,
        ),
        Mistake(
            "weights scaled as well",
            "The learning rate multiplies one of the two, and it is not the place where you stand.",
            lambda w, g, rate: rate * (w - g),
        ),
        Mistake(
            "step multiplied by the weights",
            "The step is the learning rate times the gradient; the weights are only where it starts.",
            lambda w, g, rate: w - rate * g * w,
        ),
    ),
    computation="elementwise",
)

# --- gradient_descent ----------------------------------------------------------------------------


def _draw_descent(rng: np.random.Generator, landscape: str, n: int, steps: int) -> tuple[Any, ...]:
    return (
        Given(f"gradient_descent.{landscape}", local=True),
        _away_from_zero(rng, n),
        float(rng.uniform(0.05, 0.3)),
        steps,
    )


def _descent_oracle(gradient: Callable[[Array], Array], start: Array, learning_rate: float, n_steps: int) -> Any:
    import torch

    path = [_tensor(start)]
    for _ in range(n_steps):
        path.append(path[-1].add(_tensor(gradient(path[-1].numpy().copy())), alpha=-learning_rate))
    return torch.stack(path)


def _descent_with(slip: str) -> Any:
    """Return gradient_descent with one slip in it."""

    def descend(gradient: Any, start: Array, rate: float, n_steps: int) -> Any:
        w = start.copy()
        path = [w.copy()]
        for _ in range(n_steps + (slip == "one more")):
            slope = gradient(start if slip == "start" else w)
            if slip == "in turn":
                for i in range(len(w)):
                    w[i] -= rate * gradient(w)[i]
            elif slip == "unit":
                w = w - rate * slope / _length(slope)
            else:
                w = w - {"up": -rate, "rate": 1.0}.get(slip, rate) * slope
            path.append(w.copy())
        if slip == "alias":
            path = [w] * len(path)
        return np.array(path)

    return descend


GRADIENT_DESCENT = Exercise(
    "gradient_descent",
    groups=(
        Group("a tilted bowl", lambda rng: _draw_descent(rng, "tilted_bowl_slope", 3, int(rng.integers(4, 9))), 2),
        Group("a bowl with ripples", lambda rng: _draw_descent(rng, "ripple_slope", 4, int(rng.integers(5, 9))), 2),
        Group("a single step", lambda rng: _draw_descent(rng, "ripple_slope", 5, 1)),
        Group(
            "no step at all",
            lambda rng: _draw_descent(rng, "tilted_bowl_slope", 3, 0),
            edge=True,
        ),
    ),
    oracle=_descent_oracle,
    mistakes=(
        Mistake(
            "uphill",
            "The loss grows along the gradient: which way should each step go?",
            _descent_with("up"),
        ),
        Mistake(
            "start left out",
            "Row 0 is where the walk begins: is the start kept as well?",
            lambda *args: _descent_with("")(*args)[1:],
        ),
        Mistake(
            "last place only",
            "Every place of the walk is asked for, one a row, and not only the last.",
            lambda *args: _descent_with("")(*args)[-1],
        ),
        Mistake(
            "one step too few",
            "Count the rows: k steps lead through k + 1 places.",
            lambda *args: _descent_with("")(*args)[:-1],
        ),
        Mistake(
            "one step too many",
            "Count the rows: k steps lead through k + 1 places.",
            _descent_with("one more"),
        ),
        Mistake(
            "gradient of the start for every step",
            "The slope changes from place to place: where is the gradient taken for the second step?",
            _descent_with("start"),
        ),
        Mistake(
            "weights updated in turn",
            "All entries move at once, by the gradient of one place: here later entries already see the earlier ones "
            "moved.",
            _descent_with("in turn"),
        ),
        Mistake(
            "all rows the same",
            "Every row shows the end of the walk: the list keeps one array that goes on changing, so keep copies.",
            _descent_with("alias"),
        ),
        Mistake(
            "learning rate left out",
            "Each step has the size of the gradient itself: where does the learning rate come in?",
            _descent_with("rate"),
        ),
        Mistake(
            "gradient normalised",
            "A step is the learning rate times the gradient at its full length.",
            _descent_with("unit"),
        ),
    ),
    computation="iterated",
)

# --- bowl_point ----------------------------------------------------------------------------------

BOTTOM = np.array([0.0, -1.0])


def _draw_bowl(rng: np.random.Generator, rates: tuple[float, float], steps: tuple[int, int]) -> tuple[Any, ...]:
    return _away_from_zero(rng, 2, 1.5, 4.0), float(rng.uniform(*rates)), int(rng.integers(*steps))


def _draw_overshoot(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw rates at which every step leads to the other side, and a walk that ends there."""
    start, rate, half = _draw_bowl(rng, (0.6, 0.95), (1, 4))
    return start, rate, 2 * half + 1


def _bowl_oracle(start: Array, learning_rate: float, k: int) -> Any:
    import torch

    w = _tensor(start, watched=True)
    for _ in range(k):
        height = w[0] ** 2 + w[1] ** 2 + 2 * w[1] + 5
        (slope,) = torch.autograd.grad(height, w)
        w = (w - learning_rate * slope).detach().requires_grad_()
    return w.detach()


BOWL_POINT = Exercise(
    "bowl_point",
    groups=(
        Group("a few steps", lambda rng: _draw_bowl(rng, (0.05, 0.3), (2, 6)), weight=2),
        Group("many small steps", lambda rng: _draw_bowl(rng, (0.005, 0.03), (20, 40))),
        Group("an odd number of steps that overshoot", _draw_overshoot),
    ),
    oracle=_bowl_oracle,
    mistakes=(
        Mistake(
            "shrinks towards (0, 0)",
            "What shrinks is the distance from the bottom of the bowl: where is the bottom?",
            lambda w, rate, k: (1 - 2 * rate) ** k * w,
        ),
        Mistake(
            "distance instead of place",
            "That is the arrow from the bottom to the place: how do you get the place itself?",
            lambda w, rate, k: (1 - 2 * rate) ** k * (w - BOTTOM),
        ),
        Mistake(
            "curvature left out",
            "The derivative of a square brings a factor: how much shorter does one step make the distance?",
            lambda w, rate, k: BOTTOM + (1 - rate) ** k * (w - BOTTOM),
        ),
        Mistake(
            "steps added instead of multiplied",
            "Each step takes the same share of what is left, and not the same length: that is a power.",
            lambda w, rate, k: BOTTOM + (1 - 2 * rate * k) * (w - BOTTOM),
        ),
        Mistake(
            "bottom on the wrong side",
            "Where is the slope along the second weight 0? Mind the sign.",
            lambda w, rate, k: -BOTTOM + (1 - 2 * rate) ** k * (w + BOTTOM),
        ),
        Mistake(
            "one step too few",
            "After 0 steps it stands at the start, so how often has the factor been applied after k?",
            lambda w, rate, k: BOTTOM + (1 - 2 * rate) ** (k - 1) * (w - BOTTOM),
        ),
        Mistake(
            "one step too many",
            "After 0 steps it stands at the start, so how often has the factor been applied after k?",
            lambda w, rate, k: BOTTOM + (1 - 2 * rate) ** (k + 1) * (w - BOTTOM),
        ),
        Mistake(
            "one step whatever k",
            "That is the place after a single step: what do the steps after it do?",
            lambda w, rate, k: BOTTOM + (1 - 2 * rate) * (w - BOTTOM),
        ),
        Mistake(
            "start with the bottom's distance",
            "The factor belongs to the distance from the bottom, and that is added to the bottom and not to the start.",
            lambda w, rate, k: w + (1 - 2 * rate) ** k * (w - BOTTOM),
        ),
        Mistake(
            "place shrinks instead of distance",
            "The distance is start minus bottom: it shrinks, and not the start itself.",
            lambda w, rate, k: BOTTOM + (1 - 2 * rate) ** k * w,
        ),
        Mistake(
            "factor of one rate",
            "0.8 belongs to the rate 0.1: which share of the distance does another rate leave?",
            lambda w, rate, k: BOTTOM + 0.8**k * (w - BOTTOM),
        ),
        Mistake(
            "distances of one start",
            "-2 and 4 belong to one start: what are they for another?",
            lambda w, rate, k: BOTTOM + (1 - 2 * rate) ** k * np.array([-2.0, 4.0]),
        ),
        Mistake(
            "numbers of one walk",
            "-2 and 4 belong to one start, and 0.8 to the rate 0.1: what are they for others?",
            lambda w, rate, k: BOTTOM + 0.8**k * np.array([-2.0, 4.0]),
        ),
    ),
    computation="iterated",
)

# --- largest_stable_rate, condition_number -------------------------------------------------------


def _draw_features(rng: np.random.Generator, scales: bool = False, ones: bool = False) -> tuple[Array]:
    """Draw features whose curvatures differ by a known amount, along ways that lie across the axes."""
    n = int(rng.integers(3, 6))
    m = n + int(rng.integers(4, 8))
    along, across = np.linalg.qr(rng.normal(size=(m, n)))[0], np.linalg.qr(rng.normal(size=(n, n)))[0]
    features = np.sqrt(m) * (along * np.geomspace(0.5, 1.6, n)) @ across
    if scales:
        features = features * rng.permutation(np.geomspace(0.2, 6.0, n))
    if ones:
        features = np.column_stack([np.ones(m), 2.0 + np.abs(features[:, 1:])])
    return (features,)


def _curvatures(features: Array) -> Any:
    """Take the curvatures from the singular values, without ever forming a matrix of curvatures."""
    import torch

    return torch.linalg.svdvals(_tensor(features)) ** 2 / len(features)


def _hessian(features: Array) -> Array:
    return features.T @ features / len(features)


def _eigen(features: Array) -> Array:
    return np.linalg.svd(features, compute_uv=False) ** 2 / len(features)


FEATURE_GROUPS = (
    Group("typical features", _draw_features, weight=2),
    Group("features of very different size", lambda rng: _draw_features(rng, scales=True), weight=2),
    Group("features with a column of ones", lambda rng: _draw_features(rng, ones=True)),
)

LARGEST_STABLE_RATE = Exercise(
    "largest_stable_rate",
    groups=FEATURE_GROUPS,
    oracle=lambda features: 2 / _curvatures(features).max(),
    laws=(
        Law(
            "features ten times as large make the limit a hundred times smaller",
            lambda ask, x: all_close(100 * np.asarray(ask(10 * x)), ask(x)),
        ),
    ),
    mistakes=(
        Mistake(
            "half of the limit",
            "At that rate the steepest way is straight at the bottom in one step: how far beyond may a step go?",
            lambda x: 1 / _eigen(x).max(),
        ),
        Mistake(
            "smallest curvature",
            "The steepest way gives out first: which of the curvatures sets the limit?",
            lambda x: 2 / _eigen(x).min(),
        ),
        Mistake(
            "sum instead of mean",
            "The loss is a mean over the samples, and so are its curvatures.",
            lambda x: 2 / (_eigen(x).max() * len(x)),
        ),
        Mistake(
            "mean over the features",
            "The mean runs over the samples: how many rows are there?",
            lambda x: 2 / (_eigen(x).max() * len(x) / x.shape[1]),
        ),
        Mistake(
            "curvature along the axes only",
            "The steepest way may lie across the axes: the entries on the diagonal do not see it.",
            lambda x: 2 / np.diag(_hessian(x)).max(),
        ),
        Mistake(
            "sum of all curvatures",
            "Each way across the bowl has its own limit: add nothing up, find the smallest limit.",
            lambda x: 2 / _eigen(x).sum(),
        ),
        Mistake(
            "singular value not squared",
            "A curvature grows with the square of the features.",
            lambda x: 2 / np.sqrt(_eigen(x).max()),
        ),
        Mistake(
            "the curvature itself",
            "That is the largest curvature; a larger curvature calls for a smaller rate.",
            lambda x: _eigen(x).max(),
        ),
        Mistake(
            "half kept in the curvature",
            "The 2 from the square cancels the 1/2 in the loss.",
            lambda x: 4 / _eigen(x).max(),
        ),
        Mistake(
            "mean over 96 samples",
            "96 is the number of flats: how many rows have these features?",
            lambda x: 2 * 96 / (_eigen(x).max() * len(x)),
        ),
        Mistake(
            "ones added",
            "If there is a bias, its column of ones is already there.",
            lambda x: 2 / _eigen(np.column_stack([np.ones(len(x)), x])).max(),
        ),
        Mistake(
            "one limit for each way",
            "One limit for each way: which must the rate respect?",
            matches=lambda value, case: all_close(np.sort(value), np.sort(2 / _eigen(case.args[0]))),
        ),
    ),
)

CONDITION_NUMBER = Exercise(
    "condition_number",
    groups=FEATURE_GROUPS,
    oracle=lambda features: _curvatures(features).max() / _curvatures(features).min(),
    laws=(
        Law(
            "features that all grow by one factor leave it as it is",
            lambda ask, x: all_close(ask(10 * x), ask(x)),
        ),
    ),
    mistakes=(
        Mistake(
            "condition number of the features",
            "That is the ratio for the features; a curvature grows with the square of them.",
            lambda x: np.sqrt(_eigen(x).max() / _eigen(x).min()),
        ),
        Mistake(
            "upside down",
            "It is at least 1, and large when the valley is long and narrow: which curvature goes on top?",
            lambda x: _eigen(x).min() / _eigen(x).max(),
        ),
        Mistake(
            "along the axes only",
            "The steepest and the flattest way may lie across the axes: the diagonal does not see them.",
            lambda x: np.diag(_hessian(x)).max() / np.diag(_hessian(x)).min(),
        ),
        Mistake(
            "difference instead of ratio",
            "How many times steeper is asked for: that is a ratio.",
            lambda x: _eigen(x).max() - _eigen(x).min(),
        ),
        Mistake(
            "largest curvature only",
            "One curvature alone tells nothing of the shape: with what is it compared?",
            lambda x: _eigen(x).max(),
        ),
        Mistake(
            "ratio of the spreads",
            "The spreads of the columns do not tell it: features that move together matter as well.",
            lambda x: x.std(axis=0).max() / x.std(axis=0).min(),
        ),
        Mistake(
            "squared twice",
            "The matrix of curvatures holds squares of the features already.",
            lambda x: (_eigen(x).max() / _eigen(x).min()) ** 2,
        ),
    ),
)

# --- minibatch_gradient --------------------------------------------------------------------------


def _draw_regression(rng: np.random.Generator, batch: str) -> tuple[Array, ...]:
    n = 4
    m = int(rng.integers(12, 17))
    x = np.column_stack([np.ones(m), rng.normal(size=(m, n - 1))])
    y = x @ rng.normal(size=n) + rng.normal(size=m)
    size = {"one": 1}.get(batch, int(rng.integers(5, 8)))
    # Neither the first rows nor in order, so that a look at the wrong rows shows.
    chosen = 2 + rng.permutation(m - 2)[:size]
    if batch == "twice":
        chosen[-1] = chosen[0]
    return x, y, rng.normal(size=n), chosen


def _minibatch_oracle(features: Array, targets: Array, weights: Array, batch: Array) -> Any:
    import torch

    w = _tensor(weights, watched=True)
    rows = torch.tensor(batch)
    loss = torch.nn.functional.mse_loss(_tensor(features)[rows] @ w, _tensor(targets)[rows]) / 2
    return torch.autograd.grad(loss, w)[0]


def _sum_of_gradients(x: Array, y: Array, w: Array) -> Array:
    return x.T @ (x @ w - y)


MINIBATCH_GRADIENT = Exercise(
    "minibatch_gradient",
    groups=(
        Group("batches of several samples", lambda rng: _draw_regression(rng, "several"), weight=3),
        Group("batches of one sample", lambda rng: _draw_regression(rng, "one"), edge=True),
        Group("batches that hold a sample twice", lambda rng: _draw_regression(rng, "twice")),
    ),
    oracle=_minibatch_oracle,
    mistakes=(
        Mistake(
            "divided by the number of all samples",
            "The mean is that of the batch: how many samples were added up?",
            lambda x, y, w, b: _sum_of_gradients(x[b], y[b], w) / len(x),
        ),
        Mistake(
            "sum instead of mean",
            "A batch of twice the size should not make a step of twice the length.",
            lambda x, y, w, b: _sum_of_gradients(x[b], y[b], w),
        ),
        Mistake(
            "factor 2",
            "The half in the loss cancels the 2 that the square brings.",
            lambda x, y, w, b: 2 * _sum_of_gradients(x[b], y[b], w) / len(b),
        ),
        Mistake(
            "opposite sign",
            "A prediction that is too large should come down: which of the two is subtracted from the other?",
            lambda x, y, w, b: -_sum_of_gradients(x[b], y[b], w) / len(b),
        ),
        Mistake(
            "all samples",
            "That is the gradient over all samples: only the rows of the batch take part.",
            lambda x, y, w, b: _sum_of_gradients(x, y, w) / len(x),
        ),
        Mistake(
            "first rows instead of the batch",
            "The batch holds row numbers, and its samples need not stand first.",
            lambda x, y, w, b: _sum_of_gradients(x[: len(b)], y[: len(b)], w) / len(b),
        ),
        Mistake(
            "targets of other rows",
            "Features and targets of the same rows: are both picked?",
            lambda x, y, w, b: _sum_of_gradients(x[b], y[: len(b)], w) / len(b),
        ),
        Mistake(
            "one gradient for each sample",
            "These are the gradients of the single samples: their mean over the batch is asked for.",
            lambda x, y, w, b: x[b] * (x[b] @ w - y[b])[:, None],
        ),
        Mistake(
            "mean of the residuals",
            "Each sample's residual is multiplied by its own features before the mean is taken.",
            lambda x, y, w, b: x[b].mean(axis=0) * (x[b] @ w - y[b]).mean(),
        ),
        Mistake(
            "targets left out",
            "The residual is the prediction minus the target: where is the target?",
            lambda x, y, w, b: _sum_of_gradients(x[b], 0 * y[b], w) / len(b),
        ),
    ),
)

# --- train_minibatch: a trained model ------------------------------------------------------------


def _line(rng: np.random.Generator, m: int, w: Array) -> tuple[Array, Array]:
    x = np.column_stack([np.ones(m), rng.normal(size=(m, len(w) - 1))])
    return x, x @ w + rng.normal(size=m)


def _draw_known_path(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n = 15, 4
    x, y = _line(rng, m, _away_from_zero(rng, n, 0.5, 2.0))
    return x, y, float(rng.uniform(0.1, 0.3)), m, int(rng.integers(5, 9)), Rng(int(rng.integers(2**31)))


def _draw_small_batches(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw one epoch of batches of 4, 4, 4 and 2 samples."""
    m, n = 14, 3
    x, y = _line(rng, m, _away_from_zero(rng, n, 0.5, 2.0))
    return x, y, float(rng.uniform(0.1, 0.3)), 4, 1, Rng(int(rng.integers(2**31)))


def _draw_training(rng: np.random.Generator, sort: bool) -> Case:
    w = rng.permutation([1.5, -1.0, 1.0, -1.5, 1.0])
    x, y = _line(rng, 320 if sort else 96, w)
    if sort:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    # Whoever keeps the order of sorted targets ends on the largest ones, and one long-stepped pass shows it.
    rate, batch, epochs = (0.25, 10, 1) if sort else (0.1, 7, 12)
    return Case(
        (x, y, rate, batch, epochs, Rng(int(rng.integers(2**31)))),
        aside=_line(rng, 500, w),
    )


def _fitted(value: Any, case: Case) -> Array:
    """Return the weights, or raise with what is wrong with the form of what was returned."""
    features, _, _, _, epochs, _ = case.args
    due = {"weights": (features.shape[1],), "losses": (epochs,)}
    if not isinstance(value, list | tuple) or len(value) != len(due):
        raise ValueError("two things are due: weights and losses.")
    found = [as_array(part) for part in value]
    for (name, shape), part in zip(due.items(), found, strict=True):
        if part is None or part.shape != shape:
            told = "no numbers" if part is None else f"the shape {part.shape}"
            raise ValueError(f"`{name}` has {told}; {shape} is due.")
    weights, losses = (np.asarray(part, dtype=float) for part in found)
    if not math.isclose(losses[-1], _half_mse(case.args[0], case.args[1], weights), rel_tol=1e-4):
        raise ValueError("the last loss is not that of the weights, over all samples: is it measured after the epoch?")
    return weights


def _half_mse(x: Array, y: Array, w: Array) -> float:
    return float(((x @ w - y) ** 2).mean() / 2)


def _explained(value: Any, case: Case) -> float:
    features, targets = case.aside
    errors = features @ _fitted(value, case) - targets
    return float(1 - (errors**2).mean() / targets.var())


def _reference_explained(case: Case) -> float:
    from sklearn.linear_model import LinearRegression

    return float(LinearRegression().fit(*case.args[:2]).score(*case.aside))


def _train_oracle(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    import torch

    features, targets = _tensor(x), _tensor(y)
    w = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(epochs):
        for chosen in torch.tensor(rng.permutation(len(x))).split(batch):
            (slope,) = torch.autograd.grad(torch.nn.functional.mse_loss(features[chosen] @ w, targets[chosen]) / 2, w)
            with torch.no_grad():
                w -= rate * slope
        losses.append(torch.nn.functional.mse_loss(features @ w, targets).item() / 2)
    return w, losses


def _train_with(slip: str) -> Any:
    """Return train_minibatch with one slip in it."""

    def train(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
        m = len(x)
        w, losses = np.zeros(x.shape[1]), []
        if slip == "own rng":
            rng = np.random.default_rng(0)
        order = np.arange(m)
        for epoch in range(1 if slip == "one epoch" else epochs):
            if slip != "order" and (slip != "once" or epoch == 0):
                order = rng.permutation(m)
            before = _half_mse(x, y, w)
            if slip == "restart":
                w = np.zeros(x.shape[1])
            for start in range(0, m // batch * batch if slip == "rest" else m, batch):
                rows = order[start : start + batch]
                labels = np.arange(m)[start : start + batch] if slip == "features alone" else rows
                gradient = _sum_of_gradients(x[rows], y[labels], w)
                divisor = {"sum": 1, "twice": len(rows) ** 2, "all": m, "full": batch, "factor 2": len(rows) / 2}
                gradient = gradient / divisor.get(slip, len(rows))
                w = w - {"up": -rate, "still": 0.0, "rate": 1.0}.get(slip, rate) * gradient
            losses.append(before if slip == "before" else _half_mse(x, y, w) * {"no half": 2}.get(slip, 1))
        if slip == "swapped":
            return np.array(losses), w
        return w if slip == "no losses" else (w, np.array(losses))

    return train


def _train_drawing(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    """Draw every batch anew, instead of cutting one shuffled row."""
    w, losses = np.zeros(x.shape[1]), []
    for _ in range(epochs):
        for _ in range(0, len(x), batch):
            rows = rng.choice(len(x), size=min(batch, len(x)), replace=False)
            w = w - rate * _sum_of_gradients(x[rows], y[rows], w) / len(rows)
        losses.append(_half_mse(x, y, w))
    return w, np.array(losses)


def _started_elsewhere(value: Any, case: Case) -> bool:
    """Go back from the last weights of full-batch steps, and see whether the losses are those of such a walk."""
    x, y, rate, batch, epochs, _ = case.args
    if batch < len(x):
        return False
    weights, losses = (np.asarray(part, dtype=float) for part in value)
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    keeps = np.eye(x.shape[1]) - rate * _hessian(x)
    walk: list[Array] = [weights - best]
    for _ in range(epochs):
        walk.append(np.linalg.solve(keeps, walk[-1]))
    seen = [_half_mse(x, y, best + distance) for distance in walk[-2::-1]]
    return bool(np.allclose(losses, seen, rtol=1e-6) and _length(best + walk[-1]) > 1e-6)


def _every_order_is_new(ask: Any, x: Array, y: Array, rate: float, *_: Any) -> bool:
    """Tell a single order for all epochs; what the orders are made of is left to the answer."""
    once, _ = _train_with("once")(x, y, rate, 4, 3, np.random.default_rng(11))
    return not all_close(ask(x, y, rate, 4, 3, Rng(11))[0], once)


TRAIN_MINIBATCH = Exercise(
    "train_minibatch",
    groups=(
        Group("one big batch, where every step is known", _draw_known_path, weight=2),
        Group("small batches in the order of `rng`", _draw_small_batches, weight=2),
        Group(
            "mini-batches, judged on new samples",
            lambda rng: _draw_training(rng, sort=False),
            weight=2,
            reach=Reach("share of the variation explained on new samples", _explained, _reference_explained, 0.06),
        ),
        Group(
            "samples sorted by their target",
            lambda rng: _draw_training(rng, sort=True),
            reach=Reach("share of the variation explained on new samples", _explained, _reference_explained, 0.1),
        ),
    ),
    oracle=_train_oracle,
    laws=(
        Law(
            "every epoch takes the samples in a new order",
            _every_order_is_new,
            groups=("small batches in the order of `rng`",),
            hint="Each epoch has a new order: where is the shuffle?",
        ),
    ),
    kind="trained",
    parts=("weights", "losses"),
    computation="iterated",
    mistakes=(
        Mistake(
            "uphill",
            "The losses rise: the step should go against the gradient.",
            _train_with("up"),
        ),
        Mistake(
            "never updates",
            "The weights leave the loop as they entered it: is the result of the step stored?",
            _train_with("still"),
        ),
        Mistake(
            "learning rate left out",
            "The step has the size of the gradient itself: where does the learning rate come in?",
            _train_with("rate"),
        ),
        Mistake(
            "sum instead of mean",
            "The steps are as many times too long as the batch has samples: is the gradient that of the mean?",
            _train_with("sum"),
        ),
        Mistake(
            "mean taken twice",
            "The steps are as many times too short as the batch has samples: is the gradient a mean already?",
            _train_with("twice"),
        ),
        Mistake(
            "loss before the epoch",
            "The losses come one epoch late: each is measured after the steps of its epoch.",
            _train_with("before"),
        ),
        Mistake(
            "half left out of the loss",
            "The loss is half the mean of the squares.",
            _train_with("no half"),
        ),
        Mistake(
            "one epoch only",
            "One pass is not enough: how often should it go through the data?",
            _train_with("one epoch"),
        ),
        Mistake(
            "starts anew each epoch",
            "Every epoch begins at zero again: the weights are made before the first epoch, and only once.",
            _train_with("restart"),
        ),
        Mistake(
            "never shuffled",
            "Samples sorted by their target pull one way for long: which order of the samples avoids that?",
            _train_with("order"),
        ),
        Mistake(
            "last batch dropped",
            "The left-over samples are a batch, too.",
            _train_with("rest"),
        ),
        Mistake(
            "divided by the batch size",
            "The last batch may be smaller: how many samples does it hold?",
            _train_with("full"),
        ),
        Mistake(
            "divided by the number of all samples",
            "The mean is that of the batch: how many samples were added up?",
            _train_with("all"),
        ),
        Mistake(
            "gradient twice too long",
            "The half in the loss cancels the 2 that the square brings.",
            _train_with("factor 2"),
        ),
        Mistake(
            "features shuffled alone",
            "Each sample keeps its target: are features and targets put in the same order?",
            _train_with("features alone"),
        ),
        Mistake(
            "random numbers of its own",
            "The order should come from the `rng` that is handed over, and not from a new one.",
            _train_with("own rng"),
        ),
        Mistake(
            "each batch drawn anew",
            "In an epoch every sample takes part once: cut one shuffled row into batches.",
            _train_drawing,
        ),
        Mistake(
            "starts elsewhere",
            "Every step is right, but where does the walk begin? The weights start at zero.",
            matches=_started_elsewhere,
        ),
        Mistake(
            "weights and losses swapped",
            "Weights first, then the losses.",
            _train_with("swapped"),
        ),
        Mistake(
            "losses not returned",
            "Two things are asked for: the weights and the losses.",
            _train_with("no losses"),
        ),
    ),
)

# --- mended_direction: a bug hunt ----------------------------------------------------------------


def _bowl_slope(w: Array) -> Array:
    return np.array([2 * w[0], 2 * w[1] + 2])


def _mended_oracle(weights: Array) -> Any:
    w = _tensor(weights, watched=True)
    (-(w[0] ** 2 + w[1] ** 2 + 2 * w[1] + 5)).backward()
    return w.grad


MENDED_DIRECTION = Exercise(
    "mended_direction",
    groups=(
        Group("places all over the bowl", lambda rng: (_away_from_zero(rng, 2, 1.2, 5.0),), weight=2, count=3),
        Group("places near the bottom", lambda rng: (BOTTOM + _away_from_zero(rng, 2, 0.01, 0.09),)),
    ),
    oracle=_mended_oracle,
    laws=(
        Law(
            "twice as far from the bottom, the step is twice as long",
            lambda ask, w: all_close(ask(BOTTOM + 2 * (w - BOTTOM)), 2 * np.asarray(ask(w))),
        ),
    ),
    mistakes=(
        Mistake(
            "the published arrow",
            "That arrow belongs to one place, and even there only its direction fits: what is the gradient elsewhere?",
            lambda w: np.array([1.0, -2.0]),
        ),
        Mistake(
            "brought to length 1",
            "The length of the gradient is part of the step: near the bottom it should become short by itself.",
            lambda w: -_bowl_slope(w) / _length(_bowl_slope(w)),
        ),
        Mistake(
            "divided by its smallest entry",
            "Dividing out a common factor keeps the direction and loses the length: both are needed.",
            lambda w: -_bowl_slope(w) / np.abs(_bowl_slope(w)).min(),
        ),
        Mistake(
            "divided by its largest entry",
            "Dividing out a common factor keeps the direction and loses the length: both are needed.",
            lambda w: -_bowl_slope(w) / np.abs(_bowl_slope(w)).max(),
        ),
        Mistake(
            "uphill",
            "The gradient points uphill: what has to be added in order to go down?",
            _bowl_slope,
        ),
        Mistake(
            "term 2 w2 forgotten",
            "The bowl is not centred: what does the term 2 w2 add to the slope along the second weight?",
            lambda w: -2 * w,
        ),
        Mistake(
            "factor 2 lost",
            "The derivative of a square brings a factor.",
            lambda w: -_bowl_slope(w) / 2,
        ),
        Mistake(
            "learning rate built in",
            "The learning rate is multiplied later: here the plain arrow is asked for.",
            lambda w: -0.1 * _bowl_slope(w),
        ),
        Mistake(
            "the arrow of one place",
            "(4, -8) is the arrow at (-2, 3) only: what is it elsewhere?",
            lambda w: np.array([4.0, -8.0]),
        ),
        Mistake(
            "minus at the first term only",
            "The minus in front turns the sign of every term of the gradient.",
            lambda w: np.array([-2 * w[0], -2 * w[1] + 2]),
        ),
        Mistake(
            "the next place",
            "That is the place after the step: only the arrow is asked for, before the learning rate.",
            lambda w: w - 0.1 * _bowl_slope(w),
        ),
        Mistake(
            "the next place at rate 1",
            "That is the place after a step: only the arrow is asked for.",
            lambda w: w - _bowl_slope(w),
        ),
    ),
)

# --- catches_wrong_gradient: write the test ------------------------------------------------------


def _draw_claim(rng: np.random.Generator, *claims: str) -> tuple[Any, ...]:
    """Draw a function, a claim about its gradient, and a place where every entry of the gradient is long."""
    claim = claims[rng.integers(len(claims))]
    place = rng.permutation(np.array([-1.3, 1.7, 0.6, -0.8, 2.1])) + rng.uniform(-0.1, 0.1, size=5)
    function = claim.split("_slope")[0]
    return Given(f"gradient_descent.{function}"), Given(f"gradient_descent.{claim}"), place


def _measured(function: Any, point: Array) -> Array:
    """Measure each slope by a tiny step into the complex plane, which needs no difference of close numbers."""
    steps = 1e-30j * np.eye(len(point))
    return np.array([np.imag(function(point + step)) / 1e-30 for step in steps])


def _claim_oracle(function: Any, gradient: Any, point: Array) -> bool:
    return not np.allclose(gradient(point), _measured(function, point), rtol=1e-6, atol=1e-9)


def _is_high_and_flat(case: Case) -> bool:
    function, _, point = case.args
    return bool(abs(function(point)) > 1e3 * _length(_measured(function, point)))


def _forward(function: Any, point: Array, step: float) -> Array:
    moved = point + step * np.eye(len(point))
    return np.array([(function(one) - function(point)) / step for one in moved])


RIGHT_PAIR = (Given("gradient_descent.hills"), Given("gradient_descent.hills_slope"))
DOUBLED_PAIR = (Given("gradient_descent.funnel"), Given("gradient_descent.funnel_slope_doubled"))

CATCHES_WRONG_GRADIENT = Exercise(
    "catches_wrong_gradient",
    groups=(
        Group(
            "gradients that are right",
            lambda rng: _draw_claim(rng, "funnel_slope", "hills_slope", "cliff_slope", "whisper_slope"),
            weight=2,
            count=4,
        ),
        Group(
            "gradients of the wrong sign",
            lambda rng: _draw_claim(rng, "funnel_slope_uphill", "hills_slope_uphill"),
        ),
        Group(
            "gradients of the wrong size",
            lambda rng: _draw_claim(rng, "hills_slope_halved", "cliff_slope_tripled", "funnel_slope_doubled"),
        ),
        Group(
            "gradients with entries in the wrong order",
            lambda rng: _draw_claim(rng, "funnel_slope_turned", "hills_slope_turned", "cliff_slope_turned"),
            count=3,
        ),
        Group(
            "gradients with one wrong entry",
            lambda rng: _draw_claim(rng, "funnel_slope_inner", "hills_slope_inner", "cliff_slope_inner"),
            count=3,
            weight=2,
        ),
        Group(
            "gradients that are slightly wrong",
            lambda rng: _draw_claim(rng, "funnel_slope_slightly", "hills_slope_slightly", "cliff_slope_slightly"),
            count=3,
        ),
        Group(
            "right gradients of functions with large values",
            lambda rng: _draw_claim(rng, "plateau_slope"),
        ),
        Group(
            "wrong gradients of functions with large values",
            lambda rng: _draw_claim(rng, "plateau_slope_inner", "plateau_slope_slightly"),
            count=3,
        ),
        Group(
            "wrong gradients of functions with tiny values",
            lambda rng: _draw_claim(rng, "whisper_slope_inner", "whisper_slope_slightly"),
            count=3,
        ),
    ),
    oracle=_claim_oracle,
    laws=(
        Law(
            "a right gradient is never accused",
            lambda ask, f, g, p: not ask(*RIGHT_PAIR, p),
            hint="It has to tell right from wrong: what does it say of a gradient that is right?",
        ),
        Law(
            "a gradient twice too long is always caught",
            lambda ask, f, g, p: bool(ask(*DOUBLED_PAIR, p)),
            hint="It has to tell right from wrong: what does it say of a gradient that is twice too long?",
        ),
    ),
    mistakes=(
        Mistake(
            "an allowed error of fixed size",
            "Where all slopes are tiny, every error is smaller than that limit: small compared with what?",
            lambda f, g, p: bool(np.abs(g(p) - _measured(f, p)).max() > 1e-3),
        ),
        Mistake(
            "an allowed error in proportion to the function's value",
            "A function may stand high and be nearly level: compare the error with the slopes, and not with the value.",
            lambda f, g, p: bool(np.abs(g(p) - _measured(f, p)).max() > 1e-3 * abs(f(p))),
        ),
        Mistake(
            "lost in rounding",
            "Near 100 000 a tiny step changes only the last digits: is the step too small, or the allowed error?",
            matches=lambda value, case: bool(value) and _is_high_and_flat(case),
        ),
        Mistake(
            "looks at the first entry only",
            "A wrong entry may stand anywhere: how many slopes does a gradient have?",
            lambda f, g, p: not np.isclose(g(p)[0], _measured(f, p)[0], rtol=1e-4),
        ),
        Mistake(
            "compares the sums only",
            "Errors of single entries can cancel in a sum: compare entry by entry.",
            lambda f, g, p: not np.isclose(g(p).sum(), _measured(f, p).sum(), rtol=1e-4),
        ),
        Mistake(
            "compares the lengths only",
            "Two arrows of one length can point in different directions: compare entry by entry.",
            lambda f, g, p: not np.isclose(_length(g(p)), _length(_measured(f, p)), rtol=1e-4),
        ),
        Mistake(
            "allows too much",
            "An error of a few hundredths slips through: a centred difference is exact to many more digits.",
            lambda f, g, p: not np.allclose(g(p), _measured(f, p), rtol=0.1, atol=0.1 * np.abs(g(p)).max()),
        ),
        Mistake(
            "compares the directions only",
            "A gradient of the right direction can have the wrong length: compare entry by entry.",
            lambda f, g, p: bool(g(p) @ _measured(f, p) < 0.99999 * _length(g(p)) * _length(_measured(f, p))),
        ),
        Mistake(
            "accuses a gradient that is right",
            "A right gradient is called wrong: how exact is a difference quotient, and is the allowed error in "
            "proportion to the size of the slopes?",
            matches=lambda value, case: value is True,
        ),
        Mistake(
            "misses a gradient that is wrong",
            "A wrong gradient goes uncaught: is every slope measured, and compared with the claimed one?",
            lambda f, g, p: False,
        ),
        Mistake(
            "verdict upside down",
            "A right gradient is accused and a wrong one passes: True is for a gradient that is wrong.",
            lambda f, g, p: not _claim_oracle(f, g, p),
        ),
    ),
)
