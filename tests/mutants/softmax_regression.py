"""Answers to the exercises of lesson 05: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

import solutions.softmax_regression as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED
ONE_SUM = "one sum for the whole batch"
SMALL = "a small constant inside the logarithm"
EVAL = "scores in training and something else in evaluation"


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        return answer(*(a.astype(np.float32) if isinstance(a, Array) and a.dtype == float else a for a in args))

    return in_float32


# --- one_hot -------------------------------------------------------------------------------------


def _one_hot_loop(labels: Array, n_classes: int) -> list[list[int]]:
    return [[int(column == label) for column in range(n_classes)] for label in labels]


def _one_hot_no_init(labels: Array, n_classes: int) -> Array:
    labels -= 1
    return np.eye(n_classes)[labels + 1]


# --- softmax -------------------------------------------------------------------------------------


def _softmax_loop(logits: Array) -> Array:
    result = np.empty_like(logits)
    for i, row in enumerate(logits):
        powers = [np.exp(score - max(row)) for score in row]
        for j, power in enumerate(powers):
            result[i, j] = power / sum(powers)
    return result


def _softmax_by_differences(logits: Array) -> Array:
    """Use 1 / sum_k exp(z_k - z_j), which needs no separate shift."""
    with np.errstate(over="ignore"):
        return 1 / np.exp(logits[:, None, :] - logits[:, :, None]).sum(axis=2)


def _softmax_in_place(logits: Array) -> Array:
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True)
    return logits


def _softmax_clipped(logits: Array) -> Array:
    powers = np.exp(np.clip(logits, -500, 500))
    return powers / powers.sum(axis=1, keepdims=True)


_noise = np.random.default_rng(0)
_seen: list[int] = []
PAIRS = "products of entries instead of all pairs"
PICKED = "picks whole rows or columns"


def _softmax_remembering(logits: Array) -> Array:
    _seen.append(1)
    return known.softmax(logits) + len(_seen)


# --- catches_unstable_softmax ---------------------------------------------------------------------

_EVERYDAY = np.random.default_rng(5).normal(size=(5, 3))
_TOWER = np.array([[0.0, 1800.0, 1.0], [-800.0, 0.5, 2.0]])


def _catches_by_properties(implementation: Any) -> bool:
    """Check sums, ratios and that a shift of a row changes nothing; no softmax is computed."""
    with np.errstate(all="ignore"):
        shares = np.asarray(implementation(_EVERYDAY))
        moved = np.asarray(implementation(_EVERYDAY + 700 * np.arange(-2, 3)[:, None]))
        high = np.asarray(implementation(_TOWER))
        ratios = np.log(shares[:, :1] / shares)
        right = (
            np.allclose(shares.sum(axis=1), 100)
            and np.allclose(ratios, _EVERYDAY[:, :1] - _EVERYDAY)
            and np.allclose(moved, shares)
            and np.allclose(high.sum(axis=1), 100)
        )
    return not right


def _catches_with_loops(implementation: Any) -> int:
    """Answer 1 or 0, from one number after the other."""
    with np.errstate(all="ignore"):
        for batch in (_EVERYDAY, _EVERYDAY + 900, _EVERYDAY * 1000, _TOWER):
            for scores, shares in zip(batch.tolist(), np.asarray(implementation(batch)).tolist(), strict=True):
                powers = [math.exp(score - max(scores)) for score in scores]
                for power, share in zip(powers, shares, strict=True):
                    if not abs(share - 100 * power / sum(powers)) < 1e-6:
                        return 1
    return 0


def _catches_exactly(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not all((implementation(z) == 100 * known.softmax(z)).all() for z in (_EVERYDAY, _EVERYDAY * 1000))


def _catches_shares(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not np.allclose(implementation(_EVERYDAY), known.softmax(_EVERYDAY))


def _catches_sums(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not np.allclose(implementation(_EVERYDAY).sum(axis=1), 100)


def _catches_nan(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.isnan(implementation(np.vstack([_EVERYDAY * 1000, _TOWER]))).any())


# --- softmax_jacobian ----------------------------------------------------------------------------


def _jacobian_loop(logits: Array) -> Array:
    a = known.softmax(logits[None])[0]
    c = len(a)
    return np.array([[a[i] * ((i == j) - a[j]) for j in range(c)] for i in range(c)])


def _jacobian_differences(logits: Array) -> Array:
    """Take one-sided differences, too coarse to be called right."""
    step = 1e-4
    base = known.softmax(logits[None])[0]
    moved = known.softmax(logits[None] + step * np.eye(len(logits)))
    return (moved - base).T / step


def _jacobian_measured(h: float) -> Any:
    """Measure with central differences, as the lesson does."""

    def measure(logits: Array) -> Array:
        step = h * np.eye(len(logits))
        return (known.softmax(logits[None] + step) - known.softmax(logits[None] - step)).T / (2 * h)

    return measure


def _jacobian_of(product: Any) -> Any:
    return lambda z: np.diag(a := known.softmax(z[None])[0]) - product(a)


def _one_hot_in_every_row(labels: Array, n_classes: int) -> Array:
    result = np.zeros((len(labels), n_classes))
    result[:, labels] = 1
    return result


# --- log_softmax ---------------------------------------------------------------------------------


def _log_softmax_loop(logits: Array) -> Array:
    rows = []
    for row in logits:
        top = row.max()
        rows.append(row - (top + np.log(sum(np.exp(score - top) for score in row))))
    return np.stack(rows)


def _log_softmax_one_sum(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum())


# --- mean_cross_entropy --------------------------------------------------------------------------


def _cross_entropy_one_hot(logits: Array, labels: Array) -> Array:
    targets = np.eye(logits.shape[1])[labels]
    return np.array(-(targets * known.log_softmax(logits)).sum(axis=1).mean())


def _cross_entropy_floor(tiny: float, add: bool) -> Any:
    def floored(logits: Array, labels: Array) -> float:
        a = known.softmax(logits)[np.arange(len(labels)), labels]
        return float(-np.log(a + tiny if add else np.maximum(a, tiny)).mean())

    return floored


# --- softmax_ce_delta ----------------------------------------------------------------------------


def _delta_loop(logits: Array, targets: Array) -> Array:
    """Add up a - e_j over the ones of a row."""
    a = known.softmax(logits)
    delta = np.zeros_like(a)
    for i, j in zip(*np.nonzero(targets), strict=True):
        delta[i] += a[i]
        delta[i, j] -= 1
    return delta


def _delta_jacobian(logits: Array, targets: Array) -> Array:
    """Use the chain rule with the Jacobian of the softmax."""
    rows = [
        known.softmax_jacobian(z).T @ (-t / known.softmax(z[None])[0]) for z, t in zip(logits, targets, strict=True)
    ]
    return np.array(rows)


# --- joint_probabilities -------------------------------------------------------------------------


def _joint_loop(scores: Array) -> Array:
    rows = []
    for row in scores:
        odds = [p / (1 - p) for p in row]
        rows.append([o / sum(odds) for o in odds])
    return np.array(rows)


# --- minibatches ---------------------------------------------------------------------------------


def _batches_by_split(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> list[Any]:
    order = rng.permutation(len(labels))
    cuts = range(batch_size, len(labels), batch_size)
    return [(features[part], labels[part]) for part in np.split(order, cuts)]


def _batches_by_queue(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    left = list(rng.permutation(features.shape[0]))
    while left:
        now, left = left[:batch_size], left[batch_size:]
        yield np.stack([features[i] for i in now]), np.array([labels[i] for i in now])


class _BatchesAsClass:
    """Give batches through ``__next__`` instead of ``yield``."""

    def __init__(self, features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> None:
        order = rng.permutation(len(features))
        self.features, self.labels, self.size, self.at = features[order], labels[order], batch_size, 0

    def __iter__(self) -> _BatchesAsClass:
        return self

    def __next__(self) -> tuple[Array, Array]:
        if self.at >= len(self.features):
            raise StopIteration
        part = slice(self.at, self.at + self.size)
        self.at += self.size
        return self.features[part], self.labels[part]


def _new_order_every_batch(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    for start in range(0, len(features), batch_size):
        chosen = rng.permutation(len(features))[: len(features) - start][:batch_size]
        yield features[chosen], labels[chosen]


def _order_in_the_loop(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    for start in range(0, len(features), batch_size):
        chosen = rng.permutation(len(features))[start : start + batch_size]
        yield features[chosen], labels[chosen]


def _one_batch_too_many(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    order = rng.permutation(len(features))
    for number in range(len(features) // batch_size + 1):
        chosen = order[number * batch_size : (number + 1) * batch_size]
        yield features[chosen], labels[chosen]


def _own_random_state(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    yield from known.minibatches(features, labels, batch_size, np.random.default_rng(3))


def _order_backwards(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    order = rng.permutation(len(features))[::-1]
    for start in range(0, len(features), batch_size):
        yield features[order[start : start + batch_size]], labels[order[start : start + batch_size]]


def _shuffles_in_place(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    order = rng.permutation(len(features))
    features[:], labels[:] = features[order], labels[order]
    for start in range(0, len(features), batch_size):
        yield features[start : start + batch_size].copy(), labels[start : start + batch_size].copy()


def _features_only(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    for chosen, _ in known.minibatches(features, labels, batch_size, rng):
        yield chosen


def _never_ends(features: Array, labels: Array, batch_size: int, rng: np.random.Generator) -> Iterator[Any]:
    while True:
        yield from known.minibatches(features, labels, batch_size, rng)


# --- softmax_step --------------------------------------------------------------------------------


def _step_by_samples(features: Array, targets: Array, weights: Array, bias: Array) -> dict[str, Any]:
    """Add up the outer products of single samples; keys in another order."""
    m = len(features)
    logits = np.array([x @ weights + bias for x in features])
    probs = known.softmax(logits)
    delta = (probs - targets) / m
    return {
        "grad_bias": sum(delta[i] for i in range(m)),
        "grad_weights": sum(np.outer(features[i], delta[i]) for i in range(m)),
        "delta": delta,
        "loss": sum(known.mean_cross_entropy(logits[i : i + 1], targets[i : i + 1].argmax(axis=1)) for i in range(m))
        / m,
        "probs": probs,
        "logits": logits,
    }


def _step_with_column(features: Array, targets: Array, weights: Array, bias: Array) -> dict[str, Any]:
    """Put the bias into the weights as one more row."""
    wide = np.hstack([features, np.ones((len(features), 1))])
    tall = np.vstack([weights, bias])
    step = known.softmax_step(wide, targets, tall, np.zeros_like(bias))
    return {**step, "grad_weights": step["grad_weights"][:-1], "grad_bias": step["grad_weights"][-1], "extra": None}


def _step_in_single(*args: Array) -> dict[str, Any]:
    step = _single(known.softmax_step)(*args)
    return {**step, "loss": np.float32(step["loss"])}


def _changed_step(**changes: Any) -> Any:
    """Return softmax_step with some of its results changed after the fact."""

    def step(features: Array, targets: Array, weights: Array, bias: Array) -> dict[str, Any]:
        result = known.softmax_step(features, targets, weights, bias)
        return {**result, **{name: change(result[name]) for name, change in changes.items()}}

    return step


def _step_without_a_key(*args: Array) -> dict[str, Any]:
    result = known.softmax_step(*args)
    del result["grad_bias"]
    return result


def _step_with_log_of_softmax(features: Array, targets: Array, weights: Array, bias: Array) -> dict[str, Any]:
    result = known.softmax_step(features, targets, weights, bias)
    naive = np.exp(result["logits"])
    probs = naive / naive.sum(axis=1, keepdims=True)
    return {**result, "probs": probs, "loss": -(targets * np.log(probs)).sum() / len(features)}


# --- train_softmax -------------------------------------------------------------------------------


def _train_loop(
    x: Array, y: Array, c: int, rate: float, size: int, epochs: int, rng: np.random.Generator, out_of_place: bool = True
) -> Any:
    """Write every step out, with one index array shuffled for each epoch."""
    weights, bias, losses = np.zeros((x.shape[1], c)), np.zeros(c), []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            batch, labels = x[order[start : start + size]], y[order[start : start + size]]
            probs = known.softmax(batch @ weights + bias)
            losses.append(known.mean_cross_entropy(batch @ weights + bias, labels))
            probs[np.arange(len(labels)), labels] -= 1
            weights = weights - rate * batch.T @ probs / len(labels)
            bias = bias - rate * probs.mean(axis=0)
    return weights, bias, np.array(losses)


def _train_shuffled_data(x: Array, y: Array, c: int, rate: float, size: int, epochs: int, rng: Any) -> Any:
    """Shuffle copies of the data anew each epoch, so that the orders build on each other."""
    weights, bias, losses = np.zeros((x.shape[1], c)), np.zeros(c), []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        x, y = x[order], y[order]
        for start in range(0, len(x), size):
            targets = known.one_hot(y[start : start + size], c)
            step = known.softmax_step(x[start : start + size], targets, weights, bias)
            losses.append(step["loss"])
            weights, bias = weights - rate * step["grad_weights"], bias - rate * step["grad_bias"]
    return [weights, bias, losses]


def _random_start(x: Array, y: Array, c: int, rate: float, size: int, epochs: int, rng: Any) -> Any:
    weights, bias, losses = np.random.default_rng(1).normal(size=(x.shape[1], c)), np.zeros(c), []
    for _ in range(epochs):
        for features, targets in known.minibatches(x, known.one_hot(y, c), size, rng):
            step = known.softmax_step(features, targets, weights, bias)
            losses.append(step["loss"])
            weights, bias = weights - rate * step["grad_weights"], bias - rate * step["grad_bias"]
    return weights, bias, losses


def _weights_transposed(*args: Any) -> Any:
    weights, bias, losses = known.train_softmax(*args)
    return weights.T, bias, losses


FEW = "not one loss for every batch"


def _losses_cut(cut: Any) -> Any:
    def train(*args: Any) -> Any:
        weights, bias, losses = known.train_softmax(*args)
        return weights, bias, cut(losses, args[5])

    return train


def _means(losses: list[float], epochs: int) -> list[float]:
    return np.reshape(losses, (epochs, -1)).mean(axis=1).tolist()


def _used_up(x: Array, y: Array, c: int, rate: float, size: int, epochs: int, rng: Any) -> Any:
    """Make the generator once, so that from the second epoch on it gives nothing."""
    weights, bias, losses = np.zeros((x.shape[1], c)), np.zeros(c), []
    batches = known.minibatches(x, known.one_hot(y, c), size, rng)
    for _ in range(epochs):
        for features, targets in batches:
            step = known.softmax_step(features, targets, weights, bias)
            losses.append(step["loss"])
            weights, bias = weights - rate * step["grad_weights"], bias - rate * step["grad_bias"]
    return weights, bias, losses


def _train_by(whole_slope: bool = False, whole_loss: bool = False, fixed: bool = False) -> Any:
    """Return training that takes the slope or the loss of the whole set, or the same order in each epoch."""

    def train(x: Array, y: Array, c: int, rate: float, size: int, epochs: int, rng: Any) -> Any:
        weights, bias, losses = np.zeros((x.shape[1], c)), np.zeros(c), []
        every = known.one_hot(y, c)
        for _ in range(epochs):
            for batch in known.minibatches(x, every, size, np.random.default_rng(0) if fixed else rng):
                own, whole = (known.softmax_step(*data, weights, bias) for data in (batch, (x, every)))
                losses.append((whole if whole_loss else own)["loss"])
                step = whole if whole_slope else own
                weights, bias = weights - rate * step["grad_weights"], bias - rate * step["grad_bias"]
        return weights, bias, losses

    return train


def _whole_data_every_step(x: Array, y: Array, c: int, rate: float, size: int, epochs: int, rng: Any) -> Any:
    return known.train_softmax(x, y, c, rate * 0.01, len(x), epochs, rng)


# --- SoftmaxRegression ---------------------------------------------------------------------------


class ByParameters(nn.Module):
    """Hold the parameters by hand, with the shapes of nn.Linear."""

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_classes, n_features) * 0.01)
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1) @ self.weight.T + self.bias


class ByReshape(nn.Module):
    """Reshape instead of nn.Flatten; other attribute names."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.out = nn.Linear(inputs, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(x.reshape(x.shape[0], -1))


def _ending_in(last: Any) -> type[nn.Module]:
    """Return the model with something after its scores."""

    class Ending(known.SoftmaxRegression):
        def forward(self, images: torch.Tensor) -> Any:
            return last(super().forward(images))

    return Ending


class _DropsOut(known.SoftmaxRegression):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores = super().forward(images)
        return scores * 2 if self.training else scores


class _SoftmaxInEvaluation(known.SoftmaxRegression):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores = super().forward(images)
        return scores if self.training else scores.softmax(dim=1)


class _LayerKeptNowhere(nn.Module):
    def __init__(self, n: int, c: int) -> None:
        super().__init__()
        self.sizes = n, c

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return nn.Linear(*self.sizes)(images.flatten(1))


class _OwnLayout(nn.Module):
    """Right: the weights as the lesson writes them, (n_features, n_classes)."""

    def __init__(self, n: int, c: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(n, c))
        self.bias = nn.Parameter(torch.zeros(c))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1) @ self.weights + self.bias


class _NoBias(nn.Module):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(n_features, n_classes, bias=False))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


class _NoFlatten(nn.Module):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_features, n_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.linear(images)


class _SizesSwapped(_NoFlatten):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__(n_classes, n_features)


class _ForgotSuper(nn.Module):
    def __init__(self, n_features: int, n_classes: int) -> None:
        self.linear = nn.Linear(n_features, n_classes)


class _HiddenLayer(nn.Module):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(n_features, 9), nn.ReLU(), nn.Linear(9, n_classes))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


class _WrongMethodName(nn.Module):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(n_features, n_classes))

    def foward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


class _Frozen(known.SoftmaxRegression):
    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__(n_features, n_classes)
        self.requires_grad_(False)


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "one_hot": {
        "loops that give lists": _one_hot_loop,
        "comparison, as truth values": lambda y, c: y[:, None] == np.arange(c),
        "rows of the identity in float32": lambda y, c: np.eye(c, dtype=np.float32)[y],
    },
    "softmax": {
        "loops": _softmax_loop,
        "float32": _single(known.softmax),
        "differences of scores": _softmax_by_differences,
        "exponential of the log-softmax": lambda z: np.exp(known.log_softmax(z)),
    },
    "catches_unstable_softmax": {
        "properties": _catches_by_properties,
        "loops, 1 or 0": _catches_with_loops,
    },
    "softmax_jacobian": {
        "loops": _jacobian_loop,
        "float32": _single(known.softmax_jacobian),
        "a times (identity minus a)": lambda z: (a := known.softmax(z[None])[0])[:, None] * (np.eye(len(a)) - a),
    },
    "log_softmax": {
        "loops with the shift added back": _log_softmax_loop,
        "float32": _single(known.log_softmax),
        "logaddexp": lambda z: z - np.logaddexp.reduce(z, axis=1, keepdims=True),
    },
    "mean_cross_entropy": {
        "one-hot rows, as an array": _cross_entropy_one_hot,
        "float32": lambda z, y: np.float32(_single(known.mean_cross_entropy)(z, y)),
        "logaddexp": lambda z, y: np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]),
    },
    "softmax_ce_delta": {
        "one slope for each one": _delta_loop,
        "chain rule with the Jacobian": _delta_jacobian,
        "float32": _single(known.softmax_ce_delta),
    },
    "joint_probabilities": {
        "loops": _joint_loop,
        "softmax of the logits": lambda p: known.softmax(np.log(p) - np.log1p(-p)),
        "reciprocal odds": lambda p: 1 / (1 / p - 1) / (1 / (1 / p - 1)).sum(axis=1, keepdims=True),
    },
    "minibatches": {
        "a list of splits": _batches_by_split,
        "sample by sample": _batches_by_queue,
        "an iterator class": _BatchesAsClass,
    },
    "softmax_step": {
        "sample by sample": _step_by_samples,
        "bias as one more row": _step_with_column,
        "float32": _step_in_single,
    },
    "train_softmax": {
        "written out": _train_loop,
        "shuffles copies, gives a list": _train_shuffled_data,
    },
    "SoftmaxRegression": {
        "weights as the lesson writes them": _OwnLayout,
        "parameters by hand": ByParameters,
        "reshape": ByReshape,
    },
}

WRONG: dict[str, list[Wrong]] = {
    "one_hot": [
        Wrong("a colon for the rows", _one_hot_in_every_row, NOT_YET, "ones in all rows"),
        Wrong("changes the labels", _one_hot_no_init, WRONG_, tells="in place"),
        Wrong("scaled down", lambda y, c: np.eye(c)[y] / 2, WRONG_, tells="factor 1/2 too many"),
        Wrong("fixed number of classes", lambda y, c: np.eye(10)[y], WRONG_, tells="another shape"),
        Wrong("words instead of numbers", lambda y, c: "one hot", WRONG_, tells="it is a str, not numbers"),
    ],
    "softmax": [
        Wrong("changes the scores", _softmax_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("clips the scores", _softmax_clipped, PARTLY, "cuts the scores off", "scores near 1000"),
        Wrong("transposed", lambda z: known.softmax(z).T, WRONG_, tells="transposed"),
        Wrong("picks the largest", lambda z: np.eye(z.shape[1])[z.argmax(axis=1)], WRONG_, tells="differ"),
        Wrong("one row short", lambda z: known.softmax(z)[:-1], WRONG_, tells="another shape"),
        Wrong("rounds", lambda z: known.softmax(z).round(6), NOT_YET, tells="six digits"),
        Wrong("adds noise", lambda z: known.softmax(z) + _noise.normal(size=z.shape), WRONG_, tells="two answers"),
        Wrong("remembers the calls", _softmax_remembering, WRONG_, tells="two answers"),
        Wrong(
            "sums without keeping the axis",
            lambda z: np.exp(z) / np.exp(z).sum(axis=1),
            NOT_YET,
            tells="could not be broadcast",
        ),
    ],
    "catches_unstable_softmax": [
        Wrong("exact equality", _catches_exactly, NOT_YET, "accuses right implementations", "last digits"),
        Wrong("compares with shares", _catches_shares, WRONG_, "accuses right implementations", "in percent"),
        Wrong("sums on everyday rows", _catches_sums, PARTLY, "lets everything pass", "shares of your own"),
        Wrong("looks for missing numbers", _catches_nan, PARTLY, "lets everything pass", "Too much passes"),
        Wrong("forgets to call", lambda one: one, WRONG_, tells="it is a function"),
        Wrong("a word", lambda one: "wrong", WRONG_, tells="str"),
    ],
    "softmax_jacobian": [
        Wrong("measured as in the lesson", _jacobian_measured(1e-6), NOT_YET, tells="These slopes are measured"),
        Wrong("measured with longer steps", _jacobian_measured(1e-3), NOT_YET, "measured", "These slopes are measured"),
        Wrong("a * a", _jacobian_of(lambda a: a * a), WRONG_, PAIRS),
        Wrong("a @ a.T", _jacobian_of(lambda a: a @ a.T), WRONG_, PAIRS),
        Wrong("coarse differences", _jacobian_differences, WRONG_, tells="differ"),
        Wrong("twice", lambda z: 2 * known.softmax_jacobian(z), WRONG_, tells="twice what it should be"),
        Wrong("the softmax itself", lambda z: known.softmax(z[None])[0], WRONG_, tells="another shape"),
        Wrong(
            "no shift",
            lambda z: np.diag(a := np.exp(z) / np.exp(z).sum()) - np.outer(a, a),
            PARTLY,
            tells="contains NaN. The inputs go up to 100",
        ),
    ],
    "log_softmax": [
        Wrong(
            "logarithm to base 2",
            lambda z: known.log_softmax(z) / np.log(2),
            WRONG_,
            tells="the same factor, about 1.44",
        ),
        Wrong("a small constant inside", lambda z: np.log(known.softmax(z) + 1e-12), PARTLY, SMALL, "far apart"),
        Wrong("sums over the batch", lambda z: z - np.log(np.exp(z - z.max()).sum()) - z.max(), WRONG_, ONE_SUM),
        Wrong("sums without an axis", _log_softmax_one_sum, WRONG_, ONE_SUM),
        Wrong("changes the scores", lambda z: _log_in_place(z), WRONG_, tells="changes argument 1 in place"),
    ],
    "mean_cross_entropy": [
        Wrong("all rows", lambda z, y: -known.log_softmax(z)[:, y].mean(), NOT_YET, PICKED),
        Wrong("whole rows", lambda z, y: -known.log_softmax(z)[y].mean(), NOT_YET, PICKED),
        Wrong("floor of 1e-12", _cross_entropy_floor(1e-12, add=False), PARTLY, SMALL),
        Wrong("plus 1e-7", _cross_entropy_floor(1e-7, add=True), NOT_YET, SMALL),
        Wrong("plus 1e-15", _cross_entropy_floor(1e-15, add=True), PARTLY, SMALL),
        Wrong(
            "wants one-hot labels", lambda z, y: -(y * known.log_softmax(z)).sum() / len(z), RAISED, tells="broadcast"
        ),
        Wrong("calls itself", lambda z, y: _for_ever(z, y), RAISED, tells="RecursionError"),
        Wrong("a word", lambda z, y: str(known.mean_cross_entropy(z, y)), WRONG_, tells="it is a str, not numbers"),
    ],
    "softmax_ce_delta": [
        Wrong("all pairs", lambda z, t: t @ t.T @ known.softmax(z) - t, NOT_YET, tells="differ"),
        Wrong(
            "sum over the samples", lambda z, t: known.softmax_ce_delta(z, t).sum(axis=0), WRONG_, tells="another shape"
        ),
        Wrong("only where a one stands", lambda z, t: t * known.softmax_ce_delta(z, t), NOT_YET, tells="differ"),
        Wrong("changes the targets", lambda z, t: _targets_in_place(z, t), WRONG_, tells="changes argument 2 in place"),
    ],
    "joint_probabilities": [
        Wrong("returns the scores", lambda p: p, WRONG_, tells="differ"),
        Wrong(
            "a small constant", lambda p: known.joint_probabilities(np.clip(p, 1e-2, 1 - 1e-2)), NOT_YET, tells="differ"
        ),
        Wrong("one sum for the batch", lambda p: (p / (1 - p)) / (p / (1 - p)).sum(), PARTLY, tells="one sample"),
        Wrong("transposed", lambda p: known.joint_probabilities(p).T, WRONG_, tells="transposed"),
    ],
    "minibatches": [
        Wrong("the order drawn inside the loop", _order_in_the_loop, NOT_YET, "shuffled anew for every batch"),
        Wrong("one batch too many", _one_batch_too_many, PARTLY, "an empty last batch"),
        Wrong("a new order for every batch", _new_order_every_batch, NOT_YET, "shuffled anew for every batch"),
        Wrong("its own random state", _own_random_state, NOT_YET, "shuffled in another way"),
        Wrong("the order backwards", _order_backwards, NOT_YET, "shuffled in another way"),
        Wrong("shuffles the data in place", _shuffles_in_place, WRONG_, tells="changes argument 1 and 2 in place"),
        Wrong("features only", _features_only, NOT_YET, tells="features, labels"),
        Wrong("never ends", _never_ends, WRONG_, tells="it should stop"),
        Wrong("a number", lambda *args: 3, WRONG_, tells="with `yield`"),
    ],
    "softmax_step": [
        Wrong("no shift", _step_with_log_of_softmax, PARTLY, tells="`probs`"),
        Wrong("an entry is missing", _step_without_a_key, WRONG_, tells="the entry `grad_bias` is missing"),
        Wrong(
            "only the last gradient",
            lambda *args: known.softmax_step(*args)["grad_bias"],
            WRONG_,
            tells="should be a dict",
        ),
        Wrong("bias gradient as a row", _changed_step(grad_bias=lambda g: g[None]), WRONG_, tells="axes of length 1"),
        Wrong("weights descend already", _changed_step(grad_weights=lambda g: -g), WRONG_, tells="opposite sign"),
        Wrong("loss in place of a None", _changed_step(loss=lambda _: None), WRONG_, tells="`loss` is None"),
        Wrong(
            "changes the weights",
            lambda x, y, w, b: _step_in_place(x, y, w, b),
            WRONG_,
            tells="changes argument 3 in place",
        ),
    ],
    "train_softmax": [
        Wrong("random start", _random_start, NOT_YET, "does not start from zero"),
        Wrong("weights transposed", _weights_transposed, WRONG_, tells="transposed"),
        Wrong("first loss only", _losses_cut(lambda losses, _: losses[:1]), WRONG_, FEW),
        Wrong("mean loss of an epoch", _losses_cut(_means), PARTLY, FEW),
        Wrong("last loss", _losses_cut(lambda losses, _: losses[-1]), WRONG_, FEW),
        Wrong("one generator for all epochs", _used_up, NOT_YET, "one epoch only", "used-up generator"),
        Wrong("slope of the whole set", _train_by(whole_slope=True), PARTLY, tells="slope of the whole set"),
        Wrong(
            "slope and loss of the whole set",
            _train_by(whole_slope=True, whole_loss=True),
            PARTLY,
            tells="losses never rise",
        ),
        Wrong("loss of the whole set", _train_by(whole_loss=True), PARTLY, tells="hardly differ from step to step"),
        Wrong("a fixed order", _train_by(fixed=True), PARTLY, tells="the same batches again"),
        Wrong("a number", lambda *args: 0.95, WRONG_, tells="weights, bias, losses"),
        Wrong("hardly moves", _whole_data_every_step, NOT_YET, tells="differ"),
    ],
    "SoftmaxRegression": [
        Wrong("layer kept nowhere", _LayerKeptNowhere, WRONG_, tells="stored as `self"),
        Wrong(
            "softmax",
            _ending_in(lambda z: z.softmax(dim=1)),
            WRONG_,
            "softmax in the model",
            "what should the model give then",
        ),
        Wrong("log-softmax", _ending_in(lambda z: z.log_softmax(dim=1)), WRONG_, "log-softmax in the model"),
        Wrong("softmax along axis 0", _ending_in(lambda z: z.softmax(dim=0)), WRONG_, "softmax over the samples"),
        Wrong("sigmoid", _ending_in(torch.sigmoid), WRONG_, "sigmoid in the model"),
        Wrong("ReLU", _ending_in(torch.relu), NOT_YET, "ReLU on the logits"),
        Wrong("argmax", _ending_in(lambda z: z.argmax(dim=1)), WRONG_, "gives the class instead of the scores"),
        Wrong("doubles in training", _DropsOut, WRONG_, EVAL),
        Wrong("softmax in evaluation", _SoftmaxInEvaluation, WRONG_, EVAL),
        Wrong("dropout", _ending_in(nn.Dropout(0.5)), WRONG_, EVAL),
        Wrong("no bias", _NoBias, WRONG_, tells="Its parameters have the shapes (5, 7)"),
        Wrong("never flattened", _NoFlatten, PARTLY, tells="batches of images"),
        Wrong("sizes swapped", _SizesSwapped, WRONG_, tells="Its parameters have the shapes (7, 5)"),
        Wrong("forgot super", _ForgotSuper, RAISED, tells="cannot assign module before Module.__init__()"),
        Wrong("a hidden layer", _HiddenLayer, WRONG_, tells="they should be (5, 7), (5,)"),
        Wrong("forward misspelt", _WrongMethodName, RAISED, tells='missing the required "forward" function'),
        Wrong("nothing to train", _Frozen, WRONG_, tells="parameters"),
        Wrong("a plain function", lambda n, c: n * c, WRONG_, tells="not an `nn.Module`"),
        Wrong("a list", _ending_in(lambda z: [z]), WRONG_, tells="another shape"),
    ],
}


def _log_in_place(logits: Array) -> Array:
    logits -= logits.max(axis=1, keepdims=True)
    return known.log_softmax(logits)


def _for_ever(logits: Array, labels: Array) -> Any:
    return _for_ever(logits, labels)


def _targets_in_place(logits: Array, targets: Array) -> Array:
    delta = known.softmax_ce_delta(logits, targets)
    targets /= 2
    return delta


def _step_in_place(features: Array, targets: Array, weights: Array, bias: Array) -> dict[str, Any]:
    result = known.softmax_step(features, targets, weights, bias)
    weights -= result["grad_weights"]
    return result
