"""Waiting for a process to end: at once when it does, and not for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from autograder.engine.sandbox import end_strays, wait_for

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture(params=[True, False], ids=["with pidfd", "without"])
def _pidfd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.delattr(os, "pidfd_open", raising=False)


@pytest.mark.usefixtures("_pidfd")
def test_a_child_that_ends_is_taken_in_with_its_status() -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    status = wait_for(pid, time.monotonic() + 60)
    assert status is not None
    assert os.waitstatus_to_exitcode(status) == 3
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


@pytest.mark.usefixtures("_pidfd")
def test_a_child_that_lives_is_left_when_time_is_up() -> None:
    with subprocess.Popen(SLEEPS) as child:
        assert wait_for(child.pid, time.monotonic() + 0.05) is None
        assert child.poll() is None
        child.kill()


@pytest.mark.usefixtures("_pidfd")
def test_what_is_no_child_is_not_waited_for() -> None:
    begun = time.monotonic()
    assert wait_for(os.getppid(), begun + 60) is None
    assert time.monotonic() - begun < 50


@pytest.mark.usefixtures("_pidfd")
def test_strays_are_ended_and_those_that_are_to_live_do() -> None:
    with subprocess.Popen(SLEEPS) as known, subprocess.Popen(SLEEPS) as stray:
        end_strays({known.pid})
        assert known.poll() is None
        with pytest.raises(ProcessLookupError):
            os.kill(stray.pid, 0)
        known.kill()
