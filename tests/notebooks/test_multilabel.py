"""What lesson 13 prints, held against the ledger's exact rows."""

from __future__ import annotations

import re

import pytest

from tests.lessons import tags_of

LESSON = "13_multilabel"

# ledger number -> what the lesson must print or say, to the digit
EXACT = {
    "L184": [
        "formula 3-122: 0.592654",
        "as printed, 1/C times everything:   1.18531",
        "z = -800.0, y = 1: stable  800.000000   by the letter         inf",
        "z = -800.0, y = 0: stable    0.000000   by the letter         nan",
        "first loss 0.6931, ln 2 = 0.6931",
    ],
    "L185": [
        "MultiLabelSoftMarginLoss: mean 0.592654, sum 1.185308\n   none [0.6146, 0.5707]",
        "BCEWithLogitsLoss: mean 0.592654",
        "MultiLabelSoftMarginLoss, int16 targets: 0.5927\nBCEWithLogitsLoss, int16 targets: RuntimeError",
        "BCEWithLogitsLoss, float targets: 0.5927",
    ],
    "L186": [
        "top-2 labels [[1, 0], [3, 1]]  their scores [[0.5, 0.2], [0.8, 0.5]]",
        "threshold 0.5 gives [[1, 1, 0, 0], [1, 1, 0, 1]]",
        "sigmoid(0.5) = 0.6225",
    ],
    "L187": ["2 ln 2 = 1.386294"],
    "L188": [
        "[[0.24549354 0.33138161 0.22213174 0.20099311]\n [0.18482871 0.27573204 0.16723993 0.37219932]]",
        "loss of the two samples:    2.392810",
        "three-digit factors: 2.396, all digits: 2.393",
        "the scores of section 2: 2.37145",
    ],
    "L189": [
        "CrossEntropyLoss with rows: 2.392810",
        "torch.exp of a NumPy array: TypeError",
        "scores 100 and 0: [[nan, 0.0]]",
    ],
    "L190": ["exact match 0.3333   accuracy_score 0.3333"],
    "L191": ["zero-one    0.6667   zero_one_loss  0.6667"],
    "L192": [
        "Jaccard      samples [0.3333, 1.0, 0.0]      mean 0.4444",
        "jaccard_score   0.4444",
        "published Jaccard: nan",
        "mended: 0.75\nscikit-learn: 0.75",
    ],
    "L193": ["precision    samples [0.5, 1.0, 0.0]         mean 0.5000", "when 0/0 counts 0: 0.0 0.0 0.0"],
    "L194": ["recall       samples [0.5, 1.0, 0.0]         mean 0.5000", "when 0/0 counts 1: 1.0 1.0 1.0"],
    "L195": ["F1           samples [0.5, 1.0, 0.0]         mean 0.5000"],
    "L196": ["precision_score 0.5\nrecall_score    0.5\nf1_score        0.5"],
    "L197": ["Hamming      samples [0.5, 0.0, 1.0]         mean 0.5000", "hamming_loss    0.5"],
    "L198": [
        "[[[2, 1], [0, 0]], [[0, 1], [0, 2]], [[0, 1], [1, 1]], [[1, 0], [2, 0]]]",
        "macro 0.3250  micro 0.5000\nscikit-learn: macro 0.3250, micro 0.5000",
    ],
}


def test_exact_numbers_of_the_ledger_are_printed(printed: str, row: str) -> None:
    for text in EXACT[row]:
        assert text in printed


@pytest.mark.ledger("L187")
def test_the_softmax_stops_at_its_floor_and_the_sigmoid_does_not(printed: str) -> None:
    stopped = re.search(r"softmax: loss (\S+), shares \[\[0\.5 0\.5 0\.  0\. \]\]", printed)
    assert stopped
    assert 1.3862 < float(stopped[1]) < 1.3875
    fell = re.search(r"sigmoid: loss (\S+), probabilities", printed)
    assert fell
    assert float(fell[1]) < 0.003
    tried = re.findall(r"k = \d: best of 100000 random rows (\S+), floor (\S+)", printed)
    assert len(tried) == 4
    assert all(0 <= float(best) - float(floor) < 0.01 for best, floor in tried)
    by_autograd, by_formula = re.search(r"autograd +(\[.*\])\nk softmax - y +(\[.*\])", printed).groups()
    assert by_autograd == by_formula


@pytest.mark.ledger("L184", "L185")
def test_training_by_hand_and_by_pytorch_agree(printed: str) -> None:
    for part in ("weight", "bias"):
        assert f"largest difference of a {part} below 1e-12: True" in printed
    assert "the formula and autograd agree, with mc = 8: True" in printed


@pytest.mark.ledger("L186", "L198")
def test_thresholds_help_the_rare_labels_and_leave_exact_match(printed: str) -> None:
    found = dict(re.findall(r"(one half|tuned): +F1 by label \[(.*)\], macro", printed))
    before, after = ([float(one) for one in found[kind].split()] for kind in ("one half", "tuned"))
    assert after[4] > before[4] + 0.05
    assert after[3] > before[3] + 0.03
    assert abs(after[0] - before[0]) < 0.02
    matches = [float(one) for one in re.findall(r"macro \S+; exact match (\S+)", printed)]
    assert abs(matches[1] - matches[0]) < 0.02
    thresholds = re.search(r"thresholds chosen on the validation pictures: \[(.*)\]", printed)
    assert thresholds
    values = [float(one) for one in thresholds[1].split()]
    assert values == sorted(values, reverse=True)


@pytest.mark.ledger("L197")
def test_predicting_nothing_flatters_the_hamming_loss(printed: str) -> None:
    found = re.search(r"never anything +exact match (\S+), Hamming (\S+), F1", printed)
    assert found
    assert (float(found[1]), float(found[2])) == (0.15, 0.29)
    assert "label 4: the model finds 4" in printed or "label 4: the model finds 5" in printed


@pytest.mark.ledger("L185")
def test_a_heavier_rare_label_is_found_more_often_and_less_surely(printed: str) -> None:
    rows = re.findall(r"macro F1 (\S+); label 4: precision (\S+), recall (\S+)", printed)
    (_, precision, recall), (_, weighted_precision, weighted_recall), (hidden, _, _) = rows
    assert float(weighted_recall) > float(recall) + 0.3
    assert float(weighted_precision) < float(precision) - 0.2
    assert float(hidden) > float(rows[0][0]) + 0.1


@pytest.mark.ledger("L195")
def test_the_example_keeps_all_seven_numbers_apart(printed: str) -> None:
    together, apart = (
        re.findall(r"\d\.\d{3}", line) for line in re.search(r"(textbook .*)\n(apart .*)", printed).groups()
    )
    assert together.count("0.500") == 4
    assert len(set(apart)) == 7


def test_every_erratum_of_its_sections_is_tagged() -> None:
    assert {f"E{number}" for number in range(157, 173)} <= tags_of(LESSON)
