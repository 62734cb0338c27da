"""The exercise of the page that shows how a lesson works."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.judging import CheckFailed, judge
from course_utils.judging.checking import local_call
from course_utils.tour import AVERAGE, check


def test_the_slip_of_the_page_gets_its_hint(capsys: pytest.CaptureFixture[str], own_record: Path) -> None:
    with pytest.raises(CheckFailed):
        check(lambda values: sum(values))
    said = capsys.readouterr().out
    assert "average: partly correct" in said
    assert "do they have the same sum?" in said
    assert not own_record.exists()  # trying the check is no part of anybody's progress


@pytest.mark.parametrize("seed", range(5))
def test_right_answers_pass_and_each_slip_is_named(seed: int) -> None:
    import numpy as np

    for right in (lambda values: sum(values) / len(values), np.mean):
        assert judge(AVERAGE, local_call(right, AVERAGE), seed).passed
    for slip in AVERAGE.mistakes:
        assert slip.answer is not None
        assert judge(AVERAGE, local_call(slip.answer, AVERAGE), seed).mistake == slip.name
    check(lambda values: sum(values) / len(values))
