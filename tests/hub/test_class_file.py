"""What `class.toml` may say, and what `start` needs, without starting anything."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import nbgrader
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy" / "jupyterhub"
EXAMPLE = (DEPLOY / "class.toml").read_text(encoding="utf-8")


def _module(name: str, file: str) -> ModuleType:
    loader = SourceFileLoader(name, str(DEPLOY / file))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def classroom() -> ModuleType:
    return _module("classroom", "classroom.py")


def test_the_example_is_a_class(classroom: ModuleType) -> None:
    room = classroom.read_class(DEPLOY / "class.toml")
    assert room.accounts == ("dlf-grader", "ada", "ben", "eva")
    assert (room.role("ada"), room.role("ben")) == ("instructor", "learner")
    assert room.course == Path("/srv/dlf/course")
    assert room.ip == "127.0.0.1"
    assert room.limits == classroom.Limits()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ada"', '"ben"', "ben is named twice"),
        ('"ada"', '"dlf-grader"', "dlf-grader is named twice"),
        ('"ada"', '"root"', "root cannot be in the class"),
        ('"ada"', '"ada+eva"', "no name of small letters"),
        ('["ada"]', "[]", "must be a list of accounts"),
        ('["ada"]', '"ada"', "must be a list of accounts"),
        ('course_id = "dlf"', 'course_id = "../dlf"', "no name of small letters"),
        ('course_id = "dlf"', "", "course_id: None"),
        ('"/srv/dlf"', '"srv/dlf"', "must be a whole path"),
        ("port = 8000", "port = 65535", "from 1 to 65532"),
        ("port = 8000", "prot = 8000", "There is no setting server.prot"),
        ("processes = 512", "processes = 0", "limits.processes must be a number above zero"),
        ("processes = 512", "processes = true", "limits.processes must be a number above zero"),
        ("[limits]", "[limit]", "There is no setting limit;"),
        ("[limits]", "[limits", "is no TOML"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    classroom: ModuleType, tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert EXAMPLE.count(old) == 1
    path = tmp_path / "class.toml"
    path.write_text(EXAMPLE.replace(old, new))
    with pytest.raises(classroom.ClassError) as raised:
        classroom.read_class(path)
    assert said in str(raised.value)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_said(classroom: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(classroom.ClassError, match="cannot be read: No such file"):
        classroom.read_class(tmp_path / "class.toml")


def test_the_limits_hold_for_what_is_started(classroom: ModuleType) -> None:
    limits = classroom.Limits(processes=100, memory_gb=0.5, file_gb=0.001, open_files=64)
    code = "import resource as r; print([r.getrlimit(k)[1] for k in (r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE)])"
    done = subprocess.run([*limits.command(), sys.executable, "-c", code], capture_output=True, text=True)
    assert json.loads(done.stdout) == [500_000_000, 1_000_000, 64], done.stderr


def test_start_says_that_it_needs_root(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    start = _module("start_of_the_hub", "start")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["start", str(DEPLOY / "class.toml")])
    assert start.main() == 1
    assert capsys.readouterr().err == "start: This must run as root (sudo): a hub starts servers as other accounts.\n"


def test_start_names_the_folder_that_hides_a_python(tmp_path: Path) -> None:
    start = _module("start_of_the_hub", "start")
    closed = tmp_path / "closed"
    (closed / "bin").mkdir(parents=True)
    closed.chmod(0o700)
    outermost = next(folder for folder in [*reversed(closed.parents), closed] if not folder.stat().st_mode & 0o001)
    with pytest.raises(start.ClassError, match=f"below {outermost}, which is closed"):
        start.reach(closed / "bin" / "python", "Python")


def test_the_proxy_is_pinned_and_its_lock_names_no_host() -> None:
    wanted = json.loads((DEPLOY / "package.json").read_text())["dependencies"]
    lock = json.loads((DEPLOY / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert lock["packages"][""]["dependencies"] == wanted
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


def test_the_hubs_packages_are_pinned() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["hub"]
    assert [pin.split("==")[0] for pin in extra] == ["jupyterhub", "jupyterhub-idle-culler"]


def test_what_is_hidden_from_learners_is_something_that_nbgrader_has() -> None:
    """A later nbgrader may name its extensions otherwise; then nothing would be hidden."""
    share = Path(nbgrader.__file__).parent / "server_extensions"
    for role in ("learner", "instructor"):
        server = json.loads((DEPLOY / "etc" / role / "jupyter_server_config.json").read_text())
        for name, on in server["ServerApp"]["jpserver_extensions"].items():
            assert not on
            assert (share / name.rsplit(".", 1)[1]).is_dir()
        page = json.loads((DEPLOY / "etc" / role / "labconfig" / "page_config.json").read_text())
        assert all(name.startswith("@jupyter/nbgrader:") for name in page["disabledExtensions"])
