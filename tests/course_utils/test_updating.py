"""Updating a lesson on disk: where the release comes from, what is written, and what is said."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from updating_lessons import ROOT, add, answer, cell_of, changed, exercises, plain, released, reword, write

from course_utils import record_book, whole_file
from course_utils.updating import UpdateError, __main__, run, sources, update
from course_utils.updating.run import _RELOAD

LESSON = "05_softmax_regression"
SOFTMAX = released("softmax_regression")
FIRST, SECOND = exercises(SOFTMAX)[:2]
ANSWERED = changed(SOFTMAX, answer(FIRST, "return 1"), add(plain(SOFTMAX)[4], "mine = 1"))


class Desk:
    """A learner's folder, and a folder of releases elsewhere."""

    def __init__(self, place: Path) -> None:
        self.home, self.releases = place / "home", place / "releases"
        self.folder = self.home / LESSON
        self.notebook = self.folder / f"{LESSON}.ipynb"
        self.new = self.releases / LESSON / f"{LESSON}.ipynb"
        for path in (self.notebook, self.new):
            path.parent.mkdir(parents=True)
        nbformat.write(ANSWERED, self.notebook)
        self.release(reword(FIRST))
        self.lines: list[str] = []

    def release(self, *steps: object) -> None:
        nbformat.write(changed(SOFTMAX, *steps), self.new)

    def update(self, path: Path | None = None, release: Path | None = None, dry_run: bool = False) -> bool:
        self.lines.clear()
        return update(path or self.folder, release or self.releases, dry_run=dry_run, say=self.lines.append)

    def refusal(self, path: Path | None = None, release: Path | None = None) -> str:
        before = self.files()
        with pytest.raises(UpdateError) as caught:
            self.update(path, release)
        assert self.files() == before
        said = str(caught.value)
        assert "\n" not in said
        assert said.endswith(".")
        return said

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.home)): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}

    @property
    def said(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(tmp_path)
    monkeypatch.chdir(made.home)
    # Neither the configuration of whoever runs the tests, nor the release of this repository.
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setattr(sources, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    return made


# --- writing ---


def test_the_old_notebook_lies_beside_the_new_one(desk: Desk) -> None:
    before = desk.notebook.read_bytes()
    desk.notebook.chmod(0o640)
    assert desk.update()
    assert desk.notebook.stat().st_mode & 0o777 == 0o640
    assert "return 1" in cell_of(nbformat.read(desk.notebook, as_version=4), FIRST).source
    (aside,) = [path for path in desk.folder.iterdir() if path != desk.notebook]
    assert re.fullmatch(LESSON + r"\.before-update-\d{4}-\d\d-\d\dT\d{4}\.ipynb", aside.name)
    assert aside.read_bytes() == before
    assert str(aside) in desk.said
    assert desk.lines[-1] == _RELOAD
    assert f"check again         {FIRST}" in desk.said


def test_a_second_update_writes_nothing(desk: Desk) -> None:
    desk.update()
    before = desk.files()
    assert not desk.update()
    assert "is already up to date" in desk.said
    assert desk.files() == before


def test_a_notebook_that_jupyterlab_saved_is_up_to_date_all_the_same(desk: Desk) -> None:
    desk.update()
    data = json.loads(desk.notebook.read_text())
    desk.notebook.write_text(json.dumps(data, indent=2, sort_keys=True))
    assert not desk.update()


def test_two_updates_in_one_minute_set_two_notebooks_aside(desk: Desk) -> None:
    desk.update()
    desk.release(reword(FIRST, "Again."))
    desk.update()
    assert len(list(desk.folder.glob("*.before-update-*"))) == 2


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    before = desk.files()
    assert desk.update(dry_run=True)
    assert desk.files() == before
    assert desk.lines[0].startswith("Would update")
    assert desk.lines[-1] == "Nothing was written."
    tried = desk.lines[1:-1]
    desk.update()
    assert desk.lines[1 : 1 + len(tried)] == tried


def test_a_full_disk_leaves_the_notebook_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.notebook.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(desk.notebook))

    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(UpdateError, match=r"cannot be written \(No space left on device"):
        desk.update()
    assert desk.notebook.read_bytes() == before
    assert [path.name for path in desk.folder.iterdir()] == [desk.notebook.name]


def test_a_notebook_that_is_saved_meanwhile_is_not_overwritten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    merge = run.merge

    def slow(*given: object) -> object:
        made = merge(*given)
        nbformat.write(changed(ANSWERED, write(SECOND, "# just now")), desk.notebook)
        return made

    monkeypatch.setattr(run, "merge", slow)
    with pytest.raises(UpdateError, match="was saved while it was being updated"):
        desk.update()
    assert "# just now" in desk.notebook.read_text()


def test_files_beside_the_notebook_come_along(desk: Desk) -> None:
    beside = desk.new.parent
    (beside / "data").mkdir()
    (beside / "data" / "new.csv").write_text("1,2\n")
    (beside / "same.csv").write_text("3\n")
    (beside / "changed.csv").write_text("4\n")
    (beside / ".ipynb_checkpoints").mkdir()
    (beside / ".ipynb_checkpoints" / "x.ipynb").write_text("{}")
    (beside / "link.csv").symlink_to("/etc/passwd")
    (desk.folder / "same.csv").write_text("3\n")
    (desk.folder / "changed.csv").write_text("mine\n")
    (desk.folder / "own.csv").write_text("mine\n")
    desk.update()
    names = set(desk.files())
    assert (desk.folder / "data" / "new.csv").read_text() == "1,2\n"
    assert (desk.folder / "changed.csv").read_text() == "4\n"
    (aside,) = desk.folder.glob("changed.before-update-*.csv")
    assert aside.read_text() == "mine\n"
    assert len(names) == 7  # notebook, new, same, changed, own, and two that were set aside
    assert not desk.update()
    desk.notebook.unlink()
    shutil.copy(desk.new, desk.notebook)
    (beside / "changed.csv").write_text("5\n")
    assert desk.update()
    assert "changed.csv" in desk.said
    assert _RELOAD not in desk.said


def test_checks_that_progress_counts_are_named(desk: Desk) -> None:
    passed = record_book.Try(FIRST, "softmax_regression", "2026-01-01", "correct", True, 1.0, 1, "x", "", FIRST)
    record_book.keep(passed)
    before = record_book.location().read_bytes()
    desk.update()
    assert f"progress() still counts {FIRST} as done" in desk.said
    assert record_book.location().read_bytes() == before


# --- where the release is ---


def test_the_release_may_be_named_in_three_ways(desk: Desk) -> None:
    for release in (desk.new, desk.new.parent, desk.releases):
        assert desk.update(desk.notebook, release, dry_run=True)
        assert str(desk.new) in desk.said


@pytest.mark.parametrize("name", ["05_softmax_regression (1).ipynb", "05_softmax_regression-Copy1.ipynb", "mine.ipynb"])
def test_a_copy_under_another_name_is_updated(desk: Desk, name: str) -> None:
    copy = desk.notebook.rename(desk.home / name)
    assert desk.update(copy)
    assert "return 1" in copy.read_text()
    assert copy.with_name(copy.stem).parent == desk.home


def test_a_release_folder_above_is_found_and_never_the_notebook_itself(desk: Desk) -> None:
    with pytest.raises(UpdateError) as caught:
        update(desk.folder)
    assert f"There is no release of {LESSON}: looked in nbgrader's exchange" in str(caught.value)
    assert "--release" in str(caught.value)
    shutil.copytree(desk.releases, desk.home.parent / "release")
    assert update(desk.folder, say=desk.lines.append)
    assert f"the release in {desk.home.parent / 'release' / LESSON}" in desk.said
    with pytest.raises(UpdateError, match="is the release itself"):
        update(desk.home.parent / "release" / LESSON)


def _exchange(desk: Desk, courses: tuple[str, ...], configured: str) -> None:
    exchange = desk.home.parent / "exchange"
    for course in courses:
        shutil.copytree(desk.releases / LESSON, exchange / course / "outbound" / LESSON)
    (desk.home / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.course_id = {configured!r}\n"
        f"c.Exchange.root = {str(exchange)!r}\n"
        f"c.Exchange.cache = {str(exchange.parent / 'cache')!r}\n"
    )


@pytest.mark.parametrize("configured", ["dlf", ""])
def test_nbgraders_exchange_comes_before_a_release_folder(desk: Desk, configured: str) -> None:
    _exchange(desk, ("dlf",), configured)
    shutil.copytree(desk.releases, desk.home / "release")
    nbformat.write(SOFTMAX, desk.home / "release" / LESSON / f"{LESSON}.ipynb")
    assert update(desk.folder, say=desk.lines.append)
    assert "the release in nbgrader's exchange (course dlf)" in desk.said
    assert FIRST in desk.said
    before = desk.files()
    assert not update(desk.folder, say=desk.lines.append)
    assert desk.files() == before


def test_a_lesson_of_two_courses_has_to_be_named(desk: Desk) -> None:
    _exchange(desk, ("dlf", "other"), "")
    with pytest.raises(UpdateError, match="released in several courses: dlf, other"):
        update(desk.folder)


def test_without_a_working_exchange_the_course_around_counts(desk: Desk) -> None:
    _exchange(desk, (), "dlf")
    config = desk.home / "nbgrader_config.py"
    config.write_text(config.read_text() + "c.CourseDirectory.release_directory = 'given'\n")
    shutil.copytree(desk.releases, desk.home / "given")
    assert update(desk.folder, say=desk.lines.append)
    assert f"the release in {desk.home / 'given' / LESSON}" in desk.said


def test_a_configuration_with_a_slip_is_named(desk: Desk) -> None:
    (desk.home / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(UpdateError, match=r"nbgrader_config.py cannot be read \(SyntaxError"):
        update(desk.folder)


# --- what cannot be updated ---


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"cells": [', "is no notebook: it is not valid JSON from line 1 on"),
        (b"", "is no notebook: it is not valid JSON"),
        (b"\xff\xfe\x00\x01", "is no notebook: it is not valid JSON"),
        (b"[1]", "is no notebook of format 4"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"source": 3}]}', "is damaged: cell 1"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "shares neither exercises nor text"),
    ],
)
def test_what_is_no_notebook_of_the_lesson(desk: Desk, content: bytes, why: str) -> None:
    desk.notebook.write_bytes(content)
    assert why in desk.refusal()


def test_a_release_that_is_no_notebook_is_named(desk: Desk) -> None:
    desk.new.write_text("{")
    assert desk.refusal().startswith("The released notebook (the release ")


def test_another_lessons_notebook_is_named(desk: Desk) -> None:
    nbformat.write(released("dropout"), desk.notebook)
    assert "it is of 10_dropout" in desk.refusal()


def test_a_cell_that_no_notebook_may_hold_is_named(desk: Desk) -> None:
    data = json.loads(desk.notebook.read_text())
    data["cells"].append({"cell_type": "code", "id": "bad", "metadata": {}, "source": "", "outputs": [{}]})
    desk.notebook.write_text(json.dumps(data))
    assert "holds a cell that no notebook may hold" in desk.refusal()


def test_what_is_not_there_or_not_clear(desk: Desk) -> None:
    assert "There is no " in desk.refusal(desk.home / "nothing.ipynb")
    assert "is not there" in desk.refusal(release=desk.home / "nothing")
    assert "holds no notebook of this lesson" in desk.refusal(release=desk.home.parent)
    assert "is the notebook that is to be updated" in desk.refusal(release=desk.folder)
    desk.update()
    (aside,) = desk.folder.glob("*.before-update-*")
    assert "has set aside" in desk.refusal(aside)
    desk.notebook.unlink()
    assert "holds no notebook" in desk.refusal()
    for name in ("a", "b"):
        shutil.copy(aside, desk.folder / f"{name}.ipynb")
    assert "holds 2 notebooks" in desk.refusal()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(desk: Desk) -> None:
    desk.folder.chmod(0o500)
    try:
        assert "cannot be written (Permission denied)" in desk.refusal()
    finally:
        desk.folder.chmod(0o700)


# --- the command of those who have this package alone ---


def test_the_module_is_a_command(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main([str(desk.folder), "--release", str(desk.releases), "--dry-run"]) == 0
    assert "Would update" in capsys.readouterr().out
    assert __main__.main([str(desk.home / "nothing")]) == 1
    assert capsys.readouterr().err.startswith("error: There is no ")


def test_it_needs_nothing_of_the_instructors(desk: Desk) -> None:
    code = (
        "import sys\nfrom course_utils.updating.__main__ import main\n"
        f"main([{str(desk.folder)!r}, '--release', {str(desk.releases)!r}])\n"
        "print({'autograder', 'typer', 'rich', 'torch', 'nbgrader'} & set(sys.modules))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Updated")
    assert done.stdout.splitlines()[-1] == "set()"
