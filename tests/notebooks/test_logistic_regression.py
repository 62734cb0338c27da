"""What lesson 04 prints, held against the ledger's exact and measured rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "04_logistic_regression"

# ledger number -> what the lesson must print, to the digit
EXACT = {
    "L059": [
        "x2 predicted from x1: slope 0.97",
        "border from the labels: slope -1.00",
        "two clouds          least squares 1.000   logistic regression 1.000",
        "with 15 far points  least squares 0.913   logistic regression 1.000",
        "three in a row      least squares 0.683   logistic regression 1.000",
    ],
    "L060": [
        "threshold 0.3: score -0.8473, probability on your line [0.3 0.3]",
        "threshold 0.5: score 0.0000, probability on your line [0.5 0.5]",
        "threshold 0.9: score 2.1972, probability on your line [0.9 0.9]",
        "probability on the published line: [0.5 0.5 0.5]",
    ],
    "L062": [
        "    10 steps: length of w  2.16   J 0.21   right 1.0",
        "   100 steps: length of w  5.57   J 0.029   right 1.0",
        "  1000 steps: length of w  9.51   J 0.0039   right 1.0",
        " 10000 steps: length of w 14.11   J 0.00054   right 1.0",
        "100000 steps: length of w 19.50   J 6.8e-05   right 1.0",
        "y = 0: loss by the letter inf, should be 800.0",
        "y = 1: loss by the letter nan, should be 0.0",
        "first loss 0.6931, ln 2 = 0.6931",
        "largest relative error below 1e-7: True",
        "any line with a place that bends downwards: False",
    ],
    "L063": [
        "samples of each class: [67 67 66]",
        "share of right answers, one against the rest: 1.0",
        "the three outputs of a sample add up to 0.80 up to 1.16",
    ],
    "L064": ["[1, 1, 0, 0, 0]", "[0, 0, 1, 0, 1]", "[0, 0, 0, 1, 0]"],
    "L065": [
        "[[1 0 0]\n [1 0 0]\n [0 1 0]\n [0 0 1]\n [0 1 0]]",
        "your three columns side by side are the same: True",
    ],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L061", "L062")
def test_training_by_hand_by_pytorch_and_by_scikit_learn_agree(printed: str) -> None:
    difference = re.search(r"largest difference of a parameter: (\S+)", printed)
    assert difference
    assert float(difference[1]) < 1e-12
    assert "agree to five decimals: True" in printed


@pytest.mark.ledger("L063")
def test_one_against_the_rest_by_hand_and_by_pytorch_agree(printed: str) -> None:
    difference = re.search(r"one against the rest, largest difference: (\S+)", printed)
    assert difference
    assert float(difference[1]) < 1e-12


def test_the_model_is_better_than_always_saying_benign(printed: str) -> None:
    reached = re.search(r"accuracy on the 169 new samples: (\d\.\d+)", printed)
    assert reached
    assert float(reached[1]) > 106 / 169 + 0.2


@pytest.mark.ledger("L062")
def test_the_lowest_loss_is_not_the_fewest_mistakes(printed: str) -> None:
    found = re.findall(r"J (0\.\d+)   mistakes (\d+) of 400", printed)
    (low_loss, more), (high_loss, fewer) = ((float(loss), int(count)) for loss, count in found)
    assert low_loss < high_loss
    assert more > fewer


@pytest.mark.ledger("L063")
def test_one_against_the_rest_loses_the_class_in_the_middle(printed: str) -> None:
    alone, together = map(float, re.findall(r"middle class found (\d\.\d+)", printed))
    assert alone < together
    largest = re.search(r"largest output of the middle model: (\d\.\d+)", printed)
    assert largest
    assert float(largest[1]) < 0.5
    shares = re.search(r"0, 1, 2 classes that say yes: \[(.*)\]", printed)
    assert shares
    assert min(map(float, shares[1].split())) > 0.02


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number:03}" for number in (*range(49, 58), 59)} <= tags_of(LESSON)
