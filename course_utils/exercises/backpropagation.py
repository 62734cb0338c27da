"""The exercises of lesson 03, backpropagation.

Every oracle is PyTorch's autograd in float64 and shares no code with the NumPy answers. Sizes of the layers, of the
batch and of the outputs always differ, so that a swapped axis shows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.judging import Given
from course_utils.judging.calls import Rng
from course_utils.judging.compare import as_plain, same_slip
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any, learns: bool = False) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=learns)


def _s(z: Array) -> Array:
    """The sigmoid for slips and draws, whose inputs are of moderate size."""
    return 1 / (1 + np.exp(-z))


def _sizes(rng: np.random.Generator, count: int) -> list[int]:
    """Draw `count` different lengths from 3 up."""
    return [int(size) for size in rng.permutation(np.arange(3, 3 + count))]


# --- sigmoid -------------------------------------------------------------------------------------


def _numbers(rng: np.random.Generator, spread: float) -> Array:
    return rng.normal(scale=spread, size=_sizes(rng, 2))


def _wide_numbers(rng: np.random.Generator) -> tuple[Array]:
    """Numbers from -1500 to 1500, and among them some of moderate size, in one array."""
    m, n = 4, 6
    sizes = np.concatenate([np.linspace(-1500, 1500, 16), rng.normal(size=m * n - 16)])
    return (rng.permutation(sizes).reshape(m, n),)


SIGMOID = Exercise(
    "sigmoid",
    groups=(
        Group("numbers of moderate size", lambda rng: (_numbers(rng, 2.0),), weight=3),
        Group("one row of numbers", lambda rng: (rng.normal(size=int(rng.integers(4, 8))),)),
        Group("very large and very small numbers", _wide_numbers, weight=2),
    ),
    oracle=lambda z: _tensor(z).sigmoid(),
    laws=(
        Law(
            "the sigmoids of z and of -z sum to 1",
            lambda ask, z: all_close(np.add(ask(z), ask(-z)), np.ones(z.shape)),
        ),
    ),
    mistakes=(
        Mistake(
            "sign of the exponent",
            "A larger z should give a larger sigmoid: check the sign in the exponent.",
            lambda z: 1 / (1 + np.exp(z)),
        ),
        Mistake(
            "powers that overflow",
            "For large z both parts of this fraction become infinite: which form uses only powers of numbers below 0?",
            lambda z: np.exp(z) / (1 + np.exp(z)),
        ),
        Mistake(
            "forgot the 1 in the denominator",
            "A sigmoid stays between 0 and 1: what is added to the power in the denominator?",
            lambda z: 1 / np.exp(-z),
        ),
        Mistake(
            "slope instead of the sigmoid",
            "That is the slope of the sigmoid, never above 1/4; here the sigmoid itself is asked for.",
            lambda z: _s(z) * (1 - _s(z)),
        ),
        Mistake(
            "same form for both signs",
            "Taking the size of z away from its sign folds the curve: what should negative numbers give?",
            lambda z: 1 / (1 + np.exp(-np.abs(z))),
        ),
        Mistake(
            "hyperbolic tangent",
            "That curve runs from -1 to 1; the sigmoid runs from 0 to 1.",
            lambda z: np.tanh(z),
        ),
        Mistake(
            "a step",
            "This jumps from 0 to 1: the sigmoid climbs smoothly, and a jump has no slope to learn from.",
            lambda z: (z > 0).astype(float),
        ),
    ),
    computation="elementwise",
)

# --- sigmoid_grad --------------------------------------------------------------------------------


def _sigmoid_grad_oracle(z: Array) -> Any:
    import torch

    leaf = _tensor(z, learns=True)
    return torch.autograd.grad(leaf.sigmoid().sum(), leaf)[0]


SIGMOID_GRAD = Exercise(
    "sigmoid_grad",
    groups=(
        Group("numbers of moderate size", lambda rng: (_numbers(rng, 2.0),), weight=3),
        Group("one row of numbers", lambda rng: (rng.normal(size=int(rng.integers(4, 8))),)),
        Group("very large and very small numbers", _wide_numbers),
    ),
    oracle=_sigmoid_grad_oracle,
    laws=(Law("the slope is the same at z and at -z", lambda ask, z: all_close(ask(z), ask(-z))),),
    mistakes=(
        Mistake(
            "sigmoid applied twice",
            "The sigmoid is applied to something that is a sigmoid already: at which place is the slope wanted?",
            lambda z: _s(_s(z)) * (1 - _s(_s(z))),
        ),
        Mistake(
            "z taken for an activation",
            "The short form needs the value after the sigmoid; the function is handed z, the value before it.",
            lambda z: z * (1 - z),
        ),
        Mistake("the sigmoid itself", "That is the height of the curve; its slope is asked for.", _s),
        Mistake(
            "plus instead of minus",
            "The slope is largest in the middle and small at both ends: which sign does that need?",
            lambda z: _s(z) * (1 + _s(z)),
        ),
        Mistake(
            "one factor missing",
            "The slope is a product of two factors, one small on each side of 0: is one of them missing?",
            lambda z: 1 - _s(z),
        ),
        Mistake(
            "sign",
            "The sigmoid rises everywhere: can its slope be negative?",
            lambda z: -_s(z) * (1 - _s(z)),
        ),
        Mistake(
            "powers that overflow",
            "The power overflows far to the left, and infinity over infinity is no number: can sigmoids do the work?",
            lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
        ),
        Mistake(
            "slope of the hyperbolic tangent",
            "That is the slope of another curve, the hyperbolic tangent: at 0 the sigmoid's slope is 1/4.",
            lambda z: 1 - np.tanh(z) ** 2,
        ),
    ),
    computation="elementwise",
)

# --- forward_pass --------------------------------------------------------------------------------


def _draw_net(rng: np.random.Generator, layers: int, m: int | None = None) -> tuple[Array, list[Array], list[Array]]:
    """Draw a batch and a net of so many layers, in which no two lengths are equal."""
    own, *sizes = _sizes(rng, layers + 1)
    weights = [rng.normal(size=pair) / np.sqrt(pair[0]) for pair in itertools.pairwise(sizes)]
    biases = [rng.normal(scale=0.5, size=size) for size in sizes[1:]]
    return rng.normal(size=(m or own, sizes[0])), weights, biases


def _draw_even_net(rng: np.random.Generator) -> tuple[Array, list[Array], list[Array]]:
    m, n = _sizes(rng, 2)
    weights = [rng.normal(size=(n, n)) / np.sqrt(n) for _ in range(2)]
    return rng.normal(size=(m, n)), weights, [rng.normal(scale=0.5, size=n) for _ in range(2)]


def _forward_oracle(inputs: Array, weights: list[Array], biases: list[Array]) -> list[Any]:
    activations = [_tensor(inputs)]
    for w, b in zip(weights, biases, strict=True):
        activations.append((activations[-1] @ _tensor(w) + _tensor(b)).sigmoid())
    return activations


def _forward_with(slip: str) -> Any:
    def forward(inputs: Array, weights: list[Array], biases: list[Array]) -> Any:
        a = _s(inputs) if slip == "inputs" else inputs
        found = [a]
        for number, (w, b) in enumerate(zip(weights, biases, strict=True), start=1):
            z = (inputs if slip == "inputs again" else a) @ w + (0 if slip in ("no bias", "late bias") else b)
            plain = slip == "none" or (slip == "last" and number == len(weights))
            a = z if plain else _s(z)
            if slip == "z passed on":
                found.append(a)
                a = z
                continue
            if slip == "late bias":
                a = a + b
            found.append(z if slip == "z" else a)
        if slip == "no inputs":
            return found[1:]
        return found[-1] if slip == "outputs" else found

    return forward


FORWARD_PASS = Exercise(
    "forward_pass",
    groups=(
        Group("nets with one hidden layer", lambda rng: _draw_net(rng, 3), weight=3),
        Group("nets with three hidden layers", lambda rng: _draw_net(rng, 5), weight=2),
        Group("a single sample", lambda rng: _draw_net(rng, 3, m=1), edge=True),
        Group("layers of equal width", _draw_even_net, edge=True),
    ),
    oracle=_forward_oracle,
    mistakes=(
        Mistake(
            "inputs left out",
            "The way back needs every activation: what is the activation of the first layer?",
            _forward_with("no inputs"),
        ),
        Mistake(
            "outputs only",
            "The activations of all layers are asked for, from the inputs to the outputs.",
            _forward_with("outputs"),
        ),
        Mistake(
            "no sigmoid in the last layer",
            "In this net the output layer has a sigmoid as well.",
            _forward_with("last"),
        ),
        Mistake(
            "no sigmoid at all",
            "Without a bend in each layer the layers collapse into one: what happens to z before it moves on?",
            _forward_with("none"),
        ),
        Mistake(
            "keeps z instead of the activations",
            "The next layer gets the right numbers, and the list keeps others: which of z and a is to be kept?",
            _forward_with("z"),
        ),
        Mistake(
            "passes z on",
            "The list keeps the activations, and the next layer hears others: what does it receive, z or a?",
            _forward_with("z passed on"),
        ),
        Mistake("bias forgotten", "Each neuron adds a number of its own before the sigmoid.", _forward_with("no bias")),
        Mistake(
            "bias after the sigmoid",
            "The bias belongs to z: it is added before the sigmoid and not after it.",
            _forward_with("late bias"),
        ),
        Mistake(
            "sigmoid on the inputs",
            "The first layer holds the inputs as they are: the first sigmoid comes after the first weights.",
            _forward_with("inputs"),
        ),
        Mistake(
            "inputs into every layer",
            "Only the first weights meet the inputs: what does each later layer receive?",
            # where the layers differ in width this ends in an error, so only equal widths give a value to know it by
            matches=lambda value, case: same_slip(value, _forward_with("inputs again")(*case.args), "reduction"),
        ),
    ),
)

# --- paths_gradient ------------------------------------------------------------------------------


def _draw_weight(rng: np.random.Generator) -> tuple[Any, ...]:
    n, k = _sizes(rng, 2)
    h = int(rng.integers(5, 8))
    w1, w2 = rng.normal(size=(n, h)), rng.normal(size=(h, k))
    y = rng.uniform(0.1, 0.9, size=k)
    x = rng.choice([-1.0, 1.0], size=n) * rng.uniform(0.4, 1.6, size=n)
    # both indices fit everywhere, so that neither swapping them nor turning a matrix round raises an error
    own, other = rng.permutation(min(n, k))[:2]
    return x, y, w1, rng.normal(scale=0.5, size=h), w2, rng.normal(scale=0.5, size=k), int(own), int(other)


def _paths_oracle(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, i: int, j: int) -> float:
    import torch

    leaf = _tensor(w1, learns=True)
    a3 = ((_tensor(x) @ leaf + _tensor(b1)).sigmoid() @ _tensor(w2) + _tensor(b2)).sigmoid()
    loss = 0.5 * ((a3 - _tensor(y)) ** 2).sum()
    return float(torch.autograd.grad(loss, leaf)[0][j, i])


def _paths_with(slip: str) -> Any:
    def gradient(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, i: int, j: int) -> float:
        a2 = _s(x @ w1 + b1)
        a3 = _s((a2[i] * w2[i] if slip == "one neuron" else a2 @ w2) + b2)
        if slip == "swapped":
            i, j = j, i
        to_a3 = y - a3 if slip == "sign" else a3 - y
        at_z3 = 1.0 if slip == "no slope 3" else a3 * (1 - a3)
        at_z2 = 1.0 if slip == "no slope 2" else a2[i] * (1 - a2[i])
        if slip == "twice":
            at_z3, at_z2 = _s(a3) * (1 - _s(a3)), _s(a2[i]) * (1 - _s(a2[i]))
        comes_in = {"no input": 1.0, "x of i": x[i], "weight": w1[j, i]}.get(slip, x[j])
        leads_on = w2[: len(y), i] if slip == "turned" else w2[i]
        paths = to_a3 * at_z3 * leads_on * at_z2 * comes_in
        if slip == "no weight":
            paths = to_a3 * at_z3 * at_z2 * x[j]
        chosen = {"first": paths[0], "last": paths[-1], "mean": paths.mean(), "no half": 2 * paths.sum()}
        return float(chosen.get(slip, paths.sum()))

    return gradient


PATHS_GRADIENT = Exercise(
    "paths_gradient",
    groups=(Group("weights chosen at random", _draw_weight, count=5),),
    oracle=_paths_oracle,
    mistakes=(
        Mistake(
            "first path only",
            "The hidden neuron speaks to every output: has each path been added?",
            _paths_with("first"),
        ),
        Mistake(
            "last path only",
            "Only the last path is left: is the total added to, or replaced in each turn?",
            _paths_with("last"),
        ),
        Mistake("paths averaged", "Changes along several paths add up; they are not averaged.", _paths_with("mean")),
        Mistake(
            "sign",
            "An output above its target should be lowered: which of the two is subtracted?",
            _paths_with("sign"),
        ),
        Mistake(
            "no slope at the output",
            "Each path also crosses the sigmoid of the output layer: what is its slope there?",
            _paths_with("no slope 3"),
        ),
        Mistake(
            "no slope at the hidden neuron",
            "Each path also crosses the sigmoid of the hidden neuron: what is its slope there?",
            _paths_with("no slope 2"),
        ),
        Mistake(
            "no weight between the layers",
            "Between the hidden neuron and an output stands a weight, and each path crosses one of its own.",
            _paths_with("no weight"),
        ),
        Mistake(
            "no input",
            "How fast does z of the hidden neuron change with the weight? It depends on what comes in.",
            _paths_with("no input"),
        ),
        Mistake(
            "rows and columns of w2",
            "The matrix has one row for each neuron it comes from: which index stands first?",
            _paths_with("turned"),
        ),
        Mistake(
            "one hidden neuron passed forward",
            "The outputs hear all hidden neurons: how is a3 computed?",
            _paths_with("one neuron"),
        ),
        Mistake("input i", "Which neuron does the weight come from?", _paths_with("x of i")),
        Mistake(
            "weight instead of the input",
            "What multiplies the weight in formula 3-14?",
            _paths_with("weight"),
        ),
        Mistake(
            "indices swapped",
            "The weight leads from neuron j to neuron i: which of the two is an input, and which a hidden neuron?",
            _paths_with("swapped"),
        ),
        Mistake("half forgotten", "The loss carries a factor 1/2: what does it cancel?", _paths_with("no half")),
        Mistake(
            "sigmoid applied twice",
            "The activations have been through the sigmoid already: what is its slope in terms of them?",
            _paths_with("twice"),
        ),
    ),
)

# --- hidden_delta --------------------------------------------------------------------------------


def _draw_deltas(rng: np.random.Generator, m: int | None = None) -> tuple[Array, Array, Array]:
    own, here, after = _sizes(rng, 3)
    m = m or own
    slopes = rng.uniform(0.03, 0.25, size=(m, here))
    return rng.normal(size=(m, after)), rng.normal(size=(here, after)), slopes


def _hidden_delta_oracle(delta_next: Array, weights: Array, slopes: Array) -> Any:
    import torch

    z = _tensor(np.zeros_like(slopes), learns=True)
    # near its place an activation is a line with the given slope
    loss = ((z * _tensor(slopes)) @ _tensor(weights) * _tensor(delta_next)).sum()
    return torch.autograd.grad(loss, z)[0]


HIDDEN_DELTA = Exercise(
    "hidden_delta",
    groups=(
        Group("batches of samples", _draw_deltas, weight=3),
        Group("a single sample", lambda rng: _draw_deltas(rng, m=1), edge=True),
    ),
    oracle=_hidden_delta_oracle,
    laws=(
        Law(
            "doubling the later error terms doubles the earlier ones",
            lambda ask, d, w, s: all_close(ask(2 * d, w, s), 2 * np.asarray(ask(d, w, s))),
        ),
    ),
    mistakes=(
        Mistake(
            "slope forgotten",
            "Coming back, the change also crosses the activation: where does its slope come in?",
            lambda d, w, s: d @ w.T,
        ),
        Mistake(
            "slope of the slope",
            "What is handed in is the slope itself; it needs no further treatment.",
            lambda d, w, s: d @ w.T * s * (1 - s),
        ),
        Mistake(
            "slope at the slope",
            "What is handed in is the slope itself; it needs no further treatment.",
            lambda d, w, s: d @ w.T * _s(s) * (1 - _s(s)),
        ),
        Mistake(
            "slope added",
            "Factors along a path multiply: is something added that should multiply?",
            lambda d, w, s: d @ w.T + s,
        ),
        Mistake(
            "divided by the slope",
            "A flat activation lets little through, on the way back too: should a small slope make it larger?",
            lambda d, w, s: d @ w.T / s,
        ),
        Mistake(
            "averaged over the batch",
            "Each sample keeps its own row here, and the factor 1/m sits in the last layer's error terms already.",
            lambda d, w, s: d @ w.T * s / len(d),
        ),
        Mistake(
            "averaged over the later neurons",
            "What arrives from the later neurons adds up; it is not averaged.",
            lambda d, w, s: d @ w.T * s / d.shape[1],
        ),
        Mistake(
            "weights ignored",
            "Each later neuron speaks back through its own weight: a plain sum treats them all alike.",
            lambda d, w, s: d.sum(axis=1, keepdims=True) * s,
        ),
        Mistake(
            "sign",
            "No minus is needed on the way back: the step downhill comes later.",
            lambda d, w, s: -(d @ w.T) * s,
        ),
        Mistake(
            "samples in columns",
            "Each sample has a row: the result is the transpose of what is wanted.",
            lambda d, w, s: (d @ w.T * s).T,
        ),
    ),
)

# --- backward_pass -------------------------------------------------------------------------------


def _draw_backward(rng: np.random.Generator, layers: int, m: int | None = None) -> tuple[Any, ...]:
    inputs, weights, biases = _draw_net(rng, layers, m)
    activations = _forward_with("")(inputs, weights, biases)
    return activations, weights, rng.uniform(0.1, 0.9, size=activations[-1].shape)


def _backward_oracle(activations: list[Array], weights: list[Array], targets: Array) -> tuple[list[Any], list[Any]]:
    import torch

    own = [_tensor(w, learns=True) for w in weights]
    # the biases follow from the activations: z minus what the weights give, the same in every row
    biases = []
    for before, after, w in zip(activations, activations[1:], weights, strict=False):
        rows = _tensor(after).logit() - _tensor(before) @ _tensor(w)
        biases.append(rows.mean(dim=0).requires_grad_())
    a = _tensor(activations[0])
    for w, b in zip(own, biases, strict=True):
        a = (a @ w + b).sigmoid()
    loss = 0.5 * ((a - _tensor(targets)) ** 2).sum() / len(targets)
    grads = torch.autograd.grad(loss, [*own, *biases])
    return list(grads[: len(own)]), list(grads[len(own) :])


def _backward_with(slip: str) -> Any:
    def backward(activations: list[Array], weights: list[Array], targets: Array) -> Any:
        out, m = activations[-1], len(targets)
        delta = (targets - out if slip == "sign" else out - targets) / (1 if slip == "no 1/m" else m)
        if slip == "twice":
            delta = delta * _s(out) * (1 - _s(out))
        elif slip != "no slope at the end":
            delta = delta * out * (1 - out)
        if slip == "no half":
            delta = 2 * delta
        if slip == "mean over outputs":
            delta = delta / out.shape[1]
        grad_w: list[Array] = []
        grad_b: list[Array] = []
        for number in range(len(weights) - 1, -1, -1):
            a = activations[number]
            share = m if slip == "gradients averaged" else 1
            grad_w.insert(0, a.T @ delta / share)
            sums = {"mean bias": delta.mean(axis=0), "rows": delta, "one": delta.sum()}
            grad_b.insert(0, sums.get(slip, delta.sum(axis=0) / share))
            at = {"no slope": 1.0, "twice": _s(a) * (1 - _s(a))}.get(slip, a * (1 - a))
            delta = delta @ weights[number].T * at / (m if slip == "1/m again" else 1)
        if slip == "backwards":
            return grad_w[::-1], grad_b[::-1]
        if slip == "weights only":
            return grad_w
        return grad_w, grad_b

    return backward


BACKWARD_PASS = Exercise(
    "backward_pass",
    groups=(
        Group("nets with one hidden layer", lambda rng: _draw_backward(rng, 3), weight=3),
        Group("nets with three hidden layers", lambda rng: _draw_backward(rng, 5), weight=2),
        Group("a single sample", lambda rng: _draw_backward(rng, 3, m=1), edge=True),
    ),
    oracle=_backward_oracle,
    parts=("grad_weights", "grad_biases"),
    mistakes=(
        Mistake(
            "no slope at the output",
            "The output layer has a sigmoid too: its error terms carry that slope.",
            _backward_with("no slope at the end"),
        ),
        Mistake(
            "no slope in the hidden layers",
            "On the way back each hidden layer's activation is crossed as well: where is its slope?",
            _backward_with("no slope"),
        ),
        Mistake(
            "sigmoid applied twice",
            "What is kept are activations, which have been through the sigmoid already: what is its slope in them?",
            _backward_with("twice"),
        ),
        Mistake(
            "no 1/m",
            "The loss is a mean over the batch: where does the factor 1/m enter?",
            _backward_with("no 1/m"),
        ),
        Mistake(
            "1/m in every layer",
            "The factor 1/m enters once, at the output; the earlier layers inherit it.",
            _backward_with("1/m again"),
        ),
        Mistake(
            "1/m in the gradients again",
            "The factor 1/m enters once, at the start: do the gradients get it a second time?",
            _backward_with("gradients averaged"),
        ),
        Mistake(
            "mean in the bias gradient",
            "The factor 1/m sits in the error terms already: each sample adds its share to the bias.",
            _backward_with("mean bias"),
        ),
        Mistake(
            "bias gradient not summed over the batch",
            "A bias is shared by all samples: it has one slope, to which every row adds its share.",
            _backward_with("rows"),
        ),
        Mistake(
            "one number for each bias gradient",
            "Each neuron has a bias of its own, so add up over the samples only.",
            _backward_with("one"),
        ),
        Mistake(
            "mean over the outputs",
            "The loss of one sample sums over its outputs: only the samples are averaged.",
            _backward_with("mean over outputs"),
        ),
        Mistake("half forgotten", "The loss carries a factor 1/2: what does it cancel?", _backward_with("no half")),
        Mistake(
            "sign",
            "An output above its target should be lowered: which of the two is subtracted?",
            _backward_with("sign"),
        ),
        Mistake(
            "last layer first",
            "The way runs from back to front, and the lists from front to back: turn the order round.",
            _backward_with("backwards"),
        ),
        Mistake(
            "gradients of the biases missing",
            "Two lists are asked for: the gradients of the weights, then those of the biases.",
            _backward_with("weights only"),
        ),
    ),
)

# --- two_layer_step: a multi-step answer ---------------------------------------------------------


def _draw_step(
    rng: np.random.Generator, m: int | None = None, outputs: int | None = None, spread: float = 1.0
) -> tuple[Array, ...]:
    own, n, h, k = _sizes(rng, 4)
    m, k = m or own, outputs or k
    return (
        rng.normal(size=(m, n)),
        rng.normal(loc=1.0, size=(m, k)),
        rng.normal(scale=spread, size=(n, h)),
        rng.normal(scale=0.5, size=h),
        rng.normal(size=(h, k)),
        rng.normal(size=k),
    )


def _step_oracle(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> dict[str, Any]:
    import torch

    leaves = [_tensor(value, learns=True) for value in (w1, b1, w2, b2)]
    z2 = _tensor(x) @ leaves[0] + leaves[1]
    a2 = z2.sigmoid()
    a3 = a2 @ leaves[2] + leaves[3]
    loss = torch.nn.functional.mse_loss(a3, _tensor(y), reduction="sum") / (2 * len(x))
    grad = torch.autograd.grad(loss, [a3, leaves[2], leaves[3], z2, leaves[0], leaves[1]])
    names = ("delta3", "grad_w2", "grad_b2", "delta2", "grad_w1", "grad_b1")
    return {"z2": z2, "a2": a2, "a3": a3, "loss": loss, **dict(zip(names, grad, strict=True))}


def _step_with(slip: str) -> Any:
    """Return two_layer_step with one slip in it; what follows from the slip follows."""

    def step(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> dict[str, Any]:
        m = len(x)
        z2 = x @ w1 + (0 if slip == "no bias" else b1)
        a2 = np.tanh(z2) if slip == "tanh" else _s(z2)
        a3 = a2 @ w2 + b2
        if slip == "sigmoid at the end":
            a3 = _s(a3)
        squares = ((a3 - y) ** 2).sum()
        loss = {
            "no half in the loss": squares / m,
            "loss sum": squares / 2,
            "mean of all": squares / (2 * y.size),
        }.get(slip, squares / (2 * m))
        divisor = {"no 1/m": 1, "outputs averaged": y.size}.get(slip, m)
        delta3 = (y - a3 if slip == "sign" else a3 - y) / divisor
        if slip == "two":
            delta3 = 2 * delta3
        if slip == "slope at the end":
            delta3 = delta3 * a3 * (1 - a3)
        slope = {"no slope": 1.0, "twice": _s(a2) * (1 - _s(a2)), "z": z2 * (1 - z2)}.get(slip, _s(z2) * (1 - _s(z2)))
        delta2 = delta3 @ w2.T * slope
        bias = {"mean bias": lambda d: d.mean(axis=0), "rows": lambda d: d, "one": lambda d: d.sum()}.get(
            slip, lambda d: d.sum(axis=0)
        )
        share = m if slip == "1/m twice" else 1
        return {
            "z2": z2,
            "a2": a2,
            "a3": a3,
            "loss": float(loss),
            "delta3": delta3,
            "grad_w2": a2.T @ delta3 / share,
            "grad_b2": bias(delta3) / share,
            "delta2": delta2,
            "grad_w1": x.T @ delta2 / share,
            "grad_b1": bias(delta2) / share,
        }

    return step


TWO_LAYER_STEP = Exercise(
    "two_layer_step",
    groups=(
        Group("typical batches", _draw_step, weight=3),
        Group("saturated hidden neurons", lambda rng: _draw_step(rng, spread=6.0), weight=2),
        Group("nets with a single output", lambda rng: _draw_step(rng, outputs=1), edge=True),
        Group("a batch of one sample", lambda rng: _draw_step(rng, m=1), edge=True),
    ),
    oracle=_step_oracle,
    mistakes=(
        Mistake(
            "no hidden bias", "Each hidden neuron adds a number of its own before the sigmoid.", _step_with("no bias")
        ),
        Mistake(
            "another activation",
            "That curve runs from -1 to 1: the hidden layer of this net uses the sigmoid.",
            _step_with("tanh"),
        ),
        Mistake(
            "sigmoid at the output",
            "An area can be larger than 1: this output layer has no activation.",
            _step_with("sigmoid at the end"),
        ),
        Mistake(
            "half forgotten in the loss",
            "The loss is half the mean of the squares, so that differentiating leaves no factor 2.",
            _step_with("no half in the loss"),
        ),
        Mistake("loss summed", "The loss is a mean over the batch: divide by what?", _step_with("loss sum")),
        Mistake(
            "loss averaged over the outputs",
            "The squares of one sample's outputs are summed; only the samples are averaged.",
            _step_with("mean of all"),
        ),
        Mistake(
            "no 1/m",
            "The loss is a mean over the batch, so its slope by each output carries the same factor.",
            _step_with("no 1/m"),
        ),
        Mistake(
            "delta3 averaged over the outputs",
            "The loss of one sample sums over its outputs: only the samples are averaged.",
            _step_with("outputs averaged"),
        ),
        Mistake(
            "two left over",
            "The factor 1/2 of the loss cancels the 2 of the square: is one of the two missing?",
            _step_with("two"),
        ),
        Mistake(
            "sign of delta3",
            "An output above its target should be lowered: which of the two is subtracted?",
            _step_with("sign"),
        ),
        Mistake(
            "sigmoid's slope at the output",
            "The output layer has no activation, so what is the slope there?",
            _step_with("slope at the end"),
        ),
        Mistake(
            "1/m twice",
            "The factor 1/m sits in delta3 already; the gradients must not get it again.",
            _step_with("1/m twice"),
        ),
        Mistake(
            "mean in the bias gradients",
            "The factor 1/m sits in the error terms already: each sample adds its share to the bias.",
            _step_with("mean bias"),
        ),
        Mistake(
            "bias gradients not summed over the batch",
            "A bias is shared by all samples: it has one slope, to which every row adds its share.",
            _step_with("rows"),
        ),
        Mistake(
            "one number for each bias gradient",
            "Each neuron has a bias of its own, so add up over the samples only.",
            _step_with("one"),
        ),
        Mistake(
            "sigmoid applied twice in delta2",
            "The slope is wanted at z2; what was handed to it has been through the sigmoid already.",
            _step_with("twice"),
        ),
        Mistake(
            "z2 taken for an activation",
            "The short form of the slope needs the value after the sigmoid.",
            _step_with("z"),
        ),
        Mistake(
            "no slope in delta2",
            "Coming back, the change crosses the sigmoid: where does its slope enter?",
            _step_with("no slope"),
        ),
    ),
)

# --- momentum_step -------------------------------------------------------------------------------


def _draw_update(rng: np.random.Generator, momentum: float | None = None) -> tuple[Any, ...]:
    n, h = _sizes(rng, 2)
    lists = [[rng.normal(size=(n, h)), rng.normal(size=h)] for _ in range(3)]
    share = float(rng.uniform(0.5, 0.95)) if momentum is None else momentum
    return (*lists, float(rng.uniform(0.05, 0.4)), share)


def _torch_sgd(params: list[Any], velocities: list[Any], grads: list[Any], rate: float, momentum: float) -> None:
    """Take a step of PyTorch's own SGD, in place; its optimizer class would cost seconds at its first use."""
    from torch.optim.sgd import sgd

    kind = {"weight_decay": 0.0, "dampening": 0.0, "nesterov": False, "maximize": False, "foreach": False}
    sgd(params, grads, velocities, momentum=momentum, lr=rate, **kind)  # type: ignore[arg-type]


def _momentum_oracle(
    params: list[Array], velocities: list[Array], grads: list[Array], learning_rate: float, momentum: float
) -> tuple[list[Any], list[Any]]:
    own, kept, slopes = ([_tensor(value) for value in given] for given in (params, velocities, grads))
    _torch_sgd(own, kept, slopes, learning_rate, momentum)
    return own, kept if momentum else slopes


def _momentum_with(slip: str) -> Any:
    def step(params: list[Array], velocities: list[Array], grads: list[Array], rate: float, momentum: float) -> Any:
        new_v = []
        for v, g in zip(velocities, grads, strict=True):
            new_v.append(
                {
                    "plain": g,
                    "swapped share": v + momentum * g,
                    "damped": momentum * v + (1 - momentum) * g,
                    "no share": v + g,
                    "rate inside": momentum * v + rate * g,
                    "minus inside": momentum * v - rate * g,
                }.get(slip, momentum * v + g)
            )
        used = {"old velocity": velocities, "gradient": grads}.get(slip, new_v)
        length = {"climbs": -rate, "no rate": 1.0, "rate inside": 1.0, "minus inside": -1.0}.get(slip, rate)
        new_p = [p - length * u for p, u in zip(params, used, strict=True)]
        if slip == "swapped":
            return new_v, new_p
        return new_p if slip == "params only" else (new_p, velocities if slip == "old returned" else new_v)

    return step


MOMENTUM_STEP = Exercise(
    "momentum_step",
    groups=(
        Group("steps with momentum", _draw_update, weight=3),
        Group("plain gradient descent", lambda rng: _draw_update(rng, momentum=0.0)),
    ),
    oracle=_momentum_oracle,
    parts=("params", "velocities"),
    computation="elementwise",
    mistakes=(
        Mistake("climbs", "The loss should fall: with or against the velocity?", _momentum_with("climbs")),
        Mistake(
            "learning rate forgotten",
            "The step is as long as the velocity itself: where does the learning rate come in?",
            _momentum_with("no rate"),
        ),
        Mistake(
            "learning rate in the velocity",
            "Here the velocity gathers gradients as they are; the learning rate comes in only with the parameters.",
            _momentum_with("rate inside"),
        ),
        Mistake(
            "rate and minus in the velocity",
            "Here the velocity holds gradients only: where does the rate come in?",
            _momentum_with("minus inside"),
        ),
        Mistake(
            "old velocity forgotten",
            "Without its past there is no momentum: which share of the old velocity is kept?",
            _momentum_with("plain"),
        ),
        Mistake(
            "all of the old velocity kept",
            "Nothing of the old velocity is lost, so the steps grow and grow: which share is to be kept?",
            _momentum_with("no share"),
        ),
        Mistake(
            "share on the gradient",
            "The share belongs to the old velocity, and the new gradient counts in full.",
            _momentum_with("swapped share"),
        ),
        Mistake(
            "gradient damped",
            "In this form (PyTorch's) the new gradient counts in full; nothing is averaged.",
            _momentum_with("damped"),
        ),
        Mistake(
            "steps with the old velocity",
            "First the velocity is renewed, then the parameters move with the new one.",
            _momentum_with("old velocity"),
        ),
        Mistake(
            "steps with the gradient",
            "The velocity is renewed and then not used: with what do the parameters move?",
            _momentum_with("gradient"),
        ),
        Mistake(
            "returns the old velocities",
            "The next step needs the new velocities: which ones are handed back?",
            _momentum_with("old returned"),
        ),
        Mistake("order of the results", "Parameters first, then velocities.", _momentum_with("swapped")),
        Mistake(
            "velocities not returned",
            "Two lists are asked for: the parameters and the velocities, which the next step needs.",
            _momentum_with("params only"),
        ),
    ),
)

# --- train_two_layer -----------------------------------------------------------------------------


def _draw_training(rng: np.random.Generator, hidden: int, momentum: float, steps: int) -> tuple[Any, ...]:
    m, n = 13, 3
    x = rng.normal(size=(m, n))
    y = np.sin(x[:, :1]) + 0.5 * x[:, 1:2] * x[:, 2:] + rng.normal(scale=0.1, size=(m, 1))
    return x, y, hidden, float(rng.uniform(0.03, 0.08)), momentum, steps, Rng(int(rng.integers(2**31)))


def _train_oracle(x: Array, y: Array, hidden: int, rate: float, momentum: float, steps: int, rng: Any) -> Any:
    import torch

    w1 = _tensor(rng.normal(size=(x.shape[1], hidden)), learns=True)
    w2 = _tensor(rng.normal(size=(hidden, 1)) * hidden**-0.5, learns=True)
    b1, b2 = _tensor(np.zeros(hidden), learns=True), _tensor(np.zeros(1), learns=True)
    params = [w1, b1, w2, b2]
    velocities = [torch.zeros_like(p) for p in params]
    features, targets, losses = _tensor(x), _tensor(y), []
    for _ in range(steps):
        loss = torch.nn.functional.mse_loss((features @ w1 + b1).sigmoid() @ w2 + b2, targets) / 2
        grads = list(torch.autograd.grad(loss, params))
        with torch.no_grad():
            _torch_sgd(params, velocities, grads, rate, momentum)
        losses.append(loss.item())
    return [p.detach() for p in params], losses


def _train_with(slip: str) -> Any:
    """Return train_two_layer with one slip in it."""

    def train(x: Array, y: Array, hidden: int, rate: float, momentum: float, steps: int, rng: Any) -> Any:
        m, n = x.shape
        if slip == "standardises":
            x = (x - x.mean(axis=0)) / x.std(axis=0)
        if slip == "W2 first":
            w2 = rng.normal(size=(hidden, 1))
            w1 = rng.normal(size=(n, hidden))
        else:
            w1 = rng.normal(size=(n, hidden))
            w2 = rng.normal(size=(hidden, 1))
        w2 = w2 / {"not scaled": 1.0, "scaled by h": hidden}.get(slip, np.sqrt(hidden))
        if slip == "both scaled":
            w1 = w1 / np.sqrt(hidden)
        if slip == "zeros":
            w1, w2 = 0 * w1, 0 * w2
        params = [w1, np.zeros(hidden), w2, np.zeros(1)]
        velocity = [np.zeros_like(p) for p in params]
        losses = []
        for _ in range({"short": steps - 1, "long": steps + 1}.get(slip, steps)):
            losses.append(_half_mse(x, y, params))
            grads = _gradients(x, y, params)
            if slip == "sum":
                grads = [m * g for g in grads]
            share = 0.0 if slip == "no momentum" else momentum
            velocity = [share * v + g for v, g in zip(velocity, grads, strict=True)]
            step = {"up": -rate, "still": 0.0, "no rate": 1.0}.get(slip, rate)
            params = [p - step * v for p, v in zip(params, velocity, strict=True)]
            if slip == "after":
                losses[-1] = _half_mse(x, y, params)
        if slip == "swapped":
            return losses, params
        if slip == "weights first":
            return [params[0], params[2], params[1], params[3]], losses
        return params if slip == "no losses" else (params, losses)

    return train


def _own_generator(value: Any, case: Case) -> bool:
    """Whether the start comes from a generator made inside, with one of the usual seeds."""
    train = _train_with("")
    makers = (np.random.default_rng, np.random.RandomState)
    starts = (train(*case.args[:-1], make(seed)) for make in makers for seed in (0, 1, 42))
    return any(same_slip(value, as_plain(start), "iterated") for start in starts)


def _half_mse(x: Array, y: Array, params: list[Array]) -> float:
    w1, b1, w2, b2 = params
    return float(((_s(x @ w1 + b1) @ w2 + b2 - y) ** 2).sum() / (2 * len(x)))


def _gradients(x: Array, y: Array, params: list[Array]) -> list[Array]:
    step = _step_with("")(x, y, *params)
    return [step[name] for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]


TRAIN_TWO_LAYER = Exercise(
    "train_two_layer",
    groups=(
        Group("training with momentum", lambda rng: _draw_training(rng, 7, float(rng.uniform(0.6, 0.9)), 25), weight=3),
        Group("training without momentum", lambda rng: _draw_training(rng, 5, 0.0, 15)),
        Group("a single step", lambda rng: _draw_training(rng, 6, 0.9, 1), edge=True),
    ),
    oracle=_train_oracle,
    kind="trained",
    parts=("params", "losses"),
    computation="iterated",
    mistakes=(
        Mistake(
            "W2 drawn first",
            "The generator gives its numbers in order: which weights are to be drawn first?",
            _train_with("W2 first"),
        ),
        Mistake(
            "W2 not scaled",
            "A sum over many hidden neurons starts out large: by what is the draw of W2 divided?",
            _train_with("not scaled"),
        ),
        Mistake(
            "W2 scaled by h",
            "The variance of W2 is to be 1/h: what is then its standard deviation?",
            _train_with("scaled by h"),
        ),
        Mistake("W1 scaled as well", "Only the draw of W2 is scaled; W1 stays as drawn.", _train_with("both scaled")),
        Mistake(
            "starts from zero",
            "From weights of zero all hidden neurons stay alike for ever: the start is to be drawn.",
            _train_with("zeros"),
        ),
        Mistake("own generator", "Draw from the generator that is handed in.", matches=_own_generator),
        Mistake(
            "standardises inside",
            "The features come standardised: train on them as they are.",
            _train_with("standardises"),
        ),
        Mistake("climbs", "The losses rise: the update should go against the gradient.", _train_with("up")),
        Mistake(
            "never updates",
            "The parameters leave the loop as they entered it: are the new ones kept?",
            _train_with("still"),
        ),
        Mistake(
            "learning rate ignored",
            "The steps have the size of the velocity itself: where does the learning rate come in?",
            _train_with("no rate"),
        ),
        Mistake(
            "velocity not kept",
            "Every step starts from rest, as if there were no momentum: is the new velocity kept for the next one?",
            _train_with("no momentum"),
        ),
        Mistake(
            "sum instead of mean",
            "The steps are as many times too long as there are samples: is the gradient that of the mean loss?",
            _train_with("sum"),
        ),
        Mistake(
            "loss after the update",
            "The losses are measured one step late: each belongs before its update.",
            _train_with("after"),
        ),
        Mistake("one step too few", "As many updates are due as there are steps: count them.", _train_with("short")),
        Mistake("one step too many", "As many updates are due as there are steps: count them.", _train_with("long")),
        Mistake("order of the results", "The parameters come first, then the losses.", _train_with("swapped")),
        Mistake(
            "order of the parameters",
            "The parameters are wanted layer by layer: W1, b1, W2, b2.",
            _train_with("weights first"),
        ),
        Mistake(
            "losses not returned",
            "Two things are asked for: the parameters and the losses.",
            _train_with("no losses"),
        ),
    ),
)

# --- mended_backward: a bug hunt -----------------------------------------------------------------


def _draw_layers(rng: np.random.Generator, m: int | None = None, spread: float = 1.0) -> tuple[Array, ...]:
    x, y, w1, b1, w2, b2 = _draw_step(rng, m, outputs=1, spread=spread)
    a2 = _s(x @ w1 + b1)
    return a2 @ w2 + b2, w2, a2, x, y


def _mended_oracle(a3: Array, w2: Array, a2: Array, a1: Array, y: Array) -> tuple[Any, ...]:
    import torch

    # the net as it stands, with small changes of all four parameters to differentiate by
    n, h = a1.shape[1], a2.shape[1]
    change = [_tensor(np.zeros(shape), learns=True) for shape in ((h, 1), (1,), (n, h), (h,))]
    hidden = (_tensor(a2).logit() + _tensor(a1) @ change[2] + change[3]).sigmoid()
    rest = _tensor(a3) - _tensor(a2) @ _tensor(w2)
    out = hidden @ (_tensor(w2) + change[0]) + rest + change[1]
    return torch.autograd.grad(torch.nn.functional.mse_loss(out, _tensor(y)) / 2, change)


def _mended_with(slip: str) -> Any:
    def backward(a3: Array, w2: Array, a2: Array, a1: Array, y: Array) -> Any:
        m = len(y)
        delta3 = (y - a3 if slip == "sign" else a3 - y) / (1 if slip == "no 1/m" else m)
        slope = {
            "twice": _s(a2) * (1 - _s(a2)),
            "half mended": _s(a2) * (1 - a2),
            "no slope": 1.0,
            "slope squared": (a2 * (1 - a2)) ** 2,
            "one factor": a2,
        }.get(slip, a2 * (1 - a2))
        delta2 = delta3 @ w2.T * slope
        rows = slip == "rows"
        grads = (
            a2.T @ delta3,
            delta3 if rows else delta3.sum(axis=0),
            a1.T @ delta2,
            delta2 if rows else delta2.sum(axis=0),
        )
        if slip in ("mean bias", "1/m twice"):
            shares = (1, m, 1, m) if slip == "mean bias" else (m, m, m, m)
            grads = tuple(g / share for g, share in zip(grads, shares, strict=True))
        return (grads[2], grads[3], grads[0], grads[1]) if slip == "order" else grads

    return backward


MENDED_BACKWARD = Exercise(
    "mended_backward",
    groups=(
        Group("typical batches", _draw_layers, weight=3),
        Group("saturated hidden neurons", lambda rng: _draw_layers(rng, spread=3.0), weight=2),
        Group("a batch of one sample", lambda rng: _draw_layers(rng, m=1), edge=True),
    ),
    oracle=_mended_oracle,
    parts=("the slope by w2", "the slope by b2", "the slope by w1", "the slope by b1"),
    mistakes=(
        Mistake(
            "the published slip",
            "The bug is still there: a2 has been through the sigmoid already, so where does it go through again?",
            _mended_with("twice"),
        ),
        Mistake(
            "mended in one place",
            "One factor is mended and the other still squashes what is squashed already.",
            _mended_with("half mended"),
        ),
        Mistake(
            "slope left out",
            "The sigmoid's slope must stay in: what is it, written with a2?",
            _mended_with("no slope"),
        ),
        Mistake(
            "one factor of the slope",
            "The slope has two factors, one small on each side: is the second there?",
            _mended_with("one factor"),
        ),
        Mistake(
            "slope counted twice",
            "The change crosses the sigmoid once on its way back: is the slope applied once?",
            _mended_with("slope squared"),
        ),
        Mistake(
            "no 1/m",
            "The loss is a mean over the batch: where does the factor 1/m enter?",
            _mended_with("no 1/m"),
        ),
        Mistake(
            "mean in the bias gradients",
            "The factor 1/m sits in the error terms already: each sample adds its share to the bias.",
            _mended_with("mean bias"),
        ),
        Mistake(
            "1/m twice",
            "The factor 1/m sits in delta3 already; the gradients must not get it again.",
            _mended_with("1/m twice"),
        ),
        Mistake(
            "bias gradients not summed over the batch",
            "A bias is shared by all samples: it has one slope, to which every row adds its share.",
            _mended_with("rows"),
        ),
        Mistake(
            "sign",
            "An output above its target should be lowered: which of the two is subtracted?",
            _mended_with("sign"),
        ),
        Mistake(
            "order of the results",
            "The published function gives the slopes of the last layer first; keep its order.",
            _mended_with("order"),
        ),
    ),
)

# --- catches_wrong_backward: a test to write -----------------------------------------------------

Gradient = Callable[..., tuple[Array, ...]]


def _draw_suspect(*names: str) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        name = names[int(rng.integers(len(names)))]
        return Given(f"backpropagation.{name}"), *_draw_step(rng)

    return draw


def _differ(claimed: tuple[Array, ...], true: list[Array], which: tuple[int, ...]) -> bool:
    return not all(np.allclose(claimed[k], true[k], rtol=1e-5, atol=1e-8) for k in which)


def _catches_oracle(gradient: Gradient, x: Array, y: Array, *params: Array) -> bool:
    step = _step_oracle(x, y, *params)
    true = [step[name].detach().numpy() for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]
    return _differ(gradient(x, y, *params), true, (0, 1, 2, 3))


def _catches_among(*which: int) -> Any:
    """Return a test that looks at some of the four arrays only."""
    return lambda gradient, x, y, *params: _differ(gradient(x, y, *params), _gradients(x, y, list(params)), which)


def _first_entries(gradient: Gradient, x: Array, y: Array, *params: Array) -> bool:
    pairs = zip(gradient(x, y, *params), _gradients(x, y, list(params)), strict=True)
    return not all(np.isclose(claimed.flat[0], true.flat[0], rtol=1e-5) for claimed, true in pairs)


def _sums_differ(gradient: Gradient, x: Array, y: Array, *params: Array) -> bool:
    pairs = zip(gradient(x, y, *params), _gradients(x, y, list(params)), strict=True)
    return not all(np.isclose(claimed.sum(), true.sum(), rtol=1e-5) for claimed, true in pairs)


def _differ_visibly(gradient: Gradient, x: Array, y: Array, *params: Array) -> bool:
    pairs = zip(gradient(x, y, *params), _gradients(x, y, list(params)), strict=True)
    return any(np.abs(claimed - true).max() > 0.01 * max(1.0, np.abs(true).max()) for claimed, true in pairs)


def _loss_rises(gradient: Gradient, x: Array, y: Array, *params: Array) -> bool:
    claimed = gradient(x, y, *params)
    moved = [p - 1e-4 * g for p, g in zip(params, claimed, strict=True)]
    return _half_mse(x, y, moved) >= _half_mse(x, y, list(params))


CATCHES_WRONG_BACKWARD = Exercise(
    "catches_wrong_backward",
    groups=(
        Group("right gradients", _draw_suspect("exact_gradient", "rounded_gradient"), weight=2, count=3),
        Group("a sigmoid applied twice", _draw_suspect("double_sigmoid_gradient"), weight=2),
        Group("a slip in the biases", _draw_suspect("averaged_bias_gradient")),
        Group("gradients of the summed loss", _draw_suspect("summed_gradient")),
        Group("gradients that climb", _draw_suspect("climbing_gradient")),
        Group("one part in a thousand off", _draw_suspect("stretched_gradient")),
        Group("one wrong entry", _draw_suspect("one_entry_off_gradient")),
        Group("two entries swapped", _draw_suspect("swapped_entries_gradient")),
    ),
    oracle=_catches_oracle,
    mistakes=(
        Mistake(
            "compares sums",
            "Two slips can cancel in a sum: compare entry by entry.",
            _sums_differ,
        ),
        Mistake(
            "tolerance too loose",
            "How far apart can two right gradients be? A part in a thousand is a slip, and rounding is far smaller.",
            _differ_visibly,
        ),
        Mistake(
            "looks at the first entries only",
            "A slip can hide in a single entry: which entries of the four arrays are compared?",
            _first_entries,
        ),
        Mistake(
            "leaves out the biases",
            "The weights are looked at and the biases are not: a slip can hide there.",
            _catches_among(0, 2),
        ),
        Mistake(
            "looks at the last layer only",
            "Slips on the way back show in the first layer: are all four arrays compared?",
            _catches_among(2, 3),
        ),
        Mistake(
            "watches the loss fall",
            "A falling loss proves nothing: many wrong directions lead downhill. Measure the slopes themselves.",
            _loss_rises,
        ),
        Mistake(
            "never accuses",
            "It lets wrong gradients pass: with what does it compare them, and what does it do with the result?",
            lambda gradient, *args: False,
        ),
        Mistake(
            "accuses right gradients",
            "A right gradient is accused as well: two numbers worked out in two ways agree only up to rounding.",
            lambda gradient, *args: True,
        ),
        Mistake(
            "verdict upside down",
            "It says True for the right ones and False for the wrong ones: what does True stand for here?",
            lambda gradient, *args: not _catches_among(0, 1, 2, 3)(gradient, *args),
        ),
    ),
)
