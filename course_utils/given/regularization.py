"""Ridge regressions that treat the bias in different ways, and nets to train, for exercises of lesson 09.

Each fit takes features (m, n), targets (m,) and a strength ``lam`` above 0, and gives the weights (n,) and the bias.
What one unit of ``lam`` means for the weights differs from fit to fit. Which of them leave the bias alone is for your
test to find out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray
Fit = tuple[Array, float]


def _solve(features: Array, targets: Array, on_weights: float, on_bias: float) -> Fit:
    """Minimise the sum of squared errors plus penalties of these strengths on the weights and on the bias."""
    wide = np.column_stack([features, np.ones(len(features))])
    strengths = np.append(np.full(features.shape[1], on_weights), on_bias)
    solution = np.linalg.solve(wide.T @ wide + np.diag(strengths), wide.T @ targets)
    return solution[:-1], float(solution[-1])


def strength_per_sample(features: Array, targets: Array, lam: float) -> Fit:
    """Take lam as the strength per sample."""
    return _solve(features, targets, lam * len(features), 0.0)


def strength_doubled(features: Array, targets: Array, lam: float) -> Fit:
    """Write the penalty without its half."""
    return _solve(features, targets, 2 * lam, 0.0)


def strength_squared(features: Array, targets: Array, lam: float) -> Fit:
    """Take the square of lam for the strength, and round in the twelfth digit."""
    w, b = _solve(features, targets, lam**2, 0.0)
    return w * (1 + 1e-12), b * (1 - 1e-12)


def bias_like_a_weight(features: Array, targets: Array, lam: float) -> Fit:
    """Treat the bias as one more weight."""
    return _solve(features, targets, 2 * lam, 2 * lam)


def bias_penalised_lightly(features: Array, targets: Array, lam: float) -> Fit:
    """Penalise the bias a thousand times less than the weights."""
    return _solve(features, targets, 2 * lam, lam / 500)


def bias_decayed_afterwards(features: Array, targets: Array, lam: float) -> Fit:
    """Fit well, and then shrink the bias by a tenth of a percent."""
    w, b = _solve(features, targets, 2 * lam, 0.0)
    return w, 0.999 * b


def bias_thresholded(features: Array, targets: Array, lam: float) -> Fit:
    """Fit well, and then pull a negative bias towards 0 by lam."""
    w, b = _solve(features, targets, 2 * lam, 0.0)
    return w, b if b > 0 else min(b + lam, 0.0)


def bias_left_out(features: Array, targets: Array, lam: float) -> Fit:
    """Fit without any bias."""
    w = np.linalg.solve(features.T @ features + 2 * lam * np.eye(features.shape[1]), features.T @ targets)
    return w, 0.0


# --- nets of 64-bit numbers, each with a fixed start ----------------------------------------------


def _started(net: Any) -> Any:
    """Fill the parameters with fixed numbers of both signs, none of them 0."""
    import torch

    start = 0.0
    with torch.no_grad():
        for parameter in net.parameters():
            steps = torch.arange(parameter.numel(), dtype=torch.float64)
            parameter.copy_((0.7 * torch.cos(2.3 * steps + start + 0.4)).reshape(parameter.shape))
            start += 1.0
    return net


def one_layer() -> Any:
    """Give a linear model of three features."""
    import torch

    return _started(torch.nn.Linear(3, 1, dtype=torch.float64))


def two_layers() -> Any:
    """Give a net of three features with five hidden neurons."""
    import torch
    from torch import nn

    layers = (nn.Linear(3, 5, dtype=torch.float64), nn.Tanh(), nn.Linear(5, 1, dtype=torch.float64))
    return _started(nn.Sequential(*layers))
