"""The exercises of lesson 04, logistic regression.

Every oracle is PyTorch in float64 and shares no code with the NumPy answers. The numbers of samples, features and
classes always differ, so that a swapped axis shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.judging.calls import Given
from course_utils.judging.exercise import Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Draw m and n, never equal."""
    n = int(rng.integers(3, 6))
    return n + int(rng.integers(2, 5)), n


def _zeros_and_ones(rng: np.random.Generator, m: int) -> Array:
    """Draw m labels, at least two of each kind and not equally many of both."""
    ones = m // 2 + 1 if rng.random() < 0.5 else max(m // 2 - 1, 2)
    return rng.permutation(np.arange(m) < ones).astype(float)


def _sigmoid(z: Any) -> Any:
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def _losses(z: Array, y: Array) -> Array:
    return np.logaddexp(0.0, z) - y * z


# --- log_odds ------------------------------------------------------------------------------------


def _extreme(rng: np.random.Generator) -> tuple[Array]:
    small = 10.0 ** rng.uniform(-5, -2.5, size=6)
    return (rng.permutation(np.concatenate([small[:3], 1 - small[3:]])),)


LOG_ODDS = Exercise(
    "log_odds",
    groups=(
        Group("typical probabilities", lambda rng: (rng.uniform(0.02, 0.98, size=rng.integers(4, 8)),), weight=3),
        Group("probabilities close to 0 and 1", _extreme),
        Group("one probability", lambda rng: (rng.uniform(0.1, 0.4, size=1),), edge=True),
    ),
    oracle=lambda probability: _tensor(probability).logit(),
    laws=(
        Law(
            "swapping the roles of p and 1 - p changes the sign and nothing else",
            lambda ask, p: all_close(ask(1 - p), -np.asarray(ask(p))),
            groups=("typical probabilities",),
        ),
    ),
    mistakes=(
        Mistake(
            "odds without logarithm",
            "These are the odds; they stay above 0. Which step makes them run over all numbers?",
            lambda p: p / (1 - p),
        ),
        Mistake(
            "logarithm of the probability",
            "The odds compare p with what is left over: what is divided by what before the logarithm?",
            np.log,
        ),
        Mistake(
            "odds upside down",
            "A probability above one half should give a positive number: which of the two is on top of the fraction?",
            lambda p: np.log((1 - p) / p),
        ),
        Mistake(
            "logarithm to base 10",
            "The natural logarithm is meant here; which base does yours have?",
            lambda p: np.log10(p / (1 - p)),
        ),
        Mistake(
            "logarithm to base 2",
            "The natural logarithm is meant here; which base does yours have?",
            lambda p: np.log2(p / (1 - p)),
        ),
        Mistake(
            "the sigmoid itself",
            "The sigmoid leads from scores to probabilities; this function should lead the other way.",
            _sigmoid,
        ),
        Mistake(
            "1 taken away last",
            "Division goes first: brackets around 1 - p?",
            lambda p: np.log(p / 1 - p),
        ),
        Mistake(
            "fraction of logarithms",
            "The logarithm of a fraction, not a fraction of logarithms.",
            lambda p: np.log(p) / np.log(1 - p),
        ),
        Mistake(
            "logarithm of the two added",
            "The logarithm of a fraction is a difference of two logarithms: is yours a sum?",
            lambda p: np.log(p) + np.log(1 - p),
        ),
    ),
    computation="elementwise",
)

# --- predict_probability -------------------------------------------------------------------------


def _draw_model(rng: np.random.Generator, m: int | None = None, spread: float = 1.0) -> tuple[Array, Array, float]:
    rows, n = _sizes(rng)
    bias = float(rng.uniform(0.5, 1.5)) * spread
    return rng.normal(size=(m or rows, n)) * spread, rng.normal(size=n), bias


def _probability_oracle(features: Array, weights: Array, bias: float) -> Any:
    return (_tensor(features) @ _tensor(weights) + bias).sigmoid()


PREDICT_PROBABILITY = Exercise(
    "predict_probability",
    groups=(
        Group("typical samples", _draw_model, weight=3),
        Group("scores far from 0", lambda rng: _draw_model(rng, spread=900.0)),
        Group("one sample", lambda rng: _draw_model(rng, m=1), edge=True),
    ),
    oracle=_probability_oracle,
    laws=(
        Law(
            "turning all signs of the weights and the bias gives the probability of the other class",
            lambda ask, x, w, b: all_close(ask(x, -w, -b), 1 - np.asarray(ask(x, w, b))),
            groups=("typical samples",),
        ),
    ),
    mistakes=(
        Mistake(
            "bias left out",
            "The bias belongs to the score: is it in there before the sigmoid?",
            lambda x, w, b: _sigmoid(x @ w),
        ),
        Mistake(
            "bias after the sigmoid",
            "A probability is never above 1: does the bias come before or after the sigmoid?",
            lambda x, w, b: _sigmoid(x @ w) + b,
        ),
        Mistake(
            "score without sigmoid",
            "This is the score; which function turns it into a probability?",
            lambda x, w, b: x @ w + b,
        ),
        Mistake(
            "sign of the exponent",
            "A larger score should mean a larger probability: check the sign in the exponent.",
            lambda x, w, b: _sigmoid(-(x @ w + b)),
        ),
        Mistake(
            "minus before the first part only",
            "The minus applies to the whole score: brackets?",
            lambda x, w, b: _sigmoid(x @ w - b),
        ),
        Mistake(
            "class instead of probability",
            "These are decisions already; the probabilities that they are made from are asked for.",
            lambda x, w, b: (x @ w + b > 0).astype(float),
        ),
        Mistake(
            "quotient that overflows",
            "For a large score the exponential becomes infinite, on top and below: which form of the sigmoid has it "
            "below only?",
            lambda x, w, b: np.exp(x @ w + b) / (1 + np.exp(x @ w + b)),
        ),
        Mistake(
            "hyperbolic tangent",
            "That squashes to numbers between -1 and 1; a probability lies between 0 and 1.",
            lambda x, w, b: np.tanh(x @ w + b),
        ),
        Mistake(
            "sigmoid of each product",
            "First the whole score of a sample, then one sigmoid: has each feature been squashed on its own?",
            lambda x, w, b: _sigmoid(x * w + b).sum(axis=1),
        ),
    ),
)

# --- mended_boundary: a bug hunt -----------------------------------------------------------------


def _draw_line(rng: np.random.Generator, low: float, high: float) -> tuple[Any, ...]:
    w1, w2 = rng.uniform(0.5, 2.0, size=2) * rng.choice([-1, 1], size=2)
    x1 = rng.normal(size=rng.integers(4, 8))
    return x1, float(w1), float(w2), float(rng.uniform(0.5, 1.5)), float(rng.uniform(low, high))


def _boundary_oracle(x1: Array, w1: float, w2: float, bias: float, threshold: float) -> Any:
    return (_tensor(threshold).logit() - (w1 * _tensor(x1) + bias)) / w2


def _line_with(level: Any) -> Any:
    return lambda x1, w1, w2, b, t: (level(t) - b - w1 * x1) / w2


def _logit(t: float) -> float:
    return float(np.log(t / (1 - t)))


MENDED_BOUNDARY = Exercise(
    "mended_boundary",
    groups=(
        Group("thresholds below one half", lambda rng: _draw_line(rng, 0.05, 0.42), weight=3),
        Group("thresholds above one half", lambda rng: _draw_line(rng, 0.58, 0.95), weight=3),
        Group("a threshold of one half", lambda rng: (*_draw_line(rng, 0.1, 0.9)[:4], 0.5)),
    ),
    oracle=_boundary_oracle,
    laws=(
        Law(
            "everywhere on the boundary the probability is the threshold",
            lambda ask, x1, w1, w2, b, t: all_close(
                _sigmoid(w1 * x1 + w2 * np.asarray(ask(x1, w1, w2, b, t)) + b), np.full(len(x1), t)
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "the published line",
            "That is the published line: the probability on it is always one half. Which score has the probability "
            "of the threshold?",
            _line_with(lambda t: 0.0),
        ),
        Mistake(
            "threshold taken for a score",
            "The threshold is a probability and the left side is a score: what turns one into the other?",
            _line_with(lambda t: t),
        ),
        Mistake(
            "threshold less one half",
            "Right for one half only: a probability turns into a score through its odds, not by subtraction.",
            _line_with(lambda t: t - 0.5),
        ),
        Mistake(
            "sigmoid of the threshold",
            "The sigmoid leads from scores to probabilities; here a probability is to become a score.",
            _line_with(lambda t: float(_sigmoid(t))),
        ),
        Mistake(
            "line on the other side",
            "A higher threshold asks for higher scores: is the sign of the log-odds the right way round?",
            _line_with(lambda t: -_logit(t)),
        ),
        Mistake(
            "odds without logarithm",
            "Scores are the logarithm of the odds: is the logarithm there?",
            _line_with(lambda t: t / (1 - t)),
        ),
        Mistake(
            "sign of the bias",
            "Solve the equation for the second feature once more: on which side does the bias end up?",
            lambda x1, w1, w2, b, t: (_logit(t) + b - w1 * x1) / w2,
        ),
        Mistake(
            "sign of the first feature",
            "Solve the equation for the second feature once more: with which sign does the first one cross over?",
            lambda x1, w1, w2, b, t: (_logit(t) - b + w1 * x1) / w2,
        ),
        Mistake(
            "weights swapped",
            "Solve for the second feature: by which weight is divided?",
            lambda x1, w1, w2, b, t: (_logit(t) - b - w2 * x1) / w1,
        ),
        Mistake(
            "never divided",
            "This is the second feature times its weight: one step is left.",
            lambda x1, w1, w2, b, t: _logit(t) - b - w1 * x1,
        ),
        Mistake(
            "only the first part divided",
            "The whole right side is divided by the second weight: does each of its terms get its share?",
            lambda x1, w1, w2, b, t: _logit(t) - b - w1 * x1 / w2,
        ),
    ),
)

# --- bce_with_logits -----------------------------------------------------------------------------


def _draw_scores(rng: np.random.Generator) -> tuple[Array, Array]:
    m = int(rng.integers(5, 9))
    return rng.normal(scale=2.0, size=m), _zeros_and_ones(rng, m)


def _draw_confident(rng: np.random.Generator, right: bool) -> tuple[Array, Array]:
    z, y = _draw_scores(rng)
    # The first score stays as it is, so that the loss is never 0 and a constant answer never right.
    z[1:] += (800.0 if right else -800.0) * (2 * y[1:] - 1)
    return z, y


def _bce_oracle(logits: Array, labels: Array) -> Any:
    import torch

    return torch.nn.functional.binary_cross_entropy_with_logits(_tensor(logits), _tensor(labels))


def _by_the_letter(z: Array, y: Array) -> Array:
    h = 1 / (1 + np.exp(-z))
    return -(y * np.log(h) + (1 - y) * np.log(1 - h))


BCE_WITH_LOGITS = Exercise(
    "bce_with_logits",
    groups=(
        Group("typical scores", _draw_scores, weight=3),
        Group("confident and right", lambda rng: _draw_confident(rng, True)),
        Group("confident and wrong", lambda rng: _draw_confident(rng, False), weight=2),
        Group("one sample", lambda rng: (rng.normal(size=1), np.ones(1)), edge=True),
    ),
    oracle=_bce_oracle,
    laws=(
        Law(
            "the loss is never negative",
            lambda ask, z, y: bool(np.asarray(ask(z, y)) >= -1e-9),
        ),
        Law(
            "swapping the two classes and the sign of every score changes nothing",
            lambda ask, z, y: all_close(ask(-z, 1 - y), ask(z, y)),
        ),
    ),
    mistakes=(
        Mistake(
            "sum instead of mean",
            "The loss of a batch should not grow because the batch does: divide by what?",
            lambda z, y: _losses(z, y).sum(),
        ),
        Mistake(
            "one loss for each sample",
            "These are the losses of the single samples; the batch has one number.",
            _losses,
        ),
        Mistake(
            "sign",
            "A loss is never negative, and the logarithm of a probability is never positive: what is between them?",
            lambda z, y: -_losses(z, y).mean(),
        ),
        Mistake(
            "by the letter",
            "A probability has been rounded to 0 or 1 before its logarithm is taken: use the form that never leaves "
            "the scores.",
            lambda z, y: _by_the_letter(z, y).mean(),
        ),
        Mistake(
            "exponential that overflows",
            "The exponential of a large number is infinite: of which number does the safe form take it, whatever the "
            "sign of the score?",
            lambda z, y: (np.log1p(np.exp(z)) - y * z).mean(),
        ),
        Mistake(
            "exponential without bars",
            "Without the bars the exponent is positive for scores below 0: which number goes into the exponential?",
            lambda z, y: (np.maximum(z, 0) - y * z + np.log1p(np.exp(-z))).mean(),
        ),
        Mistake(
            "one maximum for the whole array",
            "This takes one maximum of the whole array; which NumPy function compares entry by entry?",
            lambda z, y: (_losses(z, y) - np.maximum(z, 0) + np.max(z)).mean(),
        ),
        Mistake(
            "1 added twice",
            "`log1p` adds the 1 itself.",
            lambda z, y: (np.maximum(z, 0) - y * z + np.log(2 + np.exp(-np.abs(z)))).mean(),
        ),
        Mistake(
            "sign of yz",
            "A high score should make label 1 cheaper: check the sign of yz.",
            lambda z, y: _losses(z, -y).mean(),
        ),
        Mistake(
            "the score for its part above 0",
            "For scores below 0 one term drops out.",
            lambda z, y: (z - y * z + np.log1p(np.exp(-np.abs(z)))).mean(),
        ),
        Mistake(
            "labels swapped",
            "A high score should be cheap when the label is 1: are the two labels swapped?",
            lambda z, y: _losses(z, 1 - y).mean(),
        ),
        Mistake(
            "only the ones count",
            "Samples whose label is 0 have a loss as well: which of the two terms is missing?",
            lambda z, y: (y * np.logaddexp(0, -z)).mean(),
        ),
        Mistake(
            "sigmoid twice",
            "The scores have gone through a sigmoid before they came into the formula, which contains one already.",
            lambda z, y: _losses(_sigmoid(z), y).mean(),
        ),
        Mistake(
            "scores taken for probabilities",
            "These are scores and may be negative or above 1: a logarithm of them means nothing.",
            lambda z, y: -(y * np.log(z) + (1 - y) * np.log(1 - z)).mean(),
        ),
        Mistake(
            "logarithm to base 2",
            "The natural logarithm is meant here; which base does yours have?",
            lambda z, y: _losses(z, y).mean() / np.log(2),
        ),
        Mistake(
            "squared distance",
            "That is the mean of squares from linear regression; here the price is minus a log-probability.",
            lambda z, y: ((_sigmoid(z) - y) ** 2).mean(),
        ),
        Mistake(
            "a small constant inside the logarithm",
            "A constant added to avoid log(0) caps the loss: a confident wrong answer should cost its full price, "
            "and the safe form needs no constant.",
            matches=lambda value, case: _floored(value, *case.args),
        ),
        Mistake(
            "clipped scores",
            "Clipping caps the price of a confident mistake.",
            matches=lambda value, case: _clipped(value, *case.args),
        ),
    ),
)


def _floored(value: Any, z: Array, y: Array) -> bool:
    """Say whether a constant was added to the probabilities, or bounds them."""
    h = _sigmoid(z)
    happened, plain = np.where(y == 1, h, 1 - h), y * 1.0
    constants = (np.finfo(float).eps, np.finfo(float).tiny, *(10.0**-power for power in range(3, 31)), 1e-300)
    return any(
        all_close(value, -np.mean(kept))
        for tiny in constants
        for kept in (
            np.log(happened + tiny),
            plain * np.log(h + tiny) + (1 - plain) * np.log(1 - h + tiny),
            np.log(np.maximum(happened, tiny)),
            np.log(np.where(y == 1, np.clip(h, tiny, 1 - tiny), 1 - np.clip(h, tiny, 1 - tiny))),
        )
    )


def _clipped(value: Any, z: Array, y: Array) -> bool:
    """Say whether the scores were clipped at one of the usual places."""
    limits = (*range(5, 50), *range(50, 710, 10), 88, 700, 709)
    return any(all_close(value, _losses(np.clip(z, -limit, limit), y).mean()) for limit in limits)


# --- catches_unstable_loss: write the test that catches it ---------------------------------------


def _one_of(*names: str) -> Any:
    return lambda rng: (Given(f"logistic_regression.{rng.choice(names)}"),)


def _catch_oracle(loss: Any) -> bool:
    import torch

    scores = np.concatenate([np.linspace(-1000.0, 1000.0, 41), np.linspace(-30.0, 30.0, 13)])
    return not np.allclose(loss(scores), torch.nn.functional.softplus(-_tensor(scores)).numpy())


def _looks_at(scores: list[float], prices: list[float]) -> Any:
    return lambda loss: not np.allclose(loss(np.array(scores)), prices)


_SOUND, _UNSOUND = "logistic_regression.loss_through_logaddexp", "logistic_regression.loss_with_a_sum_inside"

CATCHES_UNSTABLE_LOSS = Exercise(
    "catches_unstable_loss",
    groups=(
        Group("sound loss functions", _one_of("loss_through_logaddexp", "loss_by_two_branches"), count=4),
        Group(
            "loss functions that break far below 0",
            _one_of("loss_by_the_letter", "loss_with_a_sum_inside", "loss_in_a_quotient"),
            count=3,
        ),
        Group("loss functions that break far above 0", _one_of("loss_with_a_large_exponential"), count=1),
        Group("loss functions with a floor", _one_of("loss_with_a_floor"), count=1),
        Group("loss functions of clipped scores", _one_of("loss_of_clipped_scores"), count=1),
    ),
    oracle=_catch_oracle,
    laws=(
        Law(
            "a sound loss function is not accused",
            lambda ask, loss: not bool(ask(Given(_SOUND))),
            hint="What does a sound loss give for your scores? Accuse only what is away from that.",
        ),
        Law(
            "a sound loss passes, and one that is infinite at a score of -800 is caught",
            lambda ask, loss: bool(ask(Given(_UNSOUND))) and not bool(ask(Given(_SOUND))),
            hint="Try scores so far out that an exponential overflows: what should their loss be?",
        ),
    ),
    mistakes=(
        Mistake(
            "accuses everyone",
            "A sound loss function is accused as well: compare what it gives with what it should give.",
            lambda loss: True,
        ),
        Mistake(
            "only looks for infinities",
            "A number can be finite and still wrong: what should the loss be at a score of -800?",
            lambda loss: not np.isfinite(loss(np.array([-800.0, 800.0]))).all(),
        ),
        Mistake(
            "looks at scores below 0 only",
            "One of these breaks on the other side: which scores has your test not tried?",
            _looks_at([-800.0], [800.0]),
        ),
        Mistake(
            "looks at scores above 0 only",
            "Most of these break on the other side: which scores has your test not tried?",
            _looks_at([800.0], [0.0]),
        ),
        Mistake(
            "does not go far enough",
            "At these scores nothing overflows yet: how large must an exponent be before a 64-bit number gives up?",
            _looks_at([-100.0, 100.0], [100.0, 0.0]),
        ),
        Mistake(
            "catches nothing",
            "Every loss function passes your test: go to scores where an exponential overflows, and know what the "
            "loss should be there.",
            lambda loss: False,
        ),
        Mistake(
            "compares with the formula by the letter",
            "Your yardstick overflows as well: which numbers do you know on paper far out on both sides?",
            _looks_at([-800.0, 800.0], [np.inf, 0.0]),
        ),
        Mistake(
            "verdicts swapped",
            "True is the verdict for a loss that goes wrong; is it the other way round here?",
            lambda loss: bool(np.allclose(loss(np.array([-800.0, 800.0])), [800.0, 0.0])),
        ),
    ),
    computation="elementwise",
)

# --- likelihood_slope: a step of the derivation --------------------------------------------------


def _draw_probabilities(rng: np.random.Generator, extreme: bool = False) -> tuple[Array, Array]:
    m = int(rng.integers(5, 9))
    y = _zeros_and_ones(rng, m)
    h = rng.uniform(0.05, 0.95, size=m)
    if extreme:
        h = np.where(rng.random(m) < 0.5, 10.0 ** rng.uniform(-6, -3, size=m), 1 - 10.0 ** rng.uniform(-6, -3, size=m))
    return h, y


def _slope_oracle(probability: Array, labels: Array) -> Any:
    h, y = _tensor(probability).requires_grad_(), _tensor(labels)
    (y * h.log() + (1 - y) * (1 - h).log()).sum().backward()
    return h.grad


LIKELIHOOD_SLOPE = Exercise(
    "likelihood_slope",
    groups=(
        Group("typical probabilities", _draw_probabilities, weight=3, count=3),
        Group("probabilities close to 0 and 1", lambda rng: _draw_probabilities(rng, extreme=True)),
        Group("one sample", lambda rng: (rng.uniform(0.2, 0.8, size=1), np.zeros(1)), edge=True),
    ),
    oracle=_slope_oracle,
    laws=(
        Law(
            "more probability for what happened is better: the slope is positive for label 1 and negative for label 0",
            lambda ask, h, y: bool((np.sign(np.asarray(ask(h, y))) == 2 * y - 1).all()),
        ),
    ),
    mistakes=(
        Mistake(
            "inner derivative forgotten",
            "The second logarithm is of 1 - h: which factor does the chain rule bring out?",
            lambda h, y: y / h + (1 - y) / (1 - h),
        ),
        Mistake(
            "slope of the loss",
            "The loss is minus the log-likelihood; here the log-likelihood itself is asked for.",
            lambda h, y: (h - y) / (h * (1 - h)),
        ),
        Mistake(
            "only the ones count",
            "A sample with label 0 has a slope as well: which term is missing?",
            lambda h, y: y / h,
        ),
        Mistake(
            "slope by the score",
            "That is the slope by the score, one step further on; here it is by the probability.",
            lambda h, y: y - h,
        ),
        Mistake(
            "slope of the loss by the score",
            "That is the slope by the score, one step further on; here it is by the probability.",
            lambda h, y: h - y,
        ),
        Mistake(
            "slope of the sigmoid multiplied in",
            "That is the slope by the score, one step further on; here it is by the probability.",
            lambda h, y: (y - h) * h * (1 - h),
        ),
        Mistake(
            "labels left out",
            "Where have the labels gone?",
            lambda h, y: 1 / h - 1 / (1 - h),
        ),
        Mistake(
            "the log-likelihood itself",
            "This is the log-likelihood; how fast does it change with h?",
            lambda h, y: y * np.log(h) + (1 - y) * np.log(1 - h),
        ),
        Mistake(
            "slope of the likelihood without logarithm",
            "That is the slope of the probability of what happened; here its logarithm is differentiated.",
            lambda h, y: 2 * y - 1.0,
        ),
        Mistake(
            "both denominators the same",
            "The second logarithm is of 1 - h: what stands below its fraction?",
            lambda h, y: y / h - (1 - y) / h,
        ),
        Mistake(
            "mean over the samples",
            "One slope for each sample is due; the mean comes later.",
            lambda h, y: np.mean(y / h - (1 - y) / (1 - h)),
        ),
        Mistake(
            "divided by the batch",
            "Each number is the slope of its own sample here; the mean over the samples comes later.",
            lambda h, y: (y / h - (1 - y) / (1 - h)) / len(y),
        ),
    ),
)

# --- logistic_step: every intermediate -----------------------------------------------------------


def _draw_step(rng: np.random.Generator, m: int | None = None, spread: float = 1.0) -> tuple[Any, ...]:
    """Draw a batch whose scores speak for more or for fewer ones than there are, so that no gradient is 0."""
    while True:
        x, w, b = _draw_model(rng, m, spread)
        y = np.ones(1) if m == 1 else _zeros_and_ones(rng, len(x))
        if m == 1 or (x @ w + b > 0).sum() != y.sum():
            return x, y, w, b


def _step_oracle(features: Array, labels: Array, weights: Array, bias: float) -> dict[str, Any]:
    import torch

    x, y, w, b = map(_tensor, (features, labels, weights, bias))
    w.requires_grad_()
    b.requires_grad_()
    logits = x @ w + b
    logits.retain_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
    loss.backward()
    grads = {"delta": logits.grad, "grad_weights": w.grad, "grad_bias": b.grad}
    return {"logits": logits, "probs": logits.sigmoid(), "loss": loss, **grads}


def _step_with(slip: str) -> Any:
    """Return logistic_step with one slip in it; whatever comes after the slip follows from it."""

    def step(x: Array, y: Array, w: Array, b: float) -> dict[str, Any]:
        m = len(x)
        logits = x @ w + (0 if slip == "no bias" else b)
        probs = _sigmoid(-logits if slip == "exponent" else logits)
        losses = _by_the_letter(logits, y) if slip == "letter" else _losses(probs if slip == "probs" else logits, y)
        delta = (y - probs if slip == "sign" else probs - y) / (1 if slip == "no 1/m" else m)
        if slip == "linear":
            delta = (logits - y) / m
        if slip == "extra slope":
            delta = delta * probs * (1 - probs)
        if slip == "factor 2":
            delta = 2 * delta
        scale = 1 / m if slip == "1/m twice" else 1.0
        by_sample = x * ((logits - y) / m if slip == "linear weights" else delta)[:, None]
        return {
            "logits": logits,
            "probs": probs,
            "loss": losses.sum() if slip == "loss sum" else losses.mean(),
            "delta": delta,
            "grad_weights": by_sample.sum(axis=1 if slip == "axis" else 0) * scale,
            "grad_bias": {"bias mean": delta.mean(), "bias each": delta}.get(slip, delta.sum() * scale),
        }

    return step


LOGISTIC_STEP = Exercise(
    "logistic_step",
    groups=(
        Group("typical batches", _draw_step, weight=3),
        Group("features of large size", lambda rng: _draw_step(rng, spread=900.0)),
        Group("a batch of one sample", lambda rng: _draw_step(rng, m=1), edge=True),
    ),
    oracle=_step_oracle,
    mistakes=(
        Mistake("bias left out", "Each score contains the bias: is it in there?", _step_with("no bias")),
        Mistake(
            "sign of the exponent",
            "A larger score should mean a larger probability: check the sign in the exponent.",
            _step_with("exponent"),
        ),
        Mistake(
            "logarithm of the probabilities",
            "A probability can round to 0 or 1, and then its logarithm is no number: which of your earlier functions "
            "avoids that?",
            _step_with("letter"),
        ),
        Mistake(
            "probabilities taken for scores",
            "That function wants scores; the probabilities have been through the sigmoid.",
            _step_with("probs"),
        ),
        Mistake("loss summed", "The loss is the mean over the samples.", _step_with("loss sum")),
        Mistake(
            "no 1/m",
            "The loss is a mean over the samples, so its slope by each score carries the same factor.",
            _step_with("no 1/m"),
        ),
        Mistake(
            "sign of delta",
            "A higher score makes a sample with label 1 cheaper: which of the two is subtracted?",
            _step_with("sign"),
        ),
        Mistake(
            "extra slope in delta",
            "The slope of the sigmoid has cancelled already; multiplying by h(1 - h) counts it once too often.",
            _step_with("extra slope"),
        ),
        Mistake(
            "delta of linear regression",
            "That is linear regression: what stands in place of z?",
            _step_with("linear"),
        ),
        Mistake(
            "weight gradient of linear regression",
            "That is linear regression: what stands in place of z?",
            _step_with("linear weights"),
        ),
        Mistake(
            "factor 2",
            "That factor belongs to squares; the cross-entropy has none.",
            _step_with("factor 2"),
        ),
        Mistake(
            "1/m twice",
            "The factor 1/m sits in delta already; the gradients must not get it again.",
            _step_with("1/m twice"),
        ),
        Mistake(
            "sum over the features",
            "There is one slope for each weight, so add up over the samples.",
            _step_with("axis"),
        ),
        Mistake(
            "mean in the bias gradient",
            "The factor 1/m sits in delta already: each sample adds its share to the bias.",
            _step_with("bias mean"),
        ),
        Mistake(
            "a bias gradient for each sample",
            "There is a single bias: what does it get from all the samples together?",
            _step_with("bias each"),
        ),
    ),
)

# --- train_logistic ------------------------------------------------------------------------------


def _draw_training(
    rng: np.random.Generator, m: int = 14, n: int = 4, steps: int = 0, rate: float = 0.0, size: float = 1.0
) -> tuple[Any, ...]:
    y = rng.permutation(np.arange(m) % 3 == 0).astype(float)
    x = (rng.normal(size=(m, n)) + np.outer(y, rng.uniform(0.5, 1.5, size=n))) * size
    return x, y, rate or float(rng.uniform(0.2, 0.6)), steps or int(rng.integers(4, 9))


def _train_oracle(x: Array, y: Array, rate: float, steps: int) -> Any:
    import torch

    features, labels = _tensor(x), _tensor(y)
    w = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(features @ w + b, labels)
        grad_w, grad_b = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            w -= rate * grad_w
            b -= rate * grad_b
        losses.append(loss.item())
    return w, b, losses


def _train_with(slip: str) -> Any:
    """Return train_logistic with one slip in it."""

    def train(x: Array, y: Array, rate: float, steps: int) -> Any:
        w, b = np.zeros(x.shape[1]), 0.0
        losses = []
        for _ in range({"one step": 1, "too few": steps - 1}.get(slip, steps)):
            z = x @ w + b
            losses.append(float(_losses(z, y).mean()))
            delta = (_sigmoid(z) - y) / {"sum": 1, "twice": len(x) ** 2}.get(slip, len(x))
            step = {"up": -rate, "still": 0.0, "rate": 1.0}.get(slip, rate)
            w = w - step * (x.T @ delta)
            if slip == "late":
                delta = (_sigmoid(x @ w + b) - y) / len(x)
            b = b - (0 if slip == "bias" else step) * delta.sum()
            if slip == "after":
                losses[-1] = float(_losses(x @ w + b, y).mean())
        if slip == "one more loss":
            losses.append(float(_losses(x @ w + b, y).mean()))
        if slip == "swapped":
            return b, w, losses
        if slip == "last loss":
            return w, b, losses[-1]
        return (w, b) if slip == "no losses" else (w, b, losses)

    return train


TRAIN_LOGISTIC = Exercise(
    "train_logistic",
    groups=(
        Group("a few steps, each of them known", _draw_training, weight=3),
        Group("a longer training", lambda rng: _draw_training(rng, m=11, n=3, steps=60, rate=0.5)),
        Group("features of large size", lambda rng: _draw_training(rng, m=13, n=3, steps=5, rate=0.5, size=300.0)),
        Group("one feature", lambda rng: _draw_training(rng, n=1), edge=True),
    ),
    oracle=_train_oracle,
    kind="trained",
    parts=("weights", "bias", "losses"),
    computation="iterated",
    mistakes=(
        Mistake(
            "climbs instead of descending",
            "The losses rise: the update should go against the gradient.",
            _train_with("up"),
        ),
        Mistake(
            "never updates",
            "Weights and bias leave the loop as they entered it: is the update stored?",
            _train_with("still"),
        ),
        Mistake(
            "ignores the learning rate",
            "The step has the size of the gradient itself: where does the learning rate come in?",
            _train_with("rate"),
        ),
        Mistake(
            "sum instead of mean",
            "The steps are as many times too long as there are samples: is the gradient that of the mean loss?",
            _train_with("sum"),
        ),
        Mistake(
            "mean taken twice",
            "The steps are as many times too short as there are samples: is the gradient a mean already?",
            _train_with("twice"),
        ),
        Mistake(
            "loss after the update",
            "The losses are measured one step late: each belongs before its update.",
            _train_with("after"),
        ),
        Mistake(
            "bias never updated",
            "The weights learn and the bias stays: it has a gradient of its own.",
            _train_with("bias"),
        ),
        Mistake(
            "bias moved with the new weights",
            "Both gradients belong to the same place: is the second one measured after the weights have moved?",
            _train_with("late"),
        ),
        Mistake(
            "one step only",
            "One update is not enough: how many were asked for?",
            _train_with("one step"),
        ),
        Mistake(
            "one step too few",
            "One update and its loss are missing: how many turns does the loop take?",
            _train_with("too few"),
        ),
        Mistake(
            "a loss too many",
            "There is one loss for each update, measured before it: is one more measured after the last?",
            _train_with("one more loss"),
        ),
        Mistake(
            "weights and bias swapped",
            "Weights first, then the bias, then the losses.",
            _train_with("swapped"),
        ),
        Mistake(
            "only the last loss",
            "The loss before each of the updates is asked for, as a list.",
            _train_with("last loss"),
        ),
        Mistake(
            "losses not returned",
            "Three things are asked for: weights, bias and the losses.",
            _train_with("no losses"),
        ),
        Mistake(
            "first loss is not ln 2",
            "The first loss is not ln 2: does it start from zero, and is it the cross-entropy of a sigmoid?",
            matches=lambda value, case: abs(float(value[2][0]) - np.log(2)) > 1e-6,
        ),
    ),
)

# --- ovr_labels ----------------------------------------------------------------------------------


def _draw_classes(rng: np.random.Generator) -> tuple[Array, int]:
    m, c = _sizes(rng)
    labels = rng.permutation(np.concatenate([np.arange(c), rng.integers(0, c, size=m - c)]))
    return labels, int(rng.integers(1, c))


def _ovr_oracle(labels: Array, one: int) -> Any:
    import torch

    return torch.tensor(labels).eq(one).double()


OVR_LABELS = Exercise(
    "ovr_labels",
    groups=(
        Group("a class in the middle or at the end", _draw_classes, weight=2),
        Group("class 0", lambda rng: (_draw_classes(rng)[0], 0), weight=2),
        Group("one sample", lambda rng: (np.array([2]), 2), edge=True),
    ),
    oracle=_ovr_oracle,
    mistakes=(
        Mistake(
            "zeros and ones swapped",
            "Which samples should stand out with a 1: those of the class, or the rest?",
            lambda y, k: (y != k).astype(float),
        ),
        Mistake(
            "keeps the class number",
            "The class should become 1, whatever its number; and what becomes of class 0?",
            lambda y, k: np.where(y == k, y, 0),
        ),
        Mistake(
            "changes only the rest",
            "The samples of the class keep their old number here: which number should they have?",
            lambda y, k: np.where(y == k, k, 0) if k else np.where(y == k, 0, 1),
        ),
        Mistake(
            "counts classes from 1",
            "Classes are numbered from 0 in this course: which labels belong to class 0?",
            lambda y, k: (y == k + 1).astype(float),
        ),
        Mistake(
            "at least the class",
            "A class is a name and not an amount: only samples of exactly this class count.",
            lambda y, k: (y >= k).astype(float),
        ),
        Mistake(
            "minus one for the rest",
            "The loss of this lesson wants 0 and 1: what stands for the rest here?",
            lambda y, k: np.where(y == k, 1.0, -1.0),
        ),
        Mistake(
            "positions instead of labels",
            "These are the positions of the samples; each sample needs a 0 or a 1 of its own.",
            lambda y, k: np.flatnonzero(y == k),
        ),
    ),
    computation="elementwise",
)

# --- train_ovr -----------------------------------------------------------------------------------


def _draw_ovr(rng: np.random.Generator, rare: bool = False) -> tuple[Any, ...]:
    m, n, c = 16, 5, 3
    labels = np.arange(m) % c
    if rare:
        labels = np.where(np.arange(m) == 0, c - 1, np.arange(m) % (c - 1))
    labels = rng.permutation(labels)
    x = rng.normal(size=(m, n)) + rng.normal(scale=1.5, size=(c, n))[labels]
    return x, labels, c, float(rng.uniform(0.2, 0.5)), int(rng.integers(4, 8))


def _train_ovr_oracle(x: Array, labels: Array, c: int, rate: float, steps: int) -> Any:
    import torch

    models = [_train_oracle(x, torch.tensor(labels).eq(k).double().numpy(), rate, steps) for k in range(c)]
    return torch.stack([w for w, _, _ in models], dim=1), torch.stack([b for _, b, _ in models])


def _ovr_with(slip: str) -> Any:
    """Return train_ovr with one slip in it."""

    def train(x: Array, labels: Array, c: int, rate: float, steps: int) -> Any:
        columns, biases = [], []
        w, b = np.zeros(x.shape[1]), 0.0
        for k in range(c):
            slips = {"first": labels == 0, "rest": labels != k, "one": labels == k + 1, "raw": labels}
            wanted = slips.get(slip, labels == k)
            if slip != "goes on":
                w, b = np.zeros(x.shape[1]), 0.0
            for _ in range(steps):
                delta = (_sigmoid(x @ w + b) - wanted) / len(x)
                w, b = w - rate * (x.T @ delta), b - rate * delta.sum()
            columns.append(w)
            biases.append(b)
        weights, bias = np.stack(columns, axis=0 if slip == "rows" else 1), np.array(biases)
        if slip == "swapped":
            return bias, weights
        if slip == "joint":
            targets = np.eye(c)[labels]
            weights, bias = np.zeros_like(weights), np.zeros(c)
            for _ in range(steps):
                powers = np.exp(x @ weights + bias)
                gap = (powers / powers.sum(axis=1, keepdims=True) - targets) / len(x)
                weights, bias = weights - rate * x.T @ gap, bias - rate * gap.sum(axis=0)
        return (weights, np.zeros(c)) if slip == "no bias" else (weights, bias)

    return train


TRAIN_OVR = Exercise(
    "train_ovr",
    groups=(
        Group("three classes", _draw_ovr, weight=3),
        Group("a class with a single sample", lambda rng: _draw_ovr(rng, rare=True)),
    ),
    oracle=_train_ovr_oracle,
    kind="trained",
    parts=("weights", "bias"),
    computation="iterated",
    mistakes=(
        Mistake(
            "one class in rows",
            "Each class gets a column of the weights: are yours in the rows?",
            _ovr_with("rows"),
        ),
        Mistake(
            "always class 0 against the rest",
            "Every column is the same: which class plays against the rest in each turn of the loop?",
            _ovr_with("first"),
        ),
        Mistake(
            "class numbers as labels",
            "Each model needs zeros and ones of its own: which earlier function recodes them?",
            _ovr_with("raw"),
        ),
        Mistake(
            "the rest against the class",
            "The scores rise where the class is not: which samples get the 1?",
            _ovr_with("rest"),
        ),
        Mistake(
            "counts classes from 1",
            "Classes are numbered from 0: with which class does the loop begin?",
            _ovr_with("one"),
        ),
        Mistake(
            "goes on from the class before",
            "Each class has a model of its own, from zero: does the second start where the first has ended?",
            _ovr_with("goes on"),
        ),
        Mistake(
            "bias left out",
            "Each of the models has a bias too: what became of it?",
            _ovr_with("no bias"),
        ),
        Mistake(
            "weights and bias swapped",
            "Weights first, then the bias.",
            _ovr_with("swapped"),
        ),
        Mistake(
            "softmax regression",
            "That trains all classes together, which is the next lesson; here each has a model of its own.",
            _ovr_with("joint"),
        ),
    ),
)

# --- predict_ovr ---------------------------------------------------------------------------------


def _draw_scorers(rng: np.random.Generator, m: int = 0, lead: float = 0.0) -> tuple[Array, Array, Array]:
    c = int(rng.integers(3, 5))
    n = c + 2
    x = rng.normal(size=(m or n + int(rng.integers(3, 6)), n))
    # Class 0 is seldom the surest, so that "the first class" is wrong often enough.
    return x, rng.normal(size=(n, c)) * 1.5, 2.0 * rng.normal(size=c) - 2.0 * (np.arange(c) == 0) + lead


def _draw_one(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Draw one sample whose surest class is not 0."""
    while True:
        x, w, b = _draw_scorers(rng, m=1)
        if (x @ w + b).argmax() > 0:
            return x, w, b


def _predict_oracle(features: Array, weights: Array, bias: Array) -> Any:
    return (_tensor(features) @ _tensor(weights) + _tensor(bias)).argmax(dim=1)


def _claims(x: Array, w: Array, b: Array) -> Array:
    return (x @ w + b > 0).argmax(axis=1)


PREDICT_OVR = Exercise(
    "predict_ovr",
    groups=(
        Group("typical samples", _draw_scorers, weight=2),
        Group("samples that several sigmoids are sure of", lambda rng: _draw_scorers(rng, lead=200.0), weight=2),
        Group("samples that no classifier claims", lambda rng: _draw_scorers(rng, lead=-40.0)),
        Group("one sample", _draw_one, edge=True),
    ),
    oracle=_predict_oracle,
    mistakes=(
        Mistake(
            "compares the sigmoids",
            "Where several sigmoids round to 1 they tie, and the first class wins: what can be compared before any "
            "rounding?",
            lambda x, w, b: (1 / (1 + np.exp(-(x @ w + b)))).argmax(axis=1),
        ),
        Mistake(
            "first class that claims the sample",
            "Several classes may claim a sample, or none: which one is the surest?",
            _claims,
        ),
        Mistake(
            "least sure class",
            "The class with the largest score wins: is the smallest taken here?",
            lambda x, w, b: (x @ w + b).argmin(axis=1),
        ),
        Mistake(
            "counts classes from 1",
            "Classes are numbered from 0: which number does the first column stand for?",
            lambda x, w, b: (x @ w + b).argmax(axis=1) + 1,
        ),
        Mistake(
            "bias left out",
            "The bias of each class belongs to its score: is it in there?",
            lambda x, w, b: (x @ w).argmax(axis=1),
        ),
        Mistake(
            "best sample of each class",
            "One class for each sample is due: along which axis do you look for the largest?",
            lambda x, w, b: (x @ w + b).argmax(axis=0),
        ),
        Mistake(
            "largest score instead of its class",
            "That is how large the winning score is; which class does it belong to?",
            lambda x, w, b: (x @ w + b).max(axis=1),
        ),
        Mistake(
            "scores instead of classes",
            "These are the scores of all classes; the decision between them is still missing.",
            lambda x, w, b: x @ w + b,
        ),
    ),
    computation="elementwise",
)
