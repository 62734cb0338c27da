"""Live figures: one to three controls, one or several panels, and a sentence that says what is seen.

A live figure is made of a pure function ``compute(value) -> dict of arrays`` and a description of what to draw.
Python computes the arrays for every position of the controls once; the browser then only picks and draws, so a
figure answers in a few hundredths of a second and stays alive in a page that has no kernel. Where no front end
answers (GitHub, an executed notebook), the notebook holds a still picture and the sentence instead.
"""

from course_utils.widgets.errors import WidgetError
from course_utils.widgets.parts import Bars, Choice, Contours, Heatmap, Lines, Mark, Series, Slider, log_values
from course_utils.widgets.slider_figure import SliderFigure
from course_utils.widgets.still import draw

__all__ = [
    "Bars",
    "Choice",
    "Contours",
    "Heatmap",
    "Lines",
    "Mark",
    "Series",
    "Slider",
    "SliderFigure",
    "WidgetError",
    "draw",
    "log_values",
]
