"""The command line: its words, its exit codes, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import autograder.build
from autograder import cli, doctor
from autograder.build import BuildError, BuildReport, CheckReport, Freshness, LessonReport, Problem, Run
from autograder.build.files import Difference


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _main(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return int(ended.value.code or 0)


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    ask = "import sys\nfrom autograder.cli import main\ntry: main(['--help'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert not {"torch", "nbgrader", "matplotlib", "sklearn"} & set(done.stdout.split())
    for command in ("build", "check", "grade", "feedback", "report", "export", "update", "doctor", "demo"):
        assert f"  {command} " in done.stdout


def test_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys, autograder.cli; print([m for m in ('numpy', 'nbgrader', 'torch', 'jupytext') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_root_is_found_from_below(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = root / "notebooks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert cli.find_root(None) == root
    assert cli.find_root(root) == root


def test_no_course_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert _main("build") == 2
    assert "There is no course here" in capsys.readouterr().err
    assert _main("build", "--root", str(tmp_path)) == 2
    assert "is no course: it holds no nbgrader_config.py" in capsys.readouterr().err


@pytest.mark.usefixtures("root")
def test_a_course_without_lessons(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("build") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: There are no lessons in ")
    assert "Traceback" not in error


def test_what_cannot_be_updated_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("update", str(tmp_path / "[bold].ipynb")) == 1
    error = capsys.readouterr().err
    assert error == f"error: There is no {tmp_path}/[bold].ipynb. Name a lesson's notebook, or the folder it is in.\n"


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("bild") == 2
    assert "bild" in capsys.readouterr().err


def _report(root: Path, done: Difference) -> BuildReport:
    lessons = (LessonReport("01_mini", 9, 2, 5.0),)
    return BuildReport(lessons, root / "build", root / "release", done, root / "course_utils/lessons", None, 1.0)


def test_build_says_what_it_did(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(autograder.build, "build", lambda place: _report(place, Difference(changed=("a", "b"))))
    assert _main("build") == 0
    out = capsys.readouterr().out
    assert "01_mini  2 exercises, 5 points" in out
    assert "release/: 2 changed" in out


def test_build_errors_keep_their_lines(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(place: Path) -> BuildReport:
        long = "x" * 200
        raise BuildError([Problem("b.md", 2, "[tag] wrong.", "Mend."), Problem("a.md", 1, f"{long}.", "Mend.")])

    monkeypatch.setattr(autograder.build, "build", refuse)
    assert _main("build") == 1
    assert capsys.readouterr().err == f"error: a.md:1: {'x' * 200}. Mend.\nb.md:2: [tag] wrong. Mend.\n"


def test_check_fails_with_what_is_wrong(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[object] = []

    def check(place: Path, lessons: list[str], *, run: bool, tell: object) -> CheckReport:
        asked.append((place, lessons, run))
        cli._tell_run(Run("01_mini", True, 2.0, "cut", ("a.md:3: fails.",)))
        return CheckReport((), (Freshness(Difference(missing=("01_mini/01_mini.ipynb",)), "release"),))

    monkeypatch.setattr(autograder.build, "check", check)
    assert _main("check", "1", "mini", "--no-run") == 1
    assert asked == [(root, ["1", "mini"], False)]
    out = capsys.readouterr().out
    assert "a.md:3: fails." in out
    assert "release/01_mini/01_mini.ipynb is missing" in out
    assert "Run `course build`" in out


def test_doctor_fails_only_for_what_is_needed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    note = doctor.Line("MNIST", False, "not here", "fetch it", needed=False)
    monkeypatch.setattr(doctor, "run", lambda place: [note])
    assert _main("doctor") == 0
    assert "fix: fetch it" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "run", lambda place: [note, doctor.Line("Python", False, "too old", "take 3.11")])
    assert _main("doctor") == 1
    out = capsys.readouterr().out
    assert "FAIL Python" in out
    assert "fix: take 3.11" in out


def test_a_fault_of_ours_is_one_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(place: Path) -> BuildReport:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(autograder.build, "build", fault)
    assert _main("build") == 1
    error = capsys.readouterr().err
    assert "ZeroDivisionError: by zero" in error
    assert "Set COURSE_DEBUG=1" in error
    assert "Traceback" not in error
    monkeypatch.setenv("COURSE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["build"])


def test_the_command_line_builds_no_grammars_of_addresses() -> None:
    """They take more CPU time than a submission may."""
    source = "import sys, autograder.cli, autograder.grading.commands; print(sys.modules.get('lark'))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"
