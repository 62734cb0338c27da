"""How close is close: the one table by which the project compares floating-point numbers.

Both sides are compared in float64. What counts as equal depends on the precision the answer was
computed in and on how errors add up in that kind of computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Computation = Literal["elementwise", "reduction", "iterated"]


@dataclass(frozen=True)
class Tolerance:
    """Allowed distance: ``absolute * max(1, largest expected) + relative * |expected|``."""

    relative: float
    absolute: float


# elementwise: a few operations an entry. reduction: sums over samples or features.
# iterated: many steps that feed on each other, such as a training loop.
TABLE: dict[tuple[str, Computation], Tolerance] = {
    ("float64", "elementwise"): Tolerance(1e-9, 1e-12),
    ("float64", "reduction"): Tolerance(1e-8, 1e-11),
    ("float64", "iterated"): Tolerance(1e-6, 1e-8),
    ("float32", "elementwise"): Tolerance(1e-5, 1e-6),
    ("float32", "reduction"): Tolerance(1e-4, 1e-5),
    ("float32", "iterated"): Tolerance(1e-3, 1e-4),
}


def precision_of(values: Any) -> str:
    """Return the row of the table for an array: its float type, or float64 for anything else."""
    name = str(getattr(values, "dtype", "float64"))
    # Half precision is held to single: a looser row would let a rounded wrong answer through.
    return "float32" if name in ("float16", "float32") else "float64"


def is_close(
    actual: Any,
    expected: Any,
    computation: Computation = "reduction",
    precision: str | None = None,
    equal_nan: bool = False,
) -> np.ndarray:
    """Say for each entry whether `actual` equals `expected` within the table's tolerance.

    Parameters
    ----------
    actual, expected : array_like, same shape
        Numbers; NaN equals nothing, an infinity equals itself.
    computation : {"elementwise", "reduction", "iterated"}
        Which row of the table.
    precision : str, optional
        Which column; by default the float type of `actual`.
    equal_nan : bool
        Whether NaN equals NaN after all (to recognise a slip that overflows).

    Returns
    -------
    numpy.ndarray of bool
        Same shape as the inputs.
    """
    row = TABLE[precision or precision_of(actual), computation]
    found = np.asarray(actual, dtype=np.float64)
    wanted = np.asarray(expected, dtype=np.float64)
    sizes = np.abs(wanted)
    if np.isfinite(sizes).all() and np.isfinite(found).all():  # nearly always, and then quicker than NumPy's own
        scale = max(1.0, float(sizes.max(initial=0.0)))
        return np.asarray(np.abs(found - wanted) <= row.absolute * scale + row.relative * sizes)
    scale = max(1.0, float(sizes[np.isfinite(sizes)].max(initial=0.0)))
    return np.isclose(found, wanted, rtol=row.relative, atol=row.absolute * scale, equal_nan=equal_nan)


def all_close(actual: Any, expected: Any, computation: Computation = "reduction", precision: str | None = None) -> bool:
    """Say whether two arrays have the same shape and agree in every entry; what is no number never agrees."""
    found, wanted = np.asarray(actual), np.asarray(expected)
    if found.shape != wanted.shape or found.dtype.kind not in "biuf" or wanted.dtype.kind not in "biuf":
        return False
    return bool(np.all(is_close(found, wanted, computation, precision or precision_of(actual))))
