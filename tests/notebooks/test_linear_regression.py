"""What lesson 01 prints, held against the ledger's numbers."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "01_linear_regression"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L001": ["a flat of 62 m²: 173,692 €"],
    "L005": ["w = 2.876444, b = -0.464747, J = 0.496689, MSE = 0.993378", "slopes at the solution below 1e-9: True"],
    "L006": [
        "two features: R² = 0.987664, MSE = 0.0023958",
        "five features: R² = 1.000000, MSE = 0.0000000, weights [0.  0.  0.5 0.5 0. ] bias 0.0",
    ],
    "L007": ["same map        : [6.]", "columns reversed: [4.]"],
    "L009": ["more than 1e-12: 0 of 1000", "1000 points, differences above 1e-14: 0"],
    "L011": ["1-1 has 2 parameters", "5-1 has 6 parameters"],
    "L013": ["4-5-3-1 has 47 parameters"],
    "L014": ["input (2, 4)  stored weight (5, 4)  output (2, 5)", "by hand the same: True"],
    "L015": ["chained (2, 1)  same as Sequential: True"],
    "L016": ["parameters: 47", "one affine map of 5 numbers does the same: True", "affine maps broken: True"],
    "L017": [
        "mean 1.6667",
        "half 0.8333",
        "sum  5.0000",
        "mean of its squares    : 1.0",
        "your half_mse 0.8333",
        "PyTorch: 1.0000, and it warns: Using a target size",
    ],
    "L018": [
        "area 5.88389311 -> price 17.00697996",
        "area 5.19586502 -> price 13.42266321",
        "area 5.35753652 -> price 14.78244452",
    ],
    "L019": [
        "PyTorch: w = 2.685404, b = 0.508928, MSE = 1.036197",
        "by hand: w = 2.685404, b = 0.508928, MSE = 1.036197",
        "eigenvalues 0.0866 and 53.13, one 613 times the other",
        "limit of the learning rate: 2 / λ_max = 0.03764",
        "second slope as a multiple of the first: 2.0",
    ],
    "L021": ["first five areas: 1.26355453 1.61181353 1.85784564 1.72362080 0.48818497", "third area: 1.857846"],
    "L022": [
        "plain linear fit   : MSE 0.0024",
        "0.003, 1000 steps  : MSE 0.0037",
        "first five: 1.30 1.59 1.75",
        "0.125, 1000 steps  : MSE 0.0001",
    ],
    "L023": [
        "loss after 800 steps: 0.0039",
        "loss after 2000 steps: 0.0027",
        "after 5000 steps below a hundredth of that: True",
        "tolerance 0.05: settled after 800, 1000, 2000 steps: [False, False, False]",
    ],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L022")
def test_the_network_is_worse_than_the_plane_at_the_printed_rate_and_better_at_the_real_one(printed: str) -> None:
    rows = re.findall(r"^(\S.*?) *: MSE (\S+), on new pieces (\S+);", printed, flags=re.MULTILINE)
    errors = {name: (float(seen), float(unseen)) for name, seen, unseen in rows}
    for part in (0, 1):
        assert errors["0.125, 1000 steps"][part] < 0.0005 < errors["plain linear fit"][part]
        assert errors["plain linear fit"][part] < errors["0.003, 1000 steps"][part]
        assert errors["0.003, 5000 steps"][part] < 0.0001


@pytest.mark.ledger("L020")
def test_forty_steps_are_not_the_solution(printed: str) -> None:
    """The line of 40 steps is drawn beside least squares, and its bias has the other sign."""
    after = re.search(r"PyTorch: w = (\S+), b = (\S+), MSE = (\S+)", printed)
    best = re.search(r"w = 2\.876444, b = (\S+), J = \S+, MSE = (\S+)", printed)
    assert after
    assert best
    assert float(after[2]) > 0 > float(best[1].rstrip(","))
    assert float(after[3]) > float(best[2])


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number:03}" for number in range(1, 22)} <= tags_of(LESSON)


def test_every_figure_and_formula_of_its_sections_is_tagged() -> None:
    wanted = {f"F3-{number}" for number in range(1, 10)} | {f"eq-3-{number}" for number in range(1, 9)}
    assert wanted <= tags_of(LESSON)
