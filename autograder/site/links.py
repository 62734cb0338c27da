"""Looks at the built pages: what they link to or show must be there, and nothing may come from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, as opposed to what a reader may follow.
_FETCHED = {("script", "src"), ("img", "src"), ("link", "href"), ("source", "src"), ("iframe", "src"), ("video", "src")}


@dataclass
class _Page(HTMLParser):
    links: list[tuple[str, str, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in ("href", "src"):
                self.links.append((tag, name, value))


def broken_links(site: Path) -> list[str]:
    """Return what leads nowhere, one line each.

    Parameters
    ----------
    site : Path
        The folder of the built site.

    Returns
    -------
    list of str
        Links to files or anchors that are not there, and whatever a page would fetch from another host.
        Links that a reader may follow to another host are not looked at: that would take a network.
    """
    pages = {path: _read(path) for path in page_files(site)}
    problems = []
    for path, page in pages.items():
        for tag, name, value in page.links:
            if reason := _reason(site, pages, path, tag, name, value):
                problems.append(f"{path.relative_to(site).as_posix()}: {value} {reason}")
    return list(dict.fromkeys(problems))


def page_files(site: Path) -> list[Path]:
    """Return the pages of a built site; what stands in ``_static`` belongs to the theme."""
    return [path for path in sorted(site.rglob("*.html")) if "_static" not in path.relative_to(site).parts]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _reason(site: Path, pages: dict[Path, _Page], path: Path, tag: str, name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme in ("data", "mailto"):
        return ""
    if parts.scheme or parts.netloc:
        return "comes from another host" if (tag, name) in _FETCHED else ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site.resolve()) or not target.is_file():
        return "is not there"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "has no such place in it"
    return ""
