"""What lesson 08 prints, held against the ledger's exact rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "08_classification_metrics"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L109": ["accuracy of (3-74): 0.545455 = 6/11"],
    "L110": [
        "the program          0.9970559",
        "'healthy' every time 0.9980040",
        "0.997056     0.0476  0.0250  0.032787",
    ],
    "L111": ["TP 5  FN 7  FP 3  TN 7", "12 dogs;  sum of the column 'dog': 8 called dog"],
    "L112": ["zero_division=0.0: precision 0.0, recall 0.0", "zero_division=nan: precision nan, recall 0.0"],
    "L113": ["F_0.5 = 0.5682   F_1 = 0.5000   F_2 = 0.4464"],
    "L115": ["positive: dog  accuracy 0.545   precision 0.625   recall 0.417", "(0.625, 0.4166666666666667)"],
    "L116": ["the program: precision 0.048, recall 0.025"],
    "L117": ["one: all cancerous   0.001996     0.0020  1.0000  0.003984"],
    "L118": ["two: 50 sure hits    0.998503     1.0000  0.2500  0.400000"],
    "L119": ["three: a good model  0.999701     0.9048  0.9500  0.926829", "'about 0.999': 0.9997006"],
    "L120": ["mended, from counts:  0.00398406", "twice the smaller of the two: 0.003992"],
    "L121": ["[[1 1 1]\n [2 1 0]\n [2 0 2]]"],
    "L122": ["class 0: P 1/5 = 0.20  R 1/3 = 0.33  F1 1/4 = 0.2500, from rounded P and R 0.2491"],
    "L123": ["class 1: P 1/2 = 0.50  R 1/3 = 0.33  F1 2/5 = 0.4000, from rounded P and R 0.3976"],
    "L124": ["class 2: P 2/3 = 0.67  R 1/2 = 0.50  F1 4/7 = 0.5714, from rounded P and R 0.5726"],
    "L125": ["on the diagonal: 4 of 10 -> accuracy 0.4"],
    "L126": ["macro     P, R, F1: [0.45556 0.38889 0.40714]", "published recipe: 0.41959", "three classes: 0.40714"],
    "L127": ["weighted  P, R, F1: [0.47667 0.4     0.42357]", "micro     P, R, F1: [0.4 0.4 0.4]"],
    "L128": [
        "   macro avg       0.46      0.39      0.41        10\n",
        "weighted avg       0.48      0.40      0.42        10\n",
        "the same text, to the last space: True",
    ],
    "L129": ["place of the true class 0: 2", "one sample, k =  1: 0.00\none sample, k =  2: 1.00"],
    "L130": ["top-1: 0.5  top-2: 1.0", "sums of the rows: [1.   1.81]"],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L128")
def test_the_report_is_printed_twice(printed: str) -> None:
    for line in (
        "           0       0.20      0.33      0.25         3",
        "    accuracy                           0.40        10",
    ):
        assert printed.count(line) == 2


@pytest.mark.ledger("L113")
def test_beta_is_where_both_slopes_agree(printed: str) -> None:
    by_p, by_r = re.search(r"slope of F_2 by the precision (\S+), by the recall (\S+)", printed).groups()
    assert by_p == by_r


@pytest.mark.ledger("L127")
def test_weighted_recall_and_micro_averages_are_the_accuracy(printed: str) -> None:
    assert "weighted recall and all micro averages are the accuracy, 20 random sets: True" in printed


@pytest.mark.ledger("L117", "L118")
def test_a_lower_threshold_never_lowers_the_recall(printed: str) -> None:
    lines = re.findall(r"threshold (\S+): called +(\d+), precision (\S+), recall (\S+)", printed)
    assert [line[0] for line in lines] == ["0.2", "0.5", "0.8"]
    calls, precisions, recalls = ([float(line[k]) for line in lines] for k in (1, 2, 3))
    assert calls == sorted(calls, reverse=True)
    assert recalls == sorted(recalls, reverse=True)
    assert precisions == sorted(precisions)


def test_the_sweep_agrees_with_scikit_learn_and_with_pytorch(printed: str) -> None:
    yours, theirs = re.search(r"average precision: yours (\S+), scikit-learn (\S+)", printed).groups()
    assert yours == theirs
    assert "your curve is scikit-learn's: True" in printed
    for line in ("confusion matrix:  the same counts: True", "average precision: the same number: True"):
        assert line in printed
    assert "digits, all k:     the same numbers: True" in printed


def test_the_threshold_of_the_training_samples_saves_cost_on_the_new_ones(printed: str) -> None:
    costs = re.findall(r"threshold \S+: cost on the new samples (\d+)", printed)
    half, chosen = map(int, costs)
    assert chosen < half / 2


@pytest.mark.ledger("L129")
def test_a_larger_k_never_hurts(printed: str) -> None:
    shares = [float(share) for share in re.findall(r"digits, k = +\d+: (\S+)", printed)]
    assert len(shares) == 4
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_ties_are_settled_by_rivals_whatever_the_class(printed: str) -> None:
    for label, sorting in ((0, "[0.0, 0.0]"), (4, "[1.0, 1.0]")):
        assert f"all samples of class {label}, scikit-learn, k = 1, 2: {sorting}" in printed
        assert f"all samples of class {label}, counting rivals, k = 1, 2, 5: [0.0, 0.0, 1.0]" in printed


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number:03}" for number in range(96, 108)} <= tags_of(LESSON)
