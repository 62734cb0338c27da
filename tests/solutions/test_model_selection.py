"""The reference answers of lesson 11 against laws, scikit-learn and, where it is at hand, the real MNIST."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from torch import nn

from course_utils import datasets
from course_utils.given import model_selection as models
from solutions.model_selection import (
    catches_leaky_folds,
    cross_validate,
    expected_best_score,
    grid_search,
    kfold_indices,
    make_mlp,
    mended_cross_validate,
    one_standard_error,
    parameter_grid,
    stratified_folds,
)


@pytest.mark.ledger("L166")
def test_the_published_grid_has_sixteen_settings() -> None:
    choices = {"layers": [0, 2], "p": [0.5, 0.7], "decay": [0.0, 0.01], "rate": [0.01, 0.03]}
    grid = parameter_grid(choices)
    assert len(grid) == 16
    assert grid[1] == {"layers": 0, "p": 0.5, "decay": 0.0, "rate": 0.03}
    assert all(setting in grid for setting in ParameterGrid(choices))


@pytest.mark.ledger("L168")
@given(st.integers(2, 40), st.integers(2, 9), st.integers(0, 2**31))
def test_folds_are_right_in_the_eyes_of_the_test_for_folds(m: int, k: int, seed: int) -> None:
    k = min(m, k)
    folds = kfold_indices(m, k, np.random.default_rng(seed))
    sizes = [len(val) for _, val in folds]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)
    if m > 7:
        assert not catches_leaky_folds(kfold_indices, m, k)


@given(st.lists(st.integers(0, 5), min_size=3, max_size=60), st.integers(2, 5), st.integers(0, 2**31))
def test_stratified_folds_spread_classes_and_sizes(labels: list[int], k: int, seed: int) -> None:
    y = np.array(labels)
    fold_of = stratified_folds(y, k, np.random.default_rng(seed))
    assert np.ptp(np.bincount(fold_of, minlength=k)) <= 1
    for one in set(labels):
        assert np.ptp(np.bincount(fold_of[y == one], minlength=k)) <= 1


@pytest.mark.ledger("L168")
def test_counts_are_those_of_scikit_learn() -> None:
    y = np.sort(datasets.digits(source="digits").train_labels)
    fold_of = stratified_folds(y, 5, np.random.default_rng(0))
    for number, (_, val) in enumerate(StratifiedKFold(5).split(y[:, None], y)):
        assert np.bincount(y[val]).tolist() == np.bincount(y[fold_of == number]).tolist()


@pytest.mark.ledger("L173")
def test_random_labels_score_at_chance_and_a_reused_model_does_not() -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(900, 6)), rng.integers(0, 10, size=900)
    folds = kfold_indices(900, 3, rng)
    assert cross_validate(models.nearest_neighbour, X, y, folds).mean() == pytest.approx(0.1, abs=0.03)
    reused = models.nearest_neighbour()
    assert cross_validate(lambda: reused, X, y, folds)[1:].tolist() == [1.0, 1.0]


@pytest.mark.ledger("L169")
def test_the_rule_on_the_published_means() -> None:
    errors = np.array([[0.30, 0.40, 0.50], [0.30, 0.35, 0.45], [0.25, 0.45, 0.50], [0.30, 0.35, 0.50]])
    found = one_standard_error(1 - errors)
    assert (1 - found["mean"]).round(6).tolist() == [0.4, 0.366667, 0.4, 0.383333]
    assert (found["best"], found["chosen"]) == (1, 0)


@given(st.integers(2, 30), st.floats(0.05, 0.95), st.integers(1, 50))
def test_the_best_is_expected_between_one_model_and_perfection(v: int, p: float, n: int) -> None:
    cdf = binom.cdf(np.arange(v + 1), v, p)
    assert p - 1e-9 <= expected_best_score(cdf, n) <= 1 + 1e-9
    assert expected_best_score(cdf, 1) == pytest.approx(p)


@given(st.integers(0, 4), st.integers(1, 9))
def test_the_factory_has_the_parameters_it_should(n_layers: int, width: int) -> None:
    net = make_mlp(7, width, n_layers, 3, 0.5)
    hidden = 8 * width + (n_layers - 1) * (width + 1) * width if n_layers else 0
    last = (width if n_layers else 7) * 3 + 3
    assert sum(p.numel() for p in net.parameters()) == hidden + last


def test_mending_equals_plain_validation_on_features_that_are_standardised_already() -> None:
    rng = np.random.default_rng(8)
    half = rng.normal(size=(20, 3))
    half = (half - half.mean(axis=0)) / half.std(axis=0)
    X, y = np.concatenate([half, half[::-1]]), rng.integers(0, 2, size=40)
    folds = [(np.arange(20), np.arange(20, 40)), (np.arange(20, 40), np.arange(20))]
    mended = mended_cross_validate(models.nearest_centroid, X, y, folds, X)
    assert mended["scores"].tolist() == cross_validate(models.nearest_centroid, X, y, folds).tolist()


class _OneEpoch:
    """A network of the published search: one epoch in batches of 128."""

    def __init__(self, layers: int, p: float, decay: float, rate: float) -> None:
        torch.manual_seed(0)
        self.net = make_mlp(784, 256, layers, 10, p)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=rate, weight_decay=decay, momentum=0.9)

    def fit(self, X: Any, y: Any) -> None:
        inputs, labels = torch.as_tensor(X), torch.as_tensor(y)
        self.net.train()
        for chosen in torch.randperm(len(inputs)).split(128):
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.net(inputs[chosen]), labels[chosen]).backward()
            self.optimizer.step()

    def predict(self, X: Any) -> Any:
        self.net.eval()
        with torch.no_grad():
            return self.net(torch.as_tensor(X)).argmax(dim=1).numpy()


@pytest.mark.skipif("COURSE_MNIST_FOR_TESTS" not in os.environ, reason="needs the real MNIST on this machine")
@pytest.mark.slow
@pytest.mark.timeout(3600)  # two minutes on a free core
@pytest.mark.ledger("L170", "L174")
def test_the_published_search_on_the_real_mnist_reaches_more_with_as_many_fits() -> None:
    """The published search of 48 fits ended at 0.9072 on the test images."""
    data = datasets.mnist(os.environ["COURSE_MNIST_FOR_TESTS"])
    grid = parameter_grid({"layers": [0, 2], "p": [0.5, 0.7], "decay": [0.0, 0.01], "rate": [0.01, 0.03]})
    fold_of = stratified_folds(data.train_labels, 3, np.random.default_rng(0))
    folds = [(np.flatnonzero(fold_of != j), np.flatnonzero(fold_of == j)) for j in range(3)]
    found = grid_search(_OneEpoch, grid, data.train_features, data.train_labels, folds, data.test_features)
    reached = float((found["predictions"] == data.test_labels).mean())
    print(f"best {grid[found['best']]}, validated at {found['scores'].mean(axis=1).max():.4f}, tested at {reached:.4f}")
    assert found["scores"].size == 48
    assert reached >= 0.9072
