"""What lesson 11 prints, held against the ledger's rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "11_model_selection"

# ledger number -> what the lesson must print, to the digit
EXACT = {
    "L160": ["parameters, set by training: 2410"],
    "L161": [
        "rate 0.4: factor 0.80, after 12 steps 0.275",
        "rate 3.5: factor -0.75, after 12 steps 0.127",
        "rate 4.1: factor -1.05, after 12 steps 7.183",
        "limit 2 / curvature: 4.0",
    ],
    "L162": [
        "rate 0.02: -4.347 after 4 steps, -3.772 after 20",
        "rate 0.4 : -0.924 after 4 steps, -1.492 after 20",
        "never within 0.537 of the global minimum",
        "curvature at the global minimum 8.38, so rates above 0.2387 cannot stay there",
    ],
    "L166": [
        "5 rates x 5 penalties = 25 models",
        "factors of the printed list: [30.   3.3  3.   3.3]",
        "factors of the mended list : [3.  3.3 3.  3.3]",
    ],
    "L168": ["train [ 0  1  3  5  8  9 10]  as scikit-learn: True"],
    "L169": [
        "mean       0.400000 0.366667 0.400000 0.383333",
        "standard deviation [0.1   0.076 0.132 0.104]",
        "smallest mean: model 2, ahead of model 4 by 0.017",
        "[0.   0.   0.05]",
    ],
    "L170": ["to learn from: (300, 64)   for the test: (360, 64)"],
    "L171": ["is there an nn.DropOut, as it was printed? False", "as one layer x W + b: 650 parameters"],
    "L172": ["evaluation mode: two calls agree on 100% of the images", "batch by batch and all at once agree: True"],
    "L174": [
        "16 settings, 48 fits with 3 folds, 12 distinct models",
        "published, first setting: mean 0.84090",
        "published, winner: mean 0.88737",
        "apart by [0.0003 0.0004 0.0016 0.0013]",
        "10 settings, 30 fits, and one refit",
        "same winner    : True",
        "same predictions after the refit: True",
    ],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


def _numbers(printed: str, pattern: str) -> list[float]:
    found = re.search(pattern, printed)
    assert found, pattern
    return [float(number) for number in re.findall(r"-?\d+\.\d*", found[1])]


def _tried(printed: str, label: str) -> dict[float, float]:
    found = re.search(rf"{re.escape(label)}: validation (.*)", printed)
    assert found, label
    return {float(a): float(b) for a, b in (pair.split(": ") for pair in found[1].split(", "))}


@pytest.mark.ledger("L161", "L163", "L164", "L165")
def test_each_hyperparameter_matters_and_none_is_best_at_an_extreme_that_ruins_it(printed: str) -> None:
    rates = _tried(printed, "learning rate")
    assert min(rates[0.01], rates[3.0]) < 0.35
    assert max(rates[0.1], rates[0.3]) > 0.65
    decays = _tried(printed, "λ (weight decay)")
    assert abs(decays[0.0] - decays[0.001]) < 0.04
    assert decays[0.1] < decays[0.0] - 0.1
    drops = _tried(printed, "dropout rate")
    assert abs(drops[0.2] - drops[0.0]) < 0.06
    assert drops[0.95] < 0.4
    depths = _tried(printed, "hidden layers")
    assert depths[3.0] < depths[1.0] - 0.2


@pytest.mark.ledger("L171")
def test_layers_without_activation_are_one_affine_map(printed: str) -> None:
    gap = re.search(r"650 parameters, largest difference (\S+)", printed)
    assert gap
    assert float(gap[1]) < 1e-12


@pytest.mark.ledger("L172")
def test_training_mode_gives_another_answer_each_time(printed: str) -> None:
    agree = re.search(r"training +mode: two calls agree on (\d+)%", printed)
    assert agree
    assert int(agree[1]) < 90


@pytest.mark.ledger("L167")
def test_one_split_scatters_more_than_a_mean_of_folds(printed: str) -> None:
    (single,) = _numbers(printed, r"one fifth held out: .*deviation (\S+)")
    (folded,) = _numbers(printed, r"mean of five folds: .*deviation (\S+)")
    assert single > 2 * folded


@pytest.mark.ledger("L168")
def test_consecutive_folds_of_sorted_digits_are_useless(printed: str) -> None:
    means = {name: _numbers(printed, rf"{name} +folds: .* mean (\S+)")[0] for name in ("consecutive", "shuffled")}
    assert means["consecutive"] < 0.25
    assert means["shuffled"] > 0.85


@pytest.mark.ledger("L173")
def test_the_leak_shows_on_random_labels(printed: str) -> None:
    leaking = _numbers(printed, r"one model for all folds: \[(.*)\]")
    fresh = _numbers(printed, r"a fresh model each time: \[(.*)\]")
    assert leaking[0] == fresh[0]
    assert leaking[0] < 0.15 < leaking[2]
    assert leaking[2] > 0.2
    assert max(fresh) < 0.16


@pytest.mark.ledger("L173")
def test_mending_brings_random_labels_back_to_chance(printed: str) -> None:
    published = _numbers(printed, r"published, random labels: \[(.*)\]")
    mended = _numbers(printed, r"mended, random labels: \[(.*)\]")
    assert published[1] > 0.95
    assert max(mended) < 0.16
    shares = [float(share) for share in re.findall(r"true labels: the model handed on has (\S+) of", printed)]
    assert shares[0] < 0.6
    assert shares[1] > 0.9


@pytest.mark.ledger("L173")
def test_selection_before_the_split_leaks(printed: str) -> None:
    (before,) = _numbers(printed, r"selected before the split: (\S+)")
    (inside,) = _numbers(printed, r"selected inside each fold: (\S+)")
    assert before > 0.75
    assert 0.42 < inside < 0.58


@pytest.mark.ledger("L173", "L174")
def test_scikit_learn_agrees(printed: str) -> None:
    for pattern in (r"cross_validate : .* difference (\S+)", r"GridSearchCV +: .* mean (\S+)"):
        assert _numbers(printed, pattern)[0] < 1e-12


@pytest.mark.ledger("L174")
def test_the_best_of_many_guessers_scores_as_derived(printed: str) -> None:
    measured = _numbers(printed, r"measured +\[(.*)\]")
    formula = _numbers(printed, r"by formula \[(.*)\]")
    assert measured == pytest.approx(formula, abs=0.003)
    assert formula[0] == 0.1
    assert 0.16 < formula[4] < 0.17


@pytest.mark.ledger("L174")
def test_nested_cross_validation_takes_the_luck_away(printed: str) -> None:
    (plain,) = _numbers(printed, r"score that chose the winner: (\S+)")
    (nested,) = _numbers(printed, r"nested cross-validation +: (\S+)")
    assert plain > 0.6
    assert 0.42 < nested < 0.58


@pytest.mark.ledger("L174")
def test_the_chosen_model_is_tested_once(printed: str) -> None:
    (score,) = _numbers(printed, r"accuracy on 360 test images: (\S+)")
    (mean,) = _numbers(printed, r"best: .* with a mean score of (\S+)")
    assert score > 0.7
    assert mean > 0.7
    assert "best: {'learning_rate': 0.6, 'weight_decay': 0.01}" in printed
    assert "rule : {'learning_rate': 0.6, 'weight_decay': 0.03}" in printed


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number}" for number in range(136, 148)} <= tags_of(LESSON)
