"""Takes the guides in ``docs/`` to where Sphinx reads them, with links that lead to pages of the site.

On a repository's page a link to ``../notebooks/05_softmax_regression.md`` or to a test opens that file. The site has
pages for the guides and the lessons only, and shows what else is linked to as text: a test belongs to the code, and a
reference answer to nobody who reads the site.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping

LESSONS = "lessons"

_LINK = re.compile(r"(?<!!)\[(?P<label>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\((?P<target>[^()\s]+)\)")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,}|<div)")
_LIVE = re.compile(r"^<!-- live: (?P<caption>.+?) -->\n!\[[^\]]*\]\([^)]*\)$", flags=re.MULTILINE)
_LESSON = re.compile(r"(?:notebooks|release/(?P<folder>\w+))/(?P<name>\d\d_\w+)\.(?:md|ipynb)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")


def site_text(text: str, file: str, pages: Collection[str], live: Mapping[str, str] | None = None) -> str:
    """Return a guide as the site has it.

    Parameters
    ----------
    text : str
        In Markdown.
    file : str
        Its path in the repository, such as ``docs/authors.md``.
    pages : collection of str
        Paths in the repository of the guides that are pages.
    live : mapping, optional
        ``lesson: caption`` -> HTML of live figures. One takes the place of the picture that follows
        ``<!-- live: lesson: how its caption begins -->``.

    Returns
    -------
    str
    """
    figures = live or {}
    text = _LIVE.sub(
        lambda found: next(
            (_from_top(markup) for caption, markup in figures.items() if caption.startswith(found["caption"])), found[0]
        ),
        text,
    )
    lines, fence = [], ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif opened and opened[1] != "<div":
            fence = opened[1]
        elif not opened:
            line = _LINK.sub(lambda found: _link(found, file, pages), line)
        lines.append(line)
    return "\n".join(lines)


def _from_top(markup: str) -> str:
    return markup.replace('src="../', 'src="')


def _link(found: re.Match[str], file: str, pages: Collection[str]) -> str:
    label, target = found["label"], found["target"]
    if _ELSEWHERE.match(target):
        return found[0]
    path, mark, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
    if lesson := _LESSON.fullmatch(path):
        return f"[{label}]({LESSONS}/{lesson['name']}.ipynb)"
    if path in pages:
        return f"[{label}]({posixpath.relpath(path, 'docs')}{mark}{anchor})"
    return label
