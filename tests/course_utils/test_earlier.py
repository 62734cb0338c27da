"""Every given version of an earlier answer passes its own exercise, and is plain NumPy."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import course_utils.earlier
from course_utils.built import given_versions
from course_utils.judging import PUBLIC_SEED, judge, load_exercises
from course_utils.judging.by_hand import libraries_in
from course_utils.judging.checking import local_call
from course_utils.judging.exercise import BY_HAND_WATCH

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(module.name for module in pkgutil.iter_modules(course_utils.earlier.__path__))
GIVEN = sorted(given_versions().items())


@pytest.mark.parametrize(("name", "slug"), GIVEN)
@pytest.mark.parametrize("seed", [PUBLIC_SEED, 1, 2, 3, 4, 5])
def test_a_given_version_passes_its_exercise(name: str, slug: str, seed: int) -> None:
    exercise = load_exercises(slug)[name]
    answer = getattr(importlib.import_module(f"course_utils.earlier.{slug}"), name)
    verdict = judge(exercise, local_call(answer, exercise), seed)
    assert verdict.passed, verdict


@pytest.mark.parametrize("slug", MODULES)
def test_given_versions_are_plain_numpy(slug: str) -> None:
    text = (ROOT / "course_utils" / "earlier" / f"{slug}.py").read_text(encoding="utf-8")
    assert not libraries_in(text, BY_HAND_WATCH)


def test_finding_the_given_versions_loads_no_library() -> None:
    program = (
        "import sys\nfrom course_utils.built import given_versions\ngiven_versions()\n"
        "print(sorted({'torch', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_no_name_is_given_twice() -> None:
    names = [
        name
        for slug in MODULES
        for name, value in vars(importlib.import_module(f"course_utils.earlier.{slug}")).items()
        if getattr(value, "__module__", "") == f"course_utils.earlier.{slug}" and not name.startswith("_")
    ]
    assert len(names) == len(set(names))
