"""The exercises of lesson 13, several labels at once.

Oracles are PyTorch in float64 for losses, slopes and training, and scikit-learn for the metrics. The numbers of
samples, features and labels (m, n, c) always differ. Tables of labels hold rows of every kind.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import numpy as np

from course_utils.judging.calls import Given
from course_utils.judging.compare import as_array
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any, slopes: bool = False) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=slopes)


def _softplus(z: Array) -> Array:
    return np.logaddexp(0.0, z)


def _sigmoid(z: Array) -> Array:
    return np.exp(-_softplus(-z))


def _log_softmax(z: Array, axis: int = 1) -> Array:
    return z - np.logaddexp.reduce(z, axis=axis, keepdims=True)


def _sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Draw m and c, never equal."""
    c = int(rng.integers(4, 7))
    return c + int(rng.integers(2, 5)), c


def _khot(rng: np.random.Generator, m: int, c: int) -> Array:
    """Draw rows with 1 to c - 1 ones, at least one row with one and one with more."""
    counts = np.concatenate([[1, c - 1, 2], rng.integers(1, c, size=max(m - 3, 0))])[:m]
    rows = np.zeros((m, c))
    for row, k in zip(rows, rng.permutation(counts), strict=True):
        row[rng.choice(c, size=k, replace=False)] = 1.0
    return rows


def _draw_scores(rng: np.random.Generator) -> tuple[Array, Array]:
    m, c = _sizes(rng)
    return rng.normal(scale=2.0, size=(m, c)), _khot(rng, m, c)


def _draw_far_scores(rng: np.random.Generator) -> tuple[Array, Array]:
    """Scores between 720 and 900 on both sides of 0, some of them wrong, and one row far below the others."""
    m, c = _sizes(rng)
    signs = np.where(rng.random((m, c)) < 0.5, -1.0, 1.0)
    signs[0], signs[1, :2] = -1.0, (1.0, -1.0)
    return signs * rng.uniform(720, 900, size=(m, c)), _khot(rng, m, c)


def _draw_one(rng: np.random.Generator) -> tuple[Array, Array]:
    return rng.normal(scale=2.0, size=(1, 5)), rng.permutation([[0.0, 1.0, 1.0, 0.0, 1.0]], axis=1)


def _never_finite(value: Any, case: Case) -> bool:
    found = as_array(value)
    return found is not None and not bool(np.isfinite(found).all())


def _is_one_of(value: Any, numbers: Any, digits: float = 1e-6) -> bool:
    """Say whether a value is one number, and near one of these."""
    found = as_array(value)
    return found is not None and found.ndim == 0 and any(np.isclose(float(found), one, rtol=digits) for one in numbers)


def _says(value: Any, what: bool) -> bool:
    found = as_array(value)
    return found is not None and found.size == 1 and bool(found.ravel()[0]) is what


# --- multilabel_bce ------------------------------------------------------------------------------


def _bce_oracle(logits: Array, targets: Array) -> Any:
    import torch

    return torch.nn.MultiLabelSoftMarginLoss()(_tensor(logits), _tensor(targets))


def _bce_costs(z: Array, y: Array) -> Array:
    return _softplus(z) - y * z


def _kept_above_zero(value: Any, case: Case) -> bool:
    """Say whether the probabilities were kept away from 0 and 1 by a small constant, or the scores in a range."""
    z, y = case.args
    p = _sigmoid(z)
    values = [_bce_costs(np.clip(z, -far, far), y).mean() for far in (10, 20, 30, 50, 100, 200, 500, 700, 709)]
    for small in (10.0**-power for power in range(5, 17)):
        kept = np.clip(p, small, 1 - small)
        values.append(-np.mean(y * np.log(kept) + (1 - y) * np.log1p(-kept)))
        values.append(-np.mean(y * np.log(kept) + (1 - y) * np.log(1 - kept)))
        values.append(-np.mean(y * np.log(p + small) + (1 - y) * np.log(1 - p + small)))
    return _is_one_of(value, values)


MULTILABEL_BCE = Exercise(
    "multilabel_bce",
    groups=(
        Group("typical scores", _draw_scores, weight=3, count=3),
        Group("one sample", _draw_one, edge=True),
        Group("scores hundreds away from 0", _draw_far_scores, weight=2),
    ),
    oracle=_bce_oracle,
    laws=(
        Law(
            "with scores of 0 the loss is ln 2, whatever the labels",
            lambda ask, z, y: all_close(ask(np.zeros_like(z), y), np.log(2)),
            groups=("typical scores",),
        ),
    ),
    mistakes=(
        Mistake(
            "divides by the labels alone",
            "It adds over the samples as well as over the labels: how many terms does the mean have?",
            lambda z, y: _bce_costs(z, y).sum() / z.shape[1],
        ),
        Mistake(
            "divides by the samples alone",
            "It is the mean over samples and labels: how many terms were added up?",
            lambda z, y: _bce_costs(z, y).sum() / len(z),
        ),
        Mistake("never divides", "This is the sum of all terms: a mean is due.", lambda z, y: _bce_costs(z, y).sum()),
        Mistake(
            "one number for each sample",
            "These are the losses of the single samples: one number is due for the whole batch.",
            lambda z, y: _bce_costs(z, y).mean(axis=1),
        ),
        Mistake(
            "one number for each label",
            "These are the losses of the single labels: one number is due for the whole batch.",
            lambda z, y: _bce_costs(z, y).mean(axis=0),
        ),
        Mistake(
            "only the labels that are there",
            "A label that is absent also has its price: which term charges a high score for it?",
            lambda z, y: np.mean(y * _softplus(-z)),
        ),
        Mistake(
            "present and absent swapped",
            "A high score for a label that is there should be cheap: which softplus goes with which truth?",
            lambda z, y: _bce_costs(-z, y).mean(),
        ),
        Mistake(
            "sign of the loss",
            "A loss is never negative here: what sign has the logarithm of a probability?",
            lambda z, y: -_bce_costs(z, y).mean(),
        ),
        Mistake(
            "a sigmoid too many",
            "The formula holds the sigmoid already: is it applied to something that is a probability?",
            lambda z, y: _bce_costs(_sigmoid(z), y).mean(),
        ),
        Mistake(
            "softmax instead of the sigmoid",
            "With a softmax the labels compete; here each label has a sigmoid of its own.",
            matches=lambda value, case: any(all_close(value, one) for one in _softmax_costs(*case.args)),
        ),
        Mistake(
            "overflows",
            "For far scores a probability is rounded to 0 and its logarithm is infinite: which form of the loss "
            "never makes a probability?",
            matches=_never_finite,
        ),
        Mistake(
            "probabilities or scores kept in a range",
            "Something caps the price of a wrong score of 800, which should be 800: which form needs no cap?",
            matches=_kept_above_zero,
        ),
    ),
)


def _softmax_costs(z: Array, y: Array) -> tuple[float, ...]:
    price = -(y * _log_softmax(z)).sum()
    return price / z.size, price / len(z), _both_prices(z, y)


def _both_prices(z: Array, y: Array) -> float:
    shares = np.exp(_log_softmax(z))
    return float(-np.mean(y * np.log(shares) + (1 - y) * np.log(1 - shares)))


# --- multilabel_bce_delta ------------------------------------------------------------------------


def _bce_delta_oracle(logits: Array, targets: Array) -> Any:
    import torch

    z = _tensor(logits, slopes=True)
    return torch.autograd.grad(torch.nn.functional.binary_cross_entropy_with_logits(z, _tensor(targets)), z)[0]


def _delta_nearly(value: Any, case: Case) -> bool:
    z, y = case.args
    found = np.asarray(value, dtype=float)
    return found.shape == z.shape and bool(np.abs(found - (_sigmoid(z) - y) / z.size).max() < 1e-5)


MULTILABEL_BCE_DELTA = Exercise(
    "multilabel_bce_delta",
    groups=(
        Group("typical scores", _draw_scores, weight=3, count=3),
        Group("one sample", _draw_one, edge=True),
        Group("scores hundreds away from 0", _draw_far_scores),
    ),
    oracle=_bce_delta_oracle,
    mistakes=(
        Mistake(
            "slope of the sum",
            "This is the slope of the sum of all terms: what does the mean divide by?",
            lambda z, y: _sigmoid(z) - y,
        ),
        Mistake(
            "divides by the samples alone",
            "The mean runs over samples and labels: by how many terms is each slope divided?",
            lambda z, y: (_sigmoid(z) - y) / len(z),
        ),
        Mistake(
            "divides by the labels alone",
            "The mean runs over samples and labels: by how many terms is each slope divided?",
            lambda z, y: (_sigmoid(z) - y) / z.shape[1],
        ),
        Mistake(
            "opposite sign",
            "Where a label is absent, a higher score costs more: which sign should its slope have?",
            lambda z, y: (y - _sigmoid(z)) / z.size,
        ),
        Mistake(
            "the sigmoid's slope once too often",
            "In the stable form the slope of the softplus is the sigmoid itself: is a factor left over?",
            lambda z, y: (_sigmoid(z) - y) * _sigmoid(z) * _sigmoid(-z) / z.size,
        ),
        Mistake(
            "softmax instead of the sigmoid",
            "Each label has a sigmoid of its own: whose slope is taken here?",
            lambda z, y: (np.exp(_log_softmax(z)) - y) / z.size,
        ),
        Mistake(
            "score minus truth",
            "The slope of the softplus is a probability: is the score turned into one?",
            lambda z, y: (z - y) / z.size,
        ),
        Mistake(
            "labels rounded first",
            "The slope needs the probability itself, not the decision made from it.",
            lambda z, y: ((z > 0) - y) / z.size,
        ),
        Mistake(
            "overflows",
            "For far scores a power becomes infinite: which way to write the sigmoid only takes powers below 1?",
            matches=_never_finite,
        ),
        Mistake(
            "measured",
            "These slopes are measured, so their last digits are off; the derivation gives them exactly.",
            matches=_delta_nearly,
        ),
    ),
)

# --- softmax_multilabel_ce -----------------------------------------------------------------------


def _draw_without_label(rng: np.random.Generator) -> tuple[Array, Array]:
    z, y = _draw_scores(rng)
    y[rng.choice(len(y), size=2, replace=False)] = 0.0
    return z, y


def _softmax_ce_oracle(logits: Array, targets: Array) -> Any:
    import torch

    return torch.nn.CrossEntropyLoss()(_tensor(logits), _tensor(targets))


def _floor_of(y: Array) -> float:
    k = y.sum(axis=1)
    return float(np.mean(k * np.log(np.maximum(k, 1))))


def _softmax_capped(value: Any, case: Case) -> bool:
    z, y = case.args
    p = np.exp(_log_softmax(z))
    capped = [
        -(y * np.log(one)).sum(axis=1).mean()
        for small in (10.0**-power for power in range(5, 17))
        for one in (p + small, np.maximum(p, small))
    ]
    return _is_one_of(value, capped)


SOFTMAX_MULTILABEL_CE = Exercise(
    "softmax_multilabel_ce",
    groups=(
        Group("rows with one or more labels", _draw_scores, weight=3, count=3),
        Group("some rows without a label", _draw_without_label),
        Group("scores hundreds away from 0", _draw_far_scores, weight=2),
    ),
    oracle=_softmax_ce_oracle,
    laws=(
        Law(
            "the loss is never below the mean of k ln k, k being the number of labels of a row",
            lambda ask, z, y: bool(ask(50 * y, y) >= _floor_of(y) - 1e-4),
            groups=("rows with one or more labels",),
        ),
    ),
    mistakes=(
        Mistake(
            "mean over all entries",
            "The labels of a sample are added up, and the mean runs over the samples: what is divided by what?",
            lambda z, y: -np.mean(y * _log_softmax(z)),
        ),
        Mistake(
            "sum over the samples",
            "This is the sum over the batch: a mean over the samples is due.",
            lambda z, y: -(y * _log_softmax(z)).sum(),
        ),
        Mistake(
            "mean over the ones",
            "A sample with three labels pays three times: by what is divided, by the samples or by the ones?",
            lambda z, y: -(y * _log_softmax(z)).sum() / y.sum(),
        ),
        Mistake(
            "rows without a label left out of the mean",
            "A sample without a label costs 0 and takes part in the mean: by how many samples is the sum divided?",
            lambda z, y: -(y * _log_softmax(z)).sum() / max(y.any(axis=1).sum(), 1),
        ),
        Mistake(
            "rows shared out",
            "Here the targets stay as they are: is each row divided by its number of labels?",
            lambda z, y: -(y / np.maximum(y.sum(axis=1, keepdims=True), 1) * _log_softmax(z)).sum(axis=1).mean(),
        ),
        Mistake(
            "the first label alone",
            "A row may hold several ones: does each of them pay?",
            lambda z, y: -np.mean(_log_softmax(z)[np.arange(len(z)), y.argmax(axis=1)]),
        ),
        Mistake(
            "logarithm of the labels' total share",
            "It takes one logarithm for all labels of a row: the formula takes one for each.",
            lambda z, y: -np.mean(np.log((y * np.exp(_log_softmax(z))).sum(axis=1))),
        ),
        Mistake(
            "sigmoid instead of softmax",
            "In this loss the labels compete for one whole: which function makes shares of a row?",
            matches=lambda value, case: any(
                all_close(value, one)
                for z, y in [case.args]
                for one in (
                    _bce_costs(z, y).mean(),
                    _bce_costs(z, y).sum() / len(z),
                    (y * _softplus(-z)).sum() / len(z),
                )
            ),
        ),
        Mistake(
            "softmax over the samples",
            "Each row is one sample and its shares sum to 1: along which axis does the softmax run?",
            lambda z, y: -(y * _log_softmax(z, axis=0)).sum(axis=1).mean(),
        ),
        Mistake(
            "sign of the loss",
            "A loss is never negative here: what sign has the logarithm of a share?",
            lambda z, y: (y * _log_softmax(z)).sum(axis=1).mean(),
        ),
        Mistake(
            "one number for each sample",
            "These are the losses of the single samples: one number is due for the whole batch.",
            lambda z, y: -(y * _log_softmax(z)).sum(axis=1),
        ),
        Mistake(
            "overflows",
            "For far scores a share is rounded to 0 and its logarithm is infinite: which earlier answer avoids shares?",
            matches=_never_finite,
        ),
        Mistake(
            "a small constant inside the logarithm",
            "A small constant caps the price of a very wrong score: which earlier answer needs none?",
            matches=_softmax_capped,
        ),
    ),
)

# --- predict_labels ------------------------------------------------------------------------------


def _scores_with_an_empty_row(rng: np.random.Generator) -> Array:
    """Scores whose first row has no likely label, and whose second row has likely ones only."""
    m, c = _sizes(rng)
    z = rng.normal(scale=1.5, size=(m, c))
    z[0], z[1] = rng.uniform(-6.0, -4.0, size=c), rng.uniform(4.0, 6.0, size=c)
    return z


def _away_from(z: Array, thresholds: Any) -> bool:
    return bool(np.abs(_sigmoid(z) - thresholds).min() > 1e-4)


def _draw_one_threshold(rng: np.random.Generator) -> tuple[Array, float]:
    low = bool(rng.integers(2))
    threshold = float(rng.uniform(0.15, 0.35) if low else rng.uniform(0.72, 0.85))
    z = _scores_with_an_empty_row(rng)
    # one probability between the threshold and a half, and one score between the threshold and its log-odds
    log_odds = np.log(threshold / (1 - threshold))
    z[2, 1], z[2, 2] = log_odds / 2, (threshold + log_odds) / 2
    return (rng.permutation(z), threshold) if _away_from(z, threshold) else _draw_one_threshold(rng)


def _draw_thresholds(rng: np.random.Generator) -> tuple[Array, Array]:
    z = _scores_with_an_empty_row(rng)
    thresholds = rng.permutation(np.linspace(0.12, 0.72, z.shape[1]) + rng.uniform(-0.02, 0.02, size=z.shape[1]))
    z[2:4] = np.array([[0.6], [1.4]]) * np.log(thresholds / (1 - thresholds))
    return (rng.permutation(z), thresholds) if _away_from(z, thresholds) else _draw_thresholds(rng)


def _draw_on_the_threshold(rng: np.random.Generator) -> tuple[Array, float]:
    z = _scores_with_an_empty_row(rng)
    z[2, :3] = 0.0
    return rng.permutation(z), 0.5


def _draw_far_labels(rng: np.random.Generator) -> tuple[Array, Array]:
    z, _ = _draw_far_scores(rng)
    z[1, 0] = 0.3
    return z, np.linspace(0.1, 0.4, z.shape[1]) + rng.uniform(-0.02, 0.02)


def _predict_oracle(logits: Array, thresholds: Any) -> Any:
    import torch

    above = torch.gt(_tensor(logits).sigmoid(), _tensor(thresholds))
    return above.long()


def _on(z: Array, t: Any) -> Array:
    return (_sigmoid(z) > t).astype(int)


def _with_one_at_least(z: Array, t: Any) -> Array:
    labels = _on(z, t)
    bare = ~labels.any(axis=1)
    labels[bare, z[bare].argmax(axis=1)] = 1
    return labels


def _top(z: Array, k: int) -> Array:
    return (z >= np.sort(z, axis=1)[:, [-k]]).astype(int)


PREDICT_LABELS = Exercise(
    "predict_labels",
    groups=(
        Group("one threshold for all labels", _draw_one_threshold, weight=2),
        Group("one threshold a label", _draw_thresholds, weight=2),
        Group("probabilities equal to the threshold", _draw_on_the_threshold, edge=True),
        Group("scores hundreds away from 0", _draw_far_labels),
    ),
    oracle=_predict_oracle,
    mistakes=(
        Mistake(
            "scores against probabilities",
            "The threshold is a probability and the scores are none yet: what turns one into the other?",
            lambda z, t: (z > t).astype(int),
        ),
        Mistake(
            "equal counts as larger",
            "A probability that equals the threshold is not larger: what happens to it?",
            lambda z, t: (_sigmoid(z) >= t).astype(int),
        ),
        Mistake(
            "one threshold for all",
            "Each label has its own threshold: with which one is each column compared?",
            matches=lambda value, case: (
                np.ndim(case.args[1]) == 1
                and any(
                    all_close(value, _on(case.args[0], t))
                    for t in (*case.args[1], case.args[1].mean(), np.median(case.args[1]))
                )
            ),
        ),
        Mistake(
            "always one half", "The threshold is an argument: does the answer use it?", lambda z, t: (z > 0).astype(int)
        ),
        Mistake(
            "below instead of above",
            "A label belongs to a sample when its probability is high: which way does the comparison go?",
            lambda z, t: (_sigmoid(z) < t).astype(int),
        ),
        Mistake(
            "softmax instead of the sigmoid",
            "With a softmax the labels compete, and two can never both be sure: which function judges each on its own?",
            lambda z, t: (np.exp(_log_softmax(z)) > t).astype(int),
        ),
        Mistake("at least one label", "A sample may have no label at all: is one forced upon it?", _with_one_at_least),
        Mistake(
            "a fixed number of labels",
            "How many labels a sample has is not known beforehand: here every row gets the same number.",
            matches=lambda value, case: any(
                all_close(value, _top(case.args[0], k)) for k in range(1, case.args[0].shape[1])
            ),
        ),
        Mistake(
            "overflows",
            "For a score of 800 this way to write the sigmoid divides infinity by infinity: which way does not?",
            lambda z, t: (np.exp(z) / (1 + np.exp(z)) > t).astype(int),
        ),
    ),
    computation="elementwise",
)

# --- tables of true and predicted labels ---------------------------------------------------------


def _set_of(rng: np.random.Generator, c: int, k: int) -> Array:
    row = np.zeros(c, dtype=int)
    row[rng.choice(c, size=k, replace=False)] = 1
    return row


def _pair(rng: np.random.Generator, c: int, kind: str) -> tuple[Array, Array]:
    """Draw the true and the predicted row of one sample."""
    order = rng.permutation(c)
    truth, guess = np.zeros(c, dtype=int), np.zeros(c, dtype=int)
    due, found = {
        "right": (order[:2], order[:2]),
        "disjoint": (order[:1], order[1:3]),
        "too few": (order[:4], order[:1]),
        "too many": (order[:1], order[:3]),
        "partly": (order[:3], order[2:4]),
        "no truth": (order[:0], order[:2]),
        "no guess": (order[:1], order[:0]),
        "nothing": (order[:0], order[:0]),
    }[kind]
    truth[due], guess[found] = 1, 1
    return truth, guess


def _tables(rng: np.random.Generator, *extra: str) -> tuple[Array, Array]:
    """Draw a table of true and one of predicted labels with rows of every kind, and with the extra kinds."""
    c = int(rng.integers(4, 7))
    kinds = ["right", "disjoint", "too few", "too many", "partly", *extra]
    spare = c + 3 - len(kinds) if len(kinds) < c + 2 else int(len(kinds) == c)
    kinds += ["too few", "partly", "too many", "right", "too few"][: max(spare, 0)]
    pairs = [_pair(rng, c, kind) for kind in rng.permutation(kinds)]
    return np.array([truth for truth, _ in pairs]), np.array([guess for _, guess in pairs])


def _shared(y: Array, p: Array, axis: int | None = 1) -> tuple[Array, Array, Array]:
    """Return hits, true labels and predicted labels of every row."""
    return (y * p).sum(axis=axis), y.sum(axis=axis), p.sum(axis=axis)


def _ratio(above: Array, below: Array, empty: float) -> Array:
    return np.where(below > 0, above / np.where(below > 0, below, 1), empty)


def _metrics(hits: Array, due: Array, found: Array, empty: float, mean: Any = np.mean) -> dict[str, float]:
    return {
        "precision": mean(_ratio(hits, found, empty)),
        "recall": mean(_ratio(hits, due, empty)),
        "f1": mean(_ratio(2 * hits, due + found, empty)),
    }


# --- multilabel_scores ---------------------------------------------------------------------------


def _draw_rows(*extra: str, empty: float | None = None) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        y, p = _tables(rng, *extra)
        return y, p, float(rng.integers(2)) if empty is None else empty

    return draw


@lru_cache(maxsize=512)
def _by_sklearn(metric: str, targets: bytes, predicted: bytes, c: int, empty: float) -> Any:
    """Ask scikit-learn, once for each pair of tables: it takes milliseconds, and every answer gets the same tables."""
    from sklearn import metrics

    y, p = (np.frombuffer(table, dtype=np.int64).reshape(-1, c) for table in (targets, predicted))
    return getattr(metrics, metric)(y, p, average="samples", zero_division=empty)


def _asked(metric: str, targets: Array, predicted: Array, empty: float) -> Any:
    tables = (np.asarray(table, dtype=np.int64).tobytes() for table in (targets, predicted))
    return _by_sklearn(metric, *tables, targets.shape[1], empty)


def _scores_oracle(targets: Array, predicted: Array, empty: float) -> dict[str, Any]:
    found = _asked("precision_recall_fscore_support", targets, predicted, empty)
    return dict(zip(("precision", "recall", "f1"), found, strict=False))


def _changed(change: Any) -> Any:
    """Return the right answer with its entries changed by `change(y, p, empty, right)`."""

    def slip(y: Array, p: Array, empty: float) -> dict[str, Any]:
        right = _metrics(*_shared(y, p), empty)
        return {**right, **change(y, p, empty, right)}

    return slip


def _mean_of_kept(y: Array, p: Array, empty: float) -> dict[str, float]:
    return _metrics(*_shared(y, p), np.nan, np.nanmean)


def _f1_of_the_two(y: Array, p: Array, empty: float) -> Array:
    """Return each sample's harmonic mean, with 0/0 counted as `empty` also where both are 0."""
    hits, due, found = _shared(y, p)
    precision, recall = _ratio(hits, found, empty), _ratio(hits, due, empty)
    return _ratio(2 * precision * recall, precision + recall, empty)


def _no_hit_as_empty(y: Array, p: Array, empty: float) -> dict[str, float]:
    hits, due, found = _shared(y, p)
    return _metrics(hits, due * (hits > 0), found * (hits > 0), empty)


def _empty_together(y: Array, p: Array, empty: float) -> dict[str, float]:
    hits, due, found = _shared(y, p)
    some = due + found > 0
    return _metrics(hits, np.where(some, np.maximum(due, 1), 0), np.where(some, np.maximum(found, 1), 0), empty)


EMPTY_WEIGHT = ("no truth", "no guess", "nothing", "nothing")

MULTILABEL_SCORES = Exercise(
    "multilabel_scores",
    groups=(
        Group("rows with labels", _draw_rows(), weight=3, count=3),
        Group("some empty rows, 0/0 counts 1", _draw_rows(*EMPTY_WEIGHT, empty=1.0), weight=2),
        Group("some empty rows, 0/0 counts 0", _draw_rows(*EMPTY_WEIGHT, empty=0.0), weight=2),
    ),
    oracle=_scores_oracle,
    mistakes=(
        Mistake(
            "precision and recall swapped",
            "Precision asks how many of the predicted labels are true: which count stands below the line?",
            _changed(lambda y, p, e, right: {"precision": right["recall"], "recall": right["precision"]}),
        ),
        Mistake(
            "agreement on absent labels counted",
            "A label that is neither true nor predicted is no hit: which entries belong to both sets?",
            lambda y, p, e: _metrics((y == p).sum(axis=1), y.sum(axis=1), p.sum(axis=1), e),
        ),
        Mistake(
            "counted over the whole table",
            "All labels of all samples are pooled: each sample gets a fraction of its own before the mean.",
            lambda y, p, e: _metrics(*_shared(y, p, axis=None), e),
        ),
        Mistake(
            "averaged over the labels",
            "Each sample is a row and gets its own fraction: along which axis do you count?",
            lambda y, p, e: _metrics(*_shared(y, p, axis=0), e),
        ),
        Mistake(
            "F1 of the means",
            "F1 is worked out for each sample first, then averaged: here the means come first.",
            _changed(
                lambda y, p, e, right: {
                    "f1": 2 * right["precision"] * right["recall"] / (right["precision"] + right["recall"])
                }
            ),
        ),
        Mistake(
            "factor 2 missing in F1",
            "A sample predicted perfectly should have an F1 of 1: what stands above the line for it?",
            _changed(lambda y, p, e, right: {"f1": right["f1"] / 2 if e == 0 else _half_f1(y, p, e)}),
        ),
        Mistake(
            "Jaccard instead of F1",
            "F1 divides by the true plus the predicted labels, and counts those in both twice: what is divided here?",
            _changed(lambda y, p, e, right: {"f1": np.mean(_jaccards(y, p, e))}),
        ),
        Mistake(
            "no hit taken for 0/0",
            "A sample without a hit need not be 0/0: 0 out of 2 is 0. Which count decides?",
            _no_hit_as_empty,
        ),
        Mistake(
            "0/0 in perfect rows alone",
            "Precision is 0/0 when nothing is predicted, recall when nothing is true: must both rows be empty?",
            _empty_together,
        ),
        Mistake(
            "a miss taken for 0/0 in F1",
            "A sample whose labels are all missed has an F1 of 0/2 or so, not 0/0: which count stands below the line?",
            _changed(lambda y, p, e, right: {"f1": np.mean(_f1_of_the_two(y, p, e))}),
        ),
        Mistake(
            "empty rows left out",
            "A fraction 0/0 counts as the argument says: it takes part in the mean.",
            _mean_of_kept,
        ),
        Mistake(
            "0/0 always counts 0",
            "What 0/0 counts is an argument: does the answer use it?",
            lambda y, p, e: _metrics(*_shared(y, p), 0.0),
        ),
        Mistake(
            "0/0 always counts 1",
            "What 0/0 counts is an argument: does the answer use it?",
            lambda y, p, e: _metrics(*_shared(y, p), 1.0),
        ),
        Mistake(
            "0/0 not dealt with",
            "A row without labels divides 0 by 0: what should it count?",
            matches=lambda value, case: any(np.isnan(np.asarray(one, dtype=float)).any() for one in value.values()),
        ),
        Mistake(
            "not yet averaged",
            "These are the fractions of the single samples: their mean is due.",
            lambda y, p, e: _metrics(*_shared(y, p), e, np.asarray),
        ),
    ),
)


def _half_f1(y: Array, p: Array, empty: float) -> float:
    hits, due, found = _shared(y, p)
    return float(np.mean(_ratio(hits, due + found, empty)))


def _jaccards(y: Array, p: Array, empty: float) -> Array:
    hits, due, found = _shared(y, p)
    return _ratio(hits, due + found - hits, empty)


# --- mended_jaccard ------------------------------------------------------------------------------


def _jaccard_oracle(targets: Array, predicted: Array) -> Any:
    return _asked("jaccard_score", targets, predicted, 1.0)


def _near_jaccard(value: Any, case: Case) -> bool:
    """Say whether a small constant, or one more, was added above or below the line."""
    hits, due, found = _shared(*case.args)
    either = due + found - hits
    added = [
        np.mean((hits + above) / (either + small))
        for small in (1.0, 0.5, *(10.0**-power for power in range(1, 17)))
        for above in (0.0, small)
    ]
    return _is_one_of(value, added, 1e-9)


MENDED_JACCARD = Exercise(
    "mended_jaccard",
    groups=(
        Group("rows with labels", lambda rng: _tables(rng), weight=2, count=3),
        Group("rows in which both are empty", lambda rng: _tables(rng, "nothing", "nothing"), weight=2),
        Group("rows in which one of the two is empty", lambda rng: _tables(rng, "no truth", "no guess")),
    ),
    oracle=_jaccard_oracle,
    mistakes=(
        Mistake(
            "0/0 not dealt with",
            "A row that is rightly predicted empty divides 0 by 0: what should such a sample count?",
            matches=_never_finite,
        ),
        Mistake(
            "a perfect empty row counts 0",
            "Nothing was there and nothing was predicted: is that sample a failure?",
            lambda y, p: np.mean(_jaccards(y, p, 0.0)),
        ),
        Mistake(
            "empty rows left out",
            "A sample that is rightly predicted empty takes part in the mean, with full marks.",
            lambda y, p: np.nanmean(_jaccards(y, p, np.nan)),
        ),
        Mistake(
            "any empty row counts 1",
            "Only when both rows are empty is the prediction perfect: what if one of them holds a label?",
            lambda y, p: np.mean(np.where((y.sum(axis=1) == 0) | (p.sum(axis=1) == 0), 1.0, _jaccards(y, p, 1.0))),
        ),
        Mistake(
            "a constant to avoid 0/0",
            "A constant in the fraction changes other rows or leaves the empty ones at 0: single out the empty rows.",
            matches=_near_jaccard,
        ),
        Mistake(
            "shared labels counted twice below the line",
            "A label in both sets belongs to the union once: is it counted twice?",
            lambda y, p: np.mean(_ratio((y * p).sum(axis=1), y.sum(axis=1) + p.sum(axis=1), 1.0)),
        ),
        Mistake(
            "F1 instead of Jaccard",
            "This divides twice the shared labels by all marks: the Jaccard index divides shared labels by the union.",
            lambda y, p: np.mean(_ratio(2 * (y * p).sum(axis=1), y.sum(axis=1) + p.sum(axis=1), 1.0)),
        ),
        Mistake(
            "all or nothing",
            "A sample that is partly right gets part of the credit: here only perfect rows count.",
            lambda y, p: np.mean((y == p).all(axis=1)),
        ),
        Mistake(
            "share of equal entries",
            "A label absent from both sets is in neither intersection nor union: is it counted as agreement?",
            lambda y, p: np.mean(y == p),
        ),
        Mistake(
            "counted over the whole table",
            "Each sample gets a fraction of its own before the mean: here all samples are pooled.",
            lambda y, p: (y * p).sum() / np.maximum(y, p).sum(),
        ),
        Mistake(
            "averaged over the labels",
            "Each sample is a row and gets its own fraction: along which axis do you count?",
            lambda y, p: np.mean(_jaccards(y.T, p.T, 1.0)),
        ),
        Mistake(
            "not yet averaged",
            "These are the fractions of the single samples: their mean is due.",
            lambda y, p: _jaccards(y, p, 1.0),
        ),
    ),
)

# --- per_label_confusion -------------------------------------------------------------------------


def _draw_silent_labels(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw tables in which one label never occurs and another is never predicted."""
    y, p = _tables(rng)
    absent, unused = rng.choice(y.shape[1], size=2, replace=False)
    y[:, absent], p[:, unused] = 0, 0
    return y, p


def _confusion_oracle(targets: Array, predicted: Array) -> Any:
    from sklearn.metrics import multilabel_confusion_matrix

    return multilabel_confusion_matrix(targets, predicted)


def _counts(y: Array, p: Array, axis: int = 0) -> Array:
    return np.array(
        [
            [((1 - y) * (1 - p)).sum(axis=axis), ((1 - y) * p).sum(axis=axis)],
            [(y * (1 - p)).sum(axis=axis), (y * p).sum(axis=axis)],
        ]
    ).transpose(2, 0, 1)


PER_LABEL_CONFUSION = Exercise(
    "per_label_confusion",
    groups=(
        Group("labels that all occur", lambda rng: _tables(rng), weight=2, count=3),
        Group("a label that never occurs and one never predicted", _draw_silent_labels),
    ),
    oracle=_confusion_oracle,
    mistakes=(
        Mistake(
            "rows and columns swapped",
            "Rows stand for the truth and columns for the prediction: where does a false alarm belong?",
            lambda y, p: _counts(y, p).transpose(0, 2, 1),
        ),
        Mistake(
            "present before absent",
            "Row and column 0 stand for a label that is absent: which count belongs into the upper left corner?",
            lambda y, p: _counts(y, p)[:, ::-1, ::-1],
        ),
        Mistake(
            "one table for each sample",
            "There is one table for each label: along which axis are the samples counted?",
            lambda y, p: _counts(y, p, axis=1),
        ),
        Mistake(
            "one table for all labels",
            "The labels are pooled: each label has a table of its own.",
            lambda y, p: _counts(y, p).sum(axis=0),
        ),
        Mistake(
            "shares instead of counts",
            "Counts are whole numbers: is something divided that should not be?",
            lambda y, p: _counts(y, p) / len(y),
        ),
        Mistake(
            "silent agreement not counted",
            "Also count where a label is absent and not predicted.",
            lambda y, p: _counts(y, p) * np.array([[0, 1], [1, 1]]),
        ),
        Mistake(
            "every kind counted at most once",
            "No count is above 1: is 1 added at each position once, however many samples are there?",
            lambda y, p: np.minimum(_counts(y, p), 1),
        ),
        Mistake(
            "flat tables",
            "Each label has a table of two rows and two columns: how are the four counts arranged?",
            lambda y, p: _counts(y, p).reshape(-1, 4),
        ),
        Mistake(
            "labels last",
            "The label is the first axis: which axis should the label's number be?",
            lambda y, p: _counts(y, p).transpose(1, 2, 0),
        ),
    ),
)

# --- tune_thresholds -----------------------------------------------------------------------------


def _label_f1s(probs: Array, targets: Array, candidates: Array, above: Any = np.greater) -> Array:
    """Return the F1 of every candidate and label, shape (k, c); 0/0 counts 0."""
    guesses = above(probs[None], candidates[:, None, None])
    hits = (guesses & (targets == 1)).sum(axis=1)
    return 2 * hits / np.maximum(guesses.sum(axis=1) + targets.sum(axis=0), 1)


def _one_best_each(probs: Array, targets: Array, candidates: Array) -> bool:
    """Say whether every label has one best set of predictions, however F1 is worked out."""
    f1s = _label_f1s(probs, targets, candidates)
    for label, column in enumerate(f1s.T):
        best = np.flatnonzero(column > column.max() - 1e-9)
        counts = {int((probs[:, label] > candidates[one]).sum()) for one in best}
        if column.max() > 0 and len(counts) > 1:
            return False
    return True


def _draw_validation(rng: np.random.Generator, kind: str = "typical") -> tuple[Array, Array, Array]:
    c = int(rng.integers(3, 6))
    m, k = int(rng.integers(24, 33)), c + int(rng.integers(3, 6))
    while True:
        shares = rng.permutation(np.linspace(0.2, 0.6, c))
        targets = (rng.random((m, c)) < shares).astype(int)
        levels = rng.permutation(np.linspace(-1.8, 1.2, c))
        probs = _sigmoid(levels + 1.6 * targets + rng.normal(scale=1.1, size=(m, c)))
        candidates = np.sort(rng.uniform(0.08, 0.92, size=k))
        if kind == "ties":
            candidates = np.sort(np.concatenate([candidates, candidates + 1e-4]))
        if kind == "on a candidate":
            probs = candidates[np.abs(probs[:, :, None] - candidates).argmin(axis=2)]
        if kind == "absent":
            targets[:, 1] = 0
            candidates[-2:] = 1 - np.array([0.6, 0.3]) * (1 - probs[:, 1].max())  # nobody predicted: F1 is 0/0
            candidates = np.sort(candidates)
        clear = kind == "on a candidate" or np.abs(probs[:, :, None] - candidates).min() > 1e-6
        occur = targets.sum(axis=0)[[j for j in range(c) if kind != "absent" or j != 1]].min() > 2
        if clear and occur and _one_best_each(probs, targets, candidates):
            best = _label_f1s(probs, targets, candidates).argmax(axis=0)
            if len(set(best)) > 1 and best.max() > 0:
                return probs, targets, candidates


def _validation(kind: str) -> Any:
    return lambda rng: _draw_validation(rng, kind)


def _tune_oracle(probs: Array, targets: Array, candidates: Array) -> Any:
    import torch

    p, y, t = _tensor(probs), torch.tensor(targets), _tensor(candidates)
    guesses = p.unsqueeze(0) > t[:, None, None]
    hits = (guesses & y.bool()).sum(dim=1).double()
    missed = (~guesses & y.bool()).sum(dim=1)
    alarms = (guesses & ~y.bool()).sum(dim=1)
    f1 = torch.nan_to_num(hits / (hits + 0.5 * (missed + alarms)), nan=0.0)
    first = [min(torch.nonzero(column == column.max()).flatten().tolist()) for column in f1.T]
    return t[first]


def _picked(measure: Any) -> Any:
    """Return the first candidate of each label that is best by `measure(guesses, truths, f1s)`, shape (k, c)."""

    def slip(probs: Array, targets: Array, candidates: Array) -> Array:
        guesses = probs[None] > candidates[:, None, None]
        value = measure(guesses, targets == 1, _label_f1s(probs, targets, candidates))
        return candidates[value.argmax(axis=0)]

    return slip


def _for_all(value: Array, c: int) -> Array:
    """Repeat one value for each candidate, shape (k,), for all labels."""
    return np.repeat(value[:, None], c, axis=1)


def _pooled_f1(guesses: Array, truth: Array) -> Array:
    return 2 * (guesses & truth).sum(axis=(1, 2)) / np.maximum(guesses.sum(axis=(1, 2)) + truth.sum(), 1)


def _last_best(probs: Array, targets: Array, candidates: Array) -> Array:
    f1s = _label_f1s(probs, targets, candidates)
    return candidates[::-1][f1s[::-1].argmax(axis=0)]


def _f1_with_nan(guesses: Array, truth: Array, _: Array) -> Array:
    return 2 * (guesses & truth).sum(axis=1) / (guesses.sum(axis=1) + truth.sum(axis=0))


TUNE_THRESHOLDS = Exercise(
    "tune_thresholds",
    groups=(
        Group("typical labels", _validation("typical"), weight=3, count=3),
        Group("equally good thresholds", _validation("ties")),
        Group("probabilities equal to a threshold", _validation("on a candidate")),
        Group("a label that never occurs", _validation("absent")),
    ),
    oracle=_tune_oracle,
    mistakes=(
        Mistake(
            "the last of equally good ones",
            "Where several thresholds are equally good, the lowest is due: when does a later one replace the best?",
            _last_best,
        ),
        Mistake(
            "equal counts as larger",
            "A probability that equals the threshold is not larger: is such a label predicted?",
            lambda p, y, t: t[_label_f1s(p, y, t, np.greater_equal).argmax(axis=0)],
        ),
        Mistake(
            "best precision",
            "A threshold near 1 makes precision large and misses most: which number weighs both sides?",
            _picked(lambda guess, truth, f1s: (guess & truth).sum(axis=1) / np.maximum(guess.sum(axis=1), 1)),
        ),
        Mistake(
            "best recall",
            "The lowest threshold misses nothing and raises many false alarms: which number weighs both sides?",
            _picked(lambda guess, truth, f1s: (guess & truth).sum(axis=1)),
        ),
        Mistake(
            "0/0 not dealt with",
            "A label that is neither there nor predicted makes 0/0, which is no number: what does it count here?",
            _picked(_f1_with_nan),
        ),
        Mistake(
            "best accuracy",
            "A rare label is mostly right when it is never predicted: what is to be made as large as possible?",
            _picked(lambda guess, truth, f1s: (guess == truth).mean(axis=1)),
        ),
        Mistake(
            "one threshold for all labels",
            "Every label has its own best threshold: are the labels judged one by one?",
            matches=lambda value, case: (
                np.shape(value) == (case.args[1].shape[1],) and len(set(np.asarray(value).tolist())) == 1
            ),
        ),
        Mistake(
            "the F1 instead of the threshold",
            "These are the best F1 values: which thresholds gave them?",
            lambda p, y, t: _label_f1s(p, y, t).max(axis=0),
        ),
        Mistake(
            "positions instead of thresholds",
            "These are positions in the list of candidates: which thresholds stand there?",
            lambda p, y, t: _label_f1s(p, y, t).argmax(axis=0),
        ),
        Mistake(
            "none of the candidates",
            "Every threshold is one of the candidates, also where no F1 is above 0: where do yours come from?",
            matches=lambda value, case: (
                np.shape(value) == (case.args[1].shape[1],) and not np.isin(np.asarray(value), case.args[2]).all()
            ),
        ),
        Mistake(
            "one threshold for each sample",
            "Columns are labels and rows are samples: which of the two gets a threshold?",
            matches=lambda value, case: np.shape(value) == (len(case.args[1]),),
        ),
    ),
)

# --- train_multilabel ----------------------------------------------------------------------------


def _draw_training(
    rng: np.random.Generator, size: float = 1.0, rate: tuple[float, float] = (0.4, 1.5)
) -> tuple[Any, ...]:
    c = int(rng.integers(3, 5))
    n, m = c + int(rng.integers(2, 4)), int(rng.integers(11, 16))
    x = size * rng.normal(loc=0.4, size=(m, n))
    return x, _khot(rng, m, c), float(rng.uniform(*rate)), int(rng.integers(4, 8))


def _training_oracle(x: Array, y: Array, rate: float, steps: int) -> Any:
    import torch

    features, targets = _tensor(x), _tensor(y)
    w = torch.zeros(x.shape[1], y.shape[1], dtype=torch.float64, requires_grad=True)
    b = torch.zeros(y.shape[1], dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(features @ w + b, targets)
        slopes = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            w -= rate * slopes[0]
            b -= rate * slopes[1]
        losses.append(loss.item())
    return w, b, losses


def _train_with(slip: str) -> Any:
    """Return train_multilabel with one slip in it."""

    def train(x: Array, y: Array, rate: float, steps: int) -> Any:
        w, b, losses = np.zeros((x.shape[1], y.shape[1])), np.zeros(y.shape[1]), []
        for _ in range(steps - (slip == "short")):
            z = x @ w + b
            losses.append(_bce_costs(z, y).mean())
            guess = np.exp(_log_softmax(z)) if slip == "softmax" else (z if slip == "linear" else _sigmoid(z))
            delta = (guess - y) / {"sum": 1, "samples": len(y), "labels": y.shape[1]}.get(slip, y.size)
            step = {"up": -rate, "still": 0.0, "rate": 1.0}.get(slip, rate)
            w = w - step * x.T @ delta
            if slip == "new weights":
                delta = (_sigmoid(x @ w + b) - y) / y.size
            b = b - (0.0 if slip == "bias" else step) * (
                delta.mean(axis=0)
                if slip == "mean"
                else np.full(y.shape[1], delta.sum())
                if slip == "shared"
                else delta.sum(axis=0)
            )
            if slip == "after":
                losses[-1] = _bce_costs(x @ w + b, y).mean()
        if slip == "swapped":
            return b, w, losses
        return w, b, losses[-1] if slip == "last loss" else losses

    return train


def _right_weights(value: Any, case: Case) -> bool:
    right = _train_with("none")(*case.args)
    return all(all_close(np.asarray(one), other, "iterated") for one, other in zip(value[:2], right[:2], strict=True))


def _bad_losses(value: Any, case: Case) -> bool:
    losses = np.asarray(value[2], dtype=float)
    return not bool(np.isfinite(losses).all())


TRAIN_MULTILABEL = Exercise(
    "train_multilabel",
    groups=(
        Group("typical features", _draw_training, weight=3, count=3),
        Group("features in the hundreds", lambda rng: _draw_training(rng, 300.0, (2.0, 4.0))),
    ),
    oracle=_training_oracle,
    kind="trained",
    parts=("weights", "bias", "losses"),
    computation="iterated",
    mistakes=(
        Mistake(
            "climbs instead of descending",
            "The losses rise: the update should go against the slope.",
            _train_with("up"),
        ),
        Mistake(
            "never updates",
            "Weights and bias leave the loop as they entered it: is the update stored?",
            _train_with("still"),
        ),
        Mistake(
            "ignores the learning rate",
            "The step has the size of the slope itself: where does the learning rate come in?",
            _train_with("rate"),
        ),
        Mistake(
            "slope of the sum",
            "The steps are as many times too long as there are entries in the targets: is it the slope of the mean?",
            _train_with("sum"),
        ),
        Mistake(
            "divides by the samples alone",
            "The loss is a mean over samples and labels: by how many terms is its slope divided?",
            _train_with("samples"),
        ),
        Mistake(
            "divides by the labels alone",
            "The loss is a mean over samples and labels: by how many terms is its slope divided?",
            _train_with("labels"),
        ),
        Mistake(
            "softmax instead of the sigmoid",
            "The labels do not compete here: which function turns each score into a probability of its own?",
            _train_with("softmax"),
        ),
        Mistake(
            "no sigmoid",
            "The slope compares the truth with a probability: is the score turned into one?",
            _train_with("linear"),
        ),
        Mistake(
            "bias never updated",
            "The weights learn and the bias stays: it has a slope of its own.",
            _train_with("bias"),
        ),
        Mistake(
            "the bias's slope averaged once more",
            "The mean is in the error terms already: are they added up or averaged for the bias?",
            _train_with("mean"),
        ),
        Mistake(
            "one bias for all labels",
            "Every label has a bias of its own: over which axis are the error terms added up?",
            _train_with("shared"),
        ),
        Mistake(
            "the bias's slope from the new weights",
            "The bias uses a slope taken after the weights have changed: when are the two slopes due?",
            _train_with("new weights"),
        ),
        Mistake(
            "loss after the update",
            "The losses are measured one step late: each belongs before its update.",
            _train_with("after"),
        ),
        Mistake(
            "one step short", "It takes one step less than asked: how often should the loop run?", _train_with("short")
        ),
        Mistake("weights and bias swapped", "Weights first, then the bias, then the losses.", _train_with("swapped")),
        Mistake(
            "the last loss alone", "One loss for each step is due: where is it appended?", _train_with("last loss")
        ),
        Mistake(
            "losses overflow",
            "A loss is no number any more: does it take the logarithm of a probability that was rounded to 0?",
            matches=_bad_losses,
        ),
        Mistake(
            "a loss of another kind",
            "Weights and biases are right, the losses are not: does your own loss function pass its check?",
            matches=lambda value, case: np.size(value[2]) == case.args[3] and _right_weights(value, case),
        ),
        Mistake(
            "does not start from zero",
            "The first loss is not ln 2: with which weights and biases should the training start?",
            matches=lambda value, case: (
                np.size(value[2]) == case.args[3]
                and not _right_weights(value, case)
                and abs(float(np.ravel(value[2])[0]) - np.log(2)) > 1e-6
            ),
        ),
    ),
)

# --- catches_wrong_multilabel_metric -------------------------------------------------------------

RIGHT_ONES = ("by_sets", "by_errors", "by_jaccard", "by_harmonic_mean")
WRONG_ONES = {
    "the Jaccard index": "intersection_over_union",
    "the precision": "precision_only",
    "the recall": "recall_only",
    "the share of equal entries": "share_of_equal_entries",
    "counts over the whole table": "pooled",
    "F1 by label instead of by sample": "label_by_label",
    "F1 of the mean precision and recall": "of_the_means",
    "0 for a perfect empty row": "empty_rows_count_nothing",
    "empty rows left out": "empty_rows_left_out",
}


def _given(name: str) -> Given:
    return Given(f"multilabel.{name}")


def _suspect(kind: str, name: str) -> Group:
    return Group(kind, lambda rng: (_given(name),), count=1)


_PUBLISHED = (
    np.array([[0, 1, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]]),
    np.array([[0, 1, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]]),
)
_ONE_ROW = (np.array([[1, 1, 1, 0, 0]]), np.array([[1, 0, 0, 0, 0]]))
_FULL = (
    np.array([[1, 1, 1, 0], [1, 0, 0, 0], [0, 1, 0, 1], [1, 1, 0, 1], [0, 0, 1, 0]]),
    np.array([[1, 0, 0, 0], [1, 1, 0, 1], [0, 1, 0, 1], [0, 1, 0, 1], [0, 1, 0, 0]]),
)
_EMPTY = (np.vstack([_FULL[0], np.zeros((2, 4), dtype=int)]), np.vstack([_FULL[1], np.zeros((2, 4), dtype=int)]))
_PERFECT = (_FULL[0], _FULL[0])
_TABLES = (_PUBLISHED, _ONE_ROW, _FULL, _EMPTY)


@cache
def _due() -> list[float]:
    """Return what is due for the four tables, in percent."""
    from sklearn.metrics import f1_score

    return [100 * float(f1_score(*pair, average="samples", zero_division=1.0)) for pair in _TABLES]


def _catches_oracle(implementation: Any) -> bool:
    return not np.allclose([implementation(y, p) for y, p in _TABLES], _due(), rtol=1e-9)


def _differs(implementation: Any, *tables: tuple[Array, Array]) -> bool:
    due = [100 * _metrics(*_shared(y, p), 1.0)["f1"] for y, p in tables]
    return not np.allclose([implementation(y, p) for y, p in tables], due, rtol=1e-9)


TOO_MUCH = "Too much passes: work out by hand what F1 should be on tables where other metrics give other numbers."

CATCHES_WRONG_MULTILABEL_METRIC = Exercise(
    "catches_wrong_multilabel_metric",
    groups=(
        Group("right implementations", lambda rng: (_given(str(rng.choice(RIGHT_ONES))),), weight=3, count=4),
        *(_suspect(kind, name) for kind, name in WRONG_ONES.items()),
    ),
    oracle=_catches_oracle,
    by_hand=False,
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
            "no empty rows",
            "A sample may have no label and get none: what should it count, and does your table hold such a row?",
            lambda one: _differs(one, _FULL),
        ),
        Mistake(
            "one sample alone",
            "With one sample there is no mean to take: what happens when counts of several samples are pooled?",
            lambda one: _differs(one, _ONE_ROW),
        ),
        Mistake(
            "a table on which metrics coincide",
            "On this table precision, recall, F1 and others give the same number: choose rows on which they differ.",
            lambda one: _differs(one, _PUBLISHED),
        ),
        Mistake(
            "perfect predictions alone",
            "A perfect prediction scores full marks by nearly every metric: try predictions that are partly right.",
            lambda one: _differs(one, _PERFECT, (_EMPTY[0], _EMPTY[0])),
        ),
        Mistake("lets everything pass", TOO_MUCH, matches=lambda value, case: _says(value, False)),
        Mistake(
            "accuses right implementations",
            "You accuse a right one. Right ones answer in percent and differ in their last digits: how close is close?",
            matches=lambda value, case: _says(value, True),
        ),
        Mistake(
            "right and wrong swapped",
            "True means that something is wrong: which of the two verdicts does your function give?",
            lambda one: not _differs(one, *_TABLES),
        ),
    ),
)
