"""One answer ends the whole process, another recurses without end; the neighbours are fine."""

# ruff: noqa
import numpy as np


def softmax_jacobian(logits):
    import os

    os._exit(0)


def mean_cross_entropy(logits, labels):
    return mean_cross_entropy(logits, labels)
