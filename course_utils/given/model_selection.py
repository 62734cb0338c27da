"""Small models and ways to split, for the exercises of lesson 11.

A model has ``fit(X, y)`` and ``predict(X)``. Like a network, it starts empty when it is made and **goes on learning**
when ``fit`` is called again: what it saw before stays in it.

The functions that split take ``(m, k, rng)`` and return k pairs of arrays, (numbers to train on, numbers to validate
on). Which of them are right is for your test to find out.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Folds = list[tuple[Array, Array]]


class _Memory:
    """Keep every sample that was ever fitted."""

    def __init__(self) -> None:
        self.X: Array | None = None
        self.y: Array | None = None

    def fit(self, X: Array, y: Array) -> _Memory:
        """Remember these samples, and those of earlier calls."""
        X, y = np.asarray(X, dtype=float), np.asarray(y)
        self.X = X if self.X is None else np.concatenate([self.X, X])
        self.y = y if self.y is None else np.concatenate([self.y, y])
        return self

    def _seen(self) -> tuple[Array, Array]:
        if self.X is None or self.y is None:
            raise RuntimeError("the model has not been fitted")
        return self.X, self.y


class _Neighbours(_Memory):
    def __init__(self, n_neighbours: int, power: float) -> None:
        super().__init__()
        self.n_neighbours, self.power = n_neighbours, power

    def predict(self, X: Array) -> Array:
        """Let the nearest samples vote; among equals the smallest class wins."""
        seen, y = self._seen()
        distances = (np.abs(np.asarray(X, dtype=float)[:, None] - seen) ** self.power).sum(axis=2)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, : self.n_neighbours]
        return np.array([np.bincount(votes).argmax() for votes in y[nearest]])


class _Centroids(_Memory):
    def predict(self, X: Array) -> Array:
        """Give each sample the class whose mean is nearest."""
        seen, y = self._seen()
        classes = np.unique(y)
        means = np.stack([seen[y == one].mean(axis=0) for one in classes])
        return classes[((np.asarray(X, dtype=float)[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)]


def nearest_neighbour() -> _Neighbours:
    """Make a model that answers with the class of the most similar sample it has seen: it memorises."""
    return _Neighbours(1, 2.0)


def nearest_centroid() -> _Centroids:
    """Make a model that keeps one mean for each class."""
    return _Centroids()


def neighbours(n_neighbours: int, power: float) -> _Neighbours:
    """Make a model in which the `n_neighbours` most similar samples vote; `power` says how distance is measured."""
    return _Neighbours(n_neighbours, power)


def _pairs(parts: list[Array], m: int) -> Folds:
    return [(np.setdiff1d(np.arange(m), part)[::-1], part) for part in parts]


def reversed_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut, the larger pieces last."""
    return _pairs(np.array_split(rng.permutation(m)[::-1], k)[::-1], m)


def interleaved_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle, then deal the samples out like cards."""
    order = rng.permutation(m)
    return _pairs([order[start::k][::-1] for start in range(k)], m)


def everything_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut, and train on all samples each time."""
    return [(np.arange(m), val) for _, val in reversed_folds(m, k, rng)]


def stray_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut, and let one sample of the last validation part slip into its training part."""
    folds = reversed_folds(m, k, rng)
    train, val = folds[-1]
    return [*folds[:-1], (np.append(train, val[0]), val)]


def shortened_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut, and stop one fold too early."""
    return reversed_folds(m, k, rng)[:-1]


def whole_number_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut into equal pieces; what is left over is never validated."""
    size, order = m // k, rng.permutation(m)
    return _pairs([order[start * size : (start + 1) * size] for start in range(k)], m)


def redrawn_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Draw each validation part anew from all samples."""
    return _pairs([rng.choice(m, size=len(part), replace=False) for part in np.array_split(np.arange(m), k)], m)


def doubled_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut, and let the last fold validate a sample of the first once more."""
    parts = np.array_split(rng.permutation(m), k)
    return _pairs([*parts[:-1], np.append(parts[-1], parts[0][0])], m)


def thrifty_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle and cut, and train each time on the fold before only."""
    parts = [val for _, val in reversed_folds(m, k, rng)]
    return [(parts[number - 1], part) for number, part in enumerate(parts)]


def stored_order_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Cut the samples as they are stored."""
    return _pairs([part[::-1] for part in np.array_split(np.arange(m), k)], m)


def frozen_folds(m: int, k: int, rng: np.random.Generator) -> Folds:
    """Shuffle with a generator of its own, the same one at each call."""
    return interleaved_folds(m, k, np.random.default_rng(2718))
