"""The catalog template: what the code marks is in it, in one order, and `course check` proves that it is fresh."""

from __future__ import annotations

from pathlib import Path

from mini_course import Course

from autograder.build import build, check
from autograder.build.catalog import LOCALE, TEMPLATE, catalog_template

ROOT = Path(__file__).resolve().parents[3]
CODE = """\
from course_utils.language import N_, _, ngettext

_LATER = N_("Said later")


def say(count: int) -> str:
    # Translators: how many there are
    return ngettext("{count} thing", "{count} things", count) + _("It is {name}.", name="it")
"""


def test_the_committed_template_is_what_the_code_gives() -> None:
    made = catalog_template(ROOT)[TEMPLATE]
    assert (ROOT / LOCALE / TEMPLATE).read_bytes() == made, "run `course build` and commit the result"


def _speaking(root: Path) -> None:
    package = root / "course_utils"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "language.py").touch()
    (package / "said.py").write_text(CODE, encoding="utf-8")
    (package / "silent.py").write_text('print(_("not marked by our functions"))', encoding="utf-8")
    for folder in ("exercises", "pages"):
        (package / folder).mkdir(exist_ok=True)
    (package / "exercises" / "toy.py").write_text(CODE.replace("later", "as content"), encoding="utf-8")
    (package / "pages" / "page.html.j2").write_text('<p title="{{ _("A page") }}">', encoding="utf-8")


def test_marked_sentences_are_found_and_content_is_not(tmp_path: Path) -> None:
    _speaking(tmp_path)
    text = catalog_template(tmp_path)[TEMPLATE].decode()
    places = [line.removeprefix("#: course_utils/") for line in text.splitlines() if line.startswith("#: ")]
    assert places == ["pages/page.html.j2", "said.py", "said.py", "said.py"]
    for line in ('msgid "Said later"', 'msgid_plural "{count} things"', "#. how many there are", 'msgid "A page"'):
        assert line in text
    assert "not marked" not in text
    assert "content" not in text
    assert "Date" not in text
    assert catalog_template(tmp_path / "elsewhere") == {}


def test_a_build_writes_it_and_a_check_proves_it(course: Course) -> None:
    course.install()
    _speaking(course.root)
    build(course.root, exercises=course.exercises)
    path = course.root / LOCALE / TEMPLATE
    assert b"Said later" in path.read_bytes()
    assert check(course.root, run=False, exercises=course.exercises).ok
    said = course.root / "course_utils" / "said.py"
    said.write_text(CODE.replace("later", "otherwise"), encoding="utf-8")
    (problem,) = check(course.root, run=False, exercises=course.exercises).problems
    assert problem.startswith("course_utils/locale/course.pot differs from what the sources give. Run `course build`")
