"""Exports: the columns a platform imports, nobody's mark given to another, no field a formula."""

from __future__ import annotations

import csv
import datetime
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.apps.exportapp import ExportApp
from toy_course import ASSIGNMENT, ToyCourse

from autograder import cli
from autograder.grading.classbook import Classbook, HandedIn, read_class
from autograder.grading.course import Course, GradingError
from autograder.grading.export import FORMATS, canvas, export_marks, moodle, plain, read_ids
from autograder.grading.tables import safe_field, write_table

POINTS = {"scale": 4.0, "total": 2.0}


def handed_in(student: str, scale: float | None = 4.0, total: float | None = 2.0, **about: object) -> HandedIn:
    return HandedIn(student, marks={"scale": scale, "total": total}, **about)  # type: ignore[arg-type]


def book(*rows: HandedIn, missing: Sequence[str] = ()) -> Classbook:
    return Classbook(ASSIGNMENT, POINTS, list(rows), list(missing))


ADA = handed_in("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org", lms_user_id="101")
BOB = handed_in("bob", 2.5, 0.0, email="bob@example.org", lms_user_id="102", penalty=0.25)
CYD = handed_in("cyd", None, 2.0, email="cyd@example.org", lms_user_id="103")


def test_canvas_gets_its_columns() -> None:
    made = canvas(book(ADA, BOB), {"ada": {"section": "A", "sis_user": "S1"}}, "Softmax (77)")
    assert made.header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Softmax (77)"]
    assert made.rows == [
        ["Points Possible", "", "", "", "", 6],
        ["Lovelace, Ada", "101", "S1", "ada", "A", 6],
        ["bob", "102", "", "bob", "", 2.25],
    ]
    assert made.warnings == []
    assert canvas(book(), {}).header[-1] == "Lesson 01: Toy lesson"


def test_moodle_gets_its_columns() -> None:
    made = moodle(book(ADA, BOB), {})
    title = "Lesson 01: Toy lesson"
    assert made.header == ["Username", "ID number", "Email address", title, f"{title} (feedback)"]
    assert made.rows[0] == ["ada", "101", "ada@example.org", 6, "scale: 4 of 4; total: 2 of 2."]
    assert made.rows[1][-1] == "scale: 2.5 of 4; total: 0 of 2; taken off for being late: 0.25."


def test_plain_csv_tells_everything() -> None:
    late = handed_in("dan", penalty=1.0, timestamp=datetime.datetime(2026, 3, 1, 14), seconds_late=5400)
    made = plain(book(late, CYD), {})
    first, second = (dict(zip(made.header, row, strict=True)) for row in made.rows)
    assert (first["scale"], first["points reached"], first["late penalty"], first["lesson total"]) == (4, 6, 1, 5)
    assert (first["hours late"], first["handed in (UTC)"]) == (1.5, "2026-03-01 14:00:00")
    assert (second["scale"], second["lesson total"], second["not graded yet"]) == (None, None, "scale")


@pytest.mark.parametrize(("form", "empty"), [("canvas", None), ("moodle", "-"), ("csv", None)])
def test_not_graded_yet_is_never_0(form: str, empty: object) -> None:
    """Moodle makes 0 of an empty grade in a new column; a dash is its sign for no grade."""
    nothing = HandedIn("eve", email="eve@example.org", lms_user_id="105")
    made = FORMATS[form](book(ADA, CYD, nothing, missing=["zoe"]), {}, "mark")
    at = made.header.index("mark")
    assert [row[at] for row in made.rows][-2:] == [empty, empty]
    assert "cyd, eve are not graded yet and have no mark in the file." in made.warnings
    assert "zoe handed nothing in and is not in the file." in made.warnings


def test_a_mark_goes_to_nobody_else() -> None:
    """Moodle gives a row without a name to the student before it: such a column must not be there."""
    made = moodle(book(ADA, handed_in("fay")), {})
    assert made.header[0] == "Username"
    assert "Email address" not in made.header
    assert any("fay has no email address" in warning for warning in made.warnings)
    twin = handed_in("ann", email="ADA@example.org", lms_user_id="9")
    with pytest.raises(GradingError, match=r"ada and ann have the same Email address \(ADA@example\.org\)"):
        moodle(book(ADA, twin), {})
    with pytest.raises(GradingError, match="ada and gus have the same ID"):
        canvas(book(ADA, handed_in("gus", lms_user_id="101")), {})


def test_what_canvas_would_misread() -> None:
    points = handed_in("pat", first_name="Points Possible", lms_user_id="7up")
    made = canvas(book(points), {})
    assert made.rows[1][:3] == ["Points-Possible", "", "7up"]
    hostile = canvas(book(handed_in("=cmd"), handed_in("hal")), {})
    assert [row[3] for row in hostile.rows] == ["", "hal"]
    assert "=cmd cannot be named to Canvas and is left out; give ids with --map." in hostile.warnings
    assert "hal has no Canvas id; Canvas will look for a login of the same name." in hostile.warnings
    with pytest.raises(GradingError, match="known of everybody"):
        moodle(book(handed_in("=cmd", email="c@example.org"), handed_in("hal")), {})


def test_ids_from_the_platforms_own_files(tmp_path: Path) -> None:
    path = tmp_path / "ids.csv"
    path.write_text(
        "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Old (1)\n    Points Possible,,,,,9\n"
        '"Lovelace, Ada",555,S5,ada,B,3\n\n',
        encoding="utf-8",
    )
    ids = read_ids(path)
    assert canvas(book(ADA), ids).rows[1][:5] == ["Lovelace, Ada", "555", "S5", "ada", "B"]
    path.write_text("student_id,Username,ID number,Email address\nada,ada.l,77,a@example.org\n")
    assert moodle(book(ADA), read_ids(path)).rows[0][:3] == ["ada.l", "77", "a@example.org"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "needs a column student_id"),
        (b"name,ID\nx,1\n", "needs a column student_id"),
        (b"student_id,ID\nada,1\nada,2\n", "names ada twice"),
        (b"\xff\xfe\x00", "cannot be read as a CSV file"),
    ],
)
def test_a_bad_file_of_ids_gets_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "ids.csv"
    path.write_bytes(content)
    with pytest.raises(GradingError, match=words):
        read_ids(path)


SIGNS = "=+-@|%−＝＋－＠﹢﹣﹦﹫％｜"
texts = st.text(st.sampled_from(SIGNS + " \t\r\n\x00'\",;|aö\u200b\u202e\u00a0\u2028") | st.characters(), max_size=12)


def _starts_a_formula(piece: str) -> bool:
    """Written apart from the code under test: drop what cannot be seen, then look at the first sign."""
    seen = [s for s in piece if not s.isspace() and unicodedata.category(s)[0] != "C"]
    return bool(seen) and unicodedata.normalize("NFKC", seen[0])[0] in "=+-@|%−"


@given(texts)
def test_no_text_becomes_a_formula_whatever_the_separator(text: str) -> None:
    field = str(safe_field(text))
    assert "\n" not in field
    assert "\r" not in field
    assert "\t" not in field
    for piece in re.split(r'[,;|"]', field):
        assert not _starts_a_formula(piece) or field == "-"
    assert not _starts_a_formula(field) or field == "-"
    assert safe_field(field) == field


@given(st.text(st.characters(categories=["L", "N", "Zs"]), max_size=20))
def test_honest_names_stay(text: str) -> None:
    assert safe_field(f"Ada-Louise {text}") == f"Ada-Louise {text}"


def test_numbers_stay_numbers() -> None:
    assert safe_field(-1.5) == -1.5
    assert safe_field(None) is None
    assert safe_field("-1.5") == "'-1.5"


@given(st.lists(st.tuples(texts, texts, texts), max_size=5), st.booleans())
def test_a_table_reads_back_row_by_row(tmp_path_factory: pytest.TempPathFactory, rows: list, mark: bool) -> None:
    path = tmp_path_factory.mktemp("table") / "table.csv"
    write_table(path, ["a", "b", "c"], [[*row, 1.5] for row in rows], mark)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") is mark
    with path.open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.reader(file))
    assert back == [["a", "b", "c"], *([*map(str, map(safe_field, row)), "1.5"] for row in rows)]


@given(texts, texts, texts)
def test_hostile_names_come_out_harmless_in_every_format(first: str, last: str, email: str) -> None:
    row = handed_in("ivy", first_name=first, last_name=last, email=email, lms_user_id="12")
    for form, make in FORMATS.items():
        made = make(book(row, ADA), {}, None)
        assert len(made.rows) == (3 if form == "canvas" else 2)
        at = made.header.index("lesson total" if form == "csv" else "Lesson 01: Toy lesson")
        assert [line[at] for line in made.rows][-2:] == [6, 6]


@pytest.fixture
def graded_class(course: ToyCourse) -> ToyCourse:
    with Gradebook(Course.load(course.root).db_url) as gradebook:
        for name, first, score in (("ada", "=1+1", 4.0), ("ben", "Bén", None)):
            gradebook.add_student(name, first_name=first, last_name="\t@x", email=f"{name}@example.org")
            submission = gradebook.add_submission(ASSIGNMENT, name)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = score if grade.name == "check-scale" else 1.0
        gradebook.add_student("zoe")
        gradebook.db.commit()
    return course


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_from_the_gradebook_by_the_command_line(
    graded_class: ToyCourse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "to canvas.csv"
    options = ["--output", str(path), "--root", str(graded_class.root), "--column", "Toy (9)"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["export", "canvas", ASSIGNMENT, *options])
    assert ended.value.code == 0
    assert _read(path) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Toy (9)"],
        ["Points Possible", "", "", "", "", "6"],
        ["' @x,' =1+1", "", "", "ada", "", "5"],
        ["' @x, Bén", "", "", "ben", "", ""],
    ]
    said = capsys.readouterr()
    assert "to canvas.csv" in said.out
    assert "ben is not graded yet and has no mark in the file." in said.err
    assert "zoe handed nothing in" in said.err


def test_a_hundred_students_take_as_many_queries_as_two(graded_class: ToyCourse) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    asked: list[str] = []
    course = Course.load(graded_class.root)

    def count(*args: object) -> None:
        asked.append(str(args[2]))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        assert len(read_class(course, ASSIGNMENT).handed_in) == 2
        few = len(asked)
        with Gradebook(course.db_url) as gradebook:
            for number in range(98):
                gradebook.add_student(f"s{number}")
                gradebook.add_submission(ASSIGNMENT, f"s{number}")
        asked.clear()
        assert len(read_class(course, ASSIGNMENT).handed_in) == 100
        assert len(asked) == few
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def test_nbgraders_own_export(graded_class: ToyCourse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(graded_class.root)
    path = tmp_path / "moodle.csv"
    app = ExportApp.instance()
    try:
        app.initialize([
            "--exporter=autograder.grading.export.MoodleExport", f"--to={path}",
            f"--assignment={ASSIGNMENT}",
        ])  # fmt: skip
        app.start()
    finally:
        ExportApp.clear_instance()
    assert [row[0] for row in _read(path)] == ["Username", "ada", "ben"]


def test_what_cannot_be_exported(graded_class: ToyCourse, tmp_path: Path) -> None:
    with pytest.raises(GradingError, match="no export named excel; there are: canvas, moodle, csv"):
        export_marks(graded_class.root, "excel", ASSIGNMENT)
    with pytest.raises(GradingError, match="does not know 07_none"):
        export_marks(graded_class.root, "csv", "07_none")
    with pytest.raises(GradingError, match="cannot be written"):
        export_marks(graded_class.root, "csv", ASSIGNMENT, tmp_path / "no" / "folder.csv")
    path, _ = export_marks(graded_class.root, "csv", ASSIGNMENT)
    assert path == graded_class.root / "class" / "reports" / ASSIGNMENT / "csv.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
