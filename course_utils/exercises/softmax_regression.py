"""The exercises of lesson 05, softmax regression.

Every oracle is PyTorch in float64 and shares no code with the NumPy answers. Shapes are never square
and the numbers of samples, features and classes always differ, so that a swapped axis shows.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from course_utils.judging.calls import COUNT, MODES, Given, Rng
from course_utils.judging.compare import as_array
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake, Reach
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Draw m and c, never equal."""
    classes = int(rng.integers(3, 6))
    return classes + int(rng.integers(2, 5)), classes


def _logits(rng: np.random.Generator, spread: float = 2.0) -> Array:
    return rng.normal(scale=spread, size=_sizes(rng))


def _labels(rng: np.random.Generator, m: int, c: int) -> Array:
    """Draw m labels in which every class but the last occurs, out of order."""
    labels = np.concatenate([np.arange(c - 1), rng.integers(0, c - 1, size=max(m - c + 1, 0))])
    return rng.permutation(labels)[:m]


def _softmax_of(z: Array, axis: int = 1) -> Array:
    """Softmax for the slips below; along `axis`, shifted by the maximum along it."""
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


# --- one_hot -------------------------------------------------------------------------------------


def _draw_labels(rng: np.random.Generator) -> tuple[Array, int]:
    m, c = _sizes(rng)
    return np.concatenate([[c - 1], _labels(rng, m - 1, c)]), c


def _draw_missing_class(rng: np.random.Generator) -> tuple[Array, int]:
    m, c = _sizes(rng)
    return _labels(rng, m, c), c + 1


def _one_hot_oracle(labels: Array, n_classes: int) -> Any:
    import torch

    return torch.nn.functional.one_hot(torch.tensor(labels), n_classes).double()


ONE_HOT = Exercise(
    "one_hot",
    groups=(
        Group("labels of every class", _draw_labels, weight=2),
        Group("one sample", lambda rng: (rng.integers(1, 4, size=1), 5), edge=True),
        Group("classes that do not occur", _draw_missing_class, weight=2),
    ),
    oracle=_one_hot_oracle,
    laws=(Law("every row sums to 1", lambda ask, y, c: all_close(np.sum(ask(y, c), axis=1), np.ones(len(y)))),),
    mistakes=(
        Mistake(
            "counts classes from 1",
            "Classes are numbered from 0: which column belongs to label 0?",
            lambda y, c: np.eye(c)[y - 1],
        ),
        Mistake(
            "one class too many",
            "Labels run from 0 to one below the number of classes, so how many columns are needed?",
            lambda y, c: np.eye(c + 1)[y],
        ),
        Mistake(
            "counts the classes that occur",
            "A batch need not contain every class: where does the true number of classes come from?",
            lambda y, c: np.eye(int(y.max()) + 1)[y],
        ),
        Mistake(
            "fills up to the label",
            "A class is a name and not an amount: only one entry of a row may be 1.",
            lambda y, c: (np.arange(c) <= y[:, None]).astype(float),
        ),
        Mistake(
            "writes the label instead of 1",
            "The position of the entry tells the class; what should its value be, also for class 0?",
            lambda y, c: np.eye(c)[y] * y[:, None],
        ),
        Mistake(
            "zeros and ones swapped",
            "Which entry of a row should stand out, and with which value?",
            lambda y, c: 1 - np.eye(c)[y],
        ),
        Mistake(
            "ones in all rows",
            "A colon means all rows: which row goes with each label?",
            lambda y, c: np.tile(np.isin(np.arange(c), y).astype(float), (len(y), 1)),
        ),
        Mistake(
            "classes in rows",
            "Each sample gets a row of its own, and each class a column.",
            lambda y, c: np.eye(c)[y].T,
        ),
    ),
    computation="elementwise",
)

# --- softmax -------------------------------------------------------------------------------------


def _softmax_oracle(logits: Array) -> Any:
    return _tensor(logits).softmax(dim=1)


def _far_rows(rng: np.random.Generator) -> tuple[Array]:
    """Rows whose levels are thousands apart, and one score far above its row: no common shift and no mean serves."""
    logits = _logits(rng)
    logits += rng.permutation(np.linspace(-1500.0, 1500.0, len(logits)))[:, None]
    logits[rng.integers(len(logits)), rng.integers(logits.shape[1])] += 1500.0
    return (logits,)


ROWS_SUM = Law("every row sums to 1", lambda ask, z: all_close(np.sum(ask(z), axis=1), np.ones(len(z))))

SOFTMAX = Exercise(
    "softmax",
    groups=(
        Group("typical scores", lambda rng: (_logits(rng),), weight=3),
        Group("one sample", lambda rng: (rng.normal(size=(1, 4)),), edge=True),
        Group("scores near 1000", lambda rng: (1000 + _logits(rng),), weight=2),
        Group("rows of very different size", _far_rows),
    ),
    oracle=_softmax_oracle,
    laws=(
        ROWS_SUM,
        Law(
            "adding one number to a whole row of scores changes nothing",
            lambda ask, z: all_close(ask(z + 3.0), ask(z)),
            groups=("typical scores",),
        ),
    ),
    mistakes=(
        Mistake(
            "normalises over the samples",
            "Each row is one sample and should sum to 1: along which axis do you add up?",
            lambda z: _softmax_of(z, axis=0),
        ),
        Mistake(
            "one sum for the whole batch",
            "Each sample has a total of its own: keep one sum a row.",
            lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
        ),
        Mistake(
            "shifts by the mean",
            "After subtracting the mean, the largest score can still be huge: what must the largest exponent be?",
            lambda z: np.exp(z - z.mean()) / np.exp(z - z.mean()).sum(axis=1, keepdims=True),
        ),
        Mistake(
            "shifts by the mean of the row",
            "After subtracting the mean, the largest score can still be huge: what must the largest exponent be?",
            lambda z: (
                np.exp(z - z.mean(axis=1, keepdims=True))
                / np.exp(z - z.mean(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
            ),
        ),
        Mistake(
            "no shift",
            "The exponential of a large score overflows. What may you subtract from a row without changing "
            "its softmax?",
            lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
        ),
        Mistake(
            "shifts by the maximum of the batch",
            "A row far below the largest score of the batch vanishes entirely: whose maximum should it subtract?",
            lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=1, keepdims=True),
        ),
        Mistake(
            "cuts the scores off",
            "Cutting scores off changes their differences: what can you do to a row that leaves them as they are?",
            matches=lambda value, case: _cut_off(value, *case.args),
        ),
        Mistake(
            "divides by the sum without exponentials",
            "Scores can be negative: what makes each of them positive first?",
            lambda z: z / z.sum(axis=1, keepdims=True),
        ),
        Mistake(
            "never normalised",
            "Positive numbers are not yet probabilities: what should a row add up to?",
            lambda z: np.exp(z - z.max(axis=1, keepdims=True)),
        ),
        Mistake(
            "sigmoid of each score",
            "The sigmoid looks at one score alone; here the classes compete, so each needs the others.",
            lambda z: 1 / (1 + np.exp(-z)),
        ),
        Mistake(
            "sign of the exponent",
            "A larger score should mean a larger probability: check the sign in the exponent.",
            lambda z: _softmax_of(-z),
        ),
    ),
)


def _cut_off(value: Any, z: Array) -> bool:
    """Say whether the scores were cut off at some common bound, above or on both sides."""
    bounds = (10, 20, 30, 50, 88, 100, 200, 250, 300, 400, 500, 600, 700, 705, 707, 708, 709)
    rows = [np.exp(low) for bound in bounds for low in (np.clip(z, -bound, bound), np.minimum(z, bound))]
    return any(all_close(value, powers / powers.sum(axis=1, keepdims=True)) for powers in rows)


# --- catches_unstable_softmax ---------------------------------------------------------------------

RIGHT_ONES = ("by_logarithms", "by_differences", "row_by_row", "by_pairs")
WRONG_ONES = {
    "shares along the columns": "along_the_columns",
    "powers that are never divided": "never_divided",
    "powers of 2 instead of e": "in_powers_of_two",
    "no shift": "without_a_shift",
    "a shift by each row's mean": "shifted_by_the_mean",
    "one shift for the whole batch": "shifted_by_the_batch",
    "scores cut off at 500": "cut_off",
}


def _given(name: str) -> Given:
    return Given(f"softmax_regression.{name}")


def _wrong_one(kind: str, name: str) -> Group:
    return Group(kind, lambda rng: (_given(name),), count=1)


_EVERYDAY = np.array([[0.3, -1.2, 0.9], [1.5, 0.1, -0.4], [-0.8, 0.6, 0.2], [0.7, 1.1, -1.9]])
_LEVELS = np.array([[0.0], [2000.0], [-2000.0], [900.0]])
_TROUBLE = (
    _EVERYDAY,
    _EVERYDAY + 1000,
    _EVERYDAY + _LEVELS,
    np.array([[0.0, 1500.0, 2.0, 1.0], [3.0, 0.0, -900.0, 1.0]]),
)


def _catches_oracle(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not all(
            np.allclose(implementation(z), 100 * _tensor(z).softmax(dim=1).numpy(), rtol=1e-9, atol=1e-9)
            for z in _TROUBLE
        )


def _differs(implementation: Any, *batches: Array) -> bool:
    with np.errstate(all="ignore"):
        return not all(np.allclose(implementation(z), 100 * _softmax_of(z)) for z in batches)


def _sums_differ(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not all(np.allclose(implementation(z).sum(axis=1), 100) for z in _TROUBLE)


TOO_MUCH = "Too much passes: compare the single numbers with shares of your own, on rows of several kinds."

CATCHES_UNSTABLE_SOFTMAX = Exercise(
    "catches_unstable_softmax",
    groups=(
        Group("right implementations", lambda rng: (_given(str(rng.choice(RIGHT_ONES))),), weight=3, count=4),
        *(_wrong_one(kind, name) for kind, name in WRONG_ONES.items()),
    ),
    oracle=_catches_oracle,
    # Saying the same of all implementations is no test, so it earns nothing on either side.
    laws=(
        Law(
            "some wrong implementation is caught",
            lambda ask, one: any(ask(_given(name)) for name in WRONG_ONES.values()),
            groups=("right implementations",),
            hint=TOO_MUCH,
        ),
        Law(
            "no right implementation is accused",
            lambda ask, one: not any(ask(_given(name)) for name in RIGHT_ONES),
            groups=tuple(WRONG_ONES),
            hint="A test that accuses everybody tells nothing: what do all right implementations have in common?",
        ),
    ),
    # From few implementations let through to many, so that the first that fits says most.
    mistakes=(
        Mistake(
            "looks at the sums alone",
            "Shares can sum to 100 and still be the wrong shares: what should the single numbers be?",
            _sums_differ,
        ),
        Mistake(
            "large scores that lie close together",
            "Within a row, too, one score can tower above the others: which shift still keeps its power finite?",
            lambda one: _differs(one, _EVERYDAY, _EVERYDAY + 1000, _EVERYDAY + _LEVELS),
        ),
        Mistake(
            "all rows at one level",
            "Try rows of very different level in one batch: what does a shift made for one row do to another?",
            lambda one: _differs(one, _EVERYDAY, _EVERYDAY + 1000),
        ),
        Mistake(
            "everyday scores alone",
            "On scores of everyday size nothing overflows: on which scores would a missing shift show?",
            lambda one: _differs(one, _EVERYDAY),
        ),
        Mistake(
            "lets everything pass",
            TOO_MUCH,
            matches=lambda value, case: value is False,
        ),
        Mistake(
            "accuses right implementations",
            "You accuse a right one. Right ones answer in percent and differ in their last digits: how close is close?",
            matches=lambda value, case: value is True,
        ),
        Mistake(
            "right and wrong swapped",
            "True means that something is wrong: which of the two verdicts does your function give?",
            lambda one: not _differs(one, *_TROUBLE),
        ),
    ),
)

# --- softmax_jacobian ----------------------------------------------------------------------------


def _jacobian_oracle(logits: Array) -> Any:
    import torch

    return torch.autograd.functional.jacobian(lambda z: z.softmax(dim=0), _tensor(logits))


def _slip_of_a(slip: Any) -> Any:
    return lambda z: slip(_softmax_of(z, axis=0))


MEASURED = "These slopes are measured, so their last digits are off; formulas 3-61 and 3-62 give them exactly."


def _close_to_the_jacobian(value: Any, z: Array) -> bool:
    a = _softmax_of(z, axis=0)
    return np.shape(value) == (len(a), len(a)) and bool(np.all(np.abs(value - np.diag(a) + np.outer(a, a)) < 3e-7))


def _without_pairs(value: Any, z: Array) -> bool:
    a = _softmax_of(z, axis=0)
    products = (a * a, a @ a, (a * a)[:, None])
    return any(all_close(value, np.diag(a) - product) for product in products)


SOFTMAX_JACOBIAN = Exercise(
    "softmax_jacobian",
    groups=(
        Group("typical scores", lambda rng: (rng.normal(size=rng.integers(3, 7)),), weight=3, count=3),
        Group("scores near 1000", lambda rng: (1000 + rng.normal(size=5),)),
    ),
    oracle=_jacobian_oracle,
    laws=(
        Law(
            "each row of the Jacobian sums to 0, to the last digits",
            lambda ask, z: all_close(np.sum(ask(z), axis=1), np.zeros(len(z))),
            hint=MEASURED,  # only what the oracle lets through comes this far
        ),
    ),
    mistakes=(
        Mistake(
            "measured",
            MEASURED,
            matches=lambda value, case: _close_to_the_jacobian(value, *case.args),
        ),
        Mistake(
            "diagonal only",
            "Raising one score lowers the other probabilities too: what stands off the diagonal?",
            _slip_of_a(lambda a: np.diag(a * (1 - a))),
        ),
        Mistake(
            "off-diagonal sign",
            "When one score rises, do the other probabilities rise or fall?",
            _slip_of_a(lambda a: np.diag(a * (1 - a)) + np.outer(a, a) - np.diag(a * a)),
        ),
        Mistake(
            "plus instead of minus",
            "Differentiate the quotient once more: the second term comes with a minus.",
            _slip_of_a(lambda a: np.diag(a) + np.outer(a, a)),
        ),
        Mistake(
            "forgot the diagonal term",
            "For i = j the numerator depends on the score as well: which term does that add?",
            _slip_of_a(lambda a: -np.outer(a, a)),
        ),
        Mistake(
            "sign of the whole",
            "Look at the diagonal: does a probability rise or fall with its own score?",
            _slip_of_a(lambda a: np.outer(a, a) - np.diag(a)),
        ),
        Mistake(
            "Jacobian of the log-softmax",
            "That is the slope of the logarithm of the probabilities; what is the slope of the probabilities?",
            _slip_of_a(lambda a: np.eye(len(a)) - a),
        ),
        Mistake(
            "products of entries instead of all pairs",
            "Entry by entry gives c numbers and a product of sums one; all pairs need an outer product.",
            matches=lambda value, case: _without_pairs(value, *case.args),
        ),
        Mistake(
            "vector instead of matrix",
            "There is one slope for each pair of a probability and a score, so how many are there?",
            _slip_of_a(lambda a: a * (1 - a)),
        ),
    ),
)

# --- log_softmax ---------------------------------------------------------------------------------


def _far_apart(rng: np.random.Generator) -> tuple[Array]:
    """Scores so far apart that most probabilities round to zero; the two largest are close to each other."""
    m, c = _sizes(rng)
    levels = np.minimum(np.arange(c), c - 2) * 900.0
    return (rng.normal(size=(m, c)) + rng.permuted(np.tile(levels, (m, 1)), axis=1),)


SMALL_CONSTANT = (
    "A constant added to avoid log(0) caps the loss: a confident wrong answer should cost its full price. "
    "Log-probabilities need no such constant."
)
CONSTANTS = (float(np.finfo(float).eps), float(np.finfo(float).tiny), *(10.0**-power for power in range(3, 31)), 1e-300)


def _floored_by(tiny: float, a: Array) -> tuple[Array, ...]:
    return a + tiny, np.maximum(a, tiny), np.clip(a, tiny, 1 - tiny)


def _floored_logs(value: Any, z: Array) -> bool:
    """Say whether a constant was added to the probabilities, or bounds them."""
    a = _softmax_of(z)
    return any(all_close(value, np.log(kept)) for tiny in CONSTANTS for kept in _floored_by(tiny, a))


def _one_sum(value: Any, z: Array) -> bool:
    shifts = (z.max(axis=1, keepdims=True), z.max(), 0.0)
    return any(all_close(value, z - shift - np.log(np.exp(z - shift).sum())) for shift in shifts)


LOG_SOFTMAX = Exercise(
    "log_softmax",
    groups=(
        Group("typical scores", lambda rng: (_logits(rng),), weight=2),
        Group("scores near 1000", lambda rng: (1000 + _logits(rng),)),
        Group("scores far apart", _far_apart, weight=2),
        Group("rows of very different size", _far_rows),
    ),
    oracle=lambda logits: _tensor(logits).log_softmax(dim=1),
    laws=(
        Law(
            "the exponentials of a row sum to 1",
            lambda ask, z: all_close(np.exp(ask(z)).sum(axis=1), np.ones(len(z))),
        ),
    ),
    mistakes=(
        Mistake(
            "logarithm of the softmax",
            "A tiny probability has already been rounded to 0 when its logarithm is taken: take the logarithm "
            "of the fraction on paper first.",
            lambda z: np.log(_softmax_of(z)),
        ),
        Mistake(
            "no shift",
            "The exponential overflows: subtract the largest score of the row before it.",
            lambda z: z - np.log(np.exp(z).sum(axis=1, keepdims=True)),
        ),
        Mistake(
            "shifts by the maximum of the batch",
            "A row far below the largest score of the batch vanishes entirely: whose maximum should it subtract?",
            lambda z: z - z.max() - np.log(np.exp(z - z.max()).sum(axis=1, keepdims=True)),
        ),
        Mistake(
            "a small constant inside the logarithm",
            SMALL_CONSTANT,
            matches=lambda value, case: _floored_logs(value, *case.args),
        ),
        Mistake(
            "one sum for the whole batch",
            "Each row has a total of its own: keep one sum a row.",
            matches=lambda value, case: _one_sum(value, *case.args),
        ),
        Mistake(
            "plus instead of minus",
            "The logarithm of a fraction is a difference: which sign comes before the second logarithm?",
            lambda z: (
                z
                - z.max(axis=1, keepdims=True)
                + np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
            ),
        ),
        Mistake(
            "shifted in one place only",
            "The shift cancels only when both parts carry it: is the same number subtracted in each?",
            lambda z: z - np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)),
        ),
        Mistake(
            "sums over the samples",
            "The sum runs over the classes of one sample: along which axis is that?",
            lambda z: z - z.max(axis=0) - np.log(np.exp(z - z.max(axis=0)).sum(axis=0)),
        ),
        Mistake(
            "sum without logarithm",
            "The logarithm of a fraction is a difference of two logarithms: has the denominator had its own?",
            lambda z: (
                z - z.max(axis=1, keepdims=True) - np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
            ),
        ),
        Mistake(
            "probabilities without logarithm",
            "These are the probabilities; their logarithms are asked for, and those are never positive.",
            _softmax_of,
        ),
        Mistake(
            "sign",
            "The logarithm of a probability is never positive: check the sign.",
            lambda z: (
                -(
                    z
                    - z.max(axis=1, keepdims=True)
                    - np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
                )
            ),
        ),
    ),
)

# --- mean_cross_entropy --------------------------------------------------------------------------


def _draw_batch(rng: np.random.Generator) -> tuple[Array, Array]:
    logits = _logits(rng)
    return logits, _labels(rng, *logits.shape)


def _draw_confident(rng: np.random.Generator, right: bool) -> tuple[Array, Array]:
    logits, labels = _draw_batch(rng)
    preferred = labels if right else (labels + 1) % logits.shape[1]
    # The first row stays as it is, so that the loss is never 0 and a constant answer never right.
    logits[np.arange(1, len(labels)), preferred[1:]] += 800.0
    return logits, labels


def _cross_entropy_oracle(logits: Array, labels: Array) -> Any:
    import torch

    return torch.nn.functional.cross_entropy(_tensor(logits), torch.tensor(labels))


def _log_probs(z: Array) -> Array:
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _picked(values: Array, y: Array) -> Array:
    return values[np.arange(len(y)), y]


MEAN_CROSS_ENTROPY = Exercise(
    "mean_cross_entropy",
    groups=(
        Group("typical scores", _draw_batch, weight=3),
        Group("one sample", lambda rng: (rng.normal(size=(1, 4)), rng.integers(0, 4, size=1)), edge=True),
        Group("confident and right", lambda rng: _draw_confident(rng, True)),
        Group("confident and wrong", lambda rng: _draw_confident(rng, False)),
    ),
    oracle=_cross_entropy_oracle,
    laws=(Law("the loss is never negative", lambda ask, z, y: bool(np.asarray(ask(z, y)) >= -1e-9)),),
    mistakes=(
        Mistake(
            "sum instead of mean",
            "The loss of a batch should not grow because the batch does: divide by what?",
            lambda z, y: -_picked(_log_probs(z), y).sum(),
        ),
        Mistake(
            "one loss for each sample",
            "These are the losses of the single samples; the batch has one number.",
            lambda z, y: -_picked(_log_probs(z), y),
        ),
        Mistake(
            "sign",
            "A loss is never negative, and the logarithm of a probability is never positive: what is between them?",
            lambda z, y: _picked(_log_probs(z), y).mean(),
        ),
        Mistake(
            "softmax twice",
            "The scores have gone through softmax and then again through log-softmax: once is enough.",
            lambda z, y: -_picked(_log_probs(_softmax_of(z)), y).mean(),
        ),
        Mistake(
            "mean over all entries",
            "Only the true class of each sample counts, so divide by the number of samples and not of entries.",
            lambda z, y: -_picked(_log_probs(z), y).mean() / z.shape[1],
        ),
        Mistake(
            "logarithm to base 2",
            "The natural logarithm is meant here; which base does yours have?",
            lambda z, y: -_picked(_log_probs(z), y).mean() / np.log(2),
        ),
        Mistake(
            "takes the likeliest class",
            "It matters how likely the *true* class was, not the class with the largest score.",
            lambda z, y: -_log_probs(z).max(axis=1).mean(),
        ),
        Mistake(
            "picks whole rows or columns",
            "Pick one entry a row: a row number and a class number together.",
            matches=lambda value, case: _picked_too_much(value, *case.args),
        ),
        Mistake(
            "probability without logarithm",
            "Cross-entropy takes the logarithm of the probability of the true class.",
            lambda z, y: -_picked(_softmax_of(z), y).mean(),
        ),
        Mistake(
            "logarithm of the softmax",
            "A confident wrong answer has a probability that rounds to 0, and its logarithm is infinite: work "
            "with log-probabilities from the start.",
            lambda z, y: -np.log(_picked(_softmax_of(z), y)).mean(),
        ),
        Mistake(
            "a small constant inside the logarithm",
            SMALL_CONSTANT,
            matches=lambda value, case: _floored(value, *case.args),
        ),
    ),
)


def _picked_too_much(value: Any, z: Array, y: Array) -> bool:
    log_probs = _log_probs(z)
    several = [log_probs[:, y]] + ([log_probs[y]] if y.max() < len(z) else [])
    return any(all_close(value, -found) for part in several for found in (part.mean(), part.sum() / len(z), part))


def _floored(value: Any, z: Array, y: Array) -> bool:
    """Say whether a constant was added to the probabilities, or bounds them."""
    a = _picked(_softmax_of(z), y)
    return any(all_close(value, -np.log(kept).mean()) for tiny in CONSTANTS for kept in _floored_by(tiny, a))


# --- softmax_ce_delta: a bug hunt ----------------------------------------------------------------


def _draw_k_hot(rng: np.random.Generator, ones: str) -> tuple[Array, Array]:
    m, c = _sizes(rng)
    logits = rng.normal(scale=1.5, size=(m, c))
    if ones == "one":
        counts = np.ones(m, dtype=int)
    elif ones == "several":
        counts = np.concatenate([[2], rng.integers(1, c, size=m - 1)])
    else:
        counts = np.concatenate([[0, 2], rng.integers(0, 3, size=m - 2)])
    ranks = rng.permuted(np.tile(np.arange(c), (m, 1)), axis=1)
    return logits, (ranks < counts[:, None]).astype(float)


def _delta_oracle(logits: Array, targets: Array) -> Any:
    z = _tensor(logits).requires_grad_()
    (-(_tensor(targets) * z.log_softmax(dim=1)).sum()).backward()
    return z.grad


def _ones_in(targets: Array) -> Array:
    return targets.sum(axis=1, keepdims=True)


SOFTMAX_CE_DELTA = Exercise(
    "softmax_ce_delta",
    groups=(
        Group("one-hot rows", lambda rng: _draw_k_hot(rng, "one")),
        Group("rows with several ones", lambda rng: _draw_k_hot(rng, "several"), weight=3),
        Group("rows without any one", lambda rng: _draw_k_hot(rng, "none")),
    ),
    oracle=_delta_oracle,
    laws=(
        Law(
            "each row of the gradient sums to 0",
            lambda ask, z, t: all_close(np.sum(ask(z, t), axis=1), np.zeros(len(z))),
        ),
    ),
    mistakes=(
        Mistake(
            "a - y for every row",
            "That is the published result, and it used that the targets of a row sum to 1. Where does that sum "
            "stand when it is k?",
            lambda z, t: _softmax_of(z) - t,
        ),
        Mistake(
            "targets scaled down",
            "Dividing the targets by k answers for another loss; here each one counts fully.",
            lambda z, t: _softmax_of(z) - t / np.maximum(_ones_in(t), 1),
        ),
        Mistake(
            "k times everything",
            "The ones appear once in the derivative; does k multiply them as well?",
            lambda z, t: _ones_in(t) * (_softmax_of(z) - t),
        ),
        Mistake(
            "one k for the batch",
            "k may differ from row to row: count the ones of each row.",
            lambda z, t: t.sum() * _softmax_of(z) - t,
        ),
        Mistake(
            "mean number of ones",
            "k may differ from row to row: an average over the batch fits no row.",
            lambda z, t: t.sum(axis=1).mean() * _softmax_of(z) - t,
        ),
        Mistake(
            "sign",
            "Raising the score of a true class should lower the loss: check the sign.",
            lambda z, t: t - _ones_in(t) * _softmax_of(z),
        ),
        Mistake(
            "divided by the batch",
            "Each row is the gradient of its own sample here; the mean over the batch comes later.",
            lambda z, t: (_ones_in(t) * _softmax_of(z) - t) / len(z),
        ),
    ),
)

# --- joint_probabilities: a bug hunt -------------------------------------------------------------


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _joint_oracle(scores: Array) -> Any:
    return _tensor(scores).logit().softmax(dim=1)


JOINT_PROBABILITIES = Exercise(
    "joint_probabilities",
    groups=(
        Group("typical scores", lambda rng: (_sigmoid(_logits(rng)),), weight=3),
        Group("one sample", lambda rng: (_sigmoid(rng.normal(size=(1, 4))),), edge=True),
        Group("scores close to 0 and 1", lambda rng: (_sigmoid(_logits(rng, spread=6.0)),)),
    ),
    oracle=_joint_oracle,
    laws=(ROWS_SUM,),
    mistakes=(
        Mistake(
            "softmax of the probabilities",
            "That is the published slip: numbers between 0 and 1 differ too little for the exponential. What did "
            "the scores look like before the sigmoid?",
            _softmax_of,
        ),
        Mistake(
            "divides by the sum",
            "The rows sum to 1 now, but neither dividing by the sum nor the softmax of the logarithms undoes the "
            "sigmoid: which z gives p = 1 / (1 + exp(-z))?",
            lambda p: p / p.sum(axis=1, keepdims=True),
        ),
        Mistake(
            "odds without normalising",
            "Odds are positive but not yet a distribution: what should a row add up to?",
            lambda p: p / (1 - p),
        ),
        Mistake(
            "logits only",
            "These are the scores before the sigmoid; softmax is the step that is still missing.",
            lambda p: np.log(p / (1 - p)),
        ),
        Mistake(
            "sigmoid once more",
            "The outputs are sigmoids already: go back through the sigmoid, not through it again.",
            lambda p: _softmax_of(_sigmoid(p)),
        ),
        Mistake(
            "odds upside down",
            "A score near 1 should give the largest share: which way round is the fraction?",
            lambda p: ((1 - p) / p) / ((1 - p) / p).sum(axis=1, keepdims=True),
        ),
        Mistake(
            "normalises over the samples",
            "Each row is one sample and should sum to 1: along which axis do you add up?",
            lambda p: (p / (1 - p)) / (p / (1 - p)).sum(axis=0),
        ),
    ),
)

# --- minibatches: a generator --------------------------------------------------------------------


def _draw_epoch(rng: np.random.Generator, m: int, batch_size: int) -> tuple[Any, ...]:
    return rng.normal(size=(m, 4)), rng.integers(1, 50, size=m), batch_size, Rng(int(rng.integers(2**31)))


def _batches(x: Array, y: Array, size: int, order: Array, y_order: Array | None = None) -> list[tuple[Array, Array]]:
    parts = [slice(start, start + size) for start in range(0, len(order), size)]
    return [(x[order[part]], y[(order if y_order is None else y_order)[part]]) for part in parts]


def _minibatch_oracle(x: Array, y: Array, size: int, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    import torch

    order = torch.tensor(rng.permutation(len(x)))
    pairs = zip(torch.tensor(x)[order].split(size), torch.tensor(y)[order].split(size), strict=True)
    return [(features, labels) for features, labels in pairs]


def _whole_batches(x: Array, y: Array, size: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    order = rng.permutation(len(x))
    return _batches(x, y, size, order[: len(x) // size * size])


def _swapped(x: Array, y: Array, size: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    return [(b, a) for a, b in _batches(x, y, size, rng.permutation(len(x)))]


MINIBATCHES = Exercise(
    "minibatches",
    groups=(
        Group(
            "a last batch that is smaller",
            lambda rng: _draw_epoch(rng, int(rng.integers(13, 16)), 6),
            weight=2,
        ),
        Group("batches that come out even", lambda rng: _draw_epoch(rng, 15, 5)),
        Group("a batch larger than the data", lambda rng: _draw_epoch(rng, 7, 20)),
        Group("one sample a batch", lambda rng: _draw_epoch(rng, 6, 1)),
    ),
    oracle=_minibatch_oracle,
    kind="generator",
    parts=("features", "labels"),
    mistakes=(
        Mistake(
            "never shuffled",
            "The batches come in the order of the data: what if that is sorted by class?",
            lambda x, y, size, rng: _batches(x, y, size, np.arange(len(x))),
        ),
        Mistake(
            "last samples left out",
            "Some samples are never seen: what becomes of those that do not fill a whole batch?",
            _whole_batches,
        ),
        Mistake(
            "an empty last batch",
            "The last batch is empty when the batch size divides evenly: how many batches are there then?",
            lambda x, y, size, rng: (
                _batches(x, y, size, rng.permutation(len(x))) + [(x[:0], y[:0])] * (len(x) % size == 0)
            ),
        ),
        Mistake(
            "labels not shuffled along",
            "A sample and its label must travel together: are both picked by the same order?",
            lambda x, y, size, rng: _batches(x, y, size, rng.permutation(len(x)), np.arange(len(x))),
        ),
        Mistake(
            "labels shuffled on their own",
            "A sample and its label must travel together: draw the order once and use it for both.",
            lambda x, y, size, rng: _batches(x, y, size, rng.permutation(len(x)), rng.permutation(len(x))),
        ),
        Mistake(
            "labels before features",
            "Each item is a pair: which of the two comes first?",
            _swapped,
        ),
        Mistake(
            "only the first batch",
            "It stops after one batch: does something end the loop early, such as a `return`?",
            lambda x, y, size, rng: _batches(x, y, size, rng.permutation(len(x)))[:1],
        ),
        Mistake(
            "shuffled anew for every batch",
            "A new order for each batch gives some samples twice and others never: draw the order once an epoch.",
            matches=lambda value, case: _sizes_right(value, case) and not _each_once(value, case),
        ),
        Mistake(
            "shuffled in another way",
            "Every sample comes exactly once, in an order of its own. The check can follow only the order that the "
            "text above the answer gives, drawn from `rng` once, before the first batch.",
            matches=lambda value, case: _sizes_right(value, case) and _each_once(value, case),
        ),
    ),
    computation="elementwise",
)


def _sizes_right(value: Any, case: Case) -> bool:
    x, y, size, _ = case.args
    starts = range(0, len(x), size)
    wanted = [(x[start : start + size].shape, y[start : start + size].shape) for start in starts]
    return [(np.shape(features), np.shape(labels)) for features, labels in value] == wanted


def _each_once(value: Any, case: Case) -> bool:
    """Whether each sample comes once, with its own label; only asked when the sizes are right."""
    x, y = case.args[:2]
    given = sorted(
        (tuple(row), label) for features, labels in value for row, label in zip(features, labels, strict=True)
    )
    return given == sorted((tuple(row), label) for row, label in zip(x, y, strict=True))


# --- softmax_step: every intermediate ------------------------------------------------------------


def _draw_step(rng: np.random.Generator, m: int | None = None, lead: float = 0.0) -> tuple[Array, ...]:
    drawn, c = _sizes(rng)
    rows, n = m or drawn, drawn + 3
    weights = rng.normal(size=(n, c)) * 0.7
    return (
        rng.normal(size=(rows, n)),
        np.eye(c)[rng.integers(0, c, size=rows)],
        weights,
        rng.normal(size=c) + lead * (np.arange(c) == rng.integers(c)),
    )


def _step_oracle(features: Array, targets: Array, weights: Array, bias: Array) -> dict[str, Any]:
    import torch

    x, y, w, b = map(_tensor, (features, targets, weights, bias))
    w.requires_grad_()
    b.requires_grad_()
    logits = x @ w + b
    logits.retain_grad()
    loss = torch.nn.functional.cross_entropy(logits, y)
    loss.backward()
    grads = {"delta": logits.grad, "grad_weights": w.grad, "grad_bias": b.grad}
    return {"logits": logits, "probs": logits.softmax(dim=1), "loss": loss, **grads}


def _step_with(slip: str) -> Any:
    """Return softmax_step with one slip in it; whatever comes after the slip follows from it."""

    def step(x: Array, y: Array, w: Array, b: Array) -> dict[str, Any]:
        m = len(x)
        logits = x @ w + (0 if slip == "no bias" else b)
        probs = _softmax_of(logits, axis=0 if slip == "axis" else 1)
        log_probs = np.log(probs) if slip in ("axis", "log of probs") else _log_probs(logits)
        loss = -(y * log_probs).sum() / (1 if slip == "loss sum" else y.size if slip == "loss mean" else m)
        delta = (y - probs if slip == "sign" else probs - y) / (1 if slip == "no 1/m" else m)
        if slip == "sigmoid":
            delta = delta * probs * (1 - probs)
        scale = 1 / m if slip == "1/m twice" else 1.0
        grad_bias = delta.mean(axis=0) if slip == "bias mean" else delta.sum(axis=0) * scale
        if slip == "bias total":
            grad_bias = delta.sum()
        if slip == "bias axis":
            grad_bias = delta.sum(axis=1)
        grad_weights = (delta.T @ x if slip == "transposed" else x.T @ delta) * scale
        return {
            "logits": logits,
            "probs": probs,
            "loss": loss,
            "delta": delta,
            "grad_weights": grad_weights,
            "grad_bias": grad_bias,
        }

    return step


SOFTMAX_STEP = Exercise(
    "softmax_step",
    groups=(
        Group("typical batches", _draw_step, weight=3),
        Group("a batch of one sample", lambda rng: _draw_step(rng, m=1), edge=True),
        Group("scores far apart", lambda rng: _draw_step(rng, lead=1500.0)),
    ),
    oracle=_step_oracle,
    mistakes=(
        Mistake("bias left out", "Each class has a bias of its own: is it in the scores?", _step_with("no bias")),
        Mistake(
            "softmax over the samples",
            "Each row is one sample and should sum to 1: along which axis do you add up?",
            _step_with("axis"),
        ),
        Mistake(
            "logarithm of the probabilities",
            "A tiny probability rounds to 0, and 0 times the logarithm of 0 is not a number: which of your earlier "
            "functions avoids that?",
            _step_with("log of probs"),
        ),
        Mistake("loss summed", "The loss is the mean over the batch.", _step_with("loss sum")),
        Mistake(
            "loss averaged over all entries",
            "The mean runs over the samples; the sum over the classes stays a sum.",
            _step_with("loss mean"),
        ),
        Mistake(
            "no 1/m",
            "The loss is a mean over the batch, so its slope by each score carries the same factor.",
            _step_with("no 1/m"),
        ),
        Mistake(
            "sign of delta",
            "Raising the score of the true class lowers the loss: which of the two is subtracted?",
            _step_with("sign"),
        ),
        Mistake(
            "extra slope in delta",
            "The slope of the softmax is already inside the short result; multiplying by a(1 - a) counts it twice.",
            _step_with("sigmoid"),
        ),
        Mistake(
            "1/m twice",
            "The factor 1/m sits in delta already; the gradients must not get it again.",
            _step_with("1/m twice"),
        ),
        Mistake(
            "gradient of the weights transposed",
            "A gradient has the shape of what it belongs to: which factor of the product is transposed?",
            _step_with("transposed"),
        ),
        Mistake(
            "mean in the bias gradient",
            "The factor 1/m sits in delta already: each sample adds its share to the bias.",
            _step_with("bias mean"),
        ),
        Mistake(
            "one number for the bias gradient",
            "There is one bias for each class, so add up over the samples only.",
            _step_with("bias total"),
        ),
        Mistake(
            "bias gradient added up over the classes",
            "One number for each class: over what do you add?",
            _step_with("bias axis"),
        ),
    ),
)

# --- train_softmax: a trained model --------------------------------------------------------------


def _clouds(rng: np.random.Generator, m: int, n: int, c: int, centres: Array) -> tuple[Array, Array]:
    labels = rng.permutation(np.arange(m) % c)
    return centres[labels] + rng.normal(size=(m, n)), labels


def _draw_known_path(rng: np.random.Generator) -> tuple[Any, ...]:
    m, n, c = 14, 5, 3
    x, y = _clouds(rng, m, n, c, rng.normal(scale=1.5, size=(c, n)))
    return x, y, c, float(rng.uniform(0.1, 0.5)), m, int(rng.integers(4, 8)), Rng(int(rng.integers(2**31)))


def _draw_equal_samples(rng: np.random.Generator) -> tuple[Any, ...]:
    """Copies of one sample, so that every order gives the same batches; the last batch holds one of them."""
    m, n, c = 7, 5, 4
    x, y = np.tile(rng.normal(size=n), (m, 1)), np.full(m, rng.integers(c))
    return x, y, c, float(rng.uniform(0.1, 0.5)), 3, 2, Rng(int(rng.integers(2**31)))


def _draw_training(rng: np.random.Generator, sort: bool) -> Case:
    n, c = 6, 4
    # Centres at right angles overlap alike for every seed, so that one margin fits all of them.
    centres = 2.0 * np.linalg.qr(rng.normal(size=(n, n)))[0][:c]
    x, y = _clouds(rng, 240 if sort else 96, n, c, centres)
    if sort:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    # Long steps in a single epoch: whoever keeps the order forgets the classes that came first.
    rate, epochs = (0.5, 1) if sort else (0.2, 12)
    return Case(
        (x, y, c, rate, 8, epochs, Rng(int(rng.integers(2**31)))),
        aside=_clouds(rng, 400, n, c, centres),
    )


def _batches_due(case: Case) -> int:
    features, *_, batch, _, _ = case.args
    return -(-len(features) // batch)


def _losses_due(case: Case) -> int:
    return int(_batches_due(case) * case.args[5])


def _trained(value: Any, case: Case) -> tuple[Array, Array, Array]:
    """Return weights, bias and losses, or raise with what is wrong with their form."""
    features, _, classes, _, _, epochs, _ = case.args
    batches = _batches_due(case)
    due = {"weights": (features.shape[1], classes), "bias": (classes,), "losses": (epochs * batches,)}
    if not isinstance(value, list | tuple) or len(value) != len(due):
        raise ValueError("three things are due: weights, bias and losses.")
    found = [as_array(part) for part in value]
    for (name, shape), part in zip(due.items(), found, strict=True):
        if part is None or part.shape != shape:
            told = "no numbers" if part is None else f"the shape {part.shape}"
            raise ValueError(f"`{name}` has {told}; with {epochs} epochs of {batches} batches, {shape} is due.")
    weights, bias, losses = (np.asarray(part, dtype=float) for part in found)
    if not np.isclose(losses[0], np.log(classes), rtol=1e-3):
        raise ValueError("with weights of zero, and measured before the first update, the first loss is ln c.")
    if batches > 1:
        _demand_own_batches(weights, losses, case)
    return weights, bias, losses


def _demand_own_batches(weights: Array, losses: Array, case: Case) -> None:
    """Raise when the steps or the losses come from the whole set, or every epoch has the same batches."""
    features, labels, classes, rate, _, epochs, rng = case.args
    if not (np.diff(losses) > 0).any():
        raise ValueError("the losses never rise, as those of the whole set do; each step uses its own batch.")
    # Batches differ: measured, neighbouring losses lie 0.22 of their mean apart or more, those of the whole set 0.05.
    late = losses[len(losses) // 2 :]
    if np.abs(np.diff(late)).mean() < 0.1 * late.mean():
        raise ValueError(
            "the losses hardly differ from step to step, as those of the whole set do; each is due for its own batch."
        )
    by_the_whole, *_ = _train_with("order")(features, labels, classes, rate, len(features), len(losses), rng)
    if all_close(weights, by_the_whole, "iterated"):
        raise ValueError("every step follows the slope of the whole set; each step uses its own batch.")
    if epochs > 3:
        # Measured: at least 0.99 for the same batches again, at most 0.2 for new ones.
        late_epochs = losses.reshape(epochs, -1)[epochs // 2 :]
        if min(np.corrcoef(one, other)[0, 1] for one, other in pairwise(late_epochs)) > 0.95:
            raise ValueError("every epoch has the same batches again; shuffle anew with the one `rng` you are given.")


def _accuracy(value: Any, case: Case) -> float:
    weights, bias, _ = _trained(value, case)
    features, labels = case.aside
    return float(((features @ weights + bias).argmax(axis=1) == labels).mean())


def _reference_accuracy(case: Case) -> float:
    from sklearn.linear_model import LogisticRegression

    x, y = case.args[:2]
    features, labels = case.aside
    return float(LogisticRegression(C=10.0).fit(x, y).score(features, labels))


def _train_oracle(x: Array, y: Array, c: int, rate: float, batch: int, epochs: int, rng: Any) -> Any:
    import torch

    features, labels = _tensor(x), torch.tensor(y)
    w = torch.zeros(x.shape[1], c, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(c, dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(epochs):
        order = torch.tensor(rng.permutation(len(x)))
        for chosen in order.split(batch):
            loss = torch.nn.functional.cross_entropy(features[chosen] @ w + b, labels[chosen])
            grad_w, grad_b = torch.autograd.grad(loss, (w, b))
            with torch.no_grad():
                w -= rate * grad_w
                b -= rate * grad_b
            losses.append(loss.item())
    return w, b, losses


def _loss_at(x: Array, targets: Array, w: Array, b: Array) -> float:
    return float(-(targets * _log_probs(x @ w + b)).sum() / len(x))


def _train_with(slip: str) -> Any:
    """Return train_softmax with one slip in it."""

    def train(x: Array, y: Array, c: int, rate: float, batch: int, epochs: int, rng: Any) -> Any:
        targets = np.eye(c)[y]
        w, b = np.zeros((x.shape[1], c)), np.zeros(c)
        losses = []
        for _ in range(1 if slip == "one epoch" else epochs):
            order = np.arange(len(x)) if slip == "order" else rng.permutation(len(x))
            for start in range(0, len(x) // batch * batch if slip == "left" else len(x), batch):
                chosen = order[start : start + batch]
                probs = _softmax_of(x[chosen] @ w + b)
                losses.append(_loss_at(x[chosen], targets[chosen], w, b))
                delta = (probs - targets[chosen]) / {
                    "sum": 1,
                    "twice": len(chosen) ** 2,
                    "fixed": batch,
                    "all": len(x),
                }.get(slip, len(chosen))
                step = {"up": -rate, "still": 0.0, "rate": 1.0}.get(slip, rate)
                w = w - step * (x[chosen].T @ delta)
                b = b - (0 if slip == "bias" else step) * delta.sum(axis=0)
                if slip == "after":
                    losses[-1] = _loss_at(x[chosen], targets[chosen], w, b)
        if slip == "swapped":
            return b, w, losses
        return (w, b) if slip == "no losses" else (w, b, losses)

    return train


TRAIN_SOFTMAX = Exercise(
    "train_softmax",
    groups=(
        Group("one big batch, where every step is known", _draw_known_path, weight=2),
        Group(
            "equal samples with an uneven last batch, where every step is known",
            _draw_equal_samples,
            edge=True,
        ),
        Group(
            "mini-batches, judged on new samples",
            lambda rng: _draw_training(rng, sort=False),
            weight=2,
            reach=Reach("accuracy on new samples", _accuracy, _reference_accuracy, margin=0.05),
        ),
        Group(
            "samples sorted by class",
            lambda rng: _draw_training(rng, sort=True),
            reach=Reach("accuracy on new samples", _accuracy, _reference_accuracy, margin=0.06),
        ),
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
            "The steps are as many times too long as the batch has samples: is the gradient that of the mean loss?",
            _train_with("sum"),
        ),
        Mistake(
            "mean taken twice",
            "The steps are as many times too short as the batch has samples: is the gradient a mean already?",
            _train_with("twice"),
        ),
        Mistake(
            "loss after the update",
            "The losses are measured one step late: each belongs before the update of its batch.",
            _train_with("after"),
        ),
        Mistake(
            "bias never updated",
            "The weights learn and the bias stays: it has a gradient of its own.",
            _train_with("bias"),
        ),
        Mistake(
            "one epoch only",
            "One pass is not enough: how often should it go through the data? Is `minibatches(...)` called anew in "
            "each epoch? A used-up generator gives nothing.",
            _train_with("one epoch"),
        ),
        Mistake(
            "never shuffled",
            "The batches come in the order of the data. Sorted by class, each batch pulls towards one class only.",
            _train_with("order"),
        ),
        Mistake(
            "weights and bias swapped",
            "Weights first, then the bias, then the losses.",
            _train_with("swapped"),
        ),
        Mistake(
            "divides by the batch size also in the last batch",
            "The last batch may be smaller: how many samples does it hold?",
            _train_with("fixed"),
        ),
        Mistake(
            "divides by the number of all samples",
            "The slope of a batch is the mean over that batch: is it divided by its samples, or by all there are?",
            _train_with("all"),
        ),
        Mistake(
            "last samples left out",
            "The left-over samples are a batch, too.",
            _train_with("left"),
        ),
        Mistake(
            "not one loss for every batch",
            "`losses` wants one number for every batch: where is it appended?",
            matches=lambda value, case: np.ndim(value[2]) == 0 or len(value[2]) != _losses_due(case),
        ),
        Mistake(
            "does not start from zero",
            "The first loss is not ln c: with which weights and bias should the training start?",
            matches=lambda value, case: (
                len(value[2]) == _losses_due(case) and abs(float(value[2][0]) - np.log(case.args[2])) > 1e-6
            ),
        ),
        Mistake(
            "losses not returned",
            "Three things are asked for: weights, bias and the losses.",
            _train_with("no losses"),
        ),
    ),
)

# --- SoftmaxRegression: a module -----------------------------------------------------------------


def _draw_module(rng: np.random.Generator, shape: tuple[int, ...], m: int) -> tuple[Any, ...]:
    n, c = int(np.prod(shape)), 5
    parameters = [rng.normal(size=(c, n)).astype(np.float32), rng.normal(size=c).astype(np.float32)]
    return (n, c), parameters, rng.normal(size=(m, *shape)).astype(np.float32)


def _module_oracle(sizes: tuple[int, int], parameters: list[Array], images: Array) -> dict[str, Any]:
    weights, bias = map(_tensor, parameters)
    logits = _tensor(images).flatten(start_dim=1) @ weights.T + bias
    return {COUNT: weights.numel() + bias.numel(), MODES[0]: logits, MODES[1]: logits}


def _module_with(slip: Any) -> Any:
    def module(sizes: tuple[int, int], parameters: list[Array], images: Array) -> dict[str, Any]:
        weights, bias = (np.asarray(p, dtype=np.float64) for p in parameters)
        logits = np.asarray(images, dtype=np.float64).reshape(len(images), -1) @ weights.T + bias
        output = slip(logits).astype(np.float32)
        return {COUNT: weights.size + bias.size, MODES[0]: output, MODES[1]: output}

    return module


def _single_matches(slip: Any) -> Any:
    """Match a float32 module's output against a slip at single precision."""
    computed = _module_with(slip)

    def matches(value: Any, case: Case) -> bool:
        wanted = computed(*case.args)
        return all(all_close(np.asarray(value[key], dtype=np.float32), wanted[key]) for key in MODES)

    return matches


SOFTMAX_REGRESSION = Exercise(
    "SoftmaxRegression",
    groups=(
        Group("batches of flat samples", lambda rng: _draw_module(rng, (7,), 4), weight=2),
        Group("batches of images", lambda rng: _draw_module(rng, (4, 3), 6), weight=2),
        Group("one image", lambda rng: _draw_module(rng, (3, 4), 1), edge=True),
    ),
    oracle=_module_oracle,
    kind="module",
    by_hand=False,
    mistakes=(
        Mistake(
            "softmax in the model",
            "The loss takes logits and does the softmax itself: what should the model give then?",
            matches=_single_matches(_softmax_of),
        ),
        Mistake(
            "log-softmax in the model",
            "The loss takes logits and does the log-softmax itself: what should the model give then?",
            matches=_single_matches(_log_probs),
        ),
        Mistake(
            "softmax over the samples",
            "The loss takes logits and does the softmax itself; besides, this one runs over the samples.",
            matches=_single_matches(lambda z: _softmax_of(z, axis=0)),
        ),
        Mistake(
            "sigmoid in the model",
            "A sigmoid squeezes every score into (0, 1) before they compete: the loss wants the scores themselves.",
            matches=_single_matches(_sigmoid),
        ),
        Mistake(
            "ReLU on the logits",
            "Scores may be negative: an activation after the last layer cuts half of them off.",
            matches=_single_matches(lambda z: np.maximum(z, 0)),
        ),
        Mistake(
            "gives the class instead of the scores",
            "The loss needs all the scores: picking the largest comes after training.",
            matches=_single_matches(lambda z: z.argmax(axis=1)),
        ),
        Mistake(
            "scores in training and something else in evaluation",
            "This model should do the same in training and in evaluation: what differs between the two?",
            matches=lambda value, case: (
                np.shape(value[MODES[0]]) == np.shape(value[MODES[1]]) != ()
                and not all_close(value[MODES[0]], value[MODES[1]])
            ),
        ),
    ),
)
