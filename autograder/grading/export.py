"""Marks for a learning platform: the columns that Canvas and Moodle import, or a plain CSV file.

Who is who comes from nbgrader's student table (name, e-mail address, LMS id); a file of ids fills gaps.

Two things of those importers decide what is written here. Canvas matches a row by ID, then by SIS user id,
then by login, then by name; an empty field is no grade. Moodle matches by one column, gives a row whose field
there is empty to the student of the row before, and makes 0 of an empty grade in a new column: so a column with
a gap is left out, and ``-`` stands for "no grade". (Read in their importers' sources, ``gradebook_importer.rb``
and ``grade/import/csv/classes/load_data.php``.)
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from autograder.grading.classbook import Classbook, HandedIn, class_of, read_class
from autograder.grading.course import Course, GradingError
from autograder.grading.feedback import lesson_title, number
from autograder.grading.tables import safe_field, write_table

# Headings of a file of ids, as people and the platforms' own exports write them.
_HEADINGS = {
    "student_id": "key", "student id": "key", "student": "name", "name": "name", "section": "section",
    "id": "id", "lms_user_id": "id", "canvas id": "id", "id number": "id_number", "idnumber": "id_number",
    "sis user id": "sis_user", "sis login id": "login", "username": "login", "login": "login",
    "email": "email", "e-mail": "email", "email address": "email",
}  # fmt: skip
_NAMED_AT_MOST = 10


@dataclass
class _Person:
    """Who a row is about; an id that is not known is empty."""

    row: HandedIn
    name: str
    id: str
    sis_user: str
    login: str
    email: str
    id_number: str
    section: str


@dataclass
class Exported:
    """A table for a platform.

    Attributes
    ----------
    header : list of str
        The first row.
    rows : list of list
        The others.
    warnings : list of str
        What is missing or was left out, one sentence each.
    mark : bool
        Whether the file begins with a byte order mark.
    """

    header: list[str]
    rows: list[list[object]]
    warnings: list[str] = field(default_factory=list)
    mark: bool = False


Ids = Mapping[str, Mapping[str, str]]


def read_ids(path: Path) -> dict[str, dict[str, str]]:
    """Read a file that says who is who: a CSV file with a heading row.

    Parameters
    ----------
    path : Path
        With a column ``student_id`` (nbgrader's name for the student), or else ``SIS Login ID`` or
        ``Username``; a gradebook downloaded from Canvas and a list of participants from Moodle will do.

    Returns
    -------
    dict of str to dict of str to str
        What is known of each student.

    Raises
    ------
    GradingError
        When the file cannot be read, has no such column, or names a student twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GradingError(f"{path} cannot be read as a CSV file in UTF-8 ({error}).") from error
    names = [_HEADINGS.get(heading.strip().lower(), "") for heading in (lines[0] if lines else ())]
    key = "key" if "key" in names else "login"
    if key not in names:
        raise GradingError(f"{path} needs a column student_id, SIS Login ID or Username in its first row.")
    found: dict[str, dict[str, str]] = {}
    for line in lines[1:]:
        row = {name: text.strip() for name, text in zip(names, line, strict=False) if name and text.strip()}
        student = row.get(key)
        if student is None:
            continue  # Canvas's row of points, or an empty line
        if student in found:
            raise GradingError(f"{path} names {student} twice; keep one of the two rows.")
        found[student] = row
    return found


def canvas(book: Classbook, ids: Ids, column: str | None = None) -> Exported:
    """Return the table that Canvas's gradebook imports.

    Parameters
    ----------
    book : Classbook
        The marks.
    ids : mapping
        From :func:`read_ids`.
    column : str, optional
        Heading of the grades: the assignment's name in Canvas, best with its id as in ``Softmax (1234)``.
    """
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column or lesson_title(book.assignment)]
    made = Exported(header, [["Points Possible", "", "", "", "", plain_number(book.max_score)]])
    people, unknown = _people(book, ids), []
    _refuse_doubles(
        people, {"ID": lambda p: p.id, "SIS User ID": lambda p: p.sis_user, "SIS Login ID": lambda p: p.login}
    )
    guessed = []
    for person in people:
        if not (person.id or person.sis_user or person.login):
            unknown.append(person.row.student)  # Canvas would go by the name, and two may have the same
            continue
        if not (person.id or person.sis_user or "login" in ids.get(person.row.student, {})):
            guessed.append(person.row.student)
        # A row with these words in its first field would be taken for the row of points.
        name = person.name.replace("Points Possible", "Points-Possible")
        mark = plain_number(person.row.total)
        made.rows.append([name, person.id, person.sis_user, person.login, person.section, mark])
    made.warnings += _said(unknown, "cannot be named to Canvas and {is} left out; give ids with --map")
    made.warnings += _said(guessed, "{has} no Canvas id; Canvas will look for a login of the same name")
    made.warnings += _who_is_not_in(book)
    return made


def moodle(book: Classbook, ids: Ids, column: str | None = None) -> Exported:
    """Return the table that Moodle's grade import takes; see :func:`canvas` for the parameters."""
    people = _people(book, ids)
    ways: dict[str, Callable[[_Person], str]] = {
        "Username": lambda p: p.login,
        "ID number": lambda p: p.id_number,
        "Email address": lambda p: p.email,
    }
    unknown = [p.row.student for p in people if not any(way(p) for way in ways.values())]
    people = [p for p in people if p.row.student not in unknown]
    made = Exported([], [])
    kept = {}
    for heading, way in ways.items():
        gaps = [p.row.student for p in people if not way(p)]
        if not gaps:
            kept[heading] = way
        elif len(gaps) < len(people):
            made.warnings += _said(gaps, f"{{has}} no {heading.lower()}, so that column is left out")
    if people and not kept:
        raise GradingError(
            "Neither user names nor id numbers nor e-mail addresses are known of everybody; give them with --map."
        )
    _refuse_doubles(people, kept)
    title = column or lesson_title(book.assignment)
    made.header = [*kept, title, f"{title} (feedback)"]
    for person in people:
        total = plain_number(person.row.total)
        mark = "-" if total is None else total
        made.rows.append([*(way(person) for way in kept.values()), mark, _in_words(person.row, book.points)])
    made.warnings += _said(unknown, "cannot be named to Moodle and {is} left out; give ids with --map")
    made.warnings += _who_is_not_in(book)
    return made


def plain(book: Classbook, ids: Ids, column: str | None = None) -> Exported:
    """Return one row a student with everything the gradebook knows; for spreadsheets and scripts."""
    # With a space in it, a heading can never be an exercise's name.
    header = ["student id", "full name", "e-mail address", "lms id", "handed in (UTC)", "hours late", *book.points]
    header += ["points reached", "late penalty", column or "lesson total", "lesson points", "not graded yet"]
    rows: list[list[object]] = []
    for person in _people(book, ids):
        row = person.row
        moment = "" if row.timestamp is None else f"{row.timestamp:%Y-%m-%d %H:%M:%S}"
        numbers = [plain_number(row.marks.get(name)) for name in book.points]
        sums = [plain_number(value) for value in (row.reached, row.penalty, row.total, book.max_score)]
        about = [row.student, person.name, person.email, person.id or person.sis_user]
        rows.append([*about, moment, round(row.seconds_late / 3600, 2), *numbers, *sums, " ".join(row.waiting)])
    return Exported(header, rows, _who_is_not_in(book), mark=True)


FORMATS: dict[str, Callable[[Classbook, Ids, str | None], Exported]] = {
    "canvas": canvas,
    "moodle": moodle,
    "csv": plain,
}


def export_marks(
    root: Path,
    form: str,
    assignment: str,
    output: Path | None = None,
    ids: Path | None = None,
    column: str | None = None,
) -> tuple[Path, list[str]]:
    """Write the marks of an assignment for a platform.

    Parameters
    ----------
    root : Path
        The course's folder.
    form : str
        "canvas", "moodle" or "csv".
    assignment : str
        For example ``"05_softmax_regression"``.
    output : Path, optional
        The file; ``class/reports/<assignment>/<form>.csv`` when left out.
    ids : Path, optional
        A file that says who is who, see :func:`read_ids`.
    column : str, optional
        Heading of the grade column.

    Returns
    -------
    Path
        The file.
    list of str
        What is missing or was left out, one sentence each.

    Raises
    ------
    GradingError
        When the format, the assignment or an id is wrong, or the file cannot be written.
    """
    if form not in FORMATS:
        raise GradingError(f"There is no export named {form}; there are: {', '.join(FORMATS)}.")
    course = Course.load(root)
    made = FORMATS[form](read_class(course, assignment), read_ids(ids) if ids else {}, column)
    path = output or course.root / "class" / "reports" / assignment / f"{form}.csv"
    if output is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, made)
    return path, made.warnings


def _write(path: Path, made: Exported) -> None:
    try:
        write_table(path, made.header, made.rows, made.mark)
    except OSError as error:
        raise GradingError(f"{path} cannot be written ({error.strerror or error}).") from error


def plain_number(value: float | None) -> float | int | None:
    """Return a number of points to two decimals, without a decimal point where it is whole."""
    if value is None:
        return None
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _people(book: Classbook, ids: Ids) -> list[_Person]:
    people = []
    for row in book.handed_in:
        said = ids.get(row.student, {})
        name = said.get("name") or ", ".join(part for part in (row.last_name, row.first_name) if part) or row.student
        lms = said.get("id") or row.lms_user_id
        # Canvas reads the digits at the beginning of anything as an id.
        digits = re.fullmatch(r"[1-9][0-9]{0,17}", lms) is not None
        people.append(
            _Person(
                row,
                name,
                id=lms if digits else "",
                sis_user=_usable(said.get("sis_user") or ("" if digits else lms)),
                login=_usable(said.get("login") or row.student),
                email=_usable(said.get("email") or row.email),
                id_number=_usable(said.get("id_number") or lms),
                section=said.get("section", ""),
            )
        )
    return people


def _usable(text: str) -> str:
    """Return an id; nothing when the file could only hold it changed, or when a platform takes it for none."""
    text = text.strip()
    return "" if text in ("0", "-") or safe_field(text) != text else text


def _refuse_doubles(people: Sequence[_Person], ways: Mapping[str, Callable[[_Person], str]]) -> None:
    for heading, way in ways.items():
        seen: dict[str, str] = {}
        for person in people:
            value = way(person).casefold()
            if value and value in seen:
                both = f"{seen[value]} and {person.row.student}"
                raise GradingError(f"{both} have the same {heading} ({way(person)}): one would get the other's mark.")
            seen[value] = person.row.student


def _in_words(row: HandedIn, points: Mapping[str, float]) -> str:
    parts = []
    for name, most in points.items():
        mark = row.marks.get(name)
        said = "not graded yet" if mark is None else f"{number(mark)} of {number(most)}"
        parts.append(f"{name}: {said}")
    if row.penalty:
        parts.append(f"taken off for being late: {number(row.penalty)}")
    return "; ".join(parts) + "."


def _who_is_not_in(book: Classbook) -> list[str]:
    waiting = [row.student for row in book.handed_in if row.total is None]
    return [
        *_said(waiting, "{is} not graded yet and {has} no mark in the file"),
        *_said(book.missing, "handed nothing in and {is} not in the file"),
    ]


def _said(students: Sequence[str], words: str) -> list[str]:
    if not students:
        return []
    more = len(students) - _NAMED_AT_MOST
    named = ", ".join(students[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
    verbs = {"is": "is", "has": "has"} if len(students) == 1 else {"is": "are", "has": "have"}
    return [f"{named} {words.format(**verbs)}."]


class _PlatformExport(ExportPlugin):
    """nbgrader's own way: ``nbgrader export --exporter ... --assignment 05_softmax_regression``."""

    form = ""
    ids = Unicode("", help="A CSV file that says who is who.").tag(config=True)
    column = Unicode("", help="Heading of the grade column.").tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the marks of the one assignment named."""
        names: Iterable[str] = map(str, self.assignment)
        name, *others = [*names] or [""]
        if not name or others:
            raise GradingError("Name one assignment, as in --assignment 05_softmax_regression.")
        ids = read_ids(Path(self.ids)) if self.ids else {}
        made = FORMATS[self.form](class_of(gradebook, name), ids, self.column or None)
        _write(Path(self.to or f"{self.form}.csv"), made)
        for warning in made.warnings:
            self.log.warning(warning)


class CanvasExport(_PlatformExport):
    """The table that Canvas's gradebook imports."""

    form = "canvas"


class MoodleExport(_PlatformExport):
    """The table that Moodle's grade import takes."""

    form = "moodle"
