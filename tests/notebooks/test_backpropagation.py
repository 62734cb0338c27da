"""What lesson 03 prints, held against the ledger's rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "03_backpropagation"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L032": ["L = 3, S = (3, 4, 2), W1 (3, 4), W2 (4, 2)"],
    "L033": ["the same: True"],
    "L037": ["target [0.9 0.2], loss 0."],
    "L038": [
        "the net 3-4-2: 112 multiplications, equal to autograd: True",
        "6 weight layers:  36090 multiplications, by the formula  36090",
        "width 100: path by path 2.0e+23, backpropagation 191000",
    ],
    "L040": ["formula 3-22 for all 12 weights of layer 1: True"],
    "L045": [
        "the sample of section 2, all 26 slopes equal to autograd: True",
        "by the printed formula: (50, 1) - the bias itself: (1,)",
    ],
    "L046": ["after backward: w 3.0  gradient 6.0", "after step    : w 2.4  gradient 6.0"],
    "L048": ["0.25 to the power 10 = 9.54e-07"],
    "L049": ["2 x 80 + 80 + 80 x 1 + 1 = 321 parameters"],
    "L051": ["without 1/m the gradient of W1 is 50.0 times as long"],
    "L052": ["float64 -710.0: 0 warning: overflow", "float32 -89.0: 0 warning: overflow"],
    "L055": [
        "w1: relative error 0.230, length 1.22",
        "b1: relative error 0.226, length 1.21",
        "w2: relative error 0.000",
        "stays between 0.1966 and 0.2500",
        "the published gradient is wrong\nthe mended gradient is right",
    ],
    "L056": ["after the step: [0.5 1.5]  what was kept as best so far: [0.5 1.5]", "is it the same array? True"],
    "L057": [
        "loss at step 0: 408.4199890827 ",
        "loss at step 10: 0.7597133963 ",
        "[1.25302678 1.60291594 1.85990525 1.72523891 0.50386205]",
        "[1.3036 1.6338 1.6693 1.5963 0.5179] [0.2185 1.005 ]",
        "recipe of section 6, start 0: slip 0.00076",
        "with the right gradient: last loss 0.0655",
        "new samples [0.964 0.855]",
        "recipe of section 6, start 1: slip 0.00081",
        "after 2000 steps all 321 numbers agree to nine decimals: True",
    ],
    "L058": ["new samples: [0.40299857 0.82788597] truth: [0.42 0.77]"],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L039", "L041", "L043", "L044")
def test_each_step_of_the_derivation_shows_both_sides_equal(printed: str) -> None:
    patterns = [
        r"the bracket of 3-21 (\S+)   dJ/dz2_1 by autograd (\S+)",
        r"times a1_1          (\S+)   dJ/dw1_11 by autograd (\S+)",
        r"delta3 by 3-28     \[(.+)\]\ndJ/dz3 by autograd \[(.+)\]",
        r"one weight: delta3_2 a2_3 = (\S+)  autograd (\S+)",
        r"one bias  : delta3_2      = (\S+)  autograd (\S+)",
        r"yours    (\S+)\nautograd (\S+)",
        *[rf"hidden neuron {i}: by 3-25 (\S+)   by autograd (\S+)" for i in (1, 2, 3, 4)],
    ]
    for pattern in patterns:
        found = re.search(pattern, printed)
        assert found, pattern
        assert found[1] == found[2], pattern


@pytest.mark.ledger("L047", "L048")
def test_gradients_vanish_and_explode_as_the_ledger_says(printed: str) -> None:
    def sizes(name: str) -> tuple[float, float]:
        found = re.search(rf"{re.escape(name)} +first layer +(\S+), last layer +\S+, ratio (\S+)", printed)
        assert found, name
        return float(found[1]), float(found[2])

    assert 1e6 < sizes("ReLU, N(0, 1)")[0] < 1e7
    assert 0.1 < sizes("ReLU, He: variance 2 / fan-in")[0] < 1
    assert sizes("sigmoid, PyTorch's default")[1] < 1e-8
    assert sizes("sigmoid, Xavier: 2 / (in + out)")[1] < 1e-6
    assert sizes("sigmoid, N(0, 1)")[1] > 1e-2


@pytest.mark.ledger("L057", "L058")
def test_the_good_recipe_reaches_what_the_ledger_says(printed: str) -> None:
    loss = re.search(r"after 100 steps \S+, last (\S+)\n", printed)
    assert loss
    assert 1.0e-4 < float(loss[1]) < 2.0e-4
    found = re.findall(r"predicted (\S+), true (\S+), off by", printed)
    assert [true for _, true in found] == ["0.420", "0.770"]
    assert all(abs(float(guess) / float(true) - 1) < 0.08 for guess, true in found)


@pytest.mark.ledger("L053", "L054", "L050")
def test_every_intermediate_of_the_two_layer_step_equals_autograd(printed: str) -> None:
    found = re.findall(r"^(\w+) +\(.*?\) +equal to autograd: (\w+)$", printed, flags=re.MULTILINE)
    assert [name for name, _ in found] == [
        "z2", "a2", "a3", "loss", "delta3", "grad_w2", "grad_b2", "delta2", "grad_w1", "grad_b1",
    ]  # fmt: skip
    assert {agrees for _, agrees in found} == {"True"}
    assert printed.count("The gradients agree") == 2


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {"E007", *(f"E{number:03}" for number in range(27, 49))} <= tags_of(LESSON)
