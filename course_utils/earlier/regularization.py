"""What lesson 09 builds and later lessons use again, for whoever comes without the own answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Array = np.ndarray


def split_data(
    features: Array, targets: Array, shares: Sequence[int], rng: np.random.Generator
) -> list[tuple[Array, Array]]:
    """Return features and targets of each part, after one shuffle; the last part gets what is left over."""
    order, parts, start = rng.permutation(len(features)), [], 0
    for number, share in enumerate(shares, start=1):
        end = len(features) if number == len(shares) else start + len(features) * share // sum(shares)
        parts.append((features[order[start:end]], targets[order[start:end]]))
        start = end
    return parts


def ridge_fit(features: Array, targets: Array, lam: float) -> tuple[Array, float]:
    """Return weights (n,) and bias of linear regression with an L2 penalty that leaves the bias alone."""
    n = features.shape[1]
    centre, middle = features.mean(axis=0), targets.mean()
    tall = np.vstack([features - centre, np.sqrt(lam) * np.eye(n)])
    w = np.linalg.lstsq(tall, np.concatenate([targets - middle, np.zeros(n)]), rcond=None)[0]
    return w, float(middle - centre @ w)


def soft_threshold(values: Array, threshold: float) -> Array:
    """Return the values moved towards 0 by the threshold, exactly 0 where they are no larger than it."""
    return values - np.clip(values, -threshold, threshold)
