"""What benchmarks/widgets.py makes of what the page tells: no figure without a change, no bar met by luck."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from PIL import Image

from benchmarks import widgets
from benchmarks.live_figures.lab import CHROMIUM, ROOT, browser_page
from benchmarks.live_figures.lessons import COMPARED, copy_for_measuring, figures_in, lessons
from benchmarks.live_figures.measuring import (
    Measured,
    MeasureError,
    Scene,
    blank_frames,
    burst,
    burst_on_film,
    ink_of,
    percentile,
    press_singly,
    to_and_fro,
    waits,
)

GOOD = Measured(waits=[20.0] * 29 + [300.0], burst_keys=40, burst_frames=40, frames=100)


def row(**changes: object) -> widgets.Row:
    return widgets.Row("05/temper", "temperature", "ours", replace(GOOD, **changes))


def test_a_percentile_is_one_of_the_values_and_of_nothing_there_is_none() -> None:
    values = [float(value) for value in range(30, 0, -1)]
    assert (percentile(values, 50), percentile(values, 95), percentile(values, 100)) == (15, 29, 30)
    assert percentile([7.0], 95) == 7
    with pytest.raises(MeasureError, match="No change"):
        percentile([], 50)


def test_each_key_has_the_picture_that_came_before_the_next_key() -> None:
    taken, unchanged, unanswered = waits([100, 700, 1300, 1900], [130, 760, 1980], [1340])
    assert taken == [30, 60, 80]
    assert (unchanged, unanswered) == (1, 0)
    assert waits([100, 700], [], []) == ([], 0, 2)
    assert waits([100], [120, 150], []) == ([50], 0, 0), "it is done with its last picture"
    assert waits([100], [90], []) == ([], 0, 1), "a picture from before the key is no answer to it"


def test_a_control_goes_to_and_fro_and_never_beyond_its_ends() -> None:
    steps = to_and_fro(3, 5, 10)
    assert steps == [1, -1, -1, -1, -1, 1, 1, 1, 1, -1]
    assert to_and_fro(1, 2, 3) == [-1, 1, -1]
    with pytest.raises(MeasureError):
        to_and_fro(0, 1, 3)


def test_changes_are_shared_among_controls() -> None:
    assert widgets.shares(30, 3) == [10, 10, 10]
    assert widgets.shares(10, 3) == [4, 3, 3]


@pytest.mark.parametrize(
    ("idle", "pressed"),
    [
        ([], [("a", 3), ("b", 3), ("c", 3)]),
        (["a"], [("a", 3), ("b", 5), ("c", 4)]),
        (["c"], [("a", 3), ("b", 3), ("c", 3), ("a", 3)]),
        (["a", "b", "c"], [("a", 3), ("b", 5), ("c", 9)]),
    ],
)
def test_a_control_that_changes_nothing_here_leaves_its_share_to_the_others(
    idle: list[str], pressed: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def press(scene: Scene, seen: Measured, changes: int, gap: int) -> None:
        asked.append((scene.label(), changes))
        seen.waits += [20.0] * (0 if scene.label() in idle else changes)

    monkeypatch.setattr(widgets, "press_singly", press)
    seen = Measured()
    scenes = [Namespace(label=lambda name=name: name) for name in "abc"]
    assert widgets.press_all(scenes, seen, 9, 0) == idle
    assert asked == pressed
    assert len(seen.waits) == (0 if len(idle) == 3 else 9)


def test_ink_is_what_differs_from_the_paper_in_the_margin_and_inside() -> None:
    paper = np.full((100, 200, 3), 250, dtype=np.uint8)
    paper[40:60, :10] = 30  # 200 of the 1900 pixels of the left picture's margin
    paper[40:60, 20:65] = 30  # 900 of the 8100 inside it
    file = io.BytesIO()
    Image.fromarray(paper).save(file, format="jpeg", quality=95)
    inks = ink_of(base64.b64encode(file.getvalue()).decode(), 100, [(0, 0, 50, 50), (50, 0, 100, 50)])
    assert inks[0] == pytest.approx((200 / 1900, 900 / 8100), abs=0.01)
    assert inks[1] == (0, 0)


def test_a_frame_is_blank_without_its_labels_or_with_nothing_inside() -> None:
    whole, little, empty, unlabelled, half_painted = (0.1, 0.4), (0.1, 0.006), (0, 0), (0.02, 0.4), (0.1, 0)
    assert blank_frames(np.array([[whole, whole]] * 4 + [[whole, little]] * 2)) == 0, "only axes are no blank picture"
    broken = [[whole, empty], [empty, whole], [whole, unlabelled], [half_painted, whole]]
    assert blank_frames(np.array([[whole, whole]] * 5 + broken)) == 4
    assert blank_frames(np.array([[empty]] * 5)) == 5, "a picture that is never there is blank in every frame"


@pytest.mark.parametrize(
    ("changes", "bar"),
    [
        ({"waits": [20.0] * 15 + [51.0] * 16}, "median 51"),
        ({"waits": [20.0] * 28 + [81.0] * 2}, "95th percentile 81"),
        ({"blank": 1}, "1 blank frames"),
        ({"jump": 1.0}, "moves by 1.0 px"),
        ({"unanswered": 1}, "1 keys without"),
    ],
)
def test_each_bar_can_be_missed(changes: dict[str, object], bar: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert widgets.report([row()]) == 0
    assert "not met" not in capsys.readouterr().out
    missed = row(**changes)
    assert [text for text in missed.missed() if text.startswith(bar) or bar in text]
    assert widgets.report([row(), missed]) == 1
    assert "not met by 05/temper" in capsys.readouterr().out


def test_the_ratio_is_that_of_the_two_that_took_turns() -> None:
    ours, plain, later = row(), row(waits=[200.0] * 30), row(waits=[10.0] * 30)
    plain.side = "interact"
    assert widgets.ratios([ours, plain, later]) == [("05/temper", 10.0, 10.0)]


def test_too_few_changes_are_an_error_and_no_pass() -> None:
    with pytest.raises(MeasureError, match="29 changes measured instead of 30"):
        widgets.checked(row(waits=[20.0] * 29), 30)
    with pytest.raises(MeasureError, match="0 changes"):
        widgets.checked(row(waits=[]), 1)


@pytest.mark.parametrize(
    ("rows", "failures", "code"),
    [([row()], [], 0), ([row(jump=9.0)], [], 1), ([], [], 2), ([row()], ["05/temper: 0 changes"], 2)],
)
def test_the_exit_code_says_missed_and_not_measured(
    rows: list[widgets.Row], failures: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widgets, "CHROMIUM", "chromium")
    monkeypatch.setattr(widgets, "run", lambda arguments: (rows, failures))
    monkeypatch.setattr(sys, "argv", ["widgets.py"])
    assert widgets.main() == code


def test_one_failure_does_not_end_the_rest() -> None:
    failures: list[str] = []
    with widgets.told(failures, "05"):
        raise MeasureError("nothing moved")
    assert failures == ["05: nothing moved"]
    with pytest.raises(ZeroDivisionError), widgets.told(failures, "06"):
        raise ZeroDivisionError


def test_every_live_figure_of_every_lesson_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert widgets.lessons_for(Namespace(only=None, all=True)) == lessons()
    with pytest.raises(SystemExit, match="begins with '99'"):
        widgets.lessons_for(Namespace(only="05,99", all=False))
    for lesson in lessons():
        notebook = nbformat.read(ROOT / "release" / lesson / f"{lesson}.ipynb", as_version=4)
        calls = sum(cell.source.count("SliderFigure(") for cell in notebook.cells if cell.cell_type == "code")
        assert len(figures_in(notebook)) == calls, lesson


def test_the_plain_figures_stand_right_below_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("copies")
    for one in COMPARED:
        beside = [other for other in COMPARED if other.lesson == one.lesson]
        path, figures = copy_for_measuring(folder, one.lesson, beside)
        cells = nbformat.read(path, as_version=4).cells
        (place,) = (number for number, cell in enumerate(cells) if f"SliderFigure(\n    {one.figure}," in cell.source)
        assert "@interact" in cells[place + 1].source
        assert f"{one.figure}(" in cells[place + 1].source, "both draw what the lesson's function gives"
        assert one.figure in figures


def test_it_starts_from_the_root_as_the_makefile_starts_it() -> None:
    command = [sys.executable, "benchmarks/widgets.py", "--help"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "--all" in run.stdout


# A page like a live figure's: `late` ms after the input its drawing changes; `spoil` is done to it on the way.
PAGE = """([late, spoil]) => {
    document.body.innerHTML = `<div class="jp-Cell"><div class="dlf"><div class="dlf-panel">
        <svg width="300" height="200">
        <rect width="40" height="160" x="40" y="0"></rect><text x="2" y="100">label</text></svg></div>
        <div class="dlf-control"><label for="one">rate</label><input id="one" type="range" min="0" max="20"></div>
        </div></div><div class="jp-Cell">below</div>`;
    const [svg, rect] = ["svg", "rect"].map((name) => document.querySelector(name));
    document.querySelector("input").addEventListener("input", async ({ target }) => {
        const place = 10 * target.valueAsNumber;
        const wait = (ms) => new Promise((done) => setTimeout(done, ms));
        if (spoil === "hidden") { svg.style.visibility = "hidden"; await wait(20); }
        if (spoil === "gone") { svg.style.display = "none"; await wait(40); }
        svg.style.visibility = svg.style.display = "";
        await wait(late);
        if (spoil !== "still") rect.setAttribute("x", 40 + place);
        else rect.setAttribute("x", rect.getAttribute("x"));
    });
}"""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_in_a_page_it_sees_how_late_a_picture_is_and_what_is_wrong_with_it() -> None:
    with browser_page(800, 600, 1) as page:

        def scene(late: int, spoil: str = "") -> Scene:
            page.evaluate(PAGE, [late, spoil])
            return Scene.ours(page, 0)

        shown, late = scene(250), Measured()
        assert shown.label() == "rate"
        assert shown.place() == (10, 21)
        press_singly(shown, late, 4, 150)
        assert len(late.waits) == 4
        assert all(250 <= wait < 1000 for wait in late.waits)
        burst(shown, late)
        assert late.burst_keys == 40
        assert late.burst_frames > 4
        assert late.settle >= 250
        burst_on_film(shown, late)
        assert (late.blank, late.jump, late.unanswered) == (0, 0, 0)

        still = Measured()
        press_singly(scene(0, "still"), still, 2, 50)
        assert still.waits == []
        assert still.unchanged == 6
        gone = Measured()
        press_singly(scene(0, "gone"), gone, 2, 150)
        assert gone.blank > 0
        assert gone.jump >= 200
        hidden = Measured()
        burst_on_film(scene(0, "hidden"), hidden)
        assert hidden.blank > 0
