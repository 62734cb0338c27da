"""Answers to the exercises of lesson 13: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import course_utils.given.multilabel as given
import solutions.multilabel as known
from course_utils.judging import Outcome
from solutions.softmax_regression import log_softmax
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED
SMALL = "probabilities or scores kept in a range"


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        value = answer(*(a.astype(np.float32) if isinstance(a, Array) and a.dtype == float else a for a in args))
        return np.float32(value) if np.ndim(value) == 0 else value

    return in_float32


def _sigmoid(z: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -z))


def _in_place(answer: Any, position: int = 0) -> Any:
    """Return the answer, which also changes one of its arguments."""

    def careless(*args: Any) -> Any:
        value = answer(*args)
        args[position][...] = 0
        return value

    return careless


# --- the losses ----------------------------------------------------------------------------------


def _bce_loop(logits: Array, targets: Array) -> float:
    total = 0.0
    for scores, truths in zip(logits.tolist(), targets.tolist(), strict=True):
        for z, y in zip(scores, truths, strict=True):
            wrong_way = -z if y else z
            total += max(wrong_way, 0.0) + math.log1p(math.exp(-abs(wrong_way)))
    return total / logits.size


def _bce_by_columns(logits: Array, targets: Array) -> float:
    columns = zip(logits.T, targets.T, strict=True)
    return np.mean([np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))) for z, y in columns])


def _bce_of_probabilities(logits: Array, targets: Array) -> Any:
    p = 1 / (1 + np.exp(-logits))
    return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))


def _bce_clipped(small: float, add: bool) -> Any:
    def answer(logits: Array, targets: Array) -> Any:
        p = _sigmoid(logits)
        if add:
            return -np.mean(targets * np.log(p + small) + (1 - targets) * np.log(1 - p + small))
        p = np.clip(p, small, 1 - small)
        return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p))

    return answer


def _bce_softmax(logits: Array, targets: Array) -> Any:
    return -np.mean(targets * log_softmax(logits))


def _delta_measured(logits: Array, targets: Array) -> Array:
    slopes = np.empty(logits.shape)
    for place in np.ndindex(logits.shape):
        up, down = logits.copy(), logits.copy()
        up[place] += 1e-5
        down[place] -= 1e-5
        slopes[place] = (known.multilabel_bce(up, targets) - known.multilabel_bce(down, targets)) / 2e-5
    return slopes


def _delta_loop(logits: Array, targets: Array) -> list[list[float]]:
    m, c = logits.shape
    return [
        [(float(_sigmoid(z)) - y) / (m * c) for z, y in zip(scores, truths, strict=True)]
        for scores, truths in zip(logits, targets, strict=True)
    ]


def _delta_overflowing(logits: Array, targets: Array) -> Array:
    return (np.exp(logits) / (1 + np.exp(logits)) - targets) / targets.size


def _softmax_ce_loop(logits: Array, targets: Array) -> float:
    total = 0.0
    for scores, truths in zip(logits, targets, strict=True):
        top = max(scores)
        whole = top + math.log(sum(math.exp(z - top) for z in scores))
        total += sum(whole - z for z, y in zip(scores, truths, strict=True) if y)
    return total / len(logits)


def _softmax_ce_by_counts(logits: Array, targets: Array) -> Any:
    whole = np.logaddexp.reduce(logits, axis=1)
    return np.mean(targets.sum(axis=1) * whole - np.einsum("ij,ij->i", targets, logits))


def _softmax_ce_overflowing(logits: Array, targets: Array) -> Any:
    powers = np.exp(logits)
    return -(targets * np.log(powers / powers.sum(axis=1, keepdims=True))).sum(axis=1).mean()


def _softmax_ce_added(logits: Array, targets: Array) -> Any:
    return -(targets * np.log(np.exp(log_softmax(logits)) + 1e-9)).sum(axis=1).mean()


def _softmax_ce_one_shift(logits: Array, targets: Array) -> Any:
    """Take the largest score of the whole batch off, where each row needs its own."""
    shifted = logits - logits.max()
    with np.errstate(all="ignore"):
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(targets * logs).sum(axis=1).mean()


# --- labels --------------------------------------------------------------------------------------


def _predict_by_log_odds(logits: Array, thresholds: Any) -> Array:
    return logits > np.log(thresholds) - np.log1p(-np.asarray(thresholds))


def _predict_loop(logits: Array, thresholds: Any) -> list[list[int]]:
    limits = np.broadcast_to(thresholds, logits.shape[1])
    return [[int(1 / (1 + np.exp(-z)) > t) for z, t in zip(row, limits, strict=True)] for row in logits]


def _predict_top_two(logits: Array, thresholds: Any) -> Array:
    labels = np.zeros(logits.shape, dtype=int)
    np.put_along_axis(labels, np.argsort(-logits, axis=1)[:, :2], 1, axis=1)
    return labels


# --- metrics -------------------------------------------------------------------------------------


def _scores_by_sets(targets: Array, predicted: Array, empty: float) -> dict[str, float]:
    def ratio(above: int, below: int) -> float:
        return above / below if below else empty

    rows = {"precision": [], "recall": [], "f1": []}
    for truth, guess in zip(targets, predicted, strict=True):
        due, found = set(np.flatnonzero(truth)), set(np.flatnonzero(guess))
        rows["precision"].append(ratio(len(due & found), len(found)))
        rows["recall"].append(ratio(len(due & found), len(due)))
        rows["f1"].append(ratio(2 * len(due & found), len(due) + len(found)))
    return {name: sum(values) / len(values) for name, values in rows.items()}


def _scores_by_nan(targets: Array, predicted: Array, empty: float) -> dict[str, Any]:
    hits = ((targets == 1) & (predicted == 1)).sum(axis=1)
    below = {"f1": targets.sum(axis=1) + predicted.sum(axis=1)}
    below |= {"recall": targets.sum(axis=1), "precision": predicted.sum(axis=1)}
    with np.errstate(all="ignore"):
        return {name: np.nan_to_num((1 + (name == "f1")) * hits / n, nan=empty).mean() for name, n in below.items()}


def _scores_naive(targets: Array, predicted: Array, empty: float) -> dict[str, Any]:
    hits, due, found = (targets * predicted).sum(axis=1), targets.sum(axis=1), predicted.sum(axis=1)
    return {
        "precision": (hits / found).mean(),
        "recall": (hits / due).mean(),
        "f1": (2 * hits / (due + found)).mean(),
    }


def _scores_harmonic_nan(targets: Array, predicted: Array, empty: float) -> dict[str, Any]:
    """Take F1 from precision and recall, where both may be 0."""
    hits, due, found = (targets * predicted).sum(axis=1), targets.sum(axis=1), predicted.sum(axis=1)
    precision = np.where(found > 0, hits / np.maximum(found, 1), empty)
    recall = np.where(due > 0, hits / np.maximum(due, 1), empty)
    f1 = 2 * precision * recall / (precision + recall)
    return {"precision": precision.mean(), "recall": recall.mean(), "f1": f1.mean()}


def _scores_as_tuple(targets: Array, predicted: Array, empty: float) -> Any:
    return tuple(known.multilabel_scores(targets, predicted, empty).values())


def _jaccard_by_sets(targets: Array, predicted: Array) -> float:
    total = 0.0
    for truth, guess in zip(targets, predicted, strict=True):
        due, found = set(np.flatnonzero(truth)), set(np.flatnonzero(guess))
        total += len(due & found) / len(due | found) if due or found else 1
    return total / len(targets)


def _jaccard_by_nan(targets: Array, predicted: Array) -> Any:
    with np.errstate(all="ignore"):
        shared, either = np.minimum(targets, predicted).sum(axis=1), np.maximum(targets, predicted).sum(axis=1)
        return np.mean(np.nan_to_num(shared / either, nan=1.0))


def _jaccard_published(targets: Array, predicted: Array) -> Any:
    with np.errstate(all="ignore"):
        return np.mean((targets * predicted).sum(axis=1) / np.maximum(targets, predicted).sum(axis=1))


def _jaccard_plus(above: float, below: float) -> Any:
    return lambda y, p: np.mean(((y * p).sum(axis=1) + above) / (np.maximum(y, p).sum(axis=1) + below))


def _confusion_loop(targets: Array, predicted: Array) -> list[Any]:
    tables = [[[0, 0], [0, 0]] for _ in targets[0]]
    for truth, guess in zip(targets.tolist(), predicted.tolist(), strict=True):
        for table, row, column in zip(tables, truth, guess, strict=True):
            table[row][column] += 1
    return tables


def _confusion_by_products(targets: Array, predicted: Array) -> Array:
    both = (targets * predicted).sum(axis=0)
    missed, alarms = targets.sum(axis=0) - both, predicted.sum(axis=0) - both
    return np.stack([len(targets) - both - missed - alarms, alarms, missed, both], axis=1).reshape(-1, 2, 2)


def _confusion_by_positions(targets: Array, predicted: Array) -> Array:
    counts = np.zeros((targets.shape[1], 2, 2), dtype=int)
    counts[np.arange(targets.shape[1]), targets, predicted] += 1
    return counts


# --- thresholds ----------------------------------------------------------------------------------


def _tune_at_once(probs: Array, targets: Array, candidates: Array) -> Array:
    guesses = probs[None] > candidates[:, None, None]
    hits = (guesses * targets).sum(axis=1)
    marks = guesses.sum(axis=1) + targets.sum(axis=0)
    return candidates[np.where(marks > 0, 2 * hits / np.maximum(marks, 1), 0.0).argmax(axis=0)]


def _tune_by_precision_and_recall(probs: Array, targets: Array, candidates: Array) -> list[float]:
    chosen = []
    for column, truth in zip(probs.T, targets.T, strict=True):
        f1s = []
        for threshold in candidates:
            guess = (column > threshold).astype(int)
            hits = int(guess @ truth)
            precision, recall = hits / max(guess.sum(), 1), hits / max(truth.sum(), 1)
            f1s.append(2 * precision * recall / (precision + recall) if hits else 0.0)
        chosen.append(float(candidates[int(np.argmax(f1s))]))
    return chosen


def _tune_common(probs: Array, targets: Array, candidates: Array) -> Array:
    hits = [2 * ((probs > t) * targets).sum() / ((probs > t).sum() + targets.sum()) for t in candidates]
    return np.full(targets.shape[1], candidates[int(np.argmax(hits))])


def _tune_from_half(probs: Array, targets: Array, candidates: Array) -> Array:
    tuned = known.tune_thresholds(probs, targets, candidates)
    return np.where(targets.any(axis=0), tuned, 0.5)


def _tune_sample_wise(probs: Array, targets: Array, candidates: Array) -> Array:
    return known.tune_thresholds(probs.T, targets.T, candidates)


# --- training ------------------------------------------------------------------------------------


def _train_written_out(features: Array, targets: Array, learning_rate: float, steps: int) -> Any:
    m, c = targets.shape
    extended = np.column_stack([features, np.ones(m)])
    parameters, losses = np.zeros((extended.shape[1], c)), []
    for _ in range(steps):
        z = extended @ parameters
        losses.append(np.mean(np.logaddexp(0, z) - targets * z))
        parameters -= learning_rate * extended.T @ (_sigmoid(z) - targets) / (m * c)
    return parameters[:-1], parameters[-1], np.array(losses)


def _train_label_by_label(features: Array, targets: Array, learning_rate: float, steps: int) -> Any:
    columns, biases, losses = [], [], np.zeros(steps)
    for y in targets.T:
        w, b = np.zeros(features.shape[1]), 0.0
        for step in range(steps):
            z = features @ w + b
            losses[step] += np.logaddexp(0, (1 - 2 * y) * z).mean() / targets.shape[1]
            gap = (_sigmoid(z) - y) / targets.size
            w, b = w - learning_rate * gap @ features, b - learning_rate * gap.sum()
        columns.append(w)
        biases.append(b)
    return np.array(columns).T, biases, losses.tolist()


def _train_naive_losses(features: Array, targets: Array, learning_rate: float, steps: int) -> Any:
    weights, bias, losses = np.zeros((features.shape[1], targets.shape[1])), np.zeros(targets.shape[1]), []
    for _ in range(steps):
        z = features @ weights + bias
        losses.append(_bce_of_probabilities(z, targets))
        delta = known.multilabel_bce_delta(z, targets)
        weights, bias = weights - learning_rate * features.T @ delta, bias - learning_rate * delta.sum(axis=0)
    return weights, bias, losses


def _train_other_losses(features: Array, targets: Array, learning_rate: float, steps: int) -> Any:
    weights, bias, losses = known.train_multilabel(features, targets, learning_rate, steps)
    return weights, bias, [len(features) * loss for loss in losses]


def _train_from_ones(features: Array, targets: Array, learning_rate: float, steps: int) -> Any:
    weights, bias, losses = np.ones((features.shape[1], targets.shape[1])), np.zeros(targets.shape[1]), []
    for _ in range(steps):
        z = features @ weights + bias
        losses.append(known.multilabel_bce(z, targets))
        delta = known.multilabel_bce_delta(z, targets)
        weights, bias = weights - learning_rate * features.T @ delta, bias - learning_rate * delta.sum(axis=0)
    return weights, bias, losses


# --- the test that catches it --------------------------------------------------------------------

_Y = np.array([[1, 1, 1, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]])
_P = np.array([[1, 0, 0, 0, 0], [0, 1, 1, 0, 1], [0, 0, 0, 0, 0], [1, 0, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
_BY_HAND = 100 * (2 / 5 + 2 / 4 + 1 + 2 / 4 + 0 + 1) / 6


def _catches_by_hand(implementation: Any) -> bool:
    return abs(implementation(_Y, _P) - _BY_HAND) > 1e-6


def _catches_by_pieces(implementation: Any) -> int:
    """Answer 1 or 0, from three tables."""
    right = [implementation(_Y[rows], _P[rows]) for rows in ([0, 1], [2, 4], [0, 1, 2, 3])]
    due = [45.0, 50.0, 60.0]
    return int(any(not math.isclose(one, other, rel_tol=1e-6) for one, other in zip(right, due, strict=True)))


def _catches_exactly(implementation: Any) -> Any:
    """Ask for the very last digit, by a sum in an order that no implementation has."""
    return implementation(_Y, _P) != np.nextafter(_BY_HAND, 0)


def _catches_shares(implementation: Any) -> bool:
    return not np.isclose(implementation(_Y, _P), _BY_HAND / 100)


def _catches_with_sklearn(implementation: Any) -> bool:
    from sklearn.metrics import f1_score

    return not np.isclose(implementation(_Y, _P), 100 * f1_score(_Y, _P, average="samples", zero_division=1.0))


def _catches_range(implementation: Any) -> bool:
    return not 0 <= implementation(_Y, _P) <= 100


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "multilabel_bce": {
        "loops": _bce_loop,
        "column by column": _bce_by_columns,
        "float32": _single(known.multilabel_bce),
        "softplus of both signs": lambda z, y: np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)),
    },
    "multilabel_bce_delta": {
        "loops that give lists": _delta_loop,
        "float32": _single(known.multilabel_bce_delta),
        "with tanh": lambda z, y: (0.5 + 0.5 * np.tanh(z / 2) - y) / z.size,
        "the fraction as it stands": lambda z, y: (1 / (1 + np.exp(-z)) - y) / (z.shape[0] * z.shape[1]),
    },
    "softmax_multilabel_ce": {
        "loops": _softmax_ce_loop,
        "counts and scores": _softmax_ce_by_counts,
        "float32": _single(known.softmax_multilabel_ce),
    },
    "predict_labels": {
        "log-odds, as truth values": _predict_by_log_odds,
        "loops that give lists": _predict_loop,
        "as floats": lambda z, t: np.where(_sigmoid(z) > t, 1.0, 0.0),
    },
    "multilabel_scores": {"sets": _scores_by_sets, "no numbers replaced, other order": _scores_by_nan},
    "mended_jaccard": {
        "sets": _jaccard_by_sets,
        "no numbers replaced": _jaccard_by_nan,
        "from F1": lambda y, p: np.mean(
            [(f := given.by_sets(one[None], other[None]) / 100) / (2 - f) for one, other in zip(y, p, strict=True)]
        ),
    },
    "per_label_confusion": {"loops that give lists": _confusion_loop, "products": _confusion_by_products},
    "tune_thresholds": {
        "all at once": _tune_at_once,
        "precision and recall, as a list": _tune_by_precision_and_recall,
    },
    "train_multilabel": {
        "bias as one more row": _train_written_out,
        "label by label": _train_label_by_label,
    },
    "catches_wrong_multilabel_metric": {
        "one table by hand": _catches_by_hand,
        "three tables": _catches_by_pieces,
        "compared with scikit-learn": _catches_with_sklearn,
    },
}

WRONG: dict[str, list[Wrong]] = {
    "multilabel_bce": [
        Wrong("logarithms of probabilities", _bce_of_probabilities, PARTLY, "overflows", "never makes a probability"),
        Wrong("clipped at 1e-7", _bce_clipped(1e-7, False), NOT_YET, SMALL, "which form needs no cap"),
        Wrong("clipped at 1e-12", _bce_clipped(1e-12, False), PARTLY, SMALL),
        Wrong("1e-9 added", _bce_clipped(1e-9, True), NOT_YET, SMALL),
        Wrong("scores up to 500", lambda z, y: known.multilabel_bce(np.clip(z, -500, 500), y), PARTLY, SMALL),
        Wrong("softmax, over all entries", _bce_softmax, NOT_YET, "softmax instead of the sigmoid"),
        Wrong("base 2", lambda z, y: known.multilabel_bce(z, y) / np.log(2), WRONG_, tells="differs"),
        Wrong("changes the scores", _in_place(known.multilabel_bce), WRONG_, tells="changes argument 1 in place"),
        Wrong("a word", lambda z, y: str(known.multilabel_bce(z, y)), WRONG_, tells="it is a str, not numbers"),
    ],
    "multilabel_bce_delta": [
        Wrong("measured by steps", _delta_measured, NOT_YET, "measured", "the derivation gives them exactly"),
        Wrong("powers of the scores", _delta_overflowing, PARTLY, "overflows", "only takes powers below 1"),
        Wrong("transposed", lambda z, y: known.multilabel_bce_delta(z, y).T, WRONG_, tells="swapped"),
        Wrong("twice", lambda z, y: 2 * known.multilabel_bce_delta(z, y), WRONG_, tells="twice what it should be"),
        Wrong("changes the targets", _in_place(known.multilabel_bce_delta, 1), WRONG_, tells="changes argument 2"),
    ],
    "softmax_multilabel_ce": [
        Wrong("powers of the scores", _softmax_ce_overflowing, PARTLY, "overflows", "which earlier answer"),
        Wrong("one largest score for all rows", _softmax_ce_one_shift, PARTLY, "overflows", "which earlier answer"),
        Wrong("1e-9 added", _softmax_ce_added, NOT_YET, "a small constant inside the logarithm"),
        Wrong("the sigmoid loss", known.multilabel_bce, NOT_YET, "sigmoid instead of softmax"),
        Wrong(
            "less its floor",
            lambda z, y: known.softmax_multilabel_ce(z, y) - np.mean(y.sum(1) * np.log(np.maximum(y.sum(1), 1))),
            WRONG_,
            tells="differs",
        ),
        Wrong("changes the scores", _in_place(known.softmax_multilabel_ce), WRONG_, tells="changes argument 1"),
    ],
    "predict_labels": [
        Wrong("the two largest", _predict_top_two, NOT_YET, "a fixed number of labels", "same number"),
        Wrong("the largest", lambda z, t: np.eye(z.shape[1])[z.argmax(axis=1)], NOT_YET, "a fixed number of labels"),
        Wrong(
            "the mean threshold",
            lambda z, t: known.predict_labels(z, float(np.mean(t))),
            PARTLY,
            "one threshold for all",
            "with which one is each column compared",
        ),
        Wrong("thresholds down the rows", lambda z, t: _sigmoid(z) > np.reshape(t, (-1, 1)), NOT_YET, tells="shape"),
        Wrong("label numbers", lambda z, t: [list(np.flatnonzero(r)) for r in z > 0], WRONG_, tells="not numbers"),
        Wrong("changes the scores", _in_place(known.predict_labels), WRONG_, tells="changes argument 1 in place"),
    ],
    "multilabel_scores": [
        Wrong("0/0 left alone", _scores_naive, PARTLY, "0/0 not dealt with", "what should it count"),
        Wrong("F1 of two zeros", _scores_harmonic_nan, WRONG_, "0/0 not dealt with"),
        Wrong("a tuple", _scores_as_tuple, WRONG_, tells="it should be a dict with the entries"),
        Wrong(
            "an entry is missing",
            lambda y, p, e: {"precision": known.multilabel_scores(y, p, e)["precision"]},
            WRONG_,
            tells="the entry `recall` is missing",
        ),
        Wrong("changes the truth", _in_place(known.multilabel_scores), WRONG_, tells="changes argument 1 in place"),
    ],
    "mended_jaccard": [
        Wrong("as published", _jaccard_published, PARTLY, "0/0 not dealt with", "rightly predicted empty"),
        Wrong("1e-10 below", _jaccard_plus(0.0, 1e-10), PARTLY, "a perfect empty row counts 0", "a failure"),
        Wrong("0.001 below", _jaccard_plus(0.0, 1e-3), WRONG_, "a constant to avoid 0/0", "single out"),
        Wrong("1 more above and below", _jaccard_plus(1.0, 1.0), WRONG_, "a constant to avoid 0/0"),
        Wrong("in percent", lambda y, p: 100 * known.mended_jaccard(y, p), WRONG_, tells="differs"),
        Wrong("changes the truth", _in_place(known.mended_jaccard), WRONG_, tells="changes argument 1 in place"),
    ],
    "per_label_confusion": [
        Wrong("adds 1 at positions", _confusion_by_positions, WRONG_, "every kind counted at most once", "above 1"),
        Wrong("one count", lambda y, p: (y * p).sum(axis=0), WRONG_, tells="another shape"),
        Wrong("changes the truth", _in_place(known.per_label_confusion), WRONG_, tells="changes argument 1 in place"),
    ],
    "tune_thresholds": [
        Wrong("the best in common", _tune_common, NOT_YET, "one threshold for all labels", "one by one"),
        Wrong("one half", lambda p, y, t: np.full(y.shape[1], 0.5), WRONG_, "one threshold for all labels"),
        Wrong("rows for columns", _tune_sample_wise, WRONG_, "one threshold for each sample"),
        Wrong("starts from one half", _tune_from_half, PARTLY, "none of the candidates", "also where no F1 is above 0"),
        Wrong("a single number", lambda p, y, t: t[3], WRONG_, tells="another shape"),
        Wrong("changes the candidates", _in_place(known.tune_thresholds, 2), WRONG_, tells="changes argument 3"),
    ],
    "train_multilabel": [
        Wrong("losses from probabilities", _train_naive_losses, PARTLY, "losses overflow", "rounded to 0"),
        Wrong("losses without 1/m", _train_other_losses, WRONG_, "a loss of another kind", "own loss function"),
        Wrong("weights of one", _train_from_ones, WRONG_, "does not start from zero", "not ln 2"),
        Wrong("weights alone", lambda *args: known.train_multilabel(*args)[0], WRONG_, tells="weights, bias, losses"),
        Wrong("changes the features", _in_place(known.train_multilabel), WRONG_, tells="changes argument 1 in place"),
    ],
    "catches_wrong_multilabel_metric": [
        Wrong("exact equality", _catches_exactly, NOT_YET, "accuses right implementations", "last digits"),
        Wrong("compares with shares", _catches_shares, WRONG_, "accuses right implementations", "in percent"),
        Wrong("looks at the range", _catches_range, NOT_YET, "lets everything pass", "work out by hand"),
        Wrong("forgets to call", lambda one: one, WRONG_, tells="it is a function"),
        Wrong("a word", lambda one: "wrong", WRONG_, tells="str"),
    ],
}
