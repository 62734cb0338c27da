"""What the learners of the benchmark hand in: other right answers, and wrong ones that are worth nothing.

The text after the double underscore says what is right or wrong about a function; it is cut off before the answer is
handed in. A wrong answer fails every case of its exercise, so that graders with and without partial credit agree on 0,
and all but a stub let the rest of the lesson run.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

# --- standardise ---


def standardise__right_by_columns(x: np.ndarray) -> np.ndarray:
    result = np.zeros(x.shape)
    for column in range(x.shape[1]):
        values = x[:, column]
        deviation = np.sqrt(np.mean((values - values.mean()) ** 2))
        if deviation > 1e-12:
            result[:, column] = (values - values.mean()) / deviation
    return result


def standardise__wrong_one_mean_for_all(x: np.ndarray) -> np.ndarray:
    return (x - x.mean()) / x.std()


def standardise__wrong_not_centred(x: np.ndarray) -> np.ndarray:
    spread = x.std(axis=0)
    return x / np.where(spread > 1e-12, spread, 1.0)


# --- class_probabilities ---


def class_probabilities__right_by_rows(scores: np.ndarray) -> np.ndarray:
    rows = []
    for row in scores:
        powers = np.exp(row - max(row))
        rows.append(powers / np.sum(powers))
    return np.array(rows)


def class_probabilities__right_by_logs(scores: np.ndarray) -> np.ndarray:
    top = scores.max(axis=1)[:, None]
    logs = scores - top - np.log(np.sum(np.exp(scores - top), axis=1))[:, None]
    return np.exp(logs)


def class_probabilities__wrong_axis(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)


def class_probabilities__wrong_logarithms(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


# --- mean_loss ---


def mean_loss__right_by_log_sum(scores: np.ndarray, labels: np.ndarray) -> float:
    top = scores.max(axis=1)
    log_sums = top + np.log(np.sum(np.exp(scores - top[:, None]), axis=1))
    true_scores = np.take_along_axis(scores, labels[:, None], axis=1)[:, 0]
    return float(np.mean(log_sums - true_scores))


def mean_loss__wrong_sum(scores: np.ndarray, labels: np.ndarray) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].sum())


def mean_loss__wrong_in_bits(scores: np.ndarray, labels: np.ndarray) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].mean() / np.log(2))


# --- loss_slopes ---


def loss_slopes__right_with_targets(x, labels, weights, bias):
    targets = np.eye(len(bias))[labels]
    scores = x @ weights + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    errors = powers / powers.sum(axis=1, keepdims=True) - targets
    return np.dot(x.T, errors) / len(x), errors.mean(axis=0)


def loss_slopes__wrong_sum(x, labels, weights, bias):
    scores = x @ weights + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    delta = powers / powers.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1.0
    return x.T @ delta, delta.sum(axis=0)


def loss_slopes__wrong_sign(x, labels, weights, bias):
    scores = x @ weights + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    delta = powers / powers.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1.0
    return -(x.T @ delta) / len(labels), -delta.mean(axis=0)


# --- batches_of ---


def batches_of__right_by_splitting(features, labels, size, rng):
    order = rng.permutation(len(features))
    pieces = np.split(order, range(size, len(order), size))
    for piece in pieces:
        yield features[piece], labels[piece]


def batches_of__right_with_a_counter(features, labels, size, rng):
    order = rng.permutation(len(features))
    position = 0
    while position < len(features):
        indices = order[position : position + size]
        yield features[indices], labels[indices]
        position += size


def batches_of__wrong_never_shuffled(features, labels, size, rng):
    for begin in range(0, len(features), size):
        yield features[begin : begin + size], labels[begin : begin + size]


def batches_of__wrong_labels_stay(features, labels, size, rng):
    order = rng.permutation(len(features))
    for begin in range(0, len(order), size):
        yield features[order[begin : begin + size]], labels[begin : begin + size]


# --- momentum_step ---


def momentum_step__right_in_two_lines(values, velocity, slopes, rate, momentum):
    new_velocity = slopes + velocity * momentum
    new_values = values - new_velocity * rate
    return new_values, new_velocity


def momentum_step__wrong_climbs(values, velocity, slopes, rate, momentum):
    moved = momentum * velocity + slopes
    return values + rate * moved, moved


def momentum_step__wrong_average(values, velocity, slopes, rate, momentum):
    moved = momentum * velocity + (1 - momentum) * slopes
    return values - rate * moved, moved


# --- balanced_accuracy ---


def balanced_accuracy__right_by_counting(predicted: np.ndarray, labels: np.ndarray) -> float:
    total, kinds = 0.0, set(labels.tolist())
    for kind in kinds:
        members = labels == kind
        total += (predicted[members] == kind).sum() / members.sum()
    return float(total / len(kinds))


def balanced_accuracy__wrong_percent(predicted: np.ndarray, labels: np.ndarray) -> float:
    recalls = [np.mean(predicted[labels == kind] == kind) for kind in np.unique(labels)]
    return float(100 * np.mean(recalls))


def balanced_accuracy__wrong_stub(predicted: np.ndarray, labels: np.ndarray) -> float:
    raise NotImplementedError("your answer goes here")


# --- TwoLayerNet ---


class TwoLayerNet__right_sequential(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(n_in, n_hidden), nn.ReLU(), nn.Linear(n_hidden, n_out))

    def forward(self, x):
        return self.layers(x)


class TwoLayerNet__wrong_linear(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden)
        self.second = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.second(self.first(x))


class TwoLayerNet__wrong_softmax(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.first = nn.Linear(n_in, n_hidden)
        self.second = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return torch.softmax(self.second(torch.relu(self.first(x))), dim=1)
