"""One set of pins: pyproject.toml, environment.yml and requirements.txt say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)")
# What a benchmark compares with is nobody's dependency, and in no lock file.
UNLOCKED = ("bench",)


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _wanted() -> list[str]:
    project = _project()
    extras = [pins for extra, pins in project["optional-dependencies"].items() if extra not in UNLOCKED]
    return [*project["dependencies"], *(pin for pins in extras for pin in pins)]


def _environment() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def _locked() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [PIN.match(line) for line in lines if line and not line.startswith((" ", "#", "-"))]
    assert all(pins), "a line of requirements.txt is no pin"
    return {pin[1].lower(): pin[2].split("+")[0] for pin in pins if pin}  # torch's pin may end in +cpu


def test_every_dependency_is_pinned() -> None:
    assert all(PIN.fullmatch(pin) for pin in _wanted())
    names = [pin.split("==")[0].lower() for pin in _wanted()]
    assert len(set(names)) == len(names)


def test_conda_gets_the_same_pins() -> None:
    environment = _environment()
    assert list(environment) == ["name", "channels", "dependencies"]
    assert environment["channels"] == ["conda-forge"]
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.11", "pip"]
    assert sorted(pip["pip"]) == sorted(_wanted())


def test_the_lock_file_has_the_same_pins() -> None:
    locked = _locked()
    for pin in _wanted():
        found = PIN.fullmatch(pin)
        assert found is not None
        assert locked.get(found[1].lower()) == found[2], pin


def test_the_lock_file_names_no_host_and_no_path() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for word in ("://", "--index-url", "--find-links", "file://", " /", "~"):
        assert word not in text


def test_the_python_of_conda_is_one_the_project_allows() -> None:
    assert _project()["requires-python"] == ">=3.11,<3.13"
