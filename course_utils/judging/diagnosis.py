"""What to say of a wrong answer that no declared mistake explains."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.judging.compare import Difference, as_array, is_decision
from course_utils.judging.tolerance import Computation, all_close
from course_utils.language import N_, _

_FACTORS = {
    -1.0: N_("the opposite sign: look for a minus that is missing or one too many"),
    2.0: N_("twice what it should be: look for a factor 1/2 that is missing, or something counted twice"),
    0.5: N_("half of what it should be: look for a factor 1/2 too many"),
}

# Part of an error's type and message -> what usually lies behind it.
_ERRORS = {
    "could not be broadcast together": N_(
        "Two shapes do not fit. Write one under the other and read from the right: each pair of sizes must be "
        "equal or contain a 1. Which sum or product did you mean?"
    ),
    "mat1 and mat2 shapes cannot be multiplied": N_(
        "A linear layer wants one row of numbers for each sample: does an image need flattening first?"
    ),
    "matmul: Input operand": N_(
        "The inner sizes of a matrix product must agree: is a factor to be transposed or swapped?"
    ),
    "AxisError": N_("The array has fewer axes than the code expects: is one sample's vector taken for a batch?"),
    "'NoneType' object": N_("Something here is None: does a function that you call lack its `return`?"),
    "RecursionError": N_("It calls itself without end."),
    "cannot assign module before Module.__init__": N_("`__init__` starts with `super().__init__()`."),
    'missing the required "forward"': N_("A module says what it computes in a method named `forward`."),
}


def diagnose(difference: Difference, args: tuple[Any, ...], computation: Computation) -> str | None:
    """Explain a difference in one sentence, or return None when nothing general fits.

    Parameters
    ----------
    difference : Difference
        Where the answer differs.
    args : tuple
        The arguments of the call; the first array's length gives m, the number of samples.
    computation : str
        Row of the tolerance table.
    """
    if difference.found is None:
        if difference.where:
            place = f"{difference.where[0].upper()}{difference.where[1:]}"
            return _("{step} is None: was it never filled in or returned?", step=place)
        return _("It returns None: is a `return` missing?")
    found, wanted = as_array(difference.found), as_array(difference.wanted)
    if found is None or wanted is None or (is_decision(found) and is_decision(wanted)):
        return None
    for explain in (_not_finite, _all_zero, _other_shape, _precision, _factor, _offset):
        sentence = explain(found, wanted, args, computation)
        if sentence:
            return sentence
    return None


def explain_error(kind: str, message: str) -> str | None:
    """Say what usually lies behind an error's message, or return None."""
    for part, sentence in _ERRORS.items():
        if part in f"{kind}: {message}":
            return _(sentence)
    return None


def _not_finite(found: np.ndarray, wanted: np.ndarray, args: tuple[Any, ...], *rest: object) -> str | None:
    if found.dtype.kind != "f" or np.isfinite(found).all() or not np.isfinite(wanted).all():
        return None
    kind = "NaN" if np.isnan(found).any() else _("an infinity")
    largest = max((float(np.abs(a).max()) for a in _arrays(args) if a.size), default=0.0)
    smallest = min((float(np.abs(a).min()) for a in _arrays(args) if a.size), default=1.0)
    if largest > 80:
        why = _("The inputs go up to {size:.0f} in size: which step overflows there?", size=largest)
    elif smallest == 0:
        why = _("Some inputs are exactly 0: which step divides by zero or takes the logarithm of zero there?")
    else:
        why = _("Which step divides by zero or takes the logarithm of zero?")
    return _("It contains {kind}. {why}", kind=kind, why=why)


def _all_zero(found: np.ndarray, wanted: np.ndarray, *rest: object) -> str | None:
    if found.size and not found.any() and wanted.any():
        return _("Every number in it is 0, as if the result were never filled in.")
    return None


def _other_shape(found: np.ndarray, wanted: np.ndarray, args: tuple[Any, ...], computation: Computation) -> str | None:
    if found.shape == wanted.shape:
        if found.ndim == 2 and found.shape[0] == found.shape[1] and all_close(found.T, wanted, computation):
            return _("It is transposed: rows and columns are swapped.")
        return None
    if found.ndim == 2 and found.T.shape == wanted.shape:
        if all_close(found.T, wanted, computation):
            return _("It is transposed: rows and columns are swapped.")
        return _("Rows and columns look swapped.")
    if found.squeeze().shape == wanted.squeeze().shape:
        return _(
            "{found} and {wanted} hold equally many numbers but do not mean the same: "
            "mind the axes of length 1, they broadcast into surprises.",
            found=found.shape,
            wanted=wanted.shape,
        )
    if found.size == wanted.size:
        return _("It has the right number of entries in another arrangement: which axis is which?")
    if found.ndim == 0:
        return _("It is a single number where there should be one for each entry: summed or averaged too much?")
    if wanted.ndim == 0:
        return _("It should be a single number: is a sum or a mean missing?")
    return None


def _factor(found: np.ndarray, wanted: np.ndarray, args: tuple[Any, ...], computation: Computation) -> str | None:
    if not wanted.any() or found.shape != wanted.shape or not np.isfinite(found).all():
        return None
    f, w = found.astype(np.float64).ravel(), wanted.astype(np.float64).ravel()
    ratio = float(f @ w / (w @ w))
    if ratio == 0 or wanted.size < 2 or not all_close(found / ratio, wanted, computation):
        return None
    m = next((float(len(a)) for a in _arrays(args) if a.ndim), 0.0)
    if m > 1 and np.isclose(ratio, m):
        return _(
            "Every number is {m:.0f} times too big, and there are {m:.0f} samples: a sum where a mean is due?", m=m
        )
    if m > 1 and np.isclose(ratio, 1 / m):
        return _(
            "Every number is {m:.0f} times too small, and there are {m:.0f} samples: averaged once too often?", m=m
        )
    for factor, meaning in _FACTORS.items():
        if np.isclose(ratio, factor):
            return _("Every number is right but for a factor: {meaning}.", meaning=_(meaning))
    return _(
        "Every number is right but for the same factor, about {ratio:.3g}: what is missing or doubled?", ratio=ratio
    )


def _offset(found: np.ndarray, wanted: np.ndarray, args: tuple[Any, ...], computation: Computation) -> str | None:
    if found.shape != wanted.shape or wanted.size < 3 or not np.isfinite(found).all():
        return None
    gap = found.astype(np.float64) - wanted.astype(np.float64)
    if all_close(found - gap.mean(), wanted, computation):
        return _("Every number is off by the same amount: is something added that should not be, or left out?")
    return None


def _precision(found: np.ndarray, wanted: np.ndarray, args: tuple[Any, ...], computation: Computation) -> str | None:
    if found.dtype == np.float64 and all_close(found, wanted, computation, precision="float32"):
        return _(
            "It is right to about six digits only: something is rounded to single precision, "
            "or a small constant is added where none is needed."
        )
    return None


def _arrays(args: tuple[Any, ...]) -> list[np.ndarray]:
    return [a for a in args if isinstance(a, np.ndarray) and a.dtype.kind in "biuf"]
