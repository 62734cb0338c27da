"""Compare a gradient worked out by hand with one measured by centred differences."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_utils.language import N_, _

__all__ = ["GradientCheckError", "GradientReport", "ParameterReport", "gradient_check", "numeric_gradient"]

Array = NDArray[np.float64]


class GradientCheckError(ValueError):
    """The check cannot be made; the message says in one sentence what is in the way."""


@dataclass(frozen=True)
class ParameterReport:
    """How well the gradient of one parameter agrees.

    Attributes
    ----------
    name : str
    shape : tuple of int
    n_checked : int
        Number of entries that were compared.
    error : float
        The largest relative error ``|a - n| / max(1e-8, |a| + |n|)`` among the entries that count (see
        `gradient_check`), where ``a`` is the analytic and ``n`` the numeric value.
    index : tuple of int
        Where that largest error is.
    analytic, numeric : float
        The two values there.
    passed : bool
    """

    name: str
    shape: tuple[int, ...]
    n_checked: int
    error: float
    index: tuple[int, ...]
    analytic: float
    numeric: float
    passed: bool


@dataclass(frozen=True)
class GradientReport:
    """What `gradient_check` found: one `ParameterReport` a parameter."""

    parameters: tuple[ParameterReport, ...]
    tolerance: float

    @property
    def passed(self) -> bool:
        """True if every parameter's gradient agrees."""
        return all(parameter.passed for parameter in self.parameters)

    @property
    def max_error(self) -> float:
        """The largest relative error of all."""
        return max(parameter.error for parameter in self.parameters)

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.passed:
            return _("The gradients agree: no relative error is above {tolerance:g}.", tolerance=self.tolerance)
        names = ", ".join(parameter.name for parameter in self.parameters if not parameter.passed)
        return _("The gradients differ for {names}.", names=names)

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for item in self.parameters:
            index = "[" + ", ".join(map(str, item.index)) + "]"
            verdict = _("agrees") if item.passed else _("differs")
            rows.append(
                (
                    item.name,
                    str(item.shape),
                    str(item.n_checked),
                    f"{item.error:.1e}" if item.error else _("rounding only"),
                    index,
                    f"{item.analytic:.6g}",
                    f"{item.numeric:.6g}",
                    verdict,
                )
            )
        return rows

    def __str__(self) -> str:
        table = [tuple(map(_, _HEADER)), *self._rows()]
        widths = [max(len(row[column]) for row in table) for column in range(len(_HEADER))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([self.sentence, *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(_(title))}</th>' for title in _HEADER)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self._rows()
        )
        mark = "✓" if self.passed else "✗"
        return (
            f"<p>{mark} <strong>{html.escape(self.sentence)}</strong></p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


_HEADER = (
    N_("parameter"),
    N_("shape"),
    N_("checked"),
    N_("largest error"),
    N_("at"),
    N_("analytic"),
    N_("numeric"),
    N_("verdict"),
)


def numeric_gradient(function: Callable[[Any], Any], array: Any, step: float = 1e-6) -> Array:
    """Measure the gradient of a function of one array by centred differences.

    Entry ``i`` is ``(f(x + step * e_i) - f(x - step * e_i)) / (2 * step)``.

    Parameters
    ----------
    function : callable
        ``function(array) -> float``.
    array : array of floats, any shape
        Where to measure; it is not changed.
    step : float
        How far to go to each side.

    Returns
    -------
    float64 array of the same shape

    Raises
    ------
    GradientCheckError
        If the array is not made of floats or the function does not return one finite number.
    """
    values = [_as_floats(_("The array"), array)]
    _check_step(step)
    result = np.empty_like(values[0])
    for index in np.ndindex(result.shape):
        result[index] = _difference(function, values, 0, index, step)[0]
    return result


def gradient_check(
    function: Callable[..., Any],
    gradient: Callable[..., Any],
    parameters: Any,
    *,
    step: float = 1e-6,
    n_probes: int | None = None,
    rng: np.random.Generator | None = None,
    tolerance: float = 1e-5,
) -> GradientReport:
    """Compare `gradient` with centred differences of `function`, in float64.

    The relative error of an entry is ``|a - n| / max(1e-8, |a| + |n|)`` with the analytic value ``a`` and the
    numeric value ``n``. An entry agrees if this is at most `tolerance`, or if the two values are no further
    apart than rounding alone can push a difference quotient: ``16 * eps * max(1, |f|) / step``, about 4e-9
    for a loss near 1. Entries of the second kind do not count towards the largest error.

    Parameters
    ----------
    function : callable
        ``function(*arrays) -> float``, for example the loss.
    gradient : callable
        ``gradient(*arrays)`` returns the derivative with respect to each array, in the same order and of the
        same shapes: a tuple or list, a dict with the names of `parameters`, or one array if there is one.
    parameters : array, sequence of arrays, or dict of name -> array
        Where to compare. A dict gives the parameters their names; its values are passed in order.
    step : float
        How far to go to each side.
    n_probes : int, optional
        Compare this many randomly chosen entries of each parameter instead of all.
    rng : numpy.random.Generator, optional
        Chooses them; the default always chooses the same.
    tolerance : float
        The largest relative error that still passes.

    Returns
    -------
    GradientReport
        Print it, or let the notebook show it as a table; ``.passed`` says the result.

    Raises
    ------
    GradientCheckError
        If the parameters are not floats, the function does not give one finite number, or a gradient is
        missing, has another shape or contains NaN.
    """
    _check_step(step)
    named = _named(parameters)
    names, values = list(named), list(named.values())
    if n_probes is not None and n_probes < 1:
        raise GradientCheckError(_("n_probes must be at least 1 or None; it is {given}.", given=n_probes))
    _call(function, values)
    analytic = _analytic(gradient, names, values)
    rng = np.random.default_rng(0) if rng is None else rng
    reports = []
    for position, name in enumerate(names):
        indices = _probes(values[position].shape, n_probes, rng)
        reports.append(_compare(function, name, values, position, analytic[position], indices, step, tolerance))
    return GradientReport(parameters=tuple(reports), tolerance=tolerance)


def _compare(
    function: Callable[..., Any],
    name: str,
    values: list[Array],
    position: int,
    analytic: Array,
    indices: Sequence[tuple[int, ...]],
    step: float,
    tolerance: float,
) -> ParameterReport:
    """Compare one parameter's gradient at the given entries and keep the worst."""
    worst: tuple[float, tuple[int, ...], float, float] | None = None
    for index in indices:
        numeric, scale = _difference(function, values, position, index, step)
        exact = float(analytic[index])
        distance = abs(exact - numeric)
        rounding = 16 * np.finfo(np.float64).eps * max(1.0, scale) / step
        error = 0.0 if distance <= rounding else distance / max(1e-8, abs(exact) + abs(numeric))
        if worst is None or error > worst[0]:
            worst = (error, index, exact, numeric)
    assert worst is not None  # empty parameters are refused before
    error, index, exact, numeric = worst
    return ParameterReport(
        name=name,
        shape=values[position].shape,
        n_checked=len(indices),
        error=error,
        index=index,
        analytic=exact,
        numeric=numeric,
        passed=bool(error <= tolerance),
    )


def _probes(shape: tuple[int, ...], n_probes: int | None, rng: np.random.Generator) -> list[tuple[int, ...]]:
    if n_probes is None or n_probes >= np.prod(shape):
        return list(np.ndindex(shape))
    flat = np.sort(rng.choice(int(np.prod(shape)), size=n_probes, replace=False))
    return [tuple(int(i) for i in np.unravel_index(k, shape)) for k in flat]


def _difference(
    function: Callable[..., Any], values: list[Array], position: int, index: tuple[int, ...], step: float
) -> tuple[float, float]:
    """The centred difference for one entry, and the size of the function there."""
    sides = []
    for sign in (1.0, -1.0):
        shifted = [value.copy() for value in values]
        shifted[position][index] += sign * step
        sides.append(_call(function, shifted, copy=False))
    return (sides[0] - sides[1]) / (2 * step), max(map(abs, sides))


def _call(function: Callable[..., Any], values: list[Array], copy: bool = True) -> float:
    result = function(*(value.copy() for value in values) if copy else values)
    try:
        number = np.asarray(result, dtype=np.float64)
    except (TypeError, ValueError):
        raise GradientCheckError(
            _("The function must return one number, and it returned a {type}.", type=type(result).__name__)
        ) from None
    if number.size != 1:
        raise GradientCheckError(
            _("The function must return one number, and it returned an array of shape {shape}.", shape=number.shape)
        )
    if not np.isfinite(number).all():
        raise GradientCheckError(
            _("The function returned {number}, so no slope can be measured.", number=float(number.item()))
        )
    return float(number.item())


def _analytic(gradient: Callable[..., Any], names: list[str], values: list[Array]) -> list[Array]:
    """Call the learner's gradient and bring what it returns into one array a parameter."""
    result = gradient(*(value.copy() for value in values))
    if isinstance(result, Mapping):
        missing = [name for name in names if name not in result]
        if missing:
            raise GradientCheckError(_("The gradient has no entry called {name!r}.", name=missing[0]))
        parts = [result[name] for name in names]
    elif isinstance(result, tuple | list) and not (len(values) == 1 and len(result) != 1):
        parts = list(result)
    else:
        parts = [result]
    if len(parts) != len(names):
        raise GradientCheckError(
            _(
                "The gradient must return {wanted} arrays, one for each parameter; it returned {found}.",
                wanted=len(names),
                found=len(parts),
            )
        )
    return [_check_part(name, part, value) for name, part, value in zip(names, parts, values, strict=True)]


def _check_part(name: str, part: Any, value: Array) -> Array:
    try:
        array = np.asarray(part, dtype=np.float64)
    except (TypeError, ValueError):
        raise GradientCheckError(
            _(
                "The gradient of parameter {name} must be an array of numbers; it is a {type}.",
                name=name,
                type=type(part).__name__,
            )
        ) from None
    if array.shape != value.shape:
        raise GradientCheckError(
            _(
                "The gradient of parameter {name} must have its shape, {wanted}; it has shape {found}.",
                name=name,
                wanted=value.shape,
                found=array.shape,
            )
        )
    if not np.isfinite(array).all():
        raise GradientCheckError(_("The gradient of parameter {name} contains NaN or infinity.", name=name))
    return array


def _named(parameters: Any) -> dict[str, Array]:
    if isinstance(parameters, Mapping):
        given = {str(name): value for name, value in parameters.items()}
    elif isinstance(parameters, tuple | list) and not all(np.isscalar(item) for item in parameters):
        given = {_("no. {number}", number=position): value for position, value in enumerate(parameters)}
    else:
        given = {_("no. {number}", number=0): parameters}
    if not given:
        raise GradientCheckError(_("There is no parameter to check."))
    return {name: _as_floats(_("The parameter {name}", name=name), value) for name, value in given.items()}


def _as_floats(label: str, value: Any) -> Array:
    array = np.asarray(value)
    if not np.issubdtype(array.dtype, np.floating):
        raise GradientCheckError(
            _(
                "{label} must hold floats, and it holds {dtype}: only floats can be moved by a small step.",
                label=label,
                dtype=array.dtype,
            )
        )
    if array.size == 0:
        raise GradientCheckError(_("{label} is empty, so there is nothing to check.", label=label))
    if not np.isfinite(array).all():
        raise GradientCheckError(_("{label} contains NaN or infinity.", label=label))
    return array.astype(np.float64)


def _check_step(step: float) -> None:
    if not (np.isfinite(step) and step > 0):
        raise GradientCheckError(_("step must be a positive number; it is {step}.", step=step))
