"""Says in words what a figure shows, and puts the words where screen readers find them.

Whoever draws need not do anything: in a notebook, `describe_figures` has been called when `course_utils.plots` is
there, and from then on every matplotlib figure of the kernel carries its words.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 600  # signs; a listener loses the thread of a longer text
_WORDLESS = "Figure without labels"


def figure_words(figure: Figure) -> str:
    """Describe a figure by its titles, axes and legends.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
        One sentence a panel; of a panel without any of these, the words written into it. Empty when there are none.
    """
    parts = [_plain(figure.get_suptitle()), *(_panel(axes) for axes in figure.axes if axes.get_visible())]
    kept = list(dict.fromkeys(part for part in parts if part))
    text = ". ".join(part.rstrip(".") for part in kept)
    return text if len(text) <= _MOST else text[: _MOST - 1].rsplit(" ", 1)[0] + "…"


def picture_markup(data: str, metadata: Mapping[str, Any]) -> str:
    """Return a PNG picture as an ``<img>`` with its words in its place.

    Parameters
    ----------
    data : str
        The picture in base64.
    metadata : dict
        What a notebook's output says of it: ``alt``, and where given ``width`` and ``height``.
    """
    size = "".join(f' {side}="{metadata[side]}"' for side in ("width", "height") if side in metadata)
    alt = escape(metadata.get("alt") or _WORDLESS)
    return f'<img src="data:image/png;base64,{data.strip()}"{size} alt="{alt}">'


def describe_figures() -> None:
    """Let every figure of this notebook carry its description; do nothing where no kernel shows figures."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if hasattr(shell, "kernel") and shell not in _described:
        _described.add(shell)
        _Describer(shell)


_described: weakref.WeakSet[Any] = weakref.WeakSet()


class _Describer:
    """Stands between a shell and its way of drawing figures.

    The words go into the metadata of the picture, where nbconvert and our site look. JupyterLab does not look there,
    so the picture also goes out as ``text/html``, which every front end prefers.
    """

    def __init__(self, shell: Any) -> None:
        self._formatters = shell.display_formatter.formatters
        self._draw: Any = None
        self._drawn: tuple[Figure, tuple[Any, dict[str, Any]] | None] | None = None
        # The inline backend puts in its own way of drawing when it is first used, and whenever another format is
        # asked for. So we look before a cell, which may end with a figure, and before the figures of a cell go out.
        for moment in ("pre_run_cell", "post_execute"):
            shell.events.register(moment, self._take_over)
        self._take_over()

    def _take_over(self, *_: object) -> None:
        module = sys.modules.get("matplotlib.figure")
        if module is None:
            return
        png = self._formatters["image/png"]
        try:
            draw = png.lookup_by_type(module.Figure)
        except KeyError:  # nothing drawn yet, or pictures of another format
            return
        if draw == self._png:
            return
        self._draw = draw
        png.for_type(module.Figure, self._png)
        self._formatters["text/html"].for_type(module.Figure, self._html)

    def _html(self, figure: Figure) -> str | None:
        drawn = self._described(figure)
        self._drawn = (figure, drawn)  # the same picture is asked for as PNG right after
        return picture_markup(*drawn) if drawn else None

    def _png(self, figure: Figure) -> tuple[Any, dict[str, Any]] | None:
        before, self._drawn = self._drawn, None
        return before[1] if before and before[0] is figure else self._described(figure)

    def _described(self, figure: Figure) -> tuple[Any, dict[str, Any]] | None:
        drawn = self._draw(figure)
        if drawn is None:  # there is nothing in the figure
            return None
        data, metadata = drawn if isinstance(drawn, tuple) else (drawn, {})
        return data, {**metadata, "alt": figure_words(figure)}


def _panel(axes: Axes) -> str:
    title, x, y = (_plain(text) for text in (_title(axes), axes.get_xlabel(), axes.get_ylabel()))
    about = f"{y} against {x}" if x and y else x or y
    legend = axes.get_legend()
    entries = ", ".join(_plain(text.get_text()) for text in legend.get_texts()) if legend else ""
    said = ": ".join(part for part in (title, about) if part)
    if not (said or entries):
        return ", ".join(dict.fromkeys(filter(None, (_plain(text.get_text()) for text in axes.texts))))
    return f"{said} ({entries})" if said and entries else said or entries


def _title(axes: Axes) -> str:
    return " ".join(filter(None, (axes.get_title(place) for place in ("left", "center", "right"))))


def _plain(text: str) -> str:
    """Take the marks of TeX out, which a screen reader would spell."""
    for mark, word in (("\\lambda", "lambda"), ("\\hat", ""), ("$", ""), ("\\", ""), ("{", ""), ("}", "")):
        text = text.replace(mark, word)
    return " ".join(text.split())
