"""Answers to the exercises of lesson 06: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

import solutions.neural_network as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED
OTHER_WAY = "drawn in another way"
EVAL = "differs between training and evaluation"
SMALL = "a small constant inside the logarithm"
BORDER, FIXED, NOTHING = "another border", "a fixed number of classes", "catches nothing"


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def lower(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: lower(item) for key, item in value.items()}
        return value.astype(np.float32) if isinstance(value, Array) and value.dtype == float else value

    return lambda *args: answer(*map(lower, args))


def _changed(answer: Any, **changes: Callable[[Any], Any]) -> Any:
    """Return the answer with some entries of its dict changed after the fact."""

    def call(*args: Any) -> Any:
        result = answer(*args)
        return {**result, **{name: change(result[name]) for name, change in changes.items()}}

    return call


def _without(answer: Any, name: str) -> Any:
    return lambda *args: {key: value for key, value in answer(*args).items() if key != name}


# --- init_layers ---------------------------------------------------------------------------------


def _init_by_scale(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Let rng.normal scale, and give the biases as lists."""
    gains = [4.0] * (len(sizes) - 2) + [1.0]
    params: dict[str, Any] = {}
    for layer, (n_in, n_out, gain) in enumerate(zip(sizes[:-1], sizes[1:], gains, strict=True), start=1):
        params[f"w{layer}"] = rng.normal(0.0, gain * n_in**-0.5, (n_in, n_out))
        params[f"b{layer}"] = [0.0] * n_out
    return params


def _init_standard(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for k in range(len(sizes) - 1):
        spread = np.sqrt(16 / sizes[k]) if k < len(sizes) - 2 else np.sqrt(1 / sizes[k])
        params["w" + str(k + 1)] = spread * rng.standard_normal((sizes[k], sizes[k + 1]))
        params["b" + str(k + 1)] = np.zeros((sizes[k + 1],), dtype=np.float32)
    return params


def _init_uniform(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    params = known.init_layers(sizes, rng)
    return {
        name: rng.uniform(-1, 1, size=value.shape) * value.std() * np.sqrt(3) if name[0] == "w" else value
        for name, value in params.items()
    }


def _init_last_first(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for layer in range(len(sizes) - 1, 0, -1):
        gain = 1.0 if layer == len(sizes) - 1 else 4.0
        params[f"w{layer}"] = rng.normal(size=(sizes[layer - 1], sizes[layer])) * gain / np.sqrt(sizes[layer - 1])
        params[f"b{layer}"] = np.zeros(sizes[layer])
    return params


def _init_small_biases(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    params = known.init_layers(sizes, rng)
    return {name: value if name[0] == "w" else rng.normal(size=value.shape) / 100 for name, value in params.items()}


def _init_own_state(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    return known.init_layers(sizes, np.random.default_rng(0))


def _init_global_state(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    return {
        name: np.random.normal(size=value.shape) if name[0] == "w" else value  # noqa: NPY002
        for name, value in known.init_layers(sizes, rng).items()
    }


def _init_last_gain(sizes: Any, rng: np.random.Generator) -> dict[str, Any]:
    """Put the factor 4 where no sigmoid follows, and 1 elsewhere."""
    last = f"w{len(sizes) - 1}"
    params = known.init_layers(sizes, rng)
    return {n: v if n[0] == "b" else v * 4 if n == last else v / 4 for n, v in params.items()}


# --- forward_three_layers ------------------------------------------------------------------------


def _forward_by_samples(x: Array, params: dict[str, Array]) -> dict[str, Any]:
    """Go through the batch one sample at a time; keys in another order, and one more."""
    names = ("z2", "a2", "z3", "a3", "z4", "a4")
    rows: dict[str, list[Array]] = {name: [] for name in names}
    for row in x:
        a = row
        for layer in (1, 2, 3):
            z = sum(a[k] * params[f"w{layer}"][k] for k in range(len(a))) + params[f"b{layer}"]
            a = np.exp(z - z.max()) / np.exp(z - z.max()).sum() if layer == 3 else 1 / (1 + np.exp(-z))
            rows[f"z{layer + 1}"].append(z)
            rows[f"a{layer + 1}"].append(a)
    return {"a1": x, **{name: np.array(rows[name]) for name in reversed(names)}}


def _forward_with_column(x: Array, params: dict[str, Array]) -> dict[str, Any]:
    """Put each bias into the weights as one more row, and use tanh for the sigmoid."""
    result: dict[str, Any] = {}
    a = x
    for layer in (1, 2, 3):
        wide = np.hstack([a, np.ones((len(a), 1))])
        z = wide @ np.vstack([params[f"w{layer}"], params[f"b{layer}"]])
        a = known.softmax(z) if layer == 3 else (np.tanh(z / 2) + 1) / 2
        result |= {f"z{layer + 1}": z, f"a{layer + 1}": a}
    return result


def _forward_unshifted(x: Array, params: dict[str, Array]) -> dict[str, Any]:
    steps = known.forward_three_layers(x, params)
    powers = np.exp(steps["z4"])
    return {**steps, "a4": powers / powers.sum(axis=1, keepdims=True)}


def _forward_in_place(x: Array, params: dict[str, Array]) -> dict[str, Any]:
    steps = known.forward_three_layers(x, params)
    x -= x.mean(axis=0)
    return steps


def _forward_in_place_params(x: Array, params: dict[str, Array]) -> dict[str, Any]:
    steps = known.forward_three_layers(x, params)
    params["a4"] = steps["a4"]
    return steps


# --- hidden_error --------------------------------------------------------------------------------


def _hidden_loop(delta_next: Array, weights: Array, activation: Array) -> Array:
    error = np.zeros_like(activation)
    for i, j in np.ndindex(activation.shape):
        carried = sum(delta_next[i, k] * weights[j, k] for k in range(weights.shape[1]))
        error[i, j] = carried * (activation[i, j] - activation[i, j] ** 2)
    return error


def _hidden_one_sided(delta_next: Array, weights: Array, activation: Array) -> Array:
    """Take one-sided differences, too coarse to be called right."""
    step = 1e-3
    z = np.log(activation / (1 - activation))
    moved = 1 / (1 + np.exp(-(z + step)))
    return delta_next @ weights.T * (moved - activation) / step


def _hidden_in_place(delta_next: Array, weights: Array, activation: Array) -> Array:
    error = known.hidden_error(delta_next, weights, activation)
    activation *= 1 - activation
    return error


# --- backward_three_layers -----------------------------------------------------------------------


def _backward_by_samples(x: Array, targets: Array, params: dict[str, Array], steps: dict[str, Array]) -> dict[str, Any]:
    """Add up the outer products of single samples; hidden_error is written out."""
    m = len(x)
    a2, a3 = steps["a2"], steps["a3"]
    delta4 = (steps["a4"] - targets) * (1 / m)
    delta3 = np.einsum("mk,jk,mj->mj", delta4, params["w3"], a3 - a3**2)
    delta2 = np.einsum("mk,jk,mj->mj", delta3, params["w2"], a2 - a2**2)
    result: dict[str, Any] = {"delta2": delta2, "delta3": delta3, "delta4": delta4}
    for layer, before, delta in ((1, x, delta2), (2, a2, delta3), (3, a3, delta4)):
        result[f"grad_w{layer}"] = sum(np.outer(before[i], delta[i]) for i in range(m))
        result[f"grad_b{layer}"] = np.ones(m) @ delta
    return result


def _backward_with_column(
    x: Array, targets: Array, params: dict[str, Array], steps: dict[str, Array]
) -> dict[str, Any]:
    """Get each bias gradient as the last row of a wider product; logits instead of a4."""
    probs = np.exp(known.log_softmax(steps["z4"]))
    delta = (probs - targets) / len(x)
    result: dict[str, Any] = {}
    for layer, before in ((3, steps["a3"]), (2, steps["a2"]), (1, x)):
        both = np.hstack([before, np.ones((len(x), 1))]).T @ delta
        result |= {f"delta{layer + 1}": delta, f"grad_w{layer}": both[:-1], f"grad_b{layer}": both[-1]}
        if layer > 1:
            delta = (1 - before) * before * (delta @ params[f"w{layer}"].T)
    return result


def _backward_in_place(x: Array, targets: Array, params: dict[str, Array], steps: dict[str, Array]) -> dict[str, Any]:
    result = known.backward_three_layers(x, targets, params, steps)
    params["w3"] -= result["grad_w3"]
    return result


def _backward_not_transposed(
    x: Array, targets: Array, params: dict[str, Array], steps: dict[str, Array]
) -> dict[str, Any]:
    delta4 = (steps["a4"] - targets) / len(x)
    return {"delta4": delta4, "grad_w3": steps["a3"] @ delta4}


# --- apply_update --------------------------------------------------------------------------------


def _update_loop(params: dict[str, Array], grads: dict[str, Array], rate: float) -> dict[str, Any]:
    new: dict[str, Any] = {}
    for name in sorted(params, reverse=True):
        value = params[name].copy()
        value -= rate * grads["grad_" + name]
        new[name] = value
    return new


def _update_in_place(params: dict[str, Array], grads: dict[str, Array], rate: float) -> dict[str, Any]:
    for name in params:
        params[name] -= rate * grads["grad_" + name]
    return params


def _update_last_only(params: dict[str, Array], grads: dict[str, Array], rate: float) -> dict[str, Any]:
    last = str(len(params) // 2)
    return {n: v - rate * grads["grad_" + n] if n.endswith(last) else v for n, v in params.items()}


def _update_new_names(params: dict[str, Array], grads: dict[str, Array], rate: float) -> dict[str, Any]:
    return {"grad_" + name: params[name] - rate * grads["grad_" + name] for name in params}


# --- catches_bad_start ---------------------------------------------------------------------------


def _catches_written_out(start: Any, sizes: Any, x: Array, y: Array, rng: np.random.Generator) -> Any:
    params = start(sizes, rng)
    a = x
    for layer in (1, 2):
        a = 1 / (1 + np.exp(-(a @ params[f"w{layer}"] + params[f"b{layer}"])))
    z = a @ params["w3"] + params["b3"]
    losses = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]
    return not -0.5 <= np.mean(losses) - np.log(len(z[0])) <= 0.5


def _catches_by_one_hot(start: Any, sizes: Any, x: Array, y: Array, rng: np.random.Generator) -> Any:
    steps = known.forward_three_layers(x, start(tuple(sizes), rng))
    loss = known.mended_nll(steps["z4"], np.eye(sizes[3])[y])
    return np.abs(loss + np.log(1 / sizes[3])) > 1 / 2


def _catches_by(verdict: Callable[[float, int], Any]) -> Any:
    def catches(start: Any, sizes: Any, x: Array, y: Array, rng: np.random.Generator) -> bool:
        loss = known.mean_cross_entropy(known.forward_three_layers(x, start(sizes, rng))["z4"], y)
        return bool(verdict(loss - np.log(sizes[-1]), sizes[-1]))

    return catches


def _catches_by_accuracy(start: Any, sizes: Any, x: Array, y: Array, rng: np.random.Generator) -> bool:
    predicted = known.forward_three_layers(x, start(sizes, rng))["a4"].argmax(axis=1)
    return bool((predicted == y).mean() < 1.1)


def _catches_by_features(start: Any, sizes: Any, x: Array, y: Array, rng: np.random.Generator) -> bool:
    loss = known.mean_cross_entropy(known.forward_three_layers(x, start(sizes, rng))["z4"], y)
    return bool(abs(loss - np.log(sizes[0])) > 0.5)


# --- train_classifier ----------------------------------------------------------------------------


def _train_written_out(x: Array, y: Array, sizes: Any, rate: float, size: int, epochs: int, rng: Any) -> Any:
    """Write every step out, and shuffle copies of the data anew each epoch."""
    params = known.init_layers(sizes, rng)
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        mixed, answers = x[order], y[order]
        for start in range(0, len(x), size):
            batch, labels = mixed[start : start + size], answers[start : start + size]
            steps = known.forward_three_layers(batch, params)
            losses.append(known.mean_cross_entropy(steps["z4"], labels))
            grads = known.backward_three_layers(batch, known.one_hot(labels, sizes[3]), params, steps)
            for name in params:
                params[name] = params[name] - rate * grads["grad_" + name]
    return [params, np.array(losses)]


def _train_in_place(x: Array, y: Array, sizes: Any, rate: float, size: int, epochs: int, rng: Any) -> Any:
    """Update in place, with labels as class numbers until the last moment."""
    params, losses = known.init_layers(sizes, rng), []
    for _ in range(epochs):
        for batch, labels in known.minibatches(x, y, size, rng):
            steps = known.forward_three_layers(batch, params)
            losses.append(known.mended_nll(steps["z4"], known.one_hot(labels, sizes[-1])))
            grads = known.backward_three_layers(batch, np.eye(sizes[-1])[labels], params, steps)
            for name, value in params.items():
                value -= rate * grads[f"grad_{name}"]
    return params, losses


def _train_other(start: Any = known.init_layers, factor: float = 1.0) -> Any:
    def train(x: Array, y: Array, sizes: Any, rate: float, size: int, epochs: int, rng: Any) -> Any:
        params, losses = start(sizes, rng), []
        for _ in range(epochs):
            for batch, targets in known.minibatches(x, known.one_hot(y, sizes[-1]), size, rng):
                steps = known.forward_three_layers(batch, params)
                losses.append(known.mended_nll(steps["z4"], targets))
                grads = known.backward_three_layers(batch, targets, params, steps)
                params = known.apply_update(params, grads, factor * rate)
        return params, losses

    return train


def _train_own_state(x: Array, y: Array, sizes: Any, rate: float, size: int, epochs: int, rng: Any) -> Any:
    params, losses = known.init_layers(sizes, rng), []
    for _ in range(epochs):
        for batch, targets in known.minibatches(x, known.one_hot(y, sizes[-1]), size, np.random.default_rng(7)):
            steps = known.forward_three_layers(batch, params)
            losses.append(known.mended_nll(steps["z4"], targets))
            params = known.apply_update(params, known.backward_three_layers(batch, targets, params, steps), rate)
    return params, losses


def _train_made_up(x: Array, y: Array, sizes: Any, rate: float, size: int, epochs: int, rng: Any) -> Any:
    """Tell a loss that always falls, where nobody can check it by one batch."""
    params, losses = known.train_classifier(x, y, sizes, rate, size, epochs, rng)
    return params, losses if size >= len(x) else list(np.linspace(losses[0], losses[-1], len(losses)))


def _train_no_hidden_layer(x: Array, y: Array, sizes: Any, rate: float, size: int, epochs: int, rng: Any) -> Any:
    params, losses = known.train_classifier(x, y, sizes, rate, size, epochs, rng)
    return {"w1": params["w1"], "b1": params["b1"]}, losses


# --- predict_digits ------------------------------------------------------------------------------


def _predict_loop(images: Array, params: dict[str, Array]) -> list[int]:
    answers = []
    for image in images:
        scores = known.forward_three_layers(image.flatten()[None], params)["z4"][0]
        answers.append(max(range(len(scores)), key=lambda k: scores[k]))
    return answers


# --- ThreeLayerNet -------------------------------------------------------------------------------


class ByParameters(nn.Module):
    """Hold the parameters by hand, with the weights as the lesson writes them."""

    def __init__(self, n_features: int, first: int, second: int, n_classes: int) -> None:
        super().__init__()
        sizes = (n_features, first, second, n_classes)
        for layer in (1, 2, 3):
            self.register_parameter(f"w{layer}", nn.Parameter(torch.randn(sizes[layer - 1], sizes[layer])))
            self.register_parameter(f"b{layer}", nn.Parameter(torch.zeros(sizes[layer])))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        a = images.flatten(1)
        for layer in (1, 2):
            a = 1 / (1 + torch.exp(-(a @ getattr(self, f"w{layer}") + getattr(self, f"b{layer}"))))
        return a @ self.w3 + self.b3


def _between(first: Any = torch.sigmoid, second: Any = torch.sigmoid, last: Any = None, flat: bool = True) -> Any:
    """Return the net as attributes, with other functions behind its layers."""

    class Net(nn.Module):
        def __init__(self, n: int, s2: int, s3: int, c: int) -> None:
            super().__init__()
            self.one, self.two, self.three = nn.Linear(n, s2), nn.Linear(s2, s3), nn.Linear(s3, c)

        def forward(self, images: torch.Tensor) -> Any:
            rows = images.reshape(len(images), -1) if flat else images
            scores = self.three(second(self.two(first(self.one(rows)))))
            return last(scores) if last else scores

    return Net


class _DropsOut(known.ThreeLayerNet):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores = super().forward(images)
        return scores * 2 if self.training else scores


class _OneHiddenLayer(nn.Module):
    def __init__(self, n: int, s2: int, s3: int, c: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(n, s2), nn.Sigmoid(), nn.Linear(s2, c))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


class _WidthsSwapped(known.ThreeLayerNet):
    def __init__(self, n: int, s2: int, s3: int, c: int) -> None:
        super().__init__(n, s3, s2, c)


class _LayersInAList(nn.Module):
    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.layers = [nn.Linear(sizes[layer - 1], sizes[layer]) for layer in (1, 2, 3)]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images


# --- mended_epochs -------------------------------------------------------------------------------


def _epochs_as_list(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> list[Any]:
    items: list[Any] = []
    for _ in range(epochs):
        order = rng.permutation(len(y))
        parts = np.split(order, range(size, len(y), size))
        items += [(i + 1, len(parts), x[part], y[part]) for i, part in enumerate(parts)]
    return items


def _epochs_by_count(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> Iterator[Any]:
    total = int(np.ceil(len(x) / size))
    order = np.arange(0)
    for step in range(epochs * total):
        if step % total == 0:
            order = rng.permutation(len(x))
        chosen = order[(step % total) * size : (step % total + 1) * size]
        yield [step % total + 1, total, x[chosen], y[chosen]]


def _epochs_own_state(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> Iterator[Any]:
    yield from known.mended_epochs(x, y, size, epochs, np.random.default_rng(3))


def _epochs_pairs(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> Iterator[Any]:
    for _, _, features, labels in known.mended_epochs(x, y, size, epochs, rng):
        yield features, labels


def _epochs_in_place(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> Iterator[Any]:
    items = list(known.mended_epochs(x, y, size, epochs, rng))
    rng.shuffle(x)
    yield from items


# --- mended_nll ----------------------------------------------------------------------------------


def _nll_loop(logits: Array, targets: Array) -> float:
    total = 0.0
    for z, t in zip(logits, targets, strict=True):
        k = list(t).index(1)
        total += np.log(sum(np.exp(z - z.max()))) + z.max() - z[k]
    return total / len(logits)


def _nll_floor(tiny: float) -> Any:
    return lambda z, t: -(t * np.log(np.maximum(known.softmax(z), tiny))).sum() / len(z)


def _nll_replaced(logits: Array, targets: Array) -> float:
    return -np.nan_to_num(targets * np.log(known.softmax(logits))).sum() / len(logits)


RIGHT: dict[str, dict[str, Any]] = {
    "init_layers": {
        "the scale given to rng.normal": _init_by_scale,
        "standard_normal": _init_standard,
    },
    "forward_three_layers": {
        "sample by sample": _forward_by_samples,
        "biases as one more row": _forward_with_column,
        "float32": _single(known.forward_three_layers),
    },
    "hidden_error": {
        "loops": _hidden_loop,
        "a minus a squared": lambda d, w, a: (a - a**2) * (w @ d.T).T,
        "float32": _single(known.hidden_error),
    },
    "backward_three_layers": {
        "sample by sample": _backward_by_samples,
        "biases as one more row": _backward_with_column,
        "float32": _single(known.backward_three_layers),
    },
    "apply_update": {
        "copies in another order": _update_loop,
        "float32": _single(known.apply_update),
    },
    "catches_bad_start": {
        "written out": _catches_written_out,
        "one-hot rows": _catches_by_one_hot,
    },
    "train_classifier": {
        "written out": _train_written_out,
        "updated in place": _train_in_place,
    },
    "predict_digits": {
        "one image at a time": _predict_loop,
        "from the scores": lambda i, p: np.argmax(known.forward_three_layers(i.reshape(len(i), -1), p)["z4"], axis=1),
    },
    "ThreeLayerNet": {
        "parameters by hand": ByParameters,
        "layers as attributes": _between(),
        "a module for the sigmoid": _between(nn.Sigmoid(), nn.Sigmoid()),
    },
    "mended_epochs": {
        "a list of splits": _epochs_as_list,
        "one loop over all steps": _epochs_by_count,
    },
    "mended_nll": {
        "loops": _nll_loop,
        "logaddexp": lambda z, t: float(np.mean(np.logaddexp.reduce(z, axis=1) - (z * t).sum(axis=1))),
        "float32": lambda z, t: np.float32(_single(known.mended_nll)(z, t)),
    },
}

WRONG: dict[str, list[Wrong]] = {
    "init_layers": [
        Wrong("uniform with the right spread", _init_uniform, NOT_YET, OTHER_WAY),
        Wrong("last layer first", _init_last_first, NOT_YET, OTHER_WAY),
        Wrong("its own random state", _init_own_state, NOT_YET, OTHER_WAY),
        Wrong("the global random state", _init_global_state, NOT_YET, tells="two answers"),
        Wrong("biases drawn small", _init_small_biases, NOT_YET, "biases not zero"),
        Wrong("biases as rows", _changed(known.init_layers, b2=lambda b: b[None]), NOT_YET, tells="axes of length 1"),
        Wrong("factor in the last layer only", _init_last_gain, NOT_YET, "no factor for the sigmoid"),
        Wrong("one bias forgotten", _without(known.init_layers, "b3"), NOT_YET, tells="the entry `b3` is missing"),
        Wrong(
            "a list instead of a dict",
            lambda sizes, rng: list(known.init_layers(sizes, rng).values()),
            NOT_YET,
            tells="should be a dict",
        ),
    ],
    "forward_three_layers": [
        Wrong("softmax without the shift", _forward_unshifted, PARTLY, tells="scores far apart"),
        Wrong("changes the batch", _forward_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("keeps a4 in the parameters", _forward_in_place_params, WRONG_, tells="changes argument 2 in place"),
        Wrong(
            "probabilities only",
            lambda x, p: known.forward_three_layers(x, p)["a4"],
            WRONG_,
            tells="should be a dict with the entries `z2`",
        ),
        Wrong("a3 not kept", _without(known.forward_three_layers, "a3"), WRONG_, tells="the entry `a3` is missing"),
        Wrong(
            "weights transposed",
            lambda x, p: known.forward_three_layers(x, {n: v.T for n, v in p.items()}),
            RAISED,
            tells="inner sizes of a matrix product",
        ),
    ],
    "hidden_error": [
        Wrong("measured one-sidedly", _hidden_one_sided, NOT_YET, tells="differ"),
        Wrong("changes the activation", _hidden_in_place, WRONG_, tells="changes argument 3 in place"),
        Wrong(
            "weights not transposed",
            lambda d, w, a: d @ w * a * (1 - a),
            RAISED,
            tells="inner sizes of a matrix product",
        ),
        Wrong("slope at its largest", lambda d, w, a: d @ w.T / 4, NOT_YET, tells="differ"),
        Wrong("transposed", lambda d, w, a: known.hidden_error(d, w, a).T, WRONG_, tells="transposed"),
    ],
    "backward_three_layers": [
        Wrong(
            "delta3 left out",
            _without(known.backward_three_layers, "delta3"),
            WRONG_,
            tells="the entry `delta3` is missing",
        ),
        Wrong(
            "bias gradient as a row",
            _changed(known.backward_three_layers, grad_b2=lambda g: g[None]),
            WRONG_,
            tells="axes of length 1",
        ),
        Wrong(
            "descends already",
            _changed(known.backward_three_layers, grad_w1=lambda g: -g),
            WRONG_,
            tells="opposite sign",
        ),
        Wrong("a step is None", _changed(known.backward_three_layers, delta2=lambda _: None), WRONG_, tells="is None"),
        Wrong("changes the weights", _backward_in_place, WRONG_, tells="changes argument 3 in place"),
        Wrong("activation not transposed", _backward_not_transposed, (RAISED, PARTLY, WRONG_), tells="inner sizes"),
        Wrong(
            "the six gradients as a tuple",
            lambda *args: tuple(known.backward_three_layers(*args).values()),
            WRONG_,
            tells="should be a dict",
        ),
    ],
    "apply_update": [
        Wrong("nothing moves at all", lambda p, g, r: p, WRONG_, "nothing moves"),
        Wrong("third layer only", _update_last_only, PARTLY, "last layer only"),
        Wrong("in place", _update_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("named like the gradients", _update_new_names, WRONG_, tells="is missing"),
        Wrong(
            "weights only",
            lambda p, g, r: {n: p[n] - r * g["grad_" + n] for n in p if n[0] == "w"},
            WRONG_,
            tells="the entry `b1` is missing",
        ),
        Wrong("gradients by the wrong name", lambda p, g, r: {n: p[n] - r * g[n] for n in p}, RAISED, tells="KeyError"),
        Wrong(
            "half a step",
            lambda p, g, r: known.apply_update(p, g, r / 2),
            NOT_YET,
            tells="differ",
        ),
    ],
    "catches_bad_start": [
        Wrong("looks at the accuracy", _catches_by_accuracy, NOT_YET, "catches everything"),
        Wrong("logarithm of the number of features", _catches_by_features, NOT_YET, "a fixed number of classes"),
        Wrong("logarithm of ten", _catches_by(lambda gap, c: abs(gap + np.log(c / 10)) > 0.5), NOT_YET, FIXED),
        Wrong("border at 0.3", _catches_by(lambda gap, c: abs(gap) > 0.3), PARTLY, BORDER),
        Wrong("border at 1", _catches_by(lambda gap, c: abs(gap) > 1), PARTLY, BORDER),
        Wrong("half of ln c", _catches_by(lambda gap, c: abs(gap) > np.log(c) / 2), PARTLY, BORDER),
        Wrong(
            "a start of its own", lambda _, *rest: known.catches_bad_start(known.init_layers, *rest), PARTLY, NOTHING
        ),
        Wrong("a word", lambda *args: "bad", WRONG_, tells="it is a str"),
        Wrong(
            "calls the start without the sizes",
            lambda start, *rest: start(rest[-1]),
            RAISED,
            tells="TypeError",
        ),
    ],
    "train_classifier": [
        Wrong("a random state of its own", _train_own_state, PARTLY, "other steps"),
        Wrong("losses made up", _train_made_up, PARTLY, "other steps"),
        Wrong("biases drawn", _train_other(lambda s, r: _start_with_biases(s, r)), NOT_YET, tells="differ"),
        Wrong("steps far too short", _train_other(factor=1e-3), NOT_YET, tells="differ"),
        Wrong("first layer only comes back", _train_no_hidden_layer, WRONG_, tells="missing"),
        Wrong("a number", lambda *args: 0.95, WRONG_, tells="params, losses"),
        Wrong(
            "weights transposed",
            lambda *args: _transposed(known.train_classifier(*args)),
            WRONG_,
            tells="transposed",
        ),
        Wrong(
            "first loss only",
            lambda *args: (lambda pair: (pair[0], pair[1][:1]))(known.train_classifier(*args)),
            NOT_YET,
            tells="due",
        ),
    ],
    "predict_digits": [
        Wrong(
            "images not flattened",
            lambda i, p: known.forward_three_layers(i, p)["a4"].argmax(axis=1),
            PARTLY,
            tells="images",
        ),
        Wrong("always class 0", lambda i, p: np.zeros(len(i), dtype=int), NOT_YET, tells="is 0"),
        Wrong("words", lambda i, p: [str(k) for k in known.predict_digits(i, p)], WRONG_, tells="not numbers"),
        Wrong("a column", lambda i, p: known.predict_digits(i, p)[:, None], WRONG_, tells="axes of length 1"),
        Wrong(
            "first image only",
            lambda i, p: known.predict_digits(i[:1], p),
            PARTLY,
            tells="another shape",
        ),
    ],
    "ThreeLayerNet": [
        Wrong("softmax", _between(last=lambda z: z.softmax(dim=1)), WRONG_, "softmax in the model"),
        Wrong("log-softmax", _between(last=lambda z: z.log_softmax(dim=1)), WRONG_, "log-softmax in the model"),
        Wrong("sigmoid at the end", _between(last=torch.sigmoid), WRONG_, "sigmoid on the scores"),
        Wrong("linear", _between(lambda z: z, lambda z: z), WRONG_, "no activation"),
        Wrong("first linear", _between(first=lambda z: z), WRONG_, "no activation behind the first layer"),
        Wrong("second linear", _between(second=lambda z: z), WRONG_, "no activation behind the second layer"),
        Wrong("ReLU", _between(torch.relu, torch.relu), WRONG_, "ReLU instead of the sigmoid"),
        Wrong("tanh", _between(torch.tanh, torch.tanh), WRONG_, "tanh instead of the sigmoid"),
        Wrong("argmax", _between(last=lambda z: z.argmax(dim=1)), WRONG_, "gives the class instead of the scores"),
        Wrong("doubles in training", _DropsOut, WRONG_, EVAL),
        Wrong("dropout", _between(last=nn.Dropout(0.5)), WRONG_, EVAL),
        Wrong("never flattened", _between(flat=False), PARTLY, tells="batches of images"),
        Wrong("one hidden layer", _OneHiddenLayer, WRONG_, tells="they should be"),
        Wrong("widths swapped", _WidthsSwapped, WRONG_, tells="Its parameters have the shapes"),
        Wrong("layers in a plain list", _LayersInAList, WRONG_, tells="It has no parameters"),
        Wrong("a plain function", lambda *sizes: sum(sizes), WRONG_, tells="not an `nn.Module`"),
    ],
    "mended_epochs": [
        Wrong("its own random state", _epochs_own_state, NOT_YET, "shuffled in another way"),
        Wrong("pairs only", _epochs_pairs, NOT_YET, tells="number, total, features, labels"),
        Wrong("shuffles the data in place", _epochs_in_place, WRONG_, tells="in place"),
        Wrong("a number", lambda *args: 3, WRONG_, tells="with `yield`"),
    ],
    "mended_nll": [
        Wrong("floor of 1e-12", _nll_floor(1e-12), PARTLY, SMALL),
        Wrong("floor of 1e-7", _nll_floor(1e-7), PARTLY, SMALL),
        Wrong(
            "plus 1e-15",
            lambda z, t: -(t * np.log(known.softmax(z) + 1e-15)).sum() / len(z),
            PARTLY,
            SMALL,
        ),
        Wrong("what is no number replaced", _nll_replaced, PARTLY, "infinite for a confident wrong answer"),
        Wrong("logarithm to base 2", lambda z, t: known.mended_nll(z, t) / np.log(2), WRONG_, tells="differs"),
        Wrong("changes the targets", lambda z, t: _targets_in_place(z, t), WRONG_, tells="changes argument 2 in place"),
    ],
}


def _start_with_biases(sizes: Any, rng: np.random.Generator) -> dict[str, Array]:
    params = known.init_layers(sizes, rng)
    return {name: value if name[0] == "w" else rng.normal(size=value.shape) for name, value in params.items()}


def _transposed(trained: tuple[dict[str, Array], list[float]]) -> Any:
    return {name: value.T for name, value in trained[0].items()}, trained[1]


def _targets_in_place(logits: Array, targets: Array) -> float:
    loss = known.mended_nll(logits, targets)
    targets /= 2
    return loss
