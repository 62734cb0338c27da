"""The exercises of lesson 01, linear regression.

Every oracle is PyTorch in float64 and shares no code with the answers (their tests compare with scikit-learn as well,
which would take a learner's first check a second to load). Shapes are never square and the numbers of samples and
features always differ, so that a swapped axis shows.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from course_utils.judging.calls import Given
from course_utils.judging.exercise import Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _turn(rng: np.random.Generator) -> int:
    """Count the cases drawn from one generator, without touching its numbers: 0, 1, 2, ..."""
    seeds: Any = rng.bit_generator.seed_seq
    turn = int(seeds.n_children_spawned)
    seeds.spawn(1)
    return turn


def _samples(rng: np.random.Generator, n: int | None = None, m: int | None = None) -> Array:
    """Draw features of m samples, always more samples than features."""
    columns = n or int(rng.integers(3, 6))
    return rng.normal(size=(m or columns + int(rng.integers(3, 7)), columns)) * 1.5


# --- predict_line --------------------------------------------------------------------------------


def _draw_model(rng: np.random.Generator, n: int | None = None, m: int | None = None) -> tuple[Any, ...]:
    features = _samples(rng, n, m)
    bias = float(rng.choice([-1, 1]) * rng.uniform(0.5, 2.5))
    return features, rng.normal(size=features.shape[1]), bias


def _predict_oracle(x: Array, w: Array, b: float) -> Any:
    import torch

    return torch.nn.functional.linear(_tensor(x), _tensor(w)[None], _tensor([b]))[:, 0]


PREDICT_LINE = Exercise(
    "predict_line",
    groups=(
        Group("typical samples", _draw_model, weight=3),
        Group("a single feature", lambda rng: _draw_model(rng, n=1), edge=True),
        Group("a single sample", lambda rng: _draw_model(rng, m=1), edge=True),
    ),
    oracle=_predict_oracle,
    mistakes=(
        Mistake(
            "bias left out",
            "At features of 0 the model says b: where does the bias come in?",
            lambda x, w, b: x @ w,
        ),
        Mistake(
            "bias for every feature",
            "There is one bias for the whole prediction: is it added before the sum over the features?",
            lambda x, w, b: (x * w + b).sum(axis=1),
        ),
        Mistake(
            "bias added to the features",
            "The weights multiply the features alone; the bias joins after that.",
            lambda x, w, b: (x + b) @ w,
        ),
        Mistake(
            "not summed over the features",
            "Each sample gets one number: what is to be done with the products of weights and features?",
            lambda x, w, b: x * w + b,
        ),
        Mistake(
            "bias subtracted",
            "Look at the sign in front of b in the formula.",
            lambda x, w, b: x @ w - b,
        ),
        Mistake(
            "bias times the sum of the features",
            "The bias is the same for every sample, whatever its features are.",
            lambda x, w, b: x @ (w + b),
        ),
    ),
)

# --- half_mse ------------------------------------------------------------------------------------


def _draw_targets(rng: np.random.Generator, m: int | None = None) -> tuple[Array, Array]:
    y = rng.normal(size=m or int(rng.integers(5, 12))) * 3 + 10
    return y, y + rng.normal(size=len(y)) * 1.5 + 0.4


def _cancelling(rng: np.random.Generator) -> tuple[Array, Array]:
    y, p = _draw_targets(rng)
    return y, p + (y - p).mean()


def _half_mse_oracle(y: Array, p: Array) -> Any:
    import torch

    return torch.nn.functional.mse_loss(_tensor(p), _tensor(y)) / 2


HALF_MSE = Exercise(
    "half_mse",
    groups=(
        Group("typical targets", _draw_targets, weight=3),
        Group("residuals that cancel", _cancelling),
        Group("a single sample", lambda rng: _draw_targets(rng, m=1), edge=True),
    ),
    oracle=_half_mse_oracle,
    laws=(Law("it does not matter which of the two comes first", lambda ask, y, p: all_close(ask(p, y), ask(y, p))),),
    mistakes=(
        Mistake(
            "not halved",
            "This is the mean squared error; which factor stands in front of it in J?",
            lambda y, p: ((y - p) ** 2).mean(),
        ),
        Mistake(
            "sum instead of mean",
            "J should not grow because there are more samples: divide by what?",
            lambda y, p: ((y - p) ** 2).sum() / 2,
        ),
        Mistake(
            "sum, not halved",
            "Two factors are missing in front of the sum: one for the samples and one half.",
            lambda y, p: ((y - p) ** 2).sum(),
        ),
        Mistake(
            "half, times m",
            "Python reads 1/2*m as (1/2) times m: where do brackets belong?",
            lambda y, p: ((y - p) ** 2).sum() * len(y) / 2,
        ),
        Mistake(
            "sum before the square",
            "Square each residual before you add.",
            lambda y, p: (y - p).sum() ** 2 / (2 * len(y)),
        ),
        Mistake(
            "absolute instead of squared",
            "These are the sizes of the residuals; J takes their squares.",
            lambda y, p: np.abs(y - p).mean() / 2,
        ),
        Mistake(
            "mean before the square",
            "Residuals of opposite sign cancel in a mean: what must happen to each of them first?",
            lambda y, p: (y - p).mean() ** 2 / 2,
        ),
        Mistake(
            "square root",
            "J is made of squares and stays in squared units: no root is taken.",
            lambda y, p: np.sqrt(((y - p) ** 2).mean()) / 2,
        ),
        Mistake(
            "one number for each sample",
            "These are the single halved squares; J is one number for all samples together.",
            lambda y, p: (y - p) ** 2 / 2,
        ),
        Mistake(
            "targets squared apart",
            "Subtract first and square after: the difference of two squares is something else.",
            lambda y, p: (y**2 - p**2).mean() / 2,
        ),
    ),
)

# --- half_mse_slopes: a step of the derivation ---------------------------------------------------


def _draw_point(rng: np.random.Generator, n: int | None = None, m: int | None = None) -> tuple[Any, ...]:
    x, w, b = _draw_model(rng, n, m)
    return x, rng.normal(size=len(x)) * 2 + 3, w, b


def _slopes_oracle(x: Array, y: Array, w: Array, b: float) -> Any:
    import torch

    weights, bias = _tensor(w).requires_grad_(), _tensor(b).requires_grad_()
    loss = torch.nn.functional.mse_loss(_tensor(x) @ weights + bias, _tensor(y)) / 2
    loss.backward()
    return weights.grad, bias.grad


def _slopes_slip(slip: Callable[[Array, Array, int], Any], residuals: Any = None) -> Any:
    """Return the slopes with a slip: `slip` gets the features, the residuals and m."""

    def slopes(x: Array, y: Array, w: Array, b: float) -> Any:
        r = x @ w + b - y if residuals is None else residuals(x, y, w, b)
        return slip(x, r, len(y))

    return slopes


HALF_MSE_SLOPES = Exercise(
    "half_mse_slopes",
    groups=(
        Group("random points", _draw_point, weight=3, count=3),
        Group("a single feature", lambda rng: _draw_point(rng, n=1), edge=True),
        Group("a single sample", lambda rng: _draw_point(rng, m=1), edge=True),
    ),
    oracle=_slopes_oracle,
    parts=("grad_w", "grad_b"),
    mistakes=(
        Mistake(
            "sign",
            "When predictions are too high, a larger bias makes J larger: which way round is the residual?",
            _slopes_slip(lambda x, r, m: (-x.T @ r / m, -r.mean())),
        ),
        Mistake(
            "factor 2 left over",
            "The 2 of the square has a partner: what does the 1/2 in front of J do to it?",
            _slopes_slip(lambda x, r, m: (2 * x.T @ r / m, 2 * r.mean())),
        ),
        Mistake(
            "still halved",
            "Differentiating a square brings down a 2, and that meets the 1/2 in front of J.",
            _slopes_slip(lambda x, r, m: (x.T @ r / m / 2, r.mean() / 2)),
        ),
        Mistake(
            "no 1/m",
            "J is a mean over the samples, and each slope carries the same factor.",
            _slopes_slip(lambda x, r, m: (x.T @ r, r.sum())),
        ),
        Mistake(
            "no 1/m for the weights",
            "Both slopes come from the same mean: does the one by the weights carry its factor too?",
            _slopes_slip(lambda x, r, m: (x.T @ r, r.mean())),
        ),
        Mistake(
            "no 1/m for the bias",
            "Both slopes come from the same mean: does the one by the bias carry its factor too?",
            _slopes_slip(lambda x, r, m: (x.T @ r / m, r.sum())),
        ),
        Mistake(
            "bias left out of the prediction",
            "The residual compares the target with the whole prediction, and that has a bias.",
            _slopes_slip(lambda x, r, m: (x.T @ r / m, r.mean()), lambda x, y, w, b: x @ w - y),
        ),
        Mistake(
            "features left out",
            "By the chain rule, the slope by a weight carries the factor that multiplies this weight.",
            _slopes_slip(lambda x, r, m: (np.full(x.shape[1], r.mean()), r.mean())),
        ),
        Mistake(
            "mean of the features times mean of the residuals",
            "Each sample's residual meets that sample's own feature, before anything is averaged.",
            _slopes_slip(lambda x, r, m: (x.mean(axis=0) * r.mean(), r.mean())),
        ),
    ),
)

# --- fit_least_squares ---------------------------------------------------------------------------


def _draw_fit(rng: np.random.Generator, n: int | None = None, centre: float = 1.0) -> tuple[Array, Array]:
    x = _samples(rng, n) + centre
    w = rng.choice([-1, 1], size=x.shape[1]) * rng.uniform(0.5, 2.0, size=x.shape[1])
    return x, x @ w + rng.choice([-1, 1]) * rng.uniform(2, 4) + rng.normal(size=len(x)) * 0.7


def _least_squares(x: Array, y: Array) -> Any:
    """Return the weights and, last, the bias by an orthogonal factorisation, without the normal equations."""
    import torch

    wide = torch.cat([_tensor(x), torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    return torch.linalg.lstsq(wide, _tensor(y)[:, None], driver="gelsd").solution[:, 0]


def _fit_oracle(x: Array, y: Array) -> Any:
    theta = _least_squares(x, y)
    return theta[:-1], theta[-1]


def _solve(x: Array, y: Array) -> tuple[Array, float]:
    """Least squares by centring, for the slips below."""
    w = np.linalg.lstsq(x - x.mean(axis=0), y - y.mean(), rcond=None)[0]
    return w, float(y.mean() - x.mean(axis=0) @ w)


def _fit_with_ones(x: Array, y: Array) -> Array:
    wide = np.column_stack([x, np.ones(len(x))])
    return np.linalg.lstsq(wide, y, rcond=None)[0]


def _ones_in_front(x: Array, y: Array) -> Array:
    return np.roll(_fit_with_ones(x, y), 1)


def _one_feature_at_a_time(x: Array, y: Array) -> tuple[Array, float]:
    centred = x - x.mean(axis=0)
    w = centred.T @ (y - y.mean()) / (centred**2).sum(axis=0)
    return w, float(y.mean() - x.mean(axis=0) @ w)


def _no_smaller_error(ask: Any, x: Array, y: Array) -> bool:
    """Whether moving along any parameter makes the error larger."""
    w, b = ask(x, y)
    theta = np.append(np.asarray(w, dtype=float), float(b))
    wide = np.column_stack([x, np.ones(len(x))])
    errors = [((wide @ (theta + step) - y) ** 2).mean() for step in 1e-2 * np.vstack([np.eye(len(theta))] * 2)]
    return bool(min(errors) >= ((wide @ theta - y) ** 2).mean() - 1e-12)


FIT_LEAST_SQUARES = Exercise(
    "fit_least_squares",
    groups=(
        Group("typical samples", _draw_fit, weight=3),
        Group("features far from zero", lambda rng: _draw_fit(rng, centre=25.0), weight=2),
        Group("a single feature", lambda rng: _draw_fit(rng, n=1), edge=True),
    ),
    oracle=_fit_oracle,
    parts=("w", "b"),
    laws=(Law("moving any parameter a little makes the error no smaller", _no_smaller_error),),
    mistakes=(
        Mistake(
            "line through the origin",
            "Without a column of ones the line must pass through the origin: where does the bias come from?",
            lambda x, y: (np.linalg.lstsq(x, y, rcond=None)[0], 0.0),
        ),
        Mistake(
            "bias taken from the wrong end",
            "The parameters come in the order of the columns: where did you put the column of ones?",
            lambda x, y: (_fit_with_ones(x, y)[1:], float(_fit_with_ones(x, y)[0])),
        ),
        Mistake(
            "bias taken from the end, ones in front",
            "The parameters come in the order of the columns: where did you put the column of ones?",
            lambda x, y: (_ones_in_front(x, y)[:-1], float(_ones_in_front(x, y)[-1])),
        ),
        Mistake(
            "1/m on one side only",
            "A factor 1/m belongs on both sides of the normal equations, or on neither.",
            lambda x, y: (_solve(x, y)[0] * len(y), _solve(x, y)[1] * len(y)),
        ),
        Mistake(
            "1/m on the right side only",
            "A factor 1/m belongs on both sides of the normal equations, or on neither.",
            lambda x, y: (_solve(x, y)[0] / len(y), _solve(x, y)[1] / len(y)),
        ),
        Mistake(
            "one feature at a time",
            "Features that vary together share the credit: all weights must be found at once.",
            _one_feature_at_a_time,
        ),
        Mistake(
            "mean of the targets as bias",
            "The mean target is the prediction at the mean of the features, and the bias that at features of 0.",
            lambda x, y: (_solve(x, y)[0], float(y.mean())),
        ),
        Mistake(
            "features not transposed back",
            "One equation belongs to each parameter: the right side must have as many entries as there are weights.",
            lambda x, y: (x @ np.linalg.lstsq(x, y, rcond=None)[0], 0.0),
        ),
        Mistake(
            "weights and bias in one array",
            "Two things are due: the weights of the features, and the bias apart.",
            _fit_with_ones,
        ),
    ),
)

# --- trapezoid_features --------------------------------------------------------------------------


def _draw_sides(rng: np.random.Generator, m: int | None = None) -> tuple[Array]:
    return (rng.uniform(0.5, 2.5, size=(m or int(rng.integers(6, 10)), 2)),)


def _features_oracle(sides: Array) -> Any:
    """Take the products of all pairs of sides from one outer product for each trapezoid."""
    import torch

    s = _tensor(sides)
    rows, columns = torch.triu_indices(2, 2)
    return torch.cat([s, torch.einsum("mi,mj->mij", s, s)[:, rows, columns]], dim=1)


def _columns(*pick: Callable[[Array, Array], Array]) -> Any:
    return lambda sides: np.column_stack([one(sides[:, 0], sides[:, 1]) for one in pick])


def _a(a: Array, b: Array) -> Array:
    return a


def _b(a: Array, b: Array) -> Array:
    return b


def _aa(a: Array, b: Array) -> Array:
    return a * a


def _ab(a: Array, b: Array) -> Array:
    return a * b


def _bb(a: Array, b: Array) -> Array:
    return b * b


TRAPEZOID_FEATURES = Exercise(
    "trapezoid_features",
    groups=(
        Group("typical trapezoids", _draw_sides, weight=3),
        Group("a single trapezoid", lambda rng: _draw_sides(rng, m=1), edge=True),
    ),
    oracle=_features_oracle,
    mistakes=(
        Mistake(
            "squares before the product",
            "All five are there, in another order than asked: weights that were fitted to one order are wrong in "
            "another.",
            _columns(_a, _b, _aa, _bb, _ab),
        ),
        Mistake(
            "product left out",
            "The two sides also appear together: which of the five features needs both?",
            _columns(_a, _b, _aa, _bb),
        ),
        Mistake(
            "sum instead of product",
            "The sum of the sides adds nothing that the first two features do not say; which operation is meant?",
            _columns(_a, _b, _aa, lambda a, b: a + b, _bb),
        ),
        Mistake(
            "product doubled",
            "The 2 of a squared binomial belongs into a weight; the feature is the plain product.",
            _columns(_a, _b, _aa, lambda a, b: 2 * a * b, _bb),
        ),
        Mistake(
            "column of ones added",
            "The bias is kept apart in this course: no feature is needed for it.",
            _columns(lambda a, b: np.ones_like(a), _a, _b, _aa, _ab, _bb),
        ),
        Mistake(
            "sides left out",
            "The two sides themselves are features too, in front of what is made of them.",
            _columns(_aa, _ab, _bb),
        ),
        Mistake(
            "doubled instead of squared",
            "Twice a side is no new feature: a model can do that with its weight. What is a square?",
            _columns(_a, _b, lambda a, b: 2 * a, _ab, lambda a, b: 2 * b),
        ),
        Mistake(
            "features in rows",
            "Each trapezoid gets a row of its own, and each feature a column.",
            lambda sides: _columns(_a, _b, _aa, _ab, _bb)(sides).T,
        ),
    ),
    computation="elementwise",
)

# --- collapse_affine -----------------------------------------------------------------------------


def _draw_stack(rng: np.random.Generator, n: int | None = None, q: int | None = None) -> tuple[Array, ...]:
    sizes = rng.permutation([3, 4, 5, 6])[:3]
    inputs, hidden, outputs = n or int(sizes[0]), int(sizes[1]), q or int(sizes[2])
    return (
        rng.normal(size=(inputs, hidden)),
        rng.normal(size=hidden) + 0.5,
        rng.normal(size=(hidden, outputs)),
        rng.normal(size=outputs) - 0.5,
    )


def _collapse_oracle(w1: Array, b1: Array, w2: Array, b2: Array) -> Any:
    """Read the single map off the network's own outputs, at the origin and at the unit vectors."""
    import torch

    first, second = torch.nn.Linear(*w1.shape).double(), torch.nn.Linear(*w2.shape).double()
    for layer, weight, bias in ((first, w1, b1), (second, w2, b2)):
        layer.load_state_dict({"weight": _tensor(weight.T), "bias": _tensor(bias)})
    with torch.no_grad():
        origin = second(first(torch.zeros(1, len(w1), dtype=torch.float64)))
        return second(first(torch.eye(len(w1), dtype=torch.float64))) - origin, origin[0]


COLLAPSE_AFFINE = Exercise(
    "collapse_affine",
    groups=(
        Group("typical layers", _draw_stack, weight=3),
        Group("two inputs and one output", lambda rng: _draw_stack(rng, n=2, q=1), edge=True),
    ),
    oracle=_collapse_oracle,
    parts=("w", "b"),
    mistakes=(
        Mistake(
            "first bias not passed on",
            "The first bias goes through the second layer, like everything else that comes out of the first.",
            lambda w1, b1, w2, b2: (w1 @ w2, b2),
        ),
        Mistake(
            "second bias left out",
            "Multiply out (x W1 + b1) W2 + b2: three terms come of it, and two of them have no x.",
            lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2),
        ),
        Mistake(
            "first bias added after the second layer",
            "The first bias is added before the second layer's weights act: what do they do to it?",
            lambda w1, b1, w2, b2: (w1 @ w2, b1.sum() + b2),
        ),
        Mistake(
            "weights of the second layer only",
            "An input passes both layers: its weight in the single map needs both matrices.",
            lambda w1, b1, w2, b2: (w2, b1 @ w2 + b2),
        ),
        Mistake(
            "transposed",
            "The shape to aim at is one row an input and one column an output.",
            lambda w1, b1, w2, b2: ((w1 @ w2).T, b1 @ w2 + b2),
        ),
        Mistake(
            "bias twice",
            "Each bias enters once: is one of them added again at the end?",
            lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2 + 2 * b2),
        ),
    ),
)

# --- count_parameters ----------------------------------------------------------------------------


def _draw_sizes(rng: np.random.Generator, depth: int) -> tuple[list[int]]:
    return ([int(size) for size in rng.permutation(np.arange(2, 12))[:depth]],)


def _count_oracle(sizes: list[int]) -> int:
    import torch

    layers = (torch.nn.Linear(before, after) for before, after in pairwise(sizes))
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def _weights(sizes: list[int]) -> int:
    return sum(before * after for before, after in pairwise(sizes))


COUNT_PARAMETERS = Exercise(
    "count_parameters",
    groups=(
        Group("networks with hidden layers", lambda rng: _draw_sizes(rng, int(rng.integers(4, 6))), weight=2, count=3),
        Group("a network of one layer", lambda rng: _draw_sizes(rng, 2)),
    ),
    oracle=_count_oracle,
    mistakes=(
        Mistake(
            "biases left out",
            "These are the weights; every neuron that is not an input has something else to learn.",
            _weights,
        ),
        Mistake(
            "inputs with a bias",
            "Inputs are given and learn nothing: which neurons have a bias?",
            lambda sizes: _weights(sizes) + sum(sizes),
        ),
        Mistake(
            "one bias a layer",
            "The bias belongs to the neuron and not to the layer.",
            lambda sizes: _weights(sizes) + len(sizes) - 1,
        ),
        Mistake(
            "biases of the layer before",
            "A bias is added to what a layer gives, so it counts the neurons on that side.",
            lambda sizes: _weights(sizes) + sum(sizes[:-1]),
        ),
        Mistake(
            "counts the neurons",
            "These are the neurons; the parameters sit on the lines between them, and on each neuron that adds.",
            sum,
        ),
        Mistake(
            "product of all sizes",
            "Layers are joined to neighbours only: add one product a pair.",
            lambda sizes: int(np.prod(sizes)) + sum(sizes[1:]),
        ),
        Mistake(
            "first layer only",
            "Every pair of neighbouring layers is joined by weights of its own: how many pairs are there?",
            lambda sizes: sizes[0] * sizes[1] + sizes[1],
        ),
        Mistake(
            "output layer without biases",
            "The output neurons add a bias as well.",
            lambda sizes: _weights(sizes) + sum(sizes[1:-1]),
        ),
    ),
)

# --- catches_affine_stack: a test to write -------------------------------------------------------

_HARDLY_BENT = "two_layers_with_sigmoid, used close to 0"
_STACKS = ("two_layers", "two_layers_with_sigmoid", "three_layers", "two_layers_with_relu", _HARDLY_BENT)
_STRAIGHT_IN_PLACES = ("product", "high_plane", "third_power", "bowl")


def _given(name: str) -> Given:
    return Given(f"linear_regression.{name}")


def _draw_straight_in_places(rng: np.random.Generator) -> tuple[Any, ...]:
    """Go through the functions on squares around 0, so that no verdict is right for the whole group."""
    reach = float(rng.uniform(1.5, 3.0))
    return _given(_STRAIGHT_IN_PLACES[_turn(rng) % len(_STRAIGHT_IN_PLACES)]), -reach, reach


def _draw_stack_of_layers(rng: np.random.Generator) -> tuple[Any, ...]:
    """Go through the stacks on wide squares; the last is used so close to 0 that it hardly bends."""
    name = _STACKS[_turn(rng) % len(_STACKS)]
    if name == _HARDLY_BENT:
        return _given("two_layers_with_sigmoid"), -float(rng.uniform(0.04, 0.06)), float(rng.uniform(0.04, 0.06))
    return _given(name), -float(rng.uniform(1.5, 3.0)), float(rng.uniform(1.5, 3.0))


def _draw_hinge(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw squares beside the kink, one around it but not centred on it, and two of which it cuts off a corner."""
    turn, side = _turn(rng) % 5, float(rng.uniform(1.0, 1.5))
    share = float(rng.uniform(0.22, 0.28))  # of a side, that lies behind the kink
    if turn == 3:  # the kink is x1 + x2 = 1, and the corner above and to the right of it
        high = (1 + share * side) / 2
        return _given("fold_above"), high - side, high
    if turn == 4:  # the kink is x1 - x2 = 1, and the corner below and to the right of it
        return _given("fold_below"), -0.7, -0.7 + 1 / (1 - share)
    left, around, right = (0.9 - 2 * side, 0.9), (0.2 - side / 2, 0.7 + side), (1.1, 1.1 + 2 * side)
    return _given("hinge"), *(left, around, right)[turn]


def _is_affine(f: Any, low: float, high: float) -> bool:
    """Fit a plane on a grid by least squares and look at what is left."""
    points = np.stack(np.meshgrid(np.linspace(low, high, 21), np.linspace(low, high, 23)), axis=-1).reshape(-1, 2)
    values = f(points)
    theta = _least_squares(points, values).numpy()
    return bool(np.abs(values - points @ theta[:-1] - theta[-1]).max() < 1e-8)


def _pairs(low: float, high: float, count: int = 200) -> tuple[Array, Array]:
    p, q = np.random.default_rng(5).uniform(low, high, size=(2, count, 2))
    return p, q


def _bend(f: Any, p: Array, q: Array) -> Array:
    return np.abs(f((p + q) / 2) - (f(p) + f(q)) / 2)


def _along_the_axes(f: Any, low: float, high: float) -> bool:
    p, q = _pairs(low, high)
    across, along = np.column_stack([q[:, 0], p[:, 1]]), np.column_stack([p[:, 0], q[:, 1]])
    return bool(max(_bend(f, p, across).max(), _bend(f, p, along).max()) < 1e-9)


def _through_the_centre(f: Any, low: float, high: float) -> bool:
    p, _ = _pairs(low, high)
    return bool(_bend(f, p, low + high - p).max() < 1e-9)


def _corners(f: Any, low: float, high: float) -> bool:
    ll, lh, hl, hh = f(np.array([[low, low], [low, high], [high, low], [high, high]]))
    return bool(abs(ll + hh - lh - hl) < 1e-9)


def _around_the_middle(f: Any, low: float, high: float) -> bool:
    centre, reach = (low + high) / 2, (high - low) / 4
    return bool(_bend(f, *_pairs(centre - reach, centre + reach)).max() < 1e-9)


def _anywhere(f: Any, low: float, high: float) -> bool:
    return bool(_bend(f, *_pairs(-50.0, 50.0)).max() < 1e-9)


def _linear_not_affine(f: Any, low: float, high: float) -> bool:
    p, _ = _pairs(low, high)
    return bool(np.abs(f(p / 2) - f(p) / 2).max() < 1e-9)


CATCHES_AFFINE_STACK = Exercise(
    "catches_affine_stack",
    groups=(
        Group("stacks of layers", _draw_stack_of_layers, weight=3, count=5),
        Group("functions that are straight in places", _draw_straight_in_places, weight=2, count=4),
        Group("a kink inside and outside the square", _draw_hinge, count=5),
    ),
    oracle=_is_affine,
    mistakes=(
        Mistake(
            "along the axes only",
            "A product of the inputs is straight along each axis and still no plane: try points that differ in both "
            "inputs at once.",
            _along_the_axes,
        ),
        Mistake(
            "through the centre only",
            "Lines through the centre are special: what a function gains on one side it may lose on the other. Try "
            "other lines too.",
            _through_the_centre,
        ),
        Mistake(
            "corners only",
            "A function can agree with a plane at the corners and bend between them: look inside the square too.",
            _corners,
        ),
        Mistake(
            "looks outside the square",
            "What the function does outside the square does not count: where do your points lie?",
            _anywhere,
        ),
        Mistake(
            "linear instead of affine",
            "An affine function may have a bias, so doubling the input need not double the output: which rule "
            "holds with a bias too?",
            _linear_not_affine,
        ),
        Mistake(
            "misses a corner",
            "A kink may cut off one corner of the square: do you try enough points, and do some lie in each corner?",
            _around_the_middle,
        ),
        Mistake(
            "takes a small bend for rounding",
            "Close to 0 a sigmoid is nearly straight, and bent all the same: how large can a difference from rounding "
            "alone be?",
            lambda f, low, high: bool(_bend(f, *_pairs(low, high)).max() < 1e-2),
        ),
        Mistake(
            "lets a bent function pass",
            "A bent function passes your test: for an affine one, how does the value half-way between two points "
            "follow from the values at both?",
            lambda f, low, high: True,
        ),
        Mistake(
            "calls an affine function bent",
            "A stack without activation is called bent: numbers on a computer are rounded, so how large a "
            "difference do you allow?",
            lambda f, low, high: False,
        ),
        Mistake(
            "verdict upside down",
            "True should mean that the function is affine: is the verdict the wrong way round?",
            lambda f, low, high: bool(_bend(f, *_pairs(low, high)).max() >= 1e-9),
        ),
    ),
)

# --- train_linear --------------------------------------------------------------------------------


def _draw_training(rng: np.random.Generator) -> tuple[Any, ...]:
    x = _samples(rng)
    y = x @ rng.normal(size=x.shape[1]) + rng.normal(size=len(x)) * 0.3 + 2
    return x, y[:, None], float(rng.uniform(0.03, 0.12)), int(rng.integers(5, 9))


def _draw_flats(rng: np.random.Generator, rate: tuple[float, float]) -> tuple[Any, ...]:
    x = rng.normal(size=(12, 1)) + 5
    return x, 2.8 * x - rng.normal(size=(12, 1)), float(rng.uniform(*rate)), int(rng.integers(6, 10))


def _train_oracle(x: Array, y: Array, rate: float, epochs: int, slip: str = "") -> Any:
    """Descend in NumPy, with the slope of the mean squared error taken on paper."""
    wide = np.column_stack([x, np.ones(len(x))])
    theta, slope, losses = np.zeros((wide.shape[1], 1)), 0.0, []
    factor = {"half": 0.5, "sum": float(len(x))}.get(slip, 1.0)
    for _ in range(epochs - (slip == "one too few")):
        residuals = wide @ theta - y
        fresh = factor * 2 / len(x) * wide.T @ residuals
        slope = slope + fresh if slip == "not cleared" else fresh
        before = theta
        if slip != "never moves":
            theta = theta - rate * slope if slip != "uphill" else theta + rate * slope
        measured = wide @ (theta if slip == "measured after" else before) - y
        losses.append(factor * float((measured**2).mean()))
    return theta[:-1], theta[-1], losses


def _train_slip(slip: str) -> Any:
    return lambda x, y, rate, epochs: _train_oracle(x, y, rate, epochs, slip)


TRAIN_LINEAR = Exercise(
    "train_linear",
    groups=(
        Group("several features", _draw_training, weight=3),
        Group("one feature, like the flats", lambda rng: _draw_flats(rng, (0.002, 0.02)), weight=2, edge=True),
        Group("a learning rate that is too large", lambda rng: _draw_flats(rng, (0.05, 0.07)), edge=True),
    ),
    oracle=_train_oracle,
    kind="trained",
    by_hand=False,
    computation="iterated",
    time_limit=30.0,  # PyTorch loads further parts of itself when the first optimizer is made
    parts=("w", "b", "losses"),
    mistakes=(
        Mistake(
            "gradients never cleared",
            "PyTorch adds each gradient to the last one: which of the five lines forgets the old ones?",
            _train_slip("not cleared"),
        ),
        Mistake(
            "loss measured after the update",
            "The loss of a step is that of the prediction the step began with: is it computed again afterwards?",
            _train_slip("measured after"),
        ),
        Mistake(
            "parameters never move",
            "The weights are still where they began: does `step` run, and at a moment when fresh slopes are there?",
            _train_slip("never moves"),
        ),
        Mistake(
            "one step too few",
            "Count the steps: one belongs to each epoch.",
            _train_slip("one too few"),
        ),
        Mistake(
            "half the mean squared error",
            "The loss here is PyTorch's own mean squared error, without a half.",
            _train_slip("half"),
        ),
        Mistake(
            "sum instead of mean",
            "The loss is the mean over the samples; a sum makes every step m times longer.",
            _train_slip("sum"),
        ),
        Mistake(
            "uphill",
            "The loss grows with every step: the update goes against the gradient, not with it.",
            _train_slip("uphill"),
        ),
    ),
)

# --- same_shape_mse: a bug hunt ------------------------------------------------------------------


def _draw_shapes(*kinds: tuple[bool, bool]) -> Any:
    """Return a draw that goes through the kinds: which of the two arrays is a column."""

    def draw(rng: np.random.Generator) -> tuple[Array, Array]:
        y, p = _draw_targets(rng)
        y_column, p_column = kinds[_turn(rng) % len(kinds)]
        return y[:, None] if y_column else y, p[:, None] if p_column else p

    return draw


def _same_shape_oracle(y: Array, p: Array) -> Any:
    import torch

    return torch.nn.functional.mse_loss(_tensor(p).flatten(), _tensor(y).flatten())


def _flat(slip: Callable[[Array], Any]) -> Any:
    return lambda y, p: slip(np.reshape(y, -1) - np.reshape(p, -1))


SAME_SHAPE_MSE = Exercise(
    "same_shape_mse",
    groups=(
        Group("a row against a column", _draw_shapes((False, True), (True, False)), weight=3, count=4),
        Group("shapes that agree", _draw_shapes((False, False), (True, True))),
        Group("a single sample", lambda rng: (rng.normal(size=1) + 9, rng.normal(size=(1, 1)) + 10), edge=True),
    ),
    oracle=_same_shape_oracle,
    mistakes=(
        Mistake(
            "all pairs instead of matching ones",
            "A row minus a column is a table of all pairs: what must both shapes be before you subtract?",
            lambda y, p: ((y - p) ** 2).mean(),
        ),
        Mistake(
            "one of the two shapes forgotten",
            "Either of the two may be the column: does your remedy work both ways round?",
            lambda y, p: ((y - p.T) ** 2).mean(),
        ),
        Mistake(
            "only the targets reshaped",
            "Either of the two may be the column: does your remedy work both ways round?",
            lambda y, p: ((y.T - p) ** 2).mean(),
        ),
        Mistake(
            "halved",
            "The mean squared error is asked for, without the half of J.",
            _flat(lambda r: (r**2).mean() / 2),
        ),
        Mistake(
            "sum instead of mean",
            "The mean over the samples is asked for.",
            _flat(lambda r: (r**2).sum()),
        ),
        Mistake(
            "root of it",
            "No root is taken: the mean of the squares itself is asked for.",
            _flat(lambda r: np.sqrt((r**2).mean())),
        ),
        Mistake(
            "absolute errors",
            "These are the sizes of the residuals; their squares are asked for.",
            _flat(lambda r: np.abs(r).mean()),
        ),
        Mistake(
            "one number for each sample",
            "One number is asked for: average over the samples.",
            _flat(lambda r: r**2),
        ),
    ),
)

# --- has_settled: a bug hunt ---------------------------------------------------------------------


def _curve(level: float, share: float, window: int, head: Array) -> Array:
    """Append two windows to a head; the mean of the second lies `share` below that of the first."""
    fall = (1 - share) ** (np.arange(2 * window) / window)
    return np.concatenate([head, level * fall])


def _settings(rng: np.random.Generator) -> tuple[int, float]:
    return int(rng.integers(5, 9)), float(rng.uniform(0.04, 0.08))


def _draw_smooth(rng: np.random.Generator) -> tuple[Any, ...]:
    window, tolerance = _settings(rng)
    kind = _turn(rng) % 5
    # settled after a long fall; falling; tiny and falling; huge and settled; a large share that is still allowed
    level, share, start = ((0.5, 0.25, 40), (0.5, 4, 2.0), (3e-4, 5, 1.0), (400.0, 0.4, 9e3), (0.5, 0.9, 8.0))[kind]
    tolerance = 0.3 if kind == 4 else tolerance
    head = np.geomspace(start, level, int(rng.integers(15, 30)))
    return _curve(level, share * tolerance, window, head), window, tolerance


def _draw_noisy(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw curves of which single losses mislead: those of a settled one fall, and those of a falling one rise."""
    window, tolerance = _settings(rng)
    kind = _turn(rng) % 3
    share, way = (0.2, 4.0, -3.0)[kind] * tolerance, (1, -1, 1)[kind]
    head = np.geomspace(20, 2.0, int(rng.integers(15, 30)))
    before = _wiggle(rng, window, 0.2, 0.2, 0.25)
    now = _wiggle(rng, window, -0.12, -0.2, -0.25)
    return np.concatenate([head, 2 * (1 + way * before), 2 * (1 - share) * (1 + way * now)]), window, tolerance


def _wiggle(rng: np.random.Generator, window: int, first: float, middle: float, last: float) -> Array:
    """Draw noise of mean 0 with three places set."""
    noise = rng.uniform(-0.05, 0.05, size=window)
    places = [0, window // 2, window - 1]
    noise[places] = first, middle, last
    others = np.setdiff1d(np.arange(window), places)
    noise[others] -= noise.sum() / len(others)
    return noise


def _draw_short(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw a flat curve that is too short to tell, and two of exactly two windows."""
    window, tolerance = _settings(rng)
    kind = _turn(rng) % 3
    curve = _curve(1.5, (0.1, 0.1, 4.0)[kind] * tolerance, window, np.empty(0))
    return curve[window - 3 :] if kind == 0 else curve, window, tolerance


def _settled_oracle(losses: Array, window: int, tolerance: float) -> bool:
    runs = _tensor(losses).unfold(0, window, 1).mean(dim=1)  # the mean of every run of neighbours
    return len(losses) >= 2 * window and bool(runs[-1] >= (1 - tolerance) * runs[-1 - window])


def _two_means(losses: Array, window: int) -> tuple[float, float]:
    return float(losses[-2 * window : -window].mean()), float(losses[-window:].mean())


def _share_slip(slip: Callable[[float, float, float, Array], bool]) -> Any:
    """Return has_settled with another comparison; `slip` gets both means, the tolerance and the curve."""

    def settled(losses: Array, window: int, tolerance: float) -> bool:
        if len(losses) < 2 * window:
            return False
        return bool(slip(*_two_means(losses, window), tolerance, losses))

    return settled


def _without_a_guard(losses: Array, window: int, tolerance: float) -> bool:
    before, now = _two_means(losses, window)
    return bool(before - now <= tolerance * before)


_AXIS = (
    "Against the first loss every late fall looks small, as on a linear axis: which loss should the fall be a share of?"
)


HAS_SETTLED = Exercise(
    "has_settled",
    groups=(
        Group("smooth curves", _draw_smooth, weight=3, count=5),
        Group("noisy curves", _draw_noisy, weight=2, count=3),
        Group("short curves", _draw_short, count=3, edge=True),
    ),
    oracle=_settled_oracle,
    mistakes=(
        Mistake(
            "rise counted as a fall",
            "A loss that rises has stopped falling too: does the sign of the change get lost?",
            _share_slip(lambda before, now, tolerance, losses: abs(before - now) <= tolerance * before),
        ),
        Mistake(
            "too short to tell",
            "With fewer than two windows of losses there is nothing to compare: what should the verdict be then?",
            _without_a_guard,
        ),
        Mistake(
            "measured on the axis of the figure",
            _AXIS,
            _share_slip(lambda before, now, tolerance, losses: before - now <= tolerance * losses[0]),
        ),
        Mistake(
            "the printed function unchanged",
            _AXIS,
            lambda losses, window, tolerance: (losses[-window] - losses[-1]) / losses[0] <= tolerance,
        ),
        Mistake(
            "share of the later mean",
            "The fall is to be a share of the mean it starts from: which of the two means do you divide by?",
            _share_slip(lambda before, now, tolerance, losses: before - now <= tolerance * now),
        ),
        Mistake(
            "absolute fall",
            "The tolerance is a share: a fall of 0.01 is nothing at a loss of 400 and everything at 0.01.",
            _share_slip(lambda before, now, tolerance, losses: before - now <= tolerance),
        ),
        Mistake(
            "one loss of each window",
            "Single losses of a noisy run say little: compare the means of the two windows.",
            lambda losses, window, tolerance: (
                len(losses) >= 2 * window and losses[-2 * window] - losses[-window] <= tolerance * losses[-2 * window]
            ),
        ),
        Mistake(
            "last step only",
            "One step of a noisy loss says little: compare the means of two windows.",
            _share_slip(lambda before, now, tolerance, losses: losses[-2] - losses[-1] <= tolerance * losses[-2]),
        ),
        Mistake(
            "two losses of the last window",
            "Single losses of a noisy run say little: compare the means of two windows, and what if there are not two?",
            lambda losses, window, tolerance: losses[-window] - losses[-1] <= tolerance * losses[-window],
        ),
        Mistake(
            "compared with the beginning",
            "The question is whether it still falls at the end, not whether it ever fell.",
            _share_slip(lambda before, now, tolerance, losses: losses[0] - now <= tolerance * losses[0]),
        ),
        Mistake(
            "settled whenever it does not rise",
            "A curve that still falls is called settled: which share of the window before may be lost at most?",
            lambda losses, window, tolerance: True,
        ),
        Mistake(
            "never settled",
            "Some of these curves have settled: a fall of less than the tolerance does not count.",
            lambda losses, window, tolerance: False,
        ),
        Mistake(
            "verdict upside down",
            "True should mean that the loss has stopped falling: is the verdict the wrong way round?",
            lambda losses, window, tolerance: (
                len(losses) < 2 * window or not _without_a_guard(losses, window, tolerance)
            ),
        ),
    ),
)
