"""What a browser would run of a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Attributes that hold an address or code.
_ADDRESSES = {
    *("href", "src", "srcdoc", "srcset", "action", "formaction", "data", "poster", "background", "ping"),
    *("xlink:href", "style", "http-equiv", "content"),
}
_ACTIVE = {
    *("script", "iframe", "frame", "object", "embed", "svg", "math", "form", "base", "link", "applet", "template"),
    *("audio", "video", "source", "input", "button", "textarea", "select"),
}
# Where text is something else: code, or, for a formula, only code to look at.
_INSIDE = ("script", "style", "title", "pre", "code")
_RUNS = re.compile(r"^[\s\x00-\x20]*(javascript|vbscript|data)\s*:", re.IGNORECASE)
_TEX = re.compile(r"\\(href|unicode|class|cssId|style)\s*\{[^}]*", re.IGNORECASE)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []  # what it is, and what it holds
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _INSIDE:
            self.inside.append(tag)
        for name, value in attrs:
            held = value or ""
            if (
                name.startswith("on")
                or (name in _ADDRESSES and (_RUNS.match(held) or tag in _ACTIVE or name == "style"))
                or name in ("src", "poster", "background")
            ):
                self.found.append((f"{name} of <{tag}>", held))
        if tag in _ACTIVE:
            self.found.append((f"<{tag}>", " ".join(f"{name}={value}" for name, value in attrs)))

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in ("script", "style"):
            self.found.append((f"<{self.inside[-1]}>", data))
        elif not self.inside:
            self.found += [("TeX in the text", found[0]) for found in _TEX.finditer(data)]


def active(page: str) -> list[tuple[str, str]]:
    """Return everything in a page that a browser runs, loads or obeys, and what it holds."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.found


def would_run(page: str, word: str) -> list[str]:
    """Return where in a page something active holds a word of the submission's."""
    return sorted({where for where, held in active(page) if word in held})


def faults(page: str) -> list[str]:
    """Return everything active that a page of ours may not hold: it may hold its style and PNG pictures."""
    found = []
    styles = 0
    for where, held in active(page):
        if where == "<style>":
            styles += 1
            if styles == 1:
                continue
        if where == "src of <img>" and held.startswith("data:image/png;base64,"):
            continue
        if where == "TeX in the text":  # the page loads nothing that reads TeX
            continue
        found.append(f"{where}: {held[:60]}")
    head = page.split("</head>")[0]
    if head.count("Content-Security-Policy") != 1 or "default-src 'none'" not in head:
        found.append("no content-security policy in the head")
    return found
