"""The exercises of lesson 12, activation functions.

Every oracle is PyTorch in float64, slopes by its autograd; it shares no code with the NumPy answers. Drawn numbers stay
clear of 0 unless a group says otherwise, and each array has numbers on both sides of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.judging import Given
from course_utils.judging.calls import BATCH_SLOPES, MODES
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray
INFINITIES = (-np.inf, -2.5, 1.5, np.inf)
NOT_A_NUMBER = (
    "At minus or plus infinity it gives NaN: 0 times infinity and infinity minus infinity are undefined. "
    "Choose between two values instead."
)


def _tensor(values: Any, learns: bool = False) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64), requires_grad=learns)


def _s(z: Array) -> Array:
    """The sigmoid for slips and draws, of any size."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def _slope_by_autograd(function: Callable[[Any], Any], x: Array) -> Any:
    import torch

    leaf = _tensor(x, learns=True)
    return torch.autograd.grad(function(leaf).sum(), leaf)[0]


# --- what the groups draw ------------------------------------------------------------------------


def _both_sides(rng: np.random.Generator, *shape: int, zeros: int = 0) -> Array:
    """Numbers up to 3.5 in size, half of them above 0 and half below, and as many zeros as asked."""
    size = int(np.prod(shape))
    sizes = rng.uniform(0.2, 2.5, size=size)
    sizes[:4] += 1.0  # so that there are some of size above 1 on each side
    values = sizes * np.where(np.arange(size) % 2, -1.0, 1.0)
    values[size - zeros :] = 0.0
    return rng.permutation(values).reshape(shape)


def _table(rng: np.random.Generator) -> tuple[Array]:
    m, n = rng.permutation([3, 4, 5])[:2]
    return (_both_sides(rng, int(m), int(n)),)


def _row(rng: np.random.Generator) -> tuple[Array]:
    return (_both_sides(rng, int(rng.integers(6, 10))),)


def _with_zeros(rng: np.random.Generator) -> tuple[Array]:
    return (_both_sides(rng, 3, 5, zeros=3),)


def _huge(rng: np.random.Generator) -> tuple[Array]:
    return (_both_sides(rng, 2, 4) * 1e300,)


def _wide(rng: np.random.Generator) -> tuple[Array]:
    """Numbers from -1500 to 1500, and among them some of moderate size."""
    return (rng.permutation(np.concatenate([np.linspace(-1500, 1500, 12), rng.normal(size=8)])).reshape(4, 5),)


def _with_gamma(draw: Callable[[np.random.Generator], tuple[Array]], low: float, high: float) -> Any:
    return lambda rng: (*draw(rng), float(rng.uniform(low, high)))


PLAIN_GROUPS = (
    Group("tables of numbers", _table, weight=3),
    Group("one row of numbers", _row),
)

# --- tanh_from_sigmoid ---------------------------------------------------------------------------


def _four_powers(x: Array) -> Array:
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


def _right_in_single(ask: Callable[..., Any], x: Array) -> bool:
    ends = ask(np.array([-1000.0, -100.0, 100.0, 1000.0], dtype=np.float32))
    return all_close(ends, np.array([-1.0, -1.0, 1.0, 1.0]), precision="float32")


TANH_FROM_SIGMOID = Exercise(
    "tanh_from_sigmoid",
    groups=(*PLAIN_GROUPS, Group("very large and very small numbers", _wide, weight=2)),
    oracle=lambda x: _tensor(x).tanh(),
    laws=(
        Law(
            "turning the sign of x turns the sign of the result",
            lambda ask, x: all_close(np.asarray(ask(-x)), -np.asarray(ask(x))),
            groups=("tables of numbers",),
        ),
        Law(
            "in single precision, 100 and 1000 give 1, and -100 and -1000 give -1",
            _right_in_single,
            groups=("very large and very small numbers",),
            hint="Single precision has no room for e to the 100: are all the exponents 0 or below?",
        ),
    ),
    mistakes=(
        Mistake(
            "not compressed",
            "Height and place are right, and the curve is too lazy: at 0 tanh has slope 1. What happens to x first?",
            lambda x: 2 * _s(x) - 1,
        ),
        Mistake(
            "stretched sideways",
            "Is x made larger or smaller before the sigmoid? Tanh is done sooner, so its curve is the narrower one.",
            lambda x: 2 * _s(x / 2) - 1,
        ),
        Mistake(
            "not shifted", "This runs from 0 to 2: what brings it to the range from -1 to 1?", lambda x: 2 * _s(2 * x)
        ),
        Mistake(
            "shifted before it is stretched",
            "This runs from -2 to 0: is the sigmoid doubled first and shifted afterwards?",
            lambda x: 2 * (_s(2 * x) - 1),
        ),
        Mistake(
            "not stretched",
            "This runs from 0 to 1: how tall is tanh, and where is its middle?",
            lambda x: _s(2 * x),
        ),
        Mistake("the sigmoid itself", "That is the sigmoid: three changes lead from it to tanh.", _s),
        Mistake(
            "powers that overflow",
            "Far out, infinity is divided by infinity: can the sigmoid, which is safe there, do the work?",
            _four_powers,
        ),
        Mistake(
            "powers of 2x that overflow",
            "Far to the right, infinity is divided by infinity: can the sigmoid, which is safe there, do the work?",
            lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
        ),
        Mistake("sign", "The curve falls: tanh rises, as the sigmoid does.", lambda x: 1 - 2 * _s(2 * x)),
    ),
    computation="elementwise",
)

# --- relu ----------------------------------------------------------------------------------------

HUGE = "huge numbers, up to infinity"


def _relu_keeps_infinities(ask: Callable[..., Any], x: Array) -> bool:
    return all_close(np.asarray(ask(np.array(INFINITIES))), np.array([0.0, 0.0, 1.5, np.inf]))


RELU = Exercise(
    "relu",
    groups=(*PLAIN_GROUPS, Group(HUGE, _huge), Group("zeros among the numbers", _with_zeros)),
    oracle=lambda x: _tensor(x).relu(),
    laws=(
        Law(
            "minus infinity gives 0 and plus infinity stays",
            _relu_keeps_infinities,
            groups=(HUGE,),
            hint=NOT_A_NUMBER,
        ),
    ),
    mistakes=(
        Mistake("size of the number", "A negative number becomes 0 here and not positive.", np.abs),
        Mistake(
            "keeps the negative half",
            "The positive half is cut off here: which half does ReLU let through?",
            lambda x: np.minimum(x, 0.0),
        ),
        Mistake(
            "turned round",
            "Mirrored: for which sign of x should something come through?",
            lambda x: np.maximum(-x, 0.0),
        ),
        Mistake("the slope", "That is how steep ReLU is; its height is asked for.", lambda x: (x > 0).astype(float)),
        Mistake(
            "leaks",
            "A little comes through on the left: ReLU is exactly 0 there.",
            lambda x: np.where(x > 0, x, 0.01 * x),
        ),
        Mistake(
            "cut off at 1",
            "Large numbers are cut off as well: does ReLU have a ceiling?",
            lambda x: np.clip(x, 0.0, 1.0),
        ),
        Mistake(
            "one maximum for all",
            "This is one number for the whole array: the larger of 0 and x is asked for entry by entry.",
            lambda x: max(0.0, float(x.max())),
        ),
        Mistake(
            "drops the negative entries",
            "Negative entries become 0; here they are gone, and the array has changed its shape.",
            lambda x: x[x > 0],
        ),
    ),
    computation="elementwise",
)

# --- relu_grad -----------------------------------------------------------------------------------

RELU_GRAD = Exercise(
    "relu_grad",
    groups=(*PLAIN_GROUPS, Group("zeros among the numbers", _with_zeros, weight=2)),
    oracle=lambda x: _slope_by_autograd(lambda leaf: leaf.relu(), x),
    mistakes=(
        Mistake(
            "1 at the kink",
            "At 0 itself there are two slopes to choose from: which one does the convention take?",
            lambda x: (x >= 0).astype(float),
        ),
        Mistake(
            "one half at the kink",
            "A mean of both sides is a fair idea at 0, but the convention takes one of them.",
            lambda x: np.heaviside(x, 0.5),
        ),
        Mistake("ReLU itself", "That is the height of the curve; how steep is it there?", lambda x: np.maximum(x, 0.0)),
        Mistake("sides swapped", "On which side is the curve flat?", lambda x: (x < 0).astype(float)),
        Mistake(
            "sign of the number",
            "A slope of -1 would mean that the curve falls on the left: does it?",
            np.sign,
        ),
        Mistake(
            "height divided by x",
            "At 0 this divides 0 by 0: can the sign of x decide instead?",
            lambda x: np.maximum(x, 0.0) / x,
        ),
        Mistake(
            "slope of Leaky ReLU",
            "The curve is flat on the left: what is the slope of a flat line?",
            lambda x: np.where(x > 0, 1.0, 0.01),
        ),
        Mistake("1 everywhere", "The curve has a slope of 1 on one side only.", lambda x: np.ones(x.shape)),
    ),
    computation="elementwise",
)

# --- leaky_relu ----------------------------------------------------------------------------------


def _leaky_keeps_infinities(ask: Callable[..., Any], x: Array, gamma: float) -> bool:
    ends = np.asarray(ask(np.array(INFINITIES), 0.5))
    return all_close(ends, np.array([-np.inf, -1.25, 1.5, np.inf]))


def _torch_leaky(leaf: Any, *gamma: float) -> Any:
    import torch

    options: dict[str, Any] = {"negative_slope": gamma[0]} if gamma else {}
    return torch.nn.functional.leaky_relu(leaf, **options)


LEAKY_RELU = Exercise(
    "leaky_relu",
    groups=(
        Group("slopes below 1", _with_gamma(_table, 0.05, 0.6), weight=3),
        Group("one row of numbers", _with_gamma(_row, 0.05, 0.6)),
        Group("slopes above 1", _with_gamma(_table, 1.3, 3.0)),
        Group(HUGE, _with_gamma(_huge, 0.05, 0.6)),
    ),
    oracle=lambda x, gamma: _torch_leaky(_tensor(x), gamma),
    laws=(Law("infinite numbers keep their sign and stay infinite", _leaky_keeps_infinities, (HUGE,), NOT_A_NUMBER),),
    mistakes=(
        Mistake(
            "the larger of x and gamma times x",
            "Which of x and gamma times x is the larger depends on gamma: what if it is above 1?",
            lambda x, g: np.maximum(x, g * x),
        ),
        Mistake(
            "sign on the left",
            "On the left the line should go on falling below 0: is there a minus too many?",
            lambda x, g: np.where(x > 0, x, -g * x),
        ),
        Mistake(
            "gamma for every negative number",
            "On the left all numbers become the same here: gamma is the slope there and not the height.",
            lambda x, g: np.where(x > 0, x, g),
        ),
        Mistake(
            "minus gamma for every negative number",
            "On the left all numbers become minus gamma: is gamma a height there, or a slope?",
            lambda x, g: np.where(x > 0, x, -g),
        ),
        Mistake("ReLU", "Nothing leaks: what should come through on the left?", lambda x, g: np.maximum(x, 0.0)),
        Mistake(
            "sides swapped",
            "On which side should the numbers stay as they are?",
            lambda x, g: np.where(x > 0, g * x, x),
        ),
        Mistake(
            "gamma on both sides",
            "On the right something is added to x: the leak belongs to the left side alone.",
            lambda x, g: np.maximum(x, 0.0) + g * x,
        ),
        Mistake("the slope", "That is how steep it is; its height is asked for.", lambda x, g: np.where(x > 0, 1.0, g)),
        Mistake(
            "a slope of its own",
            "The slope on the left is handed in: is it used?",
            matches=lambda value, case: any(
                all_close(value, np.where(case.args[0] > 0, case.args[0], own * case.args[0])) for own in (0.01, 0.2)
            ),
        ),
    ),
    computation="elementwise",
)

# --- activation_backward -------------------------------------------------------------------------


def _draw_way_back(name: str, zeros: int = 0) -> Any:
    def draw(rng: np.random.Generator) -> tuple[str, Array, Array]:
        m, h = (int(size) for size in rng.permutation([3, 4, 5, 6])[:2])
        x = _both_sides(rng, m, h, zeros=zeros)
        kept = _s(x) if name == "sigmoid" else np.tanh(x) if name == "tanh" else x
        return name, rng.choice([-1.0, 1.0], size=(m, h)) * rng.uniform(0.3, 2.0, size=(m, h)), kept

    return draw


def _way_back_oracle(name: str, upstream: Array, kept: Array) -> Any:
    import torch

    a = _tensor(kept)
    leaf = {"sigmoid": a.logit, "tanh": a.atanh, "relu": a.clone}[name]().requires_grad_()
    return torch.autograd.grad(getattr(leaf, name)(), leaf, grad_outputs=_tensor(upstream))[0]


SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a**2,
    "relu": lambda x: (x > 0).astype(float),
}


def _way_back_with(combine: Any = np.multiply, **slopes: Callable[[Array], Array]) -> Any:
    """Return the right way back, but for other slopes of some activations or another way to combine."""
    return lambda name, upstream, kept: combine(upstream, (SLOPES | slopes)[name](kept))


ACTIVATION_BACKWARD = Exercise(
    "activation_backward",
    groups=(
        Group("the sigmoid", _draw_way_back("sigmoid"), weight=2),
        Group("tanh", _draw_way_back("tanh"), weight=2),
        Group("ReLU", _draw_way_back("relu"), weight=2),
        Group("a ReLU with inputs of 0", _draw_way_back("relu", zeros=3)),
    ),
    oracle=_way_back_oracle,
    mistakes=(
        Mistake(
            "activation applied again",
            "What is handed in has been through the activation already: what is the slope in terms of the output?",
            _way_back_with(sigmoid=lambda a: _s(a) * (1 - _s(a)), tanh=lambda a: 1 - np.tanh(a) ** 2),
        ),
        Mistake(
            "slopes without what comes from above",
            "The local slope is right: how much does the loss change with the output? That factor is handed in.",
            _way_back_with(lambda upstream, slope: slope),
        ),
        Mistake(
            "passes on unchanged",
            "What comes from above arrives unchanged: where does the local slope come in?",
            lambda name, upstream, kept: upstream,
        ),
        Mistake(
            "adds instead of multiplying",
            "The chain rule combines two slopes: by adding them?",
            _way_back_with(np.add),
        ),
        Mistake(
            "height instead of slope",
            "What comes from above is multiplied by the output here: by what should it be?",
            _way_back_with(sigmoid=lambda a: a, tanh=lambda a: a, relu=lambda x: np.maximum(x, 0.0)),
        ),
        Mistake(
            "tanh without the square",
            "Tanh is flat at both ends, where its output is near 1 or near -1: is this slope small at both?",
            _way_back_with(tanh=lambda a: 1 - a),
        ),
        Mistake(
            "slope of the sigmoid for tanh",
            "That is the slope of the sigmoid: the slope of tanh is 1 where its output is 0.",
            _way_back_with(tanh=lambda a: a * (1 - a)),
        ),
        Mistake(
            "sigmoid and tanh swapped",
            "At its middle the sigmoid has slope 1/4 and tanh has slope 1: which formula belongs to which?",
            _way_back_with(sigmoid=lambda a: 1 - a**2, tanh=lambda a: a * (1 - a)),
        ),
        Mistake(
            "1 at the kink",
            "Where the input of a ReLU is 0, the convention lets nothing through.",
            _way_back_with(relu=lambda x: (x >= 0).astype(float)),
        ),
        Mistake(
            "ReLU asks the upstream slope",
            "Whether a ReLU lets a slope through depends on its own input, and not on the sign of that slope.",
            lambda name, upstream, kept: (
                np.maximum(upstream, 0.0) if name == "relu" else _way_back_with()(name, upstream, kept)
            ),
        ),
        Mistake(
            "averaged over the batch",
            "The mean over the samples enters once, in the loss: is it in the upstream slopes already?",
            lambda name, upstream, kept: _way_back_with()(name, upstream, kept) / len(kept),
        ),
        Mistake(
            "matrix product",
            "An activation works entry by entry, so each slope meets one number: is a matrix product due?",
            _way_back_with(lambda upstream, slope: upstream @ slope.T),
        ),
    ),
    computation="elementwise",
)

# --- dead_units ----------------------------------------------------------------------------------


def _draw_units(rng: np.random.Generator, zeros: bool = False, m: int | None = None) -> tuple[Array]:
    """Draw units of all kinds: dead, on for all, few or most samples, on for the first only, barely on for one."""
    m = int(rng.integers(5, 8)) if m is None else m
    kinds = ["dead", "dead", "on", "first", "last", "mostly", "dead", "rarely", "barely"]
    z = rng.uniform(0.3, 2.0, size=(m, len(kinds)))
    for column, kind in enumerate(kinds):
        first, last = {"dead": (0, m), "first": (1, m), "last": (0, m - 1), "mostly": (0, 1)}.get(kind, (0, 0))
        z[first:last, column] *= -1
        if kind == "rarely":  # large where it is on, so that its mean is above 0
            z[:, column] *= -1
            z[m // 2, column] = 20.0
        if kind == "barely":
            z[:, column] *= -1
            z[m // 2, column] = 1e-10
    if zeros:
        z[rng.integers(m), 0] = 0.0
        z[:, 1] = 0.0
    return (z[:, rng.permutation(len(kinds))],)


def _dead_oracle(z: Array) -> Array:
    slopes = _slope_by_autograd(lambda leaf: leaf.relu(), z)
    return np.asarray((slopes == 0).all(dim=0))


DEAD_UNITS = Exercise(
    "dead_units",
    groups=(
        Group("units of all kinds", _draw_units, weight=3),
        Group("inputs that are exactly 0", lambda rng: _draw_units(rng, zeros=True)),
        Group("many samples", lambda rng: _draw_units(rng, m=int(rng.integers(150, 200))), count=1),
        Group("a single sample", lambda rng: _draw_units(rng, m=1), edge=True),
    ),
    oracle=_dead_oracle,
    mistakes=(
        Mistake(
            "off for some sample",
            "A unit that is off for one sample still learns from the others: for how many must it be off?",
            lambda z: (z <= 0).any(axis=0),
        ),
        Mistake(
            "off for nearly all samples",
            "A single sample that reaches a unit keeps it alive: is off for nearly all of them enough?",
            lambda z: (z <= 0).mean(axis=0) > 0.9,
        ),
        Mistake(
            "samples instead of units",
            "This gives one answer for each sample: along which axis do the samples run?",
            lambda z: (z <= 0).all(axis=1),
        ),
        Mistake(
            "the living ones",
            "True stands for a dead unit: these are the units that some sample still reaches.",
            lambda z: (z > 0).any(axis=0),
        ),
        Mistake(
            "strictly below 0",
            "What is the slope of a ReLU whose input is exactly 0?",
            lambda z: (z < 0).all(axis=0),
        ),
        Mistake(
            "about 0",
            "A unit is reached however small the number above 0 is: is an exact 0 asked for, or one up to rounding?",
            lambda z: np.isclose(np.maximum(z, 0.0), 0.0).all(axis=0),
        ),
        Mistake(
            "number of dead units",
            "That counts them: which ones are they? One answer for each unit is asked for.",
            lambda z: int((z <= 0).all(axis=0).sum()),
        ),
        Mistake(
            "places of the dead units",
            "These are the numbers of the dead units; one True or False for each unit is asked for.",
            lambda z: np.flatnonzero((z <= 0).all(axis=0)),
        ),
        Mistake(
            "mean below 0",
            "A mean can be below 0 and some sample still be above: what does each single sample say?",
            lambda z: z.mean(axis=0) <= 0,
        ),
        Mistake(
            "first sample only",
            "Only the first sample is asked: the unit may be on for another one.",
            lambda z: z[0] <= 0,
        ),
        Mistake(
            "one answer for each entry",
            "This says where the slope is 0, sample by sample: a unit is dead when that holds for all of them.",
            lambda z: z <= 0,
        ),
    ),
)

# --- train_with_activation -----------------------------------------------------------------------


def _draw_training(function: str, slope: str, m: int | None = None, far: float = 0.0) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        own, n, h = (int(size) for size in rng.permutation([5, 6, 7, 8])[:3])
        m_, q = m or own, int(rng.integers(2, 5))
        y = (np.arange(m_ * q) % 3 == 0).astype(float).reshape(m_, q)
        w1, w2 = rng.normal(size=(n, h)) / np.sqrt(n), rng.normal(size=(h, q))
        b2 = rng.normal(scale=0.5, size=q) + far * rng.permutation(np.where(np.arange(q) % 2, -1.0, 1.0))
        params = (w1, rng.normal(scale=0.5, size=h), w2, b2)
        pair = Given(f"activations.{function}", local=True), Given(f"activations.{slope}", local=True)
        return rng.normal(size=(m_, n)), y, *params, *pair, float(rng.uniform(0.2, 0.6)), int(rng.integers(4, 8))

    return draw


def _training_oracle(x: Array, y: Array, *rest: Any) -> tuple[Any, ...]:
    import torch

    *first, function, slope, rate, steps = rest

    class Bend(torch.autograd.Function):
        """The activation for autograd, which knows the slope as the exercise hands it in."""

        @staticmethod
        def forward(ctx: Any, z: Any) -> Any:
            ctx.save_for_backward(z)
            return _tensor(function(z.detach().numpy()))

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            return upstream * _tensor(slope(ctx.saved_tensors[0].numpy()))

    params, losses = [_tensor(p, learns=True) for p in first], []
    for _ in range(steps):
        w1, b1, w2, b2 = params
        logits = Bend.apply(_tensor(x) @ w1 + b1) @ w2 + b2
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, _tensor(y))
        losses.append(float(loss.detach()))
        gradients = torch.autograd.grad(loss, params)
        params = [(p - rate * g).detach().requires_grad_() for p, g in zip(params, gradients, strict=True)]
    return (*(p.detach() for p in params), losses)


def _train_with(slip: str) -> Any:
    def train(
        x: Array, y: Array, w1: Array, b1: Array, w2: Array, b2: Array, f: Any, slope: Any, rate: float, steps: int
    ) -> tuple[Any, ...]:
        losses = []
        rate = -rate if slip == "climbs" else rate
        for _ in range(1 if slip == "one step" else steps):
            z = x @ w1 + b1
            a = f(z)
            logits = a @ w2 + b2
            losses.append(float(np.mean(np.logaddexp(0, logits) - y * logits)))
            delta = (_s(logits) - y) / {"sum": 1, "samples": len(x)}.get(slip, y.size)
            if slip == "squared":
                delta = delta * _s(logits) * (1 - _s(logits))
            if slip == "no sigmoid":
                delta = (logits - y) / y.size
            new_w2 = w2 - rate * a.T @ delta
            leads_back = new_w2 if slip == "new weights" else w2
            by = {"no slope": 1.0, "height": a}.get(slip, slope(a if slip == "output" else z))
            back = delta @ leads_back.T * by
            new_w1 = w1 - rate * x.T @ back
            if slip != "frozen":
                w1, b1 = new_w1, b1 - rate * back.sum(axis=0)
            w2, b2 = new_w2, b2 - rate * delta.sum(axis=0)
            if slip == "biases":
                b1, b2 = b1 + rate * back.sum(axis=0), b2 + rate * delta.sum(axis=0)
            if slip == "mean biases":
                b1 = b1 + rate * (back.sum(axis=0) - back.mean(axis=0))
                b2 = b2 + rate * (delta.sum(axis=0) - delta.mean(axis=0))
            if slip == "after":
                logits = f(x @ w1 + b1) @ w2 + b2
                losses[-1] = float(np.mean(np.logaddexp(0, logits) - y * logits))
        if slip in ("summed loss", "loss of a sample"):
            losses = [loss * (y.size if slip == "summed loss" else y.shape[1]) for loss in losses]
        return w1, b1, w2, b2, losses[-1] if slip == "last" else losses

    return train


TRAIN_WITH_ACTIVATION = Exercise(
    "train_with_activation",
    groups=(
        Group("a smooth activation", _draw_training("softsign", "softsign_slope"), weight=2),
        Group("another smooth activation", _draw_training("softplus", "softplus_slope")),
        Group("an activation with a kink", _draw_training("bent", "bent_slope"), weight=2),
        Group("a single sample", _draw_training("swing", "swing_slope", m=1), edge=True),
        Group("logits near 1000 and -1000", _draw_training("softsign", "softsign_slope", far=1000.0), count=1),
    ),
    oracle=_training_oracle,
    parts=("w1", "b1", "w2", "b2", "losses"),
    computation="iterated",
    mistakes=(
        Mistake(
            "slope taken at the output",
            "The slope wants the number before the activation: is it handed z, or what came out?",
            _train_with("output"),
        ),
        Mistake(
            "no slope on the way back",
            "The error term crosses the activation on its way back: by what is it multiplied there?",
            _train_with("no slope"),
        ),
        Mistake(
            "height instead of slope",
            "On the way back the error term meets the activation's slope, and not its value.",
            _train_with("height"),
        ),
        Mistake(
            "sum instead of mean",
            "The loss is a mean over all entries of y: where does their number enter the way back?",
            _train_with("sum"),
        ),
        Mistake(
            "divided by the samples only",
            "The loss is a mean over all entries of y, and not over its rows: by how many is it divided?",
            _train_with("samples"),
        ),
        Mistake(
            "new weights on the way back",
            "The output weights are changed before the error term goes back through them: which values did it come by?",
            _train_with("new weights"),
        ),
        Mistake(
            "slope of the sigmoid at the output",
            "With cross-entropy the slope of the output sigmoid cancels: what is left of the error term?",
            _train_with("squared"),
        ),
        Mistake(
            "logits taken for probabilities",
            "The error term compares a probability with y: what makes one of a logit?",
            _train_with("no sigmoid"),
        ),
        Mistake("climbs", "The loss rises: in which direction does a step go?", _train_with("climbs")),
        Mistake(
            "biases stay", "The weights learn and the biases do not: both change in each step.", _train_with("biases")
        ),
        Mistake(
            "biases averaged again",
            "The error terms hold the mean already: are they averaged once more for the biases?",
            _train_with("mean biases"),
        ),
        Mistake("hidden layer stays", "Only the output layer learns: what of the hidden one?", _train_with("frozen")),
        Mistake("one step only", "How many steps are asked for?", _train_with("one step")),
        Mistake(
            "losses after the steps",
            "The parameters are right, and each loss is one step late: when is it written down?",
            _train_with("after"),
        ),
        Mistake(
            "summed loss",
            "The parameters are right; the losses are sums where means are due.",
            _train_with("summed loss"),
        ),
        Mistake(
            "mean over the samples only",
            "The parameters are right; the losses are means over the rows of y where a mean over all entries is due.",
            _train_with("loss of a sample"),
        ),
        Mistake(
            "a loss that overflows",
            "A large logit makes the loss infinite or NaN: which function of the text stays safe there?",
            matches=lambda value, case: not np.isfinite(value[4]).all(),
        ),
        Mistake("last loss only", "The parameters are right; one loss for each step is due.", _train_with("last")),
    ),
)

# --- MyLeakyReLU: a module -----------------------------------------------------------------------


def _draw_module(rng: np.random.Generator, low: float | None, high: float = 0.0, m: int = 4) -> tuple[Any, ...]:
    sizes = () if low is None else (float(rng.uniform(low, high)),)
    return sizes, [], _both_sides(rng, m, 6).astype(np.float32)


def _module_oracle(sizes: tuple[float, ...], parameters: list[Array], batch: Array) -> dict[str, Any]:
    output = _torch_leaky(_tensor(batch), *sizes)
    return dict.fromkeys(MODES, output)


def _module_like(slip: Callable[[Array, float], Array]) -> Any:
    """Match a float32 module's output against a slip at single precision."""

    def matches(value: Any, case: Case) -> bool:
        sizes, _, batch = case.args
        gamma = sizes[0] if sizes else 0.01
        wanted = np.asarray(slip(np.asarray(batch, dtype=np.float64), gamma))
        return all(all_close(np.asarray(value[mode]), wanted, precision="float32") for mode in MODES)

    return matches


def _used_slope(value: Any, case: Case) -> float:
    """The slope that a module's output shows on the left, or 0 where it shows none."""
    batch, output = np.asarray(case.args[2], dtype=np.float64), np.asarray(value[MODES[0]])
    if output.shape != batch.shape or output.dtype.kind != "f":
        return 0.0
    return float((output[batch < 0] / batch[batch < 0]).mean())


def _module_keeps_infinities(ask: Callable[..., Any], sizes: Any, parameters: Any, batch: Array) -> bool:
    output = np.asarray(ask((0.5,), [], np.array([INFINITIES], dtype=np.float32))[MODES[0]])
    return all_close(output, np.array([[-np.inf, -1.25, 1.5, np.inf]]), precision="float32")


def _module_slopes(*places: float) -> Any:
    """Ask autograd for a module's slopes at some places; 0 belongs to the left side."""
    x = np.array([places], dtype=np.float32)

    def holds(ask: Callable[..., Any], sizes: Any, parameters: Any, batch: Array) -> bool:
        found = ask((0.3,), [], x, True)[BATCH_SLOPES]
        return all_close(found, np.where(x > 0, 1.0, 0.3), precision="float32")

    return holds


MY_LEAKY_RELU = Exercise(
    "MyLeakyReLU",
    groups=(
        Group("slopes below 1", lambda rng: _draw_module(rng, 0.1, 0.6), weight=2),
        Group("no slope given", lambda rng: _draw_module(rng, None, m=5)),
        Group("slopes above 1", lambda rng: _draw_module(rng, 1.3, 3.0, m=3)),
        Group("one sample", lambda rng: _draw_module(rng, 0.1, 0.6, m=1), edge=True),
    ),
    oracle=_module_oracle,
    kind="module",
    by_hand=False,
    computation="elementwise",
    laws=(
        Law(
            "infinite numbers keep their sign and stay infinite",
            _module_keeps_infinities,
            groups=("slopes above 1",),
            hint=NOT_A_NUMBER,
        ),
        Law(
            "autograd finds the slope on the left and 1 on the right",
            _module_slopes(-2.5, -0.5, 0.5, 2.5),
            groups=("slopes below 1",),
            hint="Autograd goes back through PyTorch's own steps only: does one of yours leave them, or cut the way?",
        ),
        Law(
            "autograd finds the slope of the left side at 0",
            _module_slopes(0.0),
            groups=("slopes above 1",),
            hint="At exactly 0 the left side alone should count: which side does yours take there, or is it both?",
        ),
    ),
    mistakes=(
        Mistake(
            "another default",
            "With a slope it is right: what does `nn.LeakyReLU()` take when it is given none?",
            matches=lambda value, case: not case.args[0] and _used_slope(value, case) > 0,
        ),
        Mistake(
            "the slope handed in is not used",
            "Whatever slope is handed in, 0.01 comes out: is it kept in `__init__` and used in `forward`?",
            matches=_module_like(lambda x, g: np.where(x > 0, x, 0.01 * x)),
        ),
        Mistake(
            "the larger of x and slope times x",
            "Which of x and its multiple is the larger depends on the slope: what if it is above 1?",
            matches=_module_like(lambda x, g: np.maximum(x, g * x)),
        ),
        Mistake(
            "sign on the left",
            "On the left the line should go on falling below 0: is there a minus too many?",
            matches=_module_like(lambda x, g: np.where(x > 0, x, -g * x)),
        ),
        Mistake(
            "ReLU",
            "Nothing comes through on the left: where does the slope come in?",
            matches=_module_like(lambda x, g: np.maximum(x, 0.0)),
        ),
        Mistake(
            "the slope instead of the value",
            "That is how steep it is; `forward` gives the value.",
            matches=_module_like(lambda x, g: np.where(x > 0, 1.0, g)),
        ),
        Mistake(
            "sides swapped",
            "On which side should the numbers stay as they are?",
            matches=_module_like(lambda x, g: np.where(x > 0, g * x, x)),
        ),
        Mistake(
            "a height on the left",
            "On the left all numbers become the same: the slope is to be multiplied by something.",
            matches=_module_like(lambda x, g: np.where(x > 0, x, g)),
        ),
    ),
)

# --- mended_leaky_grad: a bug hunt ---------------------------------------------------------------

MENDED_LEAKY_GRAD = Exercise(
    "mended_leaky_grad",
    groups=(
        Group("tables of numbers", _with_gamma(_table, 0.05, 0.6), weight=3),
        Group("one row of numbers", _with_gamma(_row, 0.05, 0.6)),
        Group("zeros among the numbers", _with_gamma(_with_zeros, 0.05, 0.6), weight=2),
    ),
    oracle=lambda x, gamma: _slope_by_autograd(lambda leaf: _torch_leaky(leaf, gamma), x),
    mistakes=(
        Mistake(
            "as published",
            "A curve with this slope would climb towards the far left: look at the figure once more.",
            lambda x, g: np.where(x > 0, 1.0, -g),
        ),
        Mistake(
            "1 at the kink",
            "At 0 itself the convention takes the slope of one side: of which?",
            lambda x, g: np.where(x >= 0, 1.0, g),
        ),
        Mistake(
            "both sides added at the kink",
            "At 0 the slopes of both sides are added: one of them is due, and which one says the convention.",
            lambda x, g: (x >= 0) * 1.0 + (x <= 0) * g,
        ),
        Mistake(
            "mean of both sides at the kink",
            "At 0 this is the mean of both sides: the convention takes one of them.",
            lambda x, g: np.where(x == 0, (1 + g) / 2, np.where(x > 0, 1.0, g)),
        ),
        Mistake(
            "0 at the kink",
            "At 0 ReLU has the slope of its left side, and so has Leaky ReLU: what is it here?",
            lambda x, g: (x > 0) * 1.0 + (x < 0) * g,
        ),
        Mistake(
            "slope of ReLU",
            "On the left the curve is no longer flat: how steep is it there?",
            lambda x, g: (x > 0).astype(float),
        ),
        Mistake(
            "height instead of slope",
            "That is the height of the curve; how steep is it there?",
            lambda x, g: np.where(x > 0, x, g * x),
        ),
        Mistake("sides swapped", "On which side is the curve steeper?", lambda x, g: np.where(x > 0, g, 1.0)),
        Mistake(
            "gamma times x on the left",
            "The left side is a straight line, so its slope is the same everywhere: does x belong in it?",
            lambda x, g: np.where(x > 0, 1.0, g * x),
        ),
        Mistake(
            "a slope of its own",
            "The slope on the left is handed in: is it used?",
            lambda x, g: np.where(x > 0, 1.0, 0.2),
        ),
        Mistake(
            "1 everywhere",
            "It is 1 on both sides. If you fill in one side after the other: does the second step see the first one's?",
            lambda x, g: np.ones(x.shape),
        ),
    ),
    computation="elementwise",
)


# --- catches_wrong_slope: a test to write --------------------------------------------------------

Suspect = Callable[[Array], Array]
GRID = np.linspace(-10, 10, 161)
FAR = np.array([-1000.0, -300.0, 300.0, 1000.0])


def _draw_suspect(*pairs: tuple[str, str]) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Given, Given]:
        function, slope = pairs[int(rng.integers(len(pairs)))]
        return Given(f"activations.{function}"), Given(f"activations.{slope}")

    return draw


def _catches_oracle(function: Suspect, slope: Suspect) -> bool:
    """Compare with a difference of second order from three points, none of them to the right."""
    x, h = np.concatenate([GRID, FAR]), 1e-5
    measured = (3 * function(x) - 4 * function(x - h) + function(x - 2 * h)) / (2 * h)
    return not bool(np.all(np.abs(slope(x) - measured) <= 1e-3 * np.maximum(1.0, np.abs(measured))))


def _catches_with(points: Array, side: str = "left", tolerance: float = 1e-4, nan_passes: bool = False) -> Any:
    def catches(function: Suspect, slope: Suspect) -> bool:
        h = 1e-6
        right = function(points + h) if side != "left" else function(points)
        left = function(points - h) if side != "right" else function(points)
        gap = np.abs(slope(points) - (right - left) / (2 * h if side == "both" else h))
        return bool((gap > tolerance).any()) if nan_passes else not bool((gap <= tolerance).all())

    return catches


EVERYWHERE = np.concatenate([GRID, FAR])


def _gaps(function: Suspect, slope: Suspect) -> Array:
    return slope(EVERYWHERE) - (function(EVERYWHERE) - function(EVERYWHERE - 1e-6)) / 1e-6


RIGHT_PAIRS = (("softsign", "softsign_slope"), ("softplus", "softplus_slope"), ("swing", "swing_slope"))
RIGHT_BENT = (("bent", "bent_slope"), ("bent", "rounded_bent_slope"))
AT_THE_KINK = (("bent", "right_handed_bent_slope"), ("bent", "halfway_bent_slope"))

CATCHES_WRONG_SLOPE = Exercise(
    "catches_wrong_slope",
    groups=(
        Group("right slopes of smooth functions", _draw_suspect(*RIGHT_PAIRS), count=4),
        Group("right slopes of a function with a kink", _draw_suspect(*RIGHT_BENT), count=3),
        Group("a wrong sign on the left", _draw_suspect(("bent", "turned_bent_slope")), count=1),
        Group("another slope at the kink", _draw_suspect(*AT_THE_KINK), weight=2, count=4),
        Group("right on one side only", _draw_suspect(("softsign", "one_sided_softsign_slope")), count=1),
        Group("half a part in a hundred off", _draw_suspect(("softsign", "steep_softsign_slope")), count=1),
        Group("taken at the output", _draw_suspect(("softplus", "twice_softplus_slope")), count=1),
        Group("flat too early", _draw_suspect(("swing", "flat_swing_slope")), count=1),
        Group("no number far out", _draw_suspect(("softplus", "overflowing_softplus_slope")), count=1),
        Group("0 where a power overflowed", _draw_suspect(("softplus", "silenced_softplus_slope")), count=1),
    ),
    oracle=_catches_oracle,
    mistakes=(
        Mistake("never accuses", "Every slope passes: with what is it compared?", lambda function, slope: False),
        Mistake(
            "accuses every slope",
            "Right slopes are accused as well: two numbers worked out in two ways agree only up to rounding.",
            lambda function, slope: True,
        ),
        Mistake(
            "verdict upside down",
            "It says True for right slopes and False for wrong ones: what does True stand for?",
            lambda function, slope: not _catches_with(EVERYWHERE)(function, slope),
        ),
        Mistake(
            "steps to both sides at the kink",
            "A step to each side of the kink mixes two slopes: from which side does the convention look at 0?",
            _catches_with(EVERYWHERE, "both"),
        ),
        Mistake(
            "steps to the right",
            "At the kink a step to the right finds the slope of the right side: which side is due?",
            _catches_with(EVERYWHERE, "right"),
        ),
        Mistake(
            "never looks at 0",
            "Away from the kink everything is noticed: is 0 itself among the places that are tried?",
            _catches_with(EVERYWHERE[EVERYWHERE != 0]),
        ),
        Mistake(
            "never looks far out",
            "Near 0 everything is noticed: what if a power overflows at 1000, or at -1000?",
            _catches_with(GRID),
        ),
        Mistake(
            "looks near 0 only",
            "Some slopes go astray further out: how far from 0 are the places that are tried?",
            _catches_with(np.linspace(-3, 3, 61)),
        ),
        Mistake(
            "NaN slips through",
            "Every comparison with NaN is False: is it asked whether all gaps are small, or whether one is large?",
            _catches_with(EVERYWHERE, nan_passes=True),
        ),
        Mistake(
            "looks to the right of 0 only",
            "A slope can be right on one side of 0 and wrong on the other: are negative numbers near 0 tried, too?",
            _catches_with(EVERYWHERE[EVERYWHERE >= 0]),
        ),
        Mistake(
            "tolerance too loose",
            "How far apart may two right slopes be? Rounding is far smaller than a thousandth.",
            _catches_with(EVERYWHERE, tolerance=0.01),
        ),
        Mistake(
            "looks above 0 only",
            "Positive numbers alone are tried: what of 0 itself, and of the left side?",
            _catches_with(EVERYWHERE[EVERYWHERE > 0]),
        ),
        Mistake(
            "slopes that are too large pass",
            "Slopes that are too small are noticed, and too large ones pass: does the sign of a gap matter?",
            lambda function, slope: not bool((_gaps(function, slope) >= -1e-3).all()),
        ),
        Mistake(
            "slopes that are too small pass",
            "Slopes that are too large are noticed, and too small ones pass: does the sign of a gap matter?",
            lambda function, slope: not bool((_gaps(function, slope) <= 1e-3).all()),
        ),
    ),
)
