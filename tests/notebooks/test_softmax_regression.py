"""What lesson 05 prints, held against the ledger's exact rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "05_softmax_regression"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L065": ["weights and biases: 9 in three separate units, 9 in one layer"],
    "L066": ["[0.33222 0.30061 0.36717]", "[0.33333 0.29167 0.375  ]", "[0.26087 0.15217 0.58696]"],
    "L067": ["two classes  0.7310585786300049 sigmoid of the difference 0.7310585786300049"],
    "L069": ["-ln 0.6 = 0.5108256", "-ln 0.1 = 2.3025851"],
    "L071": ["the shares of the first sample sum to 1.0000"],
    "L072": ["images (1437, 8, 8) -> features (1437, 64)"],
    "L074": ["a net 2-5-3: (200, 2) features become (200, 5), then scores (200, 3)"],
    "L077": ["25 steps: ends at [-0.2822 -0.2174]", "40 steps: ends at [-0.22158  0.     ]"],
    "L078": [
        "built in: (32, 1, 28, 28) (32,) torch.float32\nvalues from 0 to 1",
        "batches of 32 in 60000 images: 1875",
    ],
    "L079": ["(32, 3, 16, 16) (32,)\n" * 3 + "(4, 3, 16, 16) (4,)"],
    "L080": ["0.9874308806774512", "1.9748617613549024", "1.059966144937363"],
    "L081": ["1797 handwritten digits of 8 x 8 pixels", "1437 to train, 360 to test", "0.0 1.0"],
    "L082": ["batches of 128: 469 with 96 in the last", "first loss 2.3026, ln 10 = 2.3026"],
    "L091": ["largest possible probability 0.231969, smallest possible loss 1.461150"],
    "L095": ["[710.   0.] -> [nan  0.]", "[89.  0.] -> [nan  0.]", "[-800. -801.] -> [nan nan]"],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L082")
def test_softmax_regression_reaches_the_ledgers_accuracy(printed: str) -> None:
    reached = re.search(r"accuracy on the 360 test images: (\d\.\d+)", printed)
    assert reached
    assert 0.925 <= float(reached[1]) <= 0.931


def test_training_by_hand_and_by_pytorch_agree(printed: str) -> None:
    for name in ("weight", "bias", "loss"):
        difference = re.search(rf"largest difference of a {name}: (\S+)", printed)
        assert difference
        assert float(difference[1]) < 1e-12


@pytest.mark.ledger("L091")
def test_the_slope_through_sigmoid_and_softmax_is_that_of_autograd(printed: str) -> None:
    distance = re.search(r"distance of formula 3-68 to autograd: (\S+)", printed)
    assert distance
    assert float(distance[1]) < 1e-15


@pytest.mark.ledger("L088")
def test_rows_and_columns_of_the_measured_jacobian_sum_to_zero(printed: str) -> None:
    for line in ("row", "column"):
        sums = re.search(rf"each {line} sums to +\[(.*)\]", printed)
        assert sums
        assert sums[1].split() == ["0."] * 4


@pytest.mark.ledger("L076")
def test_gradient_variance_falls_as_one_over_the_batch_size(printed: str) -> None:
    found = re.search(r"\{1: 1\.0, 4: (\S+), 16: (\S+), 64: (\S+)\} and 1/B", printed)
    assert found
    for measured, batch in zip(found.groups(), (4, 16, 64), strict=True):
        assert abs(float(measured) * batch - 1) < 0.15


@pytest.mark.ledger("L073", "L075")
def test_learned_features_help_and_depth_alone_does_not(printed: str) -> None:
    shares = dict(re.findall(r"(\d hidden layer\(s\) of \d+): test accuracy (\d\.\d+)", printed))
    one, two, four, wide = (float(share) for share in shares.values())
    assert one > 0.94
    assert wide > 0.94
    assert two < one - 0.05
    assert four < 0.2


@pytest.mark.ledger("L083")
def test_the_loss_falls_and_stays_noisy(printed: str) -> None:
    found = re.findall(r"(first|last) epoch: losses (\S+) to (\S+), mean (\S+)", printed)
    (_, *first), (_, *last) = found
    assert float(last[2]) < float(first[2]) / 4
    assert float(last[0]) < float(last[2]) < float(last[1])


@pytest.mark.ledger("L085", "L086", "L087")
def test_the_chain_rule_and_autograd_give_the_same_slope(printed: str) -> None:
    distance = re.search(r"largest distance a - y to autograd: (\S+)", printed)
    assert distance
    assert float(distance[1]) < 1e-15
    by_the_chain, short = re.search(r"chain rule with the Jacobian: (.*)\na - y +: (.*)", printed).groups()
    assert by_the_chain == short


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number:03}" for number in (*range(57, 67), *range(68, 79), 83, 84, 85)} <= tags_of(LESSON)
