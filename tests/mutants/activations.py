"""Answers to the exercises of lesson 12: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

import solutions.activations as known
from course_utils.gradient_check import numeric_gradient
from course_utils.judging import Outcome
from solutions.backpropagation import sigmoid
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED
UNDEFINED = "0 times infinity"


def _each(of_one: Callable[..., float]) -> Any:
    """Return an answer that loops over the entries and gives nested lists."""

    def loop(x: Array, *rest: Any) -> Any:
        return [loop(row, *rest) for row in x] if np.ndim(x) else of_one(float(x), *rest)

    return loop


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""
    return lambda x, *rest: answer(x.astype(np.float32), *rest)


def _in_place(x: Array, *_: Any) -> Array:
    x[x < 0] = 0.0
    return x


# --- tanh_from_sigmoid, relu, leaky_relu and their slopes ----------------------------------------


def _tanh_with_float32_powers(x: Array) -> Array:
    """Right in double precision up to 700, and never in single precision: powers of both signs, cut off."""
    large = np.clip(x, -350, 350)
    return (np.exp(large) - np.exp(-large)) / (np.exp(large) + np.exp(-large))


def _relu_by_index(x: Array) -> Array:
    result = np.array(x, dtype=float)
    result[result < 0] = 0
    return result


def _slope_by_index(x: Array) -> Array:
    result = np.zeros(x.shape)
    result[x > 0] = 1
    return result


def _leaky_by_sign(x: Array, gamma: float) -> Array:
    return np.maximum(x, 0.0) + gamma * np.minimum(x, 0.0)


# --- activation_backward -------------------------------------------------------------------------


def _back_by_cases(name: str, upstream: Array, kept: Array) -> Array:
    if name == "relu":
        return np.where(kept > 0, upstream, 0)
    if name == "tanh":
        return (1 + kept) * upstream * (1 - kept)
    return kept * upstream - kept**2 * upstream


def _back_by_loops(name: str, upstream: Array, kept: Array) -> list[list[float]]:
    slopes = {"sigmoid": lambda a: a - a * a, "tanh": lambda a: 1 - a * a, "relu": lambda x: float(x > 0)}
    return [[u * slopes[name](k) for u, k in zip(*rows, strict=True)] for rows in zip(upstream, kept, strict=True)]


def _back_one_name(name: str, upstream: Array, kept: Array) -> Array:
    return upstream * kept * (1 - kept)


def _back_in_place(name: str, upstream: Array, kept: Array) -> Array:
    upstream *= known.activation_backward(name, np.ones_like(kept), kept)
    return upstream


def _back_without_the_kink(name: str, upstream: Array, kept: Array) -> Array:
    if name != "relu":
        return known.activation_backward(name, upstream, kept)
    with np.errstate(all="ignore"):
        return upstream * np.maximum(kept, 0) / kept


# --- train_with_activation -----------------------------------------------------------------------


def _train_row_by_row(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any, f: Any, slope: Any, rate: Any, n: Any) -> Any:
    """Sum the slopes of single samples, with arrays of its own, and give everything in a list."""
    params, losses = [np.array(p) for p in (w1, b1, w2, b2)], []
    for _ in range(n):
        grads, loss = [np.zeros_like(p) for p in params], 0.0
        for row, truth in zip(x, y, strict=True):
            z = row @ params[0] + params[1]
            logits = f(z) @ params[2] + params[3]
            loss += sum(math.log1p(math.exp(-abs(o))) + max(o, 0) - t * o for o, t in zip(logits, truth, strict=True))
            delta = 1 / (1 + np.exp(-logits)) - truth
            back = params[2] @ delta * slope(z)
            for grad, part in zip(grads, (np.outer(row, back), back, np.outer(f(z), delta), delta), strict=True):
                grad += part
        losses.append(loss / y.size)
        for p, grad in zip(params, grads, strict=True):
            p -= rate * grad / y.size
    return [*params, np.array(losses)]


def _train_late_mean(*args: Any) -> Any:
    """Divide by the number of entries in the rate and not in the error term."""
    x, y, w1, b1, w2, b2, f, slope, rate, steps = args
    losses, rate = [], rate / y.size
    for _ in range(steps):
        z = x @ w1 + b1
        logits = f(z) @ w2 + b2
        probs = sigmoid(logits)
        losses.append(np.mean(np.maximum(logits, 0) - y * logits + np.log1p(np.exp(-np.abs(logits)))))
        delta = probs - y
        back = np.multiply(slope(z), np.dot(w2, delta.T).T)
        w1, b1 = w1 - rate * np.einsum("mn,mh->nh", x, back), b1 - rate * back.sum(0)
        w2, b2 = w2 - rate * f(z).T @ delta, b2 - rate * delta.sum(0)
    return w1, b1, w2, b2, tuple(losses)


def _train_in_place(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any, *rest: Any) -> Any:
    result = known.train_with_activation(x, y, w1, b1, w2, b2, *rest)
    w1 -= w1 - result[0]
    return result


def _train_shuffled(*args: Any) -> Any:
    w1, b1, w2, b2, losses = known.train_with_activation(*args)
    return losses, w1, b1, w2, b2


def _train_parameters_only(*args: Any) -> Any:
    return known.train_with_activation(*args)[:4]


def _train_with_a_relu(*args: Any) -> Any:
    return known.train_with_activation(*args[:6], known.relu, known.relu_grad, *args[8:])


def _train_with_a_plain_loss(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any, *rest: Any) -> Any:
    """Give the first loss by the letter, which overflows."""
    *params, losses = known.train_with_activation(x, y, w1, b1, w2, b2, *rest)
    logits = rest[0](x @ w1 + b1) @ w2 + b2
    return (*params, [np.mean(np.log(1 + np.exp(logits)) - y * logits), *losses[1:]])


def _train_with_logarithms(x: Any, y: Any, w1: Any, b1: Any, w2: Any, b2: Any, *rest: Any) -> Any:
    """Give the first loss by logarithms of probabilities, one of which is 0."""
    *params, losses = known.train_with_activation(x, y, w1, b1, w2, b2, *rest)
    probs = sigmoid(rest[0](x @ w1 + b1) @ w2 + b2)
    return (*params, [-np.mean(y * np.log(probs) + (1 - y) * np.log(1 - probs)), *losses[1:]])


def _train_flat_labels(x: Any, y: Any, *rest: Any) -> Any:
    return known.train_with_activation(x, y[:, 0], *rest)


# --- MyLeakyReLU ---------------------------------------------------------------------------------


def _module(compute: Callable[[torch.Tensor, float], Any], default: float = 0.01) -> type[nn.Module]:
    class Leaky(nn.Module):
        def __init__(self, gamma: float = default) -> None:
            super().__init__()
            self.gamma = gamma

        def forward(self, x: torch.Tensor) -> Any:
            return compute(x, self.gamma)

    return Leaky


def _module_by_index(x: torch.Tensor, gamma: float) -> torch.Tensor:
    result = x.clone()
    result[x <= 0] *= gamma
    return result


class _AroundTheRealOne(nn.Module):
    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.inner = nn.LeakyReLU(negative_slope)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)


class _NoDefault(nn.Module):
    def __init__(self, gamma: float) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, self.gamma * x)


class _KeptNowhere(nn.Module):
    def __init__(self, gamma: float = 0.01) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, self.gamma * x)


class _Learned(nn.Module):
    def __init__(self, gamma: float = 0.01) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.tensor(gamma))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > 0, x, self.gamma * x)


class _ForgotSuper(nn.Module):
    def __init__(self, gamma: float = 0.01) -> None:
        self.inner = nn.LeakyReLU(gamma)


# --- catches_wrong_slope -------------------------------------------------------------------------

PLACES = np.concatenate([-np.geomspace(1e-2, 1e3, 60), [0.0], np.geomspace(1e-2, 1e3, 60)])


def _catches_one_by_one(function: Any, slope: Any) -> Any:
    """Right: place by place, with math and early returns; at 0 a step to the left, elsewhere to both sides."""
    for place in (*np.linspace(-8, 8, 129), -1000.0, 1000.0):
        h = 1e-5
        ahead = place if place == 0 else place + h
        measured = (function(np.array([ahead]))[0] - function(np.array([place - h]))[0]) / (ahead - place + h)
        claimed = slope(np.array([place]))[0]
        if math.isnan(claimed) or abs(claimed - measured) > 1e-3:
            return np.True_
    return np.False_


def _catches_by_numeric_gradient(function: Any, slope: Any) -> bool:
    """Right: the course's own numeric gradient off the kink, a one-sided difference at it."""
    x = PLACES[PLACES != 0]
    measured = numeric_gradient(lambda values: function(values).sum(), x.copy())
    at_zero = (function(np.zeros(1)) - function(np.full(1, -1e-6))) / 1e-6
    found = np.concatenate([slope(x), slope(np.zeros(1))])
    return not np.allclose(found, np.concatenate([measured, at_zero]), rtol=1e-3, atol=1e-3)


def _catches_off_the_kink(function: Any, slope: Any) -> bool:
    x = PLACES[PLACES != 0]
    return not np.allclose(slope(x), (function(x + 1e-6) - function(x - 1e-6)) / 2e-6, rtol=1e-3, atol=1e-3)


def _catches_by_max(function: Any, slope: Any) -> bool:
    gap = np.abs(slope(PLACES) - (function(PLACES) - function(PLACES - 1e-6)) / 1e-6)
    return bool(gap.max() > 1e-3)


def _catches_exactly(function: Any, slope: Any) -> bool:
    return bool((slope(PLACES) != (function(PLACES) - function(PLACES - 1e-6)) / 1e-6).any())


def _catches_at(*places: float) -> Any:
    x = np.array(places)
    return lambda function, slope: not np.allclose(slope(x), (function(x) - function(x - 1e-6)) / 1e-6, atol=1e-3)


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "tanh_from_sigmoid": {
        "1 minus two tails": lambda x: 1 - 2 * sigmoid(-2 * x),
        "difference of two sigmoids": lambda x: sigmoid(2 * x) - sigmoid(-2 * x),
        "a loop": _each(math.tanh),
        "single precision": _single(known.tanh_from_sigmoid),
    },
    "relu": {
        "where": lambda x: np.where(x > 0, x, 0),
        "by index, on a copy": _relu_by_index,
        "a loop": _each(lambda value: max(0.0, value)),
        "clip": lambda x: np.clip(x, 0, None),
    },
    "relu_grad": {
        "truth values": lambda x: x > 0,
        "whole numbers": lambda x: np.where(x > 0, 1, 0),
        "by index": _slope_by_index,
        "heaviside": lambda x: np.heaviside(x, 0),
        "a loop": _each(lambda value: 1 if value > 0 else 0),
    },
    "leaky_relu": {
        "max and min": _leaky_by_sign,
        "a loop": _each(lambda value, gamma: value if value > 0 else gamma * value),
        "a factor for each entry": lambda x, g: x * np.where(x > 0, 1, g),
        "single precision": lambda x, g: np.where(x > 0, x, np.float64(g) * x),
    },
    "activation_backward": {
        "by cases": _back_by_cases,
        "loops": _back_by_loops,
        "single precision": lambda name, u, k: known.activation_backward(name, u.astype("f4"), k.astype("f4")).astype(
            "f4"
        ),
    },
    "dead_units": {
        "nothing gets through": lambda z: np.maximum(z, 0).sum(axis=0) == 0,
        "the largest input": lambda z: z.max(axis=0) <= 0,
        "a list": lambda z: [not any(value > 0 for value in column) for column in z.T],
        "zeros and ones": lambda z: 1 - (z > 0).any(axis=0).astype(int),
    },
    "train_with_activation": {"row by row": _train_row_by_row, "the mean in the rate": _train_late_mean},
    "MyLeakyReLU": {
        "around the real one": _AroundTheRealOne,
        "the function": _module(nn.functional.leaky_relu),
        "by index, on a copy": _module(_module_by_index),
        "a factor for each entry": _module(lambda x, g: x * torch.where(x > 0, 1.0, g)),
    },
    "mended_leaky_grad": {
        "a loop": _each(lambda value, gamma: 1.0 if value > 0 else gamma),
        "masks": lambda x, g: (x > 0) + g * (x <= 0),
        "from gamma upwards": lambda x, g: g + (1 - g) * (x > 0),
    },
    "catches_wrong_slope": {
        "place by place": _catches_one_by_one,
        "with the course's numeric gradient": _catches_by_numeric_gradient,
    },
}

WRONG: dict[str, list[Wrong]] = {
    "tanh_from_sigmoid": [
        Wrong("cut off at 350", _tanh_with_float32_powers, PARTLY, tells="Single precision has no room"),
        Wrong("slope of tanh", lambda x: 1 - np.tanh(x) ** 2, NOT_YET, tells="differ"),
        Wrong("cut off at 1", lambda x: np.clip(x, -1, 1), NOT_YET, tells="differ"),
        Wrong("rounded", lambda x: np.tanh(x).round(3), NOT_YET, tells="differ"),
    ],
    "relu": [
        Wrong("masked by multiplication", lambda x: x * (x > 0), PARTLY, tells=UNDEFINED),
        Wrong("half of x and its size", lambda x: 0.5 * x + 0.5 * np.abs(x), PARTLY, tells="infinity minus infinity"),
        Wrong("changes its argument", _in_place, NOT_YET, tells="changes"),
        Wrong("max of Python", lambda x: max(0, x), RAISED, tells="ValueError"),
    ],
    "relu_grad": [
        Wrong("changes its argument", _in_place, NOT_YET, tells="changes"),
        Wrong("if on an array", lambda x: 1 if x > 0 else 0, RAISED, tells="ValueError"),
        Wrong("mean slope", lambda x: (x > 0).mean(), WRONG_, tells="single number"),
    ],
    "leaky_relu": [
        Wrong("masked by multiplication", lambda x, g: x * (x > 0) + g * x * (x <= 0), PARTLY, tells=UNDEFINED),
        Wrong("changes its argument", lambda x, g: _in_place(x), NOT_YET, tells="changes"),
        Wrong("if on an array", lambda x, g: x if x > 0 else g * x, RAISED, tells="ValueError"),
        Wrong("0.2 always", lambda x, g: np.where(x > 0, x, 0.2 * x), NOT_YET, "a slope of its own"),
        Wrong("divided by gamma", lambda x, g: np.where(x > 0, x, x / g), NOT_YET, tells="differ"),
    ],
    "activation_backward": [
        Wrong("the sigmoid's slope for all", _back_one_name, PARTLY, "slope of the sigmoid for tanh"),
        Wrong("changes what comes from above", _back_in_place, WRONG_, tells="changes argument 2 in place"),
        Wrong("height over input", _back_without_the_kink, PARTLY, tells="NaN"),
        Wrong("summed over the batch", lambda *a: known.activation_backward(*a).sum(0), WRONG_, tells="shape"),
        Wrong("sign", lambda *a: -known.activation_backward(*a), WRONG_, tells="opposite sign"),
    ],
    "dead_units": [
        Wrong("mean output about 0", lambda z: np.isclose(np.maximum(z, 0).mean(axis=0), 0), NOT_YET, "about 0"),
        Wrong("sum of the inputs", lambda z: z.sum(axis=0) < 0, NOT_YET, "mean below 0"),
        Wrong("the last sample", lambda z: z[-1] <= 0, NOT_YET, tells="differ"),
        Wrong("one answer for all", lambda z: bool((z <= 0).all()), WRONG_, tells="another shape"),
        Wrong("a column", lambda z: known.dead_units(z)[:, None], WRONG_, tells="axes of length 1"),
    ],
    "train_with_activation": [
        Wrong("changes the weights", _train_in_place, WRONG_, tells="changes argument 3 in place"),
        Wrong("losses first", _train_shuffled, WRONG_, tells="w1"),
        Wrong("a loss by the letter", _train_with_a_plain_loss, PARTLY, "a loss that overflows"),
        Wrong("logarithms of probabilities", _train_with_logarithms, PARTLY, "a loss that overflows"),
        Wrong("no losses", _train_parameters_only, WRONG_, tells="things are due"),
        Wrong("an activation of its own", _train_with_a_relu, NOT_YET, tells="differ"),
        Wrong("first column of the labels", _train_flat_labels, (*NOT_YET, RAISED), tells="ValueError"),
    ],
    "MyLeakyReLU": [
        Wrong("default of 0.2", _module(lambda x, g: torch.where(x > 0, x, g * x), 0.2), PARTLY, "another default"),
        Wrong(
            "0.01 always",
            _module(lambda x, g: torch.where(x > 0, x, 0.01 * x)),
            NOT_YET,
            "the slope handed in is not used",
        ),
        Wrong("maximum", _module(lambda x, g: torch.maximum(x, g * x)), PARTLY, "the larger of x and slope times x"),
        Wrong("minus", _module(lambda x, g: torch.where(x > 0, x, -g * x)), WRONG_, "sign on the left"),
        Wrong("no leak", _module(lambda x, g: x.relu()), WRONG_, "ReLU"),
        Wrong("slope", _module(lambda x, g: torch.where(x > 0, 1.0, g)), WRONG_, "the slope instead of the value"),
        Wrong("swapped", _module(lambda x, g: torch.where(x > 0, g * x, x)), WRONG_, "sides swapped"),
        Wrong("a height", _module(lambda x, g: torch.where(x > 0, x, g)), WRONG_, "a height on the left"),
        Wrong("masked", _module(lambda x, g: x * (x > 0) + g * x * (x <= 0)), PARTLY, tells=UNDEFINED),
        Wrong("clamps", _module(lambda x, g: x.clamp(min=0) + g * x.clamp(max=0)), PARTLY, tells="At exactly 0"),
        Wrong("right side at 0", _module(lambda x, g: torch.where(x >= 0, x, g * x)), PARTLY, tells="At exactly 0"),
        Wrong("two ReLUs", _module(lambda x, g: x.relu() - g * (-x).relu()), PARTLY, tells="At exactly 0"),
        Wrong("cut off", _module(lambda x, g: torch.where(x > 0, x, g * x.detach())), PARTLY, tells="cut the way"),
        Wrong(
            "by NumPy",
            _module(lambda x, g: torch.tensor(known.leaky_relu(x.detach().numpy(), g), dtype=torch.float32)),
            PARTLY,
            tells="cut the way",
        ),
        Wrong("needs a slope", _NoDefault, PARTLY, tells="gamma"),
        Wrong("keeps the slope nowhere", _KeptNowhere, RAISED, tells="gamma"),
        Wrong("learns the slope", _Learned, WRONG_, tells="nothing here is to be learned"),
        Wrong("forgot super", _ForgotSuper, RAISED, tells="`super().__init__()`"),
        Wrong("a plain function", lambda g=0.01: g, WRONG_, tells="not an `nn.Module`"),
    ],
    "mended_leaky_grad": [
        Wrong("changes its argument", lambda x, g: _in_place(x), NOT_YET, tells="changes"),
        Wrong("if on an array", lambda x, g: 1 if x > 0 else g, RAISED, tells="ValueError"),
        Wrong("one minus gamma", lambda x, g: np.where(x > 0, 1.0, 1 - g), NOT_YET, tells="differ"),
    ],
    "catches_wrong_slope": [
        Wrong("no tolerance at all", _catches_exactly, PARTLY, "accuses every slope"),
        Wrong("off the kink only", _catches_off_the_kink, PARTLY, "never looks at 0"),
        Wrong("the largest gap", _catches_by_max, PARTLY, "NaN slips through"),
        Wrong("three places", _catches_at(-1.0, 0.0, 1.0), PARTLY, "looks near 0 only"),
        Wrong("one place", _catches_at(1.0), PARTLY, "looks above 0 only"),
        Wrong("in words", lambda f, s: "wrong" if _catches_by_max(f, s) else "right", WRONG_, tells="not "),
        Wrong("compares two arrays with if", lambda f, s: bool(s(PLACES) == f(PLACES)), RAISED, tells="ValueError"),
    ],
}
