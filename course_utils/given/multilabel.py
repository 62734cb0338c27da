"""Right and wrong ways to give the F1 per sample in percent, for `catches_wrong_multilabel_metric`.

Each function takes true and predicted labels, two arrays of 0 and 1 of shape (m, c), and gives one number. Which of
them are right is for your test to find out.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def by_sets(targets: Array, predicted: Array) -> float:
    """Compare the sets of label numbers of each sample."""
    total = 0.0
    for truth, guess in zip(targets, predicted, strict=True):
        due, found = set(np.flatnonzero(truth)), set(np.flatnonzero(guess))
        total += 2 * len(due & found) / (len(due) + len(found)) if due | found else 1.0
    return 100 * total / len(targets)


def by_errors(targets: Array, predicted: Array) -> float:
    """Count the entries that differ: they are what is missing from 1."""
    differing = np.abs(targets - predicted).sum(axis=1)
    marked = (targets + predicted).sum(axis=1)
    return float(np.mean(100 - 100 * differing / np.maximum(marked, 1)))


def by_jaccard(targets: Array, predicted: Array) -> float:
    """Turn each sample's Jaccard index J into 2 J / (1 + J)."""
    either = np.maximum(targets, predicted).sum(axis=1)
    jaccard = np.where(either > 0, (targets * predicted).sum(axis=1) / np.maximum(either, 1), 1.0)
    return 100 * float(np.mean(2 * jaccard / (1 + jaccard)))


def by_harmonic_mean(targets: Array, predicted: Array) -> float:
    """Take the harmonic mean of each sample's precision and recall."""
    scores = []
    for truth, guess in zip(targets, predicted, strict=True):
        hits = float(truth @ guess)
        if hits == 0:
            scores.append(0.0 if truth.any() or guess.any() else 100.0)
        else:
            scores.append(200 / (guess.sum() / hits + truth.sum() / hits))
    return sum(scores) / len(scores)


def intersection_over_union(targets: Array, predicted: Array) -> float:
    """Give the Jaccard index."""
    either = np.maximum(targets, predicted).sum(axis=1)
    return 100 * float(np.mean(np.where(either > 0, (targets * predicted).sum(axis=1) / np.maximum(either, 1), 1.0)))


def precision_only(targets: Array, predicted: Array) -> float:
    """Give the precision."""
    found = predicted.sum(axis=1)
    empty = np.where(targets.any(axis=1), 0.0, 1.0)
    return 100 * float(np.mean(np.where(found > 0, (targets * predicted).sum(axis=1) / np.maximum(found, 1), empty)))


def recall_only(targets: Array, predicted: Array) -> float:
    """Give the recall."""
    return precision_only(predicted, targets)


def share_of_equal_entries(targets: Array, predicted: Array) -> float:
    """Give 1 minus the Hamming loss."""
    return 100 * float(np.mean(targets == predicted))


def pooled(targets: Array, predicted: Array) -> float:
    """Count over all samples first, and divide once."""
    marked = (targets + predicted).sum()
    return 100 * float(2 * (targets * predicted).sum() / marked) if marked else 100.0


def label_by_label(targets: Array, predicted: Array) -> float:
    """Take the F1 of each label and average over the labels."""
    return by_sets(targets.T, predicted.T)


def of_the_means(targets: Array, predicted: Array) -> float:
    """Average precision and recall first, and take their harmonic mean once."""
    precision, recall = precision_only(targets, predicted), recall_only(targets, predicted)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def empty_rows_count_nothing(targets: Array, predicted: Array) -> float:
    """Give 0 to a sample whose two rows are empty."""
    marked = (targets + predicted).sum(axis=1)
    return 100 * float(np.mean(2 * (targets * predicted).sum(axis=1) / np.maximum(marked, 1)))


def empty_rows_left_out(targets: Array, predicted: Array) -> float:
    """Average over the samples that have a label somewhere."""
    kept = (targets + predicted).any(axis=1)
    return by_sets(targets[kept], predicted[kept]) if kept.any() else 100.0
