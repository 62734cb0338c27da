"""What lesson 09 prints, held against the ledger's rows."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.lessons import tags_of

LESSON = "09_regularization"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L132": [
        "degree  1: R2 on the readings 0.3517",
        "degree  5: R2 on the readings 0.9646",
        "degree 10: R2 on the readings 0.9981",
        "degree 10: R2 0.9981, largest miss 0.0618",
        "raw      powers: condition 9.5e+10",
        "rescaled powers: condition 8.4e+03, R2 of LinearRegression 1.00",
    ],
    "L133": [
        "degree  1: R2 on the true curve 0.5623",
        "degree  5: R2 on the true curve 0.9797",
        "degree 10: R2 on the true curve 0.8700",
        "the true sine on the readings: 0.9373",
    ],
    "L140": ["lambda 1: lowest at 0.50, formula 0.50", "lambda 3: lowest at 0.25, formula 0.25"],
    "L141": [
        "lowest with the penalty: [0.07143 0.25   ]",
        "penalty there 0.0676, loss 0.0931 (it was 0)",
        "published (0.0625000, 0.25): slope [-0.02083  0.     ]",
        "section 4 (0.0714286, 0.25): slope [0. 0.]",
    ],
    "L142": [
        "length of the weights: 0.7071 before, 0.2600 after",
        "leaning bowl: [1.  0.1] becomes [0.51 0.36]",
        "same outputs? True",
    ],
    "L144": [
        "lambda over the samples  0.99969",
        "lambda over the features 0.99983",
        "PyTorch, weight_decay=5  0.97500",
        "SGD with decay  [0.999 0.5  ]",
        "Adam with L2    [0.999 0.5  ]",
        "AdamW           [0.99 0.99]",
        "largest difference of a weight or bias below 1e-12? True",
    ],
    "L145": ["training: (80, 150)  test: (110, 150)", "0.114570", "0.105170"],
    "L146": [
        "weight_decay  0: training 0.0041, test 0.2794",
        "weight_decay  5: training 0.0332, test 0.1194",
        "weight_decay 50: training 0.0829, test 0.1148",
        "predicting 0:    test 0.1146",
        "a bias of 1 after a step with slope 0: 0.95",
        "weight_decay=5 for the weights alone is Ridge(alpha=200)? True",
    ],
    "L149": ["subgradient steps: [0.1, -0.4, 0.1, -0.4, 0.1]", "proximal steps: [0.1, 0.0, 0.0, 0.0]"],
    "L150": [
        "λ = 3    lowest at 0.000",
        "λ = 1.5  lowest at 0.125",
        "by formula: L1 with 1.5 0.125   L2 with 1.5 0.36364",
    ],
    "L152": [
        "subgradient steps    exact zeros: 0 of 150",
        "scikit-learn's Ridge exact zeros: 0 of 150",
        "scikit-learn's Lasso exact zeros: 146 of 150",
        "your proximal steps  exact zeros: 146 of 150",
        "your weights are those of Lasso? True",
    ],
    "L154": [
        "no penalty:           test 0.2794, sizes add up to 4.92",
        "published penalty:    test 0.2794, sizes add up to 4.92",
        "largest difference of a weight: 0.0",
        "mended: test 0.1241, sizes add up to 0.61, exact zeros: 0",
        "matrix.abs().sum()           10.0",
        "torch.linalg.norm(matrix, 1) 6.0",
    ],
}


def _numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L131")
def test_a_descent_learns_the_pattern_first_and_the_noise_later(printed: str) -> None:
    found = re.findall(r" steps: R2 on the readings (\S+), on the true curve (\S+)", printed)
    readings, curve = np.array(found, dtype=float).T
    assert (np.diff(readings) > 0).all()
    assert curve.argmax() == 2


@pytest.mark.ledger("L134", "L135", "L136")
def test_the_learning_curves_meet_at_the_noise_and_above_it(printed: str) -> None:
    for degree, limit, gap in (("1", 0.227, 0.005), ("10", 0.03, 0.005)):
        found = re.search(rf"degree +{degree}: training error \[(.*)\], test error \[(.*)\]", printed)
        assert found
        train, test = map(_numbers, found.groups())
        assert abs(train[-1] - test[-1]) < gap
        assert abs(test[-1] - limit) < 0.004
        assert test[0] > test[-1]


@pytest.mark.ledger("L137")
def test_the_chosen_coin_is_worth_half_on_new_samples(printed: str) -> None:
    # Expected are 0.6248 and 0.5; the lesson says "0.62 to 0.63".
    chosen = re.search(r"the winner's score on the set it was chosen on: +(\S+)", printed)
    assert chosen
    assert 0.62 <= float(chosen[1]) <= 0.63
    fresh = re.search(r"the winner's score on new samples: +(\S+)", printed)
    assert fresh
    assert abs(float(fresh[1]) - 0.5) < 0.006


@pytest.mark.ledger("L138", "L147", "L153")
def test_the_libraries_agree_with_our_scaling(printed: str) -> None:
    for name in ("Ridge", "Lasso", "ElasticNet"):
        assert re.search(rf"{name} +largest slope of our loss at its weights: below 1e-9\? True", printed)
    assert printed.count("a step from Ridge's weights stays there? True") == 2
    assert "your weights are scikit-learn's? True" in printed
    assert "your bias, too? True" in printed


@pytest.mark.ledger("L139")
def test_shaken_inputs_end_at_ridge(printed: str) -> None:
    shaken = _numbers(re.search(r"1000 shaken copies: +\[(.*)\]", printed)[1])
    ridge = _numbers(re.search(r"Ridge with m sigma\^2 = 15: \[(.*)\]", printed)[1])
    plain = _numbers(re.search(r"no noise, no penalty: +\[(.*)\]", printed)[1])
    assert np.abs(np.subtract(shaken, ridge)).max() < 0.02
    assert np.abs(np.subtract(plain, ridge)).max() > 0.3


@pytest.mark.ledger("L143")
def test_the_slope_is_the_measured_one(printed: str) -> None:
    measured, own = re.search(r"measured: (\[.*\])\nyours: +(\[.*\])", printed).groups()
    assert measured == own


@pytest.mark.ledger("L146")
def test_ridge_beats_both_rivals_where_there_is_something_to_learn(printed: str) -> None:
    errors = {name: float(value) for name, value in re.findall(r"test error, ([^:]+): +(\S+)", printed)}
    ridge = errors.pop("ridge")
    assert len(errors) == 3
    assert all(ridge < 0.75 * other for other in errors.values())


@pytest.mark.ledger("L151")
def test_the_budget_of_the_lasso_has_its_price(printed: str) -> None:
    lasso = re.search(r"lasso with lambda / m = 0.075: (\[.*\]), spends", printed)
    (_, first, price), (_, second, other) = re.findall(r"budget (\S+): (\[.*\]), price mu = (\S+)", printed)
    assert lasso
    assert first == lasso[1]
    assert price == "0.0750"
    assert float(other) > 0.2
    assert second != first


@pytest.mark.ledger("L152")
def test_diamonds_are_touched_at_corners(printed: str) -> None:
    corners = int(re.search(r"diamond, at a corner: (\d+) of 500", printed)[1])
    assert 200 < corners < 350
    assert int(re.search(r"circle, on an axis: (\d+) of 500", printed)[1]) < 5


@pytest.mark.ledger("L153")
def test_a_mixture_shares_the_weight_and_keeps_zeros(printed: str) -> None:
    found = dict(re.findall(r"beta (\S+): weights \[(.*)\], formula", printed))
    l1, mixed, l2 = (np.array(_numbers(found[beta])) for beta in ("1.0", "0.5", "0.0"))
    assert (l1[1:] == 0).all()
    assert mixed[:2].min() > 0.8
    assert (mixed[2:] == 0).any()
    assert (l2 != 0).all()


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number:03}" for number in range(108, 131)} <= tags_of(LESSON)
