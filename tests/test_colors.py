"""Every text of ours is read on what lies behind it, in a light and in a dark notebook."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from course_utils import plots
from course_utils.judging import GroupResult, Outcome, Verdict
from course_utils.judging.show import verdict_html
from course_utils.plots.style import PALETTE_DARK
from course_utils.widgets import Heatmap
from course_utils.widgets.frames import heat_colors
from course_utils.widgets.still import draw
from tests.colors import READABLE, VISIBLE, contrast, over

mpl.use("Agg")

KIT = (Path(__file__).resolve().parents[1] / "course_utils" / "widgets" / "live_figure.css").read_text()
# Ink and paper of JupyterLab's two themes, as their style sheets say them over `--jp-layout-color0`.
THEMES = {"light": (over("#000000", "#ffffff", 0.87), "#ffffff"), "dark": (over("#ffffff", "#111111", 0.87), "#111111")}
VERDICT = Verdict(
    "softmax",
    Outcome.PARTLY,
    0.5,
    "Partly.",
    hint="h",
    groups=(GroupResult("a", 0.5, True), GroupResult("b", 0.5, False, "why")),
)


class _Elements(HTMLParser):
    """The start tags of some markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_measure_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert over("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("outcome", Outcome)
def test_a_verdict_writes_with_the_ink_of_its_notebook_and_is_read(outcome: Outcome, theme: str) -> None:
    ink, paper = THEMES[theme]
    markup = verdict_html(Verdict(**{**vars(VERDICT), "outcome": outcome}), 2.0)
    styles = ";".join(filter(None, (attributes.get("style") for _, attributes in _Elements(markup).found)))
    # A colour or a ground of its own would be right in one theme only.
    assert not re.search(r"(^|;)\s*(color|background)", styles)
    faint = [float(one) for one in re.findall(r"opacity:([\d.]+)", styles)]
    assert faint
    for opacity in faint:
        assert contrast(over(ink, paper, opacity), paper) >= READABLE


@pytest.mark.parametrize("outcome", Outcome)
def test_a_verdict_says_its_outcome_in_words_and_not_by_colour(outcome: Outcome) -> None:
    markup = verdict_html(Verdict(**{**vars(VERDICT), "outcome": outcome}))
    assert f": {outcome.value}</strong>" in markup


def test_what_a_sign_means_is_said_where_an_element_may_say_it() -> None:
    """A name on an element without a role, such as a plain `span`, is not read."""
    signs = [attributes for tag, attributes in _Elements(verdict_html(VERDICT)).found if "aria-label" in attributes]
    assert [sign["aria-label"] for sign in signs] == ["holds", "does not hold"]
    assert all(sign.get("role") == "img" for sign in signs)


def test_the_kit_gives_no_text_a_colour_of_its_own_but_by_theme() -> None:
    for rule in re.findall(r"[{;]\s*(?:color|fill):\s*([^;}]+)", KIT):
        assert rule.strip() in ("inherit", "none", "var(--dlf-ink)", "var(--dlf-soft)"), rule
    # Where a page has neither JupyterLab's colours nor the site's.
    fallback = {
        name: re.findall(rf"--dlf-{name}: .*?(#[0-9a-f]{{3,6}})\)*;", KIT)[0] for name in ("ink", "soft", "paper")
    }
    for name in ("ink", "soft"):
        assert contrast(fallback[name], fallback["paper"]) >= READABLE
    for name in ("ink", "soft"):
        assert "var(--jp-ui-font-color1" in re.findall(rf"--dlf-{name}: ([^;]*);", KIT)[0]
    for ink, paper in THEMES.values():
        assert contrast(ink, paper) >= READABLE


def test_lines_and_marks_stand_out() -> None:
    # The two palest of the light palette come last, and no figure of a lesson has so many lines.
    assert all(contrast(color, "#ffffff") >= VISIBLE for color in plots.PALETTE[:6])
    assert all(contrast(color, "#111111") >= VISIBLE for color in PALETTE_DARK)


def test_the_text_of_every_cell_of_a_live_heat_map_is_read() -> None:
    for cell, text in heat_colors(256):
        assert contrast(to_hex(text), cell) >= READABLE, cell


def _cells(name: str) -> tuple[list[Text], list[str]]:
    """Return the texts of a table of coloured cells, and the colour behind each."""
    values = np.linspace(0, 1, 99).reshape(9, 11)
    if name == "still":
        heatmap = Heatmap("t", "x", "y", list("abcdefghi"), list("abcdefghijk"), "v")
        (axes,) = draw({"v": values.ravel()}, [heatmap]).axes
        return list(axes.texts), [to_hex(patch.get_facecolor()) for patch in axes.patches]
    if name == "confusion_table":
        # Every share of a class, from none to all of it.
        axes = plots.confusion_table(np.diag(np.arange(11)) + np.diag(np.arange(10, 0, -1), -1)[:11, :11])
        picture = axes.images[0]
    else:
        axes = plots.matrix_heatmap(values - 0.3 * (name == "mixed matrix"), "row", "column")
        picture = axes.images[0]
    shades = picture.to_rgba(picture.get_array())
    return list(axes.texts), [to_hex(shade) for shade in shades.reshape(-1, 4)]


@pytest.mark.parametrize("name", ["still", "confusion_table", "matrix", "mixed matrix"])
def test_the_text_of_every_coloured_cell_is_read(name: str) -> None:
    texts, grounds = _cells(name)
    assert len(texts) == len(grounds) > 80
    for text, ground in zip(texts, grounds, strict=True):
        assert contrast(to_hex(text.get_color()), ground) >= READABLE, (text.get_text(), ground)
    plt.close("all")
