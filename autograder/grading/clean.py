"""What a learner wrote or printed, made safe to show in a browser.

Three pages show it: the feedback page, formgrader, and the class report. Everything that reaches
them has been through one of these functions.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import string
from collections.abc import Mapping
from typing import Any

import nh3

# One cell's outputs, in bytes; what is beyond is cut and said to be.
OUTPUT_LIMIT = 2 * 2**20
_PNG = b"\x89PNG\r\n\x1a\n"
_CUT = "\n[output cut]"
# What can open a link, a formula, emphasis, code or a tag in Markdown.
_OPENER = re.compile(r"\\\(|\\begin|[\[\]$*_`~<>|]")
_TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins "
    "kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u "
    "ul var"
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
# Control characters other than tab and newline; a browser ignores some of them inside a link's scheme.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Where the address of a link or picture begins, with what a renderer skips before it; then the address, as far
# as it matters. It is only looked at, because inside it the next link can begin.
_LINK = re.compile(r"\](?P<mark>[(:])(?=(?P<skip>[\s>]*)(?:<(?P<framed>[^>]{0,100})|(?P<bare>[^\s)]{0,100})))")
_ESCAPED = re.compile(rf"\\([{re.escape(string.punctuation)}])")
_SCHEME = re.compile(r"([^/?#]*?):")
_SCHEMES = {"http", "https", "mailto"}
# Ways in which Markdown reaches the browser as markup: a tag, a link that runs, an entity that spells one (a few
# common ones spell none), a formula's link, style or class.
_MARKUP = (
    (re.compile(r"<(?=[a-zA-Z/!?])"), "< "),
    (re.compile(r"\b(javascript|vbscript|data)(?=:)", re.IGNORECASE), r"\1 "),
    (re.compile(r"&(?=#|(?!(?:lt|gt|amp|quot|nbsp);)[a-z][a-z0-9]{0,31};|colon|tab|newline)", re.IGNORECASE), "& "),
    (re.compile(r"\\(?=href|(?:class|cssId|style|unicode|require|data|url)(?![a-zA-Z]))"), r"\\ "),
)


def plain(value: Any, limit: int | None = None) -> str:
    """Return any text of a notebook as a string that can be written as UTF-8.

    Parameters
    ----------
    value : object
        A string, or a list of strings as the notebook format allows; anything else gives "".
    limit : int, optional
        Cut to this many characters.
    """
    if isinstance(value, list | tuple):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    # JSON can spell half of a surrogate pair; no file can hold one.
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return text if limit is None or len(text) <= limit else text[: max(limit, 0)] + _CUT


def clean_html(markup: str) -> str:
    """Return the harmless part of a piece of HTML: no script, no style, no picture, no frame."""
    return nh3.clean(
        markup,
        tags=set(_TAGS.split()),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
    )


def defuse_markdown(source: str) -> str:
    """Return Markdown whose HTML and running links are taken apart by a space.

    The text stays readable; doing it twice changes nothing more.
    """
    text = _CONTROLS.sub("", source)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return _LINK.sub(_break_link, text)


def _break_link(link: re.Match[str]) -> str:
    """Part ``](`` or ``]:`` by a space, so that it begins no link, unless the address is harmless."""
    address = link["framed"] if link["framed"] is not None else link["bare"]
    if ":" not in address and "&" not in address:
        return link[0]
    for _ in range(4):  # one escape can hide another
        address = _ESCAPED.sub(r"\1", html.unescape(address))
    scheme = _SCHEME.match("".join(x for x in address if x.isprintable() and not x.isspace()))
    harmless = scheme is None or scheme[1].lower() in _SCHEMES
    return link[0] if harmless else f"] {link['mark']}"


def cut_markdown(source: str, work: int) -> tuple[str, int]:
    """Cut Markdown so that a renderer is done with it soon; return it and the work it takes.

    For each sign that can open something, renderers search the rest of the text for its end: the
    time grows as the number of such signs times the length.

    Parameters
    ----------
    source : str
        The text of a cell.
    work : int
        The product of the two at most.
    """
    openers = 1
    for sign in _OPENER.finditer(source):
        if sign.end() * (openers + 1) > work:
            return source[: min(sign.start(), work // openers)], work
        openers += 1
    kept = source[: work // openers]
    return kept, len(kept) * openers


def png_or_none(data: Any) -> str | None:
    """Return base64 text without white space when it is a PNG picture, else None."""
    packed = "".join(plain(data).split())
    if not packed or len(packed) > OUTPUT_LIMIT * 2:
        return None
    try:
        content = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return None
    return packed if content.startswith(_PNG) else None


def clean_outputs(outputs: Any, limit: int = OUTPUT_LIMIT) -> list[dict[str, Any]]:
    """Return a learner cell's outputs, valid for the notebook format and safe to show.

    Parameters
    ----------
    outputs : object
        What the learner's side says its outputs are: nothing about it is taken on trust.
    limit : int
        Size of all outputs together, in bytes.

    Returns
    -------
    list of dict
        Streams, errors and displays of plain text, cleaned HTML and PNG pictures only.
    """
    kept: list[dict[str, Any]] = []
    left = limit
    for output in outputs if isinstance(outputs, list | tuple) else ():
        if not isinstance(output, Mapping):
            continue
        cleaned, size = _clean_output(output, left)
        if cleaned is None:
            continue
        kept.append(cleaned)
        left -= size
        if left <= 0:
            kept.append({"output_type": "stream", "name": "stdout", "text": _CUT.lstrip()})
            break
    return kept


def _clean_output(output: Mapping[str, Any], left: int) -> tuple[dict[str, Any] | None, int]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        text = plain(output.get("text"), left)
        return {"output_type": "stream", "name": name, "text": text}, len(text)
    if kind == "error":
        lines = output.get("traceback")
        traceback = plain([f"{plain(x)}\n" for x in lines] if isinstance(lines, list) else "", left).split("\n")
        error = {
            "output_type": "error",
            "ename": plain(output.get("ename"), 200),
            "evalue": plain(output.get("evalue"), 2000),
            "traceback": [line for line in traceback if line],
        }
        return error, sum(map(len, traceback))
    if kind in ("display_data", "execute_result"):
        data = _clean_data(output.get("data"), left)
        size = sum(map(len, data.values()))
        # Only the judge's own cells carry an `execute_result`: there it is the score.
        return ({"output_type": "display_data", "data": data, "metadata": {}} if data else None), size
    return None, 0


def _clean_data(data: Any, left: int) -> dict[str, str]:
    if not isinstance(data, Mapping):
        return {}
    cleaned: dict[str, str] = {}
    if "text/plain" in data:
        cleaned["text/plain"] = plain(data["text/plain"], left)
    markup = plain(data.get("text/html"))
    if markup and len(markup) <= left:
        cleaned["text/html"] = clean_html(markup)
    picture = png_or_none(data.get("image/png"))
    if picture and len(picture) <= left * 2:
        cleaned["image/png"] = picture
    return cleaned
