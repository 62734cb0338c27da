"""What lesson 10 prints, held against the exact and the measured numbers of its rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "10_dropout"

# ledger number -> what the lesson must print, to the digit
EXACT = {
    "L155": [
        "the small net above:   256",
        "80 hidden neurons:     1.21e+24",
        "masks drawn in 100 epochs of 200 images: 20000",
    ],
    "L156": [
        "an output of 2.0 becomes 0 or 2.5",
        "the factor for survivors: 1.25",
        "in evaluation: [2. 2. 2. 2. 2. 2. 2. 2. 2. 2. 2. 2.]",
        "mean if 2 is multiplied by 2.5:  4.00\nmean if 2 is multiplied by 1.25: 2.00",
        "p = 0.2: factor 1.25, mean of an output of 2: 2.00",
        "p = 1.0: factor 0.00",
    ],
    "L157": [
        "mean     2.0009   formula 2.0000",
        "variance 1.00     formula 1.00",
        "mean of the squared sum   20.02   without dropout 16.00",
        "by your formulas: mean 4, variance 4, mean square 20",
        "claim  5.0: printed equation holds True, formula 3-113 holds False",
    ],
    "L158": [
        "slopes that are 0: 2  outputs dropped: 2",
        "The gradients agree: no relative error is above 1e-05.",
        "AttributeError: module 'torch._refs' has no attribute 'uniform'",
        "3 zeros of 20, as in one published sample, come up with probability 0.205",
    ],
    "L159": [
        f"{name:10} values [0.0, 2.5], mean 2.00, variance 1.00, evaluation unchanged True; "
        "p = 0 gives [2.0], p = 1 gives [0.0]"
        for name in ("nn.Dropout", "MyDropout")
    ],
}


def _numbers(pattern: str, printed: str) -> list[float]:
    found = re.search(pattern, printed)
    assert found, pattern
    return [float(number) for number in found.groups()]


def test_the_numbers_of_the_rows_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


def test_a_net_learns_wrong_labels_by_heart(printed: str) -> None:
    (best, at_best), (late, at_end) = (_numbers(rf"\n +{epoch} +(\S+) +(\S+)\n", printed) for epoch in (45, 100))
    assert late < best  # on the training images
    assert at_end > at_best + 0.03  # on the test images


@pytest.mark.ledger("L155")
def test_dropout_helps_where_the_text_says_so(printed: str) -> None:
    pattern = (
        r"no dropout +training error (\S+), test error (\S+)\n +hidden 0.5 +training error (\S+), test error (\S+), "
    )
    kinds = re.findall(pattern + r"better (\d), worse (\d)", printed)
    hasty, right, many = ([float(number) for number in row] for row in kinds)
    assert hasty[3] < hasty[1] - 0.04
    assert hasty[4:] == [5, 0]
    assert abs(right[3] - right[1]) < 0.02
    assert max(right[4:]) < 5
    assert many[3] > many[1]
    assert many[5] >= 3
    for plain, _, dropped, *_ in (hasty, right, many):
        assert dropped > plain  # the training error is higher with dropout in all three
    (best,) = _numbers(r"no dropout, best epoch: test error (\S+)", printed)
    assert hasty[3] < best < hasty[1]


@pytest.mark.ledger("L156")
def test_forgetting_evaluation_mode_costs(printed: str) -> None:
    right, forgotten = _numbers(r"test error in evaluation mode (\S+), in training mode (\S+)\n", printed)
    assert forgotten > right + 0.06
    (changed,) = _numbers(r"two calls in training mode: (\S+)%", printed)
    assert changed > 20


@pytest.mark.ledger("L155")
def test_many_thinned_nets_together_reach_the_whole_net(printed: str) -> None:
    errors = [_numbers(rf"\n +{n} +(\S+) +(\S+)", printed.split("masks   test error")[1]) for n in (1, 10, 100)]
    (whole,) = _numbers(r"whole +(\S+)\n", printed)
    assert errors[0][0] > errors[1][0] >= errors[2][0]
    assert abs(errors[2][0] - whole) < 0.02
    assert errors[0][1] > errors[1][1] > errors[2][1] > 0.005
    whole_net, geometric, plain = (
        re.search(rf"{name} *(\[.*\])\n", printed)[1]  # type: ignore[index]
        for name in ("the whole net", "geometric mean of all", "plain mean of all")
    )
    assert whole_net == geometric != plain


@pytest.mark.ledger("L158", "L159")
def test_by_hand_and_pytorch_agree(printed: str) -> None:
    (apart,) = _numbers(r"after 40 steps: largest difference of a parameter (\S+)", printed)
    assert apart < 1e-13
    (distance,) = _numbers(r"the same mask, our formula: largest distance (\S+)", printed)
    assert distance < 1e-14


def test_dropped_outputs_cost_what_no_training_avoids(printed: str) -> None:
    without, with_it = _numbers(r"dropout on the outputs (\S+)\nmean loss with it +(\S+)", printed)
    assert without < 0.001
    assert with_it > 0.4


def test_every_erratum_of_its_section_is_tagged() -> None:
    assert {f"E{number}" for number in range(131, 136)} <= tags_of(LESSON)
