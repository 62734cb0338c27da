"""The pages beside the lessons: their prose, their links, and what they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lessons import ROOT, run_of, source_of
from tests.notebooks.test_every_lesson import UNKIND

PAGES = sorted(path.stem for path in (ROOT / "notebooks").glob("00_*.md"))
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


def texts(page: str) -> str:
    return "\n\n".join(cell.source for cell in source_of(page).cells if cell.cell_type == "markdown")


def test_the_pages_are_there() -> None:
    assert PAGES == ["00_notation", "00_start_here"]


@pytest.mark.parametrize("page", PAGES)
def test_it_runs_without_a_network(page: str) -> None:
    assert run_of(page, answered=False).problems == ()


@pytest.mark.parametrize("page", PAGES)
def test_prose_keeps_to_the_house_style(page: str) -> None:
    found = UNKIND.search(texts(page))
    assert not found, found
    assert texts(page).count("\n# ") + texts(page).startswith("# ") == 1


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere_from_the_released_page(page: str) -> None:
    links = LINK.findall(texts(page))
    assert links
    for link in links:
        assert not link.startswith(("/", "http")), link
        assert (ROOT / "release" / page / link).is_file(), link


@pytest.mark.parametrize("page", PAGES)
def test_no_line_of_code_is_cut_off(page: str) -> None:
    for cell in source_of(page).cells:
        if cell.cell_type == "code":
            assert max(map(len, cell.source.splitlines())) <= 118


@pytest.mark.parametrize("page", PAGES)
def test_rows_of_tables_have_as_many_cells_as_their_head(page: str) -> None:
    for block in re.findall(r"(?:^\|.*\n?)+", texts(page), flags=re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_the_notation_page_shows_the_three_shapes() -> None:
    said = run_of("00_notation", answered=False).printed
    assert "m = 2 samples, n = 3 features" in said
    assert "(3, 3)  mean square 1.0" in said
    assert "(3, 1)  mean square 1.6667" in said
    assert "nn.Linear keeps (outputs, inputs): (2, 3)" in said
    assert "the same outputs: True" in said


def test_every_symbol_has_the_lesson_it_comes_from() -> None:
    rows = [line for line in texts("00_notation").splitlines() if line.startswith("| ") and "---" not in line]
    symbols = [line for line in rows if not line.startswith("| symbol")]
    assert len(symbols) > 30
    for line in symbols:
        assert re.search(r"\| (0[1-9]|1[0-3]) \|$", line), line


def test_the_first_page_shows_a_verdict_the_map_and_the_progress() -> None:
    said = run_of("00_start_here", answered=False).printed
    assert "05  Softmax regression" in said
    assert re.search(r"05 .* builds on 04 +\d+ minutes, \d+ exercises", said)
    notebook = (Path(ROOT) / "release" / "00_start_here" / "00_start_here.ipynb").read_text()
    for call in ("check(average)", "progress()", "SliderFigure("):
        assert call in notebook
