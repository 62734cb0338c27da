"""The plain text of a verdict, which nbgrader's Validate shows."""

from __future__ import annotations

from course_utils.judging import GroupResult, Outcome, Verdict, verdict_text


def test_groups_have_the_signs_of_the_box() -> None:
    groups = (GroupResult("typical rows", 0.5, True, None), GroupResult("one row", 0.5, False, "it differs"))
    lines = verdict_text(Verdict("scale", Outcome.PARTLY, 0.5, "On the way.", groups=groups)).splitlines()
    assert "  ✓ typical rows" in lines
    assert any(line.startswith("  ✗ one row") for line in lines)
