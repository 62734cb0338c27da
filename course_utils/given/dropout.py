"""Dropout written by other people, right and wrong, for the exercise in lesson 10 that asks for a test.

Each takes ``(a, keep, rng, training)``: outputs ``a`` of shape (m, n), the probability ``keep`` that one of them
survives, a generator, and whether this is training. Which of the functions are right is for your test to find out.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Generator = np.random.Generator


def by_coins(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Throw one loaded coin an output, and divide only where it shows heads."""
    if not training:
        return a
    heads = rng.binomial(1, keep, size=a.shape) == 1
    scaled = np.zeros(a.shape)
    scaled[heads] = a[heads] / keep
    return scaled


def by_columns(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Draw the columns one after the other, and multiply by the rounded inverse."""
    if not training:
        return a.copy()
    if keep == 0:
        return a * 0
    alive = np.array([rng.uniform(size=len(a)) < keep for _ in range(a.shape[1])]).T
    return a * alive * np.round(1 / keep, 12)


def without_scale(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Drop, and leave the survivors as they are."""
    return a * (rng.random(a.shape) < keep) if training else a


def scaled_by_the_other_rate(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Divide the survivors by the share that is dropped."""
    return by_coins(a, keep, rng, True) * keep / (1 - keep) if training else a


def rates_swapped(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Take the probability to survive for the probability to be dropped; the mean stays right."""
    if training and keep == 0:
        return a * 0
    return by_coins(a, 1 - keep, rng, training)


def drops_too_often(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Drop with the probability to survive, and scale as if it had not."""
    return a * (rng.random(a.shape) >= keep) / keep if training and keep else by_coins(a, keep, rng, training)


def drops_in_evaluation(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Drop whether this is training or not."""
    return by_coins(a, keep, rng, True)


def shrinks_in_evaluation(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Drop and scale in training, and multiply by the probability to survive in evaluation as well."""
    return by_coins(a, keep, rng, True) if training else a * keep


def whole_samples(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Make one decision for each row."""
    return by_coins(np.ones((len(a), 1)), keep, rng, True) * a if training else a


def one_mask_for_all(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Make one decision for each column, and use it for all samples."""
    return by_coins(np.ones(a.shape[1]), keep, rng, True) * a if training else a


def always_the_same_mask(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Draw from a generator of its own, which starts anew at each call."""
    return by_coins(a, keep, np.random.default_rng(3), training)


def noise_instead(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Multiply by noise with the mean and the variance that dropout has."""
    if not training or keep == 0:
        return by_coins(a, keep, rng, training)
    return a * rng.normal(1.0, np.sqrt((1 - keep) / keep), size=a.shape)


def not_a_number_at_zero(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Divide by the probability to survive even where it is zero."""
    with np.errstate(all="ignore"):
        return a * (rng.random(a.shape) < keep) / np.float64(keep) if training else a


def writes_into_its_input(a: Array, keep: float, rng: Generator, training: bool) -> Array:
    """Put the zeros into the array that it was given."""
    if not training:
        return a
    a[rng.random(a.shape) >= keep] = 0
    return a / (keep or 1)
