from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.grading.seeds import SecretError, course_secret, run_secret, secret_path, seed


def test_the_secret_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"
    first = course_secret(path)
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert course_secret(path) == first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    course_secret(path)
    path.chmod(mode)
    with pytest.raises(SecretError, match="chmod 600"):
        course_secret(path)


def test_a_run_reads_the_secret_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    monkeypatch.setenv("COURSE_SECRET_FILE", str(path))
    first = run_secret(fresh=True)
    path.chmod(0o644)
    assert run_secret() == first
    with pytest.raises(SecretError, match="chmod 600"):
        run_secret(fresh=True)


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_secret_that_is_too_short_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SecretError, match=r"is empty|5 bytes"):
        course_secret(path)


def test_a_secret_that_is_a_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="cannot be used"):
        course_secret(tmp_path)


def test_where_the_secret_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_SECRET_FILE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert secret_path() == tmp_path / "deep-learning-foundations" / "secret"
    monkeypatch.setenv("COURSE_SECRET_FILE", str(tmp_path / "mine"))
    assert secret_path() == tmp_path / "mine"


def test_seeds_differ_by_secret_exercise_and_student() -> None:
    secret = b"s" * 32
    seeds = {
        seed(secret, "softmax", "ada"),
        seed(secret, "softmax", "bob"),
        seed(secret, "loss", "ada"),
        seed(b"t" * 32, "softmax", "ada"),
        seed(secret, "softmaxa", "da"),
    }
    assert len(seeds) == 5
    assert all(0 <= value < 2**63 for value in seeds)
    assert seed(secret, "softmax", "ada") == seed(secret, "softmax", "ada")
