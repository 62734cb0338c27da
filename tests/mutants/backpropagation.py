"""Answers to the exercises of lesson 03: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import solutions.backpropagation as known
from course_utils.gradient_check import gradient_check
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED


def _s(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def cast(value: Any) -> Any:
        if isinstance(value, list):
            return [cast(item) for item in value]
        return value.astype(np.float32) if isinstance(value, Array) and value.dtype == float else value

    return lambda *args: answer(*map(cast, args))


# --- sigmoid and sigmoid_grad --------------------------------------------------------------------


def _sigmoid_masks(z: Array) -> Array:
    result = np.empty_like(z)
    right = z >= 0
    result[right] = 1 / (1 + np.exp(-z[right]))
    powers = np.exp(z[~right])
    result[~right] = powers / (1 + powers)
    return result


def _sigmoid_loop(z: Array) -> Array:
    flat = [1 / (1 + math.exp(-v)) if v > 0 else 1 - 1 / (1 + math.exp(v)) for v in z.ravel()]
    return np.array(flat).reshape(z.shape)


def _sigmoid_in_place(z: Array) -> Array:
    z *= -1
    return 1 / (1 + np.exp(z))


# --- forward_pass --------------------------------------------------------------------------------


def _forward_scalars(inputs: Array, weights: list[Array], biases: list[Array]) -> list[Any]:
    """Go neuron by neuron, as formula 3-18 says."""
    layers = [inputs]
    for w, b in zip(weights, biases, strict=True):
        rows = []
        for a in layers[-1]:
            rows.append([_s(sum(a[j] * w[j, i] for j in range(len(a))) + b[i]) for i in range(len(b))])
        layers.append(np.array(rows))
    return layers


def _forward_recursive(inputs: Array, weights: list[Array], biases: list[Array]) -> tuple[Array, ...]:
    if not weights:
        return (inputs,)
    after = known.sigmoid(inputs @ weights[0] + biases[0])
    return (inputs, *_forward_recursive(after, weights[1:], biases[1:]))


def _forward_transposed(inputs: Array, weights: list[Array], biases: list[Array]) -> list[Array]:
    activations = [inputs]
    for w, b in zip(weights, biases, strict=True):
        activations.append(known.sigmoid(activations[-1] @ w.T + b))
    return activations


def _forward_inputs_again(inputs: Array, weights: list[Array], biases: list[Array]) -> list[Array]:
    return [inputs, *(known.sigmoid(inputs @ w + b) for w, b in zip(weights, biases, strict=True))]


# --- paths_gradient ------------------------------------------------------------------------------


def _paths_by_deltas(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, i: int, j: int) -> float:
    a2 = known.sigmoid(x @ w1 + b1)
    a3 = known.sigmoid(a2 @ w2 + b2)
    delta2 = w2 @ ((a3 - y) * a3 * (1 - a3)) * a2 * (1 - a2)
    return np.outer(x, delta2)[j, i]


def _paths_measured(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, i: int, j: int) -> float:
    """Right: a step into the imaginary direction measures without rounding."""
    moved = w1.astype(complex)
    moved[j, i] += 1e-30j
    a3 = _s(_s(x @ moved + b1) @ w2 + b2)
    return float((0.5 * ((y - a3) ** 2).sum()).imag / 1e-30)


def _paths_coarse(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, i: int, j: int) -> float:
    def loss(step: float) -> float:
        moved = w1.copy()
        moved[j, i] += step
        return float(0.5 * ((y - _s(_s(x @ moved + b1) @ w2 + b2)) ** 2).sum())

    return (loss(1e-3) - loss(0)) / 1e-3


def _paths_whole_matrix(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, i: int, j: int) -> Array:
    a2 = known.sigmoid(x @ w1 + b1)
    a3 = known.sigmoid(a2 @ w2 + b2)
    return np.outer(x, w2 @ ((a3 - y) * a3 * (1 - a3)) * a2 * (1 - a2))


# --- hidden_delta --------------------------------------------------------------------------------


def _hidden_loops(delta_next: Array, weights: Array, slopes: Array) -> list[list[float]]:
    m, after = delta_next.shape
    return [
        [sum(delta_next[s, k] * weights[i, k] for k in range(after)) * slopes[s, i] for i in range(len(weights))]
        for s in range(m)
    ]


def _hidden_in_place(delta_next: Array, weights: Array, slopes: Array) -> Array:
    slopes *= delta_next @ weights.T
    return slopes


# --- backward_pass -------------------------------------------------------------------------------


def _backward_by_samples(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    """Average the gradients of single samples, each with outer products; no 1/m before the end."""
    m, last = len(targets), len(weights) - 1
    grad_w = [np.zeros_like(w) for w in weights]
    grad_b = [np.zeros(w.shape[1]) for w in weights]
    for s in range(m):
        rows = [a[s] for a in activations]
        delta = (rows[-1] - targets[s]) * rows[-1] * (1 - rows[-1])
        for layer in range(last, -1, -1):
            grad_w[layer] += np.outer(rows[layer], delta)
            grad_b[layer] += delta
            if layer:
                delta = weights[layer] @ delta * rows[layer] * (1 - rows[layer])
    return [g / m for g in grad_w], [g / m for g in grad_b]


def _backward_forwards_lists(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    """Find all deltas first, then all gradients; the factor 1/m at the end."""
    out = activations[-1]
    deltas = [(out - targets) * out * (1 - out)]
    for a, w in zip(reversed(activations[1:-1]), reversed(weights[1:]), strict=True):
        deltas.append((deltas[-1] @ w.T) * a * (1 - a))
    deltas.reverse()
    m = len(targets)
    pairs = list(zip(activations[:-1], deltas, strict=True))
    return [np.einsum("si,sk->ik", a, d) / m for a, d in pairs], [d.mean(axis=0) for _, d in pairs]


def _backward_flat(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    grad_w, grad_b = known.backward_pass(activations, weights, targets)
    return [*grad_w, *grad_b]


def _backward_pairs(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    grad_w, grad_b = known.backward_pass(activations, weights, targets)
    return grad_b, grad_w


def _backward_last_layer(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    """Right for the last layer only: every delta is the output's."""
    out = activations[-1]
    delta = (out - targets) * out * (1 - out) / len(targets)
    return [a.T @ delta for a in activations[:-1]], [delta.sum(axis=0)] * len(weights)


def _backward_not_transposed(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    grad_w, grad_b = known.backward_pass(activations, weights, targets)
    return [g.T for g in grad_w], grad_b


def _backward_in_place(activations: list[Array], weights: list[Array], targets: Array) -> Any:
    grads = known.backward_pass(activations, weights, targets)
    activations[-1] -= targets
    return grads


# --- two_layer_step ------------------------------------------------------------------------------


def _step_loops(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> dict[str, Any]:
    """Add up the outer products of single samples; keys in another order."""
    m = len(x)
    z2 = np.array([row @ w1 + b1 for row in x])
    a2 = _s(z2)
    a3 = np.array([row @ w2 + b2 for row in a2])
    delta3 = np.array([(out - t) / m for out, t in zip(a3, y, strict=True)])
    delta2 = np.array([w2 @ d * a * (1 - a) for d, a in zip(delta3, a2, strict=True)])
    return {
        "grad_b1": sum(delta2),
        "grad_w1": sum(np.outer(row, d) for row, d in zip(x, delta2, strict=True)),
        "delta2": delta2,
        "grad_b2": sum(delta3),
        "grad_w2": sum(np.outer(row, d) for row, d in zip(a2, delta3, strict=True)),
        "delta3": delta3,
        "loss": sum(0.5 * ((out - t) ** 2).sum() for out, t in zip(a3, y, strict=True)) / m,
        "a3": a3,
        "a2": a2,
        "z2": z2,
    }


def _step_with_column(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> dict[str, Any]:
    """Put the biases into the weights as one more row."""
    ones = np.ones((len(x), 1))
    z2 = np.hstack([x, ones]) @ np.vstack([w1, b1])
    a2 = known.sigmoid(z2)
    wide = np.hstack([a2, ones])
    a3 = wide @ np.vstack([w2, b2])
    delta3 = (a3 - y) / len(x)
    grad_2 = wide.T @ delta3
    delta2 = (delta3 @ w2.T) * (a2 - a2**2)
    grad_1 = np.hstack([x, ones]).T @ delta2
    loss = np.square(a3 - y).sum(axis=1).mean() / 2
    return {
        "z2": z2, "a2": a2, "a3": a3, "loss": loss, "delta3": delta3, "grad_w2": grad_2[:-1],
        "grad_b2": grad_2[-1], "delta2": delta2, "grad_w1": grad_1[:-1], "grad_b1": grad_1[-1], "note": "extra",
    }  # fmt: skip


def _changed_step(**changes: Any) -> Any:
    """Return two_layer_step with some of its results changed after the fact."""

    def step(*args: Array) -> dict[str, Any]:
        result = known.two_layer_step(*args)
        return {**result, **{name: change(result[name]) for name, change in changes.items()}}

    return step


def _step_without(name: str) -> Any:
    def step(*args: Array) -> dict[str, Any]:
        result = known.two_layer_step(*args)
        del result[name]
        return result

    return step


def _step_in_place(x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> dict[str, Any]:
    result = known.two_layer_step(x, y, w1, b1, w2, b2)
    w1 -= 0.1 * result["grad_w1"]
    return result


# --- momentum_step -------------------------------------------------------------------------------


def _momentum_loop(params: list[Array], velocities: list[Array], grads: list[Array], rate: float, share: float) -> Any:
    new = []
    for k in range(len(params)):
        v = grads[k] + share * velocities[k]
        new.append((params[k] - rate * v, v))
    return tuple(map(list, zip(*new, strict=True)))


def _momentum_copies(
    params: list[Array], velocities: list[Array], grads: list[Array], rate: float, share: float
) -> Any:
    params, velocities = [p.copy() for p in params], [v.copy() for v in velocities]
    for p, v, g in zip(params, velocities, grads, strict=True):
        v *= share
        v += g
        p -= rate * v
    return params, velocities


def _momentum_in_place(
    params: list[Array], velocities: list[Array], grads: list[Array], rate: float, share: float
) -> Any:
    for p, v, g in zip(params, velocities, grads, strict=True):
        v *= share
        v += g
        p -= rate * v
    return params, velocities


def _momentum_in_place_lists(
    params: list[Array], velocities: list[Array], grads: list[Array], rate: float, share: float
) -> Any:
    """Arrays stay as they are, and the caller's lists get new ones."""
    for k in range(len(params)):
        velocities[k] = share * velocities[k] + grads[k]
        params[k] = params[k] - rate * velocities[k]
    return params, velocities


# --- train_two_layer -----------------------------------------------------------------------------


def _train_written_out(x: Array, y: Array, hidden: int, rate: float, share: float, steps: int, rng: Any) -> Any:
    w1 = rng.normal(size=(x.shape[1], hidden))
    w2 = rng.normal(scale=1 / np.sqrt(hidden), size=(hidden, 1))
    b1, b2 = np.zeros(hidden), np.zeros(1)
    v_w1 = v_b1 = v_w2 = v_b2 = 0.0
    losses = []
    for _ in range(steps):
        a2 = known.sigmoid(x @ w1 + b1)
        error = a2 @ w2 + b2 - y
        losses.append(0.5 * (error**2).mean())
        d3 = error / len(x)
        d2 = d3 * w2.ravel() * a2 * (1 - a2)
        v_w2, v_b2 = share * v_w2 + a2.T @ d3, share * v_b2 + d3.sum(axis=0)
        v_w1, v_b1 = share * v_w1 + x.T @ d2, share * v_b1 + d2.sum(axis=0)
        w1, b1, w2, b2 = w1 - rate * v_w1, b1 - rate * v_b1, w2 - rate * v_w2, b2 - rate * v_b2
    return (w1, b1, w2, b2), np.array(losses)


def _train_with_mended(x: Array, y: Array, hidden: int, rate: float, share: float, steps: int, rng: Any) -> Any:
    params = [rng.normal(size=(x.shape[1], hidden)), np.zeros(hidden), rng.normal(size=(hidden, 1)), np.zeros(1)]
    params[2] /= hidden**0.5
    kept = [0 * p for p in params]
    losses: list[float] = []
    while len(losses) < steps:
        a2 = known.sigmoid(x @ params[0] + params[1])
        a3 = a2 @ params[2] + params[3]
        losses.append(float(np.mean((a3 - y) ** 2) / 2))
        g_w2, g_b2, g_w1, g_b1 = known.mended_backward(a3, params[2], a2, x, y)
        params, kept = known.momentum_step(params, kept, [g_w1, g_b1, g_w2, g_b2], rate, share)
    return [params, losses]


def _train_biases_drawn(x: Array, y: Array, hidden: int, rate: float, share: float, steps: int, rng: Any) -> Any:
    shift = np.random.default_rng(3).normal(size=hidden)
    params, losses = known.train_two_layer(x, y, hidden, rate, share, steps, rng)
    return [params[0], params[1] + shift, *params[2:]], losses


def _train_only(which: int) -> Any:
    return lambda *args: known.train_two_layer(*args)[which]


def _train_last_loss(*args: Any) -> Any:
    params, losses = known.train_two_layer(*args)
    return params, losses[-1]


def _train_own_generator(x: Array, y: Array, hidden: int, rate: float, share: float, steps: int, rng: Any) -> Any:
    return known.train_two_layer(x, y, hidden, rate, share, steps, np.random.default_rng(0))


# --- catches_wrong_backward ----------------------------------------------------------------------


def _catches_with_the_checker(gradient: Any, x: Array, y: Array, *params: Array) -> bool:
    report = gradient_check(
        lambda *moved: known.two_layer_step(x, y, *moved)["loss"],
        lambda *moved: gradient(x, y, *moved),
        params,
    )
    return not report.passed


def _catches_by_comparison(gradient: Any, x: Array, y: Array, *params: Array) -> bool:
    """Compare with one's own gradients, which have passed their check."""
    step = known.two_layer_step(x, y, *params)
    own = [step[name] for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]
    return any(not np.allclose(a, b) for a, b in zip(gradient(x, y, *params), own, strict=True))


def _catches_coarsely(gradient: Any, x: Array, y: Array, *params: Array) -> Any:
    """Right: the relative distance of all numbers together, as a NumPy truth value."""
    step = known.two_layer_step(x, y, *params)
    own = np.concatenate([step[name].ravel() for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")])
    claimed = np.concatenate([g.ravel() for g in gradient(x, y, *params)])
    return np.linalg.norm(claimed - own) > 1e-6 * np.linalg.norm(own)


def _catches_exactly(gradient: Any, x: Array, y: Array, *params: Array) -> bool:
    step = known.two_layer_step(x, y, *params)
    own = [step[name] for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]
    return any((a != b).any() for a, b in zip(gradient(x, y, *params), own, strict=True))


def _catches_in_words(gradient: Any, x: Array, y: Array, *params: Array) -> str:
    return "wrong" if _catches_by_comparison(gradient, x, y, *params) else "right"


def _catches_within(absolute: float, relative: float) -> Any:
    def catches(gradient: Any, x: Array, y: Array, *params: Array) -> bool:
        step = known.two_layer_step(x, y, *params)
        own = [step[name] for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]
        return any(
            (abs(a - b) > absolute + relative * abs(b)).any() for a, b in zip(gradient(x, y, *params), own, strict=True)
        )

    return catches


def _catches_by_sums(gradient: Any, x: Array, y: Array, *params: Array) -> bool:
    step = known.two_layer_step(x, y, *params)
    own = [step[name] for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]
    return any(abs(a.sum() - b.sum()) > 1e-6 for a, b in zip(gradient(x, y, *params), own, strict=True))


def _catches_leniently(gradient: Any, x: Array, y: Array, *params: Array) -> bool:
    """Let everything pass that is within a factor of ten; only the sign and the sum over many are noticed."""
    step = known.two_layer_step(x, y, *params)
    own = [step[name] for name in ("grad_w1", "grad_b1", "grad_w2", "grad_b2")]
    return any((a * b < 0).all() for a, b in zip(gradient(x, y, *params), own, strict=True))


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "sigmoid": {
        "a mask for each sign": _sigmoid_masks,
        "loops": _sigmoid_loop,
        "by the letter, warning and all": lambda z: 1 / (1 + np.exp(-z)),
        "hyperbolic tangent of the half": lambda z: 0.5 * (1 + np.tanh(z / 2)),
        "float32": _single(known.sigmoid),
    },
    "sigmoid_grad": {
        "a (1 - a)": lambda z: known.sigmoid(z) * (1 - known.sigmoid(z)),
        "a - a squared": lambda z: (a := known.sigmoid(z)) - a**2,
        "powers of minus the size": lambda z: np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))) ** 2,
        "float32": _single(known.sigmoid_grad),
    },
    "forward_pass": {
        "neuron by neuron": _forward_scalars,
        "recursion that gives a tuple": _forward_recursive,
        "float32": _single(known.forward_pass),
    },
    "paths_gradient": {
        "by deltas": _paths_by_deltas,
        "measured with an imaginary step": _paths_measured,
        "float32": lambda *args: np.float32(_single(known.paths_gradient)(*args)),
    },
    "hidden_delta": {
        "loops": _hidden_loops,
        "einsum": lambda d, w, s: np.einsum("sk,ik,si->si", d, w, s),
        "weights first": lambda d, w, s: (w @ d.T).T * s,
        "float32": _single(known.hidden_delta),
    },
    "backward_pass": {
        "sample by sample": _backward_by_samples,
        "all deltas first": _backward_forwards_lists,
        "float32": _single(known.backward_pass),
    },
    "two_layer_step": {
        "sample by sample": _step_loops,
        "bias as a row of the weights": _step_with_column,
        "float32": lambda *args: {**(step := _single(known.two_layer_step)(*args)), "loss": np.float32(step["loss"])},
    },
    "momentum_step": {
        "a loop over positions": _momentum_loop,
        "in place on copies": _momentum_copies,
        "float32": _single(known.momentum_step),
    },
    "train_two_layer": {
        "everything written out": _train_written_out,
        "with the mended function": _train_with_mended,
    },
    "mended_backward": {
        "a2 - a2 squared": lambda a3, w2, a2, a1, y: (
            a2.T @ (d := (a3 - y) / len(y)),
            d.sum(axis=0),
            a1.T @ (e := d * w2.T * (a2 - a2**2)),
            e.sum(axis=0),
        ),
        "divided at the end": lambda a3, w2, a2, a1, y: [
            a2.T @ (a3 - y) / len(y),
            (a3 - y).mean(axis=0),
            a1.T @ ((a3 - y) @ w2.T * a2 * (1 - a2)) / len(y),
            ((a3 - y) @ w2.T * a2 * (1 - a2)).mean(axis=0),
        ],
        "slope at the logit": lambda a3, w2, a2, a1, y: (
            a2.T @ (a3 - y) / len(y),
            (a3 - y).mean(axis=0),
            a1.T @ (e := (a3 - y) @ w2.T * known.sigmoid_grad(np.log(a2 / (1 - a2))) / len(y)),
            e.sum(axis=0),
        ),
    },
    "catches_wrong_backward": {
        "with gradient_check": _catches_with_the_checker,
        "by comparison with one's own step": _catches_by_comparison,
        "by the distance of all numbers": _catches_coarsely,
    },
}

WRONG: dict[str, list[Wrong]] = {
    "sigmoid": [
        Wrong("changes its argument", _sigmoid_in_place, tells="changes"),
        Wrong("clipped at 0.999", lambda z: np.clip(known.sigmoid(z), 0.001, 0.999), NOT_YET, tells="differ"),
        Wrong("softmax of the row", lambda z: np.exp(z) / np.exp(z).sum(), NOT_YET, tells="differ"),
        Wrong("only the first row", lambda z: known.sigmoid(z)[:1], NOT_YET, tells="shape"),
        Wrong("rounded", lambda z: known.sigmoid(z).round(4), tells="differ"),
    ],
    "sigmoid_grad": [
        Wrong("twice too large", lambda z: 2 * known.sigmoid_grad(z), WRONG_, tells="twice what it should be"),
        Wrong("mean of all", lambda z: known.sigmoid_grad(z).mean(), WRONG_, tells="single number"),
        Wrong("a squared", lambda z: known.sigmoid(z) ** 2, NOT_YET, tells="differ"),
    ],
    "forward_pass": [
        Wrong("weights transposed", _forward_transposed, RAISED, tells="ValueError"),
        Wrong("one layer only", lambda x, w, b: [x, known.sigmoid(x @ w[0] + b[0])], WRONG_, tells="2 where"),
        Wrong("inputs into each layer", _forward_inputs_again, RAISED, "inputs into every layer"),
        Wrong("stacked rows", lambda x, w, b: known.forward_pass(x, w, b)[::-1], WRONG_, tells="item 1"),
    ],
    "paths_gradient": [
        Wrong("measured too coarsely", _paths_coarse, WRONG_, tells="differs"),
        Wrong("the whole matrix", _paths_whole_matrix, WRONG_, tells="single number"),
    ],
    "hidden_delta": [
        Wrong("weights not transposed", lambda d, w, s: d @ w * s, RAISED, tells="inner sizes"),
        Wrong("changes the slopes", _hidden_in_place, tells="changes"),
        Wrong("element-wise only", lambda d, w, s: d * s, RAISED, tells="broadcast"),
        Wrong("minus ones", lambda d, w, s: d @ w.T * s - 1, WRONG_, tells="off by the same amount"),
    ],
    "backward_pass": [
        Wrong("one flat list", _backward_flat, WRONG_, tells="things are due: grad_weights, grad_biases"),
        Wrong("biases first", _backward_pairs, WRONG_, tells="grad_weights"),
        Wrong("output delta for every layer", _backward_last_layer, WRONG_, tells="shape"),
        Wrong("gradients transposed", _backward_not_transposed, WRONG_, tells="transposed"),
        Wrong("changes the activations", _backward_in_place, tells="changes"),
    ],
    "two_layer_step": [
        Wrong("delta2 missing", _step_without("delta2"), WRONG_, tells="the entry `delta2` is missing"),
        Wrong("loss as text", _changed_step(loss=str), WRONG_, tells="`loss`"),
        Wrong("grad_w1 transposed", _changed_step(grad_w1=np.transpose), WRONG_, tells="`grad_w1`"),
        Wrong("grad_w2 negated", _changed_step(grad_w2=np.negative), WRONG_, tells="opposite sign"),
        Wrong("steps inside", _step_in_place, tells="changes"),
        Wrong("delta3 averaged", _changed_step(delta3=lambda d: d.mean(axis=0)), NOT_YET, tells="`delta3`"),
        Wrong("a tuple", lambda *args: tuple(known.two_layer_step(*args).values()), WRONG_, tells="a dict"),
    ],
    "momentum_step": [
        Wrong("in place", _momentum_in_place, tells="changes"),
        Wrong("in the caller's lists", _momentum_in_place_lists, tells="changes"),
        Wrong("first array only", lambda p, v, g, r, s: ([p[0] - r * (s * v[0] + g[0])], v), NOT_YET, tells="due"),
        Wrong(
            "tuples of pairs",
            lambda *args: list(zip(*known.momentum_step(*args), strict=True)),
            WRONG_,
            tells="params",
        ),
    ],
    "train_two_layer": [
        Wrong("biases drawn", _train_biases_drawn, WRONG_, tells="params"),
        Wrong("parameters only", _train_only(0), WRONG_, "losses not returned"),
        Wrong("losses only", _train_only(1), WRONG_, tells="due"),
        Wrong("last loss only", _train_last_loss, NOT_YET, tells="losses"),
        Wrong("a generator of its own", _train_own_generator, WRONG_, "own generator"),
    ],
    "mended_backward": [
        Wrong(
            "bias as one number",
            lambda *args: tuple(g.sum() if g.ndim == 1 else g for g in known.mended_backward(*args)),
            WRONG_,
            tells="b2",
        ),
        Wrong("three of four", lambda *args: known.mended_backward(*args)[:3], WRONG_, tells="4 things are due"),
        Wrong(
            "first layer transposed",
            lambda *args: tuple(g.T if k == 2 else g for k, g in enumerate(known.mended_backward(*args))),
            WRONG_,
            tells="transposed",
        ),
    ],
    "catches_wrong_backward": [
        Wrong("no tolerance at all", _catches_exactly, PARTLY, "accuses right gradients"),
        Wrong("in words", _catches_in_words, WRONG_, tells="not "),
        Wrong("absolute tolerance of a hundredth", _catches_within(0.01, 0.0), PARTLY, "tolerance too loose"),
        Wrong("relative tolerance of a hundredth", _catches_within(1e-12, 0.01), PARTLY, "tolerance too loose"),
        Wrong("sums to six decimals", _catches_by_sums, PARTLY, "compares sums"),
        Wrong("asks for the sign only", _catches_leniently, PARTLY, "watches the loss fall"),
        Wrong("crashes on purpose", lambda g, *args: bool(g(*args) > 0), RAISED, tells="TypeError"),
    ],
}
