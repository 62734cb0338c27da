"""Who imports whom, what an import pulls in, and whether the names of a lesson agree."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import engine

ROOT = Path(__file__).resolve().parents[1]
OURS = {"course_utils", "autograder", "solutions", "tests"}


def _imports(path: Path) -> set[str]:
    """Return the top-level names a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            # importlib.import_module("solutions.x") and __import__("solutions")
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                found.add(node.args[0].value.split(".")[0])
    return found


def _files(package: str) -> list[Path]:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    return files


def _loaded_by(code: str) -> set[str]:
    """Return the top-level modules that are loaded after running code in a fresh process."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("package", "allowed"), [("course_utils", {"course_utils"}), ("solutions", {"solutions"})])
def test_what_learners_import_names_nothing_of_the_instructors(package: str, allowed: set[str]) -> None:
    for path in _files(package):
        assert not (_imports(path) & OURS) - allowed, path.relative_to(ROOT)


def test_the_build_names_nothing_of_what_stands_on_it() -> None:
    """Not even in code that it hands to a kernel; `autograder.build` is what the site and the demo are made with."""
    for path in _files("autograder/build"):
        named = set(re.findall(r"\bautograder\.(\w+)", path.read_text(encoding="utf-8")))
        assert not named & {"site", "demo", "cli", "grading"}, path.relative_to(ROOT)


def test_running_the_judge_loads_nothing_of_the_instructors() -> None:
    names = (path.relative_to(ROOT).with_suffix("").parts for path in _files("course_utils"))
    modules = [".".join(parts).removesuffix(".__init__") for parts in names]
    code = (
        "import importlib, course_utils, numpy as np\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "try: course_utils.check(lambda z: z, 'softmax')\n"
        "except course_utils.judging.CheckFailed: pass\n"
        "else: raise SystemExit('passed')\n"
    )
    assert not _loaded_by(code) & {"autograder", "solutions", "tests"}


def test_the_import_is_light() -> None:
    loaded = _loaded_by("import course_utils")
    assert not loaded & {"torch", "torchvision", "sklearn", "scipy", "matplotlib", "IPython", "ipywidgets", "nbgrader"}
    assert "numpy" in loaded


def test_what_starts_a_runs_first_process_is_light() -> None:
    """A class waits for that process, which itself imports for seconds; who starts it must not be slow as well."""
    assert not _loaded_by("import autograder.grading.farm") & {"numpy", "course_utils", "nbformat", "nbgrader"}


def test_every_name_of_the_engine_is_there() -> None:
    assert set(engine.__all__) == {name for name in engine.__all__ if getattr(engine, name).__name__ == name}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = engine.nothing  # type: ignore[attr-defined]


def test_declaring_a_lesson_loads_no_oracle_library() -> None:
    code = "from course_utils.judging import load_exercises; load_exercises('softmax_regression')"
    assert not _loaded_by(code) & {"torch", "sklearn", "scipy"}


# --- names ---------------------------------------------------------------------------------------

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.md") if not path.stem.startswith("00"))


def test_there_is_a_lesson() -> None:
    assert LESSONS


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_names_of_a_lesson_agree(lesson: str) -> None:
    slug = lesson.split("_", 1)[1]
    assert slug.isidentifier()
    for path in (
        f"solutions/{slug}.py",
        f"course_utils/exercises/{slug}.py",
        f"tests/exercises/test_{slug}.py",
        f"tests/solutions/test_{slug}.py",
        f"tests/mutants/{slug}.py",
        f"release/{lesson}/{lesson}.ipynb",
    ):
        assert (ROOT / path).is_file(), path


def test_nothing_belongs_to_a_lesson_that_is_not_there() -> None:
    slugs = {lesson.split("_", 1)[1] for lesson in LESSONS}
    for folder, prefix in (("solutions", ""), ("course_utils/exercises", ""), ("tests/exercises", "test_")):
        stems = {path.stem.removeprefix(prefix) for path in (ROOT / folder).glob(f"{prefix}*.py")}
        assert stems - {"__init__", "every_lesson"} <= slugs, folder


def test_every_declared_exercise_has_a_reference_answer_and_no_name_twice() -> None:
    from course_utils.judging import load_exercises

    names: list[str] = []
    for lesson in LESSONS:
        slug = lesson.split("_", 1)[1]
        declared = list(load_exercises(slug))
        names += declared
        tree = ast.parse((ROOT / "solutions" / f"{slug}.py").read_text(encoding="utf-8"))
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert set(declared) <= defined
    assert len(set(names)) == len(names)
