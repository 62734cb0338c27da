from __future__ import annotations

import base64
import re
from html import unescape
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.clean import clean_html, clean_outputs, defuse_markdown, plain, png_or_none

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
OUTPUT = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "x"]) | ANYTHING},
    optional={
        "text": ANYTHING,
        "name": ANYTHING,
        "traceback": ANYTHING,
        "ename": ANYTHING,
        "data": ANYTHING | st.dictionaries(st.sampled_from(["text/plain", "text/html", "image/png"]), ANYTHING),
    },
)


@given(st.lists(OUTPUT | ANYTHING, max_size=5) | ANYTHING)
def test_cleaned_outputs_are_valid_and_can_be_written(outputs: Any) -> None:
    cell = nbformat.v4.new_code_cell("")
    cell.outputs = [nbformat.from_dict(output) for output in clean_outputs(outputs)]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")


@given(st.text())
def test_defused_markdown_stays_defused(text: str) -> None:
    once = defuse_markdown(text)
    assert defuse_markdown(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](JaVaScRiPt:alert(1))",
        "[click](java&#115;cript:alert(1))",
        "[click](javascript&colon;alert(1))",
        "[click](java\x01script:alert(1))",
        "<javascript:alert(1)>",
        "[a]: data:text/html;base64,AAAA\n\n[a]",
        "<svg/onload=alert(1)>",
        "</div><iframe src='http://example.org'>",
    ],
)
def test_markdown_that_would_run_does_not(text: str) -> None:
    from nbconvert.filters import markdown2html

    html = markdown2html(defuse_markdown(text)).lower()
    for sign in ("<script", "<img", "<svg", "<iframe", 'href="javascript:', 'href="data:', "href='javascript:"):
        assert sign not in html


@pytest.mark.parametrize(
    "address",
    [
        r"javascript\:alert(1)",
        r"<javascript\:alert(1)>",
        "\n> javascript\\:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&amp;colon;alert(1)",
        "javascript&amp;#58;alert(1)",
        "java\x00script\\:alert(1)",
        "<java\tscript:alert(1)>",
        "<java\nscript:alert(1)>",
        " \t\njavascript\\:alert(1)",
        r"JavaScript\:alert(1)",
        r"vbscript\:x",
        r"data\:text/html,x",
        "file:///etc/passwd",
        "attachment:z",
        r"attachment\:z",
    ],
)
@pytest.mark.parametrize("form", ["[click]({})", "![click]({})", "[x]: {}\n\n[x]", "[x]:{}\n\n![y][x]", "[a](b[c]({})"])
def test_a_link_with_another_scheme_is_none(form: str, address: str) -> None:
    from nbconvert.filters import markdown2html

    html = markdown2html(defuse_markdown("> " + form.replace("{}", address))).lower()
    for part in re.findall(r"(?:href|src)=[\"']([^\"']*)", html):
        assert part.startswith("#") or ":" not in unescape(unescape(part)), html
    assert "<img" not in html or "attachment:" not in html


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://example.org/a:b) [b](#part) [c](other.md#x:y) [d](mailto:a@example.org) ![e](../plot.png)",
        "[x]: http://example.org/\n\n[x]",
        "`d[k]: int`, $a < b$, x[1:2], &lt;tag&gt; and a & b",
    ],
)
def test_harmless_markdown_is_left_as_it_is(text: str) -> None:
    assert defuse_markdown(text) == text


def test_no_link_inside_a_formula() -> None:
    assert "\\href" not in defuse_markdown("$\\href{java\nscript:alert(1)}{x}$")
    for macro in ("class", "cssId", "style", "unicode", "require"):
        assert f"\\{macro}" not in defuse_markdown(f"$\\{macro}{{a}}{{x}}$ and $$\\{macro} {{a}}{{x}}$$")
    assert defuse_markdown(r"$\displaystyle \classes \styled$") == r"$\displaystyle \classes \styled$"
    assert "&bsol;" not in defuse_markdown("$&bsol;href{java\nscript:alert(1)}{x}$")


def test_html_keeps_tables_and_loses_what_runs() -> None:
    html = clean_html('<table><tr><td onclick="x()">1</td></tr></table><script>x</script><a href="javascript:x">a</a>')
    assert "<td>1</td>" in html
    assert "script" not in html
    assert "onclick" not in html


def test_long_output_is_cut_and_says_so() -> None:
    outputs = clean_outputs([{"output_type": "stream", "name": "stdout", "text": "x" * 5000}] * 3, limit=6000)
    assert sum(len(output["text"]) for output in outputs) < 6100
    assert "cut" in outputs[-1]["text"]


def test_only_png_pictures_pass() -> None:
    assert png_or_none(PNG) == PNG
    assert png_or_none(PNG + '" onload="x') is None
    assert png_or_none(base64.b64encode(b"<svg onload=x>").decode()) is None
    assert png_or_none(None) is None


def test_plain_mends_half_a_surrogate_pair() -> None:
    assert plain(["a", "\ud800", 3]) == "a?"
