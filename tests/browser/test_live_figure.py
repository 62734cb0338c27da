"""The browser's side of a live figure, in a bare page: what a reader sees, hears and waits for."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page

from course_utils.widgets import Choice, Contours, Heatmap, Lines, Mark, Series, Slider, SliderFigure, log_values
from tests.browser.lab import CHROMIUM, browser_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]

SURFACES = {
    "bowl": lambda a, b: a**2 / 6 + b**2,
    "waves": lambda a, b: a**2 / 6 + b**2 + 1.2 * np.sin(2 * a),
    "saddle": lambda a, b: a**2 / 6 - b**2,
}
RATES = log_values(0.01, 1.3, 41)

# A figure needs from its front end a model that gives and takes values; this is one.
SHOW = """async ([code, spec, index]) => {
    const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const state = { spec, index };
    window.model = {
        get: (key) => state[key], set: (key, value) => { state[key] = value; },
        save_changes: () => {}, on: () => {}, off: () => {},
    };
    module.default.render({ model: window.model, el: document.body });
}"""
# From the key to the first moment after the frame it caused was painted.
WATCH = """() => {
    window.waits = [];
    document.addEventListener("keydown", () => {
        const begun = performance.now();
        requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = () => window.waits.push(performance.now() - begun);
            after.port2.postMessage(null);
        });
    }, { capture: true });
}"""


def descend(rate: float, shape: str) -> dict[str, np.ndarray]:
    steps = np.arange(41)
    w1, w2 = -3.5 * (1 - rate / 3) ** steps, 3 * (1 - 2 * rate) ** steps
    return {"w1": w1, "w2": w2, "loss": SURFACES[shape](w1, w2)}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    figure = SliderFigure(
        descend,
        [Slider("learning rate", RATES, log=True, start=0.1), Choice("surface", list(SURFACES))],
        [
            Contours(
                "descent",
                "w1",
                "w2",
                SURFACES,
                (-4, 4),
                (-4, 4),
                paths=[Series("w2", "path", x="w1", marker="circle")],
                marks=[Mark("minimum", 0, 0)],
                equal=True,
            ),
            Lines("loss", "step", "loss", [Series("loss", "loss", marker="circle")], y_limits=(0, 12)),
        ],
        lambda rate, shape, arrays: f"On the {shape} with rate {rate:.3g} the loss ends at {arrays['loss'][-1]:.2g}.",
    )
    with browser_page(950, 640) as opened:
        requests: list[str] = []
        opened.on("request", lambda request: requests.append(request.url))
        opened.add_style_tag(content=SliderFigure._css)
        opened.evaluate(SHOW, [SliderFigure._esm, figure.spec, figure.index])
        yield opened
        assert [url for url in requests if not url.startswith("blob:")] == []


def _levels(page: Page) -> list[str]:
    shown = page.locator("svg[role=img] g[display=inline] path.dlf-level")
    return [path.get_attribute("d") or "" for path in shown.all()]


def test_every_control_has_a_name_and_answers_to_the_keyboard(page: Page) -> None:
    slider = page.get_by_role("slider", name="learning rate")
    choice = page.get_by_role("combobox", name="surface")
    for control in (slider, choice):
        assert control.get_attribute("data-lm-suppress-shortcuts") == "true"
        assert control.get_attribute("aria-describedby") == page.locator("[aria-live=polite]").get_attribute("id")
    bowl = _levels(page)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("model.get('index')") == 3 * (RATES.index(float(slider.get_attribute("aria-valuetext"))))
    assert _levels(page) == bowl
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert choice.input_value() == "waves"
    assert page.evaluate("model.get('index')") % 3 == 1
    assert page.locator("[aria-live=polite]").inner_text().startswith("On the waves with rate 0.1")
    assert page.get_by_role("img", name="descent. On the waves").is_visible()
    assert _levels(page) != bowl


def test_equal_units_and_what_leaves_the_window_is_cut_off(page: Page) -> None:
    slider = page.get_by_role("slider", name="learning rate")
    slider.focus()
    page.keyboard.press("End")
    window = page.locator("svg[role=img]").first.locator("clipPath rect")
    width, height = (float(window.get_attribute(side) or 0) for side in ("width", "height"))
    assert width == pytest.approx(height, abs=1)
    path = page.locator("svg[role=img]").first.locator("g[clip-path] > path.dlf-line")
    assert path.evaluate("line => line.getBBox().height") > 2 * height


@pytest.mark.parametrize(("width", "columns"), [(950, 2), (760, 2), (500, 1), (320, 1)])
def test_panels_stand_side_by_side_as_long_as_they_can_be_read(page: Page, width: int, columns: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    try:
        boxes = [panel.bounding_box() for panel in page.locator(".dlf-panel svg[role=img]").all()]
        inside = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    finally:
        page.set_viewport_size({"width": 950, "height": 640})
    assert len({round(box["x"]) for box in boxes if box}) == columns
    assert all(box and 280 <= box["width"] <= 401 for box in boxes), boxes
    assert inside


def test_a_key_press_is_answered_in_a_few_hundredths_of_a_second(page: Page) -> None:
    page.get_by_role("slider", name="learning rate").focus()
    page.keyboard.press("Home")
    page.evaluate(WATCH)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
    waits = page.evaluate("waits")
    print(f"key to paint: median {statistics.median(waits):.1f} ms, longest {max(waits):.1f} ms")
    assert len(waits) == 30
    assert statistics.median(waits) < 50


def test_a_heat_map_writes_its_values_and_its_frame_follows_the_slider(page: Page) -> None:
    scores = np.array([0.25, 0.5, np.nan, 0.875, -0.125, 0.75])
    figure = SliderFigure(
        lambda rate: {"score": scores, "place": [1, int(rate)]},
        Slider("penalty", [0, 1, 2]),
        [Heatmap("scores", "penalty", "rate", ["a", "b"], ["p", "q", "r"], "score", framed="place", digits=3)],
    )
    browser = page.context.browser
    assert browser is not None
    with browser.new_page() as other:
        other.add_style_tag(content=SliderFigure._css)
        other.evaluate(SHOW, [SliderFigure._esm, figure.spec, figure.index])
        root = other.locator("svg[role=img]")
        assert root.locator(".dlf-cell + text").all_text_contents() == [
            "0.250",
            "0.500",
            "",
            "0.875",
            "−0.125",
            "0.750",
        ]
        fills = [cell.evaluate("cell => cell.style.fill") for cell in root.locator(".dlf-cell").all()]
        assert fills[2] == "none"
        assert len(set(fills)) == 6
        framed, cells = root.locator(".dlf-framed"), root.locator(".dlf-cell")
        other.get_by_role("slider", name="penalty").focus()
        for key, cell in (("Home", 3), ("ArrowRight", 4), ("ArrowRight", 5)):
            other.keyboard.press(key)
            assert framed.bounding_box() == pytest.approx(cells.nth(cell).bounding_box(), abs=3)
