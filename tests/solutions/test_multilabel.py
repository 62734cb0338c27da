"""The reference answers of lesson 13 against published numbers, laws, PyTorch and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from course_utils.judging.tolerance import all_close
from solutions.multilabel import (
    mended_jaccard,
    multilabel_bce,
    multilabel_bce_delta,
    multilabel_scores,
    per_label_confusion,
    predict_labels,
    softmax_multilabel_ce,
    train_multilabel,
    tune_thresholds,
)

Y = np.array([[1.0, 1, 0, 0], [0, 1, 0, 1]])
Z = np.array([[0.2, 0.5, 0, 0], [0.1, 0.5, 0, 0.8]])
Z_NEW = np.array([[0.2, 0.5, 0.1, 0], [0.1, 0.5, 0, 0.8]])
TRUE = np.array([[0, 1, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]])
FOUND = np.array([[0, 1, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]])

scores = arrays.arrays(np.float64, (4, 3), elements=st.floats(-500, 500))
labels = arrays.arrays(np.int64, (5, 3), elements=st.integers(0, 1))


@pytest.mark.ledger("L184", "L185")
def test_the_published_sigmoid_loss() -> None:
    assert multilabel_bce(Z, Y) == pytest.approx(0.5926539631803738, abs=1e-15)
    by_torch = torch.nn.MultiLabelSoftMarginLoss()(torch.tensor(Z), torch.tensor(Y)).item()
    assert by_torch == pytest.approx(multilabel_bce(Z, Y), abs=1e-15)
    assert round(multilabel_bce(Z, Y) * len(Z), 5) == 1.18531  # what the missing 1/m costs


@pytest.mark.ledger("L188", "L189")
def test_the_published_softmax_loss() -> None:
    assert softmax_multilabel_ce(Z_NEW, Y) == pytest.approx(2.39281042, abs=5e-9)
    assert softmax_multilabel_ce(Z, Y) == pytest.approx(2.37145, abs=5e-6)


@pytest.mark.ledger("L192", "L193", "L194", "L195", "L198")
def test_the_published_metrics() -> None:
    assert mended_jaccard(TRUE, FOUND) == pytest.approx(4 / 9)
    assert multilabel_scores(TRUE, FOUND, 0.0) == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    tables = [[[2, 1], [0, 0]], [[0, 1], [0, 2]], [[0, 1], [1, 1]], [[1, 0], [2, 0]]]
    assert per_label_confusion(TRUE, FOUND).tolist() == tables


@pytest.mark.ledger("L186")
def test_the_published_labels() -> None:
    assert predict_labels(Z, 0.5).tolist() == [[1, 1, 0, 0], [1, 1, 0, 1]]
    assert predict_labels(Z, np.array([0.5, 0.5, 0.4, 0.7])).tolist() == [[1, 1, 1, 0], [1, 1, 1, 0]]


@given(scores, arrays.arrays(np.float64, (4, 3), elements=st.sampled_from([0.0, 1.0])))
def test_losses_and_slopes_are_those_of_pytorch(z: np.ndarray, y: np.ndarray) -> None:
    z_t, y_t = torch.tensor(z, requires_grad=True), torch.tensor(y)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z_t, y_t)
    loss.backward()
    assert all_close(multilabel_bce(z, y), loss.item())
    assert all_close(multilabel_bce_delta(z, y), z_t.grad.numpy())
    assert all_close(softmax_multilabel_ce(z, y), torch.nn.CrossEntropyLoss()(torch.tensor(z), y_t).item())


@pytest.mark.ledger("L187")
@given(scores, st.integers(0, 3))
def test_the_softmax_loss_never_falls_below_its_floor(z: np.ndarray, k: int) -> None:
    y = np.tile((np.arange(3) < k).astype(float), (4, 1))
    assert softmax_multilabel_ce(z, y) >= k * np.log(max(k, 1)) - 1e-9


@settings(max_examples=30)
@given(labels, labels, st.sampled_from([0.0, 1.0]))
def test_metrics_are_those_of_scikit_learn(y: np.ndarray, p: np.ndarray, empty: float) -> None:
    wanted = metrics.precision_recall_fscore_support(y, p, average="samples", zero_division=empty)[:3]
    assert all_close(list(multilabel_scores(y, p, empty).values()), wanted)
    assert all_close(mended_jaccard(y, p), metrics.jaccard_score(y, p, average="samples", zero_division=1.0))
    assert (per_label_confusion(y, p) == metrics.multilabel_confusion_matrix(y, p)).all()


@given(labels)
def test_a_perfect_prediction_has_full_marks_even_where_nothing_is_there(y: np.ndarray) -> None:
    assert mended_jaccard(y, y) == 1
    assert multilabel_scores(y, y, 1.0) == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


@settings(max_examples=30)
@given(labels, arrays.arrays(np.float64, (5, 3), elements=st.floats(0, 1)))
def test_no_other_candidate_beats_the_tuned_thresholds(y: np.ndarray, probs: np.ndarray) -> None:
    candidates = np.array([0.2, 0.45, 0.5, 0.8])
    tuned = tune_thresholds(probs, y, candidates)

    def f1_of(thresholds: np.ndarray | float) -> np.ndarray:
        return metrics.f1_score(y, (probs > thresholds).astype(int), average=None, zero_division=0.0)

    for candidate in candidates:
        assert (f1_of(tuned) >= f1_of(candidate) - 1e-12).all()
        lower = candidate < tuned
        assert (f1_of(candidate)[lower] < f1_of(tuned)[lower]).all()


def test_training_starts_at_ln_2_and_falls() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 5))
    y = (x[:, :3] + 0.3 * rng.normal(size=(40, 3)) > 0.4).astype(float)
    weights, bias, losses = train_multilabel(x, y, 1.0, 200)
    assert (weights.shape, bias.shape, len(losses)) == ((5, 3), (3,), 200)
    assert losses[0] == pytest.approx(np.log(2))
    assert (np.diff(losses) < 0).all()
    assert losses[-1] == pytest.approx(multilabel_bce(x @ weights + bias, y), abs=0.01)
