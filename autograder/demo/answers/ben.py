"""Everything right, and written in other ways than the reference: loops, float32, other algebra."""

# ruff: noqa
import numpy as np
import torch
from torch import nn


def one_hot(labels, n_classes):
    return np.array([[1 if k == label else 0 for k in range(n_classes)] for label in labels])


def softmax(logits):
    rows = []
    for row in logits:
        e = np.exp(row - max(row))
        rows.append(e / sum(e))
    return np.stack(rows)


def catches_unstable_softmax(implementation):
    plain = np.array([[1.0, -2.0, 0.5], [0.2, 0.4, -0.3]])
    batches = [plain, plain + [[950.0], [-950.0]], np.array([[1600.0, 0.0, 3.0, 1.0], [0.0, 1.0, 2.0, 0.5]])]
    with np.errstate(all="ignore"):
        worst = np.max([np.abs(implementation(z) - 100 * softmax(z)).max() for z in batches])
    return not worst < 1e-6


def softmax_jacobian(logits):
    a = softmax(logits[None])[0]
    c = len(a)
    jac = np.zeros((c, c))
    for i in range(c):
        for j in range(c):
            jac[i, j] = a[i] * (1 - a[i]) if i == j else -a[i] * a[j]
    return jac


def log_softmax(logits):
    top = np.amax(logits, axis=-1)[:, np.newaxis]
    return logits - top - np.log(np.sum(np.exp(logits - top), axis=-1))[:, np.newaxis]


def mean_cross_entropy(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels):
        top = row.max()
        total += top + np.log(np.exp(row - top).sum()) - row[label]
    return total / len(labels)


def softmax_ce_delta(logits, targets):
    a = softmax(logits)
    return np.einsum("ij,i->ij", a, targets.sum(1)) - targets


def joint_probabilities(scores):
    return softmax(np.log(scores) - np.log1p(-scores))


def minibatches(features, labels, batch_size, rng):
    order = rng.permutation(len(labels))
    while len(order):
        now, order = order[:batch_size], order[batch_size:]
        yield features[now], labels[now]


def softmax_step(features, targets, weights, bias):
    logits = np.dot(features, weights) + bias
    probs = softmax(logits)
    loss = np.mean(-np.sum(targets * log_softmax(logits), axis=1))
    delta = (probs - targets) / features.shape[0]
    return dict(
        grad_bias=np.ones(len(features)) @ delta,
        grad_weights=np.einsum("mi,mk->ik", features, delta),
        delta=delta,
        loss=loss,
        probs=probs,
        logits=logits,
    )


def train_softmax(features, labels, n_classes, learning_rate, batch_size, epochs, rng):
    W = np.zeros((features.shape[1], n_classes))
    b = np.zeros(n_classes)
    history = []
    for _ in range(epochs):
        idx = np.arange(len(features))
        rng.shuffle(idx)
        for lo in range(0, len(idx), batch_size):
            part = idx[lo : lo + batch_size]
            out = softmax_step(features[part], np.eye(n_classes)[labels[part]], W, b)
            history.append(out["loss"])
            W = W - learning_rate * out["grad_weights"]
            b = b - learning_rate * out["grad_bias"]
    return W, b, np.array(history)


class SoftmaxRegression(nn.Module):
    def __init__(self, n_features, n_classes):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_classes, n_features))
        self.bias = nn.Parameter(torch.zeros(n_classes))

    def forward(self, images):
        return images.reshape(len(images), -1) @ self.weight.T + self.bias
