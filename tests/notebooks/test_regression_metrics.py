"""What lesson 07 prints, held against the ledger's numbers."""

from __future__ import annotations

import re

import pytest

from tests.lessons import source_of, tags_of

LESSON = "07_regression_metrics"

# ledger number -> what the lesson must print, to the digit
EXACT = {
    "L102": [
        "line A: MSE 7.890, MAE 2.093",
        "line B: MSE 9.361, MAE 1.752",
        "trained with MSELoss: w = 1.69, b = 4.46",
        "trained with L1Loss : w = 2.55, b = 0.93",
    ],
    "L103": [
        "your mae     : 0.739522916442",
        "PyTorch      : 0.739522916442",
        "MAE  printed 0.7395229164418393, the formula gives the same: True",
        "constant 3.0: MAE 4.2 (2 below, 2 above)",
        "MAE: 2.2695 instead of 0.7395",
    ],
    "L104": [
        "MSE : 0.856092803328   scikit-learn 0.856092803328   PyTorch 0.856092803328",
        "MSE  printed 0.8560928033277224, the formula gives the same: True",
        "MAE 5.6 (4 below, 1 above)   MSE 50.00 (slope +0.0)",
        "MSE: 8.3575 instead of 0.8561",
        "your slopes are PyTorch's: True",
    ],
    "L105": [
        "RMSE: 0.925252832110   scikit-learn 0.925252832110",
        "RMSE printed 0.9252528321100792, the formula gives the same: True",
        "root first, mean last: 0.7395 is the MAE",
    ],
    "L106": [
        "your mape           : 2.208810695231",
        "the same in per cent: 220.88 %",
        "MAPE printed 2.2088106952308864, the formula gives the same: True",
        "they carry 60.3% of the sum",
        "median of the relative errors: 0.4156; smallest |y|: 0.00346",
        "mended, all samples             : 0.4114",
    ],
    "L107": [
        "your r2     : 0.775433679363",
        "R²   printed -0.2246, the formula gives 0.775433679363",
        "the fraction without '1 -' in front -0.224566320637",
        "the mean predictor gets 0.0000",
        "true and predicted swapped: 0.8116",
        "perfect          : formula nan, scikit-learn 1.0, not forced nan",
        "one loaf too many: formula -inf, scikit-learn 0.0, not forced -inf",
        "perfect 1.0  one loaf too many 0.0  three times 0.1 0.0  recipe 0.775434",
        "R² : -437.46 instead of 0.7754",
    ],
    "L108": [
        "2000 seeds: mean 0.746, smallest 0.598, largest 0.847",
        "below 0: 0",
        "the same as yours, all five: True",
    ],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L102")
def test_each_line_wins_by_the_metrics_that_are_near_its_own(printed: str) -> None:
    winners = dict(re.findall(r"^(\w+) *: line A .* better: (line [AB])$", printed, flags=re.MULTILINE))
    assert winners == {"mae": "line B", "mse": "line A", "rmse": "line A", "mape": "line B", "r2": "line A"}


@pytest.mark.ledger("L106")
def test_a_mape_depends_on_where_zero_is(printed: str) -> None:
    shares = [float(share) for share in re.findall(r"MAE \d\.\d degrees, MAPE (\S+)%", printed)]
    assert shares == [54.4, 5.1, 0.4]


@pytest.mark.ledger("L107")
def test_a_shift_lowers_r2_and_leaves_the_correlation(printed: str) -> None:
    rows = re.findall(r"predictions \+ \d: squared correlation (\S+), R² +(\S+)", printed)
    assert [float(correlation) for correlation, _ in rows] == [0.812] * 3
    assert [float(score) for _, score in rows] == [0.775, 0.499, -0.303]


def test_numbers_in_the_prose_are_those_that_are_printed(printed: str) -> None:
    text = "\n".join(cell.source for cell in source_of(LESSON).cells if cell.cell_type == "markdown")
    for prose, number in {
        "Five of 200 samples carry 60 %": "60.3%",
        "gave 1.01 in section 5": "without the bars    : 1.0129",
        "Off by 221 %": "220.88 %",
        "Is 0.775 what": "0.775433679363",
        "the MSE falls from 12.62 to 8.20": "the line stays: MAE 1.89, RMSE 3.55, MSE 12.62, MAPE 0.23, R² -0.16.",
        "*rises* from 1.89 to 2.17": "the line is fitted again: MAE 2.17, RMSE 2.86, MSE 8.20",
    }.items():
        assert prose in text
        assert number in printed


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number:03}" for number in range(89, 96)} <= tags_of(LESSON)


def test_every_figure_and_formula_of_its_sections_is_tagged() -> None:
    assert {"F3-33"} | {f"eq-3-{number}" for number in range(69, 74)} <= tags_of(LESSON)
