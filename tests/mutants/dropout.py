"""Answers to the exercises of lesson 10: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

import solutions.dropout as known
from course_utils.exercises.dropout import NEW_HINT, SHARES_HINT, VALUES_HINT
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
Generator = np.random.Generator
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED
OTHER_WAY = "drawn in another way"
IN_PLACE = "changes argument"


def _own_state(answer: Any) -> Any:
    """Draw from a generator of its own in place of the one that is given last."""
    return lambda *args: answer(*args[:-1], np.random.default_rng(0))


# --- count_thinned_nets --------------------------------------------------------------------------


def _count_by_walking(sizes: Any) -> Any:
    walked = min(sum(sizes), 16)
    return sum(1 for _ in itertools.product((0, 1), repeat=walked)) * 2 ** (sum(sizes) - walked)


def _count_by_doubling(sizes: Any) -> Any:
    nets = 1.0
    for size in sizes:
        for _ in range(size):
            nets *= 2
    return nets


# --- dropout_mask and dropout --------------------------------------------------------------------


def _mask_filled(shape: Any, p: float, rng: Generator) -> Any:
    mask = np.ones(shape, dtype=int)
    mask[rng.random(shape) < p] = 0
    return mask


def _mask_loop(shape: Any, p: float, rng: Generator) -> Any:
    """Draw one number after the other, which gives the same numbers."""
    return np.array([0.0 if rng.random() < p else 1.0 for _ in range(int(np.prod(shape)))]).reshape(shape)


def _mask_of_integers(shape: Any, p: float, rng: Generator) -> Any:
    return rng.integers(0, 1000, shape) >= 1000 * p


def _mask_global(shape: Any, p: float, rng: Generator) -> Any:
    return np.random.random(shape) >= p  # noqa: NPY002


def _mask_exact_share(shape: Any, p: float, rng: Generator) -> Any:
    drawn = rng.random(shape)
    return drawn >= np.quantile(drawn, p)


def _dropout_where(a: Array, p: float, training: bool, rng: Generator) -> Any:
    if not training or p == 0:
        return np.array(a, dtype=float)
    return np.where(rng.random(a.shape) < p, 0.0, a / (1 - p) if p < 1 else 0.0)


def _dropout_loop(a: Array, p: float, training: bool, rng: Generator) -> Any:
    if not training:
        return a.tolist()
    out = np.zeros(a.shape)
    for place in np.ndindex(a.shape):
        if rng.random() >= p:
            out[place] = a[place] / (1 - p)
    return out


def _dropout_in_place(a: Array, p: float, training: bool, rng: Generator) -> Any:
    out = known.dropout(a, p, training, rng)
    if training:
        a *= 0
    return out


def _dropout_guarded_at_zero(a: Array, p: float, training: bool, rng: Generator) -> Any:
    return np.zeros(a.shape) if p == 0 and training else known.dropout(a, p, training, rng)


def _dropout_guarded_by_a_number(a: Array, p: float, training: bool, rng: Generator) -> Any:
    return a * (rng.random(a.shape) >= p) / (1 - p + 1e-8) if training else a


def _dropout_drawn(draw: Callable[..., Array]) -> Any:
    def drop(a: Array, p: float, training: bool, rng: Generator) -> Any:
        if not training:
            return a
        return a * draw(a.shape, p, rng) / (1 - p) if p < 1 else a * 0.0

    return drop


def _dropout_into_copy(a: Array, p: float, training: bool, rng: Generator) -> Any:
    """Divide a copy in place, which whole numbers do not allow."""
    if not training:
        return a
    out = a.copy()
    out[rng.random(a.shape) < p] = 0
    if p < 1:
        out /= 1 - p
    return out


# --- dropout_moments -----------------------------------------------------------------------------


def _moments_one_by_one(outputs: Array, weights: Array, p: float) -> Any:
    mean = variance = 0.0
    for o, w in zip(outputs, weights, strict=True):
        large = w * o / (1 - p)
        mean += (1 - p) * large
        variance += (1 - p) * large**2 - (w * o) ** 2
    return [mean, variance]


def _moments_by_products(outputs: Array, weights: Array, p: float) -> Any:
    return np.float64(weights @ outputs), np.array(((1 / (1 - p)) - 1) * (weights**2 @ outputs**2))


def _moments_measured(outputs: Array, weights: Array, p: float) -> Any:
    alive = np.random.default_rng(0).random((20_000, len(outputs))) >= p
    sums = (alive * outputs / (1 - p)) @ weights
    return sums.mean(), sums.var()


# --- dropout_backward ----------------------------------------------------------------------------


def _backward_where(grad_out: Array, mask: Array, p: float) -> Any:
    return np.where(np.asarray(mask) == 1, grad_out / max(1 - p, 1e-12), 0)


def _backward_loop(grad_out: Array, mask: Array, p: float) -> Any:
    back = np.zeros(grad_out.shape)
    for i, j in np.ndindex(grad_out.shape):
        if mask[i, j]:
            back[i, j] = grad_out[i, j] / (1 - p)
    return back


def _backward_no_guard(grad_out: Array, mask: Array, p: float) -> Any:
    with np.errstate(all="ignore"):
        return grad_out * mask / np.float64(1 - p)


def _backward_new_mask(grad_out: Array, mask: Array, p: float) -> Any:
    return known.dropout(grad_out, p, True, np.random.default_rng(0))


def _backward_in_place(grad_out: Array, mask: Array, p: float) -> Any:
    grad_out *= mask
    return grad_out / (1 - p) if p < 1 else grad_out * 0


# --- dropout_two_layer_step ----------------------------------------------------------------------


def _step_by_samples(x: Array, targets: Array, params: Any, mask: Array, p: float) -> Any:
    """Go through the batch one sample at a time."""
    m, parts = len(x), []
    for i in range(m):
        one = known.dropout_two_layer_step(x[i : i + 1], targets[i : i + 1], params, mask[i : i + 1], p)
        parts.append(
            {name: value / m if name.startswith(("delta", "grad", "loss")) else value for name, value in one.items()}
        )
    added = {"loss", "grad_w1", "grad_b1", "grad_w2", "grad_b2"}
    return {
        name: sum(part[name] for part in parts) if name in added else np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }


def _step_scaled_weights(x: Array, targets: Array, params: Any, mask: Array, p: float) -> Any:
    """Write the factor as keep, the slopes by einsum, and the loss by logaddexp."""
    keep, m = 1.0 - p, x.shape[0]
    z2 = np.einsum("mn,nh->mh", x, params["w1"]) + params["b1"]
    a2 = 0.5 * (1 + np.tanh(z2 / 2))
    d2 = np.where(mask == 1, a2, 0) / keep
    z3 = d2 @ params["w2"] + params["b2"]
    logs = z3 - np.logaddexp.reduce(z3, axis=1)[:, None]
    delta3 = (np.exp(logs) - targets) * (1 / m)
    delta2 = np.einsum("mc,hc,mh,mh->mh", delta3, params["w2"], mask / keep, a2 - a2**2)
    return {
        "grad_b1": np.ones(m) @ delta2,
        "grad_w1": np.einsum("mn,mh->nh", x, delta2),
        "grad_b2": np.ones(m) @ delta3,
        "grad_w2": np.einsum("mh,mc->hc", d2, delta3),
        "delta2": delta2,
        "delta3": delta3,
        "loss": [-np.sum(logs[targets == 1]) / m][0],
        "z3": z3,
        "d2": d2,
        "a2": a2,
        "z2": z2,
        "mask": mask,
    }


def _step_changed(**changes: Callable[[Any], Any]) -> Any:
    def step(*args: Any) -> Any:
        result = known.dropout_two_layer_step(*args)
        return {**result, **{name: change(result[name]) for name, change in changes.items()}}

    return step


def _step_without(name: str) -> Any:
    return lambda *args: {key: value for key, value in known.dropout_two_layer_step(*args).items() if key != name}


def _step_in_place(x: Array, targets: Array, params: Any, mask: Array, p: float) -> Any:
    result = known.dropout_two_layer_step(x, targets, params, mask, p)
    params["w1"] -= 0.1 * result["grad_w1"]
    return result


# --- thinned_average -----------------------------------------------------------------------------


def _average_at_once(x: Array, params: Any, p: float, n_masks: int, rng: Generator) -> Any:
    """Draw all masks in one call, which gives the same numbers, and scale the weights."""
    a2 = known.sigmoid(x @ params["w1"] + params["b1"])
    alive = rng.random((n_masks, *a2.shape)) >= p
    z3 = (a2 * alive) @ (params["w2"] / (1 - p)) + params["b2"]
    powers = np.exp(z3 - z3.max(axis=2, keepdims=True))
    return (powers / powers.sum(axis=2, keepdims=True)).mean(axis=0)


def _average_list(x: Array, params: Any, p: float, n_masks: int, rng: Generator) -> Any:
    all_probs = []
    for _ in range(n_masks):
        a2 = 1 / (1 + np.exp(-(x @ params["w1"] + params["b1"])))
        a2[rng.random(a2.shape) < p] = 0
        powers = np.exp(a2 / (1 - p) @ params["w2"] + params["b2"])
        all_probs.append(powers / powers.sum(axis=1)[:, None])
    return sum(all_probs) / len(all_probs)


def _average_in_place(x: Array, params: Any, p: float, n_masks: int, rng: Generator) -> Any:
    result = known.thinned_average(x, params, p, n_masks, rng)
    params["w2"] /= 1 - p / 2
    return result


def _average_of_hidden(x: Array, params: Any, p: float, n_masks: int, rng: Generator) -> Any:
    a2 = known.sigmoid(x @ params["w1"] + params["b1"])
    d2 = sum(known.dropout(a2, p, True, rng) for _ in range(n_masks)) / n_masks
    return known.softmax(d2 @ params["w2"] + params["b2"])


def _average_geometric(x: Array, params: Any, p: float, n_masks: int, rng: Generator) -> Any:
    product = np.prod([known.thinned_average(x, params, p, 1, rng) for _ in range(n_masks)], axis=0) ** (1 / n_masks)
    return product / product.sum(axis=1, keepdims=True)


# --- catches_wrong_dropout -----------------------------------------------------------------------


def _catches_by_counting(implementation: Any, rng: Generator) -> Any:
    """Use ones, another rate, and counts; the verdict is a NumPy one."""
    a, keep = np.ones((150, 120)), 0.4
    out = np.array([implementation(a.copy(), keep, rng, True) for _ in range(3)])
    touched = a.copy()
    implementation(touched, keep, rng, True)
    values = np.unique(out.round(6))
    if len(values) != 2 or np.abs(values - [0, 1 / keep]).max() > 1e-5:
        return np.True_
    alive = (out > 1).astype(float)
    odd = [abs(alive.mean(axis=axis) - keep).max() for axis in (1, 2)]
    wrong = (alive[0] == alive[1]).all() or odd[0] > 0.28 or odd[1] > 0.31
    wrong |= not np.allclose(implementation(a, keep, rng, False), a)
    wrong |= implementation(a.copy(), 0, rng, True).any()
    return np.bool_(wrong or (touched != 1).any())


def _catches_by_moments(implementation: Any, rng: Generator) -> bool:
    """Look at each promise with a sentence of its own, by exact values and sums of squares."""
    a, keep = rng.normal(size=(130, 140)) + 5, 0.3
    kept = a.copy()
    outs = [implementation(a, keep, rng, True) for _ in range(2)]
    lines = [np.mean(out == 0, axis=axis) for out in outs for axis in (0, 1)]
    fine = (
        (a == kept).all()
        and all(np.isclose(out * (out - kept / keep), 0, atol=1e-6).all() for out in outs)
        and all(line.min() > 0.4 and line.max() < 0.97 for line in lines)
        and (outs[0] != outs[1]).any()
        and np.allclose(implementation(a, keep, rng, training=False), kept)
        and not np.count_nonzero(implementation(a, 0.0, rng, True))
    )
    return not fine


def _catches_too_strict(implementation: Any, rng: Generator) -> bool:
    """Ask for the exact share, which chance never gives."""
    out = implementation(np.ones((300, 200)), 0.7, rng, True)
    return bool((out != 0).mean() != 0.7 or known.catches_wrong_dropout(implementation, rng))


def _catches_half_of_it(implementation: Any, rng: Generator) -> bool:
    a = np.ones((40, 30))
    out = implementation(a.copy(), 0.5, rng, True)
    return not np.isin(out, (0.0, 2.0)).all()


def _catches_nan(implementation: Any, rng: Generator) -> bool:
    return bool(np.isnan(implementation(np.ones((9, 8)), 0.0, rng, True)).any())


def _catches_exactly(implementation: Any, rng: Generator) -> bool:
    """Want the very bits that a division gives."""
    a = rng.uniform(1, 2, size=(60, 50))
    out = implementation(a.copy(), 0.7, rng, True)
    return bool((out[out != 0] != (a / 0.7)[out != 0]).any()) or known.catches_wrong_dropout(implementation, rng)


# --- MyDropout -----------------------------------------------------------------------------------


def _module(forward: Callable[[Any, torch.Tensor], Any]) -> Any:
    def start(self: Any, p: float = 0.5) -> None:
        nn.Module.__init__(self)
        self.p = p

    return type("MyDropout", (nn.Module,), {"__init__": start, "forward": forward})


def _in_training(drop: Callable[[float, torch.Tensor], torch.Tensor]) -> Any:
    return _module(lambda self, a: drop(self.p, a) if self.training else a)


def _by_bernoulli(p: float, a: torch.Tensor) -> torch.Tensor:
    return torch.bernoulli(torch.full(a.shape, 1 - p)) * a / max(1 - p, 1e-9)


def _by_where(p: float, a: torch.Tensor) -> torch.Tensor:
    return torch.where(torch.rand(a.shape) < p, 0.0, a / (1 - p)) if p < 1 else 0 * a


def _with_mask(shape: Callable[[torch.Tensor], tuple[int, ...]]) -> Any:
    return _in_training(lambda p, a: a * (torch.rand(shape(a)) >= p) / (1 - p) if p < 1 else a * 0)


def _keep(p: float, a: torch.Tensor) -> torch.Tensor:
    return (torch.rand_like(a) >= p).float()


def _normal_numbers(p: float, a: torch.Tensor) -> torch.Tensor:
    return a * (torch.randn_like(a) >= p) / (1 - p) if p < 1 else a * 0


def _seeded(p: float, a: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    return _by_where(p, a)


def _own_generator(p: float, a: torch.Tensor) -> torch.Tensor:
    drawn = torch.rand(a.shape, generator=torch.Generator().manual_seed(0))
    return a * (drawn >= p) / (1 - p) if p < 1 else a * 0


def _first_mask(self: Any, a: torch.Tensor) -> torch.Tensor:
    if not self.training:
        return a
    if not hasattr(self, "mask"):
        self.mask = _keep(self.p, a)
    return a * self.mask / (1 - self.p) if self.p < 1 else a * 0


def _swapped(p: float, a: torch.Tensor) -> torch.Tensor:
    return a * (torch.rand_like(a) < p) / max(p, 1e-9)


def _always_a_half(p: float, a: torch.Tensor) -> torch.Tensor:
    return _by_where(p if p in (0, 1) else 0.5, a)


def _noise(p: float, a: torch.Tensor) -> torch.Tensor:
    return a * (1 - p) * (1 + torch.randn_like(a) * p * (1 - p))


# --- mended_dropout_scale ------------------------------------------------------------------------


def _scale_loop(p: Array) -> Any:
    return [0 if rate == 1 else 1 / (1 - rate) for rate in p]


def _scale_divide(p: Array) -> Any:
    return np.divide(1, 1 - p, out=np.zeros_like(p), where=p != 1)


def _scale_unguarded(p: Array) -> Any:
    with np.errstate(all="ignore"):
        return 1 / (1 - p)


RIGHT: dict[str, dict[str, Any]] = {
    "count_thinned_nets": {"walking over them": _count_by_walking, "doubling, in floats": _count_by_doubling},
    "dropout_mask": {
        "True and False": lambda shape, p, rng: rng.random(shape) >= p,
        "whole numbers": _mask_filled,
        "one number after the other": _mask_loop,
        "choice": lambda shape, p, rng: rng.choice([0.0, 1.0], p=[p, 1 - p], size=shape),
        "not below": lambda shape, p, rng: 1 - (rng.random(size=shape) < p),
    },
    "dropout": {"where": _dropout_where, "a loop": _dropout_loop},
    "dropout_moments": {"one output at a time": _moments_one_by_one, "products": _moments_by_products},
    "dropout_backward": {"where": _backward_where, "a loop": _backward_loop},
    "dropout_two_layer_step": {"sample by sample": _step_by_samples, "einsum": _step_scaled_weights},
    "thinned_average": {"all masks at once": _average_at_once, "a list": _average_list},
    "catches_wrong_dropout": {"counting": _catches_by_counting, "moments": _catches_by_moments},
    "MyDropout": {
        "bernoulli": _in_training(_by_bernoulli),
        "where": _in_training(_by_where),
        "nn.functional": _module(lambda self, a: nn.functional.dropout(a, self.p, self.training)),
    },
    "mended_dropout_scale": {"a list": _scale_loop, "divide": _scale_divide},
}

WRONG: dict[str, list[Wrong]] = {
    "count_thinned_nets": [
        Wrong("without the empty net", lambda s: 2 ** sum(s) - 1, mistake="leaves out the empty or the full set"),
        Wrong("first layer only", lambda s: 2 ** s[0], PARTLY, "one layer only"),
        Wrong("last layer only", lambda s: 2 ** s[-1], PARTLY, "one layer only"),
        Wrong("whole numbers of NumPy", lambda s: 2 ** np.sum(s), PARTLY, "more than 64 bits hold"),
        Wrong("product in NumPy", lambda s: np.prod([2**n for n in s]), PARTLY, "more than 64 bits hold"),
        Wrong("three states", lambda s: 3 ** sum(s), tells="the number differs"),
        Wrong("half of them", lambda s: 2 ** (sum(s) - 1), tells="the number differs"),
    ],
    "dropout_mask": [
        Wrong("drawn integers", _mask_of_integers, PARTLY, OTHER_WAY),
        Wrong("a generator of its own", _own_state(known.dropout_mask), PARTLY, OTHER_WAY),
        Wrong("the global state", _mask_global, NOT_YET, tells="global random state"),
        Wrong("exactly the share", _mask_exact_share, NOT_YET, OTHER_WAY),
        Wrong("transposed", lambda shape, p, rng: known.dropout_mask(shape[::-1], p, rng).T, PARTLY, OTHER_WAY),
        Wrong("flat", lambda shape, p, rng: known.dropout_mask((int(np.prod(shape)),), p, rng), tells="arrangement"),
        Wrong("always a half", lambda shape, p, rng: rng.random(shape) >= 0.5, tells="differ"),
    ],
    "dropout": [
        Wrong("drawn integers", _dropout_drawn(_mask_of_integers), PARTLY, OTHER_WAY),
        Wrong("a generator of its own", _own_state(known.dropout), PARTLY, OTHER_WAY),
        Wrong("in place", _dropout_in_place, tells=IN_PLACE),
        Wrong("divides whole numbers in place", _dropout_into_copy, PARTLY, tells="whole numbers"),
        Wrong("training turned round", lambda a, p, t, rng: known.dropout(a, p, not t, rng), PARTLY, "never drops"),
        Wrong("the mask", lambda a, p, t, rng: rng.random(a.shape) >= p, tells="differ"),
        Wrong("a guard that is a number", _dropout_guarded_by_a_number, NOT_YET, tells="a small constant"),
        Wrong("guard at p = 0", _dropout_guarded_at_zero, PARTLY, "nothing left at p = 0"),
    ],
    "dropout_moments": [
        Wrong("measured", _moments_measured, NOT_YET, "measured"),
        Wrong("mean alone", lambda o, w, p: o @ w, tells="2 things are due"),
        Wrong("swapped", lambda o, w, p: known.dropout_moments(o, w, p)[::-1], tells="mean"),
        Wrong("n - 1", lambda o, w, p: (o @ w, known.dropout_moments(o, w, p)[1] * 4 / 3), NOT_YET, tells="variance"),
    ],
    "dropout_backward": [
        Wrong("no guard", _backward_no_guard, PARTLY, "not a number at p = 1"),
        Wrong("a new mask", _backward_new_mask, PARTLY, tells="differ"),
        Wrong("in place", _backward_in_place, tells=IN_PLACE),
        Wrong("times p", lambda g, mask, p: g * mask * p, tells="differ"),
    ],
    "dropout_two_layer_step": [
        Wrong("in place", _step_in_place, tells=IN_PLACE),
        Wrong("without the loss", _step_without("loss"), tells="`loss` is missing"),
        Wrong("a tuple", lambda *args: tuple(known.dropout_two_layer_step(*args).values()), tells="a dict"),
        Wrong("grad_w1 transposed", _step_changed(grad_w1=np.transpose), tells="grad_w1"),
        Wrong("loss turned round", _step_changed(loss=np.negative), tells="loss"),
        Wrong("d2 twice scaled", _step_changed(d2=lambda d: 2 * d), tells="twice"),
    ],
    "thinned_average": [
        Wrong("a generator of its own", _own_state(known.thinned_average), NOT_YET, OTHER_WAY),
        Wrong("in place", _average_in_place, tells=IN_PLACE),
        Wrong("averages the hidden outputs", _average_of_hidden, PARTLY, "softmax of the mean logits"),
        Wrong("geometric mean", _average_geometric, PARTLY, "softmax of the mean logits"),
        Wrong(
            "starts with the whole net",
            lambda x, w, p, k, rng: (
                known.thinned_average(x, w, p, k, rng) * k + known.thinned_average(x, w, 0.0, 1, rng)
            )
            / (k + 1),
            NOT_YET,
            OTHER_WAY,
        ),
        Wrong("the likeliest class", lambda *args: known.thinned_average(*args).argmax(axis=1), tells="shape"),
    ],
    "catches_wrong_dropout": [
        Wrong("asks for the exact share", _catches_too_strict, NOT_YET, "catches everything"),
        Wrong("values at one half", _catches_half_of_it, PARTLY, "catches only part of them"),
        Wrong("words", lambda implementation, rng: "wrong", tells="True or False"),
        Wrong("catches NaN alone", _catches_nan, PARTLY, "catches only part of them"),
        Wrong("wants the very bits", _catches_exactly, NOT_YET, "accuses right ones"),
    ],
    "MyDropout": [
        Wrong("no guard", _in_training(lambda p, a: a * _keep(p, a) / (1 - p)), PARTLY, "not a number"),
        Wrong(
            "ignores the mode",
            _module(lambda self, a: a * _keep(self.p, a) / max(1 - self.p, 1e-9)),
            NOT_YET,
            "drops in evaluation too",
        ),
        Wrong(
            "scales in evaluation",
            _module(lambda self, a: a * _keep(self.p, a) if self.training else a * (1 - self.p)),
            PARTLY,
            "scales in evaluation",
        ),
        Wrong("rates swapped", _in_training(_swapped), NOT_YET, "rates swapped"),
        Wrong("no scaling", _in_training(lambda p, a: a * _keep(p, a)), PARTLY, tells=VALUES_HINT),
        Wrong("scaled by p", _in_training(lambda p, a: a * _keep(p, a) / (p or 1)), PARTLY, tells=VALUES_HINT),
        Wrong("never drops", _in_training(lambda p, a: a / (1 - p) if p < 1 else a * 0), PARTLY, tells=SHARES_HINT),
        Wrong("whole rows", _with_mask(lambda a: (a.shape[0], 1)), PARTLY, tells=SHARES_HINT),
        Wrong("whole columns", _with_mask(lambda a: (a.shape[1],)), PARTLY, tells=SHARES_HINT),
        Wrong("always one half", _in_training(_always_a_half), PARTLY, tells=VALUES_HINT),
        Wrong("random numbers of a bell", _in_training(_normal_numbers), NOT_YET, "drops at p = 0"),
        Wrong("a seed in forward", _in_training(_seeded), PARTLY, tells=NEW_HINT),
        Wrong("a generator made in forward", _in_training(_own_generator), PARTLY, tells=NEW_HINT),
        Wrong("keeps its first mask", _module(_first_mask), PARTLY, tells=NEW_HINT),
        Wrong("noise", _in_training(_noise), PARTLY, tells=VALUES_HINT),
    ],
    "mended_dropout_scale": [
        Wrong("one at p = 1", lambda p: 1 / np.where(p < 1, 1 - p, 1.0), PARTLY, "infinite or 1 at p = 1"),
        Wrong("unguarded", _scale_unguarded, PARTLY, "infinite or 1 at p = 1"),
        Wrong("hidden by a small number", lambda p: 1 / (1 - p + 1e-12), PARTLY, "something large at p = 1"),
        Wrong("one over p", lambda p: 1 / np.where(p > 0, p, 1.0), NOT_YET, "divided by the rate that goes"),
        Wrong("the share added", lambda p: np.where(p < 1, 1 + p, 0.0), NOT_YET, "the missing share added"),
        Wrong("a single number", lambda p: 1.25, tells="shape"),
        Wrong("squared", lambda p: np.where(p < 1, 1 / np.maximum(1 - p, 0.01) ** 2, 0.0), NOT_YET, tells="differ"),
    ],
}  # fmt: skip
