"""Turns a lesson that has been run into the notebook its page is made from.

The page has the text of the *release*, placeholders and all, and takes nothing but outputs from the run with the
reference answers; so no answer can come with the text, and :mod:`autograder.site.leaks` looks whether one came with
an output.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell, new_output

_WIDGET = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_PNG = "image/png"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LINK = re.compile(r"\.\./(\d\d_\w+)/\1\.ipynb")
_HEADING = re.compile(r"^#{1,4} +(.+)$", flags=re.MULTILINE)
_FORMULA = re.compile(r"\$\$.*?\$\$", flags=re.DOTALL)
FIGURES = "figures"

_NOTE = """\
:::{note}
This is the lesson as learners get it, with outputs from a run in which every exercise was solved. The answers are left
out: they are yours to find. To work on it, [get the course](../learners.md).
:::
"""


@dataclass
class Page:
    """A lesson's page.

    Attributes
    ----------
    name : str
        The lesson, such as ``05_softmax_regression``.
    notebook : nbformat.NotebookNode
    pictures : dict
        File name -> bytes of the pictures the page shows.
    live : dict
        ``lesson: caption`` -> HTML of each live figure.
    """

    name: str
    notebook: nbformat.NotebookNode
    pictures: dict[str, bytes] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)

    def picture(self, data: str, metadata: dict[str, Any], alt: str) -> str:
        """Keep a picture in PNG, and return the HTML that shows it."""
        name = f"{self.name}-{len(self.pictures) + 1}.png"
        self.pictures[name] = base64.b64decode(data)
        size = "".join(f' {side}="{metadata[side]}"' for side in ("width", "height") if side in metadata)
        return f'<img src="../{FIGURES}/{name}"{size} alt="{escape(alt)}">'


def released_page(name: str, released: nbformat.NotebookNode) -> Page:
    """Return the page of a lesson that has not been run: its text and no output."""
    page = Page(name, nbformat.from_dict(json.loads(json.dumps(released))))
    _finish(page.notebook, solved=False)
    return page


def executed_page(name: str, released: nbformat.NotebookNode, executed: nbformat.NotebookNode) -> Page:
    """Return a lesson's page: the released text with the outputs of a run.

    Parameters
    ----------
    name : str
        The lesson.
    released : nbformat.NotebookNode
        What learners get.
    executed : nbformat.NotebookNode
        The same lesson with its reference answers, after a run.

    Returns
    -------
    Page
    """
    page = Page(name, nbformat.from_dict(json.loads(json.dumps(released))))
    outputs = {cell.id: cell.outputs for cell in executed.cells if cell.cell_type == "code"}
    states = executed.metadata.get("widgets", {}).get(_STATE, {}).get("state", {})
    heading = name
    for cell in page.notebook.cells:
        if cell.cell_type == "markdown":
            heading = (_HEADING.findall(cell.source) or [heading])[-1].replace("`", "")
        elif cell.cell_type == "code" and not _is_answer(cell):
            cell.outputs = list(_shown(page, outputs.get(cell.id, ()), states, heading))
            cell.execution_count = None
    _finish(page.notebook, solved=any(_is_answer(cell) for cell in page.notebook.cells))
    return page


def _is_answer(cell: nbformat.NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _finish(notebook: nbformat.NotebookNode, *, solved: bool) -> None:
    """Point links at the site's pages, and say above a solved lesson what is seen."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _FORMULA.sub(_numbered, _LINK.sub(r"\1.ipynb", cell.source))
    notebook.metadata.pop("widgets", None)
    if solved:
        notebook.cells.insert(1, new_markdown_cell(_NOTE, id="about-this-page"))


def _numbered(formula: re.Match[str]) -> str:
    r"""Write line breaks as ``\cr`` where a formula has a number.

    Sphinx puts an environment that takes no number around a formula in which it sees a double backslash.
    """
    text = formula[0]
    return text.replace("\\\\", "\\cr ") if "\\tag" in text else text


def _shown(page: Page, outputs: Iterable[Any], states: dict[str, Any], heading: str) -> Iterator[nbformat.NotebookNode]:
    for output in outputs:
        if output.output_type == "stream":
            yield output
        elif output.output_type == "error":
            # Without its traceback, which can show lines of an answer.
            said = _ANSI.sub("", f"{output.ename}: {output.evalue}".rstrip(": "))
            yield new_output("stream", name="stdout", text=said + "\n")
        elif markup := _markup(page, output, states, heading):
            yield new_output("display_data", {"text/html": markup})
        elif "text/plain" in output.data:
            yield new_output("display_data", {"text/plain": output.data["text/plain"]})


def _markup(page: Page, output: Any, states: dict[str, Any], heading: str) -> str:
    """Return an output as HTML, or "" when it is plain text."""
    data = output.data
    metadata = output.metadata.get(_PNG, {}) if _PNG in data else {}
    alt = metadata.get("alt") or f"Figure of the section “{heading}”"
    if _WIDGET in data:
        model = states[data[_WIDGET]["model_id"]]["state"]
        still = page.picture(data[_PNG], metadata, alt)
        live = _live(still, model["spec"], model["index"])
        page.live[f"{page.name}: {model['spec'].get('caption', '')}"] = live
        return live
    # A picture first: its HTML holds the same picture, and the page keeps pictures in files.
    if _PNG in data:
        return f'<p class="still">{page.picture(data[_PNG], metadata, alt)}</p>'
    return _LINK.sub(r"\1.html", data.get("text/html", ""))


def _live(still: str, spec: dict[str, Any], index: int) -> str:
    """Return a live figure: its still picture, and what `live.js` makes it alive with."""
    state = json.dumps({"spec": spec, "index": index}, separators=(",", ":"), ensure_ascii=False)
    # A "</script>" in it would end the element.
    inside = state.replace("</", "<\\/")
    return f'<div class="live-figure">{still}<script type="application/json">{inside}</script></div>'
