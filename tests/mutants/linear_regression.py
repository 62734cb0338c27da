"""Answers to the exercises of lesson 01: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

import solutions.linear_regression as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        return answer(*(a.astype(np.float32) if isinstance(a, Array) else a for a in args))

    return in_float32


# --- predict_line and half_mse -------------------------------------------------------------------


def _predict_loop(features: Array, w: Array, b: float) -> list[float]:
    return [b + sum(x * weight for x, weight in zip(row, w, strict=True)) for row in features]


def _half_mse_loop(y_true: Array, y_pred: Array) -> float:
    total = 0.0
    for i in range(len(y_true)):
        total += (y_pred[i] - y_true[i]) ** 2
    return total / (2 * len(y_true))


def _half_mse_in_place(y_true: Array, y_pred: Array) -> float:
    y_true -= y_pred
    return float((y_true**2).mean() / 2)


# --- half_mse_slopes -----------------------------------------------------------------------------


def _slopes_loop(features: Array, y_true: Array, w: Array, b: float) -> tuple[Array, float]:
    grad_w, grad_b = np.zeros(len(w)), 0.0
    for x, y in zip(features, y_true, strict=True):
        residual = x @ w + b - y
        grad_w += residual * x / len(y_true)
        grad_b += residual / len(y_true)
    return grad_w, grad_b


def _slopes_by_squares(features: Array, y_true: Array, w: Array, b: float) -> tuple[Array, Any]:
    """Use the quadratic form: the matrix of the normal equations times theta, minus the right side."""
    wide = np.hstack([features, np.ones((len(features), 1))])
    slopes = (wide.T @ wide @ np.append(w, b) - wide.T @ y_true) / len(y_true)
    return slopes[:-1], slopes[-1]


def _slopes_by_differences(features: Array, y_true: Array, w: Array, b: float) -> tuple[Array, float]:
    """One-sided differences, too coarse to be called right."""
    step = 1e-4
    base = known.half_mse(y_true, features @ w + b)
    moved = [known.half_mse(y_true, features @ (w + step * unit) + b) for unit in np.eye(len(w))]
    return (np.array(moved) - base) / step, (known.half_mse(y_true, features @ w + b + step) - base) / step


# --- fit_least_squares ---------------------------------------------------------------------------


def _fit_lstsq(features: Array, y_true: Array) -> tuple[Array, Any]:
    wide = np.column_stack([np.ones(len(features)), features])
    theta = np.linalg.lstsq(wide, y_true, rcond=None)[0]
    return theta[1:], theta[0]


def _fit_centred(features: Array, y_true: Array) -> tuple[Array, float]:
    x, y = features - features.mean(axis=0), y_true - y_true.mean()
    w = np.linalg.inv(x.T @ x) @ x.T @ y
    return w, y_true.mean() - features.mean(axis=0) @ w


def _fit_by_descent(features: Array, y_true: Array) -> tuple[Array, float]:
    """A hundred steps of descent: on the way, but not there."""
    w, b = np.zeros(features.shape[1]), 0.0
    for _ in range(100):
        grad_w, grad_b = known.half_mse_slopes(features, y_true, w, b)
        w, b = w - 1e-3 * grad_w, b - 1e-3 * grad_b
    return w, b


def _fit_ridge(features: Array, y_true: Array) -> tuple[Array, float]:
    wide = np.column_stack([features, np.ones(len(features))])
    theta = np.linalg.solve(wide.T @ wide + 1e-3 * np.eye(wide.shape[1]), wide.T @ y_true)
    return theta[:-1], theta[-1]


_WRONG_END = "bias taken from the end, ones in front"


def _fit_from_the_wrong_end(features: Array, y_true: Array) -> tuple[Array, float]:
    wide = np.column_stack([np.ones(len(features)), features])
    theta = np.linalg.solve(wide.T @ wide, wide.T @ y_true)
    return theta[:-1], theta[-1]


# --- features, layers, parameters ----------------------------------------------------------------


def _features_loop(sides: Array) -> Array:
    return np.array([[a, b, a * a, a * b, b * b] for a, b in sides])


def _collapse_by_columns(w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Array]:
    """Send the origin and the unit vectors through both layers."""
    origin = b1 @ w2 + b2
    rows = [(unit @ w1 + b1) @ w2 + b2 - origin for unit in np.eye(len(w1))]
    return np.stack(rows), origin


def _collapse_by_sums(w1: Array, b1: Array, w2: Array, b2: Array) -> list[Any]:
    w = np.zeros((w1.shape[0], w2.shape[1]))
    b = b2.copy()
    for k in range(w1.shape[1]):
        w += np.outer(w1[:, k], w2[k])
        b = b + b1[k] * w2[k]
    return [w, b]


def _count_loop(sizes: list[int]) -> int:
    total = 0
    for layer in range(1, len(sizes)):
        total += (sizes[layer - 1] + 1) * sizes[layer]
    return total


def _count_arrays(sizes: list[int]) -> int:
    s = np.array(sizes)
    return int(s[:-1] @ s[1:] + s[1:].sum())


# --- catches_affine_stack ------------------------------------------------------------------------


def _catches_by_plane(f: Any, low: float, high: float) -> bool:
    """Fit a plane to a grid of points by least squares and look at what is left."""
    axis = np.linspace(low, high, 15)
    points = np.array([[a, b] for a in axis for b in axis])
    w, b = known.fit_least_squares(points, f(points))
    return bool(np.allclose(points @ w + b, f(points), atol=1e-8))


def _catches_by_slopes(f: Any, low: float, high: float) -> Any:
    """Read the plane off three corners and compare it with the function at many points."""
    corner, right, up = f(np.array([[low, low], [high, low], [low, high]]))
    points = np.random.default_rng(1).uniform(low, high, size=(300, 2))
    t = (points - low) / (high - low)
    plane = corner + t[:, 0] * (right - corner) + t[:, 1] * (up - corner)
    return np.all(np.abs(plane - f(points)) < 1e-6)


def _catches_by_loop(f: Any, low: float, high: float) -> bool:
    """Try points between two others, one pair at a time."""
    rng = np.random.default_rng(2)
    for _ in range(200):
        p, q = rng.uniform(low, high, size=(2, 2))
        t = rng.uniform()
        between = f(np.array([p + t * (q - p)]))[0]
        if abs(between - (1 - t) * f(p[None])[0] - t * f(q[None])[0]) > 1e-7:
            return False
    return True


def _catches_exactly(f: Any, low: float, high: float) -> bool:
    p, q = np.random.default_rng(3).uniform(low, high, size=(2, 500, 2))
    return bool((f((p + q) / 2) == (f(p) + f(q)) / 2).all())


def _catches_the_stack_itself(f: Any, low: float, high: float) -> Any:
    p, q = np.random.default_rng(3).uniform(low, high, size=(2, 500, 2))
    return np.abs(f((p + q) / 2) - (f(p) + f(q)) / 2) < 1e-9


def _catches_within(tolerance: float) -> Any:
    def catches(f: Any, low: float, high: float) -> bool:
        p, q = np.random.default_rng(3).uniform(low, high, size=(2, 500, 2))
        return bool(np.abs(f((p + q) / 2) - (f(p) + f(q)) / 2).max() < tolerance)

    return catches


def _catches_by_allclose(f: Any, low: float, high: float) -> bool:
    p, q = np.random.default_rng(4).uniform(low, high, size=(2, 300, 2))
    return np.allclose(f((p + q) / 2), (f(p) + f(q)) / 2)


def _catches_with_two_pairs(f: Any, low: float, high: float) -> bool:
    p, q = np.random.default_rng(5).uniform(low, high, size=(2, 2, 2))
    return bool(np.abs(f((p + q) / 2) - (f(p) + f(q)) / 2).max() < 1e-9)


# --- train_linear --------------------------------------------------------------------------------


def _train_numpy(
    features: Array, targets: Array, learning_rate: float, epochs: int
) -> tuple[Array, Array, list[float]]:
    w, b, losses = np.zeros((features.shape[1], 1)), np.zeros(1), []
    for _ in range(epochs):
        residuals = features @ w + b - targets
        losses.append(float((residuals**2).mean()))
        w = w - learning_rate * 2 * features.T @ residuals / len(features)
        b = b - learning_rate * 2 * residuals.mean(axis=0)
    return w, b, losses


def _train_autograd(features: Array, targets: Array, learning_rate: float, epochs: int) -> Any:
    """Update the parameters by hand and clear the gradients at the end; losses stay tensors."""
    x, y = torch.tensor(features), torch.tensor(targets)
    w = torch.zeros(x.shape[1], 1, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(epochs):
        loss = ((x @ w + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for parameter in (w, b):
                parameter -= learning_rate * parameter.grad
                parameter.grad.zero_()
        losses.append(loss)
    return w, b, losses


def _train_torch(features: Array, targets: Array, rate: float, epochs: int, slip: str) -> Any:
    """The loop of the lesson with one of its lines missing or misplaced."""
    x, y = torch.tensor(features), torch.tensor(targets)
    model = nn.Linear(x.shape[1], 1, dtype=x.dtype)
    if slip != "random start":
        nn.init.zeros_(model.weight)
        nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    losses = []
    for _ in range(epochs):
        loss = nn.functional.mse_loss(model(x), y.ravel() if slip == "row of targets" else y)
        if slip != "no zero_grad":
            optimizer.zero_grad()
        if slip == "step before backward":
            optimizer.step()
        loss.backward()
        if slip == "step before backward":
            losses.append(loss.item())
            continue
        if slip == "cleared before the step":
            optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    if slip == "only the last loss":
        losses = losses[-1:]
    weight = model.weight.detach().numpy()
    return weight if slip == "weight only" else (weight.T, model.bias.detach().numpy(), losses)


def _train_with(slip: str) -> Any:
    return lambda *args: _train_torch(*args, slip)


# --- same_shape_mse and has_settled --------------------------------------------------------------


def _mse_loop(y_true: Array, y_pred: Array) -> float:
    pairs = list(zip(y_true.flatten(), y_pred.flatten(), strict=True))
    return sum((a - b) ** 2 for a, b in pairs) / len(pairs)


def _mse_columns(y_true: Array, y_pred: Array) -> Array:
    m = len(y_true)
    return np.square(y_true.reshape(m, 1) - y_pred.reshape(m, 1)).mean()


def _settled_ratio(losses: Array, window: int, tolerance: float) -> Any:
    if losses.size < 2 * window:
        return False
    now, before = np.mean(losses[-window:]), np.mean(losses[losses.size - 2 * window : losses.size - window])
    return now / before >= 1 - tolerance


def _settled_loop(losses: Array, window: int, tolerance: float) -> bool:
    recent = list(losses)[::-1]
    if len(recent) < window * 2:
        return False
    now = sum(recent[:window])
    before = sum(recent[window : 2 * window])
    return not (before - now) / before > tolerance


def _settled_number(losses: Array, window: int, tolerance: float) -> float:
    before, now = losses[-2 * window : -window].mean(), losses[-window:].mean()
    return (before - now) / before


def _looks_settled(losses: Array, steps: int, tolerance: float) -> bool:
    """Copy of the function that the lesson prints."""
    height_of_figure = losses[0]
    fall = losses[-steps] - losses[-1]
    return bool(fall / height_of_figure <= tolerance)


def _looks_settled_guarded(losses: Array, steps: int, tolerance: float) -> bool:
    return len(losses) >= 2 * steps and _looks_settled(losses, steps, tolerance)


def _settled_by_later(losses: Array, window: int, tolerance: float) -> bool:
    if len(losses) < 2 * window:
        return False
    return bool(losses[-2 * window : -window].mean() / losses[-window:].mean() - 1 <= tolerance)


def _settled_by_places(share: float) -> Any:
    """Compare one loss of each window, at the same share of its length."""

    def settled(losses: Array, window: int, tolerance: float) -> bool:
        if len(losses) < 2 * window:
            return False
        place = min(int(share * window), window - 1)
        before, now = losses[-2 * window :][place], losses[-window:][place]
        return bool(before - now <= tolerance * before)

    return settled


_ON_THE_AXIS = "measured on the axis of the figure"

RIGHT: dict[str, dict[str, Any]] = {
    "predict_line": {
        "a loop": _predict_loop,
        "sum of products": lambda x, w, b: (x * w).sum(axis=1) + b,
        "float32": _single(known.predict_line),
    },
    "half_mse": {
        "a loop": _half_mse_loop,
        "dot product": lambda y, p: (y - p) @ (y - p) / len(y) / 2,
        "float32": _single(lambda y, p: ((y - p) ** 2).mean() / 2),
    },
    "half_mse_slopes": {
        "a loop": _slopes_loop,
        "from the normal equations": _slopes_by_squares,
        "float32": _single(lambda x, y, w, b: (x.T @ (x @ w + b - y) / len(y), (x @ w + b - y).mean())),
    },
    "fit_least_squares": {"lstsq, ones in front": _fit_lstsq, "centred, with the inverse": _fit_centred},
    "trapezoid_features": {
        "a loop": _features_loop,
        "stacked": lambda s: np.hstack([s, s[:, :1] * s, s[:, 1:] ** 2]),
        "float32": _single(known.trapezoid_features),
    },
    "collapse_affine": {
        "unit vectors": _collapse_by_columns,
        "sums of outer products": _collapse_by_sums,
        "float32": _single(known.collapse_affine),
    },
    "count_parameters": {"a loop": _count_loop, "arrays": _count_arrays},
    "catches_affine_stack": {
        "fits a plane": _catches_by_plane,
        "plane through three corners": _catches_by_slopes,
        "a loop over pairs": _catches_by_loop,
        "allclose": _catches_by_allclose,
    },
    "train_linear": {"NumPy": _train_numpy, "autograd without an optimizer": _train_autograd},
    "same_shape_mse": {
        "a loop": _mse_loop,
        "columns": _mse_columns,
        "float32": _single(lambda y, p: np.square(y.ravel() - p.ravel()).mean()),
    },
    "has_settled": {"a ratio": _settled_ratio, "a loop": _settled_loop},
}

WRONG: dict[str, list[Wrong]] = {
    "predict_line": [
        Wrong("features transposed", lambda x, w, b: x.T @ w + b, RAISED, tells="inner sizes"),
        Wrong("a column", lambda x, w, b: (x @ w + b)[:, None], WRONG_, tells="axes of length 1"),
        Wrong("first sample only", lambda x, w, b: x[0] @ w + b, (WRONG_, PARTLY), tells="a single number"),
        Wrong("rounded", lambda x, w, b: np.round(x @ w + b, 2), NOT_YET, tells="differ"),
    ],
    "half_mse": [
        Wrong(
            "divided by m - 1", lambda y, p: ((y - p) ** 2).sum() / (2 * max(len(y) - 1, 1)), PARTLY, tells="differs"
        ),
        Wrong("residuals plus", lambda y, p: ((y + p) ** 2).mean() / 2, NOT_YET, tells="differs"),
        Wrong("changes the targets", _half_mse_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("negative", lambda y, p: -((y - p) ** 2).mean() / 2, NOT_YET, tells="differs"),
    ],
    "half_mse_slopes": [
        Wrong("one-sided differences", _slopes_by_differences, NOT_YET, tells="grad_w"),
        Wrong("weights only", lambda x, y, w, b: x.T @ (x @ w + b - y) / len(y), WRONG_, tells="grad_w, grad_b"),
        Wrong(
            "matrix instead of vector",
            lambda x, y, w, b: (x * (x @ w + b - y)[:, None], (x @ w + b - y).mean()),
            WRONG_,
            tells="grad_w",
        ),
        Wrong(
            "bias slope of weights",
            lambda x, y, w, b: (known.half_mse_slopes(x, y, w, b)[0], known.half_mse_slopes(x, y, w, b)[0].mean()),
            NOT_YET,
            tells="grad_b",
        ),
    ],
    "fit_least_squares": [
        Wrong("ones in front, bias from the end", _fit_from_the_wrong_end, NOT_YET, _WRONG_END, "column of ones"),
        Wrong("a hundred steps of descent", _fit_by_descent, NOT_YET, tells="differ"),
        Wrong("a little ridge", _fit_ridge, NOT_YET, tells="differ"),
        Wrong(
            "not square",
            lambda x, y: (np.linalg.solve(x, y), 0.0),
            RAISED,
            tells="LinAlgError",
        ),
        Wrong(
            "bias as an array",
            lambda x, y: (known.fit_least_squares(x, y)[0], np.array([known.fit_least_squares(x, y)[1]])),
            WRONG_,
            tells="axes of length 1",
        ),
    ],
    "trapezoid_features": [
        Wrong("a list of columns", lambda s: [s[:, 0], s[:, 1]], WRONG_, tells="another shape"),
        Wrong("area itself", lambda s: 0.5 * (s[:, 0] + s[:, 1]) * s[:, 0], WRONG_, tells="another shape"),
        Wrong("squares swapped", lambda s: known.trapezoid_features(s)[:, [0, 1, 4, 3, 2]], NOT_YET, tells="differ"),
    ],
    "collapse_affine": [
        Wrong("wrong order", lambda w1, b1, w2, b2: (w2 @ w1, b2), RAISED, tells="inner sizes"),
        Wrong(
            "bias as a row",
            lambda w1, b1, w2, b2: (w1 @ w2, (b1 @ w2 + b2)[None]),
            WRONG_,
            tells="axes of length 1",
        ),
        Wrong("weights alone", lambda w1, b1, w2, b2: w1 @ w2, WRONG_, tells="w, b"),
        Wrong("sign of the bias", lambda w1, b1, w2, b2: (w1 @ w2, b2 - b1 @ w2), WRONG_, tells="differ"),
    ],
    "count_parameters": [
        Wrong("all pairs of layers", lambda s: sum(a * b for a in s for b in s), NOT_YET, tells="the number differs"),
        Wrong("product", lambda s: int(np.prod(s)), NOT_YET, tells="the number differs"),
        Wrong("one for each layer", lambda s: [a * b + b for a, b in pairwise(s)], WRONG_, tells="shape"),
        Wrong("calls itself", lambda s: _for_ever(s), RAISED, tells="RecursionError"),
    ],
    "catches_affine_stack": [
        Wrong("exact equality", _catches_exactly, NOT_YET, "calls an affine function bent", "rounded"),
        Wrong("a tolerance of 50", _catches_within(50), NOT_YET, "lets a bent function pass"),
        Wrong("a tolerance of 0.1", _catches_within(0.1), NOT_YET, "takes a small bend for rounding"),
        Wrong("a tolerance of 0.001", _catches_within(1e-3), NOT_YET, "takes a small bend for rounding"),
        Wrong("two random pairs", _catches_with_two_pairs, NOT_YET, "misses a corner"),
        Wrong("one verdict a point", _catches_the_stack_itself, WRONG_, tells="another shape"),
        Wrong("one input", lambda f, low, high: bool(f(np.ones((9, 1))).max()), RAISED, tells="inner sizes"),
        Wrong("a word", lambda f, low, high: "affine", WRONG_, tells="it is a str, not True or False"),
    ],
    "train_linear": [
        Wrong("no zero_grad", _train_with("no zero_grad"), NOT_YET, "gradients never cleared"),
        Wrong("cleared before the step", _train_with("cleared before the step"), NOT_YET, "parameters never move"),
        Wrong("step before backward", _train_with("step before backward"), NOT_YET, "parameters never move"),
        Wrong("random start", _train_with("random start"), WRONG_, tells="two answers"),
        Wrong("row of targets", _train_with("row of targets"), NOT_YET, tells="differ"),
        Wrong("only the last loss", _train_with("only the last loss"), WRONG_, tells="things are due"),
        Wrong("weight only", _train_with("weight only"), WRONG_, tells="w, b, losses"),
        Wrong("layout of PyTorch", lambda *a: _as_torch_stores(*a), (WRONG_, PARTLY), tells="transposed"),
    ],
    "same_shape_mse": [
        Wrong("the last pair", lambda y, p: float((np.ravel(y)[-1] - np.ravel(p)[-1]) ** 2), NOT_YET, tells="differs"),
        Wrong("the outer product", lambda y, p: float(np.outer(y, p).mean()), NOT_YET, tells="differs"),
        Wrong("flips one", lambda y, p: float(((y.ravel() - p.ravel()[::-1]) ** 2).mean()), NOT_YET, tells="differs"),
        Wrong("a list", lambda y, p: [known.same_shape_mse(y, p)], WRONG_, tells="axes of length 1"),
    ],
    "has_settled": [
        Wrong("the printed function", _looks_settled, NOT_YET, "the printed function unchanged", "linear axis"),
        Wrong("the printed function with a guard", _looks_settled_guarded, NOT_YET, _ON_THE_AXIS, "linear axis"),
        Wrong("divided by the later mean", _settled_by_later, NOT_YET, "share of the later mean"),
        Wrong(
            "the first loss of each window", _settled_by_places(0), NOT_YET, "one loss of each window", "two windows"
        ),
        Wrong(
            "the middle loss of each window", _settled_by_places(0.5), NOT_YET, "one loss of each window", "two windows"
        ),
        Wrong("the last loss of each window", _settled_by_places(1), NOT_YET, "one loss of each window", "two windows"),
        Wrong("the share itself", _settled_number, NOT_YET, tells="differs"),
        Wrong("a word", lambda losses, window, tolerance: "yes", WRONG_, tells="it is a str, not True or False"),
        Wrong(
            "sorts the losses", lambda losses, window, tolerance: _sorts(losses), WRONG_, tells="argument 1 in place"
        ),
        Wrong("counts", lambda losses, window, tolerance: len(losses), NOT_YET, tells="differs"),
    ],
}


def _for_ever(sizes: list[int]) -> Any:
    return _for_ever(sizes)


def _as_torch_stores(*args: Any) -> Any:
    w, b, losses = known.train_linear(*args)
    return w.T, b, losses


def _sorts(losses: Array) -> bool:
    losses.sort()
    return True
