"""Ways to write the loss of samples whose label is 1, for the exercise `catches_unstable_loss`.

Each takes scores z, shape (k,), and gives one loss a score, which should be minus the logarithm of the sigmoid of z.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "loss_by_the_letter",
    "loss_by_two_branches",
    "loss_in_a_quotient",
    "loss_of_clipped_scores",
    "loss_through_logaddexp",
    "loss_with_a_floor",
    "loss_with_a_large_exponential",
    "loss_with_a_sum_inside",
]


def loss_through_logaddexp(z: np.ndarray) -> np.ndarray:
    """Sound: NumPy's own logarithm of a sum of exponentials."""
    return np.logaddexp(0.0, -z)


def loss_by_two_branches(z: np.ndarray) -> np.ndarray:
    """Sound: one form for each sign, so that no exponent is ever above 0."""
    below = np.log1p(np.exp(np.minimum(z, 0.0))) - z
    above = np.log1p(np.exp(-np.maximum(z, 0.0)))
    return np.where(z < 0, below, above)


def loss_by_the_letter(z: np.ndarray) -> np.ndarray:
    """Unsound: the sigmoid rounds to 0, and its logarithm is infinite."""
    with np.errstate(all="ignore"):
        return -np.log(1.0 / (1.0 + np.exp(-z)))


def loss_with_a_sum_inside(z: np.ndarray) -> np.ndarray:
    """Unsound: the exponential overflows for scores far below 0."""
    with np.errstate(all="ignore"):
        return np.log(1.0 + np.exp(-z))


def loss_in_a_quotient(z: np.ndarray) -> np.ndarray:
    """Unsound: infinity divided by infinity for scores far above 0."""
    with np.errstate(all="ignore"):
        power = np.exp(z)
        return -np.log(power / (1.0 + power))


def loss_with_a_large_exponential(z: np.ndarray) -> np.ndarray:
    """Unsound: right for scores below 0, infinite for scores far above 0."""
    with np.errstate(all="ignore"):
        return np.log1p(np.exp(z)) - z


def loss_with_a_floor(z: np.ndarray) -> np.ndarray:
    """Unsound: a small constant keeps it finite and caps it at about 27.6."""
    with np.errstate(all="ignore"):
        return -np.log(1.0 / (1.0 + np.exp(-z)) + 1e-12)


def loss_of_clipped_scores(z: np.ndarray) -> np.ndarray:
    """Unsound: finite, but a score of -900 costs no more than one of -500."""
    return np.log1p(np.exp(-np.clip(z, -500.0, 500.0)))
