"""The exercises of lesson 07, metrics of regression.

Every oracle is PyTorch in float64 and shares no code with the answers (the tests of the answers compare with
scikit-learn as well, which would take a learner's first check a second to load). Errors always have both signs, and
mean and median, true and predicted always differ, so that every swap shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.judging.calls import Given
from course_utils.judging.exercise import Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray
Pair = tuple[Array, Array]


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _given(name: str) -> Given:
    return Given(f"regression_metrics.{name}")


def _turn(rng: np.random.Generator) -> int:
    """Count the cases drawn from one generator, without touching its numbers: 0, 1, 2, ..."""
    seeds: Any = rng.bit_generator.seed_seq
    turn = int(seeds.n_children_spawned)
    seeds.spawn(1)
    return turn


def _signs(rng: np.random.Generator, m: int) -> Array:
    """Draw m signs, of both kinds and never equally many."""
    ups = int(rng.integers(1, max(2, (m + 1) // 2)))
    return np.asarray(rng.permutation(np.where(np.arange(m) < ups, 1.0, -1.0)))


def _draw_pair(rng: np.random.Generator, m: int | None = None, centre: float = 8.0) -> Pair:
    """Draw targets around a centre, and predictions with errors of both signs."""
    m = m or int(rng.integers(5, 12))
    y = centre + rng.normal(size=m) * 3
    if m == 1:
        return y, y + 1.7
    return y, y + _signs(rng, m) * rng.uniform(0.4, 2.5, size=m)


def _around_zero(rng: np.random.Generator, m: int | None = None) -> Pair:
    """Draw targets on both sides of 0, some of them small, none of them 0; one prediction has the other sign."""
    m = m or int(rng.integers(6, 12))
    y = _signs(rng, m) * rng.uniform(0.3, 6.0, size=m)
    while True:
        p = y + _signs(rng, m) * rng.uniform(0.3, 2.0, size=m)
        p[int(rng.integers(m))] *= -1
        if (p * y < 0).any() and {-1.0, 1.0} == set(np.sign(p - y)):
            return y, p


def _single(rng: np.random.Generator) -> Pair:
    return _draw_pair(rng, m=1)


# --- mae -----------------------------------------------------------------------------------------


def _cancelling(rng: np.random.Generator) -> Pair:
    y, p = _draw_pair(rng)
    return y, p - (p - y).mean()


def _whole_targets(rng: np.random.Generator) -> Pair:
    y, p = _draw_pair(rng)
    return y.round().astype(int), p


def _mae_oracle(y: Array, p: Array) -> Any:
    import torch

    return torch.nn.functional.l1_loss(_tensor(p), _tensor(y))


def _mse(y: Array, p: Array) -> Any:
    return ((y - p) ** 2).mean(axis=-1)


MAE = Exercise(
    "mae",
    groups=(
        Group("typical predictions", _draw_pair, weight=3),
        Group("targets on both sides of 0", _around_zero),
        Group("errors that cancel", _cancelling),
        Group("whole numbers as targets", _whole_targets),
        Group("a single sample", _single, edge=True),
    ),
    oracle=_mae_oracle,
    laws=(
        Law(
            "adding one number to all targets and all predictions changes nothing",
            lambda ask, y, p: all_close(ask(y + 5.0, p + 5.0), ask(y, p)),
        ),
    ),
    mistakes=(
        Mistake(
            "sizes not taken",
            "Errors of opposite sign cancel in a mean: take the size of each single error before you average.",
            matches=lambda value, case: all_close(abs(float(value)), abs(float((case.args[0] - case.args[1]).mean()))),
        ),
        Mistake(
            "sum instead of mean",
            "The number should not grow because there are more samples: divide by what?",
            lambda y, p: np.abs(y - p).sum(),
        ),
        Mistake(
            "squares instead of sizes",
            "These are the squares of the errors; the formula has bars.",
            _mse,
        ),
        Mistake(
            "root of the mean square",
            "Squaring and taking the root at the end is another metric: the bars stand around each single error.",
            lambda y, p: np.sqrt(_mse(y, p)),
        ),
        Mistake(
            "sizes of the values instead of the errors",
            "Subtract first: the bars stand around the difference, not around each of the two values.",
            lambda y, p: np.abs(np.abs(y) - np.abs(p)).mean(),
        ),
        Mistake(
            "median of the sizes",
            "That is the middle error; the formula asks for the mean.",
            lambda y, p: np.median(np.abs(y - p)),
        ),
        Mistake(
            "relative errors",
            "Nothing is divided by the target here: the result has the unit of the targets.",
            lambda y, p: np.abs((y - p) / y).mean(),
        ),
    ),
)

# --- mse_slope: a step of the derivation ---------------------------------------------------------


def _partly_right(rng: np.random.Generator) -> Pair:
    y, p = _draw_pair(rng)
    p[:2] = y[:2]
    return y, p


def _slope_oracle(y: Array, p: Array) -> Any:
    import torch

    predictions = _tensor(p).requires_grad_()
    torch.nn.functional.mse_loss(predictions, _tensor(y)).backward()
    return predictions.grad


MSE_SLOPE = Exercise(
    "mse_slope",
    groups=(
        Group("random points", _draw_pair, weight=3, count=3),
        Group("predictions of which some are right", _partly_right),
        Group("a single sample", _single, edge=True),
    ),
    oracle=_slope_oracle,
    mistakes=(
        Mistake(
            "sign",
            "Raise a prediction that is too high already: does the error grow or shrink, and which sign is that?",
            lambda y, p: 2 * (y - p) / len(y),
        ),
        Mistake(
            "no 1/m",
            "The MSE is a mean: a single prediction moves only the m-th part of it.",
            lambda y, p: 2 * (p - y),
        ),
        Mistake(
            "no factor 2",
            "The MSE has no 1/2 in front that could meet the 2 of the square.",
            lambda y, p: (p - y) / len(y),
        ),
        Mistake(
            "errors alone",
            "Two factors are missing: one from the square, one from the mean.",
            lambda y, p: p - y,
        ),
        Mistake(
            "slopes of the absolute error",
            "Those slopes know the sign of the error only; that of a square grows with the error.",
            lambda y, p: np.sign(p - y) / len(y),
        ),
        Mistake(
            "all slopes added up",
            "Each prediction has a slope of its own, because it occurs in one term of the sum only.",
            lambda y, p: 2 * (p - y).mean(),
        ),
        Mistake(
            "sizes of the slopes",
            "A slope has a sign: it tells whether the prediction should go up or down.",
            lambda y, p: 2 * np.abs(p - y) / len(y),
        ),
    ),
)

# --- best_constant -------------------------------------------------------------------------------


def _draw_skewed(rng: np.random.Generator, m: int, outlier: bool = False) -> Array:
    """Draw m unsorted targets whose mean, median, middle and neighbours of the median all differ."""
    y = np.sort(rng.exponential(4.0, size=m) + 0.5 * np.arange(m) - 3.0)
    if outlier:
        y[-1] += 60.0
    order = rng.permutation(m)
    while set(order[[m // 2, (m - 1) // 2]]) & {m // 2, (m - 1) // 2}:  # the middle of the list is not the median
        order = rng.permutation(m)
    return np.asarray(y[order])


def _draw_repeated(rng: np.random.Generator) -> tuple[Array, str]:
    """Draw targets of which more than half are the smallest; the middle of the list is none of these."""
    y = np.sort(_draw_skewed(rng, 2 * int(rng.integers(3, 6)) + 1))
    y[: len(y) // 2 + 1] = y[0]
    mixed = rng.permutation(y)
    while mixed[len(y) // 2] == y[0]:
        mixed = rng.permutation(y)
    return mixed, "mae"


def _draw_constant(metric: str, parity: int) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Array, str]:
        return _draw_skewed(rng, 2 * int(rng.integers(3, 6)) + parity), metric

    return draw


def _draw_outlier(rng: np.random.Generator) -> tuple[Array, str]:
    return _draw_skewed(rng, int(rng.integers(6, 11)), outlier=True), ("mae", "mse")[_turn(rng) % 2]


def _constant_oracle(y: Array, metric: str) -> Any:
    values = _tensor(y)
    return values.mean() if metric == "mse" else values.quantile(0.5)


def _error_of(y: Array, metric: str, constant: float) -> float:
    return float((np.abs(y - constant) ** (2 if metric == "mse" else 1)).mean())


def _nothing_is_better(ask: Any, y: Array, metric: str) -> bool:
    best = float(ask(y, metric))
    return all(_error_of(y, metric, best) <= _error_of(y, metric, best + step) + 1e-12 for step in (-0.1, 0.1))


def _by_metric(of_mse: Callable[[Array], Any], of_mae: Callable[[Array], Any]) -> Any:
    return lambda y, metric: of_mse(y) if metric == "mse" else of_mae(y)


BEST_CONSTANT = Exercise(
    "best_constant",
    groups=(
        Group("the mean squared error", lambda rng: _draw_constant("mse", _turn(rng) % 2)(rng), weight=2),
        Group("the mean absolute error of an odd number of targets", _draw_constant("mae", 1), weight=2),
        Group("the mean absolute error of an even number of targets", _draw_constant("mae", 0)),
        Group("one target far from the others", _draw_outlier),
        Group("targets that occur several times", _draw_repeated),
    ),
    oracle=_constant_oracle,
    laws=(Law("moving the constant a little makes the metric no smaller", _nothing_is_better),),
    mistakes=(
        Mistake(
            "the mean for both",
            "The MAE pulls as hard at near targets as at far ones: which number has as many targets above as below?",
            lambda y, metric: y.mean(),
        ),
        Mistake(
            "the median for both",
            "Squares care how far away a target lies: at which number do the errors sum to 0?",
            lambda y, metric: np.median(y),
        ),
        Mistake(
            "the two swapped",
            "Which of the two metrics is balanced when errors cancel, and which when as many lie above as below?",
            _by_metric(np.median, np.mean),
        ),
        Mistake(
            "the middle of an unsorted list",
            "The middle of the list is the median only when the list stands in order of size.",
            _by_metric(np.mean, lambda y: y[len(y) // 2]),
        ),
        Mistake(
            "the upper of the two middle ones",
            "With an even number of targets two stand in the middle: what does the docstring ask for then?",
            _by_metric(np.mean, lambda y: np.sort(y)[len(y) // 2]),
        ),
        Mistake(
            "the lower of the two middle ones",
            "With an even number of targets two stand in the middle: what does the docstring ask for then?",
            _by_metric(np.mean, lambda y: np.sort(y)[(len(y) - 1) // 2]),
        ),
        Mistake(
            "half-way between the ends",
            "That looks at two targets only, the smallest and the largest: all of them count.",
            lambda y, metric: (y.min() + y.max()) / 2,
        ),
        Mistake(
            "repeated targets counted once",
            "A target that occurs several times pulls several times: leave the repeated ones in.",
            _by_metric(np.mean, lambda y: np.median(np.unique(y))),
        ),
        Mistake(
            "found by trying",
            "That is close, as if found by trying numbers: the derivation above names the exact constant.",
            matches=lambda value, case: (
                abs(float(value) - float(_constant_oracle(*case.args))) < np.ptp(case.args[0]) / 200
            ),
        ),
        Mistake(
            "the metric instead of the constant",
            "This is how large the metric is at its best; asked for is the constant that gets it there.",
            lambda y, metric: _error_of(y, metric, _by_metric(np.mean, np.median)(y, metric)),
        ),
    ),
)

# --- mape ----------------------------------------------------------------------------------------


def _percent_oracle(y: Array, p: Array, percent: bool = False) -> Any:
    import torch

    ones = torch.ones(len(y), dtype=torch.float64)
    return torch.nn.functional.l1_loss(_tensor(p) / _tensor(y), ones) * (100 if percent else 1)


def _scaled(slip: Callable[[Array, Array], Any]) -> Any:
    return lambda y, p, percent=False: slip(y, p) * (100 if percent else 1)


def _tiny_target(rng: np.random.Generator) -> Pair:
    y, p = _around_zero(rng)
    y[int(rng.integers(len(y)))] *= 1e-6
    return y, p


MAPE = Exercise(
    "mape",
    groups=(
        Group("a fraction, as nothing else is said", _around_zero, weight=3),
        Group("per cent", lambda rng: (*_around_zero(rng), True), weight=2),
        Group("a fraction that is asked for", lambda rng: (*_draw_pair(rng, centre=20.0), False)),
        Group("a target near 0", _tiny_target),
        Group("a single sample", _single, edge=True),
    ),
    oracle=_percent_oracle,
    laws=(
        Law(
            "another unit for targets and predictions changes nothing",
            lambda ask, y, p, *rest: all_close(ask(1000 * y, 1000 * p, *rest), ask(y, p, *rest)),
        ),
    ),
    mistakes=(
        Mistake(
            "always a fraction",
            "What does the third argument ask for?",
            lambda y, p, percent=False: np.abs((y - p) / y).mean(),
        ),
        Mistake(
            "always per cent",
            "By default a fraction is due: when does the factor 100 come in?",
            lambda y, p, percent=False: 100 * np.abs((y - p) / y).mean(),
        ),
        Mistake(
            "fraction and per cent swapped",
            "Which of the two does True ask for, and which of them is 100 times the other?",
            lambda y, p, percent=False: (1 if percent else 100) * np.abs((y - p) / y).mean(),
        ),
        Mistake(
            "divided by the prediction",
            "The error is measured as a share of what was true, not of what was said.",
            _scaled(lambda y, p: np.abs((y - p) / p).mean()),
        ),
        Mistake(
            "no sizes",
            "Errors of opposite sign cancel: the size of each relative error is asked for.",
            _scaled(lambda y, p: ((y - p) / y).mean()),
        ),
        Mistake(
            "size taken after the mean",
            "By then the signs have cancelled: take the size of each relative error before the mean.",
            _scaled(lambda y, p: np.abs(((y - p) / y).mean())),
        ),
        Mistake(
            "size of the error, not of the target",
            "A target below 0 turns a share negative: do the bars enclose the whole fraction?",
            _scaled(lambda y, p: (np.abs(y - p) / y).mean()),
        ),
        Mistake(
            "all errors by all targets",
            "Each error is divided by its own target before anything is averaged.",
            _scaled(lambda y, p: np.abs(y - p).sum() / np.abs(y).sum()),
        ),
        Mistake(
            "sum instead of mean",
            "The number should not grow because there are more samples: divide by what?",
            _scaled(lambda y, p: np.abs((y - p) / y).sum()),
        ),
        Mistake(
            "not divided by the target",
            "A relative error is a share of something: of what?",
            _scaled(lambda y, p: np.abs(y - p).mean()),
        ),
        Mistake(
            "squares of the relative errors",
            "No square stands in this formula: the bars take the sign away.",
            _scaled(lambda y, p: (((y - p) / y) ** 2).mean()),
        ),
        Mistake(
            "divided by the mean of both",
            "Only the true value stands below the bar of the fraction.",
            _scaled(lambda y, p: (2 * np.abs(y - p) / (np.abs(y) + np.abs(p))).mean()),
        ),
    ),
)

# --- r2 ------------------------------------------------------------------------------------------


def _offset_pair(rng: np.random.Generator) -> Pair:
    y, p = _draw_pair(rng)
    return y, p + rng.choice([-1, 1]) * rng.uniform(1.5, 2.5)


def _worse_than_the_mean(rng: np.random.Generator) -> Pair:
    y, p = _draw_pair(rng)
    return y, 2.5 * y.mean() - 1.5 * p + rng.uniform(0.5, 1.0)


def _r2_oracle(y: Array, p: Array) -> Any:
    import torch

    return 1 - torch.nn.functional.mse_loss(_tensor(p), _tensor(y)) / _tensor(y).var(correction=0)


def _sums(y: Array, p: Array) -> tuple[Any, Any]:
    return ((y - p) ** 2).sum(), ((y - y.mean()) ** 2).sum()


R2 = Exercise(
    "r2",
    groups=(
        Group("typical predictions", _draw_pair, weight=3),
        Group("predictions that are all shifted", _offset_pair),
        Group("predictions worse than the mean", _worse_than_the_mean),
        Group("two samples", lambda rng: _draw_pair(rng, m=2), edge=True),
    ),
    oracle=_r2_oracle,
    laws=(
        Law(
            "another unit and another zero for targets and predictions change nothing",
            lambda ask, y, p: all_close(ask(1.8 * y + 32, 1.8 * p + 32), ask(y, p)),
        ),
        Law(
            "the mean predictor gets 0",
            lambda ask, y, p: abs(float(ask(y, np.full(len(y), y.mean())))) < 1e-4,
        ),
    ),
    mistakes=(
        Mistake(
            "1 minus left out",
            "What do perfect predictions get here, and what should they get?",
            lambda y, p: -_sums(y, p)[0] / _sums(y, p)[1],
        ),
        Mistake(
            "share of the error that is left",
            "This is the share of the mean predictor's error that remains; how much of it is gone?",
            lambda y, p: _sums(y, p)[0] / _sums(y, p)[1],
        ),
        Mistake(
            "true and predicted swapped",
            "Below the bar stands the spread of the targets around their mean: the two arrays play different roles.",
            lambda y, p: 1 - _sums(p, y)[0] / _sums(p, y)[1],
        ),
        Mistake(
            "mean of the predictions",
            "Compare with a predictor that always says the mean of the targets, not that of the predictions.",
            lambda y, p: 1 - _sums(y, p)[0] / ((y - p.mean()) ** 2).sum(),
        ),
        Mistake(
            "compared with zero",
            "Compare with the predictor that always says the mean: where does the mean come in below the bar?",
            lambda y, p: 1 - _sums(y, p)[0] / (y**2).sum(),
        ),
        Mistake(
            "squared correlation",
            "A correlation forgives any shift and any stretching of the predictions; R² forgives neither.",
            lambda y, p: np.corrcoef(y, p)[0, 1] ** 2,
        ),
        Mistake(
            "variance of the errors",
            "A variance is taken around its own mean, so it misses an error that all predictions share.",
            lambda y, p: 1 - (y - p).var() / y.var(),
        ),
        Mistake(
            "m above and m - 1 below",
            "Both sums have m terms: divide both by the same number, or neither.",
            lambda y, p: 1 - _mse(y, p) / y.var(ddof=1),
        ),
        Mistake(
            "not below zero",
            "Predictions may be worse than the mean, and then the number falls below 0: is something cut off?",
            lambda y, p: max(0.0, 1 - _sums(y, p)[0] / _sums(y, p)[1]),
        ),
        Mistake(
            "absolute errors",
            "Both sums are sums of squares.",
            lambda y, p: 1 - np.abs(y - p).sum() / np.abs(y - y.mean()).sum(),
        ),
        Mistake(
            "spread of the predictions",
            "Above the bar stand the errors of the predictions, not their distances from the mean.",
            lambda y, p: ((p - y.mean()) ** 2).sum() / _sums(y, p)[1],
        ),
        Mistake(
            "brackets missing",
            "First the whole fraction, then 1 minus it: does a bracket end too late?",
            lambda y, p: (1 - _sums(y, p)[0]) / _sums(y, p)[1],
        ),
        Mistake(
            "per cent",
            "Perfect predictions get 1, not 100.",
            lambda y, p: 100 * (1 - _sums(y, p)[0] / _sums(y, p)[1]),
        ),
    ),
)

# --- compare_models ------------------------------------------------------------------------------

METRICS = ("mae", "mse", "rmse", "mape", "r2")


def _draw_models(rng: np.random.Generator, k: int | None = None) -> Pair:
    """Draw models of which MAE, MSE and MAPE each prefer another one."""
    while True:
        y, _ = _around_zero(rng, int(rng.integers(6, 10)))
        m = len(y)
        # one large error; even errors; errors that grow with the target; worse than the mean
        rows = [rng.uniform(0.1, 0.8, m), rng.uniform(0.7, 1.2, m), 0.3 * np.abs(y) * rng.uniform(0.7, 1.4, m)]
        rows[0][rng.integers(m)] = 4.0
        rows.append(rng.uniform(4.0, 6.0, m))
        errors = np.array([row * _signs(rng, m) for row in rows])[rng.permutation(4)]
        best = _table(y, y + errors)["best"]
        if k == 1:
            return y, (y + errors)[:1]
        if len(set(best[[0, 1, 3]])) == 3 and best[4] != 0:
            return y, y + errors


def _table(y: Array, predictions: Array) -> dict[str, Any]:
    """Fill the table for the slips below."""
    mse = _mse(y, predictions)
    table = {
        "mae": np.abs(y - predictions).mean(axis=1),
        "mse": mse,
        "rmse": mse**0.5,
        "mape": np.abs(1 - predictions / y).mean(axis=1),
        "r2": 1 - mse * len(y) / ((y - y.mean()) ** 2).sum(),
    }
    lower = [int(np.argmin(table[name])) for name in METRICS[:-1]]
    return table | {"best": np.array([*lower, int(np.argmax(table["r2"]))])}


def _compare_oracle(y: Array, predictions: Array) -> dict[str, Any]:
    import torch

    scores: dict[str, Any] = {name: [] for name in METRICS}
    for row in predictions:
        scores["mae"].append(_mae_oracle(y, row))
        scores["mse"].append(torch.nn.functional.mse_loss(_tensor(row), _tensor(y)))
        scores["rmse"].append(torch.linalg.vector_norm(_tensor(row) - _tensor(y)) / len(y) ** 0.5)
        scores["mape"].append(_percent_oracle(y, row))
        scores["r2"].append(_r2_oracle(y, row))
    table = {name: torch.stack(values) for name, values in scores.items()}
    best = [values.max(0) if name == "r2" else values.min(0) for name, values in table.items()]
    return table | {"best": torch.stack([one.indices for one in best])}


def _with(step: str, slip: Callable[[Array, Array], Any]) -> Any:
    """Return a table in which one entry comes from a slip."""
    return lambda y, predictions: _table(y, predictions) | {step: slip(y, predictions)}


def _best_by(pick: Callable[[dict[str, Any]], Any]) -> Any:
    return _with("best", lambda y, predictions: pick(_table(y, predictions)))


COMPARE_MODELS = Exercise(
    "compare_models",
    groups=(
        Group("several models", _draw_models, weight=3, count=3),
        Group("a single model", lambda rng: _draw_models(rng, k=1), edge=True),
    ),
    oracle=_compare_oracle,
    mistakes=(
        Mistake(
            "averaged over the models",
            "Each model gets one number: along which axis do its samples lie?",
            _with("mae", lambda y, p: np.abs(y - p).mean(axis=0)),
        ),
        Mistake(
            "all models in one number",
            "Each model gets a number of its own: is the mean taken over the whole table?",
            _with("mae", lambda y, p: np.abs(y - p).mean()),
        ),
        Mistake(
            "MAE without sizes",
            "Errors of opposite sign cancel in the MAE: take the size of each first.",
            _with("mae", lambda y, p: (y - p).mean(axis=1)),
        ),
        Mistake(
            "MSE halved",
            "The half of lesson 01 belongs to the loss J; the MSE has none.",
            _with("mse", lambda y, p: _mse(y, p) / 2),
        ),
        Mistake(
            "RMSE without its root",
            "The R in RMSE stands for a root: the result has the unit of the targets.",
            _with("rmse", _mse),
        ),
        Mistake(
            "root of each error",
            "The root comes last: average the squares, then take the root once.",
            _with("rmse", lambda y, p: np.abs(y - p).mean(axis=1)),
        ),
        Mistake(
            "MAPE in per cent",
            "The MAPE of this table is a fraction.",
            _with("mape", lambda y, p: 100 * _table(y, p)["mape"]),
        ),
        Mistake(
            "MAPE divided by the prediction",
            "The relative error is a share of the true value.",
            _with("mape", lambda y, p: np.abs((y - p) / p).mean(axis=1)),
        ),
        Mistake(
            "MAPE by targets with their sign",
            "A target below 0 turns a share negative: what do the bars of the formula enclose?",
            _with("mape", lambda y, p: (np.abs(y - p) / y).mean(axis=1)),
        ),
        Mistake(
            "R² without 1 minus",
            "What do perfect predictions get for R² here, and what should they get?",
            _with("r2", lambda y, p: -_mse(y, p) / y.var()),
        ),
        Mistake(
            "R² around each model's mean",
            "R² compares with the mean of the targets, which is the same for every model.",
            _with("r2", lambda y, p: 1 - _mse(y, p) / p.var(axis=1)),
        ),
        Mistake(
            "R² with m above and m - 1 below",
            "Both sums of R² have m terms: divide both by the same number, or neither.",
            _with("r2", lambda y, p: 1 - _mse(y, p) / y.var(ddof=1)),
        ),
        Mistake(
            "smallest R² preferred",
            "For four of the metrics small is good; is it for all five?",
            _best_by(lambda table: [int(np.argmin(table[name])) for name in METRICS]),
        ),
        Mistake(
            "largest of every metric",
            "An error is good when it is small; only one of the five metrics wants to be large.",
            _best_by(lambda table: [int(np.argmax(table[name])) for name in METRICS]),
        ),
        Mistake(
            "models counted from 1",
            "Row numbers start at 0.",
            _best_by(lambda table: table["best"] + 1),
        ),
        Mistake(
            "best values instead of models",
            "These are the best values; which rows do they stand in?",
            _best_by(lambda table: [table[name][best] for name, best in zip(METRICS, table["best"], strict=True)]),
        ),
    ),
)

# --- catches_wrong_r2: a test to write -----------------------------------------------------------

RIGHT_ONES = ("by_one_fraction", "by_a_loop", "by_dot_products", "by_variance")
WRONG_ONES = {
    "a 1 that is missing": "without_the_one",
    "true and predicted swapped": "with_swapped_roles",
    "a squared correlation": "as_squared_correlation",
    "a variance of the errors": "blind_to_an_offset",
    "results cut off at 0": "never_below_zero",
    "a comparison with 0": "compared_with_zero",
    "a comparison with the median": "compared_with_the_median",
    "absolute errors": "with_absolute_errors",
    "sums divided by m and by m - 1": "divided_by_different_counts",
    "the spread of the predictions": "spread_of_predictions",
}

_TARGETS = np.array([2.0, -1.0, 5.5, 3.0, 9.0, 4.0])
_GOOD = np.array([2.6, -0.2, 4.6, 3.7, 8.0, 3.6])
_BAD = np.array([7.0, 6.0, -1.0, 4.5, 0.0, 8.0])
_LINE = np.column_stack([_GOOD, np.ones(6)])
_FITTED = _LINE @ np.linalg.lstsq(_LINE, _TARGETS, rcond=None)[0]  # no offset, no stretching left
_MEAN = np.full(6, _TARGETS.mean())


def _r2_percent(y: Array, p: Array) -> float:
    return float(100 - 100 * _sums(y, p)[0] / _sums(y, p)[1])


def _misses(one: Any, *predictions: Array) -> bool:
    """Say whether an implementation errs on some of the predictions."""
    with np.errstate(all="ignore"):
        return any(not abs(one(_TARGETS, p) - _r2_percent(_TARGETS, p)) <= 1e-8 for p in predictions)


def _catches_oracle(implementation: Any) -> bool:
    everything = (_GOOD, _GOOD + 1.5, 0.5 * _GOOD, _BAD, _FITTED)
    wanted = [100 * float(_r2_oracle(_TARGETS, p)) for p in everything]
    found = [float(implementation(_TARGETS, p)) for p in everything]
    return not np.allclose(found, wanted, rtol=1e-9, atol=1e-9)


TOO_MUCH = "Too much passes: compare each number with an R² of your own, on predictions of several kinds."

CATCHES_WRONG_R2 = Exercise(
    "catches_wrong_r2",
    groups=(
        Group("right implementations", lambda rng: (_given(str(rng.choice(RIGHT_ONES))),), weight=4, count=4),
        *(
            Group(kind, lambda rng, name=name: (_given(name),), count=1)  # type: ignore[misc]
            for kind, name in WRONG_ONES.items()
        ),
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
            "good predictions alone",
            "Your predictions are all better than the mean: what may an R² be when they are worse?",
            lambda one: _misses(one, _GOOD, _GOOD + 1.5),
        ),
        Mistake(
            "predictions without an offset",
            "Shift all predictions by the same amount: which slips show only then?",
            lambda one: _misses(one, _FITTED),
        ),
        Mistake(
            "perfect predictions alone",
            "Most slips give 100 for perfect predictions as well: try predictions that err.",
            lambda one: _misses(one, _TARGETS),
        ),
        Mistake(
            "the mean predictor alone",
            "Several slips give 0 for the mean predictor as well: try other predictions too.",
            lambda one: _misses(one, _MEAN),
        ),
        Mistake(
            "looks at the range",
            "A number up to 100 can still be the wrong number: what should it be for these predictions?",
            lambda one: max(one(_TARGETS, _GOOD), one(_TARGETS, _BAD)) > 100.0001,
        ),
        Mistake(
            "right and wrong swapped",
            "True means that something is wrong: which of the two verdicts does your function give?",
            lambda one: not _misses(one, _GOOD, _GOOD + 1.5, _BAD),
        ),
        Mistake(
            "lets too much pass",
            TOO_MUCH,
            matches=lambda value, case: value in (False, 0),
        ),
        Mistake(
            "accuses right implementations",
            "You accuse a right one. Right ones answer in per cent and differ by rounding only: how close is close?",
            matches=lambda value, case: value in (True, 1),
        ),
    ),
)

# --- mended_mape: a bug hunt ---------------------------------------------------------------------


def _near_zero(rng: np.random.Generator) -> Pair:
    y, p = _around_zero(rng)
    y[int(rng.integers(len(y)))] *= 0.01
    return y, p


def _with_a_zero(rng: np.random.Generator) -> Pair:
    y, p = _around_zero(rng)
    y[int(rng.integers(len(y)))] = 0.0
    return y, p


def _wape_oracle(y: Array, p: Array) -> Any:
    import torch

    size = torch.linalg.vector_norm
    return size(_tensor(y) - _tensor(p), ord=1) / size(_tensor(y), ord=1)


def _own_targets(value: Any, case: Any) -> bool:
    """Recognise a mean of errors over their own targets, however a division by 0 is dodged."""
    y, p = case.args
    own = float(_own_share(y, p)) if y.all() else np.inf
    return bool(float(value) > 1e3 or (np.isfinite(own) and abs(float(value) - own) <= 1e-3 * own))


def _own_share(y: Array, p: Array) -> Any:
    return np.abs((y - p) / y).mean()


def _one_side_cancels(above: Callable[[Array], Any], below: Callable[[Array], Any]) -> Any:
    """Recognise a sum in which signs cancel, whichever sign is left at the end."""
    return lambda value, case: all_close(
        abs(float(value)), float(abs(above(case.args[0] - case.args[1])) / abs(below(case.args[0])))
    )


def _total(values: Array) -> Any:
    return np.abs(values).sum()


MENDED_MAPE = Exercise(
    "mended_mape",
    groups=(
        Group("targets that cross zero", _near_zero, weight=3),
        Group("a target that is exactly 0", _with_a_zero, weight=2),
        Group("targets above 0", lambda rng: _draw_pair(rng, centre=20.0)),
    ),
    oracle=_wape_oracle,
    laws=(
        Law(
            "another unit for targets and predictions changes nothing",
            lambda ask, y, p: all_close(ask(1000 * y, 1000 * p), ask(y, p)),
        ),
    ),
    mistakes=(
        Mistake(
            "each error by its own target",
            "A small target still blows up its own share: add up the sizes first, above and below the bar.",
            matches=_own_targets,
        ),
        Mistake(
            "zeros left out",
            "Leaving samples out hides their errors: every error counts, whatever its target is.",
            lambda y, p: _total((y - p)[y != 0]) / _total(y),
        ),
        Mistake(
            "targets that cancel",
            "Targets of opposite sign cancel below the bar: add up their sizes.",
            matches=_one_side_cancels(_total, np.sum),
        ),
        Mistake(
            "errors that cancel",
            "Errors of opposite sign cancel above the bar: add up their sizes.",
            matches=_one_side_cancels(np.sum, _total),
        ),
        Mistake(
            "signs on both sides",
            "Signs cancel above and below the bar: add up sizes, of the errors and of the targets.",
            matches=_one_side_cancels(np.sum, np.sum),
        ),
        Mistake(
            "symmetric shares",
            "That is another mend, with a share of its own for each sample: here the sizes are added up first.",
            lambda y, p: (2 * np.abs(y - p) / (np.abs(y) + np.abs(p))).mean(),
        ),
        Mistake(
            "divided by the predictions",
            "The errors are a share of what was true, not of what was said.",
            lambda y, p: np.abs(y - p).sum() / np.abs(p).sum(),
        ),
        Mistake(
            "per cent",
            "A fraction is asked for: the example in the docstring gives 0.25.",
            lambda y, p: 100 * np.abs(y - p).sum() / np.abs(y).sum(),
        ),
        Mistake(
            "not divided",
            "A share of something is asked for: what do the errors have to be compared with?",
            lambda y, p: np.abs(y - p).mean(),
        ),
    ),
)

# --- mended_r2: a bug hunt -----------------------------------------------------------------------


def _constant(rng: np.random.Generator, error: float, rounds: bool = False) -> Pair:
    """Draw equal targets, and two errors that cancel; the mean of targets that round is not quite any of them."""
    while True:
        m = int(rng.integers(3, 8))
        y = np.full(m, rng.uniform(0.1, 9.0) if rounds else float(rng.integers(2, 9)))
        if rounds == bool(np.any(y - y.mean())):
            break
    return y, y + error * rng.uniform(0.4, 2.0) * np.array([1.0, -1.0] + [0.0] * (m - 2))


def _missed(rng: np.random.Generator) -> Pair:
    """Draw equal targets, and predictions that are off on both sides or all by the same, in turn."""
    y, p = _constant(rng, 1.0)
    return y, p if _turn(rng) % 2 == 0 else np.full(len(y), p[0])


def _worse(rng: np.random.Generator) -> Pair:
    """Draw predictions that are worse than the mean, and in turn a constant that is."""
    y, p = _worse_than_the_mean(rng)
    return y, p if _turn(rng) % 2 == 0 else np.full(len(y), y.mean() + rng.uniform(1.0, 3.0))


def _rounding(rng: np.random.Generator) -> Pair:
    return _constant(rng, float(_turn(rng) % 2), rounds=True)


def _tiny(rng: np.random.Generator) -> Pair:
    y, p = _draw_pair(rng)
    return y * 1e-16, p * 1e-16


def _partly_equal(rng: np.random.Generator) -> Pair:
    """Draw predictions better than the mean, so that a 0 is not what a cut-off at 0 would give."""
    while True:
        y, p = _draw_pair(rng)
        y[1] = y[-1] = y[0]
        if _sums(y, p)[0] < 0.8 * _sums(y, p)[1]:
            return y, p


def _convention_oracle(y: Array, p: Array) -> Any:
    import torch

    if len(torch.unique(_tensor(y))) == 1:
        return float(torch.equal(_tensor(y), _tensor(p)))
    return _r2_oracle(y, p)


def _in_case(constant: Callable[[Array, Array], Any], is_constant: Callable[[Array], bool] | None = None) -> Any:
    """Return R² with a slip for constant targets, or in telling them."""

    def answer(y: Array, p: Array) -> Any:
        if is_constant(y) if is_constant is not None else (y == y[0]).all():
            return constant(y, p)
        ours, mean_predictor = _sums(y, p)
        return 1 - ours / mean_predictor

    return answer


def _convention(y: Array, p: Array) -> float:
    return float((y == p).all())


MENDED_R2 = Exercise(
    "mended_r2",
    groups=(
        Group("targets that differ", _draw_pair, weight=2),
        Group("constant targets, perfect predictions", lambda rng: _constant(rng, 0.0), edge=True),
        Group("constant targets, other predictions", _missed, edge=True),
        Group("constant targets, predictions close to them", lambda rng: _constant(rng, 1e-9), edge=True),
        Group("constant targets whose mean is rounded", _rounding, edge=True),
        Group("targets of which some are equal", _partly_equal),
        Group("predictions worse than the mean", _worse, edge=True),
        Group("tiny targets that differ", _tiny),
    ),
    oracle=_convention_oracle,
    mistakes=(
        Mistake(
            "a mean that should be exact",
            "The mean of equal numbers, rounded, may miss them in the last digit: how else are they seen to be equal?",
            _in_case(_convention, lambda y: bool(_sums(y, y)[1] == 0)),
        ),
        Mistake(
            "not mended",
            "With constant targets the sum below the bar is 0: that case needs its own answer, before the division.",
            _in_case(lambda y, p: np.float64(_sums(y, p)[0]) * -np.inf + 1, lambda y: not _sums(y, y)[1]),
        ),
        Mistake(
            "small taken for constant",
            "Targets may be tiny and still differ: equal means equal here, not close.",
            _in_case(_convention, lambda y: bool(np.isclose(_sums(y, y)[1], 0))),
        ),
        Mistake(
            "close taken for perfect",
            "Predictions that are off by a billionth do not equal their targets: is that test too kind?",
            _in_case(lambda y, p: float(np.allclose(p, y))),
        ),
        Mistake(
            "not below zero",
            "Predictions may be worse than the mean, and then the number falls below 0: is something cut off?",
            lambda y, p: _convention(y, p) if (y == y[0]).all() else max(0.0, 1 - np.divide(*_sums(y, p))),
        ),
        Mistake(
            "always 1 for constant targets",
            "Constant targets and predictions that miss them: would you call that perfect?",
            _in_case(lambda y, p: 1.0),
        ),
        Mistake(
            "always 0 for constant targets",
            "Constant targets and predictions that hit every one: what does the docstring say?",
            _in_case(lambda y, p: 0.0),
        ),
        Mistake(
            "0 and 1 swapped",
            "Which predictions of constant targets deserve the 1?",
            _in_case(lambda y, p: 1 - _convention(y, p)),
        ),
        Mistake(
            "not a number for constant targets",
            "The docstring names a number for each kind of prediction, also when all targets are the same.",
            _in_case(lambda y, p: np.nan),
        ),
        Mistake(
            "a small number added below the bar",
            "A small constant below the bar makes a huge number out of an undefined one: treat the case on its own.",
            matches=lambda value, case: float(value) < -1e5 and np.isfinite(float(value)),
        ),
        Mistake(
            "1 minus left out",
            "What do perfect predictions get when the targets differ, and what should they get?",
            lambda y, p: _convention(y, p) if (y == y[0]).all() else -np.divide(*_sums(y, p)),
        ),
    ),
)

# --- same_shape_metric ---------------------------------------------------------------------------


def _metric(name: str) -> Given:
    return Given(f"regression_metrics.{name}", local=True)


def _draw_shapes(*columns: bool) -> Any:
    """Return a draw of two arrays of one shape, rows or columns in turn."""

    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        y, p = _draw_pair(rng)
        turn = _turn(rng)
        if ((p - y).mean() < 0) != (turn % 2 == 1):  # predictions too high and too low on average, in turn
            p = 2 * y - p
        name = ("average_offset", "worst_error", "typical_error")[turn % 3]
        column = columns[turn % len(columns)]
        return _metric(name), y[:, None] if column else y, p[:, None] if column else p

    return draw


def _refusal(ask: Any, y: Array, p: Array) -> Any:
    """Return the error with which an answer refuses two arrays, or None."""
    try:
        ask(_metric("worst_error"), y, p)
    except Exception as none:  # what the judge raises when an answer has no value
        return getattr(getattr(none, "reply", None), "error", None)
    return None


def _refuses_columns(ask: Any, metric: Any, y: Array, p: Array) -> bool:
    y, p = y.ravel(), p.ravel()
    pairs = ((y, p[:, None]), (y[:, None], p), (y[:, None], p[None]), (y[None], p[:, None]))
    return all(_refusal(ask, *pair) for pair in pairs)


def _refuses_lengths(ask: Any, metric: Any, y: Array, p: Array) -> bool:
    y, p = y.ravel(), p.ravel()
    column = y[:, None]
    pairs = ((y, p[:1]), (y[:1], p), (column, p[:1, None]), (y, p[:-1]), (column, np.column_stack([p, p])))
    return all(_refusal(ask, *pair) for pair in pairs)


def _says(ask: Any, y: Array, p: Array, test: Callable[[Any, str], bool]) -> bool:
    pairs = ((y.ravel(), p.ravel()[:, None]), (y.ravel()[:, None], p.ravel()))
    said = [(_refusal(ask, one, other), one.shape, other.shape) for one, other in pairs]
    return all(error is not None and all(test(error, str(shape)) for shape in shapes) for error, *shapes in said)


def _same_shape_oracle(metric: Any, y: Array, p: Array) -> float:
    return float(metric(np.array(y), np.array(p)))


SAME_SHAPE_METRIC = Exercise(
    "same_shape_metric",
    groups=(
        Group("arrays of one shape", _draw_shapes(False, True, False), weight=2, count=4),
        Group("a row against a column", _draw_shapes(False, True)),
        Group("arrays of different length", _draw_shapes(True, False)),
        Group("the kind and the text of the error", _draw_shapes(False)),
    ),
    oracle=_same_shape_oracle,
    laws=(
        Law(
            "a row against a column is refused, whichever comes first",
            _refuses_columns,
            ("a row against a column",),
            "The metric complains of nothing, and reshaping hides whose mistake it was: what do you compare first? "
            "The refusal has to be raised, not returned.",
        ),
        Law(
            "arrays of different length are refused, also when one has a single entry",
            _refuses_lengths,
            ("arrays of different length",),
            "A single prediction fits any number of targets, by broadcasting: do you compare the whole shapes?",
        ),
        Law(
            "the refusal is a ValueError",
            lambda ask, metric, y, p: _says(ask, y, p, lambda error, shape: error.type == "ValueError"),
            ("the kind and the text of the error",),
            "The docstring promises a certain kind of exception: which one do you raise?",
        ),
        Law(
            "the message names both shapes",
            lambda ask, metric, y, p: _says(ask, y, p, lambda error, shape: shape in error.message),
            ("the kind and the text of the error",),
            "Whoever reads the message wants to know which two shapes met: does it say both?",
        ),
    ),
    mistakes=(
        Mistake(
            "size of the metric",
            "A metric may be below 0: give back what it says, as it is.",
            lambda metric, y, p: abs(metric(y, p)) + 0.0,
        ),
        Mistake(
            "predictions first",
            "In which order does the metric take its two arrays?",
            lambda metric, y, p: metric(p, y),
        ),
        Mistake(
            "a metric of its own",
            "The metric comes as an argument: is it called?",
            lambda metric, y, p: float(np.abs(y - p).mean()),
        ),
        Mistake(
            "says only whether the shapes agree",
            "When the shapes agree, the value of the metric is due, not a verdict on the shapes.",
            lambda metric, y, p: y.shape == p.shape,
        ),
    ),
)
