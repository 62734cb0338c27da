"""Reference answers of lesson 11, model selection."""

# ruff: noqa: E501 - docstrings may be as wide as the notebook's cells

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import nn

Folds = Sequence[tuple[np.ndarray, np.ndarray]]


def parameter_grid(choices: dict[str, list]) -> list[dict]:
    """List every combination of the candidates.

    Parameters
    ----------
    choices : dict of str to list
        For each hyperparameter its candidates, for example ``{"depth": [1, 2], "rate": [0.1, 0.3, 1.0]}``.

    Returns
    -------
    list of dict
        One dict a combination, with the names of `choices` as keys. The candidates of the last name change
        fastest, as the digits of a counter do. With no names at all there is one combination, the empty dict.
    """
    ### BEGIN SOLUTION
    grid: list[dict] = [{}]
    for name, candidates in choices.items():
        grid = [{**setting, name: candidate} for setting in grid for candidate in candidates]
    return grid
    ### END SOLUTION


def kfold_indices(m: int, k: int, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split the numbers 0 to m - 1 into k shuffled folds.

    Parameters
    ----------
    m : int
        Number of samples.
    k : int
        Number of folds, from 2 to m.
    rng : numpy.random.Generator
        Draw the order of the samples with one call of ``rng.permutation(m)``.

    Returns
    -------
    list of (train, val)
        k pairs of int arrays, each array ascending. The first `val` holds the first numbers of the drawn order, the
        second the next ones, and so on. Sizes differ by at most one: the first m mod k parts have one more.
        `train` holds all other numbers.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(m)
    folds = []
    for part in np.array_split(order, k):
        val = np.sort(part)
        train = np.setdiff1d(np.arange(m), val)
        folds.append((train, val))
    return folds
    ### END SOLUTION


def catches_leaky_folds(make_folds: Callable[[int, int, np.random.Generator], Folds], m: int, k: int) -> bool:
    """Say whether a function that splits is wrong.

    Parameters
    ----------
    make_folds : callable
        ``make_folds(m, k, rng)`` returns a list of (train, val), two int arrays in any order. The parts may be
        cut out of the shuffled order in any way.
    m : int
        Number of samples to try it with.
    k : int
        Number of folds, no divisor of m.

    Returns
    -------
    bool
        True when something is wrong: another number of folds than k; a sample in both parts of a fold, or in neither; a
        sample validated twice or never; folds that do not depend on `rng`. False when all is in order.
    """
    ### BEGIN SOLUTION
    folds = make_folds(m, k, np.random.default_rng(0))
    others = make_folds(m, k, np.random.default_rng(1))
    everyone = list(range(m))
    if len(folds) != k:
        return True
    for train, val in folds:
        if sorted([*train, *val]) != everyone:
            return True
    if sorted(number for _, val in folds for number in val) != everyone:
        return True
    return all(set(one[1]) == set(other[1]) for one, other in zip(folds, others, strict=True))
    ### END SOLUTION


def stratified_folds(labels: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Deal the samples out to k folds, class by class.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (m,)
        The class of each sample, in any order; some class numbers may be missing.
    k : int
        Number of folds.
    rng : numpy.random.Generator
        For each class in ascending order, draw ``rng.permutation`` of the positions of its samples once.

    Returns
    -------
    numpy.ndarray of int, shape (m,)
        The number of each sample's fold, 0 to k - 1. The shuffled samples of the first class go to folds 0, 1, 2, ..., k - 1,
        0, 1, ...; the next class goes on with the fold after the last one served.
    """
    ### BEGIN SOLUTION
    fold_of = np.empty(len(labels), dtype=int)
    served = 0
    for one in np.unique(labels):
        for position in rng.permutation(np.flatnonzero(labels == one)):
            fold_of[position] = served % k
            served += 1
    return fold_of
    ### END SOLUTION


def cross_validate(make_model: Callable[[], Any], X: np.ndarray, y: np.ndarray, folds: Folds) -> np.ndarray:
    """Validate a model once on each fold.

    Parameters
    ----------
    make_model : callable
        ``make_model()`` makes an untrained model. ``model.fit(X, y)`` trains it and goes on from where it stands,
        ``model.predict(X)`` returns one class a row.
    X : numpy.ndarray of float, shape (m, n)
    y : numpy.ndarray of int, shape (m,)
    folds : list of (train, val)
        k pairs of int arrays: positions to train on and positions to validate on.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        For each fold the accuracy on its validation part: the share of right answers, 0 to 1.
    """
    ### BEGIN SOLUTION
    scores = []
    for train, val in folds:
        model = make_model()
        model.fit(X[train], y[train])
        scores.append((model.predict(X[val]) == y[val]).mean())
    return np.array(scores)
    ### END SOLUTION


def one_standard_error(scores: np.ndarray) -> dict:
    """Choose the simplest model that is within one standard error of the best.

    Parameters
    ----------
    scores : numpy.ndarray of float, shape (q, k)
        One row a model, from the simplest to the most complex; one column a fold, k >= 2. Larger is better.

    Returns
    -------
    dict with
        ``"mean"`` : (q,), the mean of each row;
        ``"standard_error"`` : (q,), the standard deviation of each row (divide by k - 1) over the root of k;
        ``"best"`` : int, the row with the largest mean, the first of equals;
        ``"chosen"`` : int, the first row whose mean is at least the best mean minus the standard error of the best.
    """
    ### BEGIN SOLUTION
    mean = scores.mean(axis=1)
    standard_error = scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    best = int(mean.argmax())
    good_enough = mean >= mean[best] - standard_error[best]
    return {"mean": mean, "standard_error": standard_error, "best": best, "chosen": int(good_enough.argmax())}
    ### END SOLUTION


def make_mlp(n_inputs: int, n_hidden: int, n_layers: int, n_outputs: int, dropout: float) -> nn.Module:
    """Make a fresh multilayer perceptron.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Number of features and of classes.
    n_hidden : int
        Width of each hidden layer.
    n_layers : int
        Number of hidden layers, 0 or more. With 0 it is one linear layer from inputs to outputs.
    dropout : float
        Share of each hidden layer's values that is dropped in training, 0 to 1.

    Returns
    -------
    torch.nn.Module
        Takes a batch (m, n_inputs) and gives logits (m, n_outputs). Each hidden layer is linear, then ReLU, then dropout;
        nothing comes after the last linear layer.
    """
    ### BEGIN SOLUTION
    parts: list[nn.Module] = []
    width = n_inputs
    for _ in range(n_layers):
        parts += [nn.Linear(width, n_hidden), nn.ReLU(), nn.Dropout(dropout)]
        width = n_hidden
    return nn.Sequential(*parts, nn.Linear(width, n_outputs))
    ### END SOLUTION


def grid_search(
    make_model: Callable[..., Any],
    grid: list[dict],
    X: np.ndarray,
    y: np.ndarray,
    folds: Folds,
    X_new: np.ndarray,
) -> dict:
    """Cross-validate every setting, take the best, train it on everything, and predict.

    Parameters
    ----------
    make_model : callable
        ``make_model(**setting)`` makes an untrained model with these hyperparameters. ``model.fit(X, y)`` trains it and
        goes on from where it stands, ``model.predict(X)`` returns one class a row.
    grid : list of dict
        The settings, g of them.
    X : numpy.ndarray of float, shape (m, n)
    y : numpy.ndarray of int, shape (m,)
    folds : list of (train, val)
        k pairs of int arrays, the same folds for every setting.
    X_new : numpy.ndarray of float, shape (m_new, n)
        Samples that had no part in the choice.

    Returns
    -------
    dict with
        ``"scores"`` : (g, k), the validation accuracy of each setting on each fold;
        ``"best"`` : int, the number of the setting with the largest mean, the first of equals;
        ``"predictions"`` : (m_new,), the classes that a fresh model with that setting, trained on all of X, gives X_new.
    """
    ### BEGIN SOLUTION
    rows = []
    for setting in grid:
        scores = []
        for train, val in folds:
            model = make_model(**setting)
            model.fit(X[train], y[train])
            scores.append((model.predict(X[val]) == y[val]).mean())
        rows.append(scores)
    table = np.array(rows)
    best = int(table.mean(axis=1).argmax())
    final = make_model(**grid[best])
    final.fit(X, y)
    return {"scores": table, "best": best, "predictions": final.predict(X_new)}
    ### END SOLUTION


def expected_best_score(cdf: np.ndarray, n_models: int) -> float:
    """Return the accuracy to expect from the best of several models that all are equally good.

    Parameters
    ----------
    cdf : numpy.ndarray of float, shape (v + 1,)
        Entry s is the probability that one model has at most s hits on v validation samples; the last entry is 1.
    n_models : int
        Number of models, independent of each other, at least 1.

    Returns
    -------
    float
        The expected accuracy of the one with the most hits, 0 to 1.
    """
    ### BEGIN SOLUTION
    v = len(cdf) - 1
    more_than_s = 1 - cdf[:-1] ** n_models
    return float(more_than_s.sum() / v)
    ### END SOLUTION


def mended_cross_validate(
    make_model: Callable[[], Any], X: np.ndarray, y: np.ndarray, folds: Folds, X_new: np.ndarray
) -> dict:
    """Cross-validate with features that are standardised without a leak, then train the model that is handed on.

    Parameters
    ----------
    make_model : callable
        ``make_model()`` makes an untrained model. ``model.fit(X, y)`` trains it and goes on from where it stands,
        ``model.predict(X)`` returns one class a row.
    X : numpy.ndarray of float, shape (m, n)
        Features as measured, in their own units; none is constant on a training part.
    y : numpy.ndarray of int, shape (m,)
    folds : list of (train, val)
        k pairs of int arrays.
    X_new : numpy.ndarray of float, shape (m_new, n)

    Returns
    -------
    dict with
        ``"scores"`` : (k,), the accuracy on each validation part, from a model and a scale (mean and standard deviation of each
        feature) that have seen its training part alone;
        ``"predictions"`` : (m_new,), classes for X_new from a fresh model that was trained on all of X, with the scale of X.
    """
    ### BEGIN SOLUTION
    scores = []
    for train, val in folds:
        mean, spread = X[train].mean(axis=0), X[train].std(axis=0)
        model = make_model()
        model.fit((X[train] - mean) / spread, y[train])
        scores.append((model.predict((X[val] - mean) / spread) == y[val]).mean())
    mean, spread = X.mean(axis=0), X.std(axis=0)
    final = make_model()
    final.fit((X - mean) / spread, y)
    return {"scores": np.array(scores), "predictions": final.predict((X_new - mean) / spread)}
    ### END SOLUTION
