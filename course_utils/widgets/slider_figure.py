"""The live figure itself: a widget that holds all frames and lets the browser pick one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from course_utils.language import _
from course_utils.plots.style import PALETTE, PALETTE_DARK
from course_utils.widgets.errors import WidgetError
from course_utils.widgets.frames import (
    Frame,
    Values,
    checked_controls,
    choice_of,
    compute_frames,
    limits_of,
    payload,
    place_text,
    positions,
)
from course_utils.widgets.parts import Control, Panel
from course_utils.widgets.still import draw, png

_HERE = Path(__file__).parent


def _stylesheet() -> str:
    """Return the style sheet, with the palette of `course_utils.plots` put in."""
    light = "".join(f"--dlf-{position}:{code};" for position, code in enumerate(PALETTE))
    dark = "".join(f"--dlf-{position}:{code};" for position, code in enumerate(PALETTE_DARK))
    rules = (_HERE / "live_figure.css").read_text(encoding="utf-8")
    return f".dlf{{{light}}}\n[data-jp-theme-light='false'] .dlf{{{dark}}}\n{rules}"


class SliderFigure(anywidget.AnyWidget):
    """A figure with one to three controls.

    Parameters
    ----------
    compute : callable
        ``compute(value)``, or ``compute(value_1, value_2, ...)`` with one value for each control, returns a dict of
        rows of numbers. It must be pure: it is called once for each position of the controls, when the figure is made.
    slider : Slider or Choice, or a sequence of one to three of them
    panels : sequence of Lines, Bars, Heatmap or Contours
        Drawn side by side.
    sentence : callable, optional
        ``sentence(value, arrays)`` says in words what the figure shows there; with several controls it is called as
        ``sentence(value_1, value_2, ..., arrays)``.
    caption : str
        What to look for; stays the same.

    Attributes
    ----------
    index : int
        Number of the frame shown, in step with the browser both ways. With one control it is its position; with
        several, the last control changes fastest.
    value : float or str, or a tuple of them
        The value of the control there; with several controls, one for each.
    arrays : dict of arrays
        What is drawn there.

    Raises
    ------
    WidgetError
        If `compute`, `sentence` or a surface raises, or the arrays do not fit the panels.
    """

    _esm = (_HERE / "live_figure.js").read_text(encoding="utf-8")
    _css = _stylesheet()

    index = traitlets.Int(0).tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        compute: Callable[..., Mapping[str, Any]],
        slider: Control | Sequence[Control],
        panels: Sequence[Panel],
        sentence: Callable[..., str] | None = None,
        caption: str = "",
    ) -> None:
        if not panels:
            raise WidgetError("A live figure needs at least one panel.")
        self.controls, self.panels, self.caption = checked_controls(slider), tuple(panels), caption
        self.positions = positions(self.controls)
        self.frames = compute_frames(compute, self.controls, self.panels)
        self.sentences = _sentences(sentence, self.controls, self.positions, self.frames)
        self._png: dict[int, tuple[bytes, int, int]] = {}
        spec = payload(self.controls, self.panels, self.frames, self.sentences, caption)
        starts = [control.start_index for control in self.controls]
        shape = [len(control.values) for control in self.controls]
        super().__init__(spec=spec, index=int(np.ravel_multi_index(starts, shape)))

    @traitlets.validate("index")
    def _keep_index_on_the_slider(self, proposal: Any) -> int:
        return int(np.clip(proposal["value"], 0, len(self.frames) - 1))

    @property
    def value(self) -> Any:
        """The value of the control, or a tuple with one for each."""
        values = self.positions[self.index]
        return values[0] if len(values) == 1 else values

    @property
    def arrays(self) -> Frame:
        """What is drawn there."""
        return self.frames[self.index]

    def still(self) -> Any:
        """Return the present frame as a matplotlib figure."""
        windows = [limits_of(panel, self.frames) for panel in self.panels]
        values = self.positions[self.index]
        chosen = [choice_of(panel, self.controls) for panel in self.panels]
        options = [None if number is None else values[number] for number in chosen]
        title = _words(self.controls, values)
        return draw(self.arrays, self.panels, limits=windows, title=title, options=options)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add a still picture and the sentence to what the widget sends to a front end."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:  # the widget was closed
            return None
        data, metadata = bundle
        if self.index not in self._png:
            self._png[self.index] = png(self.still())
        picture, width, height = self._png[self.index]
        sentence = self.sentences[self.index]
        data["text/plain"] = sentence
        data["image/png"] = base64.b64encode(picture).decode("ascii")
        metadata = dict(metadata or {})
        metadata["image/png"] = {"width": width, "height": height, "alt": sentence}
        return data, metadata


def _words(controls: Sequence[Control], values: Values) -> str:
    return place_text(controls, values).replace(" = ", ": ")


def _sentences(
    sentence: Callable[..., str] | None,
    controls: Sequence[Control],
    places: Sequence[Values],
    frames: Sequence[Frame],
) -> list[str]:
    if sentence is None:
        return [f"{_words(controls, values)}." for values in places]
    texts = []
    for values, frame in zip(places, frames, strict=True):
        try:
            texts.append(str(sentence(*values, frame)))
        except Exception as error:
            raise WidgetError(
                _(
                    "The sentence of the live figure stops at {place} with {error}",
                    place=place_text(controls, values),
                    error=f"{type(error).__name__}: {error}",
                )
            ) from error
    return texts


__all__ = ["SliderFigure"]
