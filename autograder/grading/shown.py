"""What a page shows of a submission: code, text and outputs, made harmless and kept to a readable length.

Everything here takes what a stranger wrote and returns markup that cannot run, reach outside, cover what is
ours, or claim a place among our headings.
"""

from __future__ import annotations

import base64
import re
import struct
import unicodedata
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from autograder.grading.clean import clean_html, plain, png_or_none
from course_utils.language import _

# Longer texts are shown without colours or Markdown: both take time that grows with the text.
_FANCY_LIMIT = 30_000
# What is beyond is left out and said to be; the notebook has all of it.
SOURCE_SHOWN = 60_000
OUTPUT_SHOWN = 5_000
HTML_SHOWN = 100_000
# Of all pictures of a page, in bytes; and of one, in pixels: a small file can unpack to a very large picture.
PICTURES_SHOWN = 12 * 2**20
PIXELS_SHOWN = 25_000_000
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Characters that turn the direction of what follows: a text could read as another than it is.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# More marks on a letter than any language needs; only a run of other characters than ASCII can hold them.
_MARKS_KEPT = 4
_FOREIGN = re.compile(rf"[^\x00-\x7f]{{{_MARKS_KEPT + 1},}}")
_HEADING = re.compile(r"<(/?)h([1-6])>")
# What is folded away would be missing on paper.
_FOLD = re.compile(r"<(/?)(?:details|summary)>")


def visible(text: str) -> str:
    """Return a text (or markup) that reads as it is written and stays in its line.

    Characters that turn the direction are spelled out. Of a heap of marks on one letter, which would reach over
    the lines above and below, the first few are kept.
    """
    return _FOREIGN.sub(_thinned, _TURNS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text))


def _thinned(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for sign in run[0]:
        category = unicodedata.category(sign)
        # What cannot be seen does not begin a new letter.
        marks = marks + 1 if category in ("Mn", "Me") else marks if category == "Cf" else 0
        if marks <= _MARKS_KEPT or category == "Cf":
            kept.append(sign)
    return "".join(kept)


def strip_colours(text: str) -> str:
    """Return a text without the codes that colour a terminal and without control characters."""
    return _CONTROLS.sub("", _ANSI.sub("", text))


def highlight(source: str) -> Markup:
    """Return Python source as escaped HTML with a class for each kind of token."""
    source, note = _cut(source, SOURCE_SHOWN)
    if len(source) > _FANCY_LIMIT:
        return escape(source) + note
    from pygments import highlight as colour  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    return Markup(colour(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))) + note


def render_markdown(source: str) -> Markup:
    """Return a text cell as harmless HTML."""
    if len(source) > _FANCY_LIMIT:
        return _lines(source, SOURCE_SHOWN)
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    try:
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
        return _below_ours(clean_html(MarkdownWithMath(renderer=renderer).render(source)))
    except Exception:  # a text that breaks the renderer is shown as it was written
        return _lines(source, SOURCE_SHOWN)


class Outputs:
    """Turns the outputs of a page's cells into markup; the pictures share what a page may hold of them."""

    def __init__(self) -> None:
        self.left = PICTURES_SHOWN

    def show(self, output: Mapping[str, Any]) -> Markup:
        """Return one output: text, a picture, or cleaned HTML."""
        kind = output.get("output_type")
        if kind == "stream":
            return _lines(plain(output.get("text")))
        if kind == "error":
            trace = "\n".join(plain(line) for line in output.get("traceback", ()))
            return _lines(trace or f"{plain(output.get('ename'))}: {plain(output.get('evalue'))}")
        data = output.get("data") or {}
        picture = png_or_none(data.get("image/png"))
        if picture is not None:
            return self._picture(picture)
        markup = plain(data.get("text/html"))
        if markup and len(markup) <= HTML_SHOWN:
            return Markup('<div class="output-html" tabindex="0" role="group" aria-label="{}">{}</div>').format(
                _("What your cell displayed"), _below_ours(clean_html(markup))
            )
        return _lines(plain(data.get("text/plain")))

    def _picture(self, packed: str) -> Markup:
        size = picture_size(packed)
        self.left -= len(packed)
        if size is None or size[0] * size[1] > PIXELS_SHOWN or self.left < 0:
            said = _("A picture is too large for this page; your notebook has it.")
            return Markup('<p class="cut">{}</p>').format(said)
        return Markup('<img alt="{}" width="{}" height="{}" src="data:image/png;base64,{}">').format(
            _("Picture that your cell drew"), *size, packed
        )


def picture_size(packed: str) -> tuple[int, int] | None:
    """Return width and height of a PNG picture in pixels, from its base64 text; None when it does not say."""
    head = base64.b64decode(packed[:44])
    if len(head) < 24 or head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[16:24])
    return (width, height) if width and height else None


def _below_ours(markup: str) -> Markup:
    """Move the headings of cleaned markup below those of the page, and unfold what is folded."""
    # No quote is written, so that even inside an attribute nothing changes but a word.
    markup = _FOLD.sub(r"<\1div>", markup)
    return Markup(_HEADING.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + 3, 6)}>", markup))


def _lines(text: str, limit: int = OUTPUT_SHOWN) -> Markup:
    kept, note = _cut(strip_colours(text), limit)
    return Markup("<pre>{}</pre>").format(kept) + note


def _cut(text: str, limit: int) -> tuple[str, Markup]:
    if len(text) <= limit:
        return text, Markup("")
    said = _("Cut here after {kept} of {total} characters; your notebook has all of it.", kept=limit, total=len(text))
    return text[:limit], Markup('<span class="cut">{}</span>').format(said)
