"""The live figure itself: a widget that holds all frames and lets the browser pick one."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from course_utils.plots.style import PALETTE, PALETTE_DARK
from course_utils.widgets.frames import Frame, compute_frames, limits_of, payload
from course_utils.widgets.parts import Panel, Slider, WidgetError
from course_utils.widgets.still import draw, png

_HERE = Path(__file__).parent


def _stylesheet() -> str:
    """Return the style sheet, with the palette of `course_utils.plots` put in."""
    light = "".join(f"--dlf-{position}:{code};" for position, code in enumerate(PALETTE))
    dark = "".join(f"--dlf-{position}:{code};" for position, code in enumerate(PALETTE_DARK))
    rules = (_HERE / "live_figure.css").read_text(encoding="utf-8")
    return f".dlf{{{light}}}\n[data-jp-theme-light='false'] .dlf{{{dark}}}\n{rules}"


class SliderFigure(anywidget.AnyWidget):
    """A figure with a slider.

    Parameters
    ----------
    compute : callable
        ``compute(value)`` returns a dict of rows of numbers. It must be pure: it is called once for each
        position of the slider, when the figure is made.
    slider : Slider
    panels : sequence of Lines or Bars
        Drawn side by side.
    sentence : callable, optional
        ``sentence(value, arrays)`` says in words what the figure shows there.
    caption : str
        What to look for; stays the same.

    Attributes
    ----------
    index : int
        Position of the slider, in step with the browser both ways.
    value : float
        The slider's value there.
    arrays : dict of arrays
        What is drawn there.

    Raises
    ------
    WidgetError
        If `compute` or `sentence` raises for some value, or the arrays do not fit the panels.
    """

    _esm = (_HERE / "live_figure.js").read_text(encoding="utf-8")
    _css = _stylesheet()

    index = traitlets.Int(0).tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        compute: Callable[[float], Mapping[str, Any]],
        slider: Slider,
        panels: Sequence[Panel],
        sentence: Callable[[float, Frame], str] | None = None,
        caption: str = "",
    ) -> None:
        if not panels:
            raise WidgetError("A live figure needs at least one panel.")
        self.slider, self.panels, self.caption = slider, tuple(panels), caption
        self.frames = compute_frames(compute, slider, self.panels)
        self.sentences = _sentences(sentence, slider, self.frames)
        self._png: dict[int, tuple[bytes, int, int]] = {}
        spec = payload(slider, self.panels, self.frames, self.sentences, caption)
        super().__init__(spec=spec, index=slider.start_index)

    @traitlets.validate("index")
    def _keep_index_on_the_slider(self, proposal: Any) -> int:
        return int(np.clip(proposal["value"], 0, len(self.slider.values) - 1))

    @property
    def value(self) -> float:
        """The slider's value."""
        return float(self.slider.values[self.index])

    @property
    def arrays(self) -> Frame:
        """What is drawn at the slider's value."""
        return self.frames[self.index]

    def still(self) -> Any:
        """Return the present frame as a matplotlib figure."""
        windows = [limits_of(panel, self.frames) for panel in self.panels]
        title = f"{self.slider.label}: {self.slider.text(self.value)}"
        return draw(self.arrays, self.panels, limits=windows, title=title)

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


def _sentences(sentence: Callable[[float, Frame], str] | None, slider: Slider, frames: Sequence[Frame]) -> list[str]:
    if sentence is None:
        return [f"{slider.label}: {slider.text(value)}." for value in slider.values]
    texts = []
    for value, frame in zip(slider.values, frames, strict=True):
        try:
            texts.append(str(sentence(value, frame)))
        except Exception as error:
            raise WidgetError(
                f"The sentence of the live figure stops at {slider.label} = {slider.text(value)} "
                f"with {type(error).__name__}: {error}"
            ) from error
    return texts


__all__ = ["SliderFigure"]
