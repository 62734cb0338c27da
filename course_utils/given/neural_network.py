"""Initialisations that `catches_bad_start` has to judge: some are sound, some are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Params = dict[str, np.ndarray]


def _layers(sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return number, inputs and outputs of each layer of weights."""
    return [(layer, sizes[layer - 1], sizes[layer]) for layer in range(1, len(sizes))]


def uniform_by_fan_in(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """Draw weights evenly from a range that shrinks with the number of inputs."""
    params: Params = {}
    for layer, n_in, n_out in _layers(sizes):
        params[f"w{layer}"] = rng.uniform(-1, 1, size=(n_in, n_out)) / np.sqrt(n_in)
        params[f"b{layer}"] = np.zeros(n_out)
    return params


def small_everywhere(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """Draw small weights and biases, whatever the number of inputs."""
    params: Params = {}
    for layer, n_in, n_out in _layers(sizes):
        params[f"w{layer}"] = rng.normal(scale=0.01, size=(n_in, n_out))
        params[f"b{layer}"] = rng.normal(scale=0.01, size=n_out)
    return params


def one_spread_for_all(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """Draw all weights with standard deviation 1, whatever the number of inputs."""
    params: Params = {}
    for layer, n_in, n_out in _layers(sizes):
        params[f"w{layer}"] = rng.normal(size=(n_in, n_out))
        params[f"b{layer}"] = np.zeros(n_out)
    return params


def unequal_biases(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """Draw sound weights, and give the first class a head start of six."""
    params = uniform_by_fan_in(sizes, rng)
    last = f"b{len(sizes) - 1}"
    params[last] = np.where(np.arange(sizes[-1]) == 0, 6.0, params[last])
    return params


def a_small_head_start(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """Draw tiny weights, and give the first class a head start of two: the labels decide what it costs."""
    params = {name: value / 10 for name, value in small_everywhere(sizes, rng).items()}
    last = f"b{len(sizes) - 1}"
    params[last] = np.where(np.arange(sizes[-1]) == 0, 2.0, params[last])
    return params


def sound_only_once(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """Draw a sound start at the first call with a generator, and a bad one at every further call."""
    calls = rng.bit_generator.seed_seq  # it counts its children, and drawing numbers leaves the count alone
    assert isinstance(calls, np.random.SeedSequence)
    calls.spawn(1)
    if calls.n_children_spawned > 1:
        return unequal_biases(sizes, rng)
    return uniform_by_fan_in(sizes, rng)
