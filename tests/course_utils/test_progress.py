"""The learner's record and the overview: nothing is lost, nothing of ours disturbs a lesson."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import solutions.softmax_regression as known
from course_utils import check, progress, record_book
from course_utils.judging import CheckFailed, checking
from course_utils.lesson_index import Entry, IndexedLesson, find_lesson, read_index
from course_utils.progress import lesson_progress, progress_html, progress_text
from course_utils.record_book import Try, UnusableRecord, add, empty, read

ROOT = Path(__file__).resolve().parents[2]
LESSON = IndexedLesson(
    "05_softmax_regression", "Soft <max>", 60, (Entry("one_hot", 1, 2), Entry("softmax", 3, 4.5), Entry("last", 2, 1))
)

LESSON_SIZE = len(find_lesson("softmax")[0].exercises)  # type: ignore[index]


def one_try(exercise: str = "softmax", time: str = "2026-01-01", *, passed: bool = False, credit: float = 0.0) -> Try:
    outcome = "correct" if passed else "wrong"
    source = f"# {time}" if passed else None
    return Try(exercise, "softmax_regression", time, outcome, passed, 1.0 if passed else credit, 3.0, source)


def kept(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())["exercises"]


# --- the law: the order of tries and the notebook they come from do not matter ---------------------

tries = st.lists(
    st.builds(
        one_try,
        st.sampled_from(["softmax", "one_hot", "ü"]),
        st.integers(0, 30).map(lambda day: f"2026-01-{day:02}"),
        passed=st.booleans(),
        credit=st.floats(0, 1),
    ),
    max_size=12,
)


def added(many: list[Try]) -> dict[str, Any]:
    record = empty()
    for each in many:
        record = add(record, each)
    return record


@given(tries, st.randoms())
def test_in_whatever_order_tries_are_added_nothing_is_lost(many: list[Try], random: Any) -> None:
    record = added(many)
    mixed = list(many)
    random.shuffle(mixed)
    assert added(mixed)["exercises"] == record["exercises"]
    assert sum(entry["tries"] for entry in record["exercises"].values()) == len(many)
    for name, entry in record["exercises"].items():
        of_it = [each for each in many if each.exercise == name]
        assert ("passed" in entry) == any(each.passed for each in of_it)
        assert entry["best"] == max(each.credit for each in of_it)
        assert entry["latest"]["time"] == max(each.time for each in of_it)


@given(tries)
def test_what_is_added_can_be_read_back(tmp_path_factory: pytest.TempPathFactory, many: list[Try]) -> None:
    path = tmp_path_factory.mktemp("record") / "progress.json"
    path.write_text(json.dumps(added(many)))
    assert read(path) == added(many)


def test_two_notebooks_at_once_lose_nothing(own_record: Path) -> None:
    program = (
        "import sys\nfrom course_utils.record_book import Try, keep\n"
        "for n in range(30):\n"
        "    keep(Try('both', 'x', f'{n:03}', 'wrong', False, 0.0))\n"
        "    keep(Try(f'{sys.argv[1]}{n}', 'x', f'{n:03}', 'correct', True, 1.0, 1.0, 'text'))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, name], cwd=ROOT) for name in "abc"]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    found = kept(own_record)
    assert found["both"]["tries"] == 90
    assert len(found) == 91


# --- what check() notes ----------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _nothing_checked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_latest", {})


def test_a_pass_is_noted_with_its_text(own_record: Path) -> None:
    check(known.softmax)
    entry = kept(own_record)["softmax"]
    assert entry["lesson"] == "softmax_regression"
    assert (entry["tries"], entry["best"], entry["points"]) == (1, 1.0, 3)
    assert entry["latest"]["outcome"] == "correct"
    assert entry["passed"]["source"].startswith("def softmax(logits")
    assert "import numpy as np" in entry["passed"]["context"]


def test_a_later_failure_takes_no_pass_away(own_record: Path) -> None:
    check(known.softmax)
    for _ in range(2):
        with pytest.raises(CheckFailed):
            check(lambda logits: logits, "softmax")
    entry = kept(own_record)["softmax"]
    assert entry["tries"] == 3
    assert entry["best"] == 1.0
    assert entry["latest"]["outcome"] != "correct"
    assert "powers" in entry["passed"]["source"]


def test_a_failure_keeps_no_text(own_record: Path) -> None:
    with pytest.raises(CheckFailed):
        check(lambda logits: np.zeros_like(logits), "softmax")
    assert "passed" not in kept(own_record)["softmax"]


def test_the_file_is_for_its_owner_only(own_record: Path) -> None:
    check(known.one_hot)
    assert stat.S_IMODE(own_record.stat().st_mode) == 0o600
    assert not list(own_record.parent.glob("*.tmp"))
    assert not list(own_record.parent.glob(".*.tmp"))


def test_validate_of_nbgrader_notes_nothing(own_record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    check(known.one_hot)
    assert not own_record.exists()


# --- what may go wrong and must not disturb --------------------------------------------------------


def test_a_disk_that_is_full_costs_one_sentence_and_is_made_up_for(
    own_record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        check(known.one_hot)
        check(known.softmax)
    assert capsys.readouterr().out.count("Your progress could not be saved (No space left on device).") == 1
    assert not own_record.exists()
    assert [path.name for path in own_record.parent.iterdir()] == [".progress.json.lock"]
    progress()
    assert f"2 of {LESSON_SIZE}" in capsys.readouterr().out  # this notebook still knows
    check(known.softmax)
    assert {name: entry["tries"] for name, entry in kept(own_record).items()} == {"one_hot": 1, "softmax": 2}


@pytest.mark.parametrize("name", ["/proc/progress", "/dev/null/progress.json", "\0"])
def test_a_folder_that_cannot_be_written_costs_one_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "\0" in name:
        monkeypatch.setattr(record_book, "location", lambda: Path("a\0b.json"))
    else:
        monkeypatch.setenv("COURSE_PROGRESS", name)
    check(known.one_hot)
    check(known.one_hot)
    assert capsys.readouterr().out.count("Your progress could not be saved (") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[]",
        b'{"format": true, "exercises": {}}',
        b'{"format": 1, "exercises": []}',
        b'{"format": 1, "exercises": {"softmax": 3}}',
        b'{"format": 1, "exercises": {"softmax": {"lesson": "x", "tries": 1, "best": NaN, "latest": {}}}}',
    ],
)
def test_a_damaged_file_is_set_aside(own_record: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    own_record.write_bytes(content)
    progress()
    assert "damaged" in capsys.readouterr().out
    assert own_record.read_bytes() == content
    check(known.one_hot)
    said = capsys.readouterr().out
    (aside,) = own_record.parent.glob("progress.damaged-*.json")
    assert f"Your record of earlier checks is damaged. It is set aside as {aside.name}." in said
    assert aside.read_bytes() == content
    assert list(kept(own_record)) == ["one_hot"]


def test_what_is_sound_in_a_damaged_file_is_kept(own_record: Path) -> None:
    record = added([one_try("softmax", passed=True), one_try("one_hot")])
    record["exercises"]["one_hot"]["tries"] = "many"
    own_record.write_text(json.dumps(record))
    with pytest.raises(UnusableRecord):
        read(own_record)
    check(known.log_softmax)
    assert set(kept(own_record)) == {"softmax", "log_softmax"}


def test_a_file_of_a_newer_version_is_left_alone(own_record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = '{"format": 2, "somewhere else": {}}'
    own_record.write_text(content)
    check(known.one_hot)
    check(known.one_hot)
    assert capsys.readouterr().out.count("comes from a newer version of the course") == 1
    assert own_record.read_text() == content
    assert not list(own_record.parent.glob("*damaged*"))


def test_a_lock_that_another_holds_is_not_waited_for_for_ever(
    own_record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record_book, "LOCK_SECONDS", 0.05)
    with record_book._locked(own_record):
        check(known.one_hot)
    assert "another notebook is writing it" in capsys.readouterr().out
    check(known.softmax)
    assert set(kept(own_record)) == {"one_hot", "softmax"}


def test_an_answer_that_raises_when_looked_at_is_no_matter(own_record: Path) -> None:
    class Sly:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __call__(self, logits: np.ndarray) -> np.ndarray:
            return known.softmax(logits)

    check(Sly(), "softmax")
    assert kept(own_record)["softmax"]["passed"]["source"] is None


# --- where the file lies ---------------------------------------------------------------------------


def test_the_variable_names_a_file_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "odd.json").mkdir()
    for named, wanted in [("a.json", "a.json"), ("b", "b/progress.json"), ("odd.json", "odd.json/progress.json")]:
        monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / named))
        assert record_book.location() == tmp_path / wanted


def test_without_the_variable_it_is_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSE_PROGRESS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = record_book.location()
    assert path.name == "progress.json"
    assert path.parent.name == "deep-learning-foundations"
    assert tmp_path in path.parents


# --- the overview ----------------------------------------------------------------------------------


def test_the_overview_counts() -> None:
    record = added([one_try("softmax", passed=True), one_try("one_hot", credit=0.5), one_try("elsewhere", passed=True)])
    row = lesson_progress(LESSON, record)
    assert row.done == ("softmax",)
    assert row.earned == 3.5
    assert row.minutes_left == 3
    assert row.next == Entry("one_hot", 1, 2)


def test_the_overview_as_text_and_as_a_page() -> None:
    record = added([one_try("softmax", passed=True), one_try("one_hot"), one_try("one_hot", "2026-02-02")])
    rows = [lesson_progress(LESSON, record)]
    text = progress_text(rows, record, "A note.")
    assert "05  Soft <max>     1 of 3   3 of 6             3" in text
    assert "Next: one_hot in lesson 05, Soft <max> (2 minutes)" in text
    assert "So far: 2 tries, the latest: wrong." in text
    assert text.endswith("A note.")
    page = progress_html(rows, record, "<b>")
    assert "Soft &lt;max&gt;" in page
    assert "&lt;b&gt;" in page
    links = re.findall("<a [^>]*>", page)
    assert links
    for link in links:
        assert 'href="../05_softmax_regression/05_softmax_regression.ipynb"' in link
        assert "text-decoration:underline" in link  # or colour alone would tell it from the words around it
    assert "1 of 3" in page


def test_the_overview_of_one_who_has_done_all_or_has_no_lessons() -> None:
    record = added([one_try(entry.name, passed=True) for entry in LESSON.exercises])
    rows = [lesson_progress(LESSON, record)]
    for text in (progress_text(rows, record), progress_html(rows, record)):
        assert "Every exercise has passed its check." in text
    assert "No lessons are listed" in progress_text([], record)
    assert "No lessons are listed" in progress_html([], record)


def test_progress_shows_what_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    check(known.one_hot)
    capsys.readouterr()
    progress()
    said = capsys.readouterr().out
    assert "05  Softmax regression" in said
    assert f"1 of {LESSON_SIZE}" in said


def test_the_index_has_every_declared_exercise() -> None:
    from course_utils.judging import load_exercises

    for lesson in read_index():
        assert {entry.name for entry in lesson.exercises} == set(load_exercises(lesson.slug))
        assert (ROOT / "release" / lesson.assignment / lesson.link.rpartition("/")[2]).is_file()
        assert lesson.minutes > 0
        assert lesson.points > 0
    found = find_lesson("softmax")
    assert found is not None
    assert found[0].number == "05"
    assert find_lesson("no_such_exercise") is None


def test_an_index_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_index(tmp_path / "nowhere") == ()
