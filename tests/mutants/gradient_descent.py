"""Answers to the exercises of lesson 02: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import solutions.gradient_descent as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        return answer(*(a.astype(np.float32) if isinstance(a, Array) and a.dtype == float else a for a in args))

    return in_float32


# --- directions ----------------------------------------------------------------------------------


def _slope_by_angle(gradient: Array, direction: Array) -> float:
    """Multiply the length of the gradient by the cosine of the angle."""
    length = math.sqrt(sum(g * g for g in gradient))
    cosine = np.dot(gradient, direction) / np.linalg.norm(gradient) / np.linalg.norm(direction)
    return length * math.cos(math.acos(cosine))


def _slope_loop(gradient: Array, direction: Array) -> float:
    total = 0.0
    for g, d in zip(gradient, direction, strict=True):
        total += g * d
    return total / sum(d**2 for d in direction) ** 0.5


def _steepest_branchless(gradient: Array) -> Array:
    return -gradient / (np.linalg.norm(gradient) or 1.0)


def _steepest_nan(gradient: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.nan_to_num(-gradient / np.sqrt(np.sum(gradient**2)))


def _steepest_in_place(gradient: Array) -> Array:
    if gradient.any():
        gradient /= -np.linalg.norm(gradient)
    return gradient


# --- steps and walks -----------------------------------------------------------------------------


def _step_loop(weights: Array, gradient: Array, learning_rate: float) -> Array:
    moved = np.empty_like(weights)
    for index in np.ndindex(weights.shape):
        moved[index] = weights[index] - learning_rate * gradient[index]
    return moved


def _step_in_place(weights: Array, gradient: Array, learning_rate: float) -> Array:
    weights -= learning_rate * gradient
    return weights


def _walk_filled(gradient: Any, start: Array, learning_rate: float, n_steps: int) -> Array:
    path = np.empty((n_steps + 1, len(start)))
    path[0] = start
    for k in range(n_steps):
        path[k + 1] = path[k] - learning_rate * gradient(path[k])
    return path


def _walk_recursive(gradient: Any, start: Array, learning_rate: float, n_steps: int) -> list[Any]:
    if n_steps == 0:
        return [start]
    return [start, *_walk_recursive(gradient, start - learning_rate * gradient(start), learning_rate, n_steps - 1)]


def _walk_in_place(gradient: Any, start: Array, learning_rate: float, n_steps: int) -> Array:
    path = [start.copy()]
    for _ in range(n_steps):
        start -= learning_rate * gradient(start)
        path.append(start.copy())
    return np.array(path)


def _walk_backwards(*args: Any) -> Array:
    return known.gradient_descent(*args)[::-1]


def _bowl_by_steps(start: Array, learning_rate: float, k: int) -> Array:
    w1, w2 = start
    for _ in range(k):
        w1, w2 = w1 - learning_rate * 2 * w1, w2 - learning_rate * (2 * w2 + 2)
    return np.array([w1, w2])


def _bowl_entries(start: Array, learning_rate: float, k: int) -> tuple[float, float]:
    return (1 - 2 * learning_rate) ** k * start[0], -1 + (1 - 2 * learning_rate) ** k * (start[1] + 1)


def _bowl_in_turn_wrong(start: Array, learning_rate: float, k: int) -> Array:
    w1, _ = _bowl_entries(start, learning_rate, k)
    return np.array([w1, w1])


# --- curvatures ----------------------------------------------------------------------------------


def _rate_by_norm(features: Array) -> float:
    return 2 * len(features) / np.linalg.norm(features, 2) ** 2


def _rate_by_power(features: Array) -> float:
    """Find the largest curvature by multiplying again and again."""
    hessian = sum(np.outer(x, x) for x in features) / len(features)
    arrow = np.ones(len(hessian))
    for _ in range(5000):
        arrow = hessian @ arrow
        arrow /= np.linalg.norm(arrow)
    return 2 / (arrow @ hessian @ arrow)


def _rate_by_samples(features: Array) -> float:
    return 2 / np.linalg.eigvalsh(features @ features.T / len(features))[-1]


def _condition_inverse(features: Array) -> float:
    hessian = features.T @ features
    return np.linalg.norm(hessian, 2) * np.linalg.norm(np.linalg.inv(hessian), 2)


# --- batches -------------------------------------------------------------------------------------


def _batch_loop(features: Array, targets: Array, weights: Array, batch: Array) -> Array:
    total = np.zeros_like(weights)
    for i in batch:
        residual = sum(x * w for x, w in zip(features[i], weights, strict=True)) - targets[i]
        total += residual * features[i]
    return total / len(batch)


def _batch_mean(features: Array, targets: Array, weights: Array, batch: Array) -> Array:
    residuals = features[batch] @ weights - targets[batch]
    return (residuals[:, None] * features[batch]).mean(axis=0)


def _batch_unique(features: Array, targets: Array, weights: Array, batch: Array) -> Array:
    return known.minibatch_gradient(features, targets, weights, np.unique(batch))


def _train_split(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    w, losses = np.zeros(x.shape[1]), []
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for rows in np.split(order, range(batch, len(y), batch)):
            w = w - rate * _batch_loop(x, y, w, rows)
        losses.append(0.5 * np.mean((y - x @ w) ** 2))
    return [w, losses]


def _train_shuffled_copies(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    """Shuffle copies of the data anew, so that the orders build on each other."""
    w, losses = np.zeros(x.shape[1]), []
    for _ in range(epochs):
        order = rng.permutation(len(y))
        x, y = x[order], y[order]
        for start in range(0, len(y), batch):
            residual = x[start : start + batch] @ w - y[start : start + batch]
            w = w - rate * x[start : start + batch].T @ residual / len(residual)
        losses.append(((x @ w - y) ** 2).mean() / 2)
    return w, np.array(losses)


def _train_drops_the_rest(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    return _train_shuffled_copies(x[: -(len(x) // 2)], y[: -(len(x) // 2)], rate, batch, epochs, rng)


def _train_random_start(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    w, losses = np.random.default_rng(1).normal(size=x.shape[1]), []
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(y)), range(batch, len(y), batch)):
            w = w - rate * known.minibatch_gradient(x, y, w, rows)
        losses.append(((x @ w - y) ** 2).mean() / 2)
    return w, losses


def _train_in(orders: Any) -> Any:
    """Return a training that takes the rows of each epoch from ``orders(m, batch, epochs, rng)``."""

    def train(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
        w, losses = np.zeros(x.shape[1]), []
        for order in orders(len(y), batch, epochs, rng):
            for rows in np.split(order, range(batch, len(y), batch)):
                w = w - rate * known.minibatch_gradient(x, y, w, rows)
            losses.append(((x @ w - y) ** 2).mean() / 2)
        return w, losses

    return train


_train_once = _train_in(lambda m, batch, epochs, rng: [rng.permutation(m)] * epochs)
_train_replacing = _train_in(lambda m, batch, epochs, rng: [rng.integers(0, m, size=m) for _ in range(epochs)])
_train_other_rng = _train_in(lambda m, batch, epochs, rng: [np.random.default_rng(42).permutation(m)] * epochs)
_train_shuffling_rows = _train_in(lambda m, batch, epochs, rng: _shuffled_again(m, epochs, rng))


def _shuffled_again(m: int, epochs: int, rng: Any) -> Any:
    rows = np.arange(m)
    for _ in range(epochs):
        rng.shuffle(rows)
        yield rows


def _train_loss_of_batch(x: Array, y: Array, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    weights, losses = known.train_minibatch(x, y, rate, batch, epochs, rng)
    return weights, losses + 0.5


# --- the test that catches it --------------------------------------------------------------------


def _catch_allclose(function: Any, gradient: Any, point: Array) -> bool:
    h = 1e-6
    slopes = [(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))]
    return not np.allclose(gradient(point), slopes, rtol=1e-4, atol=1e-4 * np.abs(slopes).max())


def _catch_relative(function: Any, gradient: Any, point: Array) -> Any:
    claimed = gradient(point)
    for i in range(len(point)):
        step = np.zeros(len(point))
        step[i] = 1e-5
        slope = (function(point + step) - function(point - step)) / 2e-5
        if abs(slope - claimed[i]) / max(1e-8, abs(slope) + abs(claimed[i])) > 1e-4:
            return np.True_
    return np.False_


def _catch_one_sided(function: Any, gradient: Any, point: Array) -> bool:
    h = 1e-6
    slopes = np.array([(function(point + h * e) - function(point)) / h for e in np.eye(len(point))])
    return bool(np.abs(slopes - gradient(point)).max() > 1e-3 * np.abs(slopes).max())


def _catch_coarse(function: Any, gradient: Any, point: Array) -> bool:
    slopes = [(function(point + 0.1 * e) - function(point)) / 0.1 for e in np.eye(len(point))]
    return not np.allclose(gradient(point), slopes, rtol=1e-5)


def _catch_absolute(function: Any, gradient: Any, point: Array) -> bool:
    h = 1e-6
    slopes = np.array([(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))])
    return bool(np.abs(slopes - gradient(point)).max() > 1e-12)


def _catch_with(h: float, limit: Any) -> Any:
    """Return a test with centred differences of step h that allows ``limit(function, point, slopes)``."""

    def catch(function: Any, gradient: Any, point: Array) -> bool:
        slopes = np.array([(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))])
        return bool(np.abs(slopes - gradient(point)).max() > limit(function, point, slopes))

    return catch


def _catch_last(function: Any, gradient: Any, point: Array) -> bool:
    step = 1e-6 * np.eye(len(point))[-1]
    slope = (function(point + step) - function(point - step)) / 2e-6
    return not np.isclose(slope, gradient(point)[-1], rtol=1e-4)


def _catch_identical(function: Any, gradient: Any, point: Array) -> bool:
    h = 1e-5
    slopes = [(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))]
    return bool((gradient(point) != slopes).any())


def _catch_in_place(function: Any, gradient: Any, point: Array) -> bool:
    verdict = known.catches_wrong_gradient(function, gradient, point)
    point += 1e-6
    return verdict


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "directional_derivative": {
        "length times cosine": _slope_by_angle,
        "a loop": _slope_loop,
        "float32": lambda g, d: np.float32(_single(known.directional_derivative)(g, d)),
    },
    "steepest_direction": {
        "length or 1": _steepest_branchless,
        "nan made to 0": _steepest_nan,
        "a list": lambda g: [-x / (math.hypot(*g) or 1) for x in g],
    },
    "descent_step": {
        "a loop": _step_loop,
        "a sum of two": lambda w, g, rate: np.add(w, np.multiply(-rate, g)),
        "float32": _single(known.descent_step),
    },
    "gradient_descent": {
        "rows filled in": _walk_filled,
        "recursion that gives a list": _walk_recursive,
    },
    "bowl_point": {
        "step by step": _bowl_by_steps,
        "entry by entry, as a tuple": _bowl_entries,
        "step by step in float32": _single(_bowl_by_steps),
    },
    "largest_stable_rate": {
        "spectral norm": _rate_by_norm,
        "power iteration": _rate_by_power,
        "samples times samples": _rate_by_samples,
    },
    "condition_number": {
        "square of the features' condition number": lambda x: np.linalg.cond(x) ** 2,
        "norm times norm of the inverse": _condition_inverse,
        "singular values": lambda x: (lambda s: s[0] ** 2 / s[-1] ** 2)(np.linalg.svd(x)[1]),
    },
    "minibatch_gradient": {
        "sample by sample": _batch_loop,
        "mean of the products": _batch_mean,
        "float32": _single(known.minibatch_gradient),
    },
    "train_minibatch": {
        "splits, gives lists": _train_split,
        "shuffles copies": _train_shuffled_copies,
        "shuffles row numbers in place": _train_shuffling_rows,
    },
    "mended_direction": {
        "towards the bottom": lambda w: 2 * (np.array([0, -1]) - w),
        "a tuple": lambda w: (-2 * w[0], -2 * (w[1] + 1)),
        "float32": _single(lambda w: -2 * w - np.array([0, 2], dtype=np.float32)),
    },
    "catches_wrong_gradient": {
        "np.allclose": _catch_allclose,
        "relative error, entry by entry": _catch_relative,
        "one-sided differences with a mild limit": _catch_one_sided,
    },
}

WRONG: dict[str, list[Wrong]] = {
    "directional_derivative": [
        Wrong("rounded", lambda g, d: round(known.directional_derivative(g, d), 6), NOT_YET, tells="differ"),
        Wrong("as a row", lambda g, d: np.array([known.directional_derivative(g, d)]), WRONG_, tells="another shape"),
        Wrong("outer product", lambda g, d: np.outer(g, d) / np.linalg.norm(d), WRONG_, tells="another shape"),
        Wrong("changes the direction", lambda g, d: _direction_in_place(g, d), WRONG_, tells="changes argument 2"),
    ],
    "steepest_direction": [
        Wrong("changes the gradient", _steepest_in_place, NOT_YET, tells="changes argument 1 in place"),
        Wrong(
            "plus a millionth",
            lambda g: -g / (np.linalg.norm(g) + 1e-6),
            NOT_YET,
            "a small constant in the denominator",
        ),
        Wrong(
            "a small constant, for 0 only too large",
            lambda g: -g / max(np.linalg.norm(g), 1e-3),
            PARTLY,
            tells="very small and very large gradients",
        ),
        Wrong("one arrow for all", lambda g: np.eye(len(g))[0], NOT_YET, tells="differ"),
        Wrong("one for all entries", lambda g: -g[0] / abs(g[0]) if g.any() else 0.0, WRONG_, tells="another shape"),
    ],
    "descent_step": [
        Wrong("changes the weights", _step_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("mean of the gradient", lambda w, g, rate: w - rate * g.mean(), PARTLY, tells="differ"),
        Wrong("half a step", lambda w, g, rate: w - rate * g / 2, NOT_YET, tells="differ"),
        Wrong("flattened", lambda w, g, rate: (w - rate * g).ravel(), PARTLY, tells="matrix of weights"),
        Wrong("two steps", lambda w, g, rate: w - 2 * rate * g, NOT_YET, tells="differ"),
    ],
    "gradient_descent": [
        Wrong("changes the start", _walk_in_place, NOT_YET, tells="changes argument 2 in place"),
        Wrong("backwards", _walk_backwards, NOT_YET, tells="differ"),
        Wrong("transposed", lambda *args: known.gradient_descent(*args).T, WRONG_, tells="transposed"),
        Wrong(
            "calls the gradient without a place",
            lambda gradient, w, rate, k: np.array([w - rate * gradient() for _ in range(k + 1)]),
            RAISED,
            tells="TypeError",
        ),
        Wrong("rounded", lambda *args: known.gradient_descent(*args).round(3), NOT_YET, tells="differ"),
    ],
    "bowl_point": [
        Wrong("both entries the same", _bowl_in_turn_wrong, WRONG_, tells="differ"),
        Wrong("rounded", lambda *args: known.bowl_point(*args).round(3), NOT_YET, tells="differ"),
        Wrong(
            "never negative", lambda w, r, k: BOTTOM + abs(1 - 2 * r) ** k * (w - BOTTOM), NOT_YET, tells="overshoot"
        ),
        Wrong("the height", lambda w, r, k: float((known.bowl_point(w, r, k) ** 2).sum()), WRONG_, tells="shape"),
        Wrong("e to the power", lambda w, r, k: BOTTOM + np.exp(-2 * r * k) * (w - BOTTOM), WRONG_, tells="differ"),
    ],
    "largest_stable_rate": [
        Wrong(
            "all the limits",
            lambda x: 2 / np.linalg.eigvalsh(x.T @ x / len(x)),
            WRONG_,
            "one limit for each way",
            tells="which must the rate respect?",
        ),
        Wrong("limit found by guessing", lambda x: 0.01, WRONG_, tells="differs"),
        Wrong("largest entry", lambda x: 2 / np.abs(x.T @ x / len(x)).max() ** 2, WRONG_, tells="differs"),
        Wrong("centred first", lambda x: known.largest_stable_rate(x - x.mean(axis=0)), NOT_YET, tells="differs"),
    ],
    "condition_number": [
        Wrong("always 1", lambda x: 1.0, WRONG_, tells="differs"),
        Wrong("centred first", lambda x: _condition_centred(x), NOT_YET, tells="differs"),
        Wrong("square root", lambda x: known.condition_number(x) ** 0.25, WRONG_, tells="differs"),
        Wrong("as a row", lambda x: np.array([known.condition_number(x)]), WRONG_, tells="another shape"),
    ],
    "minibatch_gradient": [
        Wrong("each row once", _batch_unique, PARTLY, tells="batches that hold a sample twice"),
        Wrong("only the last of the batch", lambda x, y, w, b: _batch_mean(x, y, w, b[-1:]), PARTLY, tells="differ"),
        Wrong("a column", lambda x, y, w, b: _batch_mean(x, y, w, b)[:, None], WRONG_, tells="axes of length 1"),
        Wrong("half", lambda x, y, w, b: _batch_mean(x, y, w, b) / 2, WRONG_, tells="half of what it should be"),
        Wrong("the loss", lambda x, y, w, b: ((x[b] @ w - y[b]) ** 2).mean() / 2, WRONG_, tells="another shape"),
    ],
    "train_minibatch": [
        Wrong("half of the samples", _train_drops_the_rest, NOT_YET, tells="differ"),
        Wrong("random start", _train_random_start, NOT_YET, "starts elsewhere", tells="weights start at zero"),
        Wrong("shuffled once", _train_once, PARTLY, tells="Each epoch has a new order: where is the shuffle?"),
        Wrong("draws with replacement", _train_replacing, PARTLY, tells="differ"),
        Wrong("one order for all, from another seed", _train_other_rng, PARTLY, tells="differ"),
        Wrong("losses of something else", _train_loss_of_batch, WRONG_, tells="differ"),
        Wrong("a number", lambda *args: 0.95, WRONG_, tells="weights, losses"),
        Wrong("all weights", lambda *args: (known.train_minibatch(*args)[0][None], []), WRONG_, tells="shape"),
    ],
    "mended_direction": [
        Wrong("the other order", lambda w: known.mended_direction(w)[::-1], WRONG_, tells="differ"),
        Wrong("the bottom", lambda w: np.array([0.0, -1.0]), WRONG_, tells="differ"),
        Wrong("its length", lambda w: float(np.linalg.norm(known.mended_direction(w))), WRONG_, tells="another shape"),
        Wrong("straight to the bottom", lambda w: np.array([0, -1]) - 1.5 * w, WRONG_, tells="differ"),
    ],
    "catches_wrong_gradient": [
        Wrong("coarse one-sided differences", _catch_coarse, WRONG_, "accuses a gradient that is right"),
        Wrong("a limit without proportion", _catch_absolute, NOT_YET, "accuses a gradient that is right"),
        Wrong("wants identical numbers", _catch_identical, WRONG_, "accuses a gradient that is right"),
        Wrong(
            "allows a thousandth, whatever the slopes",
            _catch_with(1e-5, lambda f, p, slopes: 1e-3),
            PARTLY,
            "an allowed error of fixed size",
        ),
        Wrong(
            "allows a thousandth at least",
            _catch_with(1e-5, lambda f, p, slopes: 1e-3 * max(1, np.abs(slopes).max())),
            PARTLY,
            "an allowed error of fixed size",
        ),
        Wrong(
            "allows a thousandth of the value",
            _catch_with(1e-5, lambda f, p, slopes: 1e-3 * abs(f(p))),
            PARTLY,
            "an allowed error in proportion to the function's value",
        ),
        Wrong(
            "a step of a millionth of a millionth",
            _catch_with(1e-12, lambda f, p, slopes: 1e-3 * np.abs(slopes).max()),
            PARTLY,
            "lost in rounding",
        ),
        Wrong("the last entry only", _catch_last, PARTLY, "looks at the first entry only"),
        Wrong("changes the point", _catch_in_place, WRONG_, tells="changes argument 3 in place"),
        Wrong("a word", lambda f, g, p: "wrong", WRONG_, tells="not True or False"),
        Wrong("one verdict for each entry", lambda f, g, p: g(p) > 0, WRONG_, tells="another shape"),
    ],
}

BOTTOM = np.array([0.0, -1.0])


def _direction_in_place(gradient: Array, direction: Array) -> float:
    direction /= np.linalg.norm(direction)
    return float(gradient @ direction)


def _condition_centred(features: Array) -> float:
    centred = features - features.mean(axis=0)
    return known.condition_number(centred + 1e-3 * np.eye(*features.shape))
