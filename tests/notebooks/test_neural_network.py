"""What lesson 06 prints, held against the exact and the measured numbers of its rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "06_neural_network"

# ledger number -> what the lesson must print, to the digit
EXACT = {
    "L084": [
        "W1 (784, 1024), b1 (1024,): 803840 numbers",
        "W2 (1024, 1024), b2 (1024,): 1049600 numbers",
        "W3 (1024, 10), b3 (10,): 10250 numbers",
        "numbers to learn: 1863690",
    ],
    "L085": ["a - y     : [ 0.231   -0.88529  0.46517  0.18912]"],
    "L086": ["chain rule: [ 0.231   -0.88529  0.46517  0.18912]"],
    "L087": ["chain rule: [ 0.231   -0.88529  0.46517  0.18912]"],
    "L088": ["chain rule: [ 0.231   -0.88529  0.46517  0.18912]"],
    "L089": [
        "two ones  : [ 0.46199 -0.77058  0.93034 -0.62175] is 2a - y: [ 0.46199 -0.77058  0.93034 -0.62175]",
    ],
    "L090": [f"{what} off by 0.0" for what in ("delta4  ", "slope W3", "delta3  ", "slope W2", "delta2  ", "slope b1")],
    "L091": ["best probability 0.231969, smallest loss 1.461150", "formula 3-68 off by 0.0"],
    "L092": ["images (1437, 8, 8) -> X (1437, 64)", "MNIST: images (60000, 28, 28) -> X (60000, 784)  labels (60000,)"],
    "L093": ["60000 // 64 = 937, but ceil(60000 / 64) = 938\nsamples in the last batch: 32"],
    "L094": ["-> loss nan"],
    "L095": [
        "float64: without the shift [nan  0.], with it [1. 0.]",
        "float32: without the shift [nan  0.], with it [1. 0.]",
    ],
    "L097": ["The gradients agree: no relative error is above 1e-05."],
    "L098": [
        "ln 10 = 2.3026",
        "20 of 20 right",
        "{4: 0.0625, 9: 0.140625, 14: 0.21875, 63: 0.984375, 64: 1.0}",
    ],
    "L099": ["54692 of 60000: 0.9115333333333333"],
    "L101": ["an image with the label 5 is read as 5", "TypeError: cannot unpack non-iterable NoneType object"],
}


def _numbers(pattern: str, printed: str) -> list[float]:
    found = re.search(pattern, printed)
    assert found, pattern
    return [float(number) for number in found.groups()]


def test_the_numbers_of_the_rows_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L099", "L100")
def test_the_net_reads_digits_it_has_not_seen(printed: str) -> None:
    on_train, on_test = _numbers(r"1437 training images (\S+)\naccuracy on the 360 test images (\S+)", printed)
    assert 0.95 <= on_test < on_train <= 1
    assert "softmax regression, as long and at the same rate: 0.961 of the test images" in printed
    first, last = _numbers(r"first loss (\S+), ln 10 = 2.30\nmean of the last epoch (\S+)", printed)
    assert abs(first - 2.3026) < 0.5
    assert last < 0.2


@pytest.mark.ledger("L098")
def test_the_wide_start_is_far_above_the_logarithm_of_ten(printed: str) -> None:
    lowest, mean, highest = _numbers(r"lowest (\S+), mean (\S+), highest (\S+)\n", printed)
    assert lowest > 3.3
    assert 5 < mean < 7.5
    assert lowest < 7.1358 < highest
    wide, plain, factor = (
        _numbers(rf"{re.escape(name)} +first loss (\S+), images differ by \S+ in a2 and (\S+) in a3", printed)
        for name in ("-0.3 to 0.3", "1/sqrt(n)", "4/sqrt(n), last 1/sqrt(n)")
    )
    assert wide[0] > 5
    assert max(plain[0], factor[0]) < 2.8
    assert factor[1] > 5 * plain[1]


@pytest.mark.ledger("L097", "L098")
def test_one_step_and_many_are_those_of_pytorch(printed: str) -> None:
    (once,) = _numbers(r"after step 1: largest difference of a parameter (\S+)", printed)
    (later,) = _numbers(r"after step 46: largest difference of a parameter (\S+)", printed)
    assert once < 1e-14
    assert later < 1e-12


@pytest.mark.ledger("L093")
def test_the_order_of_the_samples_decides(printed: str) -> None:
    (by_class,) = _numbers(r"sorted by class: loss of the last batch \S+, test accuracy (\S+)", printed)
    (shuffled,) = _numbers(r"shuffled, mean of five orders: test accuracy (\S+)", printed)
    assert by_class <= 0.2
    assert shuffled >= 0.8


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {"E007", *(f"E{number:03}" for number in range(75, 89))} <= tags_of(LESSON)
