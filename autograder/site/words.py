"""Says in words what a figure shows: the alternative text of the pictures on the site.

`describe_figures` runs in the kernel of a lesson, before its first cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 600  # signs; a listener loses the thread of a longer text


def figure_words(figure: Figure) -> str:
    """Describe a figure by its titles, axes and legends.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
        One sentence a panel; empty when nothing in the figure is labelled.
    """
    parts = [figure.get_suptitle(), *(_panel(axes) for axes in figure.axes if axes.get_visible())]
    kept = list(dict.fromkeys(part for part in parts if part))
    text = ". ".join(part.rstrip(".") for part in kept)
    return text if len(text) <= _MOST else text[: _MOST - 1].rsplit(" ", 1)[0] + "…"


def _panel(axes: Axes) -> str:
    title, x, y = (_plain(text) for text in (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()))
    about = f"{y} against {x}" if x and y else x or y
    legend = axes.get_legend()
    entries = ", ".join(_plain(text.get_text()) for text in legend.get_texts()) if legend else ""
    said = ": ".join(part for part in (title, about) if part)
    return f"{said} ({entries})" if said and entries else said or entries


def _plain(text: str) -> str:
    """Take the marks of TeX out, which a screen reader would spell."""
    for mark, word in (("\\lambda", "lambda"), ("\\hat", ""), ("$", ""), ("\\", ""), ("{", ""), ("}", "")):
        text = text.replace(mark, word)
    return " ".join(text.split())


def describe_figures() -> None:
    """Let every figure of this kernel carry its description in its output's metadata."""
    from IPython import get_ipython
    from IPython.core.pylabtools import print_figure
    from matplotlib.figure import Figure

    shell: Any = get_ipython()

    def picture(figure: Figure) -> tuple[Any, dict[str, str]] | None:
        data = print_figure(figure, fmt="png", base64=True)
        return None if data is None else (data, {"alt": figure_words(figure)})

    def register(*_: object) -> None:
        shell.display_formatter.formatters["image/png"].for_type(Figure, picture)

    # Before each cell, because the inline backend puts in its own formatter when it is first used.
    shell.events.register("pre_run_cell", register)
