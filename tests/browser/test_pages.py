"""Feedback page and class report in a real browser, made from a submission that tries everything.

The hostile outputs are put into the graded notebook as they are, past the cleaning that grading does, so that
the page has to stand by itself. A control page, with the same markup let through, shows that the traps work.
"""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Page

from autograder.grading.execute import Record, exercise_of, is_check, write_outputs
from autograder.grading.feedback import Mark, feedback_page
from autograder.grading.report import ClassReport, ExerciseRow, StudentRow, report_page
from course_utils.judging import GroupResult, Outcome, Verdict
from tests.browser.axe import OF_COLOR, findings
from tests.browser.lab import CHROMIUM, LESSON, ROOT, browser_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

TRAP = "window.caught=1;document.title='caught';console.log('caught');new Image().src='http://127.0.0.1:9/caught'"
RUNS = f"<script>{TRAP}</script>"
COVER = "position:fixed;inset:0;z-index:99999;background:red;font-size:40px"
HOSTILE = [
    RUNS,
    f'<img src=x onerror="{TRAP}">',
    f'<svg onload="{TRAP}"><script>{TRAP}</script><animate onbegin="{TRAP}" attributeName=x dur=1s></svg>',
    f'<iframe srcdoc="{RUNS.replace(chr(34), chr(39))}"></iframe><object data="data:text/html,{RUNS}"></object>',
    f"<a id=go href=\"javascript:{TRAP}\">press me</a> <a href='data:text/html,{RUNS}'>or me</a>",
    '<form action="http://127.0.0.1:9/form"><input name=q autofocus><button>Show my mark</button></form>',
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/gone">',
    '<base href="http://127.0.0.1:9/" target="_top"><link rel=stylesheet href="http://127.0.0.1:9/sheet.css">',
    '<style>body{display:none}@import "http://127.0.0.1:9/x";</style>',
    f'<div style="{COVER}">100 of 100 points</div><div class="total" id="exercise-softmax" style="{COVER}">mine</div>',
    f'<details open ontoggle="{TRAP}"><summary>x</summary></details><video src=x onerror="{TRAP}"></video>',
    '<img src="http://127.0.0.1:9/pixel.png"><img src="//127.0.0.1:9/p"><table background="http://127.0.0.1:9/t"></table>',
    "</code></pre></div></section></main><h1>Full marks</h1><!-- <style> <title> <textarea> <noscript><plaintext>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={TRAP}&gt;">',
    "Z" + "\u0301\u0300\u0302\u0303" * 300 + "algo \u202eeulb\u2066",
]


def pixel() -> str:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(4, 2.5))
    axes.plot([3, 2, 1.5, 1.2, 1.1], marker="o")
    axes.set(title="loss", xlabel="step")
    packed = io.BytesIO()
    figure.savefig(packed, format="png", dpi=100)
    plt.close(figure)
    return base64.b64encode(packed.getvalue()).decode()


def verdict_for(name: str, place: int) -> Verdict:
    evil = HOSTILE[place % len(HOSTILE)]
    groups = (GroupResult("typical scores", 0.5, place % 2 == 0), GroupResult("one sample", 0.5, False, evil))
    if place % 4 == 3:
        return Verdict(name, Outcome.CORRECT, 1.0, f"Correct: `{name}` is right.")
    outcome, credit = (Outcome.PARTLY, 0.5) if place % 2 == 0 else (Outcome.RAISED, 0.0)
    trace = "\n".join(HOSTILE) if outcome is Outcome.RAISED else None
    return Verdict(name, outcome, credit, f"Not yet: {evil}", hint=evil, shapes=evil, diagnosis=evil, step=evil,
                   traceback=trace, groups=groups)  # fmt: skip


def hostile_outputs() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for evil in HOSTILE:
        made.append({"output_type": "display_data", "data": {"text/html": evil}, "metadata": {}})
        made.append({"output_type": "stream", "name": "stdout", "text": evil})
    bundle = {"image/svg+xml": HOSTILE[2], "application/javascript": TRAP, "text/markdown": HOSTILE[0]}
    made.append({"output_type": "display_data", "data": bundle, "metadata": {}})
    made.append({"output_type": "error", "ename": HOSTILE[1], "evalue": HOSTILE[1], "traceback": HOSTILE})
    made.append({"output_type": "display_data", "data": {"image/png": pixel()}, "metadata": {}})
    return [nbformat.from_dict(output) for output in made]


def hostile_feedback() -> str:
    notebook = nbformat.read(ROOT / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
    lesson = [cell.source for cell in notebook.cells]
    records: list[dict[str, Any]] = []
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        verdict = verdict_for(exercise_of(cell), len(records)) if is_check(cell) else None
        records.append({"verdict": verdict.to_dict()} if verdict else {"outputs": []})
    write_outputs(notebook, Record("key", tuple(records), 1.0, False))
    answer = next(cell for cell in notebook.cells if cell.id == "softmax")
    answer.source = "\n".join([*HOSTILE, "def softmax(logits):\n    return logits"])
    answer.outputs = hostile_outputs()
    for evil in HOSTILE:
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"# Mine\n\n{evil}\n\n[press](javascript:{TRAP})"))
        notebook.cells.append(nbformat.v4.new_markdown_cell(f"![x](http://127.0.0.1:9/i.png) <{evil}"))
    notebook.cells.append(nbformat.v4.new_code_cell("\n".join(HOSTILE), outputs=hostile_outputs()))
    about = {"student": f"ada{HOSTILE[-1]}{RUNS}", "assignment": LESSON, "late_penalty": 0.5}
    marks = {"check-softmax": Mark(1.0, True, False, "\n".join(HOSTILE))}
    return feedback_page(notebook, about, marks, lesson)


def hostile_report() -> str:
    names = [f"{place:02d} {evil}" for place, evil in enumerate(HOSTILE)]
    rows = [StudentRow(name, {"softmax": 2.0, "log_softmax": None}, 2.0, 3.0, name, hours_late=1.0) for name in names]
    for row in rows:
        row.reasons["log_softmax"] = row.student
    exercise = ExerciseRow("softmax", 3.0, [2.0] * len(rows))
    exercise.mistakes, exercise.hints = Counter({evil: 2 for evil in HOSTILE}), {evil: evil for evil in HOSTILE}
    exercise.outcomes = Counter({evil: 1 for evil in HOSTILE})
    notes = [(name, "softmax", f"{name} `{name}`") for name in names]
    return report_page(ClassReport(LESSON, rows, [exercise, ExerciseRow("log_softmax", 2.0)], notes))


class Opened:
    """A page in the browser, and everything it did."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page, self.path = page, path
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        page.on("popup", lambda _: self.said.append("popup"))
        page.goto(path.as_uri())
        page.wait_for_timeout(1500)  # what a refresh or a late script would need

    @property
    def left(self) -> list[str]:
        """What was asked for outside the page."""
        return [url for url in self.asked if url != self.path.as_uri() and not url.startswith("data:image/png")]


@pytest.fixture(scope="module", params=["feedback", "report"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    path = tmp_path_factory.mktemp("pages") / f"{request.param}.html"
    path.write_text(hostile_feedback() if request.param == "feedback" else hostile_report(), encoding="utf-8")
    with browser_page() as page:
        yield Opened(page, path)


def test_the_traps_work_where_markup_is_let_through(tmp_path: Path) -> None:
    path = tmp_path / "control.html"
    path.write_text(f"<!DOCTYPE html><title>control</title><p>{HOSTILE[0]}{HOSTILE[1]}{HOSTILE[9]}</p>")
    with browser_page() as page:
        control = Opened(page, path)
        assert page.evaluate("window.caught") == 1
        assert page.title() == "caught"
        assert "caught" in control.said
        assert any("/caught" in url for url in control.left)
        assert page.evaluate("document.elementFromPoint(5, 5).textContent") == "mine"


def test_nothing_of_the_submission_runs(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate("window.caught") is None
    assert "caught" not in page.title().replace(TRAP, "")
    assert opened.said == []
    assert len(page.frames) == 1
    assert page.url == opened.path.as_uri()


def test_nothing_leaves_the_page(opened: Opened) -> None:
    assert opened.left == []


def test_every_link_goes_to_a_place_of_ours_or_to_plain_http(opened: Opened) -> None:
    links = opened.page.eval_on_selector_all("a[href]", "links => links.map(a => a.getAttribute('href'))")
    assert links
    places = set(opened.page.eval_on_selector_all("[id]", "all => all.map(x => x.id)"))
    for link in links:
        assert link.startswith(("http://", "https://", "mailto:")) or link.removeprefix("#") in places, link
    for name in ("script", "iframe", "object", "embed", "form", "input", "button", "base", "link", "svg *[onload]"):
        assert opened.page.locator(name).count() == 0, name
    assert opened.page.locator("style").count() == 1
    assert opened.page.locator("[style], [onerror], [onclick], [target]").count() == 0


def test_nothing_covers_what_is_ours(opened: Opened) -> None:
    """The middle of every heading, mark and sentence of ours is what one sees and presses there."""
    look = """OURS => {
        const wrong = [];
        for (const ours of document.querySelectorAll(OURS)) {
            if (ours.closest(".output, .text, pre")) continue;
            ours.scrollIntoView({ block: "center" });
            const box = ours.getBoundingClientRect();
            const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1), y = box.y + box.height / 2;
            const top = document.elementFromPoint(x, y);
            if (!top || !(ours.contains(top) || top.contains(ours))) wrong.push(ours.outerHTML.slice(0, 200));
        }
        return wrong;
    }"""
    ours = "h1, h2, .points, .total, .summary, .groups li, th, figcaption, footer p"
    covered = opened.page.evaluate(look, ours)
    assert covered == []
    positions = "all => all.filter(x => ['fixed', 'sticky'].includes(getComputedStyle(x).position)).length"
    assert opened.page.eval_on_selector_all("body *", positions) == 0


def test_names_and_ids_are_ours_alone(opened: Opened) -> None:
    ids = opened.page.eval_on_selector_all("[id]", "all => all.map(x => x.id)")
    assert len(ids) == len(set(ids))
    assert opened.page.locator("h1").count() == 1
    assert opened.page.locator("main").count() == 1
    pictures = opened.page.locator("img, svg[role=img]")
    assert pictures.count() > 0
    for picture in pictures.all():
        assert picture.get_attribute("alt") or picture.get_attribute("aria-label")


def test_axe_finds_nothing_serious_on_the_screen_or_on_paper(opened: Opened) -> None:
    """The pages have one look, also where a reader prefers a dark one; they say so to the browser."""
    page = opened.page
    assert findings(page) == []
    page.emulate_media(media="print", color_scheme="dark")
    try:
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
        assert findings(page, only=OF_COLOR) == []
    finally:
        page.emulate_media(media="screen", color_scheme="light")


def test_it_reads_at_400_percent_and_by_keyboard(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size({"width": 320, "height": 640})
    try:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.evaluate("() => { scrollTo(0, 0); document.activeElement.blur(); }")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('a, [tabindex]')")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_it_prints_whole(opened: Opened, tmp_path: Path) -> None:
    """On paper nothing can be scrolled: no box may hold more than it shows."""
    page = opened.page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})  # A4 less its margins
    try:
        cut = page.eval_on_selector_all(
            "pre, .output, .text, .hint, .exercise, figure, table",
            "all => all.filter(x => x.scrollHeight > x.clientHeight + 2)"
            ".map(x => x.className + ' ' + x.textContent.slice(0, 80))",
        )
        assert cut == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 680
        assert page.locator("details").count() == 0
        assert page.pdf(path=tmp_path / "page.pdf", format="A4").startswith(b"%PDF")
    finally:
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1280, "height": 900})
