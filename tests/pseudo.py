"""A language that nobody speaks: every sentence of the catalog in guillemets, to see what is not in the catalog."""

from __future__ import annotations

import gettext
import io
import re
import string
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from course_utils import language

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "course_utils" / "locale" / "course.pot"

# Letters that may stand outside: no word of ours.
_ELSEWHERE = (
    r"`[^`]*`",  # code, in a sentence that sets it in code font
    r"⟦[^⟧]*⟧",  # what a test marks as content: an exercise's own words, a learner's name
    r"\b\w+Error\b",  # Python's names of errors
    r"\bNaN\b|\bNone\b|\bTrue\b|\bFalse\b",  # Python's names of values
    r"\d\.?\d*e[+-]?\d+",  # a number
    r"\[x\]",  # a box that is ticked
)
_SPOKEN = ("aria-label", "alt", "title", "placeholder", "aria-valuetext")
_NOT_OURS = ("style", "script", "pre", "code", "bdi")


def template() -> Catalog:
    """Return the catalog template of the repository."""
    return read_po(io.BytesIO(TEMPLATE.read_bytes()))


def wrapped(message: str) -> str:
    """Return a sentence with each piece of text in guillemets; what placeholders stand for is outside of them."""
    made = ""
    for text, name, form, conversion in string.Formatter().parse(message):
        made += f"«{text}»" if any(map(str.isalpha, text)) else text
        if name is not None:
            made += "{" + name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "") + "}"
    return made


class Pseudo(gettext.NullTranslations):
    """Wraps what the template holds, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.known = {text for one in template() for text in ([one.id] if isinstance(one.id, str) else one.id)}

    def gettext(self, message: str) -> str:
        return wrapped(message) if message in self.known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def spoken() -> Iterator[None]:
    """Speak the language that nobody speaks, for a while."""
    language.use("qps", Pseudo())
    try:
        yield
    finally:
        language.use("")


def left(text: str, content: Iterable[str] = ()) -> str:
    """Return the words of a plain text that are neither from the catalog nor content; empty when all is well."""
    text = re.sub(r"«[^»]*»", " ", text)
    for pattern in _ELSEWHERE:
        text = re.sub(pattern, " ", text)
    for word in content:
        text = re.sub(rf"\b{re.escape(word)}\b", " ", text)
    return " ".join(word for word in text.split() if any(map(str.isalpha, word)))


def left_on(page: str, content: Iterable[str] = ()) -> str:
    """The same for a page or a piece of one: what is read there, and what a screen reader says."""
    reader = _Reader()
    reader.feed(page)
    return left("\n".join(reader.said), content)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value or "" for name, value in attrs if name in _SPOKEN]
        if tag in _NOT_OURS:
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if self.inside:
            # A sentence may go on behind it: what is in code font is no word of it.
            self.said.append("")
        else:
            self.said.append(data)
