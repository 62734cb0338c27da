"""Answers to the exercises of lesson 04: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import solutions.logistic_regression as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED
SMALL = "a small constant inside the logarithm"


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        return answer(*(a.astype(np.float32) if isinstance(a, Array) and a.dtype == float else a for a in args))

    return in_float32


# --- small functions -----------------------------------------------------------------------------


def _log_odds_loop(probability: Array) -> list[float]:
    return [math.log(p) - math.log1p(-p) for p in probability]


def _probability_loop(features: Array, weights: Array, bias: float) -> list[float]:
    result = []
    for row in features:
        z = bias + sum(x * w for x, w in zip(row, weights, strict=True))
        result.append(1 / (1 + math.exp(-z)) if z > -700 else 0.0)
    return result


def _probability_naive(features: Array, weights: Array, bias: float) -> Array:
    return 1 / (1 + np.exp(-(features @ weights + bias)))


def _boundary_by_points(x1: Array, w1: float, w2: float, bias: float, threshold: float) -> list[float]:
    level = -math.log(1 / threshold - 1)
    return [(level - bias) / w2 - w1 / w2 * x for x in x1]


def _boundary_by_search(x1: Array, w1: float, w2: float, bias: float, threshold: float) -> Array:
    """Halve an interval until the sigmoid is the threshold; no formula for the log-odds."""
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if known.sigmoid(np.array(middle)) < threshold else (low, middle)
    return (low - bias - w1 * x1) / w2


def _bce_loop(logits: Array, labels: Array) -> float:
    total = 0.0
    for z, y in zip(logits, labels, strict=True):
        total += (1 - y) * z + math.log1p(math.exp(-z)) if z >= 0 else -y * z + math.log1p(math.exp(z))
    return total / len(logits)


def _bce_with(bound: Any) -> Any:
    def floored(logits: Array, labels: Array) -> float:
        h = bound(known.sigmoid(logits))
        return float(-(labels * np.log(h) + (1 - labels) * np.log(1 - h)).mean())

    return floored


def _bce_plus(tiny: float) -> Any:
    def floored(logits: Array, labels: Array) -> float:
        h = known.sigmoid(logits)
        return float(-(labels * np.log(h + tiny) + (1 - labels) * np.log(1 - h + tiny)).mean())

    return floored


def _slope_loop(probability: Array, labels: Array) -> list[float]:
    return [1 / h if y else -1 / (1 - h) for h, y in zip(probability, labels, strict=True)]


# --- catches_unstable_loss -----------------------------------------------------------------------


def _catch_everywhere(loss: Any) -> bool:
    """Compare with the learner's own loss of a batch of one, score by score."""
    for z in np.linspace(-900, 900, 61):
        price = loss(np.array([z]))[0]
        if not np.isfinite(price) or abs(price - known.bce_with_logits(np.array([z]), np.ones(1))) > 1e-6:
            return True
    return False


def _catch_by_laws(loss: Any) -> np.bool_:
    """Use what always holds: the price for label 1 less the price for label 0 is minus the score."""
    z = np.array([-1000.0, -750.0, -20.0, 3.0, 750.0])
    return ~np.isclose(loss(z) - loss(-z), -z).all()


def _catch_by_the_letter(loss: Any) -> bool:
    """Compare with the formula as it stands, which overflows with the loss it should catch."""
    z = np.array([-1000.0, -20.0, 3.0, 1000.0])
    with np.errstate(all="ignore"):
        return not np.allclose(loss(z), -np.log(1 / (1 + np.exp(-z))))


def _catch_by_the_sigmoid(loss: Any) -> bool:
    z = np.array([-800.0, 0.5, 800.0])
    with np.errstate(all="ignore"):
        return not np.allclose(loss(z), -np.log(known.sigmoid(z)))


def _catch_raises(loss: Any) -> bool:
    return loss([-800.0, 800.0] / 1)  # type: ignore[operator]


def _catch_with_numbers(loss: Any) -> bool:
    return not (abs(loss(-800.0) - 800) < 1e-6 and abs(loss(800.0)) < 1e-6)


# --- logistic_step -------------------------------------------------------------------------------


def _step_by_samples(features: Array, labels: Array, weights: Array, bias: float) -> dict[str, Any]:
    """Add up the shares of single samples; keys in another order."""
    m, n = features.shape
    logits = np.array([row @ weights + bias for row in features])
    probs = known.sigmoid(logits)
    grad_weights, grad_bias, delta = np.zeros(n), 0.0, []
    for row, h, y in zip(features, probs, labels, strict=True):
        delta.append((h - y) / m)
        grad_weights += row * delta[-1]
        grad_bias += delta[-1]
    loss = known.bce_with_logits(logits, labels)
    return {
        "grad_bias": grad_bias,
        "grad_weights": grad_weights,
        "delta": delta,
        "loss": loss,
        "probs": probs,
        "logits": logits,
    }


def _step_with_column(features: Array, labels: Array, weights: Array, bias: float) -> dict[str, Any]:
    """Take the bias for the weight of a feature that is always 1."""
    wide = np.hstack([features, np.ones((len(features), 1))])
    step = known.logistic_step(wide, labels, np.append(weights, bias), 0.0)
    return {**step, "grad_weights": step["grad_weights"][:-1], "grad_bias": step["grad_weights"][-1], "extra": None}


def _step_in_single(*args: Any) -> dict[str, Any]:
    step = _single(known.logistic_step)(*args)
    return {**step, "loss": np.float32(step["loss"]), "grad_bias": np.float32(step["grad_bias"])}


def _changed_step(**changes: Any) -> Any:
    """Return logistic_step with some of its results changed after the fact."""

    def step(*args: Any) -> dict[str, Any]:
        result = known.logistic_step(*args)
        return {**result, **{name: change(result[name]) for name, change in changes.items()}}

    return step


def _step_without_a_key(*args: Any) -> dict[str, Any]:
    result = known.logistic_step(*args)
    del result["grad_bias"]
    return result


def _step_in_place(features: Array, labels: Array, weights: Array, bias: float) -> dict[str, Any]:
    result = known.logistic_step(features, labels, weights, bias)
    weights -= result["grad_weights"]
    return result


# --- train_logistic ------------------------------------------------------------------------------


def _train_loop(features: Array, labels: Array, rate: float, steps: int) -> list[Any]:
    """Keep weights and bias in one vector; written out."""
    wide = np.column_stack([np.ones(len(features)), features])
    w, losses = np.zeros(wide.shape[1]), []
    for _ in range(steps):
        z = wide @ w
        losses.append(np.mean(np.logaddexp(0, z) - labels * z))
        w = w - rate * ((known.sigmoid(z) - labels)[:, None] * wide).mean(axis=0)
    return [w[1:], w[0], np.array(losses)]


def _train_by_samples(features: Array, labels: Array, rate: float, steps: int) -> tuple[Any, ...]:
    w, b, losses = [0.0] * features.shape[1], 0.0, []
    for _ in range(steps):
        step = _step_by_samples(features, labels, np.array(w), b)
        losses.append(step["loss"])
        w = [old - rate * slope for old, slope in zip(w, step["grad_weights"], strict=True)]
        b -= rate * step["grad_bias"]
    return np.array(w), np.array(b), losses


def _one_sample_a_step(features: Array, labels: Array, rate: float, steps: int) -> tuple[Any, ...]:
    w, b, losses = np.zeros(features.shape[1]), 0.0, []
    for number in range(steps):
        losses.append(known.bce_with_logits(features @ w + b, labels))
        i = number % len(labels)
        step = known.logistic_step(features[i : i + 1], labels[i : i + 1], w, b)
        w, b = w - rate * step["grad_weights"], b - rate * step["grad_bias"]
    return w, b, losses


def _random_start(features: Array, labels: Array, rate: float, steps: int) -> tuple[Any, ...]:
    w, b, losses = np.random.default_rng(1).normal(size=features.shape[1]), 0.5, []
    for _ in range(steps):
        step = known.logistic_step(features, labels, w, b)
        losses.append(step["loss"])
        w, b = w - rate * step["grad_weights"], b - rate * step["grad_bias"]
    return w, b, losses


def _linear_regression(features: Array, labels: Array, rate: float, steps: int) -> tuple[Any, ...]:
    w, b, losses = np.zeros(features.shape[1]), 0.0, []
    for _ in range(steps):
        gap = features @ w + b - labels
        losses.append(np.mean(gap**2))
        w, b = w - rate * 2 * features.T @ gap / len(labels), b - rate * 2 * gap.mean()
    return w, b, losses


# --- one against the rest ------------------------------------------------------------------------


def _ovr_loop(labels: Array, one: int) -> list[int]:
    return [1 if label == one else 0 for label in labels]


def _ovr_in_place(labels: Array, one: int) -> Array:
    result = (labels == one).astype(float)
    labels[:] = result
    return result


def _train_all_at_once(features: Array, labels: Array, c: int, rate: float, steps: int) -> list[Array]:
    """Train the c models side by side, as the columns of one matrix."""
    targets = (labels[:, None] == np.arange(c)).astype(float)
    w, b = np.zeros((features.shape[1], c)), np.zeros(c)
    for _ in range(steps):
        gap = (known.sigmoid(features @ w + b) - targets) / len(features)
        w, b = w - rate * features.T @ gap, b - rate * gap.sum(axis=0)
    return [w, b]


def _train_lists(features: Array, labels: Array, c: int, rate: float, steps: int) -> tuple[Any, ...]:
    models = [known.train_logistic(features, 1.0 * (labels == k), rate, steps) for k in range(c)]
    return np.column_stack([model[0] for model in models]), [model[1] for model in models]


def _predict_loop(features: Array, weights: Array, bias: Array) -> list[int]:
    result = []
    for row in features:
        scores = [row @ weights[:, k] + bias[k] for k in range(len(bias))]
        result.append(scores.index(max(scores)))
    return result


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "log_odds": {
        "loop": _log_odds_loop,
        "difference of logarithms": lambda p: np.log(p) - np.log1p(-p),
        "minus the logarithm of the inverse odds": lambda p: -np.log(1 / p - 1),
    },
    "predict_probability": {
        "loop": _probability_loop,
        "by the letter": _probability_naive,
        "hyperbolic tangent": lambda x, w, b: (1 + np.tanh((x @ w + b) / 2)) / 2,
        "float32": _single(known.predict_probability),
    },
    "mended_boundary": {
        "point by point": _boundary_by_points,
        "by search": _boundary_by_search,
        "solved in another order": lambda x1, w1, w2, b, t: np.log(t / (1 - t)) / w2 - (w1 * x1 + b) / w2,
    },
    "bce_with_logits": {
        "loop with two branches": _bce_loop,
        "logaddexp": lambda z, y: np.mean(np.logaddexp(0, z) - y * z),
        "signs in place of labels": lambda z, y: np.logaddexp(0, (1 - 2 * y) * z).mean(),
        "float32": lambda z, y: np.float32(_single(known.bce_with_logits)(z, y)),
    },
    "catches_unstable_loss": {
        "compares with the own loss": _catch_everywhere,
        "by a law": _catch_by_laws,
        "with plain numbers": _catch_with_numbers,
        "finite and large enough": lambda loss: (
            not np.isfinite(loss(np.array([-800.0, 800.0]))).all() or loss(np.array([-800.0]))[0] < 799
        ),
    },
    "likelihood_slope": {
        "loop": _slope_loop,
        "one fraction": lambda h, y: (y - h) / (h * (1 - h)),
        "probability of what happened": lambda h, y: (2 * y - 1) / (y * h + (1 - y) * (1 - h)),
    },
    "logistic_step": {
        "sample by sample": _step_by_samples,
        "bias as one more weight": _step_with_column,
        "float32": _step_in_single,
    },
    "train_logistic": {
        "written out": _train_loop,
        "sample by sample": _train_by_samples,
    },
    "ovr_labels": {
        "loop": _ovr_loop,
        "truth values": lambda y, k: y == k,
        "where": lambda y, k: np.where(y == k, 1, 0),
    },
    "train_ovr": {
        "all at once": _train_all_at_once,
        "lists of models": _train_lists,
    },
    "predict_ovr": {
        "loop": _predict_loop,
        "with a step of rounding nothing": lambda x, w, b: np.argmax(np.einsum("mn,nc->mc", x, w) + b, axis=1),
    },
}

WRONG: dict[str, list[Wrong]] = {
    "log_odds": [
        Wrong("clips", lambda p: known.log_odds(np.clip(p, 0.01, 0.99)), PARTLY, tells="close to 0 and 1"),
        Wrong("a single number", lambda p: known.log_odds(p).mean(), WRONG_, tells="another shape"),
        Wrong("twice", lambda p: 2 * known.log_odds(p), WRONG_, tells="twice what it should be"),
        Wrong("a column", lambda p: known.log_odds(p)[:, None], WRONG_, tells="axes of length 1"),
    ],
    "predict_probability": [
        Wrong("a column", lambda x, w, b: known.predict_probability(x, w, b)[:, None], WRONG_, tells="another shape"),
        Wrong(
            "weights times features", lambda x, w, b: known.sigmoid(w @ x + b), RAISED, tells="inner sizes of a matrix"
        ),
        Wrong(
            "rounds",
            lambda x, w, b: known.predict_probability(x, w, b).round(6),
            NOT_YET,
            tells="six digits",
        ),
        Wrong("other class", lambda x, w, b: known.predict_probability(x, -w, b), NOT_YET, tells="differ"),
    ],
    "mended_boundary": [
        Wrong("one point", lambda *args: known.mended_boundary(*args)[0], WRONG_, tells="another shape"),
        Wrong("changes the points", lambda *args: _line_in_place(*args), WRONG_, tells="changes argument 1 in place"),
        Wrong(
            "no threshold below one half",
            lambda x1, w1, w2, b, t: known.mended_boundary(x1, w1, w2, b, max(t, 0.5)),
            PARTLY,
            "the published line",
        ),
    ],
    "bce_with_logits": [
        Wrong(
            "safe for scores above 0 only",
            lambda z, y: ((1 - y) * z + np.log1p(np.exp(-z))).mean(),
            PARTLY,
            "exponential that overflows",
        ),
        Wrong("bounded by 1e-7", _bce_with(lambda h: np.clip(h, 1e-7, 1 - 1e-7)), NOT_YET, SMALL),
        Wrong("bounded by 1e-12", _bce_with(lambda h: np.clip(h, 1e-12, 1 - 1e-12)), NOT_YET, SMALL),
        Wrong("plus 1e-9", _bce_plus(1e-9), NOT_YET, SMALL),
        Wrong("plus 1e-15", _bce_plus(1e-15), NOT_YET, SMALL),
        Wrong(
            "clips the scores",
            lambda z, y: known.bce_with_logits(np.clip(z, -100, 100), y),
            PARTLY,
            "clipped scores",
        ),
        Wrong(
            "clips the scores far out",
            lambda z, y: known.bce_with_logits(np.clip(z, -500, 500), y),
            PARTLY,
            "clipped scores",
        ),
        Wrong("half of it", lambda z, y: known.bce_with_logits(z, y) / 2, NOT_YET, tells="the number differs"),
        Wrong("changes the scores", lambda z, y: _bce_in_place(z, y), WRONG_, tells="changes argument 1 in place"),
        Wrong("in brackets", lambda z, y: [known.bce_with_logits(z, y)], WRONG_, tells="another shape"),
    ],
    "catches_unstable_loss": [
        Wrong("expects a free lunch", lambda loss: bool(loss(-800.0) != 0), NOT_YET, "accuses everyone"),
        Wrong("calls it with a list", _catch_raises, RAISED, tells="stopped with an error"),
        Wrong("measures by the letter", _catch_by_the_letter, NOT_YET, "compares with the formula by the letter"),
        Wrong("measures by the sigmoid", _catch_by_the_sigmoid, NOT_YET, "compares with the formula by the letter"),
        Wrong("never calls it", lambda loss: loss is None, NOT_YET, "catches nothing"),
        Wrong("returns what it sees", lambda loss: loss(np.array([-800.0, 800.0])), WRONG_, tells="another shape"),
        Wrong("says it in words", lambda loss: "unstable", WRONG_, tells="it is a str, not True or False"),
    ],
    "likelihood_slope": [
        Wrong("the negative second term only", lambda h, y: -(1 - y) / (1 - h), NOT_YET, tells="differ"),
        Wrong("a small constant", lambda h, y: known.likelihood_slope(h + 1e-4, y), NOT_YET, tells="differ"),
        Wrong("labels swapped", lambda h, y: known.likelihood_slope(h, 1 - y), NOT_YET, tells="differ"),
        Wrong("square of the probability", lambda h, y: y / h**2 - (1 - y) / (1 - h) ** 2, NOT_YET, tells="differ"),
    ],
    "logistic_step": [
        Wrong("an entry is missing", _step_without_a_key, WRONG_, tells="the entry `grad_bias` is missing"),
        Wrong("only the gradient", lambda *args: known.logistic_step(*args)["delta"], WRONG_, tells="should be a dict"),
        Wrong("gradient as a column", _changed_step(grad_weights=lambda g: g[:, None]), WRONG_, tells="axes of length"),
        Wrong("weights descend already", _changed_step(grad_weights=lambda g: -g), WRONG_, tells="opposite sign"),
        Wrong("loss is None", _changed_step(loss=lambda _: None), WRONG_, tells="`loss` is None"),
        Wrong("changes the weights", _step_in_place, WRONG_, tells="changes argument 3 in place"),
        Wrong("probabilities clipped", _changed_step(probs=lambda p: np.clip(p, 0.2, 0.8)), NOT_YET, tells="`probs`"),
    ],
    "train_logistic": [
        Wrong("random start", _random_start, NOT_YET, "first loss is not ln 2"),
        Wrong("linear regression inside", _linear_regression, NOT_YET, "first loss is not ln 2"),
        Wrong("one sample a step", _one_sample_a_step, NOT_YET, tells="differ"),
        Wrong("a number", lambda *args: 0.95, WRONG_, tells="weights, bias, losses"),
        Wrong(
            "one step too many",
            lambda x, y, rate, steps: known.train_logistic(x, y, rate, steps + 1),
            WRONG_,
            tells="differ",
        ),
        Wrong("losses in a dict", lambda *args: {"losses": known.train_logistic(*args)[2]}, WRONG_, tells="3 things"),
    ],
    "ovr_labels": [
        Wrong("changes the labels", _ovr_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("a column", lambda y, k: (y == k)[:, None], WRONG_, tells="another shape"),
        Wrong("all of them", lambda y, k: np.ones(len(y)), NOT_YET, tells="differ"),
        Wrong(
            "every class at once",
            lambda y, k: (y[:, None] == np.arange(y.max() + 1)).astype(float),
            WRONG_,
            tells="another shape",
        ),
    ],
    "train_ovr": [
        Wrong("no rate", lambda x, y, c, rate, steps: known.train_ovr(x, y, c, 1.0, steps), NOT_YET, tells="differ"),
        Wrong("two classes only", lambda x, y, c, *rest: known.train_ovr(x, y, c - 1, *rest), WRONG_, tells="shape"),
        Wrong("weights only", lambda *args: known.train_ovr(*args)[0], WRONG_, tells="2 things are due"),
        Wrong(
            "a list of models",
            lambda x, y, c, rate, steps: [
                known.train_logistic(x, known.ovr_labels(y, k), rate, steps) for k in range(c)
            ],
            WRONG_,
            tells="3 where 2 things are due",
        ),
    ],
    "predict_ovr": [
        Wrong("weights in rows", lambda x, w, b: (x @ w.T + b).argmax(axis=1), RAISED, tells="inner sizes"),
        Wrong("one-hot rows", lambda x, w, b: np.eye(len(b))[known.predict_ovr(x, w, b)], WRONG_, tells="shape"),
        Wrong("always the last class", lambda x, w, b: np.full(len(x), len(b) - 1), NOT_YET, tells="differ"),
        Wrong("words", lambda x, w, b: [f"class {k}" for k in known.predict_ovr(x, w, b)], WRONG_, tells="not numbers"),
    ],
}


def _line_in_place(x1: Array, w1: float, w2: float, bias: float, threshold: float) -> Array:
    x1 *= w1
    return (known.log_odds(threshold) - bias - x1) / w2


def _bce_in_place(logits: Array, labels: Array) -> float:
    logits *= 1 - 2 * labels
    return float(np.logaddexp(0, logits).mean())
