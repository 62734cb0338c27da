"""Answers to the exercises of lesson 07: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import solutions.regression_metrics as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        return answer(*(a.astype(np.float32) if isinstance(a, Array) else a for a in args))

    return in_float32


# --- mae, mse_slope, best_constant ----------------------------------------------------------------


def _mae_loop(y_true: Array, y_pred: Array) -> float:
    total = 0
    for y, p in zip(y_true.tolist(), y_pred.tolist(), strict=True):
        total += y - p if y > p else p - y
    return total / len(y_true)


def _mae_whole(y_true: Array, y_pred: Array) -> float:
    sizes = np.zeros_like(y_true)  # of whole numbers when the targets are
    for i, y in enumerate(y_true):
        sizes[i] = abs(y - y_pred[i])
    return float(sizes.mean())


def _mae_in_place(y_true: Array, y_pred: Array) -> float:
    y_true -= y_pred
    return float(np.abs(y_true).mean())


def _slope_loop(y_true: Array, y_pred: Array) -> list[float]:
    m = len(y_true)
    return [(p - y) / m + (p - y) / m for y, p in zip(y_true, y_pred, strict=True)]


def _slope_measured(h: float) -> Any:
    """Measure with one-sided (h < 0) or central differences."""

    def measure(y_true: Array, y_pred: Array) -> Array:
        slopes, step = np.empty(len(y_pred)), abs(h)
        for i in range(len(y_pred)):
            up, down = y_pred.copy(), y_pred.copy()
            up[i] += step
            if h > 0:
                down[i] -= step
            rise = ((up - y_true) ** 2).mean() - ((down - y_true) ** 2).mean()
            slopes[i] = rise / (up[i] - down[i])
        return slopes

    return measure


def _constant_sorted(y_true: Array, metric: str) -> Any:
    if metric == "mse":
        return sum(y_true) / len(y_true)
    ordered, m = sorted(y_true), len(y_true)
    return ordered[m // 2] if m % 2 else (ordered[m // 2 - 1] + ordered[m // 2]) / 2


def _constant_by_search(y_true: Array, metric: str) -> float:
    """Try the targets themselves."""
    power = 2 if metric == "mse" else 1
    return float(min(y_true, key=lambda c: (np.abs(y_true - c) ** power).sum()))


def _constant_trimmed(y_true: Array, metric: str) -> float:
    return float(np.sort(y_true)[1:-1].mean()) if metric == "mae" else float(y_true.mean())


def _median_of_different(y_true: Array, metric: str) -> float:
    """Count targets that occur several times once."""
    return known.best_constant(y_true if metric == "mse" else np.unique(y_true), metric)


def _constant_by_grid(y_true: Array, metric: str) -> float:
    tried = np.linspace(y_true.min(), y_true.max(), 1001)
    sizes = np.abs(y_true[:, None] - tried) ** (2 if metric == "mse" else 1)
    return float(tried[sizes.mean(axis=0).argmin()])


def _constant_in_place(y_true: Array, metric: str) -> float:
    y_true.sort()
    return known.best_constant(y_true, metric)


# --- mape, r2 -------------------------------------------------------------------------------------


def _mape_loop(y_true: Array, y_pred: Array, percent: bool = False) -> float:
    shares = [abs(p / y - 1) for y, p in zip(y_true, y_pred, strict=True)]
    return math.fsum(shares) / len(shares) * (100 if percent else 1)


def _mape_floor(y_true: Array, y_pred: Array, percent: bool = False) -> Any:
    size = np.maximum(np.abs(y_true), np.finfo(float).eps)
    return np.average(np.abs(y_pred - y_true) / size) * (100 if percent else 1)


def _mape_no_default(y_true: Array, y_pred: Array, percent: bool) -> float:
    return known.mape(y_true, y_pred, percent)


def _mape_clipped(y_true: Array, y_pred: Array, percent: bool = False) -> float:
    return float(np.minimum(np.abs((y_true - y_pred) / y_true), 1).mean()) * (100 if percent else 1)


def _mape_cut_off(y_true: Array, y_pred: Array, percent: bool = False) -> float:
    shares = np.abs(y_true - y_pred) / np.maximum(np.abs(y_true), 1e-3)
    return float(shares.mean()) * (100 if percent else 1)


def _r2_loop(y_true: Array, y_pred: Array) -> float:
    middle = sum(y_true) / len(y_true)
    ours = theirs = 0.0
    for y, p in zip(y_true, y_pred, strict=True):
        ours += (y - p) ** 2
        theirs += (y - middle) ** 2
    return (theirs - ours) / theirs


def _r2_adjusted(y_true: Array, y_pred: Array) -> float:
    m = len(y_true)
    return 1 - (1 - known.r2(y_true, y_pred)) * (m - 1) / max(m - 2, 0.5)


# --- compare_models -------------------------------------------------------------------------------


def _compare_loop(y_true: Array, predictions: Array) -> dict[str, Any]:
    table: dict[str, Any] = {name: [] for name in ("mae", "mse", "rmse", "mape", "r2")}
    for row in predictions:
        mse = np.mean((row - y_true) ** 2)
        table["mae"].append(known.mae(y_true, row))
        table["mse"].append(mse)
        table["rmse"].append(math.sqrt(mse))
        table["mape"].append(known.mape(y_true, row))
        table["r2"].append(known.r2(y_true, row))
    best = [values.index(min(values)) for values in list(table.values())[:4]]
    table["best"] = (*best, table["r2"].index(max(table["r2"])))
    return table


def _compare_half_mse(y_true: Array, predictions: Array) -> dict[str, Any]:
    """Halve the MSE, and take the root of the half."""
    table = known.compare_models(y_true, predictions)
    return table | {"mse": table["mse"] / 2, "rmse": np.sqrt(table["mse"] / 2)}


def _compare_whole_rmse(y_true: Array, predictions: Array) -> dict[str, Any]:
    table = known.compare_models(y_true, predictions)
    return table | {"rmse": np.sqrt(((y_true - predictions) ** 2).sum(axis=1))}


def _compare_unsquared(y_true: Array, predictions: Array) -> Any:
    return predictions - y_true[:, None]


def _compare_without(key: str) -> Any:
    return lambda y, p: {name: value for name, value in known.compare_models(y, p).items() if name != key}


def _compare_best_names(y_true: Array, predictions: Array) -> dict[str, Any]:
    return known.compare_models(y_true, predictions) | {"best": ["mae", "mse", "rmse", "mape", "r2"]}


# --- catches_wrong_r2 -----------------------------------------------------------------------------

_Y = np.random.default_rng(3).normal(size=9) * 2 + 5
_P = _Y + np.random.default_rng(4).normal(size=9)
_CONSTANT = np.full(9, _Y.mean())
_REVERSED = np.sort(_Y)[np.argsort(np.argsort(-_Y))]


def _catches_by_one_bad_shift(implementation: Any) -> int:
    """Answer 1 or 0, from one set of shifted predictions that are worse than the mean."""
    wanted = 100 - 100 * ((_Y - _P - 6) ** 2).sum() / ((_Y - _Y.mean()) ** 2).sum()
    return int(not math.isclose(implementation(_Y, _P + 6), wanted, rel_tol=1e-9))


def _catches_by_random_pairs(implementation: Any) -> bool:
    rng = np.random.default_rng(0)
    for _ in range(20):
        y, p = rng.normal(size=(2, 7)) + 1
        if abs(implementation(y, p) - 100 * known.r2(y, p)) > 1e-6:
            return True
    return False


def _catches_exactly(implementation: Any) -> bool:
    return any(implementation(_Y, p) != 100 * known.r2(_Y, p) for p in (_P, _P + 1, _P - 2, _REVERSED, _P * 1.1))


def _catches_fractions(implementation: Any) -> bool:
    return not np.isclose(implementation(_Y, _P), known.r2(_Y, _P))


def _catches_only(*predictions: Array) -> Any:
    return lambda one: any(not np.isclose(one(_Y, p), 100 * known.r2(_Y, p)) for p in predictions)


def _catches_above(limit: float) -> Any:
    return lambda one: bool(one(_Y, _P) > limit or one(_Y, _REVERSED + 1) > limit)


# --- mended_mape, mended_r2, same_shape_metric ----------------------------------------------------


def _mape_as_before(y_true: Array, y_pred: Array) -> float:
    with np.errstate(all="ignore"):
        return float(np.abs((y_true - y_pred) / y_true).mean())


def _mape_with_floor(floor: float) -> Any:
    return lambda y, p: float((np.abs(y - p) / np.maximum(np.abs(y), floor)).mean())


def _wape_loop(y_true: Array, y_pred: Array) -> float:
    errors = sizes = 0.0
    for y, p in zip(y_true, y_pred, strict=True):
        errors, sizes = errors + abs(y - p), sizes + abs(y)
    return errors / sizes


def _r2_unguarded(y_true: Array, y_pred: Array) -> Any:
    with np.errstate(all="ignore"):
        return 1 - ((y_true - y_pred) ** 2).sum() / ((y_true - y_true.mean()) ** 2).sum()


def _r2_epsilon(y_true: Array, y_pred: Array) -> float:
    return float(1 - ((y_true - y_pred) ** 2).sum() / (((y_true - y_true.mean()) ** 2).sum() + 1e-12))


def _r2_by_range(y_true: Array, y_pred: Array) -> Any:
    if y_true.max() - y_true.min() == 0:
        return int(not np.any(y_true - y_pred))
    return 1 - np.mean((y_pred - y_true) ** 2) / np.var(y_true)


def _r2_by_set(y_true: Array, y_pred: Array) -> Any:
    if len(set(y_true.tolist())) == 1:
        return bool((y_pred == y_true).all())
    return known.r2(y_true, y_pred)


def _r2_by_threshold(y_true: Array, y_pred: Array) -> float:
    if y_true.var() < 1e-12:
        return float((y_true == y_pred).all())
    return known.r2(y_true, y_pred)


def _r2_in_case(constant: Any, is_constant: Any = lambda y: (y == y[0]).all(), least: float = -np.inf) -> Any:
    """Return R², with an answer of its own for constant targets and a floor for all others."""
    return lambda y, p: float(constant(y, p)) if is_constant(y) else max(least, known.r2(y, p))


def _all_equal(y_true: Array, y_pred: Array) -> bool:
    return bool((y_true == y_pred).all())


def _r2_perfect_first(y_true: Array, y_pred: Array) -> float:
    if _all_equal(y_true, y_pred):
        return 1.0
    spread = ((y_true - y_true.mean()) ** 2).sum()
    return 0.0 if spread < 1e-20 else float(1 - ((y_true - y_pred) ** 2).sum() / spread)


def _r2_constant_is_0(y_true: Array, y_pred: Array) -> float:
    """Take every constant prediction for the mean."""
    return 0.0 if np.ptp(y_pred) == 0 < np.ptp(y_true) else known.mended_r2(y_true, y_pred)


def _r2_nan_for_constant(y_true: Array, y_pred: Array) -> float:
    return known.r2(y_true, y_pred) if np.ptp(y_true) else float("nan")


def _checked(test: Any, error: Any = ValueError) -> Any:
    """Return an answer that refuses where `test` is true."""

    def answer(metric: Any, y_true: Array, y_pred: Array) -> Any:
        if test(y_true, y_pred):
            raise error(f"{y_true.shape} is not {y_pred.shape}")
        return metric(y_true, y_pred)

    return answer


def _asserted(metric: Any, y_true: Array, y_pred: Array) -> float:
    assert y_true.shape == y_pred.shape, f"{y_true.shape} {y_pred.shape}"
    return metric(y_true, y_pred)


def _terse(metric: Any, y_true: Array, y_pred: Array) -> float:
    if y_true.shape != y_pred.shape:
        raise ValueError("shapes differ")
    return metric(y_true, y_pred)


def _half_told(metric: Any, y_true: Array, y_pred: Array) -> float:
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_pred has the shape {y_pred.shape}")
    return metric(y_true, y_pred)


def _by_axes(metric: Any, y_true: Array, y_pred: Array) -> Any:
    if list(np.shape(y_true)) == list(np.shape(y_pred)):
        return np.float64(metric(y_true.ravel(), y_pred.ravel()))
    raise ValueError("got %s against %s, which do not fit" % (y_true.shape, y_pred.shape))  # noqa: UP031


def _reshaping(metric: Any, y_true: Array, y_pred: Array) -> float:
    return metric(y_true.ravel(), y_pred.ravel())


def _returning_the_error(metric: Any, y_true: Array, y_pred: Array) -> Any:
    if y_true.shape != y_pred.shape:
        return ValueError(f"{y_true.shape} {y_pred.shape}")
    return metric(y_true, y_pred)


def _calling_first(metric: Any, y_true: Array, y_pred: Array) -> float:
    """Rely on the metric to complain."""
    try:
        return metric(y_true, y_pred)
    except ValueError:
        raise ValueError(f"{y_true.shape} and {y_pred.shape}") from None


RIGHT: dict[str, dict[str, Any]] = {
    "mae": {
        "a loop": _mae_loop,
        "norm": lambda y, p: np.linalg.norm(y - p, 1) / y.size,
        "single precision": _single(lambda y, p: np.abs(y - p).mean()),
    },
    "mse_slope": {
        "a list": _slope_loop,
        "a mean of columns": lambda y, p: np.diag(2 * (p - y)).mean(axis=0),
        "float32": _single(known.mse_slope),
    },
    "best_constant": {
        "sorted by hand": _constant_sorted,
        "percentile": lambda y, metric: {"mse": np.mean(y), "mae": np.percentile(y, 50)}[metric],
    },
    "mape": {
        "a loop": _mape_loop,
        "a floor for tiny targets": _mape_floor,
        "int factor": lambda y, p, percent=False: np.mean(np.abs(y - p) / np.abs(y)) * (1 + 99 * percent),
    },
    "r2": {
        "a loop": _r2_loop,
        "variances": lambda y, p: 1 - np.mean((y - p) ** 2) / np.var(y),
        "single precision": _single(lambda y, p: 1 - np.mean((y - p) ** 2) / np.var(y)),
    },
    "compare_models": {
        "a loop, lists and a tuple": _compare_loop,
        "in another order": lambda y, p: dict(reversed(known.compare_models(y, p).items())),
    },
    "catches_wrong_r2": {
        "one case, 1 or 0": _catches_by_one_bad_shift,
        "random pairs": _catches_by_random_pairs,
    },
    "mended_mape": {
        "a loop": _wape_loop,
        "weighted shares": lambda y, p: np.abs(y - p).mean() / np.abs(y).mean(),
        "norms": lambda y, p: np.linalg.norm(y - p, 1) / np.linalg.norm(y, 1),
    },
    "mended_r2": {
        "by the range, a whole number": _r2_by_range,
        "by a set, a bool": _r2_by_set,
    },
    "same_shape_metric": {
        "compares lists": _by_axes,
        "checks with any test that holds": _checked(lambda y, p: y.ndim != p.ndim or y.shape != p.shape),
    },
}

SIZES = "sizes not taken"
BELOW, ABOVE, BOTH = "targets that cancel", "errors that cancel", "signs on both sides"
OWN = "each error by its own target"
SWEPT = "lets too much pass"
MISSED = "always 1 for constant targets"

WRONG: dict[str, list[Wrong]] = {
    "mae": [
        Wrong("no sizes", lambda y, p: (y - p).mean(), WRONG_, SIZES),
        Wrong("no sizes, predictions first", lambda y, p: np.mean(p - y), NOT_YET, SIZES),
        Wrong("size of the mean", lambda y, p: abs((y - p).mean()), NOT_YET, SIZES),
        Wrong("cuts off decimals", _mae_whole, PARTLY, tells="whole numbers as targets"),
        Wrong("changes the targets", _mae_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("negative", lambda y, p: -np.abs(y - p).mean(), NOT_YET, tells="differs"),
        Wrong("m - 1", lambda y, p: np.abs(y - p).sum() / max(len(y) - 1, 1), PARTLY, tells="differs"),
        Wrong("largest error", lambda y, p: np.abs(y - p).max(), PARTLY, tells="differs"),
        Wrong("errors added", lambda y, p: np.abs(y + p).mean(), NOT_YET, tells="differs"),
    ],
    "mse_slope": [
        Wrong("one-sided differences", _slope_measured(-1e-4), NOT_YET, tells="differ"),
        Wrong("a column", lambda y, p: known.mse_slope(y, p)[:, None], WRONG_, tells="axes of length 1"),
        Wrong("slopes of the root", lambda y, p: (p - y) / len(y) / np.sqrt(((y - p) ** 2).mean()), NOT_YET, tells=" "),
        Wrong("relative", lambda y, p: 2 * (p - y) / len(y) / y, NOT_YET, tells="differ"),
    ],
    "best_constant": [
        Wrong("one of the targets", _constant_by_search, NOT_YET, tells="differs"),
        Wrong("ends cut off", _constant_trimmed, NOT_YET, tells="differs"),
        Wrong("repeated targets once", _median_of_different, PARTLY, "repeated targets counted once"),
        Wrong("a grid", _constant_by_grid, NOT_YET, "found by trying"),
        Wrong("sorts in place", _constant_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("RMS", lambda y, metric: np.sqrt((y**2).mean()), NOT_YET, tells="differs"),
    ],
    "mape": [
        Wrong("no default", _mape_no_default, (*NOT_YET, RAISED), tells="percent"),
        Wrong("no more than 1 each", _mape_clipped, NOT_YET, tells="differs"),
        Wrong("a floor of a thousandth", _mape_cut_off, PARTLY, tells="a target near 0"),
        Wrong("median", lambda y, p, percent=False: known.mape(y, p, percent) * 0 + 1, NOT_YET, tells="differs"),
        Wrong("a word", lambda y, p, percent=False: f"{known.mape(y, p):.1%}", WRONG_, tells="a str, not numbers"),
    ],
    "r2": [
        Wrong("adjusted", _r2_adjusted, NOT_YET, tells="differs"),
        Wrong("plus", lambda y, p: 2 - known.r2(y, p), NOT_YET, tells="differs"),
        Wrong("root", lambda y, p: np.sqrt(np.abs(known.r2(y, p))), NOT_YET, tells="differs"),
        Wrong("size", lambda y, p: abs(known.r2(y, p)), PARTLY, tells="worse than the mean"),
        Wrong("a series", lambda y, p: 1 - (y - p) ** 2 / ((y - y.mean()) ** 2).sum(), WRONG_, tells="single number"),
    ],
    "compare_models": [
        Wrong("halves the MSE and goes on", _compare_half_mse, NOT_YET, "MSE halved"),
        Wrong("sum below the root", _compare_whole_rmse, NOT_YET, tells="`rmse`"),
        Wrong("targets as a column", _compare_unsquared, RAISED, tells="Two shapes do not fit"),
        Wrong("no best", _compare_without("best"), WRONG_, tells="`best` is missing"),
        Wrong("no R²", _compare_without("r2"), WRONG_, tells="`r2` is missing"),
        Wrong("names of metrics", _compare_best_names, WRONG_, tells="`best`"),
        Wrong("a list", lambda y, p: list(known.compare_models(y, p).values()), WRONG_, tells="it should be a dict"),
    ],
    "catches_wrong_r2": [
        Wrong("exact equality", _catches_exactly, NOT_YET, "accuses right implementations", "by rounding only"),
        Wrong(
            "exact, a NumPy verdict",
            lambda one: np.bool_(_catches_exactly(one)),
            NOT_YET,
            "accuses right implementations",
        ),
        Wrong("expects a fraction", _catches_fractions, WRONG_, "accuses right implementations", "in per cent"),
        Wrong("one good prediction", _catches_only(_P), PARTLY, "good predictions alone", "worse"),
        Wrong("shifts only, still good", _catches_only(_P, _P + 0.5), PARTLY, "good predictions alone"),
        Wrong("below 100 is enough", _catches_above(100.0), PARTLY, "looks at the range"),
        Wrong("perfect must be 100", lambda one: not np.isclose(one(_Y, _Y), 100), PARTLY, "perfect predictions alone"),
        Wrong("accuses all", lambda one: True, WRONG_, "accuses right implementations"),
        Wrong("passes all", lambda one: False, WRONG_, SWEPT, "Too much passes"),
        Wrong("perfect and mean", _catches_only(_Y, _CONSTANT), PARTLY, "the mean predictor alone"),
        Wrong("looks for NaN", lambda one: bool(np.isnan(one(_Y, _CONSTANT))), PARTLY, SWEPT),
        Wrong("a number for a verdict", lambda one: one(_Y, _P), WRONG_, tells="catches_wrong_r2"),
    ],
    "mended_mape": [
        Wrong("as it was", _mape_as_before, NOT_YET, OWN),
        Wrong("a floor that never ends", _mape_with_floor(np.finfo(float).eps), NOT_YET, OWN),
        Wrong("a small floor", _mape_with_floor(1e-8), NOT_YET, OWN),
        Wrong("a large floor", _mape_with_floor(1.0), NOT_YET, tells="differs"),
        Wrong("by the mean target", lambda y, p: np.abs(y - p).mean() / np.abs(y.mean()), PARTLY, BELOW),
        Wrong("by the sum", lambda y, p: np.abs(y - p).sum() / y.sum(), PARTLY, BELOW),
        Wrong("errors added", lambda y, p: (y - p).sum() / np.abs(y).sum(), NOT_YET, ABOVE),
        Wrong("size of the added errors", lambda y, p: abs(np.sum(p - y)) / np.abs(y).sum(), NOT_YET, ABOVE),
        Wrong("no sizes at all", lambda y, p: (p - y).sum() / y.sum(), NOT_YET, BOTH),
        Wrong("by the largest", lambda y, p: np.abs(y - p).mean() / np.abs(y).max(), NOT_YET, tells="differs"),
        Wrong("roots", lambda y, p: np.sqrt(((y - p) ** 2).sum() / (y**2).sum()), NOT_YET, tells="differs"),
    ],
    "mended_r2": [
        Wrong("not mended at all", _r2_unguarded, PARTLY, "not mended"),
        Wrong("a small number below", _r2_epsilon, PARTLY, "a small number added below the bar"),
        Wrong("NaN", _r2_nan_for_constant, PARTLY, "not a number for constant targets"),
        Wrong("a threshold", _r2_by_threshold, PARTLY, "small taken for constant"),
        Wrong("a small threshold", _r2_perfect_first, PARTLY, "small taken for constant"),
        Wrong("the first two targets", _r2_in_case(_all_equal, lambda y: y[0] == y[1]), PARTLY, tells="are equal"),
        Wrong("the first and the last", _r2_in_case(_all_equal, lambda y: y[0] == y[-1]), PARTLY, tells="are equal"),
        Wrong("cut off at 0", _r2_in_case(_all_equal, least=0.0), PARTLY, "not below zero"),
        Wrong("errors that cancel", _r2_in_case(lambda y, p: np.isclose(y.sum(), p.sum())), PARTLY, MISSED),
        Wrong("close predictions", _r2_in_case(np.allclose), PARTLY, "close taken for perfect"),
        Wrong("equal predictions", _r2_in_case(lambda y, p: (p == p[0]).all()), PARTLY, MISSED),
        Wrong("0 for every constant", _r2_constant_is_0, PARTLY, "not below zero"),
        Wrong("one hit", _r2_in_case(lambda y, p: (y == p).any()), PARTLY, MISSED),
    ],
    "same_shape_metric": [
        Wrong("no check", lambda metric, y, p: metric(y, p), PARTLY, tells="what do you compare first"),
        Wrong("reshapes", _reshaping, PARTLY, tells="reshaping hides"),
        Wrong("compares sizes", _checked(lambda y, p: y.size != p.size), PARTLY, tells="what do you compare first"),
        Wrong("compares lengths", _checked(lambda y, p: len(y) != len(p)), PARTLY, tells="what do you compare first"),
        Wrong("compares axes", _checked(lambda y, p: y.ndim != p.ndim), PARTLY, tells="row"),
        Wrong(
            "rows and axes", _checked(lambda y, p: len(y) != len(p) or y.ndim != p.ndim), PARTLY, tells="whole shapes"
        ),
        Wrong("TypeError", _checked(lambda y, p: y.shape != p.shape, TypeError), PARTLY, tells="which one do you"),
        Wrong("assert", _asserted, PARTLY, tells="which one do you"),
        Wrong("a terse message", _terse, PARTLY, tells="does it say both"),
        Wrong("half a message", _half_told, PARTLY, tells="does it say both"),
        Wrong("returns the error", _returning_the_error, PARTLY, tells="raised, not returned"),
        Wrong("waits for the metric", _calling_first, PARTLY, tells="what do you compare first"),
        Wrong("only too short", _checked(lambda y, p: y.ndim != p.ndim or len(y) > len(p)), PARTLY, tells="row"),
        Wrong("the metric itself", lambda metric, y, p: metric, WRONG_, tells="function"),
    ],
}
