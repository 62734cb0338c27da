"""The exercises of lesson 11, model selection.

Oracles lean on scikit-learn (splits, cross-validation, grid search) and PyTorch, and share no code with the NumPy
answers. Where accuracies decide, cases are drawn again until every known slip gives numbers of its own: shares of a
few samples agree by accident too often.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.judging import Given
from course_utils.judging.calls import COUNT, MODES, Rng
from course_utils.judging.compare import as_plain, find_difference
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake, realise
from course_utils.judging.tolerance import all_close

Array = np.ndarray
Folds = Sequence[tuple[Array, Array]]
Draw = Callable[[np.random.Generator], tuple[Any, ...]]


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _telling(draw: Draw, right: Callable[..., Any], slips: Sequence[Callable[..., Any]]) -> Draw:
    """Draw until no slip gives what is right, and no part of the answer is all zeros."""

    def tell(rng: np.random.Generator) -> tuple[Any, ...]:
        for _ in range(1000):
            args = draw(rng)
            answer = right(*realise(args))
            parts = answer.values() if isinstance(answer, dict) else [answer]
            wanted = _flat(answer)
            if all(map(np.any, parts)) and not any(
                np.array_equal(_flat(slip(*realise(args))), wanted) for slip in slips
            ):
                return args
        raise RuntimeError("no case tells the slips from the right answer")

    return tell


def _flat(value: Any) -> Array:
    """Return all numbers of an answer in one row, without what rounding may change."""
    parts = value.values() if isinstance(value, dict) else [value]
    return np.concatenate([np.ravel(part).astype(float) for part in parts]).round(9)


# --- parameter_grid ------------------------------------------------------------------------------

_CANDIDATES: dict[str, list[Any]] = {
    "learning_rate": [0.003, 0.01, 0.03, 0.1, 0.3],
    "weight_decay": [0.0001, 0.001, 0.01, 0.1],
    "n_layers": [1, 2, 3, 4],
    "momentum": [0.5, 0.8, 0.9, 0.95],
    "batch_size": [16, 32, 64, 128],
}


def _draw_choices(rng: np.random.Generator, counts: Sequence[int]) -> tuple[dict[str, list[Any]]]:
    choices = {}
    for name, count in zip(rng.permutation(list(_CANDIDATES)).tolist(), counts, strict=False):
        own = _CANDIDATES[name]
        choices[name] = [own[k] for k in rng.permutation(len(own))[:count].tolist()]
    return (choices,)


def _grid_oracle(choices: dict[str, list[Any]]) -> list[dict[str, Any]]:
    from sklearn.model_selection import ParameterGrid

    if not choices:
        return [{}]
    # scikit-learn sorts the names, so its settings are put into the order of a counter over ours
    return sorted(
        ({name: setting[name] for name in choices} for setting in ParameterGrid(choices)),
        key=lambda setting: [choices[name].index(setting[name]) for name in choices],
    )


def _all_settings(choices: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def _first_fastest(choices: dict[str, list[Any]]) -> list[dict[str, Any]]:
    names = list(choices)
    return [
        dict(zip(names, reversed(values), strict=True))
        for values in itertools.product(*[choices[name] for name in reversed(names)])
    ]


def _one_at_a_time(choices: dict[str, list[Any]]) -> list[dict[str, Any]]:
    base = {name: candidates[0] for name, candidates in choices.items()}
    return [{**base, name: one} for name, candidates in choices.items() for one in candidates]


def _same_settings(value: Any, case: Case) -> bool:
    wanted = _grid_oracle(*case.args)
    return (
        isinstance(value, list | tuple)
        and len(value) == len(wanted)
        and all(isinstance(one, dict) for one in value)
        and all(one in value for one in wanted)
    )


PARAMETER_GRID = Exercise(
    "parameter_grid",
    groups=(
        Group("two hyperparameters", lambda rng: _draw_choices(rng, (3, 4)), weight=2),
        Group("three hyperparameters", lambda rng: _draw_choices(rng, (4, 2, 3)), weight=2),
        Group("four hyperparameters, one with a single candidate", lambda rng: _draw_choices(rng, (3, 1, 2, 4))),
        Group("one hyperparameter", lambda rng: _draw_choices(rng, (3,))),
        Group("no hyperparameter at all", lambda rng: ({},), edge=True, count=1),
    ),
    oracle=_grid_oracle,
    laws=(
        Law(
            "every setting has the names of the choices, and no others",
            lambda ask, choices: all(set(setting) == set(choices) for setting in ask(choices)),
        ),
    ),
    mistakes=(
        Mistake(
            "the last setting again and again",
            "All entries are one and the same dict: does each setting get a dict of its own?",
            lambda choices: [_all_settings(choices)[-1]] * len(_all_settings(choices)),
        ),
        Mistake(
            "no names, no settings",
            "Where there is nothing to choose, one setting is left: the empty one.",
            lambda choices: _all_settings(choices) if choices else [],
        ),
        Mistake(
            "pairs first with first",
            "This pairs first with first and second with second: every candidate should meet every other.",
            lambda choices: [
                dict(zip(choices, values, strict=True)) for values in zip(*choices.values(), strict=False)
            ],
        ),
        Mistake(
            "one hyperparameter at a time",
            "This changes one hyperparameter and keeps the others: how many combinations are there in all?",
            _one_at_a_time,
        ),
        Mistake(
            "first name fastest",
            "All combinations are there; think of a counter, whose last digit changes fastest.",
            _first_fastest,
        ),
        Mistake(
            "values without names",
            "Each setting should say which value belongs to which name.",
            lambda choices: [list(setting.values()) for setting in _all_settings(choices)],
        ),
        Mistake(
            "another order",
            "All combinations are there in another order: the last name's candidates should change fastest.",
            matches=_same_settings,
        ),
    ),
)

# --- kfold_indices -------------------------------------------------------------------------------


def _draw_split(rng: np.random.Generator, even: bool = False) -> tuple[int, int, Rng]:
    k = int(rng.integers(3, 7))
    rest = 0 if even else int(rng.integers(2, k))
    return k * int(rng.integers(3, 6)) + rest, k, Rng(int(rng.integers(2**31)))


def _kfold_oracle(m: int, k: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    from sklearn.model_selection import KFold

    order = rng.permutation(m)
    return [(np.sort(order[train]), np.sort(order[val])) for train, val in KFold(k).split(order)]


def _cut_into(parts: Callable[[Array, int], list[Array]]) -> Any:
    """Return the answer that cuts the drawn order in another way."""

    def split(m: int, k: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
        order = rng.permutation(m)
        return [(np.setdiff1d(order, part), np.sort(part)) for part in parts(order, k)]

    return split


def _floor_parts(order: Array, k: int) -> list[Array]:
    size = len(order) // k
    return [order[size * j : size * (j + 1)] for j in range(k)]


def _ceil_parts(order: Array, k: int) -> list[Array]:
    size = -(-len(order) // k)
    return [order[size * j : size * (j + 1)] for j in range(k)]


_right_folds = _cut_into(np.array_split)


def _kfold_changed(change: Callable[[Array, Array, int], Any]) -> Any:
    return lambda m, k, rng: [change(train, val, m) for train, val in _right_folds(m, k, rng)]


def _is_partition(value: Any, case: Case) -> bool:
    """Whether the pairs are a right split into k folds, however it was drawn or sorted."""
    m, k, _ = case.args
    pairs = [tuple(np.asarray(part).tolist() for part in pair) for pair in value]
    everyone = list(range(m))
    return (
        len(pairs) == k
        and all(len(pair) == 2 and sorted(pair[0] + pair[1]) == everyone for pair in pairs)
        and sorted(number for _, val in pairs for number in val) == everyone
    )


def _not_sorted(value: Any, case: Case) -> bool:
    tidy = [tuple(np.sort(np.asarray(part)) for part in pair) for pair in value]
    return find_difference(as_plain(tidy), as_plain(_kfold_oracle(*realise(case.args))), "reduction") is None


KFOLD_INDICES = Exercise(
    "kfold_indices",
    groups=(
        Group("numbers of samples that k does not divide", _draw_split, weight=3, count=3),
        Group("numbers of samples that k divides", lambda rng: _draw_split(rng, even=True)),
        Group("as many folds as samples", lambda rng: (7, 7, Rng(int(rng.integers(2**31)))), edge=True, count=1),
    ),
    oracle=_kfold_oracle,
    parts=("train", "val"),
    mistakes=(
        Mistake("not ascending", "The folds are right; each array should be in ascending order.", matches=_not_sorted),
        Mistake(
            "not shuffled",
            "Samples are often stored class by class: what has to happen before they are cut into parts?",
            lambda m, k, rng: [(np.setdiff1d(np.arange(m), v), v) for v in np.array_split(np.arange(m), k)],
        ),
        Mistake(
            "parts swapped",
            "The small part is for validation and the large one for training: which comes first in each pair?",
            _kfold_changed(lambda train, val, m: (val, train)),
        ),
        Mistake(
            "trains on everything",
            "What is validated must not have been trained on: what is left for training?",
            _kfold_changed(lambda train, val, m: (np.arange(m), val)),
        ),
        Mistake(
            "remainder forgotten",
            "Some samples are never validated: what happens to those left over when m is divided by k?",
            _cut_into(_floor_parts),
        ),
        Mistake(
            "remainder in the last fold",
            "The last fold takes all that is left over: sizes should differ by at most one.",
            _cut_into(lambda order, k: [*_floor_parts(order, k)[:-1], order[len(order) // k * (k - 1) :]]),
        ),
        Mistake(
            "size rounded up",
            "With the size rounded up, the last fold comes out too small: sizes should differ by at most one.",
            _cut_into(_ceil_parts),
        ),
        Mistake(
            "drawn anew for each fold",
            "Each fold cuts an order of its own, so some samples are validated twice: how often is the order drawn?",
            lambda m, k, rng: [_right_folds(m, k, rng)[number] for number in range(k)],
        ),
        Mistake(
            "dealt like cards",
            "A right split, cut in another way: the first part should hold the first numbers of the drawn order.",
            _cut_into(lambda order, k: [order[j::k] for j in range(k)]),
        ),
        Mistake(
            "another right split",
            "This is a right split of another drawing: draw the order with one call, and cut it from the front.",
            matches=_is_partition,
        ),
    ),
)

# --- catches_leaky_folds -------------------------------------------------------------------------


def _draw_splitter(name: str) -> Draw:
    return lambda rng: (Given(f"model_selection.{name}"), *_draw_split(rng)[:2])


def _wrong_count(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return len(folds) != k


def _overlap(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return any(set(train) & set(val) for train, val in folds)


def _left_out(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return any(len({*train, *val}) < m for train, val in folds)


def _coverage(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return sorted(number for _, val in folds for number in val) != list(range(m))


def _never_validated(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return len({number for _, val in folds for number in val}) < m


def _fixed(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return all(set(one[1]) == set(other[1]) for one, other in zip(folds, others, strict=False))


def _in_stored_order(folds: Folds, others: Folds, m: int, k: int) -> bool:
    return all(int(np.ptp(val)) == len(val) - 1 for _, val in folds)


_FAULTS = (_wrong_count, _overlap, _left_out, _coverage, _fixed)


def _catching(*faults: Callable[..., bool], first_only: bool = False) -> Any:
    """Return a test that looks for these faults."""

    def catches(make_folds: Any, m: int, k: int) -> bool:
        folds, others = (make_folds(m, k, np.random.default_rng(seed)) for seed in (0, 1))
        if first_only:
            folds, others = folds[:1], others[:1]
        return any(fault(folds, others, m, k) for fault in faults)

    return catches


def _catches_oracle(make_folds: Any, m: int, k: int) -> bool:
    """Build the table of memberships, fold by sample, and look whether it is what it should be."""
    tables = []
    for seed in (3, 4):
        folds = make_folds(m, k, np.random.default_rng(seed))
        table = np.zeros((2, len(folds), m), dtype=int)
        for number, pair in enumerate(folds):
            for part, members in enumerate(pair):
                np.add.at(table[part, number], members, 1)
        tables.append(table)
    train, val = tables[0]
    fine = len(val) == k and (train + val == 1).all() and (val.sum(axis=0) == 1).all()
    return not (fine and (tables[0] != tables[1]).any())


def _without(fault: Callable[..., bool]) -> Any:
    return _catching(*(one for one in _FAULTS if one is not fault))


CATCHES_LEAKY_FOLDS = Exercise(
    "catches_leaky_folds",
    groups=(
        Group("right folds", _draw_splitter("reversed_folds")),
        Group("right folds, dealt like cards", _draw_splitter("interleaved_folds")),
        Group("training parts that hold validated samples", _draw_splitter("everything_folds")),
        Group("one sample in both parts", _draw_splitter("stray_folds")),
        Group("a fold too few", _draw_splitter("shortened_folds")),
        Group("samples that are never validated", _draw_splitter("whole_number_folds")),
        Group("validation parts drawn anew", _draw_splitter("redrawn_folds")),
        Group("one sample validated twice", _draw_splitter("doubled_folds")),
        Group("training parts that leave samples out", _draw_splitter("thrifty_folds")),
        Group("samples in stored order", _draw_splitter("stored_order_folds")),
        Group("a shuffle that is always the same", _draw_splitter("frozen_folds")),
    ),
    oracle=_catches_oracle,
    mistakes=(
        Mistake(
            "never accuses",
            "It lets wrong folds pass: which promise of the text does it look at, and what does it do then?",
            lambda make_folds, m, k: False,
        ),
        Mistake(
            "accuses right folds",
            "Right folds are accused as well: parts may be cut out of the order in any way, and stand in any order.",
            lambda make_folds, m, k: True,
        ),
        Mistake(
            "verdict upside down",
            "It says True for the right ones and False for the wrong ones: what does True stand for here?",
            lambda make_folds, m, k: not _catching(*_FAULTS)(make_folds, m, k),
        ),
        Mistake(
            "looks for overlap only",
            "It looks at samples in both parts only: what else can be wrong with a split?",
            _catching(_overlap),
        ),
        Mistake(
            "looks at the first fold only",
            "The first fold is looked at and the others are not: a slip can hide in any of them.",
            _catching(_overlap, _left_out, _fixed, first_only=True),
        ),
        Mistake(
            "stored order is recognised, a frozen shuffle is not",
            "Folds can look shuffled and never change: what should a generator with another seed give?",
            _catching(_wrong_count, _overlap, _left_out, _coverage, _in_stored_order),
        ),
        Mistake(
            "shuffling not looked at",
            "It does not notice that samples are never shuffled: what should change with the generator?",
            _without(_fixed),
        ),
        Mistake(
            "overlap not looked at",
            "It does not notice a sample in both parts of one fold: that one is trained on before it is validated.",
            _without(_overlap),
        ),
        Mistake(
            "coverage not looked at",
            "It does not notice samples that are validated twice or never: count them over all folds.",
            _without(_coverage),
        ),
        Mistake(
            "validated twice not noticed",
            "It notices who is never validated; who is validated twice stands in a set once.",
            _catching(_wrong_count, _overlap, _left_out, _never_validated, _fixed),
        ),
        Mistake(
            "training parts not looked at",
            "It does not notice training parts that are too small: who should be in one, given the validation part?",
            _without(_left_out),
        ),
        Mistake(
            "accuses some right folds",
            "A right split is accused: its parts may be cut in any way, and its numbers may stand in any order.",
            matches=lambda value, case: value is True,
        ),
        Mistake(
            "lets some wrong folds pass",
            "A wrong split passes: go through the promises of the text one by one.",
            matches=lambda value, case: value is False,
        ),
    ),
)

# --- stratified_folds ----------------------------------------------------------------------------


def _draw_labels(rng: np.random.Generator, classes: Sequence[int], largest: int = 9) -> tuple[Any, ...]:
    k = int(rng.integers(3, 6))
    while True:
        counts = rng.integers(k + 1, largest + k, size=len(classes))
        # uneven counts, so that it matters where the next class goes on
        if (np.cumsum(counts)[:-1] % k).any() and len(set(counts % k)) > 1 and counts.sum() % k:
            labels = rng.permutation(np.repeat(classes, counts))
            return labels, k, Rng(int(rng.integers(2**31)))


def _draw_lone(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.permutation([1, 1, 2, 4, 4, 4, 4]), 3, Rng(int(rng.integers(2**31)))


def _stratified_oracle(labels: Array, k: int, rng: np.random.Generator) -> Array:
    order = np.concatenate([rng.permutation(np.flatnonzero(labels == one)) for one in sorted(set(labels.tolist()))])
    return np.argsort(order) % k


def _stratified_with(slip: str) -> Any:
    def deal(labels: Array, k: int, rng: np.random.Generator) -> Array:
        classes = list(dict.fromkeys(labels.tolist())) if slip == "order of appearance" else np.unique(labels).tolist()
        fold_of, served = np.empty(len(labels), dtype=int), 0
        for one in classes:
            places = np.flatnonzero(labels == one)
            if slip != "unshuffled":
                places = rng.permutation(places)
            start = 0 if slip == "from fold 0" else served
            dealt = (start + np.arange(len(places))) % k
            if slip == "blocks":
                dealt = np.concatenate([np.full(len(p), j) for j, p in enumerate(np.array_split(places, k))])
            fold_of[places] = dealt + 1 if slip == "from 1" else dealt
            served += len(places)
        return fold_of

    return deal


def _count_folds(folds: Array, k: int) -> Array:
    """Return how often each fold number stands there; numpy's own count believes any number, and writes there."""
    if folds.size and not 0 <= folds.min() <= folds.max() <= folds.size + k:
        raise ValueError("these are no numbers of folds")
    return np.bincount(folds, minlength=k)


def _is_stratified(value: Any, case: Case) -> bool:
    labels, k, _ = case.args
    folds = np.asarray(value).astype(int)
    counts = [_count_folds(folds[labels == one], k) for one in np.unique(labels)]
    return folds.shape == labels.shape and all(np.ptp(count) <= 1 for count in counts) and int(np.ptp(sum(counts))) <= 1


def _pairs_of(labels: Array, k: int, rng: np.random.Generator) -> list[tuple[Array, Array]]:
    fold_of = _stratified_oracle(labels, k, rng)
    return [(np.flatnonzero(fold_of != j), np.flatnonzero(fold_of == j)) for j in range(k)]


STRATIFIED_FOLDS = Exercise(
    "stratified_folds",
    groups=(
        Group("labels of several classes", lambda rng: _draw_labels(rng, (0, 1, 2, 3)), weight=3, count=3),
        Group("class numbers with gaps", lambda rng: _draw_labels(rng, (2, 5, 6)), weight=2),
        Group("two classes", lambda rng: _draw_labels(rng, (0, 1), 14)),
        Group("a class with a single sample", _draw_lone, edge=True),
    ),
    oracle=_stratified_oracle,
    laws=(
        Law(
            "the number of samples of a class differs by at most one from fold to fold",
            lambda ask, labels, k, rng: all(
                np.ptp(_count_folds(np.asarray(ask(labels, k, Rng(0))).astype(int)[labels == one], k)) <= 1
                for one in set(labels.tolist())
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "every class starts at fold 0",
            "Fold 0 gets the odd sample of every class and grows: where should the next class go on?",
            _stratified_with("from fold 0"),
        ),
        Mistake(
            "not shuffled",
            "Evenly spread, and in stored order: are the samples of a class shuffled before they are dealt?",
            _stratified_with("unshuffled"),
        ),
        Mistake(
            "classes ignored",
            "This deals all samples at once: each class should be spread evenly for itself.",
            lambda labels, k, rng: np.argsort(rng.permutation(len(labels))) % k,
        ),
        Mistake(
            "blocks instead of turns",
            "Each class is cut into blocks: deal one sample at a time, fold after fold, as with cards.",
            _stratified_with("blocks"),
        ),
        Mistake("counts from 1", "Folds are numbered from 0 here.", _stratified_with("from 1")),
        Mistake(
            "classes in order of appearance",
            "The classes take turns in the order in which they appear: they should come in ascending order.",
            _stratified_with("order of appearance"),
        ),
        Mistake(
            "pairs of index arrays",
            "One number for each sample is asked for: in which fold is it validated?",
            _pairs_of,
        ),
        Mistake(
            "another right deal",
            "Evenly spread, and drawn in another way: one permutation of positions for each class, in ascending order.",
            matches=_is_stratified,
        ),
    ),
)

# --- cross_validate ------------------------------------------------------------------------------


def _share(model: Any, X: Array, y: Array) -> float:
    return float((model.predict(X) == y).mean())


def _fitted(model: Any, X: Array, y: Array) -> Any:
    model.fit(X, y)
    return model


def _draw_folds(rng: np.random.Generator, m: int, k: int) -> list[tuple[Array, Array]]:
    parts = np.array_split(rng.permutation(m), k)
    return [(np.concatenate(parts[:j] + parts[j + 1 :]), part) for j, part in enumerate(parts)]


def _draw_classes(rng: np.random.Generator, spread: float, m: int) -> tuple[Array, Array]:
    c, n = 3, 2
    centres = rng.normal(size=(c, n))
    y = rng.permutation(np.arange(m) % c)
    return centres[y] + spread * rng.normal(size=(m, n)), y


def _draw_validation(model: str, random_labels: bool = False) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        k = int(rng.integers(3, 5))
        m = 5 * k + int(rng.integers(1, k))
        X, y = _draw_classes(rng, 1.0, m)
        if random_labels:
            y = rng.permutation(y)
        return Given(f"model_selection.{model}", local=True), X, y, _draw_folds(rng, m, k)

    return draw


def _wrapped(make_model: Any) -> Any:
    """Dress a model of ours as an estimator, so that scikit-learn's own loops can use it."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Wrapped(ClassifierMixin, BaseEstimator):
        def __init__(self, setting: Any = None) -> None:
            self.setting = setting

        def fit(self, X: Array, y: Array) -> Any:
            self.classes_ = np.unique(y)
            self.model_ = make_model(**(self.setting or {}))
            self.model_.fit(X, y)
            return self

        def predict(self, X: Array) -> Array:
            return self.model_.predict(X)

    return Wrapped()


def _cross_oracle(make_model: Any, X: Array, y: Array, folds: Folds) -> Array:
    from sklearn.model_selection import cross_val_score

    return cross_val_score(_wrapped(make_model), X, y, cv=folds)


def _cross_with(slip: str) -> Any:
    def validate(make_model: Any, X: Array, y: Array, folds: Folds) -> Any:
        scores = []
        model = make_model()
        for train, val in folds:
            if slip != "reused":
                model = make_model()
            if slip == "swapped":
                train, val = val, train
            fitted_on = np.concatenate([train, val]) if slip == "everything" else train
            _fitted(model, X[fitted_on], y[fitted_on])
            tried_on = train if slip == "training part" else val
            right = model.predict(X[tried_on]) == y[tried_on]
            scores.append(
                {"errors": 1 - right.mean(), "hits": right.sum(), "percent": 100 * right.mean()}.get(slip, right.mean())
            )
        return np.mean(scores) if slip == "mean" else np.array(scores)

    return validate


_CROSS_SLIPS = [
    Mistake(
        "one model for all folds",
        "From the second fold on the model has already been trained on what it is asked: where should it be made?",
        _cross_with("reused"),
    ),
    Mistake(
        "scores the training part",
        "The model is asked about what it was trained on: which part has it not seen?",
        _cross_with("training part"),
    ),
    Mistake(
        "trains on everything",
        "The samples of the validation part are trained on as well: what may the model see in each fold?",
        _cross_with("everything"),
    ),
    Mistake(
        "parts swapped",
        "It trains on the small part and asks about the large one: which stands first in each pair?",
        _cross_with("swapped"),
    ),
    Mistake("share of wrong answers", "Right answers are counted here, not wrong ones.", _cross_with("errors")),
    Mistake("hits instead of a share", "Folds differ in size: divide the hits by something.", _cross_with("hits")),
    Mistake("mean instead of scores", "One score for each fold is asked for, not their mean.", _cross_with("mean")),
]


def _telling_validation(model: str, random_labels: bool = False) -> Draw:
    slips = [mistake.answer for mistake in _CROSS_SLIPS if mistake.answer is not None]
    return _telling(_draw_validation(model, random_labels), _cross_with(""), slips)


CROSS_VALIDATE = Exercise(
    "cross_validate",
    groups=(
        Group("a model that keeps a mean for each class", _telling_validation("nearest_centroid"), weight=2),
        Group("a model that memorises", _telling_validation("nearest_neighbour"), weight=2),
        Group("random labels", _telling_validation("nearest_neighbour", True), weight=2),
    ),
    oracle=_cross_oracle,
    mistakes=(
        *_CROSS_SLIPS,
        Mistake("in percent", "A share lies between 0 and 1.", _cross_with("percent")),
    ),
)

# --- one_standard_error --------------------------------------------------------------------------


def _draw_scores(rng: np.random.Generator, q: int = 8, k: int = 4) -> tuple[Array]:
    rise = np.sort(rng.uniform(0.0, 0.12, size=q))
    rise[0] = -0.3  # the simplest model is never good enough
    rise[-1] -= 0.02
    return (np.clip(0.8 + rise[:, None] + 0.05 * rng.normal(size=(q, k)), 0.05, 0.99),)


def _error_oracle(scores: Array) -> dict[str, Any]:
    table = _tensor(scores)
    mean = table.mean(dim=1)
    error = (table.var(dim=1, correction=1) / table.shape[1]).sqrt()
    best = int(mean.argmax())
    bar = float(mean[best] - error[best])
    chosen = next(row for row, value in enumerate(mean.tolist()) if value >= bar)
    return {"mean": mean, "standard_error": error, "best": best, "chosen": chosen}


def _error_with(slip: str) -> Any:
    def rule(scores: Array) -> dict[str, Any]:
        axis = 0 if slip == "axis" else 1
        mean = scores.mean(axis=axis)
        sd = scores.std(axis=axis, ddof=0 if slip == "divides by k" else 1)
        root: Any = {"axis": scores.shape[0], "divides by k - 1 twice": scores.shape[1] - 1}.get(slip, scores.shape[1])
        error = sd if slip == "deviation" else sd / root if slip == "no root" else sd / np.sqrt(root)
        best = int(mean.argmin() if slip == "argmin" else mean.argmax())
        bar = mean[best] - error[best]
        good = np.flatnonzero(mean >= (mean[best] - error if slip == "own error" else bar))
        chosen = {
            "best": best,
            "last": int(good[-1]) if len(good) else best,
            "least": int(good[mean[good].argmin()]) if len(good) else best,
            "strict": int((mean > bar).argmax()),
        }.get(slip, int(good[0]) if len(good) else best)
        return {"mean": mean, "standard_error": error, "best": best, "chosen": chosen}

    return rule


_CHOICES = ("", "last", "own error", "best", "least")


def _draw_telling_scores(rng: np.random.Generator) -> tuple[Array]:
    """Draw scores on which every other way to choose ends at another row."""
    while True:
        (scores,) = _draw_scores(rng)
        right, last, own, *others = (_error_with(slip)(scores)["chosen"] for slip in _CHOICES)
        if right not in (last, own, *others) and last not in (own, *others) and own not in others:
            return (scores,)


def _draw_ties(rng: np.random.Generator) -> tuple[Array]:
    """The first two rows are far off; two later ones have one and the same score on every fold: no error at all."""
    low = 0.3 + 0.05 * rng.normal(size=(3, 3))
    top = np.full(3, 0.875)
    return (np.stack([low[0], low[1], top, low[2], top]),)


ONE_STANDARD_ERROR = Exercise(
    "one_standard_error",
    groups=(
        Group("scores in which a simpler model is good enough", _draw_telling_scores, weight=3, count=2),
        Group("scores of many folds", lambda rng: _draw_scores(rng, 5, 12), weight=2),
        Group("two equally good models that never vary", _draw_ties, edge=True),
    ),
    oracle=_error_oracle,
    mistakes=(
        Mistake("over the models", "A row is a model: over what is the mean taken?", _error_with("axis")),
        Mistake(
            "divides by k",
            "From few folds the spread comes out too small: what is the sum of squares divided by?",
            _error_with("divides by k"),
        ),
        Mistake(
            "standard deviation",
            "That is how far single folds scatter; the mean of k folds scatters less.",
            _error_with("deviation"),
        ),
        Mistake(
            "divided by k, not by its root",
            "Variances shrink by k when k folds are averaged: by what do standard deviations shrink?",
            _error_with("no root"),
        ),
        Mistake(
            "root of k - 1",
            "The k - 1 belongs into the standard deviation: how many folds are averaged?",
            _error_with("divides by k - 1 twice"),
        ),
        Mistake("the worst", "Larger scores are better here.", _error_with("argmin")),
        Mistake(
            "the best itself", "The best is found; which is the first row that is nearly as good?", _error_with("best")
        ),
        Mistake(
            "the last good one",
            "Rows go from simple to complex: which of those that are good enough is the simplest?",
            _error_with("last"),
        ),
        Mistake(
            "the worst good one",
            "Of the models that are good enough take the simplest, not the one with the lowest mean.",
            _error_with("least"),
        ),
        Mistake(
            "more than the bar",
            "At least the bar is enough: who is chosen when the best has the same score on every fold?",
            _error_with("strict"),
        ),
        Mistake(
            "each model's own error",
            "How far below the best may a mean lie? One number decides for all rows: the standard error of the best.",
            _error_with("own error"),
        ),
    ),
)

# --- make_mlp ------------------------------------------------------------------------------------


def _draw_mlp(rng: np.random.Generator, n_layers: int, dropout: float, positive: bool = False) -> tuple[Any, ...]:
    n, h, c, m = (int(size) for size in rng.permutation([3, 4, 5, 6]))
    widths = [n, *[h] * n_layers, c]
    parameters = []
    for before, after in itertools.pairwise(widths):
        parameters += [rng.normal(size=(after, before)) / np.sqrt(before), rng.normal(size=after)]
    batch = rng.normal(size=(m, n))
    if positive:  # no neuron is silent, so that every drop is seen
        parameters, batch = [np.abs(p) + 0.1 for p in parameters], np.abs(batch) + 0.1
    return (n, h, n_layers, c, dropout), [p.astype(np.float32) for p in parameters], batch.astype(np.float32)


def _mlp_outputs(slip: str, sizes: tuple[Any, ...], parameters: list[Array], batch: Array) -> dict[str, Any]:
    """Return the outputs in both modes, where they do not hang on chance."""
    import torch

    *_, n_layers, _, dropout = sizes
    given = [_tensor(p) for p in parameters]
    outputs: dict[str, Any] = {COUNT: sum(p.numel() for p in given)}
    bends = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "none": lambda z: z}
    for mode in MODES:
        drops = dropout == 1 and slip != "no dropout" and (mode == MODES[0] or slip == "always drops")
        if slip == "share kept":
            drops = dropout == 0 and mode == MODES[0]
        a = _tensor(batch)
        if slip == "drops inputs" and drops:
            a = 0 * a
        for layer, (weights, bias) in enumerate(zip(given[::2], given[1::2], strict=True)):
            a = a @ weights.T + bias
            last = layer == n_layers
            if not last or slip == "ReLU at the end":
                a = bends.get(slip, torch.relu)(a)
            if drops and (not last or slip == "drops outputs") and slip != "drops inputs":
                a = 0 * a
            if last:
                a = {"softmax": lambda z: z.softmax(1), "log-softmax": lambda z: z.log_softmax(1)}.get(
                    slip, lambda z: z
                )(a)
        outputs[mode] = a
    if 0 < dropout < 1 and n_layers:
        del outputs[MODES[0]]
    return outputs


def _mlp_oracle(*args: Any) -> dict[str, Any]:
    return _mlp_outputs("", *args)


def _mlp_matches(slip: str) -> Any:
    def matches(value: Any, case: Case) -> bool:
        wanted = _mlp_outputs(slip, *case.args)
        return all(all_close(np.asarray(value[mode], np.float32), wanted[mode]) for mode in MODES if mode in wanted)

    return matches


def _every_layer_drops(ask: Any, sizes: tuple[Any, ...], parameters: list[Array], batch: Array) -> bool:
    """Two layers that drop have more patterns than one: count the outputs that one sample gets."""
    found = np.asarray(ask(sizes, parameters, np.repeat(batch[:1], 600, axis=0))[MODES[0]])
    return len(np.unique((found / np.abs(found).max()).round(4), axis=0)) > 2 ** sizes[1]


MAKE_MLP = Exercise(
    "make_mlp",
    groups=(  # hidden layers are equally wide, so from two of them on a matrix is square
        Group("one hidden layer, nothing dropped", lambda rng: _draw_mlp(rng, 1, 0.0), weight=2),
        Group("three hidden layers, nothing dropped", lambda rng: _draw_mlp(rng, 3, 0.0), weight=2, edge=True),
        Group("no hidden layer", lambda rng: _draw_mlp(rng, 0, 1.0)),
        Group("a dropout rate of 1", lambda rng: _draw_mlp(rng, 2, 1.0), weight=2, edge=True),
        Group(
            "a dropout rate of one half",
            lambda rng: _draw_mlp(rng, 2, 0.5, positive=True),
            weight=2,
            edge=True,
        ),
    ),
    oracle=_mlp_oracle,
    kind="module",
    by_hand=False,
    laws=(
        Law(
            "in training, values of every hidden layer are dropped",
            _every_layer_drops,
            groups=("a dropout rate of one half",),
            hint="Dropout belongs behind each hidden layer, not behind one of them.",
        ),
    ),
    mistakes=(
        Mistake(
            "no activation",
            "Linear layers in a row are one linear layer: what belongs between them?",
            matches=_mlp_matches("none"),
        ),
        Mistake(
            "sigmoid instead of ReLU",
            "The activation here is a sigmoid: which one does the text ask for?",
            matches=_mlp_matches("sigmoid"),
        ),
        Mistake(
            "hyperbolic tangent instead of ReLU",
            "The activation here is the hyperbolic tangent: which one does the text ask for?",
            matches=_mlp_matches("tanh"),
        ),
        Mistake(
            "ReLU behind the last layer",
            "Logits may be negative: what comes after the last linear layer?",
            matches=_mlp_matches("ReLU at the end"),
        ),
        Mistake(
            "softmax at the end",
            "The loss does the softmax itself: what should the network give?",
            matches=_mlp_matches("softmax"),
        ),
        Mistake(
            "log-softmax at the end",
            "The loss does the log-softmax itself: what should the network give?",
            matches=_mlp_matches("log-softmax"),
        ),
        Mistake(
            "drops outputs",
            "Dropped outputs are answers lost: behind which layers does dropout belong?",
            matches=_mlp_matches("drops outputs"),
        ),
        Mistake(
            "drops inputs only",
            "The inputs are dropped: behind which layers does dropout belong?",
            matches=_mlp_matches("drops inputs"),
        ),
        Mistake(
            "drops in evaluation",
            "In evaluation nothing may be dropped: does this dropout know which mode the network is in?",
            matches=_mlp_matches("always drops"),
        ),
        Mistake(
            "nothing is dropped",
            "In training, values of the hidden layers should be dropped: does the dropout rate arrive anywhere?",
            matches=_mlp_matches("no dropout"),
        ),
        Mistake(
            "share kept instead of dropped",
            "The number says which share is dropped: is it taken for the share that is kept?",
            matches=_mlp_matches("share kept"),
        ),
    ),
)

# --- grid_search ---------------------------------------------------------------------------------


def _draw_search(rng: np.random.Generator, duplicates: bool = False) -> tuple[Any, ...]:
    k, m, m_new = 3, 17, 10
    X, y = _draw_classes(rng, 0.8, m + m_new)
    settings = [{"n_neighbours": count, "power": power} for count in (1, 3, 7) for power in (1.0, 4.0)]
    grid = [settings[number] for number in rng.permutation(len(settings))[:4]]
    if duplicates:
        grid = [*grid[:3], *[dict(setting) for setting in grid[:3]]]
    return Given("model_selection.neighbours", local=True), grid, X[:m], y[:m], _draw_folds(rng, m, k), X[m:]


def _search_with(slip: str) -> Any:
    def search(make_model: Any, grid: list[Any], X: Array, y: Array, folds: Folds, X_new: Array) -> dict[str, Any]:
        rows, models = [], []
        for setting in grid:
            model, scores = make_model(**setting), []
            for train, val in folds:
                if slip != "reused":
                    model = make_model(**setting)
                _fitted(model, X[train], y[train])
                scores.append(_share(model, *((X[train], y[train]) if slip == "training part" else (X[val], y[val]))))
            rows.append(scores)
            models.append(model)
        table = np.array(rows)
        mean = table.mean(axis=1)
        best = int(
            {
                "worst": mean.argmin(),
                "luckiest fold": table.max(axis=1).argmax(),
                "last of equals": len(mean) - 1 - mean[::-1].argmax(),
            }.get(slip, mean.argmax())
        )
        final = models[best] if slip in ("last fold", "reused") else make_model(**grid[best])
        if slip == "last setting":
            final = make_model(**grid[-1])
        if slip not in ("last fold", "reused"):
            _fitted(final, X, y)
        if slip == "continued":
            final = _fitted(models[best], X, y)
        return {"scores": mean if slip == "means" else table, "best": best, "predictions": final.predict(X_new)}

    return search


def _search_oracle(make_model: Any, grid: list[Any], X: Array, y: Array, folds: Folds, X_new: Array) -> dict[str, Any]:
    from sklearn.model_selection import GridSearchCV

    found = GridSearchCV(_wrapped(make_model), {"setting": grid}, cv=folds, scoring="accuracy").fit(X, y)
    per_fold = [found.cv_results_[f"split{number}_test_score"] for number in range(len(folds))]
    return {"scores": np.stack(per_fold, axis=1), "best": int(found.best_index_), "predictions": found.predict(X_new)}


def _clear_of_ties(args: tuple[Any, ...]) -> bool:
    """Whether means that are not exactly equal are far enough apart, and the first setting is not the best."""
    mean = _search_with("")(*realise(args))["scores"].mean(axis=1)
    return bool((np.abs(mean.max() - mean[mean < mean.max()]) > 1e-9).all()) and mean.argmax() > 0


def _draw_telling_search(rng: np.random.Generator) -> tuple[Any, ...]:
    slips = ("luckiest fold", "continued", "last setting", "last fold", "reused", "training part", "worst")
    draw = _telling(_draw_search, _search_with(""), [_search_with(slip) for slip in slips])
    while True:
        args = draw(rng)
        worst, lucky = (_flat(_search_with(slip)(*realise(args))) for slip in ("worst", "luckiest fold"))
        if _clear_of_ties(args) and not np.array_equal(worst, lucky):
            return args


def _draw_duplicates(rng: np.random.Generator) -> tuple[Any, ...]:
    while True:
        args = _draw_search(rng, duplicates=True)
        mean = _search_with("")(*realise(args))["scores"].mean(axis=1)
        if (mean[:3] == mean[:3].max()).sum() == 1 and mean[:3].argmax() > 0:
            return args


GRID_SEARCH = Exercise(
    "grid_search",
    groups=(
        Group("grids of four settings", _draw_telling_search, weight=3, count=2),
        Group("a grid with duplicates", _draw_duplicates, count=1),
    ),
    oracle=_search_oracle,
    time_limit=20.0,
    mistakes=(
        Mistake(
            "one model for all folds",
            "From the second fold on the model has already been trained on what it is asked: where should it be made?",
            _search_with("reused"),
        ),
        Mistake(
            "scores the training part",
            "The model is asked about what it was trained on: which part has it not seen?",
            _search_with("training part"),
        ),
        Mistake("the worst", "Larger scores are better here: which setting is chosen?", _search_with("worst")),
        Mistake(
            "luckiest fold",
            "One lucky fold does not make a good setting: which number speaks for all its folds?",
            _search_with("luckiest fold"),
        ),
        Mistake(
            "last of equals",
            "Two settings are equally good: the text says which of them is taken.",
            _search_with("last of equals"),
        ),
        Mistake(
            "model of the last fold",
            "The model that predicts has seen part of the data only: what is the choice followed by?",
            _search_with("last fold"),
        ),
        Mistake(
            "goes on with a fold's model",
            "The model that predicts has seen some samples twice: make a fresh one before it gets all the data.",
            _search_with("continued"),
        ),
        Mistake(
            "last setting for the final model",
            "The final model has the last setting of the grid: which one won?",
            _search_with("last setting"),
        ),
        Mistake("means only", "A score for each setting and each fold is asked for.", _search_with("means")),
    ),
)

# --- expected_best_score -------------------------------------------------------------------------


def _draw_cdf(rng: np.random.Generator, n_models: int | None = None) -> tuple[Array, int]:
    v = int(rng.integers(7, 12))
    pmf = rng.uniform(0.2, 1.0, size=v + 1)
    cdf = np.cumsum(pmf / pmf.sum())
    cdf[-1] = 1.0
    return cdf, int(rng.integers(2, 6)) if n_models is None else n_models


def _best_oracle(cdf: Array, n_models: int) -> float:
    below = _tensor(cdf) ** n_models
    pmf = below.diff(prepend=_tensor([0.0]))
    return float((pmf * _tensor(np.arange(len(cdf)))).sum() / (len(cdf) - 1))


EXPECTED_BEST_SCORE = Exercise(
    "expected_best_score",
    groups=(
        Group("several models", _draw_cdf, weight=3, count=3),
        Group("many models", lambda rng: _draw_cdf(rng, int(rng.integers(20, 40)))),
        Group("one model", lambda rng: _draw_cdf(rng, 1)),
    ),
    oracle=_best_oracle,
    laws=(
        Law(
            "the best of more models is expected to score higher",
            lambda ask, cdf, n: bool(np.asarray(ask(cdf, n)) < np.asarray(ask(cdf, n + 1))),
        ),
    ),
    mistakes=(
        Mistake(
            "one model",
            "This is what one model is expected to score: where does the number of models come in?",
            lambda cdf, n: (1 - cdf[:-1]).sum() / (len(cdf) - 1),
        ),
        Mistake(
            "the worst instead of the best",
            "This is the expected score of the worst: if even the best has at most s hits, what holds for all models?",
            lambda cdf, n: ((1 - cdf[:-1]) ** n).sum() / (len(cdf) - 1),
        ),
        Mistake(
            "hits instead of a share",
            "These are expected hits: how many samples are there?",
            lambda cdf, n: (1 - cdf**n).sum(),
        ),
        Mistake(
            "divides by v + 1",
            "The list has v + 1 entries, from 0 hits to v hits: how many samples are there?",
            lambda cdf, n: (1 - cdf**n).sum() / len(cdf),
        ),
        Mistake(
            "at most instead of more than",
            "The expected value sums the chances of more than s hits: these are the chances of at most s.",
            lambda cdf, n: (cdf[:-1] ** n).sum() / (len(cdf) - 1),
        ),
        Mistake(
            "starts at 1",
            "The sum starts at s = 0: the chance of more than no hits counts as well.",
            lambda cdf, n: (1 - cdf[1:] ** n).sum() / (len(cdf) - 1),
        ),
        Mistake(
            "product instead of power",
            "Independent chances multiply: what is the chance that all n models have at most s hits?",
            lambda cdf, n: (1 - n * cdf[:-1]).sum() / (len(cdf) - 1),
        ),
    ),
)

# --- mended_cross_validate -----------------------------------------------------------------------


def _draw_measured(model: str) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        k, m, m_new = 3, 20, 40
        X, y = _draw_classes(rng, 1.2, m + m_new)
        X = X * np.exp(0.9 * rng.normal(size=X.shape)) * (1.0, 6.0) + (3.0, -20.0)
        return Given(f"model_selection.{model}", local=True), X[:m], y[:m], _draw_folds(rng, m, k), X[m:]

    return draw


def _scaled_like(reference: Array, X: Array) -> Array:
    return (X - reference.mean(axis=0)) / reference.std(axis=0)


def _mended_with(slip: str) -> Any:
    def mend(make_model: Any, X: Array, y: Array, folds: Folds, X_new: Array) -> dict[str, Any]:
        def seen_by(train: Array, other: Array) -> tuple[Array, Array]:
            if slip == "no scale":
                return train, other
            if slip == "scale of all":
                return _scaled_like(X, train), _scaled_like(X, other)
            return _scaled_like(train, train), _scaled_like(other if slip == "own scale" else train, other)

        scores, model = [], make_model()
        for train, val in folds:
            if slip != "reused":
                model = make_model()
            inputs, asked = seen_by(X[train], X[val])
            _fitted(model, inputs, y[train])
            scores.append(_share(model, asked, y[val]))
        final = model if slip in ("reused", "last fold", "continued") else make_model()
        inputs, asked = seen_by(X, X_new)
        if slip in ("scale of the last fold", "scale of all and new"):
            ruler = X[folds[-1][0]] if slip == "scale of the last fold" else np.concatenate([X, X_new])
            inputs, asked = _scaled_like(ruler, X), _scaled_like(ruler, X_new)
        if slip not in ("reused", "last fold"):
            _fitted(final, inputs, y)
        if slip == "new data as they are":
            asked = X_new
        if slip == "new data by their own scale":
            asked = _scaled_like(X_new, X_new)
        return {"scores": np.array(scores), "predictions": final.predict(asked)}

    return mend


def _mended_oracle(make_model: Any, X: Array, y: Array, folds: Folds, X_new: Array) -> dict[str, Any]:
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), _wrapped(make_model))
    return {"scores": cross_val_score(model, X, y, cv=folds), "predictions": model.fit(X, y).predict(X_new)}


_MENDED_SLIPS = (
    Mistake(
        "one model for all folds",
        "From the second fold on the model has already been trained on what it is asked: where should it be made?",
        _mended_with("reused"),
    ),
    Mistake(
        "scale of all samples",
        "The scale has seen the validation part: which samples may mean and deviation be taken from in each fold?",
        _mended_with("scale of all"),
    ),
    Mistake(
        "validation part by its own scale",
        "Two parts measured with two rulers cannot be compared: whose mean and deviation does the model know?",
        _mended_with("own scale"),
    ),
    Mistake(
        "no scale",
        "Each feature has a unit of its own: is each one standardised for itself before the model sees it?",
        _mended_with("no scale"),
    ),
    Mistake(
        "model of the last fold",
        "The model that predicts has seen part of the data only: what should it be trained on?",
        _mended_with("last fold"),
    ),
    Mistake(
        "goes on with a fold's model",
        "The model that predicts has seen some samples twice: make a fresh one before it gets all the data.",
        _mended_with("continued"),
    ),
    Mistake(
        "new data as they are",
        "The final model was trained on standardised features: in which units do the new samples come?",
        _mended_with("new data as they are"),
    ),
    Mistake(
        "new data by their own scale",
        "The new samples are measured with a ruler of their own: whose mean and deviation does the model know?",
        _mended_with("new data by their own scale"),
    ),
    Mistake(
        "scale of all and new data",
        "The final scale has seen the new samples as well: which samples may it be taken from?",
        _mended_with("scale of all and new"),
    ),
    Mistake(
        "scale of the last fold",
        "The final model has the scale of one fold: which samples does the text ask for?",
        _mended_with("scale of the last fold"),
    ),
)


def _telling_measured(model: str) -> Draw:
    # the last ones agree with the right answer most often: asked first, they save drawing time
    slips = [mistake.answer for mistake in reversed(_MENDED_SLIPS) if mistake.answer is not None]
    return _telling(_draw_measured(model), _mended_with(""), slips)


MENDED_CROSS_VALIDATE = Exercise(
    "mended_cross_validate",
    groups=(
        Group(
            "a model that keeps a mean for each class",
            _telling_measured("nearest_centroid"),
            weight=2,
        ),
        Group("a model that memorises", _telling_measured("nearest_neighbour"), weight=2),
    ),
    oracle=_mended_oracle,
    time_limit=20.0,
    mistakes=_MENDED_SLIPS,
)
