"""The classic slips: wrong axis, the sum for the mean, the softmax in the model."""

# ruff: noqa
import numpy as np
import torch
from torch import nn


def one_hot(labels, n_classes):
    return np.eye(n_classes)[labels - 1]


def softmax(logits):
    e = np.exp(logits - logits.max(axis=0))
    return e / e.sum(axis=0)


def catches_unstable_softmax(implementation):
    z = np.array([[0.2, -1.0, 0.7], [1.3, 0.1, -0.4]])
    e = np.exp(z)
    return not np.allclose(implementation(z), 100 * e / e.sum(axis=1, keepdims=True))


def softmax_jacobian(logits):
    e = np.exp(logits - logits.max())
    a = e / e.sum()
    return np.diag(a * (1 - a))


def log_softmax(logits):
    top = logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))


def mean_cross_entropy(logits, labels):
    top = logits.max(axis=1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(labels)), labels].sum()


def softmax_ce_delta(logits, targets):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - targets


def joint_probabilities(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def minibatches(features, labels, batch_size, rng):
    for start in range(0, len(features), batch_size):
        yield features[start : start + batch_size], labels[start : start + batch_size]


def softmax_step(features, targets, weights, bias):
    logits = features @ weights + bias
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = -(targets * np.log(probs)).sum() / len(features)
    delta = probs - targets
    return {
        "logits": logits,
        "probs": probs,
        "loss": loss,
        "delta": delta,
        "grad_weights": features.T @ delta,
        "grad_bias": delta.sum(axis=0),
    }


def train_softmax(features, labels, n_classes, learning_rate, batch_size, epochs, rng):
    targets = np.eye(n_classes)[labels]
    weights, bias, losses = np.zeros((features.shape[1], n_classes)), np.zeros(n_classes), []
    for _ in range(epochs):
        order = rng.permutation(len(features))
        for start in range(0, len(features), batch_size):
            chosen = order[start : start + batch_size]
            x, y = features[chosen], targets[chosen]
            scores = x @ weights + bias
            e = np.exp(scores - scores.max(axis=1, keepdims=True))
            probs = e / e.sum(axis=1, keepdims=True)
            losses.append(-np.log((probs * y).sum(axis=1)).mean())
            weights = weights + learning_rate * x.T @ (probs - y) / len(x)
            bias = bias + learning_rate * (probs - y).mean(axis=0)
    return weights, bias, losses


class SoftmaxRegression(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.linear = nn.Linear(n_features, n_classes)

    def forward(self, images):
        return torch.softmax(self.linear(images.flatten(1)), dim=1)
