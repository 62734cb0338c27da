"""The whole site: run the lessons, lay out the sources, let Sphinx make pages, and look at what came out."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import nbformat

from autograder.build.building import BuildReport, build
from autograder.build.checking import Run, chosen_lessons, run_environment, run_lesson
from autograder.build.files import read_tree, replace_tree
from autograder.build.weave import Woven
from autograder.errors import CommandError, CourseError
from autograder.site.answers import shown_answers
from autograder.site.guides import LESSONS, site_text
from autograder.site.links import broken_links, page_files
from autograder.site.pages import FIGURES, Page, executed_page, released_page

DOCS = "docs"
SETTINGS = "docs/site"

# Of MathJax what the site's formulas need: one script, its fonts, and what it loads when a reader opens its menu.
_MATHJAX = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions", "a11y", "sre")
_LIVE_SCRIPT = "course_utils/widgets/live_figure.js"
_EXPORT = "export default { render };"


@dataclass(frozen=True)
class SiteReport:
    """What was built.

    Attributes
    ----------
    folder : Path
        Where ``index.html`` is.
    pages : int
        How many pages there are.
    ran : int
        How many lessons were run now; the others stood as they had been run before, or were not asked for.
    seconds : float
        How long it took.
    problems : tuple of str
        What is wrong with the site; empty when it can be put online.
    """

    folder: Path
    pages: int
    ran: int
    seconds: float
    problems: tuple[str, ...] = ()


def build_site(
    root: Path,
    out: Path | None = None,
    lessons: Sequence[str] | None = None,
    *,
    tell: Callable[[Run], None] | None = None,
) -> SiteReport:
    """Build the course's site without a network.

    Parameters
    ----------
    root : Path
        The course's root.
    out : Path, optional
        A folder for what is made; ``build/site`` by default, the pages in ``html`` below it.
    lessons : sequence of str, optional
        Which lessons show their outputs, by number, slug or assignment; all by default. The text of every lesson has a
        page in any case, so that links lead somewhere.
    tell : callable, optional
        Called with the :class:`~autograder.build.Run` of every lesson that was run.

    Returns
    -------
    SiteReport

    Raises
    ------
    BuildError
        When the course cannot be built.
    CommandError
        When there is no such lesson, or the packages of the extra ``site`` are not installed.
    CourseError
        When a lesson fails, or Sphinx refuses something.
    """
    _need("sphinx", "myst_nb", "numpydoc", "pydata_sphinx_theme", "mathjax")
    started = time.perf_counter()
    root = root.resolve()
    out = (out or root / "build" / "site").resolve()
    with tempfile.TemporaryDirectory(prefix="course-site-") as scratch:
        report = build(root, Path(scratch))
        wanted = [] if lessons is not None and not lessons else chosen_lessons(report, lessons or ())
        fresh = _run(root, report, wanted, out / "runs", Path(scratch), tell)
        pages = [_page(report, woven, out / "runs", root, executed=woven in wanted) for woven in report.woven]
    replace_tree(out / "source", dict(_sources(root, pages)))
    replace_tree(out / "extra", {f"{FIGURES}/{name}": data for page in pages for name, data in page.pictures.items()})
    (out / "extra").mkdir(exist_ok=True)
    _static(root, out / "static")
    _sphinx(root, out)
    html = out / "html"
    problems = [f"link: {line}" for line in broken_links(html)]
    problems += [f"an answer shows: {line}" for line in shown_answers(html, root)]
    return SiteReport(html, len(page_files(html)), fresh, time.perf_counter() - started, tuple(problems))


def _need(*modules: str) -> None:
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise CommandError(
            f"The site needs packages that are not installed ({', '.join(missing)}). Run `make site`, or install the "
            'extra: pip install --editable ".[instructor,site]".'
        )


def _run(
    root: Path,
    report: BuildReport,
    wanted: Sequence[Woven],
    runs: Path,
    scratch: Path,
    tell: Callable[[Run], None] | None,
) -> int:
    """Run the lessons that have not been run as they are now; return how many."""
    runs.mkdir(parents=True, exist_ok=True)
    waiting = [woven for woven in wanted if not _kept(report, woven, runs, root).is_file()]

    def one(woven: Woven) -> Run:
        target = _kept(report, woven, runs, root)
        new = target.with_suffix(".new")
        done = run_lesson(
            root, report, woven, answered=not woven.lesson.is_page, scratch=scratch, executed=new, timed=False
        )
        if not done.problems:
            for old in runs.glob(f"{woven.lesson.assignment}.*.ipynb"):
                old.unlink()
            new.replace(target)
        return done

    problems: list[str] = []
    with ThreadPoolExecutor(2) as side_by_side:
        for done in side_by_side.map(one, waiting):
            problems += done.problems
            if tell:
                tell(done)
    if problems:
        raise CourseError("\n".join(["The site cannot be built, because lessons fail:", *problems]))
    return len(waiting)


def _kept(report: BuildReport, woven: Woven, runs: Path, root: Path) -> Path:
    """Return where a run is kept: under the hash of the lesson and of all of ours that makes its outputs."""
    name = woven.lesson.assignment
    digest = hashlib.sha256((report.source / name / f"{name}.ipynb").read_bytes())
    for path, data in read_tree(root / "course_utils").items():
        if not path.endswith(".pyc"):
            digest.update(path.encode() + b"\0" + data)
    return runs / f"{name}.{digest.hexdigest()[:16]}.ipynb"


def _page(report: BuildReport, woven: Woven, runs: Path, root: Path, *, executed: bool) -> Page:
    name = woven.lesson.assignment
    released = nbformat.read(report.release / name / f"{name}.ipynb", as_version=4)
    if not executed:
        return released_page(name, released)
    return executed_page(name, released, nbformat.read(_kept(report, woven, runs, root), as_version=4))


def _sources(root: Path, pages: Sequence[Page]) -> Iterator[tuple[str, bytes]]:
    """Give what Sphinx reads: the guides, the pages that only the site has, the lessons."""
    guides = {path.relative_to(root).as_posix(): path for path in sorted((root / DOCS).glob("*.md"))}
    live = {caption: markup for page in pages for caption, markup in page.live.items()}
    for file, path in guides.items():
        text = site_text(path.read_text(encoding="utf-8"), file, guides, live)
        if path.stem == "index":
            text += (root / SETTINGS / "contents.md").read_text(encoding="utf-8")
        yield path.name, text.encode()
    for path in sorted((root / DOCS / "pictures").glob("*.png")):
        yield f"pictures/{path.name}", path.read_bytes()
    for path in sorted((root / SETTINGS / "api").glob("*.rst")):
        yield f"api/{path.name}", path.read_bytes()
    yield f"{LESSONS}/index.md", (root / SETTINGS / "lessons.md").read_bytes()
    for page in pages:
        yield f"{LESSONS}/{page.name}.ipynb", nbformat.writes(page.notebook, version=4).encode()


def _static(root: Path, folder: Path) -> None:
    """Lay out the scripts and styles that come with every page; all of them are of this machine."""
    spec = find_spec("mathjax")
    assert spec is not None
    assert spec.origin is not None
    mathjax = Path(spec.origin).parent / "static" / "mathjax" / "es5"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / SETTINGS / "static", folder)
    for name in _MATHJAX:
        source, target = mathjax / name, folder / "mathjax" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    # A plain script in place of a module: browsers load no modules for pages that are opened from a folder.
    script = (root / _LIVE_SCRIPT).read_text(encoding="utf-8")
    if _EXPORT not in script:
        raise CourseError(f"{_LIVE_SCRIPT} does not end with “{_EXPORT}”, which the site replaces.")
    wrapped = f"(() => {{\n{script.replace(_EXPORT, 'window.liveFigure = { render };')}\n}})();\n"
    (folder / "live_figure.js").write_text(wrapped, encoding="utf-8")
    from course_utils.widgets.slider_figure import SliderFigure

    (folder / "live_figure.css").write_text(SliderFigure._css, encoding="utf-8")


def _sphinx(root: Path, out: Path) -> None:
    """Run Sphinx in a process of its own, from nothing: what an earlier build left can hide a warning."""
    for folder in ("html", "doctrees"):
        shutil.rmtree(out / folder, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "--fail-on-warning", "--keep-going"]
    command += ["--nitpicky", "--quiet", "--conf-dir", str(root / SETTINGS), "--doctree-dir", str(out / "doctrees")]
    command += ["--define", f"html_static_path={out / 'static'}", "--define", f"html_extra_path={out / 'extra'}"]
    ended = subprocess.run(
        [*command, str(out / "source"), str(out / "html")],
        env=run_environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise CourseError(f"Sphinx did not build the site:\n{ended.stdout}{ended.stderr}".rstrip())
