"""The parts of the site's build, each on something small."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.build.answers import Answer, read_answers
from autograder.site.answers import secret_lines, shown_answers
from autograder.site.guides import site_text
from autograder.site.links import broken_links
from autograder.site.pages import executed_page, released_page

ROOT = Path(__file__).resolve().parents[3]
GUIDES = {"docs/index.md", "docs/authors.md", "docs/sandbox.md"}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one dot


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](sandbox.md#what-stays-open)", "[a](sandbox.md#what-stays-open)"),
        ("[05](../notebooks/05_softmax_regression.md)", "[05](lessons/05_softmax_regression.ipynb)"),
        ("[`t`](../tests/mutants/softmax_regression.py) and", "`t` and"),
        ("[the answer](../solutions/softmax_regression.py)", "the answer"),
        ("[up](#many-machines) [out](https://example.org/a)", "[up](#many-machines) [out](https://example.org/a)"),
        ("![picture](pictures/verdict.png)", "![picture](pictures/verdict.png)"),
        ("```\n[a](../tests/x.py)\n```\n[b](../tests/x.py)", "```\n[a](../tests/x.py)\n```\nb"),
        ("````\n```\n[a](../tests/x.py)\n```\n````", "````\n```\n[a](../tests/x.py)\n```\n````"),
    ],
)
def test_links_of_a_guide_lead_to_pages_or_are_text(before: str, after: str) -> None:
    assert site_text(before, "docs/authors.md", GUIDES) == after


def test_a_live_figure_takes_the_place_of_its_picture() -> None:
    text = "before\n\n<!-- live: 05_a: How far -->\n![A picture](pictures/widget.png)\n\nafter"
    figures = {
        "Another": "<b>no</b>",
        "06_a: How far can it go?": "<b>no</b>",
        "05_a: How far can it go?": '<img src="../figures/a.png">',
    }
    assert site_text(text, "docs/index.md", GUIDES, figures) == 'before\n\n<img src="figures/a.png">\n\nafter'
    assert site_text(text, "docs/index.md", GUIDES) == text


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text('<h1 id="top">x</h1><a href="#top">a</a><a href="good.html#top">b</a>')
    assert broken_links(tmp_path) == []
    (tmp_path / "bad.html").write_text(
        '<a href="gone.html">a</a><a href="good.html#nowhere">b</a><img src="gone.png"><a href="#nope">c</a>'
        '<script src="https://cdn.example.org/x.js"></script><a href="https://example.org">fine</a>'
        '<link href="//fonts.example.org/x.css"><a href="../outside.html">d</a><a href="good.html?q=1#top">fine</a>'
    )
    assert broken_links(tmp_path) == [
        "bad.html: gone.html is not there",
        "bad.html: good.html#nowhere has no such place in it",
        "bad.html: gone.png is not there",
        "bad.html: #nope has no such place in it",
        "bad.html: https://cdn.example.org/x.js comes from another host",
        "bad.html: //fonts.example.org/x.css comes from another host",
        "bad.html: ../outside.html is not there",
    ]


def _lesson(answer: str) -> nbformat.NotebookNode:
    solution = {"grade_id": "softmax", "solution": True, "grade": False, "locked": False, "schema_version": 3}
    return new_notebook(
        cells=[
            new_markdown_cell("# 05\n\n[Symbols](../00_notation/00_notation.ipynb)", id="title"),
            new_code_cell(answer, id="softmax", metadata={"nbgrader": solution}),
            new_code_cell("show()", id="show"),
        ]
    )


def test_a_page_has_the_released_text_and_the_outputs_of_the_run() -> None:
    run = _lesson("def softmax(z): return secret(z)")
    widget = "application/vnd.jupyter.widget-view+json"
    spec = {"caption": "Look </script> here", "controls": []}
    run.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"m": {"state": {"spec": spec, "index": 3}}}}
    }
    run.cells[1].outputs = [new_output("stream", text="secret")]
    run.cells[2].outputs = [
        new_output("stream", text="printed"),
        new_output("error", ename="ValueError", evalue="too large", traceback=["def softmax(z): return secret(z)"]),
        new_output(
            "display_data", {"image/png": PNG, "text/html": "<img>"}, metadata={"image/png": {"alt": 'A "dot"'}}
        ),
        new_output("display_data", {"image/png": PNG}),
        new_output("display_data", {"text/html": '<a href="../06_a_net/06_a_net.ipynb">next</a>'}),
        new_output("display_data", {widget: {"model_id": "m"}, "image/png": PNG, "text/plain": "says"}),
    ]
    page = executed_page("05_x", _lesson("def softmax(z): ..."), run)
    text = nbformat.writes(page.notebook)
    assert "secret" not in text
    title, note, answer, shown = page.notebook.cells
    assert title.source.endswith("(00_notation.ipynb)")
    assert "answers are left" in note.source
    assert answer.outputs == []
    printed, error, first, second, link, live = shown.outputs
    assert (printed.text, error.text) == ("printed", "ValueError: too large\n")
    assert 'alt="A &quot;dot&quot;"' in first.data["text/html"]
    assert 'alt="Figure of the section “05”"' in second.data["text/html"]
    assert link.data["text/html"] == '<a href="06_a_net.html">next</a>'
    assert live.data["text/html"].count("</script>") == 1
    assert list(page.live) == ["05_x: Look </script> here"]
    assert list(page.pictures) == ["05_x-1.png", "05_x-2.png", "05_x-3.png"]


def test_a_lesson_that_was_not_run_has_its_text_and_no_outputs() -> None:
    released = _lesson("def softmax(z): ...")
    page = released_page("05_x", released)
    assert [cell.source for cell in page.notebook.cells[1:]] == [cell.source for cell in released.cells[1:]]
    assert released.cells[0].source.endswith("(../00_notation/00_notation.ipynb)")


def test_a_formula_with_a_number_and_several_lines_keeps_both() -> None:
    lines = r"a \\ b"
    lesson = new_notebook(cells=[new_markdown_cell(rf"$$ {lines} \tag{{3-1}} $$ then $$ {lines} $$")])
    assert released_page("05_x", lesson).notebook.cells[0].source == rf"$$ a \cr  b \tag{{3-1}} $$ then $$ {lines} $$"


def test_an_answer_on_a_page_is_found(tmp_path: Path) -> None:
    answers = read_answers(ROOT, "solutions/softmax_regression.py")[0].values()
    shown = [one for one in answers if isinstance(one, Answer) and secret_lines([one], "")]
    assert len(shown) > 5
    for number, lay in enumerate(["{}", "<pre>{}</pre>", "<pre><span>{}</span></pre>"]):
        for one in shown:
            text = lay.format(one.source.replace("<", "&lt;"))
            (tmp_path / f"{one.name}-{number}.html").write_text(text, encoding="utf-8")
    found = shown_answers(tmp_path, ROOT)
    for number in range(3):
        for one in shown:
            assert any(line.startswith(f"{one.name}-{number}.html: {one.name}:") for line in found), (one.name, number)


def test_what_the_release_shows_is_no_answer(tmp_path: Path) -> None:
    for lesson in (ROOT / "release").rglob("*.ipynb"):
        (tmp_path / lesson.name).write_text(
            "\n".join(cell.source for cell in nbformat.read(lesson, as_version=4).cells), encoding="utf-8"
        )
    assert shown_answers(tmp_path, ROOT) == []
