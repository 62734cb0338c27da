"""Grading that is killed again and again ends with the results of an undisturbed run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from chaos import Process, compare, descendants, differences
from whole_course import leftovers


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("submissions", "kills"), [(30, 2), pytest.param(60, 6, marks=pytest.mark.slow)])
def test_a_class_survives_kills(submissions: int, kills: int, tmp_path: Path) -> None:
    report = compare(tmp_path, submissions, 0.6, kills=kills)
    assert report.wrong == []
    assert report.kills["a worker"] > 0
    assert report.kills["the coordinator"] > 0


def test_only_what_is_below_a_process_is_found() -> None:
    inner = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen([sys.executable, "-c", inner], stdin=subprocess.PIPE) as outer:
        found: list[Process] = []
        while not found:
            found = descendants(outer.pid)
        assert [process.pid for process in found if process.pid == outer.pid] == []
        assert found[0].alive
        outer.kill()
        assert Process(outer.pid, -1).kill() is False
        assert found[0].kill()
    assert descendants(2**22 + 1) == []


def test_what_a_kill_could_spoil_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in (("calm", {"a": 1, "b": 1}), ("disturbed", {"a": 2, "c": 1})):
        folder = tmp_path / name / "class" / "results"
        folder.mkdir(parents=True)
        for key, value in content.items():
            (folder / f"{key}.json").write_text(json.dumps({"cells": value, "seconds": name}))
    (tmp_path / "disturbed" / "class" / "results" / ".x.tmp").touch()
    (tmp_path / "disturbed" / "class" / "gradebook.db-journal").touch()
    monkeypatch.setattr("chaos.outcome", lambda root, assignment: {"ada": 1, "ben": 1})
    assert differences(tmp_path / "calm", tmp_path / "disturbed", 2) == [
        "results: b.json is missing",
        "results: c.json is one too many",
        "results: a.json differs",
        "temporary file: gradebook.db-journal",
        "temporary file: results/.x.tmp",
    ]
    assert leftovers(tmp_path / "calm") == []
