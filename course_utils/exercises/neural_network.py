"""The exercises of lesson 06, a neural network for digits.

Every oracle is PyTorch in float64 and shares no code with the NumPy answers. The number of samples and the widths of
all four layers of neurons differ from one another, so that a swapped axis shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.judging.calls import COUNT, MODES, Given, Rng
from course_utils.judging.compare import as_array
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake, Reach, realise
from course_utils.judging.tolerance import all_close

Array = np.ndarray
Params = dict[str, Array]


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _widths(rng: np.random.Generator, count: int) -> list[int]:
    """Draw `count` different lengths from 3 to 9."""
    return [int(width) for width in rng.permutation(np.arange(3, 10))[:count]]


def _draw_params(rng: np.random.Generator, sizes: list[int], spread: float = 1.0) -> Params:
    params: Params = {}
    for layer in range(1, len(sizes)):
        params[f"w{layer}"] = rng.normal(size=(sizes[layer - 1], sizes[layer])) * spread
        params[f"b{layer}"] = rng.normal(size=sizes[layer])
    return params


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _log_probs(z: Array) -> Array:
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _softmax_of(z: Array, axis: int = 1) -> Array:
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# --- init_layers ---------------------------------------------------------------------------------


def _init_oracle(sizes: tuple[int, ...], rng: np.random.Generator) -> dict[str, Any]:
    import torch

    wanted: dict[str, Any] = {}
    for layer in range(1, len(sizes)):
        drawn = _tensor(rng.normal(size=sizes[layer - 1 : layer + 1]))
        variance = (1.0 if layer + 1 == len(sizes) else 16.0) / sizes[layer - 1]
        wanted[f"w{layer}"] = drawn * torch.tensor(variance, dtype=torch.float64).sqrt()
        wanted[f"b{layer}"] = torch.zeros(sizes[layer], dtype=torch.float64)
    return wanted


def _init_with(slip: str) -> Callable[..., Params]:
    """Return init_layers with one slip in it."""

    def init(sizes: tuple[int, ...], rng: np.random.Generator) -> Params:
        params: Params = {}
        for layer in range(1, len(sizes)):
            n_in, n_out = sizes[layer - 1], sizes[layer]
            last = layer + 1 == len(sizes)
            if slip == "third is last":
                last = layer == 3
            gain = {"no gain": 1.0, "gain everywhere": 4.0}.get(slip, 1.0 if last else 4.0)
            if slip == "0.3":
                params[f"w{layer}"] = rng.uniform(-0.3, 0.3, size=(n_in, n_out))
            else:
                fan = n_out if slip == "fan-out" else n_in
                spread = {
                    "no root": gain / fan,
                    "times": gain * np.sqrt(fan),
                    "one": 1.0,
                    "zero": 0.0,
                    "root over all": np.sqrt(gain / fan),
                }.get(slip, gain / np.sqrt(fan))
                shape = (n_out, n_in) if slip == "transposed" else (n_in, n_out)
                params[f"w{layer}"] = rng.normal(size=shape) * spread
            params[f"b{layer}"] = rng.normal(size=n_out) if slip == "biases" else np.zeros(n_out)
        return params

    return init


def _spread_is_right(value: Any, case: Case) -> bool:
    """Whether shapes, zero biases and spreads are as asked, and only the numbers are others."""
    sizes = case.args[0]
    for layer in range(1, len(sizes)):
        w, b = np.asarray(value[f"w{layer}"]), np.asarray(value[f"b{layer}"])
        wanted = (1.0 if layer + 1 == len(sizes) else 4.0) / np.sqrt(sizes[layer - 1])
        if (w.shape, b.shape) != (tuple(sizes[layer - 1 : layer + 1]), (sizes[layer],)) or b.any():
            return False
        if not 0.6 < w.std() / wanted < 1.5:
            return False
    return True


def _biases_drawn(value: Any, case: Case) -> bool:
    return any(np.asarray(value[f"b{layer}"]).any() for layer in range(1, len(case.args[0])))


INIT_LAYERS = Exercise(
    "init_layers",
    groups=(
        Group(
            "three layers",
            lambda rng: ((60 + int(rng.integers(20)), 37, 21, 11), Rng(int(rng.integers(2**31)))),
            weight=3,
            edge=True,  # the biases that are due are zeros
        ),
        Group(
            "other numbers of layers",
            lambda rng: ((29, 41 + int(rng.integers(20)), 33, 17, 13), Rng(int(rng.integers(2**31)))),
            edge=True,
        ),
    ),
    oracle=_init_oracle,
    computation="elementwise",
    mistakes=(
        Mistake(
            "one range for every layer",
            "A range of 0.3 knows nothing of the layer: with more inputs the same weights add up to larger sums.",
            _init_with("0.3"),
        ),
        Mistake(
            "one spread for every layer",
            "The spread is the same in every layer: what should it shrink with?",
            _init_with("one"),
        ),
        Mistake(
            "divided by the fan-in without a root",
            "Variances add up and standard deviations do not: which of the two falls as 1 over the number of inputs?",
            _init_with("no root"),
        ),
        Mistake(
            "root over the gain as well",
            "The factor 4 belongs to the standard deviation itself: does the root run over too much?",
            _init_with("root over all"),
        ),
        Mistake(
            "grows with the fan-in",
            "The more inputs a neuron adds up, the smaller each weight should be.",
            _init_with("times"),
        ),
        Mistake(
            "number of outputs instead of inputs",
            "A neuron adds up its inputs: which of the two sizes of its layer counts them?",
            _init_with("fan-out"),
        ),
        Mistake(
            "no factor for the sigmoid",
            "A sigmoid shrinks differences to a quarter: which factor makes up for it in the hidden layers?",
            _init_with("no gain"),
        ),
        Mistake(
            "factor in the last layer too",
            "No sigmoid follows the last layer, so nothing is to be made up for there.",
            _init_with("gain everywhere"),
        ),
        Mistake(
            "biases drawn as well",
            "The biases start at zero, and drawing them uses up random numbers that the next weights need.",
            _init_with("biases"),
        ),
        Mistake(
            "the third layer taken for the last",
            "Which layer is last depends on how many sizes there are.",
            _init_with("third is last"),
        ),
        Mistake(
            "weights of zero",
            "With equal weights all neurons of a layer compute and learn the same: how do they ever become different?",
            _init_with("zero"),
        ),
        Mistake(
            "weights transposed",
            "Samples are rows and meet the weights from the left: which size comes first in a layer's weights?",
            _init_with("transposed"),
        ),
        Mistake("biases not zero", "Biases start at zero.", matches=_biases_drawn),
        Mistake(
            "drawn in another way",
            "The spread is right, the numbers are not those of `rng.normal`: the check can follow only the order that "
            "the text above the answer gives.",
            matches=_spread_is_right,
        ),
    ),
)

# --- forward_three_layers ------------------------------------------------------------------------


def _draw_forward(rng: np.random.Generator, m: int | None = None, lead: float = 1.0) -> tuple[Array, Params]:
    *sizes, drawn = _widths(rng, 5)
    params = _draw_params(rng, sizes, spread=0.7)
    params["w3"] = params["w3"] * lead
    return rng.normal(size=(m or drawn, sizes[0])), params


def _forward_oracle(x: Array, params: Params) -> dict[str, Any]:
    p = {name: _tensor(value) for name, value in params.items()}
    z2 = _tensor(x) @ p["w1"] + p["b1"]
    z3 = z2.sigmoid() @ p["w2"] + p["b2"]
    z4 = z3.sigmoid() @ p["w3"] + p["b3"]
    return {"z2": z2, "a2": z2.sigmoid(), "z3": z3, "a3": z3.sigmoid(), "z4": z4, "a4": z4.softmax(dim=1)}


def _forward_with(slip: str) -> Callable[..., dict[str, Array]]:
    """Return forward_three_layers with one slip in it; whatever comes after the slip follows from it."""

    def squash(z: Array, layer: int) -> Array:
        if slip == "linear" or slip == f"linear {layer}":
            return z
        if slip == "relu":
            return np.maximum(z, 0)
        return np.tanh(z) if slip == "tanh" else _sigmoid(z)

    def forward(x: Array, params: Params) -> dict[str, Array]:
        b1, b2, b3 = (0 if slip == "no bias" else params[f"b{layer}"] for layer in (1, 2, 3))
        b2 = 0 if slip == "first bias only" else b2
        z2 = x @ params["w1"] + b1
        a2 = squash(z2, 2)
        z3 = (z2 if slip == "z on" else a2) @ params["w2"] + b2
        a3 = squash(z3, 3)
        z4 = a3 @ params["w3"] + (0 if slip == "first bias only" else b3)
        if slip == "sigmoid on scores":
            z4 = _sigmoid(z4)
        a4 = _sigmoid(z4) if slip == "sigmoid output" else _softmax_of(z4, axis=0 if slip == "axis" else 1)
        if slip == "softmax of a sigmoid":
            a4 = _softmax_of(_sigmoid(z4))
        if slip == "logarithm":
            a4 = _log_probs(z4)
        if slip == "overwritten":
            z2, z3, z4 = a2, a3, a4
        return {"z2": z2, "a2": a2, "z3": z3, "a3": a3, "z4": z4, "a4": a4}

    return forward


FORWARD_THREE_LAYERS = Exercise(
    "forward_three_layers",
    groups=(
        Group("typical batches", _draw_forward, weight=3),
        Group("a batch of one sample", lambda rng: _draw_forward(rng, m=1), edge=True),
        Group("scores far apart", lambda rng: _draw_forward(rng, lead=2000.0)),
    ),
    oracle=_forward_oracle,
    laws=(
        Law(
            "the probabilities of each sample sum to 1",
            lambda ask, x, p: all_close(np.sum(ask(x, p)["a4"], axis=1), np.ones(len(x))),
        ),
    ),
    mistakes=(
        Mistake("no biases", "Each neuron has a bias of its own: is it in its z?", _forward_with("no bias")),
        Mistake(
            "bias in the first layer only",
            "All three layers have biases, not the first alone.",
            _forward_with("first bias only"),
        ),
        Mistake(
            "no sigmoid at all",
            "Without an activation between them three layers collapse into one: what stands between z and a?",
            _forward_with("linear"),
        ),
        Mistake(
            "no sigmoid in the second hidden layer",
            "Both hidden layers end with the sigmoid: what is a3 made of?",
            _forward_with("linear 3"),
        ),
        Mistake(
            "ReLU instead of the sigmoid",
            "This net's activation is the sigmoid: its values lie between 0 and 1.",
            _forward_with("relu"),
        ),
        Mistake(
            "tanh instead of the sigmoid",
            "This net's activation is the sigmoid: its values lie between 0 and 1.",
            _forward_with("tanh"),
        ),
        Mistake(
            "hands on z instead of a",
            "The next layer takes what the sigmoid gave, not what went into it.",
            _forward_with("z on"),
        ),
        Mistake(
            "sigmoid on the scores",
            "The last layer's scores stay as they are: a sigmoid would keep the loss from ever reaching 0.",
            _forward_with("sigmoid on scores"),
        ),
        Mistake(
            "sigmoid before the softmax",
            "Softmax takes the scores themselves: squeezed between 0 and 1 first, they hardly differ.",
            _forward_with("softmax of a sigmoid"),
        ),
        Mistake(
            "sigmoid in place of the softmax",
            "The classes compete, so each row of a4 sums to 1: which function does that?",
            _forward_with("sigmoid output"),
        ),
        Mistake(
            "softmax over the samples",
            "Each row is one sample and should sum to 1: along which axis do you add up?",
            _forward_with("axis"),
        ),
        Mistake(
            "log-probabilities",
            "a4 holds the probabilities; their logarithms come in only for the loss.",
            _forward_with("logarithm"),
        ),
        Mistake(
            "z overwritten by a",
            "z and a are two things: the backward pass and the loss need both.",
            _forward_with("overwritten"),
        ),
    ),
)

# --- hidden_error: one step of the derivation ----------------------------------------------------


def _draw_hidden(rng: np.random.Generator, m: int | None = None, spread: float = 1.2) -> tuple[Array, ...]:
    width, after, drawn = _widths(rng, 3)
    rows = m or drawn
    activation = _sigmoid(rng.normal(scale=spread, size=(rows, width)))
    return rng.normal(size=(rows, after)), rng.normal(size=(width, after)), activation


def _hidden_oracle(delta_next: Array, weights: Array, activation: Array) -> Any:
    a = _tensor(activation)
    z = (a / (1 - a)).log().requires_grad_()
    # The slope of this sum by the scores behind the weights is delta_next.
    (z.sigmoid() @ _tensor(weights) * _tensor(delta_next)).sum().backward()
    return z.grad


def _slope_of(a: Array) -> Array:
    return a * (1 - a)


HIDDEN_ERROR = Exercise(
    "hidden_error",
    groups=(
        Group("random layers", _draw_hidden, weight=3, count=3),
        Group("one sample", lambda rng: _draw_hidden(rng, m=1), edge=True),
        Group("neurons close to 0 and 1", lambda rng: _draw_hidden(rng, spread=4.0)),
    ),
    oracle=_hidden_oracle,
    mistakes=(
        Mistake(
            "no slope of the sigmoid",
            "The way back also leads through the sigmoid: what is its slope?",
            lambda d, w, a: d @ w.T,
        ),
        Mistake(
            "slope of the sigmoid taken at a",
            "The a is the sigmoid's value already: putting it through the sigmoid once more gives the slope at a "
            "wrong place.",
            lambda d, w, a: d @ w.T * _slope_of(_sigmoid(a)),
        ),
        Mistake(
            "sigmoid instead of its slope",
            "Half of the slope is there: by what is a multiplied in the derivative of the sigmoid?",
            lambda d, w, a: d @ w.T * a,
        ),
        Mistake(
            "one minus the sigmoid instead of its slope",
            "Half of the slope is there: what stands beside 1 - a in the derivative of the sigmoid?",
            lambda d, w, a: d @ w.T * (1 - a),
        ),
        Mistake(
            "slope of tanh",
            "That is the slope of tanh: which activation is in this net?",
            lambda d, w, a: d @ w.T * (1 - a**2),
        ),
        Mistake(
            "sign of the slope",
            "The sigmoid rises everywhere, so its slope is positive: which way round is the difference?",
            lambda d, w, a: -(d @ w.T) * _slope_of(a),
        ),
        Mistake(
            "divided by the batch again",
            "The factor 1/m came in with the last layer and is inherited: once is enough.",
            lambda d, w, a: d @ w.T * _slope_of(a) / len(a),
        ),
        Mistake(
            "slope squared",
            "One sigmoid lies on the way, so its slope comes in once.",
            lambda d, w, a: d @ w.T * _slope_of(a) ** 2,
        ),
        Mistake(
            "summed over the samples",
            "Every sample keeps an error of its own here; adding up over them belongs to the gradients.",
            lambda d, w, a: (d @ w.T * _slope_of(a)).sum(axis=0),
        ),
    ),
)

# --- backward_three_layers -----------------------------------------------------------------------


def _steps_for(x: Array, params: Params) -> dict[str, Array]:
    return {name: value.numpy() for name, value in _forward_oracle(x, params).items()}


def _draw_backward(rng: np.random.Generator, m: int | None = None) -> tuple[Any, ...]:
    *sizes, drawn = _widths(rng, 5)
    rows = m or drawn
    params = _draw_params(rng, sizes, spread=0.7)
    x = rng.normal(size=(rows, sizes[0]))
    return x, np.eye(sizes[-1])[rng.integers(0, sizes[-1], size=rows)], params, _steps_for(x, params)


def _backward_oracle(x: Array, targets: Array, params: Params, steps: dict[str, Array]) -> dict[str, Any]:
    import torch

    p = {name: _tensor(value).requires_grad_() for name, value in params.items()}
    z2 = _tensor(x) @ p["w1"] + p["b1"]
    z3 = z2.sigmoid() @ p["w2"] + p["b2"]
    z4 = z3.sigmoid() @ p["w3"] + p["b3"]
    loss = torch.nn.functional.cross_entropy(z4, _tensor(targets))
    wanted = [z4, p["w3"], p["b3"], z3, p["w2"], p["b2"], z2, p["w1"], p["b1"]]
    return dict(zip(BACKWARD_STEPS, torch.autograd.grad(loss, wanted), strict=True))


BACKWARD_STEPS = ("delta4", "grad_w3", "grad_b3", "delta3", "grad_w2", "grad_b2", "delta2", "grad_w1", "grad_b1")


def _backward_with(slip: str) -> Callable[..., dict[str, Array]]:
    """Return backward_three_layers with one slip in it; whatever comes after the slip follows from it."""

    def back(delta: Array, w: Array, a: Array) -> Array:
        if slip == "sigmoid again":
            return delta @ w.T * _slope_of(_sigmoid(a))
        return delta @ w.T * (1 if slip == "no slope" else _slope_of(a))

    def slope_from(steps: dict[str, Array], layer: int) -> Array:
        return steps[f"{'z' if slip == 'slope of z' else 'a'}{layer}"]

    def down(before: Array, delta: Array) -> tuple[Array, Array]:
        scale = 1 / len(before) if slip == "1/m twice" else 1.0
        weights = delta.T @ before if slip == "transposed" else before.T @ delta
        bias = delta.mean(axis=0) if slip == "bias mean" else delta.sum(axis=0) * scale
        if slip == "bias over neurons":
            bias = delta.sum(axis=1)
        return weights * scale, np.asarray(delta.sum()) if slip == "bias total" else bias

    def backward(x: Array, targets: Array, params: Params, steps: dict[str, Array]) -> dict[str, Array]:
        a2, a3, a4 = steps["a2"], steps["a3"], steps["a4"]
        if slip == "z before":
            a2, a3 = steps["z2"], steps["z3"]
        if slip == "z2 before":
            a2 = steps["z2"]
        delta4 = (targets - a4 if slip == "sign" else a4 - targets) / (1 if slip == "no 1/m" else len(x))
        if slip == "divided by classes":
            delta4 = (a4 - targets) / a4.size
        if slip == "slope of the softmax":
            delta4 = delta4 * _slope_of(a4)
        if slip == "1/a":
            delta4 = -targets / a4 / len(x)
        delta3 = back(delta4, params["w3"], slope_from(steps, 3))
        delta2 = back(delta3, params["w2"], slope_from(steps, 2))
        found = (delta4, *down(a3, delta4), delta3, *down(a2, delta3), delta2, *down(x, delta2))
        return dict(zip(BACKWARD_STEPS, found, strict=True))

    return backward


BACKWARD_THREE_LAYERS = Exercise(
    "backward_three_layers",
    groups=(
        Group("typical batches", _draw_backward, weight=3),
        Group("a batch of one sample", lambda rng: _draw_backward(rng, m=1), edge=True),
    ),
    oracle=_backward_oracle,
    mistakes=(
        Mistake(
            "no 1/m",
            "The loss is a mean over the batch, so its slope by each score carries the same factor.",
            _backward_with("no 1/m"),
        ),
        Mistake(
            "sign of delta4",
            "Raising the score of the true class lowers the loss: which of the two is subtracted?",
            _backward_with("sign"),
        ),
        Mistake(
            "divided by all entries",
            "The mean runs over the samples alone; the classes are added up.",
            _backward_with("divided by classes"),
        ),
        Mistake(
            "slope of the softmax twice",
            "The slope of the softmax is inside the short result a - y already.",
            _backward_with("slope of the softmax"),
        ),
        Mistake(
            "slope of the loss by the probabilities",
            "That is the slope by a4; going through the softmax as well gives a much shorter result.",
            _backward_with("1/a"),
        ),
        Mistake(
            "1/m twice",
            "The factor 1/m sits in delta4, and everything behind it inherits it.",
            _backward_with("1/m twice"),
        ),
        Mistake(
            "mean in the bias gradients",
            "The factor 1/m sits in delta4 already: each sample adds its share to a bias.",
            _backward_with("bias mean"),
        ),
        Mistake(
            "one number for a bias gradient",
            "Each neuron has a bias of its own, so add up over the samples only.",
            _backward_with("bias total"),
        ),
        Mistake(
            "gradients of the weights transposed",
            "A gradient has the shape of what it belongs to: which factor of the product is transposed?",
            _backward_with("transposed"),
        ),
        Mistake(
            "z instead of a before the weights",
            "The weights multiply what the sigmoid gave: which of the two goes into their gradient?",
            _backward_with("z before"),
        ),
        Mistake(
            "z instead of a before the second layer",
            "The second layer was fed a2, not z2: which of the two goes into the gradient of its weights?",
            _backward_with("z2 before"),
        ),
        Mistake(
            "slope of the sigmoid from z",
            "The short form of the slope takes the sigmoid's value a: was it given z?",
            _backward_with("slope of z"),
        ),
        Mistake(
            "bias gradients over the neurons",
            "Add over samples, not over neurons: which sum is that?",
            _backward_with("bias over neurons"),
        ),
        Mistake(
            "no slope of the sigmoid",
            "Between two layers of weights lies a sigmoid: its slope is missing.",
            _backward_with("no slope"),
        ),
        Mistake(
            "slope of the sigmoid taken at a",
            "a is the sigmoid's value already: put through the sigmoid once more, it gives the slope at a wrong place.",
            _backward_with("sigmoid again"),
        ),
    ),
)

# --- apply_update --------------------------------------------------------------------------------


def _draw_update(rng: np.random.Generator, layers: int, rate: tuple[float, float]) -> tuple[Any, ...]:
    sizes = _widths(rng, layers + 1)
    params = _draw_params(rng, sizes)
    grads = {f"delta{layers + 1}": rng.normal(size=(11, sizes[-1]))}
    grads |= {f"grad_{name}": rng.normal(size=value.shape) for name, value in params.items()}
    return params, grads, float(rng.uniform(*rate))


def _update_oracle(params: Params, grads: Params, learning_rate: float) -> dict[str, Any]:
    return {
        name: _tensor(value).sub(_tensor(grads[f"grad_{name}"]), alpha=learning_rate) for name, value in params.items()
    }


def _update_by(step: Callable[[str, Array, Array, float], Array]) -> Callable[..., Params]:
    return lambda params, grads, rate: {
        name: step(name, value, grads[f"grad_{name}"], rate) for name, value in params.items()
    }


def _entirely(slip: Callable[..., Params]) -> Callable[[Any, Case], bool]:
    """Match a slip in all entries: those of several slips agree in the first that is wrong."""

    def matches(value: Any, case: Case) -> bool:
        wanted = slip(*case.args)
        return value.keys() == wanted.keys() and all(all_close(value[name], wanted[name]) for name in wanted)

    return matches


APPLY_UPDATE = Exercise(
    "apply_update",
    groups=(
        Group("three layers", lambda rng: _draw_update(rng, 3, (0.05, 0.7)), weight=3),
        Group("one layer", lambda rng: _draw_update(rng, 1, (0.05, 0.7))),
        Group("a tiny learning rate", lambda rng: _draw_update(rng, 3, (1e-4, 1e-3))),
    ),
    oracle=_update_oracle,
    computation="elementwise",
    mistakes=(
        Mistake(
            "climbs",
            "The gradient points uphill: on which side does the loss fall?",
            _update_by(lambda name, value, grad, rate: value + rate * grad),
        ),
        Mistake(
            "no learning rate",
            "The step has the size of the gradient itself: where does the learning rate come in?",
            _update_by(lambda name, value, grad, rate: value - grad),
        ),
        Mistake(
            "divided by the learning rate",
            "A small learning rate means a small step: is something divided that should be multiplied?",
            _update_by(lambda name, value, grad, rate: value - grad / rate),
        ),
        Mistake(
            "the step instead of the new value",
            "That is the step alone: from where is it taken?",
            _update_by(lambda name, value, grad, rate: -rate * grad),
        ),
        Mistake(
            "nothing moves",
            "The parameters come back as they went in: is the new value stored?",
            matches=_entirely(_update_by(lambda name, value, grad, rate: value)),
        ),
        Mistake(
            "last layer only",
            "Only one layer moves: the other layers have gradients too.",
            matches=_entirely(
                lambda params, grads, rate: {
                    name: value - rate * grads[f"grad_{name}"] * (name[1:] == max(key[1:] for key in params))
                    for name, value in params.items()
                }
            ),
        ),
        Mistake(
            "biases stay",
            "The weights move and the biases stay: each of them has a gradient of its own.",
            _update_by(lambda name, value, grad, rate: value - rate * grad * (name[0] == "w")),
        ),
        Mistake(
            "weights stay",
            "The biases move and the weights stay: each of them has a gradient of its own.",
            _update_by(lambda name, value, grad, rate: value - rate * grad * (name[0] == "b")),
        ),
    ),
)

# --- catches_bad_start: the test that catches it -------------------------------------------------

SOUND = ("uniform_by_fan_in", "small_everywhere", "sound_only_once")
UNSOUND = ("one_spread_for_all", "unequal_biases")
SLIGHT = "a_small_head_start"


def _draw_start(rng: np.random.Generator, start: str, one_sided: bool = False) -> tuple[Any, ...]:
    c = int(rng.integers(4, 7))
    m = 60
    # Nearly all samples of class 0: a head start for that class then puts the loss far below ln c.
    labels = np.where(np.arange(m) < 57, 0, np.arange(m) % 3 + 1) if one_sided else np.arange(m) % c
    return _start_case(rng, start, c, labels)


def _draw_slight(rng: np.random.Generator, gap: float, c: int, unseen: int = 0) -> tuple[Any, ...]:
    """Draw labels for which a head start of two for class 0 puts the first loss `gap` above ln c."""
    m = 60
    share = (np.log((np.exp(2.0) + c - 1) / c) - gap) / 2.0
    first = int(np.round(share * m))
    labels = np.where(np.arange(m) < first, 0, 1 + np.arange(m) % (c - 1 - unseen))
    return _start_case(rng, SLIGHT, c, labels)


def _start_case(rng: np.random.Generator, start: str, c: int, labels: Array) -> tuple[Any, ...]:
    m = len(labels)
    sizes = (int(rng.integers(11, 15)), int(rng.integers(30, 40)), int(rng.integers(180, 220)), c)
    features, labels = rng.normal(size=(m, sizes[0])), rng.permutation(labels)
    while True:
        seed = int(rng.integers(2**31))
        # Whoever draws a start of their own from `rng` finds it sound, whatever the labels are.
        if abs(_gap(_init_with(""), sizes, features, labels, np.random.default_rng(seed))) < 0.45:
            return Given(f"neural_network.{start}"), sizes, features, labels, Rng(seed)


def _start_oracle(start: Any, sizes: tuple[int, ...], x: Array, y: Array, rng: np.random.Generator) -> bool:
    import torch

    z4 = _forward_oracle(x, start(sizes, rng))["z4"]
    loss = torch.nn.functional.cross_entropy(z4, torch.tensor(y))
    return not torch.isclose(loss, torch.tensor(sizes[-1], dtype=loss.dtype).log(), rtol=0, atol=0.5)


def _gap(start: Any, sizes: tuple[int, ...], x: Array, y: Array, rng: np.random.Generator) -> float:
    """Return how far the first loss lies above ln c, for the slips."""
    z4 = _forward_with("")(x, start(sizes, rng))["z4"]
    return _gap_of(z4, sizes, y)


def _gap_of(z4: Array, sizes: tuple[int, ...], y: Array) -> float:
    return float(-_log_probs(z4)[np.arange(len(y)), y].mean() - np.log(sizes[-1]))


def _softmax_twice(start: Any, sizes: tuple[int, ...], x: Array, y: Array, rng: np.random.Generator) -> bool:
    return abs(_gap_of(_forward_with("")(x, start(sizes, rng))["a4"], sizes, y)) > 0.5


def _mean_of_five(start: Any, sizes: tuple[int, ...], x: Array, y: Array, rng: np.random.Generator) -> bool:
    return abs(sum(_gap(start, sizes, x, y, rng) for _ in range(5))) / 5 > 0.5


def _with_classes(count: Callable[..., int]) -> Callable[..., bool]:
    """Return the slip that takes ln of something else than c."""

    def catches(start: Any, sizes: tuple[int, ...], x: Array, y: Array, rng: np.random.Generator) -> bool:
        return abs(_gap(start, sizes, x, y, rng) + np.log(sizes[-1]) - np.log(count(sizes, y))) > 0.5

    return catches


def _near_the_border(value: Any, case: Case) -> bool:
    return isinstance(value, bool | np.bool_) and 0.3 < abs(_gap(*realise(case.args))) < 0.8


def _fixed_classes(value: Any, case: Case) -> bool:
    """Say whether another c, ten or the number of inputs, explains a verdict."""
    slips = (_with_classes(lambda sizes, y: 10), _with_classes(lambda sizes, y: sizes[0]))
    return isinstance(value, bool | np.bool_) and any(value == slip(*realise(case.args)) for slip in slips)


CATCHES_BAD_START = Exercise(
    "catches_bad_start",
    groups=(
        Group("weights that know the number of inputs", lambda rng: _draw_start(rng, SOUND[0]), weight=2),
        Group("small weights", lambda rng: _draw_start(rng, SOUND[1])),
        Group("one spread for all layers", lambda rng: _draw_start(rng, UNSOUND[0]), weight=2),
        Group("a class with a head start", lambda rng: _draw_start(rng, UNSOUND[1])),
        Group("a loss that is too good", lambda rng: _draw_start(rng, UNSOUND[1], one_sided=True)),
        Group("a loss 0.4 above ln c", lambda rng: _draw_slight(rng, 0.4, 5)),
        Group("a loss 0.4 below ln c", lambda rng: _draw_slight(rng, -0.4, 6)),
        Group("a loss 0.7 above ln c", lambda rng: _draw_slight(rng, 0.7, 5)),
        Group("a loss 0.7 below ln c", lambda rng: _draw_slight(rng, -0.7, 6)),
        Group("labels without the last class", lambda rng: _draw_slight(rng, 0.4, 4, unseen=1)),
        Group("a start that is sound only once", lambda rng: _draw_start(rng, SOUND[2])),
    ),
    oracle=_start_oracle,
    mistakes=(
        Mistake(
            "catches only a loss that is too high",
            "A first loss far below ln c is as suspicious as one far above: nothing has been learned yet.",
            lambda *args: _gap(*args) > 0.5,
        ),
        Mistake(
            "catches only a loss that is too low",
            "A first loss far above ln c is the commoner sign: does the distance count in both directions?",
            lambda *args: _gap(*args) < -0.5,
        ),
        Mistake(
            "probabilities where logits are due",
            "The loss takes the logits z4 and does the softmax itself.",
            _softmax_twice,
        ),
        Mistake(
            "catches nothing",
            "It calls every start sound. Which function draws the start under test? Is its loss compared with ln c?",
            lambda *args: False,
        ),
        Mistake(
            "catches everything",
            "It calls every start bad: what loss does a sound start give, and is the distance taken from there?",
            lambda *args: True,
        ),
        Mistake(
            "the verdict turned round",
            "True means that the start is bad: which way round is the comparison?",
            lambda *args: abs(_gap(*args)) <= 0.5,
        ),
        Mistake(
            "the distance instead of a verdict",
            "The distance from ln c is measured; what is asked for is whether it is larger than 0.5.",
            lambda *args: abs(_gap(*args)),
        ),
        Mistake(
            "the loss instead of a verdict",
            "That is the loss; what is asked for is whether it lies too far from ln c.",
            lambda *args: _gap(*args) + np.log(args[1][-1]),
        ),
        Mistake(
            "classes counted in the labels",
            "A batch may lack a class: where does it stand how many scores the net gives?",
            _with_classes(lambda sizes, y: int(y.max()) + 1),
        ),
        Mistake(
            "draws several starts",
            "One start is under test: how often is it drawn?",
            _mean_of_five,
        ),
        Mistake(
            "another border",
            "It errs near the border: a start is bad when its loss is more than half a nat away from ln c, on either "
            "side.",
            matches=_near_the_border,
        ),
        Mistake(
            "a fixed number of classes",
            "This net need not have ten classes: where do you find c?",
            matches=_fixed_classes,
        ),
    ),
    computation="elementwise",
)

# --- train_classifier: a trained net -------------------------------------------------------------


def _two_sided(rng: np.random.Generator, m: int, c: int, axes: Array) -> tuple[Array, Array]:
    """Draw two clouds for each class, on opposite sides of the origin: no straight line parts them."""
    labels = rng.permutation(np.arange(m) % c)
    side = rng.permutation(np.where(np.arange(m) % 2, 3.0, -3.0))
    return side[:, None] * axes[labels] + 0.7 * rng.normal(size=(m, axes.shape[1])), labels


def _axes(rng: np.random.Generator, n: int, c: int) -> Array:
    return np.linalg.qr(rng.normal(size=(n, n)))[0][:c]


def _draw_known_path(rng: np.random.Generator) -> tuple[Any, ...]:
    n, c, m = 6, 4, 17
    x, y = _two_sided(rng, m, c, _axes(rng, n, c))
    rate, epochs = float(rng.uniform(0.1, 0.5)), int(rng.integers(4, 8))
    return x, y, (n, 11, 8, c), rate, m, epochs, Rng(int(rng.integers(2**31)))


def _draw_short(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw two short epochs, with a last batch that is smaller than the others."""
    n, c, m = 7, 4, int(rng.integers(21, 24))
    x, y = _two_sided(rng, m, c, _axes(rng, n, c))
    return x, y, (n, 11, 8, c), float(rng.uniform(0.1, 0.5)), 6, 2, Rng(int(rng.integers(2**31)))


def _draw_training(rng: np.random.Generator, ordered: bool) -> Case:
    n, c = 5, 3
    axes = _axes(rng, n, c)
    x, y = _two_sided(rng, 300 if ordered else 99, c, axes)
    if ordered:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    batch, epochs = (6, 5) if ordered else (8, 24)
    return Case(
        (x, y, (n, 14, 9, c), 1.5, batch, epochs, Rng(int(rng.integers(2**31)))),
        aside=_two_sided(rng, 400, c, axes),
    )


def _trained(value: Any, case: Case) -> Params:
    """Return the parameters, or raise with what is wrong with the form of what came back."""
    features, _, sizes, _, batch, epochs, _ = case.args
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("two things are due: the parameters and the losses.")
    params, losses = value
    if not isinstance(params, dict):
        raise ValueError("the parameters are a dict with the entries `w1` to `b3`, and they come first.")
    found: Params = {}
    for layer in (1, 2, 3):
        for name, shape in ((f"w{layer}", tuple(sizes[layer - 1 : layer + 1])), (f"b{layer}", (sizes[layer],))):
            part = as_array(params.get(name))
            if part is None or part.shape != shape:
                told = "no numbers" if part is None else f"the shape {part.shape}"
                raise ValueError(f"`{name}` has {told}; {shape} is due.")
            found[name] = part.astype(float)
    many = as_array(losses)
    due = epochs * -(-len(features) // batch)
    if many is None or many.shape != (due,):
        raise ValueError(f"one loss for each batch of each epoch is due, {due} in all.")
    return found


def _share_right(value: Any, case: Case) -> float:
    features, labels = case.aside
    scores = _forward_with("")(features, _trained(value, case))["a4"]
    return float((scores.argmax(axis=1) == labels).mean())


def _reference_share(case: Case) -> float:
    """Return what the label of the nearest training sample reaches."""
    x, y = case.args[:2]
    features, labels = case.aside
    distances = (features**2).sum(axis=1)[:, None] - 2 * features @ x.T + (x**2).sum(axis=1)
    return float((y[distances.argmin(axis=1)] == labels).mean())


def _train_oracle(x: Array, y: Array, sizes: Any, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    import torch

    params = {name: value.requires_grad_() for name, value in _init_oracle(sizes, rng).items()}
    features, labels, losses = _tensor(x), torch.tensor(y), []
    for _ in range(epochs):
        for chosen in torch.tensor(rng.permutation(len(x))).split(batch):
            hidden = (features[chosen] @ params["w1"] + params["b1"]).sigmoid()
            hidden = (hidden @ params["w2"] + params["b2"]).sigmoid()
            loss = torch.nn.functional.cross_entropy(hidden @ params["w3"] + params["b3"], labels[chosen])
            losses.append(loss.item())
            grads = torch.autograd.grad(loss, list(params.values()))
            with torch.no_grad():
                for value, grad in zip(params.values(), grads, strict=True):
                    value.sub_(grad, alpha=rate)
    return params, losses


def _loss_of(x: Array, targets: Array, params: Params, twice: bool = False) -> float:
    scores = _forward_with("")(x, params)["a4" if twice else "z4"]
    return float(-(targets * _log_probs(scores)).sum() / len(x))


def _of_mini_batches(value: Any, case: Case) -> bool:
    """Say whether the form is right where the samples make several batches."""
    features, _, _, _, batch, _, _ = case.args
    return len(features) > batch and bool(_trained(value, case))


def _train_with(slip: str) -> Callable[..., Any]:
    """Return train_classifier with one slip in it."""

    def train(x: Array, y: Array, sizes: Any, rate: float, batch: int, epochs: int, rng: Any) -> Any:
        targets = np.eye(sizes[-1])[y]
        params = _init_with({"wide": "0.3", "zero": "zero"}.get(slip, ""))(sizes, rng)
        losses: list[float] = []
        order = np.arange(len(x))
        moves = {"no biases": "w", "last layer": "3"}.get(slip, "")
        for epoch in range(1 if slip == "one epoch" else epochs):
            if slip == "same state":
                rng = np.random.default_rng(0)
            if not (slip == "one order" and epoch):
                fresh = np.arange(len(x)) if slip == "never shuffled" else rng.permutation(len(x))
                order = order[fresh] if slip == "shuffled again" else fresh
            for start in range(0, len(x) // batch * batch if slip == "rest left out" else len(x), batch):
                chosen = order[start : start + batch]
                here, due = x[chosen], targets[chosen]
                divisor = {"loss sum": 1.0, "full batch": float(batch)}.get(slip, float(len(here)))
                losses.append(_loss_of(here, due, params, twice=slip == "a4") * len(here) / divisor)
                grads = _backward_with("no 1/m" if slip == "sum" else "")(here, due, params, _steps_of(here, params))
                step = {"up": -rate, "still": 0.0, "no rate": 1.0}.get(slip, rate)
                params = {
                    name: value - (step if moves in name else 0.0) * grads[f"grad_{name}"]
                    for name, value in params.items()
                }
                if slip == "after":
                    losses[-1] = _loss_of(here, due, params)
        if slip == "swapped":
            return losses, params
        if slip == "epoch means":
            return params, [float(np.mean(part)) for part in np.array_split(losses, epochs)]
        return params if slip == "no losses" else (params, losses)

    return train


def _steps_of(x: Array, params: Params) -> dict[str, Array]:
    return _forward_with("")(x, params)


TRAIN_CLASSIFIER = Exercise(
    "train_classifier",
    groups=(
        Group("one big batch, where every step is known", _draw_known_path, weight=2),
        Group("two epochs of mini-batches, step by step", _draw_short, weight=2),
        Group(
            "mini-batches, judged on new samples",
            lambda rng: _draw_training(rng, ordered=False),
            weight=2,
            count=1,
            reach=Reach("accuracy on new samples", _share_right, _reference_share, margin=0.06),
        ),
        Group(
            "samples sorted by class",
            lambda rng: _draw_training(rng, ordered=True),
            count=1,
            reach=Reach("accuracy on new samples", _share_right, _reference_share, margin=0.1),
        ),
    ),
    oracle=_train_oracle,
    kind="trained",
    parts=("params", "losses"),
    computation="iterated",
    mistakes=(
        Mistake(
            "climbs instead of descending",
            "The losses rise: the update should go against the gradient.",
            _train_with("up"),
        ),
        Mistake(
            "never updates",
            "The parameters leave the loop as they entered it: is the update stored?",
            _train_with("still"),
        ),
        Mistake(
            "ignores the learning rate",
            "The step has the size of the gradient itself: where does the learning rate come in?",
            _train_with("no rate"),
        ),
        Mistake(
            "sum instead of mean",
            "The steps are as many times too long as the batch has samples: is the gradient that of the mean loss?",
            _train_with("sum"),
        ),
        Mistake(
            "loss after the update",
            "The losses are measured one step late: each belongs before the update of its batch.",
            _train_with("after"),
        ),
        Mistake(
            "biases never updated",
            "The weights learn and the biases stay: they have gradients of their own.",
            _train_with("no biases"),
        ),
        Mistake(
            "only the last layer learns",
            "The hidden layers stay as they were drawn: then nothing is learned there.",
            _train_with("last layer"),
        ),
        Mistake(
            "one epoch only",
            "One pass is not enough: how often should it go through the data?",
            _train_with("one epoch"),
        ),
        Mistake(
            "never shuffled",
            "The batches come in the order of the data. Sorted by class, each batch pulls towards one class only.",
            _train_with("never shuffled"),
        ),
        Mistake(
            "one order",
            "Every epoch is shuffled anew: where is the order drawn?",
            _train_with("one order"),
        ),
        Mistake(
            "the same random state in every epoch",
            "Every epoch is shuffled anew, by the `rng` that came in: does each epoch start from the same state?",
            _train_with("same state"),
        ),
        Mistake(
            "shuffled samples shuffled again",
            "The order of each epoch picks from the samples as they came, not from those of the epoch before.",
            _train_with("shuffled again"),
        ),
        Mistake(
            "last batch left out",
            "Samples left over make one more, smaller batch: is it trained on as well?",
            _train_with("rest left out"),
        ),
        Mistake(
            "last loss divided by a full batch",
            "The last batch may be smaller: over how many samples does its mean run?",
            _train_with("full batch"),
        ),
        Mistake(
            "summed losses",
            "The training is right, and its losses are sums: the loss of a batch is a mean.",
            _train_with("loss sum"),
        ),
        Mistake(
            "losses from the probabilities",
            "The training is right, its losses are not: the mean loss is taken from the logits, not from a4.",
            _train_with("a4"),
        ),
        Mistake(
            "starts from zero",
            "Started from zero, all neurons of a layer stay equal for ever: which function draws the start?",
            _train_with("zero"),
        ),
        Mistake(
            "starts with one range for all layers",
            "The start does not know the number of inputs: which of your functions draws one that does?",
            _train_with("wide"),
        ),
        Mistake(
            "one loss for each epoch",
            "The loss of every single batch is asked for, not the mean of an epoch.",
            _train_with("epoch means"),
        ),
        Mistake(
            "losses before the parameters",
            "Parameters first, then the losses.",
            _train_with("swapped"),
        ),
        Mistake(
            "losses not returned",
            "Two things are asked for: the parameters and the losses.",
            _train_with("no losses"),
        ),
        Mistake(
            "other steps",
            "One big batch goes right. With several, the check follows every step: an order from `rng.permutation` "
            "at the start of each epoch, then a loss and an update for each batch.",
            matches=_of_mini_batches,
        ),
    ),
)

# --- predict_digits ------------------------------------------------------------------------------


def _draw_images(rng: np.random.Generator, shape: tuple[int, ...], k: int) -> tuple[Array, Params]:
    sizes = [int(np.prod(shape)), 7, 5, 4]
    params = _draw_params(rng, sizes)
    # Scores with mean 0 in every class: the image itself decides, and no constant answer will do.
    scores = _forward_with("")(rng.normal(size=(60, sizes[0])), params)["z4"]
    params["b3"] = params["b3"] - scores.mean(axis=0)
    return rng.normal(size=(k, *shape)), params


def _predict_oracle(images: Array, params: Params) -> Any:
    return _forward_oracle(_tensor(images).flatten(start_dim=1).numpy(), params)["z4"].argmax(dim=1)


def _probs_of(images: Array, params: Params) -> Array:
    return _forward_with("")(images.reshape(len(images), -1), params)["a4"]


PREDICT_DIGITS = Exercise(
    "predict_digits",
    groups=(
        Group("rows of features", lambda rng: _draw_images(rng, (10,), 23), weight=2),
        Group("images", lambda rng: _draw_images(rng, (6, 3), 29), weight=2),
        Group("one image", lambda rng: _draw_images(rng, (3, 4), 1), count=4, edge=True),
    ),
    oracle=_predict_oracle,
    computation="elementwise",
    mistakes=(
        Mistake(
            "likeliest image of each class",
            "Each image gets an answer: along which axis does the search for the largest run?",
            lambda images, p: _probs_of(images, p).argmax(axis=0),
        ),
        Mistake(
            "the probability instead of the class",
            "That is how likely the best class is; which class is it?",
            lambda images, p: _probs_of(images, p).max(axis=1),
        ),
        Mistake(
            "the least likely class",
            "The largest probability wins, not the smallest.",
            lambda images, p: _probs_of(images, p).argmin(axis=1),
        ),
        Mistake(
            "classes counted from 1",
            "Classes are numbered from 0 in this course.",
            lambda images, p: _probs_of(images, p).argmax(axis=1) + 1,
        ),
        Mistake(
            "all probabilities",
            "These are the probabilities of every class; one number for each image is asked for.",
            _probs_of,
        ),
        Mistake(
            "one-hot rows",
            "One number for each image is asked for: the position of the 1 in these rows.",
            lambda images, p: np.eye(len(p["b3"]))[_probs_of(images, p).argmax(axis=1)],
        ),
        Mistake(
            "one answer for all images",
            "Each image gets an answer: does the search for the largest run over the whole table?",
            lambda images, p: _probs_of(images, p).argmax(),
        ),
    ),
)

# --- ThreeLayerNet: a module ---------------------------------------------------------------------


def _draw_module(rng: np.random.Generator, shape: tuple[int, ...], m: int) -> tuple[Any, ...]:
    sizes = [int(np.prod(shape)), 8, 6, 5]
    values = [value.astype(np.float32) for value in _draw_params(rng, sizes).values()]
    parameters = [value.T.copy() if value.ndim == 2 else value for value in values]
    return tuple(sizes), parameters, rng.normal(size=(m, *shape)).astype(np.float32)


def _module_oracle(sizes: tuple[int, ...], parameters: list[Array], images: Array) -> dict[str, Any]:
    w1, b1, w2, b2, w3, b3 = map(_tensor, parameters)
    hidden = (_tensor(images).flatten(start_dim=1) @ w1.T + b1).sigmoid()
    logits = (hidden @ w2.T + b2).sigmoid() @ w3.T + b3
    return {COUNT: sum(np.size(value) for value in parameters), MODES[0]: logits, MODES[1]: logits}


def _module_matches(slip: str, last: Callable[[Array], Array] | None = None) -> Callable[[Any, Case], bool]:
    """Match a float32 module's output against a slip at single precision."""

    def matches(value: Any, case: Case) -> bool:
        _, parameters, images = case.args
        names = ("w1", "b1", "w2", "b2", "w3", "b3")
        params = {name: np.asarray(part, dtype=np.float64).T for name, part in zip(names, parameters, strict=True)}
        steps = _forward_with(slip)(np.asarray(images, dtype=np.float64).reshape(len(images), -1), params)
        wanted = (last(steps["z4"]) if last else steps["z4"]).astype(np.float32)
        return all(all_close(np.asarray(value[mode], dtype=np.float32), wanted) for mode in MODES)

    return matches


THREE_LAYER_NET = Exercise(
    "ThreeLayerNet",
    groups=(
        Group("batches of flat samples", lambda rng: _draw_module(rng, (7,), 4), weight=2),
        Group("batches of images", lambda rng: _draw_module(rng, (4, 3), 9), weight=2),
        Group("one image", lambda rng: _draw_module(rng, (3, 4), 1), edge=True),
    ),
    oracle=_module_oracle,
    kind="module",
    by_hand=False,
    mistakes=(
        Mistake(
            "softmax in the model",
            "The loss takes logits and does the softmax itself: what should the model give then?",
            matches=_module_matches("", _softmax_of),
        ),
        Mistake(
            "log-softmax in the model",
            "The loss takes logits and does the log-softmax itself: what should the model give then?",
            matches=_module_matches("", _log_probs),
        ),
        Mistake(
            "sigmoid on the scores",
            "The sigmoid belongs behind the two hidden layers; scores may be of any size.",
            matches=_module_matches("sigmoid on scores"),
        ),
        Mistake(
            "no activation",
            "Three linear layers in a row are one linear layer: what stands between them?",
            matches=_module_matches("linear"),
        ),
        Mistake(
            "no activation behind the first layer",
            "Both hidden layers have an activation: the first one's is missing.",
            matches=_module_matches("linear 2"),
        ),
        Mistake(
            "no activation behind the second layer",
            "Both hidden layers have an activation: the second one's is missing.",
            matches=_module_matches("linear 3"),
        ),
        Mistake(
            "ReLU instead of the sigmoid",
            "The net of this lesson has sigmoids: with ReLU it is another net.",
            matches=_module_matches("relu"),
        ),
        Mistake(
            "tanh instead of the sigmoid",
            "The net of this lesson has sigmoids: with tanh it is another net.",
            matches=_module_matches("tanh"),
        ),
        Mistake(
            "gives the class instead of the scores",
            "The loss needs all the scores: picking the largest comes after training.",
            matches=_module_matches("", lambda z: z.argmax(axis=1)),
        ),
        Mistake(
            "differs between training and evaluation",
            "This net should do the same in training and in evaluation: what differs between the two?",
            matches=lambda value, case: (
                np.shape(value[MODES[0]]) == np.shape(value[MODES[1]]) != ()
                and not all_close(value[MODES[0]], value[MODES[1]])
            ),
        ),
    ),
)

# --- mended_epochs: a bug hunt -------------------------------------------------------------------


def _draw_epochs(rng: np.random.Generator, m: int, batch_size: int, epochs: int) -> tuple[Any, ...]:
    labels = np.sort(rng.integers(1, 50, size=m))
    return rng.normal(size=(m, 4)), labels, batch_size, epochs, Rng(int(rng.integers(2**31)))


def _epochs_oracle(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> list[Any]:
    import torch

    items: list[Any] = []
    for _ in range(epochs):
        order = torch.tensor(rng.permutation(len(x)))
        parts = list(zip(torch.tensor(x)[order].split(size), torch.tensor(y)[order].split(size), strict=True))
        items += [(number, len(parts), *part) for number, part in enumerate(parts, start=1)]
    return items


def _epochs_with(slip: str) -> Callable[..., list[Any]]:
    """Return mended_epochs with one slip in it."""

    def give(x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator) -> list[Any]:
        m = len(x)
        items: list[Any] = []
        up = -(-m // size)
        total = {"published": m // size, "floor": m // size, "floor and stop": m // size}.get(slip, up)
        total = m // size + 1 if slip in ("plus one", "plus an empty one") else total
        unshuffled = slip in ("published", "never shuffled")
        once = rng.permutation(m) if slip == "one order" else np.arange(m)
        end = m // size * size if slip in ("rest left out", "floor and stop") else m
        end = m // size * size + 1 if slip == "plus an empty one" else end
        for _ in range(1 if slip == "one epoch" else epochs):
            order = once if unshuffled or slip == "one order" else rng.permutation(m)
            own = np.arange(m) if slip == "labels stay" else rng.permutation(m) if slip == "two orders" else order
            for number, start in enumerate(range(0, end, size), start=0 if slip == "from 0" else 1):
                part = slice(start, start + size)
                told = len(items) + 1 if slip == "runs on" else number
                items.append((told, total, x[order[part]], y[own[part]]))
        return items

    return give


def _counts_right(value: Any, case: Case) -> bool:
    x, _, size, epochs, _ = case.args
    total = -(-len(x) // size)
    wanted = [(number, total) for _ in range(epochs) for number in range(1, total + 1)]
    return [(item[0], item[1]) for item in value] == wanted


def _each_once(value: Any, case: Case) -> bool:
    """Whether every epoch gives each sample once, with its own label, in an order of its own."""
    x, y, size, epochs, _ = case.args
    total = -(-len(x) // size)
    wanted = sorted((tuple(row), int(label)) for row, label in zip(x, y, strict=True))
    orders = []
    for epoch in range(epochs):
        pairs = [
            (tuple(row), int(label))
            for item in value[epoch * total : (epoch + 1) * total]
            for row, label in zip(np.asarray(item[2]), np.asarray(item[3]), strict=True)
        ]
        if sorted(pairs) != wanted:
            return False
        orders.append(pairs)
    return all(one != other for number, one in enumerate(orders) for other in orders[:number])


MENDED_EPOCHS = Exercise(
    "mended_epochs",
    groups=(
        Group("a last batch that is smaller", lambda rng: _draw_epochs(rng, int(rng.integers(13, 16)), 6, 3), weight=3),
        Group("batches that come out even", lambda rng: _draw_epochs(rng, 15, 5, 3)),
        Group("a batch larger than the data", lambda rng: _draw_epochs(rng, 7, 20, 3)),
    ),
    oracle=_epochs_oracle,
    kind="generator",
    parts=("number", "total", "features", "labels"),
    computation="elementwise",
    mistakes=(
        Mistake(
            "the published listing",
            "That is the published idea: it never shuffles, and its total forgets the batch that is left over.",
            _epochs_with("published"),
        ),
        Mistake(
            "never shuffled",
            "The count is mended and the order is not: each epoch sees the same batches, sorted by class at worst.",
            _epochs_with("never shuffled"),
        ),
        Mistake(
            "total rounded down",
            "The samples that do not fill a batch make one as well: which way is the quotient rounded?",
            _epochs_with("floor"),
        ),
        Mistake(
            "one added to the total always",
            "When the samples fill their batches there is none left over: which way of rounding knows both cases?",
            _epochs_with("plus one"),
        ),
        Mistake(
            "rounded down, and stopped there",
            "Samples left over make one more batch.",
            _epochs_with("floor and stop"),
        ),
        Mistake(
            "an empty batch at the end",
            "And if nothing is left over?",
            _epochs_with("plus an empty one"),
        ),
        Mistake(
            "shuffled once for all epochs",
            "Every epoch gets an order of its own: where is the order drawn?",
            _epochs_with("one order"),
        ),
        Mistake(
            "samples left out",
            "Some samples are never seen: what becomes of those that do not fill a whole batch?",
            _epochs_with("rest left out"),
        ),
        Mistake(
            "labels not shuffled along",
            "A sample and its label must travel together: are both picked by the same order?",
            _epochs_with("labels stay"),
        ),
        Mistake(
            "an order of their own for the labels",
            "An image must keep its label: how many orders are drawn in an epoch?",
            _epochs_with("two orders"),
        ),
        Mistake(
            "batches counted from 0",
            "The last batch of an epoch should carry the total as its number: from where do you count?",
            _epochs_with("from 0"),
        ),
        Mistake(
            "batches counted across epochs",
            "The number starts again with every epoch.",
            _epochs_with("runs on"),
        ),
        Mistake(
            "one epoch only",
            "It stops after one epoch: is there a loop around the batches?",
            _epochs_with("one epoch"),
        ),
        Mistake(
            "shuffled in another way",
            "Every epoch is shuffled, in an order of its own. The check can follow only the order that the text above "
            "the answer gives: drawn from `rng` once an epoch.",
            matches=lambda value, case: _counts_right(value, case) and _each_once(value, case),
        ),
    ),
)

# --- mended_nll: a bug hunt ----------------------------------------------------------------------


def _draw_losses(rng: np.random.Generator, sure: str = "") -> tuple[Array, Array]:
    c, m = sorted(_widths(rng, 2))
    logits = rng.normal(scale=2.0, size=(m, c))
    labels = rng.integers(0, c, size=m)
    if sure:
        # The first row stays as it is, so that the loss is never 0 and a constant answer never right.
        preferred = labels if sure == "right" else (labels + 1) % c
        logits[np.arange(1, m), preferred[1:]] += 800.0
    return logits, np.eye(c)[labels]


def _nll_oracle(logits: Array, targets: Array) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(_tensor(logits), _tensor(targets))


def _nll_floored(value: Any, case: Case) -> bool:
    """Say whether a constant was added to the probabilities, or bounds them."""
    z, targets = case.args
    a = _softmax_of(z)
    constants = (np.finfo(float).eps, np.finfo(float).tiny, *(10.0**-power for power in range(3, 31)), 1e-300)
    return any(
        all_close(value, -(targets * np.log(bounded)).sum() / len(z))
        for tiny in constants
        for bounded in (a + tiny, np.maximum(a, tiny), np.clip(a, tiny, 1 - tiny))
    )


MENDED_NLL = Exercise(
    "mended_nll",
    groups=(
        Group("typical scores", _draw_losses, weight=2),
        Group("sure and right", lambda rng: _draw_losses(rng, "right")),
        Group("sure and wrong", lambda rng: _draw_losses(rng, "wrong")),
    ),
    oracle=_nll_oracle,
    mistakes=(
        Mistake(
            "the published listing",
            "That is the published idea: where a probability has been rounded to 0 it multiplies 0 by minus infinity.",
            lambda z, t: -(t * np.log(_softmax_of(z))).sum() / len(z),
        ),
        Mistake(
            "takes the scores for probabilities",
            "What comes in are scores, which may be negative: the name in the listing is wrong, not here.",
            lambda z, t: -(t * np.log(z)).sum() / len(z),
        ),
        Mistake(
            "infinite for a confident wrong answer",
            "A confident wrong answer now costs infinity: take the logarithm on paper, before anything is rounded.",
            lambda z, t: -np.log((t * _softmax_of(z)).sum(axis=1)).mean(),
        ),
        Mistake(
            "softmax twice",
            "These are logits already: one softmax is enough.",
            lambda z, t: -(t * _log_probs(_softmax_of(z))).sum() / len(z),
        ),
        Mistake(
            "sum instead of mean",
            "The loss of a batch is a mean over its samples.",
            lambda z, t: -(t * _log_probs(z)).sum(),
        ),
        Mistake(
            "mean over all entries",
            "The mean runs over the samples; the sum over the classes stays a sum.",
            lambda z, t: -(t * _log_probs(z)).mean(),
        ),
        Mistake(
            "sign",
            "The logarithm of a probability is never positive and a loss never negative: what is between them?",
            lambda z, t: (t * _log_probs(z)).sum() / len(z),
        ),
        Mistake(
            "one loss for each sample",
            "These are the losses of the single samples; the batch has one number.",
            lambda z, t: -(t * _log_probs(z)).sum(axis=1),
        ),
        Mistake(
            "a small constant inside the logarithm",
            "A constant that avoids the logarithm of 0 caps the loss: a confident wrong answer should cost its full "
            "price.",
            matches=_nll_floored,
        ),
    ),
)
