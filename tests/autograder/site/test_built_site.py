"""The site as it is built, looked at in a real browser.

The quick part runs the page `00_start_here` only, which has figures, a verdict and a live figure; the slow part runs
every lesson with its reference answers and looks at every page.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from autograder.site.answers import shown_answers
from autograder.site.links import broken_links, page_files
from tests.browser.lab import browser_page
from tests.browser.site import Visit, served

ROOT = Path(__file__).resolve().parents[3]
START = "lessons/00_start_here.html"
LOOKED_AT = ("index.html", START, "api/exercises.html")
FULL = pytest.param("full", marks=[pytest.mark.slow, pytest.mark.timeout(3600)])


def _cut_off() -> list[str]:
    """Return the command that gives a process a network of its own, with nobody else in it."""
    for options in (["--net"], ["--map-root-user", "--net"]):
        command = [shutil.which("unshare") or "unshare", *options]
        try:
            subprocess.run([*command, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return command
    return []


@pytest.fixture(scope="module", params=["quick", FULL])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp(f"site-{request.param}")
    lessons = ["00_start_here"] if request.param == "quick" else []
    command = [*_cut_off(), sys.executable, "-m", "autograder.cli", "site", *lessons, "--out", str(out)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "html"


@pytest.fixture(scope="module")
def visit(site: Path) -> Iterator[Visit]:
    with served(site) as address, browser_page() as page:
        yield Visit(page, address)


def _pages(site: Path) -> list[str]:
    names = [path.relative_to(site).as_posix() for path in page_files(site)]
    full = "figures/05_softmax_regression-1.png"
    return names if (site / full).is_file() else list(LOOKED_AT)


@pytest.mark.skipif(not _cut_off(), reason="no network namespaces for this user")
def test_the_network_was_cut_when_the_site_was_built() -> None:
    looks = "import socket; socket.create_connection(('127.0.0.1', 1), 2)"
    done = subprocess.run([*_cut_off(), sys.executable, "-c", looks], capture_output=True, text=True, check=False)
    assert "unreachable" in done.stderr


def test_no_link_is_broken(site: Path) -> None:
    assert len(page_files(site)) > 25
    assert broken_links(site) == []


def test_no_reference_answer_shows(site: Path) -> None:
    assert shown_answers(site, ROOT) == []
    assert not list(site.rglob("*.ipynb"))
    assert not list(site.rglob("*.py"))


@pytest.mark.browser
def test_pages_take_nothing_from_elsewhere_and_have_no_serious_axe_finding(site: Path, visit: Visit) -> None:
    found = []
    for name in _pages(site):
        for theme in ("light", "dark"):
            visit.open(name, theme)
            assert visit.page.evaluate("document.documentElement.dataset.theme") == theme
            found += [f"{name}, {theme}: {line}" for line in visit.findings()]
            assert visit.page.locator("mjx-merror").count() == 0, name
    assert found == []
    assert visit.elsewhere == []
    assert visit.wrong == []


@pytest.mark.browser
def test_what_is_looked_for_would_be_found(visit: Visit) -> None:
    visit.open("index.html")
    visit.page.evaluate("document.querySelector('main').innerHTML += '<img src=\"http://localhost:9/x.png\">'")
    visit.page.wait_for_timeout(300)
    assert [line for line in visit.findings() if "image-alt" in line]
    assert visit.elsewhere.pop().endswith("http://localhost:9/x.png")


@pytest.mark.browser
def test_live_figures_answer_and_formulas_stand(visit: Visit) -> None:
    visit.open(START)
    _answers_the_keyboard(visit.page)
    visit.open("lessons/05_softmax_regression.html")
    assert visit.page.locator("mjx-container").count() > 50


@pytest.mark.browser
def test_live_figures_answer_on_a_page_opened_from_its_folder(site: Path, visit: Visit) -> None:
    visit.page.goto((site / START).as_uri())
    _answers_the_keyboard(visit.page)


@pytest.mark.browser
def test_no_page_is_wider_than_a_phone(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 400, "height": 800})
    for name in LOOKED_AT:
        visit.open(name)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 400, name
    visit.page.set_viewport_size({"width": 1280, "height": 900})


def _answers_the_keyboard(page: Page) -> None:
    figure = page.locator(".live-figure .dlf").first
    sentence = figure.locator(".dlf-sentence p").last
    drawn = figure.locator("svg[role=img]").first
    before = (sentence.inner_text(), drawn.inner_html())
    figure.get_by_role("slider").first.press("ArrowRight")
    after = (sentence.inner_text(), drawn.inner_html())
    assert before[0] != after[0]
    assert before[1] != after[1]
