"""The exercises of lesson 10, dropout.

Where masks are drawn, the stub says by which call, so every answer can be compared number by number. Every oracle is
PyTorch in float64, or a walk over all masks, and shares no code with the NumPy answers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.judging.calls import AGAIN, COUNT, MODES, Given, Rng
from course_utils.judging.compare import as_array, is_decision
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray
Params = dict[str, Array]
NAN_HINT = "At this end of the range something is divided by zero: what is left of the outputs there?"
NO_SCALE = "With a share p of the outputs gone the sums shrink: by what are the survivors divided to make up for it?"
RATE_SWAPPED = "p is the probability to be dropped: at a small p, do few or many outputs survive?"
SCALE_SWAPPED = (
    "The survivors stand in for the dropped: is the sum to be made up by the share that goes or the share that stays?"
)
BEFORE_SIGMOID = "A masked sum of 0 still gives a sigmoid of 1/2: what is to be 0, the sum or the output?"
OTHER_WAY = "drawn in another way"
OTHER_WAY_HINT = (
    "The rates are right and the numbers are others: the check can follow only the call of `rng.random` "
    "that the docstring names."
)


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _widths(rng: np.random.Generator, count: int) -> list[int]:
    """Draw `count` different lengths from 3 to 9."""
    return [int(width) for width in rng.permutation(np.arange(3, 10))[:count]]


def _rate(rng: np.random.Generator) -> float:
    """Draw a drop rate that lies apart from 0, 1/2 and 1, on either side of 1/2."""
    return float(rng.choice([0.15, 0.2, 0.3, 0.35, 0.65, 0.7]))


def _seed(rng: np.random.Generator) -> Rng:
    return Rng(int(rng.integers(2**31)))


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _softmax_of(z: Array, axis: int = 1) -> Array:
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _is_nan(value: Any, case: Case) -> bool:
    """Whether something in it is NaN."""
    parts = [as_array(part) for part in (value.values() if isinstance(value, dict) else [value])]
    return any(part is not None and bool(np.isnan(part).any()) for part in parts)


# --- count_thinned_nets --------------------------------------------------------------------------


def _draw_hidden_sizes(rng: np.random.Generator, layers: int, low: int, high: int) -> tuple[list[int]]:
    """Draw so that even 2 to the product of the widths is a number of 64 bits."""
    return ([int(size) for size in rng.permutation(np.arange(low, high))[:layers]],)


def _count_oracle(sizes: Sequence[int]) -> int:
    n = sum(sizes)
    return sum(math.comb(n, survivors) for survivors in range(n + 1))


COUNT_THINNED_NETS = Exercise(
    "count_thinned_nets",
    groups=(
        Group("one hidden layer", lambda rng: _draw_hidden_sizes(rng, 1, 5, 10), count=3),
        Group("several hidden layers", lambda rng: _draw_hidden_sizes(rng, 3, 2, 6), weight=2, count=3),
        Group("wide layers", lambda rng: ([first := int(rng.integers(20, 44)), 63 - first],), edge=True),
    ),
    oracle=_count_oracle,
    mistakes=(
        Mistake(
            "more than 64 bits hold",
            "NumPy's whole numbers have 64 bits and start anew when they overflow; Python's own go on for ever.",
            matches=lambda value, case: int(value) <= 0,
        ),
        Mistake(
            "square instead of power",
            "Each further neuron doubles the number of nets: what is repeated doubling?",
            lambda sizes: sum(sizes) ** 2,
        ),
        Mistake(
            "adds over the layers",
            "Every choice in one layer goes with every choice in the next: do the possibilities add up or multiply?",
            lambda sizes: sum(2**size for size in sizes),
        ),
        Mistake(
            "product of the widths",
            "The product counts pairs of neurons: how many neurons are there that may be dropped?",
            lambda sizes: 2 ** math.prod(sizes),
        ),
        Mistake(
            "leaves out the empty or the full set",
            "All dropped and none dropped count as well: both can be drawn.",
            matches=lambda value, case: (
                int(value) in (_count_oracle(case.args[0]) - 1, _count_oracle(case.args[0]) - 2)
            ),
        ),
        Mistake(
            "one layer only",
            "The neurons of every hidden layer may be dropped: are all of them counted?",
            matches=lambda value, case: int(value) in (2 ** case.args[0][0], 2 ** case.args[0][-1]),
        ),
        Mistake(
            "counts the neurons",
            "That many neurons may be dropped: in how many ways can you choose who stays?",
            lambda sizes: sum(sizes),
        ),
    ),
)

# --- dropout_mask --------------------------------------------------------------------------------


def _mask_oracle(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> Any:
    import torch

    return torch.tensor(rng.random(shape)).ge(p).double()


def _draw_mask(rng: np.random.Generator, p: float | None = None, axes: int = 2) -> tuple[Any, ...]:
    shape = tuple(int(length) for length in rng.permutation(np.arange(30, 45))[:axes])
    return shape if axes == 2 else (*shape[:2], 5), _rate(rng) if p is None else p, _seed(rng)


def _share_is_right(mask: Any, p: float) -> bool:
    """Whether zeros and ones have the right shares, over all and in single rows and columns."""
    values = as_array(mask)
    if values is None or not np.isin(values, (0, 1)).all():
        return False
    lines = [values.mean(), *values.mean(axis=0).ravel(), *values.mean(axis=1).ravel()]
    return bool(abs(lines[0] - (1 - p)) < 0.1 and max(abs(line - (1 - p)) for line in lines) < 0.45)


DROPOUT_MASK = Exercise(
    "dropout_mask",
    groups=(
        Group("tables of outputs", _draw_mask, weight=3, count=3),
        Group("arrays with three axes", lambda rng: _draw_mask(rng, axes=3)),
        Group("nothing dropped", lambda rng: _draw_mask(rng, 0.0), edge=True),
        Group("everything dropped", lambda rng: _draw_mask(rng, 1.0), edge=True),
    ),
    oracle=_mask_oracle,
    mistakes=(
        Mistake("ones and zeros swapped", RATE_SWAPPED, lambda shape, p, rng: rng.random(shape) < p),
        Mistake(
            "compares with the rate that stays",
            "An output is dropped where its number lies below p: which number is it compared with?",
            lambda shape, p, rng: rng.random(shape) >= 1 - p,
        ),
        Mistake(
            "survives below 1 - p",
            "The rates are right, and the numbers decide the other way round: which end of the range is dropped?",
            lambda shape, p, rng: rng.random(shape) < 1 - p,
        ),
        Mistake(
            "one mask for all rows",
            "All rows are equal: each sample needs decisions of its own.",
            lambda shape, p, rng: np.broadcast_to(rng.random(shape[1:]) >= p, shape),
        ),
        Mistake(
            "one decision a row",
            "Whole rows stay or go: each output needs a decision of its own.",
            lambda shape, p, rng: np.broadcast_to(rng.random((shape[0],) + (1,) * (len(shape) - 1)) >= p, shape),
        ),
        Mistake(
            "scaled as well",
            "A mask holds zeros and ones; making the survivors larger is the next step.",
            lambda shape, p, rng: (rng.random(shape) >= p) / np.float64(1 - p),
        ),
        Mistake(OTHER_WAY, OTHER_WAY_HINT, matches=lambda value, case: _share_is_right(value, case.args[1])),
    ),
)

# --- dropout -------------------------------------------------------------------------------------


def _dropout_oracle(a: Array, p: float, training: bool, rng: np.random.Generator) -> Any:
    import torch

    if not training:
        return _tensor(a)
    alive = torch.tensor(rng.random(np.shape(a))).ge(p)
    return torch.where(alive, _tensor(a) / max(1 - p, 1e-300), torch.zeros(()).double())


def _draw_dropout(
    rng: np.random.Generator, p: float | None = None, training: bool = True, axes: int = 2
) -> tuple[Any, ...]:
    shape = [int(length) for length in rng.permutation(np.arange(13, 25))[:axes]]
    return rng.normal(1, 2, size=shape), _rate(rng) if p is None else p, training, _seed(rng)


def _draw_whole(rng: np.random.Generator) -> tuple[Any, ...]:
    _, p, training, seed = _draw_dropout(rng)
    return rng.integers(-9, 10, size=(11, 17)), p, training, seed


def _dropout_with(slip: str) -> Callable[..., Array]:
    """Return dropout with one slip in it."""

    def drop(a: Array, p: float, training: bool, rng: np.random.Generator) -> Array:
        if slip == "older" and not training:
            return a * (1 - p)
        if not training and slip not in ("always", "scales in evaluation"):
            return a
        if not training and slip == "scales in evaluation":
            return a / (1 - p)
        if slip == "never":
            return a * 1.0
        shape = {"samples": (1, *a.shape[1:]), "rows": (len(a),) + (1,) * (a.ndim - 1)}.get(slip, a.shape)
        alive = rng.random(shape) >= p
        if slip in ("swapped", "swapped and scaled"):
            alive = ~alive
        factor = {
            "unscaled": 1.0,
            "older": 1.0,
            "by p": 1 / np.float64(p),
            "swapped and scaled": 1 / np.float64(p),
            "times": 1 - p,
            "added": 1 + p,
        }.get(slip, 1 / np.float64(1 - p))
        scaled = np.where(alive, a * factor, 0.0)
        if slip == "nan":
            return a * alive / np.float64(1 - p)
        if slip == "dropped kept":
            return np.where(alive, a * factor, a)
        return np.trunc(scaled) if slip == "whole" and a.dtype.kind == "i" else scaled

    return drop


def _dropped_in_another_way(value: Any, case: Case) -> bool:
    """Whether survivors are right and about the right number of them, and only who survives differs."""
    a, p, training, rng = case.args
    found = as_array(value)
    if found is None or found.shape != np.shape(a) or not training:
        return False
    alive = found != 0
    as_asked = rng.random(a.shape) >= p
    return bool(
        all_close(found[alive], a[alive] / (1 - p))
        and abs(alive[a != 0].mean() - (1 - p)) < 5 * a.size**-0.5 / 2
        and (alive != as_asked)[a != 0].any()
    )


DROPOUT = Exercise(
    "dropout",
    groups=(
        Group("training", _draw_dropout, weight=4, count=3),
        Group("evaluation", lambda rng: _draw_dropout(rng, training=False), weight=2, edge=True),
        Group("arrays with three axes", lambda rng: _draw_dropout(rng, axes=3)),
        Group("whole numbers", _draw_whole),
        Group("nothing dropped", lambda rng: _draw_dropout(rng, 0.0), edge=True),
        Group("everything dropped", lambda rng: _draw_dropout(rng, 1.0), edge=True),
    ),
    oracle=_dropout_oracle,
    computation="elementwise",
    laws=(
        Law(
            "with the same random numbers, outputs three times as large come out three times as large",
            lambda ask, a, p, training, rng: all_close(
                np.asarray(ask(3 * a, p, training, Rng(5))), 3 * np.asarray(ask(a, p, training, Rng(5)))
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "everything left at p = 1",
            "At p = 1 every output is dropped: what comes out then?",
            lambda a, p, training, rng: a if p == 1 else _dropout_with("")(a, p, training, rng),
        ),
        Mistake(
            "nothing left at p = 0",
            "When nothing is dropped everything stays: which end of the range does a special case catch?",
            matches=lambda value, case: case.args[1] == 0 and not np.any(value),
        ),
        Mistake("no scaling", NO_SCALE, _dropout_with("unscaled")),
        Mistake(
            "scaled in evaluation instead",
            "Here the survivors are made larger in training, so that evaluation has nothing to do.",
            _dropout_with("older"),
        ),
        Mistake("scaled by the share that goes", SCALE_SWAPPED, _dropout_with("by p")),
        Mistake(
            "scaled down",
            "The survivors stand in for the dropped: should they become larger or smaller?",
            _dropout_with("times"),
        ),
        Mistake(
            "the missing share added",
            "At p = 0.2 this makes 2.4 of 2: when four of five survive, by what must each be multiplied?",
            _dropout_with("added"),
        ),
        Mistake("mask and scale turned round", RATE_SWAPPED, _dropout_with("swapped and scaled")),
        Mistake("mask turned round", RATE_SWAPPED, _dropout_with("swapped")),
        Mistake(
            "drops in evaluation too",
            "In evaluation the whole net answers: where does `training` come in?",
            _dropout_with("always"),
        ),
        Mistake(
            "never drops",
            "In training nothing is dropped: where does the mask come in?",
            _dropout_with("never"),
        ),
        Mistake(
            "scales in evaluation",
            "In evaluation nothing is missing: is there anything to make up for?",
            _dropout_with("scales in evaluation"),
        ),
        Mistake(
            "one mask for all samples",
            "The same columns are gone in every row: each sample needs a mask of its own.",
            _dropout_with("samples"),
        ),
        Mistake(
            "whole samples dropped",
            "Whole rows are gone: each output needs a decision of its own.",
            _dropout_with("rows"),
        ),
        Mistake(
            "the dropped stay as they were",
            "A dropped output becomes 0; only the survivors keep a value.",
            _dropout_with("dropped kept"),
        ),
        Mistake(
            "rounded to whole numbers",
            "Divided whole numbers need not be whole: which type has the array that the results are put into?",
            _dropout_with("whole"),
        ),
        Mistake("not a number at p = 1", NAN_HINT, _dropout_with("nan")),
        Mistake(OTHER_WAY, OTHER_WAY_HINT, matches=_dropped_in_another_way),
    ),
)

# --- dropout_moments: one step of the derivation -------------------------------------------------


def _moments_oracle(outputs: Array, weights: Array, p: float) -> tuple[Any, Any]:
    """Walk over all masks, each with its probability."""
    import torch

    masks = torch.tensor(list(itertools.product((0.0, 1.0), repeat=len(outputs))), dtype=torch.float64)
    chances = (masks * (1 - p) + (1 - masks) * p).prod(dim=1)
    sums = (masks * _tensor(outputs) / (1 - p)) @ _tensor(weights)
    mean = chances @ sums
    return mean, chances @ (sums - mean) ** 2


def _draw_moments(rng: np.random.Generator, p: float | None = None, n: int | None = None) -> tuple[Any, ...]:
    n = n or int(rng.integers(3, 8))
    return rng.normal(0.5, 1, size=n), rng.normal(-0.3, 1, size=n), _rate(rng) if p is None else p


def _moments_with(mean: Callable[[Array, float], Any], variance: Callable[[Array, float], Any]) -> Callable[..., Any]:
    return lambda o, w, p: (mean(o * w, p), variance(o * w, p))


def _right_mean(t: Array, p: float) -> Any:
    return t.sum()


def _right_variance(t: Array, p: float) -> Any:
    return p / (1 - p) * (t**2).sum()


def _measured(value: Any, wanted: Any) -> bool:
    """Whether both numbers are near and not even the mean is exact."""
    pairs = [(float(found), float(one)) for found, one in zip(value, wanted, strict=True)]
    return not all_close(*pairs[0]) and all(abs(found - one) < 0.3 * (1 + abs(one)) for found, one in pairs)


DROPOUT_MOMENTS = Exercise(
    "dropout_moments",
    groups=(
        Group("several outputs", _draw_moments, weight=3, count=4),
        Group("two outputs", lambda rng: _draw_moments(rng, n=2)),
        Group("nothing dropped", lambda rng: _draw_moments(rng, 0.0), edge=True),
    ),
    oracle=_moments_oracle,
    parts=("mean", "variance"),
    mistakes=(
        Mistake(
            "variance of the mask alone",
            "That is the variance without the scaling: what does a factor 1 / (1 - p) do to a variance?",
            _moments_with(_right_mean, lambda t, p: p * (1 - p) * (t**2).sum()),
        ),
        Mistake(
            "scaled once in the variance",
            "A factor comes into a variance squared: how often is 1 - p divided by?",
            _moments_with(_right_mean, lambda t, p: p * (t**2).sum()),
        ),
        Mistake(
            "square of the sum",
            "The masks of different outputs know nothing of each other: which adds up, the values or their variances?",
            _moments_with(_right_mean, lambda t, p: p / (1 - p) * t.sum() ** 2),
        ),
        Mistake(
            "not squared",
            "A variance grows with the square of a value: twice the output, four times the variance.",
            _moments_with(_right_mean, lambda t, p: p / (1 - p) * t.sum()),
        ),
        Mistake(
            "rates swapped in the variance",
            "The more is dropped, the more the sum scatters: does this variance grow with p?",
            _moments_with(_right_mean, lambda t, p: np.float64(1 - p) / p * (t**2).sum()),
        ),
        Mistake(
            "standard deviation",
            "The variance is the mean squared distance: is a root taken of it?",
            _moments_with(_right_mean, lambda t, p: np.sqrt(_right_variance(t, p))),
        ),
        Mistake(
            "mean square instead of variance",
            "That is the mean of the squares: what is taken away from it to get the variance?",
            _moments_with(_right_mean, lambda t, p: _right_variance(t, p) + t.sum() ** 2),
        ),
        Mistake(
            "mean without the scaling",
            "The survivors are scaled: is that in the mean?",
            _moments_with(lambda t, p: (1 - p) * t.sum(), _right_variance),
        ),
        Mistake(
            "weights left out",
            "The next neuron adds up its inputs with weights: are they in the sum?",
            lambda o, w, p: (o.sum(), _right_variance(o, p)),
        ),
        Mistake(
            "weights left out of the variance",
            "Each term of the sum is a weight times an output: what of it is squared in the variance?",
            lambda o, w, p: ((o * w).sum(), _right_variance(o, p)),
        ),
        Mistake(
            "weights not squared in the variance",
            "Each term of the sum is a weight times an output: what of it is squared in the variance?",
            lambda o, w, p: ((o * w).sum(), p / (1 - p) * (w * o**2).sum()),
        ),
        Mistake(
            "measured",
            "Close, as a measurement is; the two formulas above give the exact numbers without drawing a mask.",
            matches=lambda value, case: _measured(value, _moments_oracle(*case.args)),
        ),
    ),
)

# --- dropout_backward ----------------------------------------------------------------------------


def _draw_backward(rng: np.random.Generator, p: float | None = None, floats: bool = True) -> tuple[Any, ...]:
    m, n = _widths(rng, 2)
    p = _rate(rng) if p is None else p
    mask = rng.random((m, n)) >= p
    if 0 < p < 1:
        mask[0, 0], mask[-1, -1] = True, False
    return rng.normal(size=(m, n)), mask.astype(float) if floats else mask, p


def _backward_oracle(grad_out: Array, mask: Array, p: float) -> Any:
    import torch

    a = torch.ones(grad_out.shape, dtype=torch.float64, requires_grad=True)
    alive = torch.tensor(np.asarray(mask, dtype=bool))
    out = torch.where(alive, a / max(1 - p, 1e-300), torch.zeros(()).double())
    out.backward(_tensor(grad_out))
    return a.grad


DROPOUT_BACKWARD = Exercise(
    "dropout_backward",
    groups=(
        Group("typical batches", _draw_backward, weight=3, count=3),
        Group("masks of True and False", lambda rng: _draw_backward(rng, floats=False)),
        Group("nothing dropped", lambda rng: _draw_backward(rng, 0.0), edge=True),
        Group("everything dropped", lambda rng: _draw_backward(rng, 1.0), edge=True),
    ),
    oracle=_backward_oracle,
    computation="elementwise",
    mistakes=(
        Mistake("not a number at p = 1", NAN_HINT, matches=_is_nan),
        Mistake(
            "no scaling",
            "On the way forward each survivor was multiplied by a factor: what is the slope of that?",
            lambda g, mask, p: g * mask,
        ),
        Mistake(
            "no mask",
            "A dropped output had no part in the loss: what slope comes back to it?",
            lambda g, mask, p: g / np.float64(1 - p),
        ),
        Mistake(
            "unchanged",
            "Dropout is a product with a mask and a factor, and so is its slope.",
            lambda g, mask, p: g * 1.0,
        ),
        Mistake("scaled by the share that goes", SCALE_SWAPPED, lambda g, mask, p: g * mask / np.float64(p)),
        Mistake(
            "factor undone",
            "The slope of a product with a constant is that constant, not its inverse.",
            lambda g, mask, p: g * mask * (1 - p),
        ),
        Mistake(
            "mask turned round",
            "Slopes come back to the outputs that survived: which value of the mask stands for those?",
            lambda g, mask, p: np.where(mask, 0.0, g / np.float64(1 - p)),
        ),
    ),
)

# --- dropout_two_layer_step ----------------------------------------------------------------------


def _draw_params(rng: np.random.Generator, n: int, h: int, c: int) -> Params:
    return {
        "w1": rng.normal(size=(n, h)),
        "b1": rng.normal(size=h),
        "w2": rng.normal(size=(h, c)) * 1.5,
        "b2": rng.normal(size=c),
    }


def _draw_step(rng: np.random.Generator, p: float | None = None, m: int | None = None) -> tuple[Any, ...]:
    n, h, c, drawn = _widths(rng, 4)
    m = m or drawn
    p = _rate(rng) if p is None else p
    mask = (rng.random((m, h)) >= p).astype(float)
    if p:
        mask[0, 0], mask[-1, -1] = 1.0, 0.0
    targets = np.eye(c)[rng.integers(0, c, size=m)]
    return rng.normal(size=(m, n)), targets, _draw_params(rng, n, h, c), mask, p


def _step_oracle(x: Array, targets: Array, params: Params, mask: Array, p: float) -> dict[str, Any]:
    import torch

    w = {name: _tensor(value).requires_grad_() for name, value in params.items()}
    z2 = _tensor(x) @ w["w1"] + w["b1"]
    a2 = z2.sigmoid()
    d2 = torch.where(_tensor(mask) > 0, a2 / (1 - p), torch.zeros(()).double())
    z3 = d2 @ w["w2"] + w["b2"]
    loss = torch.nn.functional.cross_entropy(z3, _tensor(targets))
    delta3, delta2, *grads = torch.autograd.grad(loss, [z3, z2, *w.values()])
    steps = {"z2": z2, "a2": a2, "d2": d2, "z3": z3, "loss": loss, "delta3": delta3, "delta2": delta2}
    steps |= {f"grad_{name}": grad for name, grad in zip(w, grads, strict=True)}
    return {name: value.detach() for name, value in steps.items()}


def _step_with(slip: str) -> Callable[..., dict[str, Any]]:
    """Return dropout_two_layer_step with one slip in it; what comes after follows from it."""

    def step(x: Array, targets: Array, params: Params, mask: Array, p: float) -> dict[str, Any]:
        m = 1 if slip == "summed" else len(x)
        q = {"by p": p, "unscaled": 1.0}.get(slip, 1 - p)
        z2 = x @ params["w1"] + params["b1"]
        a2 = _sigmoid(z2 * mask if slip == "masks the sums" else z2)
        d2 = a2 / q if slip == "no mask" else a2 * mask / q
        if slip == "overwritten":
            a2 = d2
        z3 = (a2 if slip == "hands on a2" else d2) @ params["w2"] + params["b2"]
        logs = z3 - z3.max(axis=1, keepdims=True)
        logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
        loss = -(targets * logs).sum() / (m if slip != "mean over all" else targets.size)
        probs = z3 if slip == "no softmax" else _softmax_of(z3)
        delta3 = (targets - probs if slip == "sign" else probs - targets) / (1 if slip == "no 1/m" else m)
        back = delta3 @ params["w2"].T
        slope = {"slope from d2": d2 * (1 - d2), "no slope": 1.0}.get(slip, a2 * (1 - a2))
        back_mask = 1.0 if slip in ("no mask back", "nothing back") else mask
        back_q = 1.0 if slip in ("no factor back", "nothing back") else q
        delta2 = back * back_mask / back_q * slope
        return {
            "z2": z2,
            "a2": a2,
            "d2": d2,
            "z3": z3,
            "loss": loss,
            "delta3": delta3,
            "delta2": delta2,
            "grad_w1": x.T @ delta2,
            "grad_b1": delta2.mean(axis=0) if slip == "mean bias" else delta2.sum(axis=0),
            "grad_w2": (a2 if slip == "a2 in grad_w2" else d2).T @ delta3,
            "grad_b2": delta3.mean(axis=0) if slip == "mean last bias" else delta3.sum(axis=0),
        }

    return step


DROPOUT_TWO_LAYER_STEP = Exercise(
    "dropout_two_layer_step",
    groups=(
        Group("typical batches", _draw_step, weight=4, count=3),
        Group("one sample", lambda rng: _draw_step(rng, m=1), edge=True),
        Group("nothing dropped", lambda rng: _draw_step(rng, 0.0), edge=True),
    ),
    oracle=_step_oracle,
    mistakes=(
        Mistake("mask before the sigmoid", BEFORE_SIGMOID, _step_with("masks the sums")),
        Mistake(
            "dropout written over a2",
            "a2 and d2 are two things: the slope of the sigmoid needs a2 as it was before dropout.",
            _step_with("overwritten"),
        ),
        Mistake("no scaling", NO_SCALE, _step_with("unscaled")),
        Mistake("scaled by the share that goes", SCALE_SWAPPED, _step_with("by p")),
        Mistake(
            "nothing masked", "d2 is what dropout makes of a2: where does the mask come in?", _step_with("no mask")
        ),
        Mistake(
            "dropout left out on the way",
            "The last layer takes what dropout leaves: which array meets its weights?",
            _step_with("hands on a2"),
        ),
        Mistake(
            "sum instead of mean",
            "The loss is a mean over the batch: by what is the sum divided?",
            _step_with("summed"),
        ),
        Mistake(
            "mean over all entries",
            "Each sample pays once: the mean runs over the samples, not over samples and classes.",
            _step_with("mean over all"),
        ),
        Mistake(
            "no 1/m in the errors",
            "The loss is a mean over the batch, so its slopes carry the same factor.",
            _step_with("no 1/m"),
        ),
        Mistake(
            "errors the wrong way round",
            "Where the net claims too much the slope is positive: which minus which?",
            _step_with("sign"),
        ),
        Mistake(
            "logits instead of probabilities",
            "The error of the last layer compares probabilities with the target.",
            _step_with("no softmax"),
        ),
        Mistake(
            "neither mask nor factor on the way back",
            "The way back leads through dropout too: mask and factor are part of its slope.",
            _step_with("nothing back"),
        ),
        Mistake(
            "no mask on the way back",
            "A dropped neuron had no part in the loss: what slope comes back to it?",
            _step_with("no mask back"),
        ),
        Mistake(
            "no factor on the way back",
            "Survivors were scaled on the way forward: what is the slope of that?",
            _step_with("no factor back"),
        ),
        Mistake(
            "slope of the sigmoid taken after dropout",
            "The sigmoid's slope belongs to its own output: is that a2 or d2?",
            _step_with("slope from d2"),
        ),
        Mistake("no slope of the sigmoid", "The way back also leads through the sigmoid.", _step_with("no slope")),
        Mistake(
            "slopes of the first biases averaged",
            "A bias acts on every sample of the batch: its slopes add up.",
            _step_with("mean bias"),
        ),
        Mistake(
            "a2 in the slopes of the last weights",
            "The slopes of weights are input times error: what was the input of the last layer?",
            _step_with("a2 in grad_w2"),
        ),
        Mistake(
            "slopes of the last biases averaged",
            "A bias acts on every sample of the batch: its slopes add up.",
            _step_with("mean last bias"),
        ),
    ),
)

# --- thinned_average -----------------------------------------------------------------------------


def _draw_average(rng: np.random.Generator, p: float | None = None, n_masks: int | None = None) -> tuple[Any, ...]:
    n, h, c, m = _widths(rng, 4)
    params = _draw_params(rng, n, h, c)
    masks = n_masks or int(rng.integers(3, 8))
    return rng.normal(size=(m, n)), params, _rate(rng) if p is None else p, masks, _seed(rng)


def _average_oracle(x: Array, params: Params, p: float, n_masks: int, rng: np.random.Generator) -> Any:
    import torch

    w = {name: _tensor(value) for name, value in params.items()}
    hidden = (_tensor(x) @ w["w1"] + w["b1"]).sigmoid()
    alive = torch.stack([torch.tensor(rng.random(tuple(hidden.shape))) for _ in range(n_masks)]).ge(p)
    return ((hidden / (1 - p) * alive) @ w["w2"] + w["b2"]).softmax(dim=-1).mean(dim=0)


def _average_with(slip: str) -> Callable[..., Array]:
    """Return thinned_average with one slip in it."""

    def average(x: Array, params: Params, p: float, n_masks: int, rng: np.random.Generator) -> Array:
        a2 = _sigmoid(x @ params["w1"] + params["b1"])
        shape = (1, a2.shape[1]) if slip == "samples" else a2.shape
        masks = [rng.random(shape) >= p for _ in range(n_masks)]
        masks = {"one mask": masks[:1] * n_masks, "swapped": [~mask for mask in masks]}.get(slip, masks)
        hidden = [a2 * mask / {"unscaled": 1.0, "by p": p or 1.0}.get(slip, 1 - p) for mask in masks]
        if slip == "whole net":
            hidden = [a2]
        if slip == "masks the sums":
            hidden = [_sigmoid((x @ params["w1"] + params["b1"]) * mask / (1 - p)) for mask in masks]
        logits = np.array([d2 @ params["w2"] + params["b2"] for d2 in hidden])
        probs = np.array([_softmax_of(z, axis=0 if slip == "axis" else 1) for z in logits])
        if slip == "last":
            return probs[-1]
        if slip == "logits":
            return _softmax_of(logits.mean(axis=0))
        if slip == "mean of logits":
            return logits.mean(axis=0)
        return probs.sum(axis=0) if slip == "sum" else probs.mean(axis=0)

    return average


def _close_to_average(value: Any, case: Case) -> bool:
    """Whether rows sum to 1 and lie near an average over many masks."""
    x, params, p, n_masks, _ = case.args
    many = np.asarray(_average_oracle(x, params, p, 400, np.random.default_rng(0)))
    found = as_array(value)
    if found is None or found.shape != many.shape or not all_close(found.sum(axis=1), np.ones(len(found))):
        return False
    return bool(np.abs(found - many).mean() < 0.35 / np.sqrt(n_masks))


THINNED_AVERAGE = Exercise(
    "thinned_average",
    groups=(
        Group("several masks", _draw_average, weight=4, count=3),
        Group("one mask", lambda rng: _draw_average(rng, n_masks=1)),
        Group("nothing dropped", lambda rng: _draw_average(rng, 0.0), edge=True),
    ),
    oracle=_average_oracle,
    laws=(
        Law(
            "the probabilities of each sample sum to 1",
            lambda ask, x, params, p, n_masks, rng: all_close(
                np.sum(ask(x, params, p, n_masks, Rng(3)), axis=1), np.ones(len(x))
            ),
        ),
    ),
    mistakes=(
        Mistake(
            "the whole net",
            "No mask comes in here: that is what the net says in evaluation.",
            _average_with("whole net"),
        ),
        Mistake("mask before the sigmoid", BEFORE_SIGMOID, _average_with("masks the sums")),
        Mistake(
            "one mask for all",
            "Each of the nets needs a mask of its own: when is it drawn?",
            _average_with("one mask"),
        ),
        Mistake(
            "the last net only",
            "The other nets have a say too: is each one's answer added up?",
            _average_with("last"),
        ),
        Mistake("no scaling", NO_SCALE, _average_with("unscaled")),
        Mistake("scaled by the share that goes", SCALE_SWAPPED, _average_with("by p")),
        Mistake("mask turned round", RATE_SWAPPED, _average_with("swapped")),
        Mistake(
            "one mask for all samples",
            "Each sample has a mask of its own: which shape has the drawn array?",
            _average_with("samples"),
        ),
        Mistake(
            "softmax of the mean logits",
            "The mean of what goes into a softmax is not the mean of what comes out: which of the two is due?",
            _average_with("logits"),
        ),
        Mistake(
            "no softmax",
            "These are logits: the nets answer with probabilities.",
            _average_with("mean of logits"),
        ),
        Mistake("sum instead of mean", "A row should sum to 1: by what is the sum divided?", _average_with("sum")),
        Mistake(
            "softmax over the samples",
            "Each row is one sample and should sum to 1: along which axis do you add up?",
            _average_with("axis"),
        ),
        Mistake(OTHER_WAY, OTHER_WAY_HINT, matches=_close_to_average),
    ),
)

# --- catches_wrong_dropout: the test that catches it ---------------------------------------------

Implementation = Callable[..., Array]


WRONG_ONES = {
    "no scaling": "without_scale",
    "a wrong scale": "scaled_by_the_other_rate",
    "both rates swapped": "rates_swapped",
    "too many dropped": "drops_too_often",
    "one that drops in evaluation": "drops_in_evaluation",
    "one that scales in evaluation": "shrinks_in_evaluation",
    "whole samples dropped": "whole_samples",
    "one mask for all samples": "one_mask_for_all",
    "one mask for all calls": "always_the_same_mask",
    "noise in place of a mask": "noise_instead",
    "trouble where nothing survives": "not_a_number_at_zero",
    "one that changes its input": "writes_into_its_input",
}


def _drawing(function: str) -> Callable[[np.random.Generator], tuple[Any, ...]]:
    return lambda rng: (Given(f"dropout.{function}"), _seed(rng))


def _catches_oracle(implementation: Implementation, rng: np.random.Generator) -> bool:
    """Look at everything that the docstring promises, at several rates, with large samples."""
    import torch

    for keep in (0.3, 0.8):
        a = rng.uniform(0.5, 1.5, size=(120, 130))
        outs = []
        for _ in range(2):
            given = a.copy()
            outs.append(_tensor(implementation(given, keep, rng, True)))
            if (given != a).any():
                return True
        alive = [out.ne(0).double() for out in outs]
        close = torch.isclose(outs[0], _tensor(a) * alive[0] / keep)
        spread = (keep * (1 - keep)) ** 0.5
        apart = [(alive[0].mean(dim=axis) - keep).abs().max() for axis in (0, 1)]
        together = (alive[0] * alive[1]).mean() - keep**2
        if not close.all() or max(apart) > 6.5 * spread / 120**0.5 or together.abs() > 0.05:
            return True
        if not torch.isclose(_tensor(implementation(a, keep, rng, False)), _tensor(a)).all():
            return True
    return bool(_tensor(implementation(a, 0.0, rng, True)).ne(0).any())


def _catches_if(*parts: str, keep: float = 0.7) -> Callable[..., bool]:
    """Return a test that looks at some of the things that can go wrong."""

    def catches(implementation: Implementation, rng: np.random.Generator) -> bool:
        a = rng.uniform(1, 2, size=(120, 90))
        given = a.copy()
        out = implementation(given, keep, rng, True)
        alive = out != 0
        bound = 6.5 * np.sqrt(keep * (1 - keep))
        if "input" in parts and (given != a).any():
            return True
        if "values" in parts and not np.allclose(out[alive], a[alive] / keep):
            return True
        if "mean" in parts and abs(out.mean() - a.mean()) > 0.1:
            return True
        if "share" in parts and abs(alive.mean() - keep) > 0.15:
            return True
        if "rows" in parts and np.abs(alive.mean(axis=1) - keep).max() > bound / np.sqrt(90):
            return True
        if "columns" in parts and np.abs(alive.mean(axis=0) - keep).max() > bound / np.sqrt(120):
            return True
        if "again" in parts and (alive == (implementation(a.copy(), keep, rng, True) != 0)).all():
            return True
        if "evaluation" in parts and not np.allclose(implementation(a, keep, rng, False), a):
            return True
        return "nothing" in parts and bool((implementation(a, 0.0, rng, True) != 0).any())

    return catches


def _says(value: Any) -> bool | None:
    """Return the verdict, or None when it is none."""
    return bool(value) if is_decision(value) else None


ALL_PARTS = ("input", "values", "share", "rows", "columns", "again", "evaluation", "nothing")


def _catches_without(part: str) -> Callable[..., bool]:
    return _catches_if(*(one for one in ALL_PARTS if one != part))


CATCHES_WRONG_DROPOUT = Exercise(
    "catches_wrong_dropout",
    groups=(
        Group("right ones", _drawing("by_coins"), weight=2),
        Group("right ones that round in another way", _drawing("by_columns"), weight=2),
        *(Group(name, _drawing(function), count=1) for name, function in WRONG_ONES.items()),
    ),
    oracle=_catches_oracle,
    mistakes=(
        Mistake(
            "catches nothing",
            "It calls every implementation right: what does it look at, and what does it do with that?",
            lambda *args: False,
        ),
        Mistake(
            "catches everything",
            "Right ones are accused as well: how far from `keep` may a share lie by chance?",
            lambda *args: True,
        ),
        Mistake(
            "verdict upside down",
            "True means that the implementation is wrong: which way round is the last comparison?",
            lambda *args: not _catches_if(*ALL_PARTS)(*args),
        ),
        Mistake(
            "looks at the mean alone",
            "A mean can be right by luck: which two values can an output have, and how often each?",
            _catches_if("mean"),
        ),
        Mistake(
            "looks at the mean and the evaluation",
            "A mean can be right by luck: which two values can an output have, and how often each?",
            _catches_if("mean", "evaluation"),
        ),
        Mistake(
            "tries one half only",
            "With `keep` at one half, keeping and dropping are alike: which rate tells them apart?",
            _catches_if(*ALL_PARTS, keep=0.5),
        ),
        Mistake(
            "does not look at the values",
            "Who survives is looked at, and what becomes of the survivors is not.",
            _catches_without("values"),
        ),
        Mistake(
            "never tries evaluation",
            "There are two modes: what should come out in evaluation?",
            _catches_without("evaluation"),
        ),
        Mistake(
            "does not look at single samples",
            "The share can be right over the whole table and 0 or 1 in each row: look at the rows one by one.",
            _catches_without("rows"),
        ),
        Mistake(
            "does not look at single columns",
            "Do all samples lose the same outputs? Look at the columns one by one.",
            _catches_without("columns"),
        ),
        Mistake(
            "calls it once",
            "A mask is to be drawn anew at each call: how many calls does it take to see that?",
            _catches_without("again"),
        ),
        Mistake(
            "never tries keep = 0",
            "The docstring says what comes out when nothing survives: is it tried?",
            _catches_without("nothing"),
        ),
        Mistake(
            "does not look at its input",
            "What came in should be the same afterwards: keep a copy to compare with.",
            _catches_without("input"),
        ),
        Mistake(
            "lets wrong shares pass",
            "The survivors have the right size: are there as many of them as `keep` says?",
            _catches_if("input", "values", "again", "evaluation", "nothing"),
        ),
        Mistake(
            "catches only part of them",
            "Go through the docstring once more: each sentence is something to test.",
            matches=lambda value, case: _says(value) is False,
        ),
        Mistake(
            "accuses right ones",
            "A right one is accused: how far may a share lie from `keep` by chance, and how exactly do rounded "
            "numbers agree?",
            matches=lambda value, case: _says(value) is True,
        ),
    ),
)

# --- MyDropout: a module -------------------------------------------------------------------------


def _draw_module(rng: np.random.Generator, p: float | None = None) -> tuple[Any, ...]:
    shape = (151 + int(rng.integers(10)), 121 + int(rng.integers(10)))
    return (_rate(rng) if p is None else p,), [], rng.normal(1, 0.1, size=shape).astype(np.float32)


def _module_oracle(sizes: tuple[float], parameters: list[Array], a: Array) -> dict[str, Any]:
    """Give what is certain: everything where nothing or all is dropped, and evaluation for other rates."""
    import torch

    batch, (p,) = torch.tensor(a, dtype=torch.float64), sizes
    if 0 < p < 1:
        return {MODES[1]: batch}
    return {COUNT: 0, MODES[0]: batch * (1 - p), MODES[1]: batch}


def _survivors(ask: Callable[..., Any], sizes: tuple[float], a: Array) -> tuple[Array, Array]:
    out = np.asarray(ask(sizes, [], a)[MODES[0]])
    return out, out != 0


def _values_hold(ask: Callable[..., Any], sizes: tuple[float], parameters: list[Array], a: Array) -> bool:
    out, alive = _survivors(ask, sizes, a)
    return out.shape == a.shape and all_close(out[alive], (a[alive] / (1 - sizes[0])).astype(np.float32), "reduction")


def _shares_hold(ask: Callable[..., Any], sizes: tuple[float], parameters: list[Array], a: Array) -> bool:
    _, alive = _survivors(ask, sizes, a)
    keep = 1 - sizes[0]
    for axis in (0, 1):
        if np.abs(alive.mean(axis=axis) - keep).max() > 6.5 * np.sqrt(keep * (1 - keep) / alive.shape[axis]):
            return False
    return bool(abs(alive.mean() - keep) < 7 * np.sqrt(keep * (1 - keep) / alive.size))


def _masks_are_new(ask: Callable[..., Any], sizes: tuple[float], parameters: list[Array], a: Array) -> bool:
    """Whether two calls differ at half as many places at least as two independent masks do on average."""
    value, (p,) = ask(sizes, [], a), sizes
    first, again = (np.asarray(value[call]) != 0 for call in (MODES[0], AGAIN))
    return bool((first != again).mean() > p * (1 - p))


TYPICAL = "rates between 0 and 1"
VALUES = "in training every output is 0 or its input divided by 1 - p"
SHARES = "in training about a share p of the outputs is 0, in each row and in each column"
NEW = "in training each call draws a new mask"
NEW_HINT = "Two calls drop the same outputs: is the mask kept, or are the random numbers started anew at each call?"
VALUES_HINT = "An output that survives is divided by the share that stays: what becomes of a 2 at p = 0.2?"
SHARES_HINT = (
    "Each output is dropped on its own with probability p: which shape do the drawn numbers have, and what drops?"
)


def _evaluation_is(change: Callable[[Array, float], Array]) -> Callable[[Any, Case], bool]:
    def matches(value: Any, case: Case) -> bool:
        (p,), _, a = case.args
        return p > 0 and all_close(value[MODES[1]], change(np.asarray(a), p))

    return matches


def _drops_in_evaluation(value: Any, case: Case) -> bool:
    return bool((np.asarray(value[MODES[1]]) == 0).any()) and case.args[0][0] > 0


def _keeps_what_should_go(value: Any, case: Case) -> bool:
    """Whether at the ends of the range all is there that should be gone, or the other way round."""
    out, (p,) = as_array(value[MODES[0]]), case.args[0]
    return out is not None and bool(out.any()) == (p == 1)


MY_DROPOUT = Exercise(
    "MyDropout",
    groups=(
        Group("nothing dropped", lambda rng: _draw_module(rng, 0.0), count=1, edge=True),
        Group("everything dropped", lambda rng: _draw_module(rng, 1.0), count=1, edge=True),
        Group(TYPICAL, _draw_module, weight=4, count=3),
    ),
    oracle=_module_oracle,
    kind="module",
    by_hand=False,
    computation="elementwise",
    laws=(
        Law(VALUES, _values_hold, (TYPICAL,), VALUES_HINT),
        Law(SHARES, _shares_hold, (TYPICAL,), SHARES_HINT),
        Law(NEW, _masks_are_new, (TYPICAL,), NEW_HINT),
    ),
    mistakes=(
        Mistake("not a number", NAN_HINT, matches=_is_nan),
        Mistake(
            "scales in evaluation",
            "The survivors are made larger in training, so that evaluation gives its input back as it is.",
            matches=lambda value, case: (
                _evaluation_is(lambda a, p: a * (1 - p))(value, case)
                or _evaluation_is(lambda a, p: a / (1 - p))(value, case)
            ),
        ),
        Mistake(
            "drops in evaluation too",
            "A module knows its mode: what should come out after `eval()`?",
            matches=_drops_in_evaluation,
        ),
        Mistake(
            "rates swapped",
            RATE_SWAPPED,
            matches=_keeps_what_should_go,
        ),
        Mistake(
            "drops at p = 0",
            "At p = 0 nothing is dropped: in which range do your random numbers lie, and what are they compared with?",
            matches=lambda value, case: case.args[0][0] == 0 and bool((np.asarray(value[MODES[0]]) == 0).any()),
        ),
    ),
)

# --- mended_dropout_scale: a bug hunt ------------------------------------------------------------


def _draw_rates(rng: np.random.Generator) -> tuple[Array]:
    return (rng.permutation(np.arange(2, 17))[: int(rng.integers(4, 8))] / 20.0,)


def _scale_oracle(p: Array) -> Any:
    """Measure it on a single output of one that survives."""
    import torch

    stays = 1 - _tensor(p)
    return torch.where(stays > 0, stays.clamp(min=1e-300).reciprocal(), torch.zeros(()).double())


def _inverse_of_p(value: Any, case: Case) -> bool:
    p = case.args[0]
    some = (p > 0) & (p < 1)
    return bool(some.any()) and all_close(np.asarray(value)[some], 1 / p[some])


MENDED_DROPOUT_SCALE = Exercise(
    "mended_dropout_scale",
    groups=(
        Group("rates between 0 and 1", _draw_rates, weight=3, count=3),
        Group("rates with 0 among them", lambda rng: (np.append(_draw_rates(rng)[0], 0.0),)),
        Group("rates with 1 among them", lambda rng: (np.insert(_draw_rates(rng)[0], 1, 1.0),), weight=2),
        Group("nothing but 1", lambda rng: (np.ones(3),), edge=True),
    ),
    oracle=_scale_oracle,
    computation="elementwise",
    mistakes=(
        Mistake(
            "the value taken for the factor",
            "That is what becomes of an output of 2: by what was the 2 multiplied?",
            lambda p: np.where(p < 1, 2 / np.where(p < 1, 1 - p, 1.0), 0.0),
        ),
        Mistake(
            "infinite or 1 at p = 1",
            "Where everything is dropped nothing survives, and the text above names the factor for that.",
            matches=lambda value, case: bool(
                (~np.isfinite(at_one := np.asarray(value)[case.args[0] == 1]) | (at_one == 1)).any()
            ),
        ),
        Mistake(
            "something large at p = 1",
            "A small number in the divisor hides the division by zero: what is asked for where nothing survives?",
            matches=lambda value, case: float(np.max(value)) > 1000,
        ),
        Mistake("divided by the rate that goes", SCALE_SWAPPED, matches=_inverse_of_p),
        Mistake(
            "scaled down",
            "Survivors stand in for the dropped: is the factor above or below 1?",
            lambda p: 1 - p,
        ),
        Mistake(
            "the missing share added",
            "When four of five survive, each has to stand for a quarter more than itself, not for a fifth.",
            matches=lambda value, case: all_close(
                np.asarray(value)[case.args[0] < 1], (1 + case.args[0])[case.args[0] < 1]
            ),
        ),
        Mistake(
            "the growth alone",
            "That is by how much it grows: how many times as large is it afterwards?",
            lambda p: np.where(p < 1, p / np.where(p < 1, 1 - p, 1.0), 0.0),
        ),
    ),
)
