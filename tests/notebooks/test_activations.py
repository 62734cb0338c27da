"""What lesson 12 prints, held against the ledger's rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "12_activations"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L175": ["largest slope 0.25\n"],
    "L177": [
        "plain formula: height 0, slope nan\ntorch.sigmoid: height 0, slope 0\n",
        "sigmoid(-0.838) = 0.3020, printed 0.3034: off by 0.0014",
        "0.3034 belongs to x = -0.831",
        "MySigmoid equals Sigmoid(): True",
    ],
    "L178": ["largest slope 1.0\n", "largest distance to np.tanh is at most 4e-16: True"],
    "L179": [
        "float32 89: by formula 3-116 nan, tanh 1",
        "float64 710: by formula 3-116 nan, tanh 1",
        "nn.Tanh at -0.2107 and 2.1993: [-0.2076  0.9757]",
        "MyTanh    equals Tanh(): True",
    ],
    "L180": ["measured at -2, -0.5, 0.5, 3: [0. 0. 1. 1.]\nPyTorch's slope at 0: 0.0\n"],
    "L181": [
        "ReLU, mask x >= 0  slope at 0: 1.0   at -inf, -1.5, inf: [nan -0. inf]",
        "torch.relu         slope at 0: 0.0   at -inf, -1.5, inf: [ 0.  0. inf]",
        "mended ReLU: slope at 0: 0.0   at -inf, -1.5, inf: [ 0.  0. inf]",
        "MyReLU    equals ReLU(): True",
        "relu equals nn.ReLU: True",
    ],
    "L182": [
        "measured slope at -1: 0.2\n",
        "measured at -1: 0.2000\nautograd at -1: 0.2000\npublished     : -0.2000\n",
        "gamma 1.5: larger of the two [-2.  -1.   1.5  3. ], Leaky ReLU [-3.  -1.5  1.   2. ]",
    ],
    "L183": [
        "nn.LeakyReLU(0.2) at -0.8447: -0.1689\nnn.LeakyReLU() at -1: -0.01\n",
        "Leaky, masks       slope at 0: 1.0   at -inf, -1.5, inf: [ nan -0.3  nan]",
        "Leaky, clamp       slope at 0: 1.2 ",
        "LeakyReLU(negative_slope=0.2): heights and slopes agree: True",
    ],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L175", "L178")
def test_each_step_of_the_derivation_shows_both_sides_equal(printed: str) -> None:
    for names in (
        ["measured", "step 1", r"step 3: g \(1 - g\)", r"1/4 - \(g - 1/2\)\^2"],
        ["measured", "quotient rule", r"1 - g\^2"],
    ):
        found = re.search("\n".join(rf"{name} *\[(.+)\]" for name in names), printed)
        assert found, names
        assert len(set(found.groups())) == 1


@pytest.mark.ledger("L176")
def test_raw_features_saturate_and_cost_the_training(printed: str) -> None:
    share = {name: float(value) for name, value in re.findall(r"(raw|standardised) +saturated (\S+)%", printed)}
    assert share["raw"] > 95
    assert share["standardised"] < 2
    after = dict(re.findall(r"(raw|standardised) +first loss \S+, after 200 steps (\S+)", printed))
    assert float(after["raw"]) > 0.6
    assert float(after["standardised"]) < 0.2


@pytest.mark.ledger("L176")
def test_the_sigmoid_starves_the_first_layer_and_the_start_is_half_of_it(printed: str) -> None:
    ratio = {name: float(value) for name, value in re.findall(r"(.+\S) +first layer over last layer: (\S+)", printed)}
    assert ratio["sigmoid, 1/n"] < 1e-5
    assert ratio["sigmoid, 16/n"] > 1000 * ratio["sigmoid, 1/n"]
    for name in ("tanh, 1/n", "ReLU, 2/n", "Leaky ReLU, 1.92/n"):
        assert 0.5 < ratio[name] < 2, name


def test_only_the_sigmoid_still_guesses_in_the_deep_net(printed: str) -> None:
    last = dict(re.findall(r"(.+\S) +mean loss of the last 20 batches (\S+)", printed))
    assert last["sigmoid"] == "2.3"
    assert all(float(value) < 1 for name, value in last.items() if name != "sigmoid")


@pytest.mark.ledger("L180", "L182")
def test_units_die_at_long_steps_and_leaky_relu_gets_some_back(printed: str) -> None:
    dead = [int(share) for share in re.findall(r"rate +\d+: (\d+)% of the hidden units dead", printed)]
    assert dead == sorted(dead)
    assert dead[0] < 3
    assert dead[-1] > 25
    before, after, loss = zip(
        *re.findall(r"(\d+)% of the units at the start, (\d+)% at the end, mean last loss (\S+)", printed), strict=True
    )
    assert before[0] == before[1]
    assert int(after[0]) >= int(before[0])
    assert int(after[1]) < int(before[1])
    assert float(loss[1]) < float(loss[0])


@pytest.mark.ledger("L180", "L182")
def test_the_test_that_catches_it_judges_the_published_slopes(printed: str) -> None:
    verdicts = dict(re.findall(r"^(\S.+\S) +(right|wrong)$", printed, flags=re.MULTILINE))
    assert {name for name, verdict in verdicts.items() if verdict == "wrong"} == {
        "ReLU, slope 1 at 0", "Leaky ReLU as published",
    }  # fmt: skip
    assert len(verdicts) == 5


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {"E039", *(f"E{number}" for number in range(148, 157))} <= tags_of(LESSON)
