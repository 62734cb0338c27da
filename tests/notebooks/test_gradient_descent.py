"""What lesson 02 prints, held against the ledger's exact rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "02_gradient_descent"

# ledger number -> what the lesson must print, to the digit
EXACT = {
    "L024": ["height of A: 23.0"],
    "L025": [
        "l      dot product -8.48528   length times cosine -8.48528",
        "best direction     (0.588, -0.809) reaches J = 0.290",
        "minus the gradient (0.164, -0.986) reaches J = 1.545",
    ],
    "L026": [
        "gradient: [-6.  6.]  steepest way down: [ 0.70711 -0.70711]",
        "change  -7.4853",
        "change   9.4853",
        "V1                        change  -5.0000\nV2                        change  -5.0000",
    ],
    "L027": [
        "J = 24.0  gradient by PyTorch: [-4.  8.]  minus the gradient: [ 4. -8.]",
        "to [-1.9  2.8], J = 22.05",
        "to [-1.6  2.2], J = 16.80",
    ],
    "L028": ["step: [ 0.4 -0.8]  its length: 0.894427"],
    "L030": ["from [-2.  3.] to [-1.6  2.2]: J from 24.0 to 16.8"],
    "L031": [
        *(
            f"({place})"
            for place in (
                "-1.600, 2.200", "-1.280, 1.560", "-1.024, 1.048", "-0.819, 0.638", "-0.655, 0.311", "-0.524, 0.049",
                "-0.419, -0.161", "-0.336, -0.329", "-0.268, -0.463", "-0.215, -0.571",
            )
        ),
        "step 20  (-0.023, -0.954)  J = 4.002658",
        "20 steps by the formula: -0.02305843",
        "walk and formula agree to 12 digits: True",
        "your walk and PyTorch's agree to 12 digits: True",
    ],
    "L076": ["the weights agree to 12 digits: True"],
    "L077": ["25 steps: ends at (-0.282, -0.22)", "40 steps: ends at (-0.222, 4.7e-09)"],
    "L161": [
        "rate 0.4: factor per step 0.80, after 12 steps at 0.275",
        "rate 3.5: factor per step -0.75, after 12 steps at 0.127",
        "rate 4.1: factor per step -1.05, after 12 steps at 7.183",
        "rate 1.0 : 4.472 from the bottom at the start, 4.472 after 40 steps",
    ],
    "L162": [
        "global minimum: f = -1.88251, curvature 8.38, so the limit is 0.2387",
        "at -3.772 after 20",
        "at -0.924 after 4 steps (slope -1.46), at -1.492 after 20",
        "never closer to the global minimum than 0.537",
        "rates 0.02, 0.1, 0.2, 0.25 end at [-3.7356 -3.7356 -3.7356 -3.7356]",
    ],
}  # fmt: skip


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L076")
def test_gradient_variance_falls_as_one_over_the_batch_size(printed: str) -> None:
    found = re.search(r"sigma squared: \{1: (\S+), 4: (\S+), 16: (\S+), 64: (\S+)\}", printed)
    assert found
    for measured, batch in zip(found.groups(), (1, 4, 16, 64), strict=True):
        assert abs(float(measured) * batch - 1) < 0.05


def test_noise_leaves_hollows_good_and_poor(printed: str) -> None:
    found = re.findall(r"noise +\d+: from -4.8, +(\d+)% end in .* minimum, +(\d+)% are lost", printed)
    reached, lost = zip(*(map(int, pair) for pair in found), strict=True)
    assert reached[:2] == (0, 0)
    assert 10 < reached[2] < reached[3]
    assert lost[0] == 0
    assert lost[3] > 30


def test_small_batches_look_at_fewer_samples(printed: str) -> None:
    looked_at = [int(count) for count in re.findall(r"steps, +(\d+) samples looked at", printed)]
    steps = re.findall(r"batch size +(\d+): +(\d+) steps", printed)
    assert (steps[0], steps[-1]) == (("1", "56"), ("4000", "30"))  # the text below the cell names them
    assert looked_at == sorted(looked_at)
    assert looked_at[0] * 1000 < looked_at[-1]


def test_scaling_rounds_the_valley(printed: str) -> None:
    conditions = [float(value) for value in re.findall(r"condition +(\S+)   limit", printed)]
    assert conditions == sorted(conditions, reverse=True)
    assert conditions[0] > 20_000
    assert conditions[-1] == 1.0


def test_every_erratum_of_its_sections_is_tagged() -> None:
    wanted = {f"E{number:03}" for number in (*range(22, 27), *range(64, 68), 137, 138, 139)}
    assert wanted <= tags_of(LESSON)
