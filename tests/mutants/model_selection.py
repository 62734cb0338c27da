"""Right and wrong answers to the exercises of lesson 11."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from torch import nn

from course_utils.judging import Outcome
from solutions import model_selection as known
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
WRONG_, RAISED, PARTLY = Outcome.WRONG, Outcome.RAISED, Outcome.PARTLY
VALUE = (Outcome.WRONG, Outcome.PARTLY, Outcome.RAISED)


# --- parameter_grid ------------------------------------------------------------------------------


def _grid_product(choices: dict) -> list[dict]:
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def _grid_recursive(choices: dict) -> tuple:
    if not choices:
        return ({},)
    (name, candidates), *rest = choices.items()
    return tuple({name: one, **other} for one in candidates for other in _grid_recursive(dict(rest)))


def _grid_counter(choices: dict) -> list[dict]:
    """Count through all settings and read off the digits."""
    sizes = [len(candidates) for candidates in choices.values()]
    grid = []
    for number in range(int(np.prod(sizes))):
        digits = np.unravel_index(number, sizes) if sizes else ()
        grid.append({name: choices[name][int(digit)] for name, digit in zip(choices, digits, strict=True)})
    return grid


def _grid_one_dict(choices: dict) -> list[dict]:
    setting: dict = {}
    grid = []
    for values in itertools.product(*choices.values()):
        setting.update(zip(choices, values, strict=True))
        grid.append(setting)
    return grid


def _grid_sorted_names(choices: dict) -> list[dict]:
    from sklearn.model_selection import ParameterGrid

    return list(ParameterGrid(choices)) if choices else [{}]


def _grid_empties(choices: dict) -> list[dict]:
    grid = _grid_product(choices)
    choices.clear()
    return grid


# --- kfold_indices -------------------------------------------------------------------------------


def _kfold_loop(m: int, k: int, rng: np.random.Generator) -> list:
    order, begun, folds = rng.permutation(m).tolist(), 0, []
    for number in range(k):
        size = m // k + (1 if number < m % k else 0)
        val = sorted(order[begun : begun + size])
        folds.append([[i for i in range(m) if i not in val], val])
        begun += size
    return folds


def _kfold_masks(m: int, k: int, rng: np.random.Generator) -> list:
    fold_of = np.empty(m, dtype=int)
    order = np.arange(m)
    rng.shuffle(order)
    fold_of[order] = np.repeat(np.arange(k), [m // k + (j < m % k) for j in range(k)])
    return [(np.flatnonzero(fold_of != j), np.flatnonzero(fold_of == j)) for j in range(k)]


def _kfold_choice(m: int, k: int, rng: np.random.Generator) -> list:
    order = rng.choice(np.arange(m), size=m, replace=False, shuffle=False)[::-1]
    return [(np.setdiff1d(order, part), np.sort(part)) for part in np.array_split(order, k)]


def _kfold_unsorted(m: int, k: int, rng: np.random.Generator) -> list:
    order = rng.permutation(m)
    return [(order[~np.isin(order, part)], part) for part in np.array_split(order, k)]


def _kfold_truth_values(m: int, k: int, rng: np.random.Generator) -> list:
    return [(np.isin(np.arange(m), t), np.isin(np.arange(m), v)) for t, v in known.kfold_indices(m, k, rng)]


def _kfold_redrawn(m: int, k: int, rng: np.random.Generator) -> list:
    vals = [np.sort(rng.permutation(m)[: m // k]) for _ in range(k)]
    return [(np.setdiff1d(np.arange(m), val), val) for val in vals]


def _kfold_global(m: int, k: int, rng: np.random.Generator) -> list:
    return known.kfold_indices(m, k, np.random.default_rng(np.random.randint(2**31)))  # noqa: NPY002


# --- catches_leaky_folds -------------------------------------------------------------------------


def _catches_counters(make_folds: Any, m: int, k: int) -> bool:
    """Count memberships, for several generators."""
    seen = set()
    for seed in range(5):
        folds = make_folds(m, k, np.random.default_rng(seed))
        validated = np.zeros(m, dtype=int)
        for train, val in folds:
            member = np.zeros(m, dtype=int)
            np.add.at(member, train, 1)
            np.add.at(member, val, 1)
            np.add.at(validated, val, 1)
            if (member != 1).any():
                return True
        if len(folds) != k or (validated != 1).any():
            return True
        seen.add(tuple(map(int, folds[0][1])))
    return len(seen) == 1


def _catches_numpy_bool(make_folds: Any, m: int, k: int) -> Any:
    folds, others = (make_folds(m, k, np.random.default_rng(seed)) for seed in (7, 8))
    every = np.sort(np.concatenate([val for _, val in folds]))
    fine = (
        len(folds) == k
        and np.array_equal(every, np.arange(m))
        and all(np.array_equal(np.sort(np.concatenate(pair)), np.arange(m)) for pair in folds)
        and any(sorted(a) != sorted(b) for (_, a), (_, b) in zip(folds, others, strict=True))
    )
    return np.bool_(not fine)


def _catches_by_order(make_folds: Any, m: int, k: int) -> bool:
    """Right until it asks for the very order of the reference."""
    found = make_folds(m, k, np.random.default_rng(0))
    wanted = known.kfold_indices(m, k, np.random.default_rng(0))
    return len(found) != k or any(not np.array_equal(a[1], b[1]) for a, b in zip(found, wanted, strict=True))


def _catches_unlike_itself(make_folds: Any, m: int, k: int) -> bool:
    """Accuses folds whose sizes grow, although the text allows them."""
    folds = make_folds(m, k, np.random.default_rng(0))
    return known.catches_leaky_folds(make_folds, m, k) or len(folds[0][1]) < len(folds[-1][1])


def _catches_size_only(make_folds: Any, m: int, k: int) -> bool:
    folds = make_folds(m, k, np.random.default_rng(0))
    return len(folds) != k or sum(len(val) for _, val in folds) != m


def _catches_by_sets(make_folds: Any, m: int, k: int) -> bool:
    """Compare sets throughout; who is validated in two folds is not noticed."""
    folds, others = (make_folds(m, k, np.random.default_rng(seed)) for seed in (0, 1))
    everyone, validated = set(range(m)), {int(number) for _, val in folds for number in val}
    torn = any(set(train) & set(val) or set(train) | set(val) != everyone for train, val in folds)
    return len(folds) != k or torn or validated != everyone or str(folds) == str(others)


def _catches_hands_on(make_folds: Any, m: int, k: int) -> Any:
    return make_folds(m, k, np.random.default_rng(0))


# --- stratified_folds ----------------------------------------------------------------------------


def _stratified_shared_queue(labels: Array, k: int, rng: np.random.Generator) -> list[int]:
    queue = [int(p) for one in sorted(set(labels)) for p in rng.permutation(np.where(labels == one)[0])]
    fold_of = [0] * len(labels)
    for turn, position in enumerate(queue):
        fold_of[position] = turn % k
    return fold_of


def _stratified_shuffle(labels: Array, k: int, rng: np.random.Generator) -> Array:
    fold_of, start = np.zeros(len(labels)), 0
    for one in range(int(labels.max()) + 1):
        places = np.flatnonzero(labels == one)
        if len(places):
            rng.shuffle(places)
            fold_of[places] = (start + np.arange(len(places))) % k
            start = (start + len(places)) % k
    return fold_of


def _stratified_largest_first(labels: Array, k: int, rng: np.random.Generator) -> Array:
    """A right deal, with the classes in descending order."""
    return known.stratified_folds(-labels, k, rng)


# --- cross_validate ------------------------------------------------------------------------------


def _cross_masks(make_model: Any, X: Array, y: Array, folds: Any) -> list[float]:
    scores = []
    for _, val in folds:
        held_out = np.zeros(len(y), dtype=bool)
        held_out[val] = True
        model = make_model()
        model.fit(X[~held_out], y[~held_out])
        hits = sum(int(a == b) for a, b in zip(model.predict(X[held_out]), y[held_out], strict=True))
        scores.append(hits / len(val))
    return scores


def _cross_comprehension(make_model: Any, X: Array, y: Array, folds: Any) -> Array:
    return np.array([np.mean(make_model().fit(X[t], y[t]).predict(X[v]) == y[v]) for t, v in folds])


def _cross_not_called(make_model: Any, X: Array, y: Array, folds: Any) -> Array:
    return np.array([np.mean(make_model.fit(X[t], y[t]).predict(X[v]) == y[v]) for t, v in folds])


def _cross_first_fold(make_model: Any, X: Array, y: Array, folds: Any) -> Array:
    return known.cross_validate(make_model, X, y, folds[:1])


# --- one_standard_error --------------------------------------------------------------------------


def _error_loop(scores: Array) -> dict:
    means, errors = [], []
    for row in scores.tolist():
        mean = sum(row) / len(row)
        variance = sum((score - mean) ** 2 for score in row) / (len(row) - 1)
        means.append(mean)
        errors.append((variance / len(row)) ** 0.5)
    best = means.index(max(means))
    chosen = 0
    while means[chosen] < means[best] - errors[best]:
        chosen += 1
    return {"mean": means, "standard_error": errors, "best": best, "chosen": chosen}


def _error_flatnonzero(scores: Array) -> dict:
    k = scores.shape[-1]
    mean, error = scores.sum(axis=-1) / k, np.sqrt(np.var(scores, axis=-1) / (k - 1))
    best = np.argmax(mean)
    return {
        "chosen": np.flatnonzero(mean >= mean[best] - error[best])[0],
        "best": best,
        "standard_error": error,
        "mean": mean,
    }


# --- make_mlp ------------------------------------------------------------------------------------


class ByHandMLP(nn.Module):
    """A class with a list of layers and functional calls."""

    def __init__(self, n_inputs: int, n_hidden: int, n_layers: int, n_outputs: int, dropout: float) -> None:
        super().__init__()
        widths = [n_inputs, *[n_hidden] * n_layers, n_outputs]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in itertools.pairwise(widths)])
        self.rate = dropout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers[:-1]:
            x = nn.functional.dropout(torch.relu(layer(x)), self.rate, self.training)
        return self.layers[-1](x)


def _dropout_first(n: int, h: int, layers: int, c: int, p: float) -> nn.Module:
    """Drop and then cut off below 0: the same, for what is dropped is 0 either way."""
    net = nn.Sequential()
    for number in range(layers):
        net.append(nn.Linear(n if number == 0 else h, h))
        net.append(nn.Dropout(p))
        net.append(nn.ReLU())
    net.append(nn.Linear(h if layers else n, c))
    return net


def _mlp(hidden: Any, end: Any = (), before: Any = ()) -> Any:
    """Build an MLP with other parts behind each hidden layer, in front of all, or at the end."""

    def build(n: int, h: int, layers: int, c: int, p: float) -> nn.Module:
        parts: list[nn.Module] = [make(p) for make in before]
        for number in range(layers):
            parts += [nn.Linear(h if number else n, h), *[make(p) for make in hidden]]
        return nn.Sequential(*parts, nn.Linear(h if layers else n, c), *[make(p) for make in end])

    return build


def _relu(p: float) -> nn.Module:
    return nn.ReLU()


class _AlwaysDrops(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.dropout(x, self.p)


def _mlp_last_drop(n: int, h: int, layers: int, c: int, p: float) -> nn.Module:
    """Drop behind the last hidden layer only."""
    parts: list[nn.Module] = []
    for number in range(layers):
        parts += [nn.Linear(h if number else n, h), nn.ReLU()]
    if layers:
        parts.append(nn.Dropout(p))
    return nn.Sequential(*parts, nn.Linear(h if layers else n, c))


def _mlp_one_too_many(n: int, h: int, layers: int, c: int, p: float) -> nn.Module:
    return known.make_mlp(n, h, layers + 1, c, p)


def _mlp_misspelt(n: int, h: int, layers: int, c: int, p: float) -> nn.Module:
    return nn.Sequential(nn.Linear(n, h), nn.DropOut(p), nn.Linear(h, c))  # type: ignore[attr-defined]


# --- grid_search ---------------------------------------------------------------------------------


def _search_with_cross_validate(
    make_model: Any, grid: list, X: Array, y: Array, folds: Any, X_new: Array
) -> dict[str, Any]:
    table = [known.cross_validate(lambda s=setting: make_model(**s), X, y, folds).tolist() for setting in grid]
    best = max(range(len(grid)), key=lambda row: sum(table[row]) / len(folds))
    return {"scores": table, "best": best, "predictions": make_model(**grid[best]).fit(X, y).predict(X_new).tolist()}


def _search_fold_by_fold(make_model: Any, grid: list, X: Array, y: Array, folds: Any, X_new: Array) -> dict[str, Any]:
    table = np.empty((len(grid), len(folds)))
    for (column, (train, val)), (row, setting) in itertools.product(enumerate(folds), enumerate(grid)):
        model = make_model(**setting)
        model.fit(X[train], y[train])
        table[row, column] = np.mean(model.predict(X[val]) == y[val])
    best = np.argmax(table.sum(axis=1).round(9))
    final = make_model(**grid[best])
    final.fit(X, y)
    return {"predictions": final.predict(X_new), "scores": table, "best": best}


def _search_changed(**changes: Any) -> Any:
    def search(*args: Any) -> dict[str, Any]:
        found = known.grid_search(*args)
        return {name: changes[name](value, args) if name in changes else value for name, value in found.items()}

    return search


def _search_whole_dict(make_model: Any, grid: list, X: Array, y: Array, folds: Any, X_new: Array) -> dict[str, Any]:
    return known.grid_search(lambda **setting: make_model(setting), grid, X, y, folds, X_new)


# --- expected_best_score -------------------------------------------------------------------------


def _best_by_chances(cdf: Array, n: int) -> float:
    """Weigh each score with the chance that it is the best one."""
    total, before = 0.0, 0.0
    for hits, below in enumerate(np.asarray(cdf) ** n):
        total += hits * (below - before)
        before = below
    return total / (len(cdf) - 1)


def _best_simulated(cdf: Array, n: int) -> float:
    rng = np.random.default_rng(0)
    return float(np.searchsorted(cdf, rng.random((400, n))).max(axis=1).mean() / (len(cdf) - 1))


# --- mended_cross_validate -----------------------------------------------------------------------


def _mended_pipeline(make_model: Any, X: Array, y: Array, folds: Any, X_new: Array) -> dict[str, Any]:
    def answer(train: Array, labels: Array, asked: Array) -> Array:
        centred = train - train.mean(axis=0)
        spread = np.sqrt((centred**2).sum(axis=0) / (len(train) - 1))  # n - 1 stretches all features alike
        model = make_model()
        model.fit(centred / spread, labels)
        return model.predict((asked - train.mean(axis=0)) / spread)

    scores = [float((answer(X[t], y[t], X[v]) == y[v]).mean()) for t, v in folds]
    return {"scores": scores, "predictions": answer(X, y, X_new).tolist()}


def _mended_appended_fold(make_model: Any, X: Array, y: Array, folds: Any, X_new: Array) -> dict[str, Any]:
    """Treat the final training as one more fold."""
    everyone = np.arange(len(y))
    both, numbers = np.concatenate([X, X_new]), np.arange(len(y), len(y) + len(X_new))
    answers = []
    for train, asked in [*folds, (everyone, numbers)]:
        mean, spread = X[train].mean(0), X[train].std(0)
        model = make_model()
        model.fit((X[train] - mean) / spread, y[train])
        answers.append(model.predict((both[asked] - mean) / spread))
    scores = np.array([np.mean(found == y[val]) for found, (_, val) in zip(answers, folds, strict=False)])
    return {"scores": scores, "predictions": answers[-1]}


def _mended_in_place(make_model: Any, X: Array, y: Array, folds: Any, X_new: Array) -> dict[str, Any]:
    found = known.mended_cross_validate(make_model, X, y, folds, X_new)
    X -= X.mean(axis=0)
    return found


def _mended_one_number(make_model: Any, X: Array, y: Array, folds: Any, X_new: Array) -> dict[str, Any]:
    """One mean and one deviation for all features together."""
    scores = []
    for train, val in folds:
        mean, spread = X[train].mean(), X[train].std()
        model = make_model().fit((X[train] - mean) / spread, y[train])
        scores.append((model.predict((X[val] - mean) / spread) == y[val]).mean())
    final = make_model().fit((X - X.mean()) / X.std(), y)
    return {"scores": np.array(scores), "predictions": final.predict((X_new - X.mean()) / X.std())}


# --- the lists -----------------------------------------------------------------------------------

RIGHT: dict[str, dict[str, Any]] = {
    "parameter_grid": {
        "itertools": _grid_product,
        "recursion that gives a tuple": _grid_recursive,
        "a counter": _grid_counter,
    },
    "kfold_indices": {"loops and lists": _kfold_loop, "a number for each sample": _kfold_masks},
    "catches_leaky_folds": {"counters": _catches_counters, "a NumPy truth value": _catches_numpy_bool},
    "stratified_folds": {"one queue, a list": _stratified_shared_queue, "shuffle, floats": _stratified_shuffle},
    "cross_validate": {"masks and a list": _cross_masks, "one line": _cross_comprehension},
    "one_standard_error": {"loops": _error_loop, "other names for the same": _error_flatnonzero},
    "make_mlp": {"a class": ByHandMLP, "dropout before ReLU": _dropout_first},
    "grid_search": {"with cross_validate": _search_with_cross_validate, "fold by fold": _search_fold_by_fold},
    "expected_best_score": {
        "chances of each score": _best_by_chances,
        "one minus the mean": lambda cdf, n: 1 - sum(float(p) ** n for p in cdf[:-1]) / (len(cdf) - 1),
        "a NumPy scalar": lambda cdf, n: np.mean(1 - cdf[:-1] ** n),
    },
    "mended_cross_validate": {"a helper": _mended_pipeline, "the last training as a fold": _mended_appended_fold},
}

WRONG: dict[str, list[Wrong]] = {
    "parameter_grid": [
        Wrong("one dict for all", _grid_one_dict, NOT_YET, "the last setting again and again"),
        Wrong("names sorted", _grid_sorted_names, Outcome.LIBRARY, tells="sklearn"),
        Wrong("reversed", lambda choices: _grid_product(choices)[::-1], NOT_YET, "another order"),
        Wrong("empties the choices", _grid_empties, NOT_YET, tells="changes argument 1"),
        Wrong("number of settings", lambda choices: len(_grid_product(choices)), VALUE, tells="due"),
        Wrong("names left out", lambda choices: [{} for _ in _grid_product(choices)], NOT_YET, tells="is missing"),
        Wrong(
            "a name too many",
            lambda choices: [{**one, "number": k} for k, one in enumerate(_grid_product(choices))],
            NOT_YET,
            tells="no others",
        ),
    ],
    "kfold_indices": [
        Wrong("as drawn", _kfold_unsorted, NOT_YET, "not ascending", "ascending order"),
        Wrong("drawn by choice", _kfold_choice, NOT_YET, "another right split"),
        Wrong("truth values", _kfold_truth_values, NOT_YET, tells="another shape"),
        Wrong("validation parts drawn apart", _kfold_redrawn, NOT_YET, tells="shape"),
        Wrong(
            "global random numbers",
            _kfold_global,
            NOT_YET,
            tells="two answers",
        ),
        Wrong("fold numbers", lambda m, k, rng: rng.permutation(m) % k, NOT_YET, tells="due"),
        Wrong(
            "counts from 1",
            lambda m, k, rng: [(t + 1, v + 1) for t, v in known.kfold_indices(m, k, rng)],
            NOT_YET,
            tells="differ",
        ),
    ],
    "catches_leaky_folds": [
        Wrong("asks for one order", _catches_by_order, PARTLY, "accuses right folds"),
        Wrong("growing sizes accused", _catches_unlike_itself, PARTLY, "accuses some right folds"),
        Wrong("sizes only", _catches_size_only, PARTLY, "lets some wrong folds pass"),
        Wrong("sets only", _catches_by_sets, PARTLY, "validated twice not noticed"),
        Wrong("in words", lambda f, m, k: "leaks", WRONG_, tells="not True or False"),
        Wrong("hands on the folds", _catches_hands_on, WRONG_, tells="not True or False"),
        Wrong("no generator", lambda f, m, k: len(f(m, k)) != k, RAISED, tells="TypeError"),
    ],
    "stratified_folds": [
        Wrong("descending classes", _stratified_largest_first, NOT_YET, "another right deal"),
        Wrong("all in fold 0", lambda y, k, rng: np.zeros(len(y), dtype=int), NOT_YET, tells="is 0"),
        Wrong("the labels themselves", lambda y, k, rng: y.copy(), NOT_YET, tells="differ"),
        Wrong("one number a class", lambda y, k, rng: np.arange(len(set(y.tolist()))) % k, NOT_YET, tells="shape"),
        Wrong("sorts the labels", lambda y, k, rng: (y.sort(), known.stratified_folds(y, k, rng))[1], tells="changes"),
    ],
    "cross_validate": [
        Wrong("factory not called", _cross_not_called, RAISED, tells="AttributeError"),
        Wrong("first fold only", _cross_first_fold, WRONG_, tells="shape"),
        Wrong("doubled", lambda *args: 2 * known.cross_validate(*args), WRONG_, tells="twice what it should be"),
        Wrong("a dict", lambda *args: {"scores": known.cross_validate(*args)}, WRONG_, tells="a dict, not numbers"),
    ],
    "one_standard_error": [
        Wrong("a tuple", lambda scores: tuple(known.one_standard_error(scores).values()), WRONG_, tells="a dict"),
        Wrong(
            "chosen missing",
            lambda scores: {k: v for k, v in known.one_standard_error(scores).items() if k != "chosen"},
            WRONG_,
            tells="`chosen` is missing",
        ),
        Wrong(
            "rows counted from 1",
            lambda scores: {**(r := known.one_standard_error(scores)), "best": r["best"] + 1},
            NOT_YET,
            tells="`best`",
        ),
        Wrong(
            "the model's scores",
            lambda scores: {**(r := known.one_standard_error(scores)), "chosen": scores[r["chosen"]]},
            WRONG_,
            tells="`chosen`",
        ),
        Wrong(
            "medians", lambda s: {**known.one_standard_error(s), "mean": np.median(s, axis=1)}, NOT_YET, tells="mean"
        ),
    ],
    "make_mlp": [
        Wrong("linear layers in a row", _mlp([nn.Dropout]), NOT_YET, "no activation"),
        Wrong("sigmoid", _mlp([lambda p: nn.Sigmoid(), nn.Dropout]), NOT_YET, "sigmoid instead of ReLU"),
        Wrong("tanh", _mlp([lambda p: nn.Tanh(), nn.Dropout]), NOT_YET, "hyperbolic tangent instead of ReLU"),
        Wrong("ReLU at the end", _mlp([_relu, nn.Dropout], [_relu]), NOT_YET, "ReLU behind the last layer"),
        Wrong("softmax", _mlp([_relu, nn.Dropout], [lambda p: nn.Softmax(dim=1)]), NOT_YET, "softmax at the end"),
        Wrong(
            "log-softmax",
            _mlp([_relu, nn.Dropout], [lambda p: nn.LogSoftmax(dim=1)]),
            NOT_YET,
            "log-softmax at the end",
        ),
        Wrong("dropout at the end too", _mlp([_relu, nn.Dropout], [nn.Dropout]), NOT_YET, "drops outputs"),
        Wrong("dropout in front", _mlp([_relu], before=[nn.Dropout]), NOT_YET, "drops inputs only"),
        Wrong("functional dropout", _mlp([_relu, _AlwaysDrops]), NOT_YET, "drops in evaluation"),
        Wrong("share kept", _mlp([_relu, lambda p: nn.Dropout(1 - p)]), NOT_YET, "share kept instead of dropped"),
        Wrong("no dropout", _mlp([_relu]), NOT_YET, "nothing is dropped"),
        Wrong("last layer drops", _mlp_last_drop, PARTLY, tells="behind each hidden layer"),
        Wrong("a layer too many", _mlp_one_too_many, NOT_YET, tells="they should be"),
        Wrong("misspelt", _mlp_misspelt, RAISED, tells="DropOut"),
        Wrong("no network", lambda *sizes: [nn.Linear(3, 4)], WRONG_, tells="not an `nn.Module`"),
    ],
    "grid_search": [
        Wrong("setting as one argument", _search_whole_dict, RAISED, tells="TypeError"),
        Wrong("best setting, not its number", _search_changed(best=lambda b, a: a[1][b]), WRONG_, tells="`best`"),
        Wrong("transposed", _search_changed(scores=lambda s, a: s.T), WRONG_, tells="ransposed"),
        Wrong(
            "predictions for X",
            _search_changed(predictions=lambda p, a: known.grid_search(*a[:5], a[2])["predictions"]),
            WRONG_,
            tells="`predictions`",
        ),
        Wrong("a tuple", lambda *args: tuple(known.grid_search(*args).values()), WRONG_, tells="a dict"),
    ],
    "expected_best_score": [
        Wrong("simulated", _best_simulated, WRONG_, tells="differs"),
        Wrong("the most likely", lambda cdf, n: np.diff(cdf**n).argmax() / (len(cdf) - 1), NOT_YET, tells="differs"),
        Wrong("a hundred times", lambda cdf, n: 100 * known.expected_best_score(cdf, n), WRONG_, tells="differs"),
    ],
    "mended_cross_validate": [
        Wrong("changes X", _mended_in_place, NOT_YET, tells="changes argument 2"),
        Wrong("one scale for all features", _mended_one_number, NOT_YET, "no scale"),
        Wrong("scores only", lambda *a: known.mended_cross_validate(*a)["scores"], WRONG_, tells="a dict"),
        Wrong(
            "no predictions",
            lambda *a: {"scores": known.mended_cross_validate(*a)["scores"]},
            WRONG_,
            tells="`predictions` is missing",
        ),
    ],
}
