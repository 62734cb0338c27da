"""`course doctor`: every line that fails says how to mend it; lines that inform never fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import doctor
from autograder.doctor import Line

REPOSITORY = Path(__file__).resolve().parents[2]


def _project(root: Path, text: str) -> Path:
    (root / "pyproject.toml").write_text(f"[project]\nname = 'course'\n{text}")
    return root


def test_this_repository_is_looked_at_in_full() -> None:
    lines = doctor.run(REPOSITORY)
    names = [line.name for line in lines]
    for name in ("Python", "torch", "nbgrader", "kernel python3", "import torchvision", "digits", "course secret"):
        assert name in names
    assert all(line.fix for line in lines if not line.ok)
    assert all(line.detail for line in lines)


@pytest.mark.parametrize(("wanted", "ok"), [(">=3.11,<3.99", True), (">=3.99", False), (">=3.8,<3.10", False)])
def test_python_version(tmp_path: Path, wanted: str, ok: bool) -> None:
    (line,) = doctor.python_version(_project(tmp_path, f"requires-python = '{wanted}'\n"))
    assert line.ok is ok
    assert line.failed is not ok
    assert bool(line.fix) is not ok


def test_packages_are_held_against_their_pins(tmp_path: Path) -> None:
    import numpy

    pins = f"dependencies = ['numpy=={numpy.__version__}', 'traitlets==0.0.1', 'not-a-package-of-ours==1']\n"
    extra = "[project.optional-dependencies]\ndev = ['not-a-tool-of-ours==2']\n"
    right, other, missing, tool = doctor.packages(_project(tmp_path, pins + extra))
    assert right.ok
    assert other.failed
    assert other.detail.endswith("pinned to 0.0.1")
    assert missing.failed
    assert "pip install -r requirements.txt" in missing.fix
    assert not tool.ok
    assert not tool.failed


def test_a_build_for_another_processor_fits_its_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "2.13.0+cpu")
    assert doctor._package("torch", "2.13.0", True).ok
    assert not doctor._package("torch", "2.13", True).ok


def test_no_project_file_only_informs(tmp_path: Path) -> None:
    (line,) = doctor.packages(tmp_path)
    assert not line.failed


def test_a_kernel_of_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["/elsewhere/bin/python", "-m", "ipykernel_launcher"], "display_name": "x", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    (line,) = doctor.kernel(tmp_path)
    assert line.failed
    assert line.fix == "python -m ipykernel install --sys-prefix"
    spec["argv"] = [sys.executable]
    (folder / "kernel.json").write_text(json.dumps(spec))
    assert next(doctor.kernel(tmp_path)).ok


def test_a_disabled_server_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": False}}}
    (tmp_path / "jupyter_server_config.d").mkdir()
    (tmp_path / "jupyter_server_config.d" / "zz.json").write_text(json.dumps(config))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    lines = {line.name: line for line in doctor.extensions(tmp_path)}
    line = lines["server extension formgrader"]
    assert line.failed
    assert line.fix == "jupyter server extension enable --sys-prefix nbgrader.server_extensions.formgrader"
    assert lines["server extension validate_assignment"].ok


def test_the_exchange(tmp_path: Path) -> None:
    folder = tmp_path / "exchange"
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.Exchange.root = {str(folder)!r}\n")
    (line,) = doctor.exchange(tmp_path)
    assert not line.ok
    assert not line.failed
    assert f"mkdir -p {folder}" in line.fix
    folder.mkdir()
    assert next(doctor.exchange(tmp_path)).ok


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of Unix")
def test_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    monkeypatch.setenv("COURSE_SECRET_FILE", str(path))
    assert next(doctor.secret(tmp_path)).ok
    path.write_bytes(b"x" * 32)
    path.chmod(0o644)
    (line,) = doctor.secret(tmp_path)
    assert line.failed
    assert line.fix == f"chmod 600 {path}"
    path.chmod(0o600)
    assert next(doctor.secret(tmp_path)).ok


def test_ignored_folders(tmp_path: Path) -> None:
    assert not any(line.failed for line in doctor.ignored_folders(tmp_path))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("/build/\n")
    build, marks = doctor.ignored_folders(tmp_path)
    assert build.ok
    assert marks.failed
    assert marks.fix == "Add the line /class/ to .gitignore."


def test_mnist_is_found_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSE_DATA_ROOT", raising=False)
    digits, mnist = doctor.data(tmp_path)
    assert digits.ok
    assert not mnist.ok
    assert not mnist.failed
    (tmp_path / "data" / "MNIST" / "raw").mkdir(parents=True)
    assert list(doctor.data(tmp_path))[1].ok


def test_a_look_that_breaks_is_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def torchvision(root: Path) -> list[Line]:
        raise ImportError("no such thing")

    for name in ("packages", "kernel", "extensions", "sandbox", "data", "exchange", "secret", "ignored_folders"):
        monkeypatch.setattr(doctor, name, lambda root: [])
    monkeypatch.setattr(doctor, "torchvision", torchvision)
    _, line = doctor.run(tmp_path)
    assert line.failed
    assert "ImportError: no such thing" in line.detail


@pytest.mark.parametrize(("level", "ok"), [("full", True), ("container", True), ("none", False)])
def test_the_sandbox_says_what_it_comes_to(monkeypatch: pytest.MonkeyPatch, level: str, ok: bool) -> None:
    from autograder.engine import sandbox

    lines = (sandbox.Primitive("netns", ok, "no network", "" if ok else "Do this."),)
    monkeypatch.setattr(sandbox, "look", lambda: sandbox.Confinement(level, (), (), lines))
    whole, one = doctor.sandbox(REPOSITORY)
    assert (whole.ok, one.ok) == (ok, ok)
    assert f"level {level}" in whole.detail
    assert one.name == "sandbox: netns"
    assert not whole.failed
    if not ok:
        assert "docs/sandbox.md" in whole.fix
        assert one.fix == "Do this."
