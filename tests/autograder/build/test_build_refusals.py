"""Every refusal names file and line, says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mini_course import LESSON, Course

LineOf = Callable[[str], int]
EXERCISE = "points: 3\ndifficulty: 2\nminutes: 6\n"


def _exercise_line(line_of: LineOf) -> int:
    return line_of("exercise:") - 2


def test_unknown_exercise(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, "exercise: weighted", "exercise: weihgted")
    (first, *_) = course.refusal()
    place = f"notebooks/01_mini.md:{_exercise_line(line_of)}: "
    assert any(
        line.startswith(place + "no exercise is named `weihgted`") and line.endswith("Did you mean `weighted`?")
        for line in course.refusal()
    )
    assert "course_utils/exercises/mini.py:2: the exercise `weighted` is in no cell of notebooks/01_mini.md." in first


def test_exercise_without_a_solution_function(course: Course, line_of: LineOf) -> None:
    course.edit(course.solutions, "def weighted", "def unrelated")
    assert course.refusal() == [
        f"notebooks/01_mini.md:{_exercise_line(line_of)}: solutions/mini.py has no function or class `weighted`. "
        "Write the reference answer there."
    ]


def test_no_solutions_file(course: Course) -> None:
    course.solutions.unlink()
    assert course.refusal()[0].startswith("solutions/mini.py:1: there is no such file.")


def test_solutions_that_do_not_parse(course: Course) -> None:
    course.solutions.write_text("x = 1\ndef broken(:\n")
    assert course.refusal()[0].startswith("solutions/mini.py:2: not valid Python")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("    ### BEGIN SOLUTION\n", "", 17, "a solution region of `weighted` ends that has not begun."),
        ("    ### END SOLUTION\n", "", 14, "the solution region of `weighted` has no end."),
        ("    # a comment that goes\n", "    ### BEGIN SOLUTION\n", 16, "begins inside another."),
        ("### BEGIN SOLUTION", "# nothing", 18, "ends that has not begun."),
        ('"""No exercise."""', '"""No exercise."""\n\n\ndef weighted():\n    pass', 25, "`weighted` is defined twice."),
    ],
)
def test_solution_regions(course: Course, old: str, new: str, line: int, what: str) -> None:
    course.edit(course.solutions, old, new)
    (found,) = course.refusal()
    assert found.startswith(f"solutions/mini.py:{line}: ")
    assert what in found


def test_solution_without_any_region(course: Course) -> None:
    course.edit(course.solutions, "    ### BEGIN SOLUTION\n", "")
    course.edit(course.solutions, "    ### END SOLUTION\n", "")
    (found,) = course.refusal()
    assert found == (
        "solutions/mini.py:11: `weighted` has no solution region. "
        "Put ### BEGIN SOLUTION and ### END SOLUTION around what the learner writes."
    )


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("points: 3\n", "", "has no points."),
        ("points: 3", "points: 0", "has `points: 0`, which is no positive number."),
        ("points: 3", "points: three", "has `points: three`, which is no positive number."),
        ("points: 3", "points: true", "has `points: True`, which is no positive number."),
        ("points: 3", "points: .nan", "has `points: nan`, which is no positive number."),
        ("difficulty: 2", "difficulty: 4", "has no difficulty from 1 to 3."),
        ("minutes: 6\n", "", "does not say how long it takes."),
    ],
)
def test_exercise_header(course: Course, line_of: LineOf, old: str, new: str, what: str) -> None:
    course.edit(course.lesson, old, new)
    (found,) = course.refusal()
    assert found.startswith(f"notebooks/01_mini.md:{_exercise_line(line_of)}: the exercise `weighted` {what} Write")


def test_misspelt_key(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, "points: 3", "point: 3")
    unknown = next(line for line in course.refusal() if "unknown key" in line)
    place = f"notebooks/01_mini.md:{_exercise_line(line_of)}"
    assert unknown == f"{place}: the cell's metadata has the unknown key `point`. Did you mean `points`?"


def test_misspelt_exercise_key(course: Course) -> None:
    course.edit(course.lesson, "exercise: weighted", "exercize: weighted")
    text = "\n".join(course.refusal())
    assert "unknown key `exercize`. Did you mean `exercise`?" in text
    assert "`points` stands in a cell that is no exercise." in text


def test_tags_that_are_no_list(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, ":tags: [use]", ":tags: use")
    line = line_of(":tags: use") - 1
    (found,) = course.refusal()
    assert found.startswith(f"notebooks/01_mini.md:{line}: the lesson cannot be read: the tags of the cell")


def test_unreadable_head(course: Course) -> None:
    course.edit(course.lesson, "points: 3", "points: [3")
    (found,) = course.refusal()
    assert found.startswith("notebooks/01_mini.md:")
    assert "the lesson cannot be read" in found


def test_code_in_an_exercise_cell(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, "tags: [first]\n---\n", "tags: [first]\n---\nx = 1\n")
    assert course.refusal() == [
        f"notebooks/01_mini.md:{line_of('x = 1')}: there is text in the cell of the exercise `weighted`. "
        "Leave the cell empty: the answer comes from solutions/mini.py."
    ]


def test_no_import_of_check(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, "import check, ready", "import ready")
    assert course.refusal() == [
        f"notebooks/01_mini.md:{line_of('import ready') - 1}: no cell before the first exercise imports `check`. "
        "Put `from course_utils import check` into the first code cell."
    ]


def test_a_cell_that_is_no_python(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, "    print(weighted", "    print print(weighted")
    (found,) = course.refusal()
    assert found.startswith(f"notebooks/01_mini.md:{line_of('print print')}: the cell is not valid Python")


def test_magics_are_fine(course: Course, tmp_path: object) -> None:
    course.lesson.write_text(LESSON + "\n```{code-cell} ipython3\n%%time\n%matplotlib inline\n1\n```\n")
    course.install()


def test_an_exercise_used_twice_in_the_lesson(course: Course, line_of: LineOf) -> None:
    first = _exercise_line(line_of)
    course.lesson.write_text(LESSON + f"\n```{{code-cell}} ipython3\n---\nexercise: weighted\n{EXERCISE}---\n```\n")
    second = len(LESSON.splitlines()) + 2
    assert course.refusal() == [
        f"notebooks/01_mini.md:{second}: the exercise `weighted` is already in notebooks/01_mini.md:{first}. "
        "Use each exercise once in the course."
    ]


def test_an_exercise_used_in_two_lessons(course: Course) -> None:
    course.write("notebooks/02_second.md", LESSON)
    course.write("solutions/second.py", course.solutions.read_text())
    course.declared["second"] = ["weighted"]
    (found,) = course.refusal()
    assert found.startswith("notebooks/02_second.md:15: the exercise `weighted` is already in notebooks/01_mini.md:15.")


def test_a_declared_exercise_that_no_cell_uses(course: Course) -> None:
    course.declared["mini"].append("forgotten")
    course.write("course_utils/exercises/mini.py", '#\n\nforgotten = Exercise(\n    name="forgotten",\n)\n')
    assert course.refusal() == [
        "course_utils/exercises/mini.py:4: the exercise `forgotten` is in no cell of notebooks/01_mini.md. "
        "Add a code cell with `exercise: forgotten`, or take the declaration away."
    ]


def test_declarations_that_do_not_load(course: Course) -> None:
    del course.declared["mini"]
    (found,) = course.refusal()
    assert found.startswith("course_utils/exercises/mini.py:1: the exercises cannot be loaded (ModuleNotFoundError:")


@pytest.mark.parametrize(
    "cell",
    [
        "total = sum(weight*value for weight, value in zip(weights, values, strict=True))  # spaced otherwise",
        "def mine(values, weights):\n"
        "    return sum(weight * value for weight, value in zip(weights, values, strict=True))",
        "%%time\nother = sum(weight * value for weight, value in zip(weights, values, strict=True))",
    ],
)
def test_a_lesson_that_gives_the_answer_away(course: Course, line_of: LineOf, cell: str) -> None:
    course.lesson.write_text(LESSON + f"\n```{{code-cell}} ipython3\n:tags: [x]\n\n{cell}\n```\n")
    (found,) = course.refusal()
    line = line_of("for weight, value")
    assert found.startswith(f"notebooks/01_mini.md:{line}: this line gives away the answer to `weighted`.")


def test_small_statements_are_no_leak(course: Course) -> None:
    course.lesson.write_text(
        LESSON + "\n```{code-cell} ipython3\ndef f(total, weights):\n    return total / sum(weights)\n```\n"
    )
    course.install()


def test_an_answer_left_outside_its_region(course: Course, line_of: LineOf) -> None:
    leaked = "total = sum(weight * value for weight, value in zip(weights, values, strict=True))"
    course.edit(course.solutions, "    # a comment that stays\n", f"    # a comment that stays\n    {leaked}\n")
    (found,) = course.refusal()
    place = f"notebooks/01_mini.md:{_exercise_line(line_of)}"
    assert found.startswith(f"{place}: the released cell `weighted` holds a statement of the answer to `weighted`.")


def test_a_solution_marker_in_the_text(course: Course, line_of: LineOf) -> None:
    course.edit(course.lesson, "Write it.", "Write it\nbetween ### BEGIN SOLUTION and the end.")
    (found,) = course.refusal()
    assert found.startswith(f"notebooks/01_mini.md:{line_of('BEGIN')}: a solution marker stands in the lesson.")


def test_file_names(course: Course) -> None:
    course.write("notebooks/1_bad.md", "")
    course.write("notebooks/01_other.md", "# other\n")
    course.declared["other"] = []
    text = "\n".join(course.refusal())
    assert "notebooks/1_bad.md:1: the file's name is not a lesson's." in text
    assert "notebooks/01_other.md:1: notebooks/01_mini.md has the same number. Rename one of the two." in text


def test_everything_is_told_at_once(course: Course) -> None:
    course.edit(course.lesson, "points: 3", "points: 0")
    course.edit(course.solutions, "    ### END SOLUTION\n", "")
    course.declared["mini"].append("forgotten")
    files = [line.split(":")[0] for line in course.refusal()]
    assert files == ["course_utils/exercises/mini.py", "notebooks/01_mini.md", "solutions/mini.py"]


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        (
            "# Doubling",
            "## Doubling",
            7,
            "the first heading is of level 2. Begin with the title of the lesson: `# Title`.",
        ),
        ("Write it.", "Write it.\n\n# Again", 15, "there is a second title."),
        ("Write it.", "### Write it", 13, "a heading of level 3 follows one of level 1. Write `##` before it"),
        ("Write it.", "Look:\n![](weights.png)", 13, "a picture has no text in its place."),
        ("Write it.", 'Look.\n\n<img src="weights.png" alt="">', 15, "a picture has no text in its place."),
    ],
)
def test_text_that_a_screen_reader_gets_lost_in(course: Course, old: str, new: str, line: int, what: str) -> None:
    course.edit(course.lesson, old, new)
    (found,) = course.refusal()
    assert found.startswith(f"notebooks/01_mini.md:{line}: {what}")


def test_headings_in_order_and_pictures_with_text_are_fine(course: Course) -> None:
    pictures = '![Two lines cross](a.png) <img alt="Two lines" src="b.png">'
    text = f"## a\n\n### b\n\n## c\n\n{pictures}\n\n```\n#### no heading\n```"
    course.edit(course.lesson, "Write it.", text)
    course.build()
