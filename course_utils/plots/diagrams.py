"""Drawings of networks: neurons in layers, and the edges between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils.plots.style import PALETTE, SMALL_SIZE, TEXT_SIZE, add_title, new_axes, same_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCH = 0.5  # of one unit of the drawing; neurons of a layer are one unit apart
RADIUS = 0.3
DRAWN_WHOLE = 8  # wider layers show their first three and last two neurons, with dots between
FIRST, LAST = 3, 2
FILLS = {"input": "#e9e9e9", "hidden": "#dfe6ff", "output": "#ffe6d5"}

Edge = tuple[int, int, int]


@dataclass(frozen=True)
class _Node:
    index: int
    x: float
    y: float


def network_diagram(
    sizes: Sequence[int],
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    hidden_names: Sequence[Sequence[str]] | None = None,
    bias: bool = False,
    highlight: Sequence[Edge] = (),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The layers of a fully connected network, from inputs on the left to outputs on the right.

    Under each layer stands what it is and how wide it is. A layer of more than eight neurons shows the first three
    and the last two, with dots between them.

    Parameters
    ----------
    sizes : sequence of int
        Neurons in each layer, inputs first, for example ``(4, 5, 3, 1)``.
    input_names, output_names : sequence of str, optional
        One for each input or output, written beside it; may hold ``$math$``.
    hidden_names : sequence of sequences of str, optional
        One sequence for each hidden layer; a short name stands in its neuron, a long one above it.
    bias : bool
        Draw the constant input +1 of each layer as a square with dotted edges.
    highlight : sequence of (layer, from, to)
        Edges to draw strong and dashed, all three counted from 0. With ``bias=True`` the +1 of a layer is its
        neuron number ``sizes[layer]``.
    title : str, optional
    ax : Axes, optional
        Allow about half an inch of height for each neuron drawn, and 1.2 inches of width for each layer.

    Raises
    ------
    ValueError
        If a size is no whole number above zero, names do not fit, or an edge does not exist or is not drawn.
    """
    sizes = _checked_sizes(sizes)
    names = _names(sizes, input_names, output_names, hidden_names)
    columns, gap = _places(sizes, names)
    strong = _checked_edges(sizes, columns, highlight, bias)
    top = max(column[0].y for column in columns)
    bias_y = -top - 1.0
    bottom = (bias_y if bias and len(sizes) > 1 else -top) - RADIUS
    left, right = _side_room(names[0], sizes), _side_room(names[-1] if len(sizes) > 1 else (), sizes)
    caption_height = 1.25 if len(sizes) > 2 else 0.85
    room_above = 0.9 if _any_above(names) else 0.5
    window = (-left, (len(sizes) - 1) * gap + right, bottom - caption_height, top + room_above)
    title_height = 0.3 if title else 0.0
    size = ((window[1] - window[0]) * INCH, (window[3] - window[2]) * INCH + title_height)
    ax = new_axes(ax, size)
    ax.set_axis_off()
    ax.set_aspect("equal")
    ax.set_xlim(window[0], window[1])
    ax.set_ylim(window[2], window[3])

    drawn = [list(column) for column in columns]
    if bias:
        for layer, column in enumerate(drawn[:-1]):
            column.append(_Node(sizes[layer], layer * gap, bias_y))
    _draw_edges(ax, sizes, drawn, columns, strong)
    for layer, column in enumerate(columns):
        _draw_layer(ax, sizes, layer, column, names[layer])
        _caption(ax, sizes, layer, layer * gap, bottom - 0.3)
    if bias:
        for layer in range(len(sizes) - 1):
            _draw_bias(ax, layer * gap, bias_y)
    return add_title(ax, title)


def _checked_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    given = tuple(sizes)
    if not given or any(isinstance(size, bool) or int(size) != size or size < 1 for size in given):
        raise ValueError(f"The sizes of the layers must be whole numbers above zero, at least one: {given}.")
    return tuple(int(size) for size in given)


def _names(
    sizes: tuple[int, ...],
    inputs: Sequence[str] | None,
    outputs: Sequence[str] | None,
    hidden: Sequence[Sequence[str]] | None,
) -> list[Sequence[str]]:
    same_length("input_names", inputs, sizes[0])
    same_length("hidden_names", hidden, max(0, len(sizes) - 2))
    if len(sizes) == 1:
        if outputs is not None:
            raise ValueError("A network of one layer has no outputs to name.")
        return [inputs or ()]
    same_length("output_names", outputs, sizes[-1])
    middle = list(hidden) if hidden is not None else [()] * (len(sizes) - 2)
    if hidden is not None:
        for layer, names in enumerate(middle, start=1):
            same_length(f"hidden_names of layer {layer}", names, sizes[layer])
    return [inputs or (), *middle, outputs or ()]


def _places(sizes: tuple[int, ...], names: list[Sequence[str]]) -> tuple[list[list[_Node]], float]:
    """Return the neurons drawn in each layer, and the distance from layer to layer."""
    rows = [list(range(size)) if size <= DRAWN_WHOLE else _ends(size) for size in sizes]
    tallest = max(len(row) for row in rows)
    widest = max((_width(name) for layer in names[1:-1] for name in layer), default=0.0)
    gap = max(2.6, 0.42 * tallest + 1.0, widest + 1.0)
    pitch = 1.35 if _any_above(names) else 1.0
    columns = []
    for layer, (size, row) in enumerate(zip(sizes, rows, strict=True)):
        # The dots take the place of one neuron.
        steps = list(range(len(row))) if size <= DRAWN_WHOLE else [*range(FIRST), *range(FIRST + 1, len(row) + 1)]
        middle = (steps[0] + steps[-1]) / 2
        columns.append(
            [_Node(index, layer * gap, pitch * (middle - step)) for index, step in zip(row, steps, strict=True)]
        )
    return columns, gap


def _ends(size: int) -> list[int]:
    return [*range(FIRST), *range(size - LAST, size)]


def _checked_edges(
    sizes: tuple[int, ...], columns: list[list[_Node]], highlight: Sequence[Edge], bias: bool
) -> set[Edge]:
    edges = set()
    for edge in highlight:
        layer, start, end = (int(number) for number in edge)
        if not (0 <= layer < len(sizes) - 1 and 0 <= start < sizes[layer] + bias and 0 <= end < sizes[layer + 1]):
            raise ValueError(f"There is no edge {tuple(edge)} in a network {sizes}: (layer, from, to) count from 0.")
        for place, index in ((layer, start), (layer + 1, end)):
            shown = [node.index for node in columns[place]]
            if index not in shown and index < sizes[place]:
                raise ValueError(f"Layer {place} is too wide to draw whole: of its neurons only {shown} are drawn.")
        edges.add((layer, start, end))
    return edges


def _width(text: str, size: float = TEXT_SIZE) -> float:
    """Width of a text in units of the drawing."""
    if not text.strip():
        return 0.0
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), text, size=size).get_extents().width) / 72 / INCH


def _fits_inside(name: str) -> bool:
    return _width(name) <= 2 * RADIUS - 0.08


def _any_above(names: list[Sequence[str]]) -> bool:
    """Whether some hidden neuron has a name too long to stand inside it."""
    return any(not _fits_inside(name) for layer in names[1:-1] for name in layer)


def _side_room(names: Sequence[str], sizes: tuple[int, ...]) -> float:
    widest = max((_width(name) for name in names), default=0.0)
    return max(1.1 if len(sizes) > 1 else 1.4, RADIUS + 0.3 + widest)


def _draw_edges(
    ax: Axes, sizes: tuple[int, ...], starts: list[list[_Node]], ends: list[list[_Node]], strong: set[Edge]
) -> None:
    for layer in range(len(sizes) - 1):
        for a in starts[layer]:
            for b in ends[layer + 1]:
                line = ax.plot([a.x, b.x], [a.y, b.y], color="0.62", linewidth=0.8, zorder=1)[0]
                if a.index == sizes[layer]:
                    line.set(linestyle=(0, (1, 1.6)), color="0.4")
                if (layer, a.index, b.index) in strong:
                    line.set(color=PALETTE[4], linewidth=2.6, zorder=2, linestyle=(0, (4, 1.4)))


def _draw_layer(ax: Axes, sizes: tuple[int, ...], layer: int, column: list[_Node], names: Sequence[str]) -> None:
    from matplotlib.patches import Circle

    role = _role(sizes, layer)
    for node in column:
        ax.add_patch(Circle((node.x, node.y), RADIUS, facecolor=FILLS[role], edgecolor="0.2", linewidth=1.2, zorder=3))
        if names:
            _write_name(ax, names[node.index], node, role)
    if sizes[layer] > DRAWN_WHOLE:
        middle = (column[FIRST - 1].y + column[FIRST].y) / 2
        dots = [middle - 0.25, middle, middle + 0.25]
        ax.plot([column[0].x] * 3, dots, "o", color="0.2", markersize=3.5, zorder=3)


def _write_name(ax: Axes, name: str, node: _Node, role: str) -> None:
    style: dict[str, Any] = {"fontsize": TEXT_SIZE, "zorder": 4}
    if role == "input":
        ax.text(node.x - RADIUS - 0.12, node.y, name, ha="right", va="center", **style)
    elif role == "output":
        ax.text(node.x + RADIUS + 0.12, node.y, name, ha="left", va="center", **style)
    elif _fits_inside(name):
        ax.text(node.x, node.y, name, ha="center", va="center", **style)
    else:
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        ax.text(node.x, node.y + RADIUS + 0.06, name, ha="center", va="bottom", bbox=paper, **style)


def _draw_bias(ax: Axes, x: float, y: float) -> None:
    from matplotlib.patches import Rectangle

    side = 2 * RADIUS - 0.06
    corner = (x - side / 2, y - side / 2)
    ax.add_patch(Rectangle(corner, side, side, facecolor="white", edgecolor="0.2", linewidth=1.2, zorder=3))
    ax.text(x, y, "+1", ha="center", va="center", fontsize=SMALL_SIZE, zorder=4)


def _role(sizes: tuple[int, ...], layer: int) -> str:
    if layer == 0:
        return "input"
    return "output" if layer == len(sizes) - 1 else "hidden"


def _caption(ax: Axes, sizes: tuple[int, ...], layer: int, x: float, y: float) -> None:
    role = _role(sizes, layer)
    size = sizes[layer]
    if role == "hidden":
        number = f" {layer}" if len(sizes) > 3 else ""
        text = f"hidden{number}\n{size} neuron{'s' * (size != 1)}"
    else:
        text = f"{size} {role}{'s' * (size != 1)}"
    ax.text(x, y, text, ha="center", va="top", fontsize=TEXT_SIZE, color="0.15")
