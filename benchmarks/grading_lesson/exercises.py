"""The exercises of the benchmark's lesson, as the course declares them; the same cases as in hidden_tests.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.judging.calls import COUNT, MODES, Rng
from course_utils.judging.exercise import Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _scores(rng: np.random.Generator, spread: float = 2.0, classes: int = 5) -> Array:
    return rng.normal(scale=spread, size=(classes + 4, classes))


def _with_labels(rng: np.random.Generator, scores: Array) -> tuple[Array, Array]:
    return scores, rng.integers(0, scores.shape[1], size=len(scores))


def _log_probs(scores: Array) -> Array:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _draw_constant(rng: np.random.Generator) -> tuple[Array]:
    x = rng.normal(loc=-3.0, size=(7, 4))
    x[:, 2] = 5.0
    return (x,)


def _standardise_oracle(x: Array) -> Any:
    import torch

    values = _tensor(x)
    spread = values.std(dim=0, correction=0)
    return (values - values.mean(dim=0)) / torch.where(spread > 1e-12, spread, 1.0)


STANDARDISE = Exercise(
    "standardise",
    groups=(
        Group("ordinary columns", lambda rng: (rng.normal(loc=2.0, size=(9, 4)),)),
        Group("columns in other units", lambda rng: (rng.normal(loc=5.0, size=(8, 3)) * [0.01, 1.0, 100.0],)),
        Group("a constant column", _draw_constant, edge=True),
    ),
    oracle=_standardise_oracle,
    mistakes=(
        Mistake(
            "one mean for all",
            "Each column has a mean of its own: along which axis?",
            lambda x: (x - x.mean()) / x.std(),
        ),
    ),
)


def _softmax_oracle(scores: Array) -> Any:
    return _tensor(scores).softmax(dim=1)


def _wrong_axis(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


CLASS_PROBABILITIES = Exercise(
    "class_probabilities",
    groups=(
        Group("ordinary scores", lambda rng: (_scores(rng),)),
        Group("large scores", lambda rng: (_scores(rng) + 1000.0,)),
        Group("one sample", lambda rng: (_scores(rng)[:1],), edge=True),
        Group("many classes", lambda rng: (_scores(rng, classes=17),)),
    ),
    oracle=_softmax_oracle,
    laws=(Law("every row sums to 1", lambda ask, z: all_close(np.sum(ask(z), axis=1), np.ones(len(z)))),),
    mistakes=(
        Mistake("softmax over the samples", "Each row is one sample: along which axis do you sum?", _wrong_axis),
        Mistake("log-probabilities", "The probabilities themselves are asked for.", _log_probs),
    ),
)


def _loss_oracle(scores: Array, labels: Array) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(_tensor(scores), torch.tensor(labels))


MEAN_LOSS = Exercise(
    "mean_loss",
    groups=(
        Group("ordinary scores", lambda rng: _with_labels(rng, _scores(rng))),
        Group("large scores", lambda rng: _with_labels(rng, _scores(rng) - 1000.0)),
        Group("many classes", lambda rng: _with_labels(rng, _scores(rng, classes=17))),
    ),
    oracle=_loss_oracle,
    mistakes=(
        Mistake(
            "sum instead of mean",
            "The loss of a batch is a mean over its samples.",
            lambda z, y: -_log_probs(z)[np.arange(len(y)), y].sum(),
        ),
    ),
)


def _draw_slopes(rng: np.random.Generator, spread: float = 1.0, kinds: int = 4) -> tuple[Array, ...]:
    labels = rng.integers(0, kinds, size=9)
    return rng.normal(size=(9, 6)), labels, rng.normal(scale=spread, size=(6, 4)), rng.normal(size=4)


def _slopes_oracle(x: Array, labels: Array, weights: Array, bias: Array) -> Any:
    import torch

    w, b = _tensor(weights).requires_grad_(), _tensor(bias).requires_grad_()
    loss = torch.nn.functional.cross_entropy(_tensor(x) @ w + b, torch.tensor(labels))
    return torch.autograd.grad(loss, (w, b))


def _slopes_with(factor: float, mean: bool) -> Any:
    def slopes(x: Array, labels: Array, weights: Array, bias: Array) -> tuple[Array, Array]:
        delta = (np.exp(_log_probs(x @ weights + bias)) - np.eye(len(bias))[labels]) * factor
        delta = delta / len(x) if mean else delta
        return x.T @ delta, delta.sum(axis=0)

    return slopes


LOSS_SLOPES = Exercise(
    "loss_slopes",
    groups=(
        Group("ordinary batches", _draw_slopes),
        Group("sure of itself", lambda rng: _draw_slopes(rng, spread=4.0)),
        Group("a class that does not occur", lambda rng: _draw_slopes(rng, kinds=3)),
    ),
    oracle=_slopes_oracle,
    parts=("by the weights", "by the bias"),
    mistakes=(
        Mistake("sum instead of mean", "The loss is a mean over the batch: is its slope one?", _slopes_with(1, False)),
        Mistake("the wrong way round", "Which of a and y is taken from the other?", _slopes_with(-1, True)),
    ),
)


def _draw_batches(rng: np.random.Generator, samples: int, size: int) -> tuple[Any, ...]:
    return rng.normal(size=(samples, 3)), np.arange(samples), size, Rng(int(rng.integers(2**31)))


def _batches_oracle(features: Array, labels: Array, size: int, rng: np.random.Generator) -> list[Any]:
    order = rng.permutation(len(features))
    pieces = [order[begin : begin + size] for begin in range(0, len(order), size)]
    return [(features[piece], labels[piece]) for piece in pieces]


def _in_order(features: Array, labels: Array, size: int, rng: np.random.Generator) -> list[Any]:
    begins = range(0, len(features), size)
    return [(features[begin : begin + size], labels[begin : begin + size]) for begin in begins]


BATCHES_OF = Exercise(
    "batches_of",
    groups=(
        Group("even batches", lambda rng: _draw_batches(rng, 12, 4)),
        Group("a smaller last batch", lambda rng: _draw_batches(rng, 17, 5)),
        Group("batches of one", lambda rng: _draw_batches(rng, 9, 1), edge=True),
    ),
    oracle=_batches_oracle,
    kind="generator",
    mistakes=(Mistake("never shuffled", "The batches come in the order of the data.", _in_order),),
)


def _draw_step(rng: np.random.Generator, rest: bool, momentum: float) -> tuple[Any, ...]:
    velocity = np.zeros((5, 3)) if rest else rng.normal(size=(5, 3))
    return rng.normal(size=(5, 3)), velocity, rng.normal(size=(5, 3)), 0.1, momentum


def _step_oracle(values: Array, velocity: Array, slopes: Array, rate: float, momentum: float) -> Any:
    moved = momentum * _tensor(velocity) + _tensor(slopes)
    return _tensor(values) - rate * moved, moved


MOMENTUM_STEP = Exercise(
    "momentum_step",
    groups=(
        Group("steps from rest", lambda rng: _draw_step(rng, True, 0.5), edge=True),
        Group("steps on the way", lambda rng: _draw_step(rng, False, 0.5)),
        Group("much momentum", lambda rng: _draw_step(rng, False, 0.95)),
    ),
    oracle=_step_oracle,
    parts=("values", "velocity"),
    mistakes=(
        Mistake(
            "climbs instead of descending",
            "The step should go against the slope.",
            lambda p, v, g, rate, m: (p + rate * (m * v + g), m * v + g),
        ),
    ),
)


def _draw_balanced(rng: np.random.Generator, kinds: Any, chances: Any = None) -> tuple[Array, Array]:
    labels = rng.permutation(np.concatenate([kinds, rng.choice(kinds, size=40, p=chances)]))
    return np.where(rng.random(len(labels)) < 0.6, labels, rng.choice(kinds, size=len(labels))), labels


def _balanced_oracle(predicted: Array, labels: Array) -> float:
    from sklearn.metrics import recall_score

    return float(recall_score(labels, predicted, average="macro"))


BALANCED_ACCURACY = Exercise(
    "balanced_accuracy",
    groups=(
        Group("classes of one size", lambda rng: _draw_balanced(rng, np.arange(4))),
        Group("classes of different sizes", lambda rng: _draw_balanced(rng, np.arange(3), (0.8, 0.15, 0.05))),
        Group("numbers that do not occur", lambda rng: _draw_balanced(rng, np.array([0, 2, 5]))),
    ),
    oracle=_balanced_oracle,
    mistakes=(
        Mistake(
            "in percent",
            "A share lies between 0 and 1.",
            lambda predicted, labels: 100 * _balanced_oracle(predicted, labels),
        ),
    ),
)


def _draw_net(rng: np.random.Generator, samples: int, sizes: tuple[int, int, int] = (7, 5, 3)) -> tuple[Any, ...]:
    n_in, n_hidden, n_out = sizes
    shapes = ((n_hidden, n_in), (n_hidden,), (n_out, n_hidden), (n_out,))
    parameters = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return sizes, parameters, rng.normal(size=(samples, n_in)).astype(np.float32)


def _net_oracle(sizes: tuple[int, int, int], parameters: list[Array], batch: Array) -> dict[str, Any]:
    w1, b1, w2, b2 = map(_tensor, parameters)
    scores = (_tensor(batch) @ w1.T + b1).clamp(min=0) @ w2.T + b2
    return {COUNT: sum(p.size for p in parameters), MODES[0]: scores, MODES[1]: scores}


def _is_linear(value: Any, case: Any) -> bool:
    _, (w1, b1, w2, b2), batch = case.args
    return bool(np.allclose(value[MODES[0]], (batch @ w1.T + b1) @ w2.T + b2, atol=1e-4))


TWO_LAYER_NET = Exercise(
    "TwoLayerNet",
    groups=(
        Group("batches", lambda rng: _draw_net(rng, 6)),
        Group("one sample", lambda rng: _draw_net(rng, 1, sizes=(7, 12, 3)), edge=True),
        Group("wide nets", lambda rng: _draw_net(rng, 8, sizes=(11, 40, 4))),
    ),
    oracle=_net_oracle,
    kind="module",
    by_hand=False,
    mistakes=(Mistake("no activation", "What stands between the two linear layers?", matches=_is_linear),),
)
