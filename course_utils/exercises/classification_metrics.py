"""The exercises of lesson 08, classification metrics.

The oracles are scikit-learn, PyTorch and the standard library, and share no code with the NumPy answers. The counts
behind every drawn case differ from each other, so that a swapped denominator shows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from course_utils.judging.calls import Given
from course_utils.judging.compare import as_array
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _shuffled(rng: np.random.Generator, y_true: Any, y_pred: Any) -> tuple[Array, Array]:
    order = rng.permutation(len(y_true))
    return np.asarray(y_true)[order], np.asarray(y_pred)[order]


def _from_counts(rng: np.random.Generator, tp: int, fn: int, fp: int, tn: int) -> tuple[Array, Array]:
    """Return labels 0 and 1 in random order that have these counts, class 1 being positive."""
    return _shuffled(rng, np.repeat([1, 1, 0, 0], (tp, fn, fp, tn)), np.repeat([1, 0, 1, 0], (tp, fn, fp, tn)))


def _four_counts(rng: np.random.Generator) -> list[int]:
    """Draw TP, FN, FP, TN, all different and none 0, such that no two metrics agree."""
    while True:
        tp, fn, fp, tn = (int(n) for n in rng.choice(np.arange(1, 12), size=4, replace=False))
        m = tp + fn + fp + tn
        both = (tp / (tp + fn), tp / (tp + fp), tn / (tn + fp), tn / (tn + fn), (tp + tn) / m, tp / m)
        if len({*both, *(1 - share for share in both)}) == 12:
            return [tp, fn, fp, tn]


def _matrix(rng: np.random.Generator, missing: str = "") -> Array:
    """Draw a confusion matrix: uneven, not symmetric; one class may be missing in the truth, the calls or both."""
    while True:
        c = int(rng.integers(3, 6))
        counts = rng.integers(1, 9, size=(c, c)) + np.diag(rng.integers(1, 6, size=c))
        counts[rng.integers(c), rng.integers(c)] += 3
        gone = int(rng.integers(c))
        if missing in ("truth", "both"):
            counts[gone] = 0
        if missing in ("calls", "both"):
            counts[:, gone] = 0
        rows, columns = counts.sum(axis=1), counts.sum(axis=0)
        if len({*rows}) == c and len({*columns}) == c and not (rows == columns)[rows > 0].any():
            return counts


def _labels_of(counts: Array) -> tuple[Array, Array]:
    c = len(counts)
    true, called = np.divmod(np.repeat(np.arange(c * c), counts.ravel()), c)
    return true, called


def _count(y: Array, p: Array, c: int) -> Array:
    """Confusion matrix for the slips below."""
    return np.bincount(y * c + p, minlength=c * c).reshape(c, c)


def _safe(top: Any, bottom: Any) -> Array:
    return np.divide(top, bottom, out=np.zeros(np.shape(top)), where=np.asarray(bottom) > 0)


def _prf(counts: Array) -> Array:
    """Per-class numbers for the slips below."""
    tp, called, true = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return np.stack([_safe(tp, called), _safe(tp, true), _safe(2 * tp, called + true)], axis=1)


# --- accuracy ------------------------------------------------------------------------------------


def _many_classes(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw labels of several classes, with misses that lie one and more numbers apart."""
    while True:
        c = int(rng.integers(3, 6))
        true = rng.integers(0, c, size=rng.integers(11, 18))
        called = np.where(rng.random(len(true)) < 0.6, true, rng.integers(0, c, size=len(true)))
        hits, ones = true == called, (true == 1) & (called == 1)
        two, amounts = hits & (true < 2), 1 - np.abs(true - called).mean()
        slips = {1 - hits.mean(), ones.mean(), two.mean(), amounts, hits.sum() / max((true == 1).sum(), 1)}
        if len({hits.mean(), *slips}) == 6:
            return true, called


def _accuracy_oracle(y_true: Array, y_pred: Array) -> float:
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(y_true, y_pred))


ACCURACY = Exercise(
    "accuracy",
    groups=(
        Group("two classes", lambda rng: _from_counts(rng, *_four_counts(rng)), weight=2),
        Group("several classes", _many_classes, weight=2),
    ),
    oracle=_accuracy_oracle,
    laws=(Law("a perfect prediction has an accuracy of 1", lambda ask, y, p: all_close(ask(y, y), 1.0)),),
    mistakes=(
        Mistake(
            "count instead of share",
            "These are the hits; what share of all samples are they?",
            lambda y, p: int((y == p).sum()),
        ),
        Mistake(
            "one answer for each sample",
            "These are the single hits; what one number sums them up?",
            lambda y, p: y == p,
        ),
        Mistake(
            "percent",
            "A share lies between 0 and 1: is it given in percent here?",
            lambda y, p: 100 * (y == p).mean(),
        ),
        Mistake(
            "share of the misses",
            "This is the share of the mistakes; the accuracy is what is left.",
            lambda y, p: (y != p).mean(),
        ),
        Mistake(
            "hits of class 1 only",
            "A sample of another class that is called right is a hit as well.",
            lambda y, p: ((y == 1) & (p == 1)).mean(),
        ),
        Mistake(
            "hits of classes 0 and 1 only",
            "A hit is a hit in every class: how do you ask whether two labels agree, whatever they are?",
            lambda y, p: ((y == p) & (y < 2)).mean(),
        ),
        Mistake(
            "labels as amounts",
            "A class number is a name: calling class 2 class 0 is one mistake, not two.",
            lambda y, p: 1 - np.abs(y - p).mean(),
        ),
        Mistake(
            "divides by one class",
            "The accuracy is a share of all samples: how many are there?",
            lambda y, p: (y == p).sum() / (y == 1).sum(),
        ),
        Mistake(
            "everything or nothing",
            "That asks whether all labels agree; how many of them do?",
            lambda y, p: float(np.array_equal(y, p)),
        ),
    ),
)

# --- confusion -----------------------------------------------------------------------------------


def _draw_confusion(rng: np.random.Generator, absent: bool = False) -> tuple[Array, Array, int]:
    """Draw labels of an uneven, unsymmetric confusion matrix; `absent` adds classes that nobody meets."""
    true, called = _shuffled(rng, *_labels_of(_matrix(rng)))
    keep = slice(0, max(8, len(true) // 2))
    y_true, y_pred = true[keep], called[keep]
    c = int(max(true.max(), called.max())) + 1
    y_true[:3], y_pred[:3] = (c - 1, c - 1, 0), (0, 0, 0)  # one pair twice: a cell that is written once is too small
    y_true, y_pred = _shuffled(rng, y_true, y_pred)
    if absent:
        return np.where(y_true == 1, 0, y_true), y_pred, c + 1
    return y_true, y_pred, c


def _confusion_oracle(y_true: Array, y_pred: Array, n_classes: int) -> Array:
    from sklearn.metrics import confusion_matrix

    return np.asarray(confusion_matrix(y_true, y_pred, labels=range(n_classes)))


def _counted_once(y: Array, p: Array, c: int) -> Array:
    counts = np.zeros((c, c), dtype=int)
    counts[y, p] += 1
    return counts


def _shares(value: Any, y: Array, p: Array, c: int) -> bool:
    counts = _count(y, p, c)
    divisors = (len(y), counts.sum(axis=1, keepdims=True), counts.sum(axis=0), np.maximum(counts.sum(1), 1)[:, None])
    return any(np.allclose(value, counts / d, equal_nan=True) for d in (*divisors, np.maximum(counts.sum(0), 1)))


def _fewer_classes(value: Any, y: Array, p: Array, c: int) -> bool:
    seen = np.unique(np.concatenate([y, p]))
    found, counts = np.asarray(value), _count(y, p, c)
    kept = [
        np.ix_(seen, seen),
        np.ix_(np.unique(y), np.unique(y)),
        np.ix_(range(seen.max() + 1), range(seen.max() + 1)),
    ]
    return len(found) < c and any(np.array_equal(found, counts[part]) for part in kept)


CONFUSION = Exercise(
    "confusion",
    groups=(
        Group("classes that all occur", _draw_confusion, weight=3),
        Group("classes that do not occur", lambda rng: _draw_confusion(rng, absent=True), weight=2),
    ),
    oracle=_confusion_oracle,
    laws=(
        Law(
            "row i adds up to the number of samples of class i",
            lambda ask, y, p, c: all_close(np.sum(ask(y, p, c), axis=1), np.bincount(y, minlength=c)),
        ),
    ),
    mistakes=(
        Mistake(
            "rows and columns swapped",
            "The true class chooses the row and the predicted class the column: which comes first in your index?",
            lambda y, p, c: _count(p, y, c),
        ),
        Mistake(
            "each pair counted once",
            "Adding 1 at a list of places adds once to a place that stands in the list twice: count every sample.",
            _counted_once,
        ),
        Mistake(
            "one row shared by all",
            "All rows came out the same: are they one and the same list, so that writing into one changes all?",
            lambda y, p, c: np.tile(np.bincount(p, minlength=c), (c, 1)),
        ),
        Mistake(
            "only the hits",
            "The diagonal holds the hits; where do the mistakes go?",
            lambda y, p, c: np.diag(np.diag(_count(y, p, c))),
        ),
        Mistake(
            "shares instead of counts",
            "The cells hold counts: is something divided that should not be?",
            matches=lambda value, case: _shares(value, *case.args),
        ),
        Mistake(
            "only the classes that occur",
            "A batch need not contain every class: where does the number of rows and columns come from?",
            matches=lambda value, case: _fewer_classes(value, *case.args),
        ),
        Mistake(
            "classes in the opposite order",
            "Class 0 comes first in the rows and in the columns: in which order do yours stand?",
            lambda y, p, c: _count(y, p, c)[::-1, ::-1],
        ),
        Mistake(
            "one row and column too many",
            "Class numbers run from 0 to one below the number of classes: how many rows are needed?",
            lambda y, p, c: _count(y, p, c + 1),
        ),
        Mistake(
            "one count for each class",
            "A count for each pair of a true and a predicted class is asked for: how many pairs are there?",
            lambda y, p, c: np.diag(_count(y, p, c)),
        ),
    ),
)

# --- precision_recall ----------------------------------------------------------------------------


def _draw_pair(rng: np.random.Generator) -> tuple[Any, ...]:
    y_true, y_pred = _from_counts(rng, *_four_counts(rng))
    return y_true, y_pred, int(rng.integers(0, 2)), 0.0


def _draw_one_of_many(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw labels of several classes: the class in question is not 1, and its four counts all differ."""
    while True:
        y_true, y_pred = _shuffled(rng, *_labels_of(_matrix(rng)))
        positive = int(rng.choice([0, 2]))
        tp, fn, fp, tn = _counts(y_true, y_pred, positive)
        if len({tp, fn, fp, tn}) == 4 and tp + fn != tp + fp:
            return y_true, y_pred, positive, 0.0


def _draw_empty(rng: np.random.Generator, nothing: str) -> tuple[Any, ...]:
    """Draw labels where nothing is called positive, nothing is positive, or nothing is found; class 2 is the one."""
    others = (0, 1, 3)
    size = int(rng.integers(7, 12))
    y_true, y_pred = rng.choice(others, size=size), rng.choice(others, size=size)
    if nothing != "positive":
        y_true[:2] = 2
    if nothing != "called":
        y_pred[2:5] = 2
    return *_shuffled(rng, y_true, y_pred), 2, float(rng.choice([1.0, 0.5]))


def _counts(y: Array, p: Array, positive: int) -> tuple[int, int, int, int]:
    is_true, called = y == positive, p == positive
    return tuple(
        int(np.sum(both)) for both in (is_true & called, is_true & ~called, ~is_true & called, ~is_true & ~called)
    )  # type: ignore[return-value]


def _pr_oracle(y_true: Array, y_pred: Array, positive: int, zero_division: float) -> tuple[float, float]:
    import torch

    is_true, called = torch.tensor(y_true).eq(positive), torch.tensor(y_pred).eq(positive)
    # the mean over no sample at all is NaN, which is where 0/0 stands
    shares = [is_true[called].double().mean().item(), called[is_true].double().mean().item()]
    precision, recall = (zero_division if np.isnan(share) else share for share in shares)
    return precision, recall


def _pr_slip(slip: Callable[..., tuple[float, float]]) -> Any:
    """Return the slip as an answer, from the four counts and what stands for 0/0."""

    def answer(y: Array, p: Array, positive: int, zero_division: float) -> tuple[float, float]:
        with np.errstate(all="ignore"):
            return slip(*(np.float64(count) for count in _counts(y, p, positive)), zero_division)

    return answer


def _over(top: Any, bottom: Any, empty: float) -> float:
    return float(top / bottom) if bottom else empty


def _pr(y: Array, p: Array, positive: int, empty: float) -> tuple[float, float]:
    tp, fn, fp, _ = _counts(y, p, positive)
    return _over(tp, tp + fp, empty), _over(tp, tp + fn, empty)


def _with_a_small_constant(value: Any, y: Array, p: Array, positive: int, zero_division: float) -> bool:
    tp, fn, fp, _ = _counts(y, p, positive)
    found = as_array(value)
    if found is None or found.shape != (2,):
        return False
    wanted = np.array([_over(tp, tp + fp, 0.0), _over(tp, tp + fn, 0.0)])
    return bool(np.abs(found - wanted).max() < 1e-3)


PRECISION_RECALL = Exercise(
    "precision_recall",
    groups=(
        Group("two classes", _draw_pair, weight=2, count=3),
        Group("several classes", _draw_one_of_many, weight=2),
        Group("samples of which none is called positive", lambda rng: _draw_empty(rng, "called"), edge=True),
        Group("samples of which none is positive", lambda rng: _draw_empty(rng, "positive"), edge=True),
        Group("positives of which none is found", lambda rng: _draw_empty(rng, "found"), edge=True),
    ),
    oracle=_pr_oracle,
    laws=(
        Law(
            "swapping true and predicted labels swaps precision and recall",
            lambda ask, y, p, positive, empty: all_close(ask(p, y, positive, empty), ask(y, p, positive, empty)[::-1]),
        ),
    ),
    mistakes=(
        Mistake(
            "precision and recall swapped",
            "Precision asks about the samples that were *called* positive, recall about those that *are*: which is "
            "which?",
            _pr_slip(lambda tp, fn, fp, tn, e: (_over(tp, tp + fn, e), _over(tp, tp + fp, e))),
        ),
        Mistake(
            "divides 0 by 0",
            "With nothing called positive, or nothing positive, a denominator is 0: what does the docstring want then?",
            _pr_slip(lambda tp, fn, fp, tn, e: (tp / (tp + fp), tp / (tp + fn))),
        ),
        Mistake(
            "ignores zero_division",
            "0/0 is to give `zero_division`, whatever number that is: does 0 or something fixed come out?",
            matches=lambda value, case: _ignores_zero_division(value, *case.args),
        ),
        Mistake(
            "zero_division for both at once",
            "Only one of the two denominators is 0 here: the other fraction has a value of its own.",
            _pr_slip(
                lambda tp, fn, fp, tn, e: (tp / (tp + fp), tp / (tp + fn)) if tp + fp and tp + fn else (e, e),
            ),
        ),
        Mistake(
            "zero_division for every 0",
            "A precision of 0 out of 3 is an honest 0: only a denominator of 0 is undefined.",
            _pr_slip(lambda tp, fn, fp, tn, e: (tp / (tp + fp) if tp else e, tp / (tp + fn) if tp else e)),
        ),
        Mistake(
            "class 1 whatever is asked",
            "The caller says which class is positive: does your answer listen to it?",
            lambda y, p, positive, e: _pr(y, p, 1, e),
        ),
        Mistake(
            "the other classes",
            "These are the numbers of the samples that are *not* of the class in question.",
            _pr_slip(lambda tp, fn, fp, tn, e: (_over(tn, tn + fn, e), _over(tn, tn + fp, e))),
        ),
        Mistake(
            "divides by all samples",
            "Each of the two has a denominator of its own: the samples called positive, and the positive ones.",
            _pr_slip(lambda tp, fn, fp, tn, e: (tp / (tp + fn + fp + tn),) * 2),
        ),
        Mistake(
            "accuracy twice",
            "That is the accuracy, which counts all hits: precision and recall look at one class.",
            _pr_slip(lambda tp, fn, fp, tn, e: ((tp + tn) / (tp + fn + fp + tn),) * 2),
        ),
        Mistake(
            "one number of two",
            "Two numbers are asked for, precision first: does your answer give both?",
            matches=lambda value, case: np.ndim(value) == 0 and as_array(value) is not None,
        ),
        Mistake(
            "a small constant in the denominator",
            "A constant hides 0/0 and bends every other number: ask whether the denominator is 0 instead.",
            matches=lambda value, case: _with_a_small_constant(value, *case.args),
        ),
    ),
)


def _ignores_zero_division(value: Any, y: Array, p: Array, positive: int, zero_division: float) -> bool:
    """Say whether one fixed number stands where 0/0 is, and all else is right."""
    return any(all_close(value, _pr(y, p, positive, fixed)) for fixed in (0.0, 1.0, 0.5) if fixed != zero_division)


# --- catches_wrong_recall ------------------------------------------------------------------------

RIGHT_ONES = ("recall_by_counting", "recall_by_adding_shares", "recall_by_misses")
WRONG_ONES = {
    "the precision": "recall_divided_by_calls",
    "the accuracy": "recall_of_either_class",
    "the F1 score": "recall_mixed_with_precision",
    "a division by all samples": "recall_divided_by_all",
    "the recall of class 0": "recall_of_the_other_class",
    "the share of the misses": "recall_of_the_misses",
    "0 divided by 0 when nothing is positive": "recall_without_a_guard",
    "100 when nothing is positive": "recall_at_full_marks_for_nothing",
}


def _given(name: str) -> Given:
    return Given(f"classification_metrics.{name}")


# TP 3, FN 4, FP 2, TN 6, and then special ones
_ORDINARY = (np.repeat([1, 0], [7, 8]), np.repeat([1, 0, 1, 0], [3, 4, 2, 6]))
_PERFECT = (_ORDINARY[0], _ORDINARY[0])
_AS_MANY_CALLED = (np.array([1, 1, 1, 0, 0, 0, 0, 0]), np.array([1, 1, 0, 1, 0, 0, 0, 0]))
_HALF_FOUND = (np.array([1, 1, 1, 1, 0, 0, 0, 0]), np.array([1, 1, 0, 0, 1, 1, 1, 0]))
_NO_POSITIVE = (np.zeros(5, dtype=int), np.array([0, 1, 0, 0, 1]))
_NOTHING_AT_ALL = (np.zeros(5, dtype=int), np.zeros(5, dtype=int))


def _catches_oracle(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not all(
            np.isclose(implementation(y, p), 100 * _pr_oracle(y, p, 1, 0.0)[1])
            for y, p in (_ORDINARY, _NO_POSITIVE, _NOTHING_AT_ALL)
        )


def _differs(implementation: Any, *pairs: tuple[Array, Array]) -> bool:
    with np.errstate(all="ignore"):
        return not all(np.isclose(implementation(y, p), 100 * _pr(y, p, 1, 0.0)[1]) for y, p in pairs)


def _is_far_off(implementation: Any, *pairs: tuple[Array, Array]) -> bool:
    with np.errstate(all="ignore"):
        return any(abs(implementation(y, p) - 100 * _pr(y, p, 1, 0.0)[1]) > 1e-6 for y, p in pairs)


def _leaves_the_range(implementation: Any) -> bool:
    with np.errstate(all="ignore"):
        return not all(0 <= implementation(y, p) <= 100 for y, p in (_ORDINARY, _PERFECT, _NO_POSITIVE))


CATCHES_WRONG_RECALL = Exercise(
    "catches_wrong_recall",
    groups=(
        Group("right implementations", lambda rng: (_given(str(rng.choice(RIGHT_ONES))),), weight=3, count=4),
        *(Group(kind, partial(lambda name, rng: (_given(name),), name), count=1) for kind, name in WRONG_ONES.items()),
    ),
    oracle=_catches_oracle,
    # Saying the same of all implementations is no test, so it earns nothing on either side.
    laws=(
        Law(
            "some wrong implementation is caught",
            lambda ask, one: any(ask(_given(name)) for name in WRONG_ONES.values()),
            groups=("right implementations",),
            hint="Everything passes: on which labels would a precision or an accuracy give another number?",
        ),
        Law(
            "no right implementation is accused",
            lambda ask, one: not any(ask(_given(name)) for name in RIGHT_ONES),
            groups=tuple(WRONG_ONES),
            hint="A right one is accused as well: recalls in percent agree only up to their last digits.",
        ),
    ),
    mistakes=(
        Mistake(
            "never without a positive",
            "What should come out when no sample is positive? Try that case too.",
            lambda one: _differs(one, _ORDINARY),
        ),
        Mistake(
            "as many called as are positive",
            "Where as many samples are called positive as are, precision equals recall: choose uneven mistakes.",
            lambda one: _differs(one, _AS_MANY_CALLED, _NO_POSITIVE, _NOTHING_AT_ALL),
        ),
        Mistake(
            "as many called as are positive, and some always are",
            "Precision equals recall on labels with equal numbers: choose uneven mistakes, and try no positive at all.",
            lambda one: _differs(one, _AS_MANY_CALLED),
        ),
        Mistake(
            "as many found as missed",
            "Where half of the positives are found, half are missed: which slip stays hidden behind a recall of 50?",
            lambda one: _differs(one, _HALF_FOUND, _NO_POSITIVE, _NOTHING_AT_ALL),
        ),
        Mistake(
            "only perfect predictions",
            "On a perfect prediction nearly every metric gives the same number: which labels tell them apart?",
            lambda one: _differs(one, _PERFECT),
        ),
        Mistake(
            "looks at the range only",
            "A precision lies between 0 and 100 too: compare with a recall you have worked out by hand.",
            _leaves_the_range,
        ),
        Mistake(
            "does not see NaN",
            "A comparison with NaN is False, also “is it far from 0?”: what does your test say when NaN comes out?",
            lambda one: _is_far_off(one, _ORDINARY, _NO_POSITIVE, _NOTHING_AT_ALL),
        ),
        Mistake(
            "lets everything pass",
            "Wrong ones pass: try labels on which you know the recall, and compare with it.",
            matches=lambda value, case: value is False,
        ),
        Mistake(
            "accuses right implementations",
            "A right one is accused: how close is close, and what is due when no sample is positive?",
            matches=lambda value, case: value is True,
        ),
        Mistake(
            "verdict upside down",
            "True stands for wrong here: which of the two verdicts does your function give?",
            lambda one: not _differs(one, _ORDINARY, _NO_POSITIVE, _NOTHING_AT_ALL),
        ),
    ),
)

# --- fbeta ---------------------------------------------------------------------------------------


def _draw_fbeta(rng: np.random.Generator, beta: float | None = None) -> tuple[float, float, float]:
    """Draw precision and recall well apart, and a beta well away from 1."""
    low, high = rng.uniform(0.1, 0.4), rng.uniform(0.55, 0.95)
    both = (low, high) if rng.random() < 0.5 else (high, low)
    drawn = rng.choice([rng.uniform(0.3, 0.7), rng.uniform(1.5, 3.0)]) if beta is None else beta
    return float(both[0]), float(both[1]), float(drawn)


def _fbeta_oracle(precision: float, recall: float, beta: float) -> float:
    from statistics import harmonic_mean

    return float(harmonic_mean([precision, recall], weights=[1.0, beta**2]))


FBETA = Exercise(
    "fbeta",
    groups=(
        Group("typical values", _draw_fbeta, weight=3, count=5),
        Group("beta 1", lambda rng: _draw_fbeta(rng, 1.0)),
        Group("a precision or a recall of 0", lambda rng: (float(rng.random()), 0.0, 2.0), edge=True),
        Group("both 0", lambda rng: (0.0, 0.0, float(rng.uniform(0.5, 2))), count=1, edge=True),
    ),
    oracle=_fbeta_oracle,
    laws=(
        Law(
            "where precision and recall are equal, F is that number",
            lambda ask, p, r, beta: all_close(ask(0.4, 0.4, beta), 0.4),
        ),
        Law(
            "swapping precision and recall and turning beta into 1 / beta changes nothing",
            lambda ask, p, r, beta: all_close(ask(r, p, 1 / beta), ask(p, r, beta)),
            groups=("typical values", "beta 1"),
        ),
    ),
    computation="elementwise",
    mistakes=(
        Mistake(
            "beta on the other one",
            "A large beta should bring F close to the recall: which of the two does your beta multiply below?",
            lambda p, r, b: (1 + b**2) * p * r / (p + b**2 * r) if p + r else 0.0,
        ),
        Mistake(
            "beta not squared",
            "Follow the weight of the recall through the derivation: it is not beta itself.",
            lambda p, r, b: (1 + b) * p * r / (b * p + r) if p + r else 0.0,
        ),
        Mistake(
            "squared in one place",
            "The weight of the recall stands in two places: is it the same in both?",
            matches=lambda value, case: _squared_once(value, *case.args),
        ),
        Mistake(
            "beta left out",
            "That is F1, where both weigh the same: where does beta come in?",
            lambda p, r, b: 2 * p * r / (p + r) if p + r else 0.0,
        ),
        Mistake(
            "2 for the sum of the weights",
            "The weights are 1 and beta squared: what do they add up to?",
            lambda p, r, b: 2 * p * r / (b**2 * p + r) if p + r else 0.0,
        ),
        Mistake(
            "forgot the factor in front",
            "With precision and recall both 1, F should be 1: what is missing in front?",
            lambda p, r, b: p * r / (b**2 * p + r) if p + r else 0.0,
        ),
        Mistake(
            "arithmetic mean",
            "The harmonic mean averages the reciprocals 1/P and 1/R, so that a single low number pulls it down.",
            lambda p, r, b: (p + b**2 * r) / (1 + b**2),
        ),
        Mistake(
            "harmonic mean not turned over",
            "This is the mean of the reciprocals: turn it over once more.",
            lambda p, r, b: (1 / np.float64(p) + b**2 / np.float64(r)) / (1 + b**2),
        ),
        Mistake(
            "divides 0 by 0",
            "Precision and recall can both be 0: what does the docstring want then?",
            lambda p, r, b: np.divide((1 + b**2) * p * r, np.float64(b**2 * p + r)),
        ),
        Mistake(
            "1 when both are 0",
            "A model that finds nothing has earned nothing: what does the docstring want when both are 0?",
            lambda p, r, b: _fbeta_oracle(p, r, b) if p + r else 1.0,
        ),
    ),
)


def _squared_once(value: Any, p: float, r: float, b: float) -> bool:
    slips = ((1 + b) * p * r / (b**2 * p + r), (1 + b**2) * p * r / (b * p + r))
    return any(all_close(value, slip) for slip in slips)


# --- threshold_sweep -----------------------------------------------------------------------------


def _draw_sweep(rng: np.random.Generator, kind: str = "distinct") -> tuple[Array, Array]:
    """Draw labels and scores that overlap, in no order; the highest score belongs to one positive, or to two."""
    while True:
        m = int(rng.integers(11, 18))
        y_true = (rng.random(m) < 0.45).astype(int)
        scores = rng.normal(loc=1.2 * y_true, size=m)
        if kind == "probabilities":
            scores = 1 / (1 + np.exp(-scores))
        if kind == "tied":
            scores = np.round(scores * 1.5) / 2
        if not 3 <= y_true.sum() <= m - 3 or np.median(scores[y_true == 1]) <= np.median(scores[y_true == 0]):
            continue
        top = scores == scores.max()
        if y_true[top].all() and top.sum() == (2 if kind == "tied" else 1):
            return y_true, scores


def _sweep_oracle(y_true: Array, scores: Array) -> dict[str, Any]:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(y_true, scores)
    # scikit-learn goes up and adds a last point (recall 0, precision 1) that no threshold has
    return {
        "thresholds": thresholds[::-1],
        "precision": precision[-2::-1],
        "recall": recall[-2::-1],
        "average_precision": float(average_precision_score(y_true, scores)),
    }


def _sweep_slip(
    thresholds: Callable[[Array], Array] = lambda s: np.unique(s)[::-1],
    reaches: Callable[[Array, Array], Array] = np.greater_equal,
    precision: Callable[..., Array] = lambda tp, called, y: tp / called,
    recall: Callable[..., Array] = lambda tp, called, y: tp / y.sum(),
    area: Callable[[Array, Array], float] = lambda p, r: float(np.diff(r, prepend=0.0) @ p),
) -> Any:
    """Return a sweep in which one step is done another way."""

    def answer(y: Array, s: Array) -> dict[str, Any]:
        t = thresholds(s)
        called = reaches(s[None, :], t[:, None])
        tp = (called & (y == 1)).sum(axis=1)
        p, r = precision(tp, called.sum(axis=1), y), recall(tp, called.sum(axis=1), y)
        return {"thresholds": t, "precision": p, "recall": r, "average_precision": area(p, r)}

    return answer


def _one_point_more(value: Any, y: Array, s: Array) -> bool:
    return any(len(value[key]) == len(np.unique(s)) + 1 for key in ("thresholds", "precision", "recall"))


def _on_a_grid(value: Any, y: Array, s: Array) -> bool:
    found = as_array(value.get("thresholds") if isinstance(value, dict) else None)
    if found is None or found.ndim != 1 or len(found) < 3:
        return False
    steps = np.diff(found)
    return bool(np.allclose(steps, steps[0]) and not np.isin(found, s).all())


def _trapezoid(p: Array, r: Array, first: float | None = None) -> float:
    start = p[0] if first is None else first
    return float(np.trapezoid(np.concatenate([[start], p]), np.concatenate([[0.0], r])))


THRESHOLD_SWEEP = Exercise(
    "threshold_sweep",
    groups=(
        Group("probabilities", lambda rng: _draw_sweep(rng, "probabilities"), weight=2),
        Group("scores below and above 0", _draw_sweep, weight=2),
        Group("scores that several samples share", lambda rng: _draw_sweep(rng, "tied"), weight=2),
    ),
    oracle=_sweep_oracle,
    laws=(
        Law(
            "stretching, squeezing and shifting all scores changes no precision and no recall",
            lambda ask, y, s: all(
                all_close(ask(y, changed)[key], ask(y, s)[key])
                for changed in (3 * s + 7, s * 2.0**-40)
                for key in ("precision", "recall")
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "only scores above the threshold",
            "A sample that sits exactly at the threshold is called positive: is yours?",
            _sweep_slip(reaches=np.greater),
        ),
        Mistake(
            "only scores above the threshold, and 0/0 caught",
            "A sample that sits exactly at the threshold is called positive: is yours?",
            _sweep_slip(reaches=np.greater, precision=lambda tp, called, y: tp / np.maximum(called, 1)),
        ),
        Mistake(
            "calls the low scores positive",
            "A large score speaks for the positive class: which side of the threshold is called positive?",
            _sweep_slip(reaches=np.less),
        ),
        Mistake(
            "smallest threshold first",
            "Start strict and give way: the largest score is the first threshold.",
            _sweep_slip(thresholds=np.unique),
        ),
        Mistake(
            "a threshold for each sample",
            "Samples with the same score pass together: how many different thresholds are there?",
            _sweep_slip(thresholds=lambda s: np.sort(s)[::-1]),
        ),
        Mistake(
            "thresholds in the order of the samples",
            "The thresholds are to fall from step to step: in which order do the scores come?",
            _sweep_slip(thresholds=lambda s: s.copy()),
        ),
        Mistake(
            "thresholds on a grid",
            "Nothing changes between two neighbouring scores: which thresholds can make a difference?",
            matches=lambda value, case: _on_a_grid(value, *case.args),
        ),
        Mistake(
            "a point without a threshold",
            "Every point of the curve belongs to one of the scores that occur: is there a point more than scores?",
            matches=lambda value, case: _one_point_more(value, *case.args),
        ),
        Mistake(
            "precision out of all samples",
            "Precision is a share of the samples called positive at this threshold: how many are those?",
            _sweep_slip(precision=lambda tp, called, y: tp / len(y)),
        ),
        Mistake(
            "recall out of all samples",
            "Recall is a share of the positive samples: how many are there in all?",
            _sweep_slip(recall=lambda tp, called, y: tp / len(y)),
        ),
        Mistake(
            "precision and recall swapped",
            "Precision is a share of the samples called positive, recall a share of the positive samples.",
            _sweep_slip(
                precision=lambda tp, called, y: tp / y.sum(),
                recall=lambda tp, called, y: tp / called,
            ),
        ),
        Mistake(
            "area by trapezoids",
            "The curve is a staircase: a slanted line between two thresholds promises what no threshold keeps.",
            matches=lambda value, case: _area_is(
                value, case, lambda p, r: [_trapezoid(p, r), _trapezoid(p, r, 1.0), float(np.trapezoid(p, r))]
            ),
        ),
        Mistake(
            "plain mean of the precisions",
            "A precision counts as much as the recall has risen since the threshold before, also when that is nothing.",
            matches=lambda value, case: _area_is(
                value, case, lambda p, r: [p.mean(), float(p[np.diff(r, prepend=0.0) > 0].mean())]
            ),
        ),
        Mistake(
            "the first rise left out",
            "Before the first threshold the recall is 0: is the first rise counted?",
            matches=lambda value, case: _area_is(value, case, lambda p, r: [float(np.diff(r) @ p[1:])]),
        ),
        Mistake(
            "the precision before the rise",
            "The rise in recall up to a threshold goes with the precision *at* that threshold.",
            matches=lambda value, case: _area_is(
                value, case, lambda p, r: [float(np.diff(r) @ p[:-1]), float(np.diff(r) @ p[:-1] + r[0])]
            ),
        ),
        Mistake(
            "the best precision further on",
            "That lifts the curve to the best precision further on; here each step keeps the precision it has.",
            matches=lambda value, case: _area_is(
                value, case, lambda p, r: [float(np.diff(r, prepend=0.0) @ np.maximum.accumulate(p[::-1])[::-1])]
            ),
        ),
        Mistake(
            "weighted with the recall itself",
            "Each precision is weighted with the *rise* in recall, not with the recall.",
            matches=lambda value, case: _area_is(value, case, lambda p, r: [float(p @ r), float(p @ r / r.sum())]),
        ),
    ),
)


def _area_is(value: Any, case: Case, slips: Callable[[Array, Array], list[float]]) -> bool:
    """Say whether the curve is right and the area below it is what a slip gives."""
    wanted = _sweep_oracle(*case.args)
    curve = all(all_close(value[key], wanted[key]) for key in ("thresholds", "precision", "recall"))
    areas = slips(wanted["precision"], wanted["recall"])
    return curve and any(all_close(value["average_precision"], area) for area in areas)


# --- per_class_prf -------------------------------------------------------------------------------


def _prf_oracle(counts: Array) -> Array:
    from sklearn.metrics import precision_recall_fscore_support

    true, called = _labels_of(counts)
    how: dict[str, Any] = {"labels": range(len(counts)), "zero_division": 0}
    return np.stack(precision_recall_fscore_support(true, called, **how)[:3], axis=1)


def _prf_slip(slip: Callable[[Array, Array, Array], tuple[Array, Array, Array]]) -> Any:
    """Return the slip as an answer, from the diagonal, the column sums and the row sums."""

    def answer(counts: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.stack(slip(np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)), axis=1)

    return answer


PER_CLASS_PRF = Exercise(
    "per_class_prf",
    groups=(
        Group("classes that all occur", lambda rng: (_matrix(rng),), weight=3, edge=True),
        Group("a class that is never predicted", lambda rng: (_matrix(rng, "calls"),), edge=True),
        Group("a class without samples", lambda rng: (_matrix(rng, "truth"),), edge=True),
        Group("a class that is neither", lambda rng: (_matrix(rng, "both"),), edge=True),
    ),
    oracle=_prf_oracle,
    laws=(
        Law(
            "transposing the matrix swaps precision and recall and leaves F1 as it is",
            lambda ask, counts: all_close(ask(counts.T), np.asarray(ask(counts))[:, [1, 0, 2]]),
        ),
    ),
    mistakes=(
        Mistake(
            "precision and recall swapped",
            "A column holds what was called this class, a row what truly is: which sum belongs to precision?",
            _prf_slip(lambda tp, col, row: (_safe(tp, row), _safe(tp, col), _safe(2 * tp, row + col))),
        ),
        Mistake(
            "divides 0 by 0",
            "A class may never be predicted or never occur: what is 0/0 to give?",
            matches=lambda value, case: _nan_where_empty(value, *case.args),
        ),
        Mistake(
            "arithmetic mean for F1",
            "F1 is the harmonic mean: it stays close to the smaller of the two.",
            _prf_slip(lambda tp, col, row: (_safe(tp, col), _safe(tp, row), (_safe(tp, col) + _safe(tp, row)) / 2)),
        ),
        Mistake(
            "at least 1 under the fraction of F1",
            "P + R is often below 1: a guard made for counts changes more than 0/0 there.",
            _prf_slip(lambda tp, col, row: _f1_over_at_least_1(_safe(tp, col), _safe(tp, row))),
        ),
        Mistake(
            "F1 without the 2",
            "With precision and recall both 1, F1 should be 1: is a factor missing?",
            _prf_slip(lambda tp, col, row: (_safe(tp, col), _safe(tp, row), _safe(tp, row + col))),
        ),
        Mistake(
            "divides by all samples",
            "Each class has denominators of its own: the sum of its column and of its row.",
            _prf_slip(lambda tp, col, row: (tp / row.sum(), tp / row.sum(), tp / row.sum())),
        ),
        Mistake(
            "metrics in rows",
            "Each class gets a row of its own, and each metric a column.",
            lambda counts: _prf(counts).T,
        ),
        Mistake(
            "without the hits in the denominator",
            "All samples called this class are in the denominator, also those that were called so rightly.",
            matches=lambda value, case: _without_hits(value, *case.args),
        ),
        Mistake(
            "classes without samples left out",
            "Every class has its row, also one that never occurs: how many rows are asked for?",
            matches=lambda value, case: np.shape(value)[1:] == (3,) and len(value) < len(case.args[0]),
        ),
    ),
)


def _f1_over_at_least_1(p: Array, r: Array) -> tuple[Array, Array, Array]:
    return p, r, 2 * p * r / np.maximum(p + r, 1)


def _nan_where_empty(value: Any, counts: Array) -> bool:
    found, wanted = as_array(value), _prf(counts)
    if found is None or found.shape != wanted.shape or np.isfinite(found).all():
        return False
    return all_close(np.where(np.isfinite(found), found, 0.0), wanted)


def _without_hits(value: Any, counts: Array) -> bool:
    tp, col, row = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    with np.errstate(all="ignore"):
        return all_close(as_array(value)[:, :2], np.stack([tp / (col - tp), tp / (row - tp)], axis=1))  # type: ignore[index]


# --- averages ------------------------------------------------------------------------------------


def _draw_averages(rng: np.random.Generator, missing: str = "") -> tuple[Array, Array]:
    """Draw per-class numbers of a confusion matrix with other than 3 classes, so that the axes differ."""
    while True:
        counts = _matrix(rng, missing)
        if len(counts) > 3:
            return _prf(counts), counts.sum(axis=1)


def _averages_oracle(prf: Array, support: Array) -> dict[str, Any]:
    import torch

    rows, weights = torch.tensor(prf), torch.tensor(support, dtype=torch.float64)
    return {"macro": rows.mean(dim=0), "weighted": (weights / weights.sum()) @ rows}


def _averages_slip(
    macro: Callable[[Array, Array], Array] = lambda prf, n: prf.mean(axis=0),
    weighted: Callable[[Array, Array], Array] = lambda prf, n: n @ prf / n.sum(),
) -> Any:
    return lambda prf, n: {"macro": macro(prf, n), "weighted": weighted(prf, n)}


def _f1_of(average: Array) -> Array:
    p, r, _ = average
    return np.array([p, r, 2 * p * r / (p + r)])


AVERAGES = Exercise(
    "averages",
    groups=(
        Group("classes that all have samples", _draw_averages, weight=3),
        Group("a class without samples", lambda rng: _draw_averages(rng, "truth")),
    ),
    oracle=_averages_oracle,
    laws=(
        Law(
            "with equal support the two averages agree",
            lambda ask, prf, n: all_close(*(ask(prf, np.full(len(n), 7))[key] for key in ("macro", "weighted"))),
        ),
    ),
    mistakes=(
        Mistake(
            "sum instead of mean",
            "Every class counts the same, and three perfect classes should average 1, not 3.",
            _averages_slip(macro=lambda prf, n: prf.sum(axis=0)),
        ),
        Mistake(
            "F1 of the averages",
            "That takes F1 of averaged numbers; the average of the F1 numbers of the classes is another number.",
            _averages_slip(lambda prf, n: _f1_of(prf.mean(axis=0)), lambda prf, n: _f1_of(n @ prf / n.sum())),
        ),
        Mistake(
            "average over the metrics",
            "Average down the classes, one number for each metric: along which axis do you go?",
            _averages_slip(macro=lambda prf, n: prf.mean(axis=1)),
        ),
        Mistake(
            "one number for everything",
            "Precision, recall and F1 are averaged each on its own: how many numbers are due?",
            _averages_slip(macro=lambda prf, n: prf.mean()),
        ),
        Mistake(
            "macro and weighted swapped",
            "In which of the two does every class count the same?",
            lambda prf, n: {"macro": n @ prf / n.sum(), "weighted": prf.mean(axis=0)},
        ),
        Mistake(
            "weights that do not sum to 1",
            "A class counts by its share of all samples: what do your weights add up to?",
            matches=lambda value, case: _scaled_weights(value, *case.args),
        ),
        Mistake(
            "the plain mean again",
            "A class with more samples should count for more: where does the support come in?",
            _averages_slip(weighted=lambda prf, n: prf.mean(axis=0)),
        ),
        Mistake(
            "classes without samples left out",
            "In the macro average every class counts, also one without samples.",
            _averages_slip(macro=lambda prf, n: prf[n > 0].mean(axis=0)),
        ),
        Mistake(
            "a pair instead of a dict",
            "Two named rows are asked for: a dict with the entries macro and weighted.",
            matches=lambda value, case: isinstance(value, tuple | list | np.ndarray),
        ),
    ),
)


def _scaled_weights(value: Any, prf: Array, n: Array) -> bool:
    return any(all_close(value["weighted"], n @ prf / by) for by in (1, len(n), n.max(), len(n) * n.sum()))


# --- top_k_accuracy ------------------------------------------------------------------------------


def _draw_top_k(rng: np.random.Generator, kind: str = "typical") -> tuple[Array, Array, int]:
    """Draw scores and labels; the ranks of the true classes spread, with several misses of every top-k."""
    while True:
        c = int(rng.integers(4, 7))
        m = c + int(rng.integers(3, 7))
        scores = rng.normal(size=(m, c))
        labels = rng.integers(0, c, size=m)
        scores[np.arange(m), labels] += 0.6
        k = {"one": 1, "all": c}.get(kind, int(rng.integers(2, c - 1)))
        if kind == "ties":
            scores = np.round(scores)
        wanted, loose = _hits(scores, labels, k), _hits_and_ties(scores, labels, k)
        strict = _hits(scores, labels, max(k - 1, 1))
        if kind == "all" or (0 < wanted < 1 and (k == 1 or strict < wanted) and (kind != "ties" or wanted < loose)):
            return scores, labels, k


def _rivals(scores: Array, labels: Array) -> Any:
    """Return the scores of the other classes of each sample, as a tensor (m, c - 1), and the true class's own."""
    import torch

    s, y = torch.tensor(np.asarray(scores, dtype=np.float64)), torch.tensor(np.asarray(labels))
    others = s[torch.nn.functional.one_hot(y, s.shape[1]) == 0].reshape(len(s), -1)
    return others, s.gather(1, y[:, None])[:, 0]


def _top_k_oracle(scores: Array, labels: Array, k: int) -> float:
    others, own = _rivals(scores, labels)
    if k > others.shape[1]:
        return 1.0
    # the true class gets in where it beats the k-th best of the others
    return float((own > others.topk(k, dim=1).values[:, -1]).double().mean())


def _hits(scores: Array, labels: Array, k: int) -> float:
    """Top-k accuracy for the slips below."""
    own = scores[np.arange(len(labels)), labels][:, None]
    return float(np.mean((scores >= own).sum(axis=1) <= k))


def _hits_and_ties(scores: Array, labels: Array, k: int) -> float:
    own = scores[np.arange(len(labels)), labels][:, None]
    return float(np.mean((scores > own).sum(axis=1) < k))


def _by_sorting(value: Any, scores: Array, labels: Array, k: int) -> bool:
    """Say whether the answer is what some way of sorting gives, where the order of equal scores is anyone's guess."""
    reverse = scores.shape[1] - 1 - np.argsort(-scores[:, ::-1], axis=1, kind="stable")
    orders = [np.argsort(-scores, axis=1, kind="stable"), reverse, np.argsort(-scores, axis=1)]
    orders += [np.argsort(scores, axis=1)[:, ::-1], np.argpartition(-scores, k - 1, axis=1)]
    return any(all_close(value, (order[:, :k] == labels[:, None]).any(axis=1).mean()) for order in orders)


TOP_K_ACCURACY = Exercise(
    "top_k_accuracy",
    groups=(
        Group("different scores", _draw_top_k, weight=3, count=3),
        Group("k equal to 1", lambda rng: _draw_top_k(rng, "one")),
        Group("k as large as the number of classes", lambda rng: _draw_top_k(rng, "all")),
        Group("classes with equal scores", lambda rng: _draw_top_k(rng, "ties"), weight=2, count=3),
        Group(
            "the same score for every class", lambda rng: (np.full((7, 5), 0.2), rng.integers(0, 5, 7), 3), edge=True
        ),
    ),
    oracle=_top_k_oracle,
    laws=(
        Law(
            "a larger k never gives a lower accuracy",
            lambda ask, s, y, k: all(
                np.asarray(ask(s, y, j)) <= np.asarray(ask(s, y, j + 1)) for j in range(1, s.shape[1])
            ),
        ),
        Law(
            "renaming the classes changes nothing",
            lambda ask, s, y, k: all_close(ask(s[:, ::-1].copy(), s.shape[1] - 1 - y, k), ask(s, y, k)),
            hint="With equal scores it must not matter which class has which number: who decides a tie in your answer?",
        ),
        Law(
            "multiplying all scores by a positive number changes nothing",
            lambda ask, s, y, k: all(all_close(ask(s * by, y, k), ask(s, y, k)) for by in (2.0**-40, 2.0**12)),
            groups=("different scores",),
            hint="Scores may be huge, or close together: compare them as they are, without a softmax or a tolerance.",
        ),
    ),
    mistakes=(
        Mistake(
            "one class too few",
            "The k best are allowed to be right: how many other classes may score higher than the true one?",
            lambda s, y, k: _hits(s, y, k - 1) if k > 1 else 0.0,
        ),
        Mistake(
            "one class too many",
            "Does the true class count among its own rivals? Go through k = 1 by hand.",
            lambda s, y, k: _hits(s, y, k + 1),
        ),
        Mistake(
            "ties count for the model",
            "A class with an equal score is a rival as well: with constant scores the model has not decided anything.",
            _hits_and_ties,
        ),
        Mistake(
            "the order of sorting decides ties",
            "Sorting puts equal scores in some order, so chance decides: count the rivals of the true class instead.",
            matches=lambda value, case: _by_sorting(value, *case.args),
        ),
        Mistake(
            "the lowest scores",
            "The k *largest* scores are asked for: which end of the order do you take?",
            matches=lambda value, case: _takes_the_lowest(value, *case.args),
        ),
        Mistake(
            "ignores k",
            "That is right for k = 1: where does k come in?",
            lambda s, y, k: _hits(s, y, 1),
        ),
        Mistake(
            "only the class in place k",
            "Any of the k best may be the true class, not only the last of them.",
            lambda s, y, k: (np.argsort(-s, axis=1, kind="stable")[:, k - 1] == y).mean(),
        ),
        Mistake(
            "count instead of share",
            "These are the hits; what share of all samples are they?",
            lambda s, y, k: round(_hits(s, y, k) * len(y)),
        ),
        Mistake(
            "one answer for each sample",
            "These are the answers for the single samples; what one number sums them up?",
            matches=lambda value, case: np.shape(value) == np.shape(case.args[1]),
        ),
        Mistake(
            "share of the misses",
            "This is the share of the misses; the accuracy is what is left.",
            lambda s, y, k: 1 - _hits(s, y, k),
        ),
    ),
)


def _takes_the_lowest(value: Any, s: Array, y: Array, k: int) -> bool:
    first = (np.argsort(s, axis=1, kind="stable")[:, :k] == y[:, None]).any(axis=1).mean()
    return any(all_close(value, slip) for slip in (first, _hits(-s, y, k), _hits_and_ties(-s, y, k)))


# --- mended_macro_f1: a bug hunt -----------------------------------------------------------------


def _macro_f1_oracle(counts: Array) -> float:
    from sklearn.metrics import f1_score

    true, called = _labels_of(counts)
    return float(f1_score(true, called, labels=range(len(counts)), average="macro", zero_division=0))


def _published(prf: Array) -> float:
    return float(_f1_of(prf.mean(axis=0))[2])


MENDED_MACRO_F1 = Exercise(
    "mended_macro_f1",
    groups=(
        Group("classes that all occur", lambda rng: (_matrix(rng),), weight=3, count=3, edge=True),
        Group("a class that is never predicted", lambda rng: (_matrix(rng, "calls"),), edge=True),
        Group("a class that is neither there nor predicted", lambda rng: (_matrix(rng, "both"),), edge=True),
    ),
    oracle=_macro_f1_oracle,
    laws=(
        Law(
            "transposing the matrix changes nothing: F1 treats both kinds of mistakes alike",
            lambda ask, counts: all_close(ask(counts.T.copy()), ask(counts)),
        ),
    ),
    mistakes=(
        Mistake(
            "F1 of the averages",
            "That is the published recipe: it averages first and takes F1 afterwards. Which comes first in a macro F1?",
            lambda counts: _published(_prf(counts)),
        ),
        Mistake(
            "weighted mean",
            "In a macro average every class counts the same, however many samples it has.",
            lambda counts: float(counts.sum(axis=1) @ _prf(counts)[:, 2] / counts.sum()),
        ),
        Mistake(
            "accuracy",
            "Pooling the counts of all classes gives the accuracy: take F1 of each class first.",
            lambda counts: float(np.trace(counts) / counts.sum()),
        ),
        Mistake(
            "sum of the F1 scores",
            "A mean divides by the number of classes: with all classes perfect it should be 1.",
            lambda counts: float(_prf(counts)[:, 2].sum()),
        ),
        Mistake(
            "one F1 a class",
            "These are the F1 scores of the single classes; their mean is asked for.",
            lambda counts: _prf(counts)[:, 2],
        ),
        Mistake(
            "arithmetic mean of precision and recall",
            "F1 is the harmonic mean of the two: it stays close to the smaller.",
            lambda counts: float(_prf(counts)[:, :2].mean()),
        ),
        Mistake(
            "mean of the precisions",
            "This is the macro average of one of the two; F1 takes both of each class.",
            matches=lambda value, case: any(all_close(value, mean) for mean in _prf(*case.args)[:, :2].mean(axis=0)),
        ),
        Mistake(
            "divides 0 by 0",
            "A class may be missing: its precision, its recall or its F1 is then 0/0, and what is that to give?",
            matches=lambda value, case: as_array(value) is not None and not np.isfinite(value).all(),
        ),
        Mistake(
            "missing classes left out",
            "Every class counts, also one that never occurs or is never predicted: what is the mean divided by?",
            matches=lambda value, case: _leaves_out_classes(value, *case.args),
        ),
    ),
)


def _leaves_out_classes(value: Any, counts: Array) -> bool:
    f1, row, col = _prf(counts)[:, 2], counts.sum(axis=1), counts.sum(axis=0)
    kept = (f1 > 0, row > 0, col > 0, (row > 0) | (col > 0))
    return any(not some.all() and all_close(value, f1[some].mean()) for some in kept)
