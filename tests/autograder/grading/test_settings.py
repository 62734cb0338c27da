"""What the configuration says, what the machine can confine, and what a run shows and refuses."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from farm_work import quick
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.converters import Autograde
from rich.console import Console
from toy_course import ASSIGNMENT, HereFarm, ToyCourse
from traitlets.config import Config

import course_utils.exercises
from autograder import cli
from autograder.engine import Limits
from autograder.grading import execute, run, settings
from autograder.grading.commands import grade
from autograder.grading.course import Course
from autograder.grading.progress import Display, Finished
from autograder.grading.results import code_state, difference
from autograder.grading.settings import Confinement, NotConfined, SettingsError, limits_of, require_confinement

NOWHERE = Confinement("none", (), ("Landlock", "pid namespace"))


def configured(**values: Any) -> Config:
    config = Config()
    for name, value in values.items():
        config.EngineLimits[name] = value
    return config


def test_limits_are_those_of_the_configuration() -> None:
    assert limits_of(Config()) == Limits()
    found = limits_of(configured(cell_seconds=20, memory_bytes=2**31))
    assert (found.cell_seconds, found.memory_bytes) == (20.0, 2**31)
    assert found.call_seconds == Limits().call_seconds


@given(st.floats(max_value=0) | st.just(float("nan")) | st.just(float("inf")) | st.text() | st.none() | st.booleans())
def test_a_value_that_is_no_positive_number_is_refused(value: Any) -> None:
    for name in ("cell_seconds", "open_files"):
        with pytest.raises(SettingsError, match=rf"c\.EngineLimits\.{name} in nbgrader_config\.py must be"):
            limits_of(configured(**{name: value}))


def test_an_unknown_limit_and_half_a_file_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"c\.EngineLimits\.cell_second .* the limits are call_seconds, cell_s"):
        limits_of(configured(cell_second=20))
    with pytest.raises(SettingsError, match=r"a whole number above 0, not 1\.5"):
        limits_of(configured(open_files=1.5))


def test_limits_hold_for_both_ways_to_grade(course: ToyCourse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits give the same keys, so nbgrader's command finds what `course grade` has stored."""
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.EngineLimits.cell_seconds = 7\n")
    course.hand_in("ada", scale="# right check-scale")
    farm = HereFarm(lambda task: {**quick(dict(task)), "seconds": task["limits"]["cell_seconds"]})
    grade(course.root, ASSIGNMENT, progress=False, farm=farm)
    monkeypatch.setattr(execute, "assess", lambda *_, **__: pytest.fail("graded again"))
    loaded = Course.load(course.root)
    app = Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config)
    app.force = True
    app.start()
    assert course.marks("ada")["check-scale"] == 4.0
    assert '"seconds": 7' in course.path("ada", "autograded").read_text()


def test_the_machine_can_say_what_it_confines() -> None:
    found = settings.confinement()
    assert found.level in settings.LEVELS
    assert not set(found.steps) & set(found.missing)


def test_without_confinement_nothing_is_graded_unless_it_is_asked_for(
    course: ToyCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "confinement", lambda: NOWHERE)
    monkeypatch.setattr(execute, "confinement", lambda: NOWHERE)
    course.hand_in("ada", scale="# right check-scale")
    with pytest.raises(NotConfined, match=r"missing: Landlock, pid namespace.*--unconfined"):
        grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick))
    loaded = Course.load(course.root)
    Autograde(coursedir=loaded.directory(ASSIGNMENT), config=loaded.config).start()
    assert course.marks("ada") == {"check-scale": None, "check-total": None}
    assert grade(course.root, ASSIGNMENT, progress=False, farm=HereFarm(quick), unconfined=True).done == ["ada"]
    # A result that a submission could have tampered with does not count where that is not allowed.
    monkeypatch.setattr(run, "confinement", lambda: Confinement("full"))
    again = HereFarm(quick)
    grade(course.root, ASSIGNMENT, progress=False, farm=again)
    assert again.students == ["ada"]
    require_confinement(Confinement("container"), unconfined=False)


def test_a_changed_declaration_grades_its_lesson_again_and_no_other(tmp_path: Path, toy_lesson: None) -> None:
    toy, other = code_state("toy_lesson"), code_state("softmax_regression")
    declarations = Path(course_utils.exercises.__path__[-1]) / "toy_lesson.py"
    declarations.write_text(declarations.read_text() + "\n# changed\n")
    assert difference(toy, code_state("toy_lesson")) == "other declarations of this lesson"
    assert difference(other, code_state("softmax_regression")) is None
    engine = {**other, "code": {**other["code"], "autograder.engine": "changed"}}
    assert difference(other, engine) == "another version of the course (autograder.engine differs)"


def test_what_grades_loads_neither_nbgrader_nor_an_oracle() -> None:
    """A worker is quick to start, and the coordinator leaves the oracles to the workers."""
    ask = "import sys, {}; print([m for m in ('torch', 'sklearn', 'nbgrader', 'nbformat') if m in sys.modules])"
    for module, loaded in {
        "autograder.grading.assess": [],
        "autograder.grading.commands": ["nbgrader", "nbformat"],
    }.items():
        done = subprocess.run([sys.executable, "-c", ask.format(module)], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(loaded)


# --- what a run shows ---------------------------------------------------------------------------------


def shown(terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, soft_wrap=True)
    with Display("05_lesson", 3, console=console) as display:
        display.finished(Finished("ada", 5.5, 6.0, 1.24, False, None))
        display.finished(Finished("[bob]", 6.0, 6.0, 1.0, True, None))
        display.finished(Finished("cyd", 0.0, 6.0, 1.0, False, "the judge failed"))
    display.close({"cyd": "the judge failed"})
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_plain_lines_where_there_is_no_terminal() -> None:
    lines = shown(terminal=False).splitlines()
    assert lines[:3] == [
        "ada  5.5 of 6 points  (1.2 s)",
        "[bob]  6 of 6 points  (as before)",
        "cyd  needs a person: the judge failed",
    ]
    assert lines[3].startswith("1 graded, 1 as before, 1 for a person; 0 s, ")
    assert lines[3].endswith(" submissions a minute.")
    assert lines[4:] == ["  cyd needs a person: the judge failed"]


def test_a_bar_with_the_time_left_on_a_terminal() -> None:
    text = shown(terminal=True)
    assert "Grading 05_lesson" in text
    assert "3/3" in text
    assert "left:" in text


def test_a_run_that_is_stopped_says_what_is_kept(course: ToyCourse, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ada", "bob"):
        course.hand_in(name, scale="# right check-scale")

    def stopped(task: Any) -> Any:
        if task["student"] == "bob":
            raise KeyboardInterrupt
        return quick(task)

    with pytest.raises(KeyboardInterrupt):
        grade(course.root, ASSIGNMENT, farm=HereFarm(stopped))
    assert "Stopped: 1 graded, 0 as before, 0 for a person. What is finished is kept" in capsys.readouterr().err
    assert course.marks("ada")["check-scale"] == 4.0
    again = HereFarm(quick)
    grade(course.root, ASSIGNMENT, progress=False, farm=again)
    assert again.students == ["bob"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--jobs", "0"], "--jobs takes a whole number from 1 on, not 0."),
        (["--jobs", "many"], "--jobs takes a whole number from 1 on, not many."),
        (["--jobs", "2", "--scheduler", "tcp://127.0.0.1:9"], "give one of them"),
        (["--student", "eve"], "eve handed nothing in"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(
    course: ToyCourse, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    course.hand_in("ada")
    with pytest.raises(SystemExit) as ended:
        cli.main(["grade", ASSIGNMENT, *words, "--root", str(course.root)])
    said = capsys.readouterr().err
    assert ended.value.code
    assert sentence in said
    assert len(said.strip().splitlines()) == 1
