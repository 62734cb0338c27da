"""The exercises of lesson 09, regularization.

Oracles are PyTorch or scikit-learn in float64 and share no code with the NumPy answers. The numbers of samples and
features always differ, and the strength of the penalty is neither 1 nor m nor n, so that a swapped factor shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.judging.calls import Given, Rng
from course_utils.judging.exercise import Case, Exercise, Group, Law, Mistake
from course_utils.judging.tolerance import all_close

Array = np.ndarray


def _tensor(values: Any) -> Any:
    import torch

    return torch.tensor(np.asarray(values, dtype=np.float64))


def _problem(rng: np.random.Generator, m: int | None = None, n: int | None = None) -> tuple[Array, Array]:
    """Draw features that are not centred and targets that follow them, with m and n different."""
    n = int(rng.integers(3, 6)) if n is None else n
    m = n + int(rng.integers(3, 7)) if m is None else m
    features = rng.normal(size=(m, n)) + rng.uniform(0.5, 1.5, size=n) * rng.choice([-1, 1], size=n)
    targets = features @ rng.uniform(0.5, 2, size=n) * 0.7 + rng.normal(size=m)
    return features, targets - targets.mean() + float(rng.choice([-1, 1]) * rng.uniform(2, 4))


def _strength(rng: np.random.Generator) -> float:
    return float(rng.uniform(2.2, 2.8))


def _signed(rng: np.random.Generator, n: int) -> Array:
    """Draw n numbers of both signs, none near 0."""
    signs = rng.permutation(np.where(np.arange(n) % 2, -1.0, 1.0))
    return signs * rng.uniform(0.3, 2.0, size=n)


# --- split_data ----------------------------------------------------------------------------------


def _draw_split(shares: tuple[int, ...], low: int) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        m, n = low + int(rng.integers(0, 4)), int(rng.integers(3, 5))
        features = rng.normal(size=(m, n))
        return features, np.round(features[:, 0] + 10, 3) + np.arange(m), shares, Rng(int(rng.integers(2**31)))

    return draw


def _split_oracle(features: Array, targets: Array, shares: tuple[int, ...], rng: Any) -> Any:
    import torch

    order = torch.tensor(rng.permutation(len(targets)))
    sizes = [len(targets) * share // sum(shares) for share in shares[:-1]]
    parts = order.split([*sizes, len(targets) - sum(sizes)])
    return [(_tensor(features)[part], _tensor(targets)[part]) for part in parts]


def _split_with(slip: str) -> Any:
    """Return split_data with one slip in it."""

    def split(x: Array, y: Array, shares: tuple[int, ...], rng: Any) -> Any:
        m, total = len(x), sum(shares)
        order = {"order": lambda: np.arange(m), "again": lambda: rng.integers(0, m, size=m)}.get(
            slip, lambda: rng.permutation(m)
        )()
        exact = [m * share / total for share in shares]
        sizes = list(shares) if slip == "sizes" else [int(size) for size in exact]
        starts = [0] * len(sizes) if slip == "overlap" else [sum(sizes[:k]) for k in range(len(sizes))]
        ends = [start + size for start, size in zip(starts, sizes, strict=True)]
        if slip not in ("lost", "overlap"):
            ends[-1] = m
        parts = [order[start:end] for start, end in zip(starts, ends, strict=True)]
        if slip == "ordered":
            parts = [np.sort(part) for part in parts]
        if slip == "apart":
            other = np.split(rng.permutation(m), ends[:-1])
            return [(x[p], y[q]) for p, q in zip(parts, other, strict=True)]
        if slip == "targets":
            return [(x[p], y[start:end]) for p, start, end in zip(parts, starts, ends, strict=True)]
        if slip == "backwards":
            parts = parts[::-1]
        if slip == "flipped":
            return [(y[p], x[p]) for p in parts]
        if slip == "flat":
            return [part for p in parts for part in (x[p], y[p])]
        return parts if slip == "numbers" else [(x[p], y[p]) for p in parts]

    return split


def _rounded_sizes(x: Array, y: Array, shares: tuple[int, ...], rng: Any) -> list[list[int]]:
    exact = [len(x) * share / sum(shares) for share in shares[:-1]]
    return [[int(f(size)) for size in exact] for f in (np.ceil, np.round)]


def _slips(table: dict[str, tuple[str, str]], make: Callable[[str], Any]) -> tuple[Mistake, ...]:
    """Make mistakes of a table ``slip -> (name, hint)``."""
    return tuple(Mistake(name, hint, make(slip)) for slip, (name, hint) in table.items())


SPLIT_DATA = Exercise(
    "split_data",
    groups=(
        Group("three parts", _draw_split((7, 2, 1), 23), weight=3),
        Group("two parts", _draw_split((7, 3), 11), weight=2),
        Group("a last part that takes what is left", _draw_split((2, 3, 4), 22), weight=2),
    ),
    oracle=_split_oracle,
    laws=(
        Law(
            "every sample is in one part and in one only",
            lambda ask, x, y, shares, rng: (
                sorted(np.concatenate([part[1] for part in ask(x, y, shares, Rng(5))]).tolist()) == sorted(y.tolist())
            ),
        ),
    ),
    mistakes=(
        *_slips(
            {
                "order": (
                    "never shuffled",
                    "The parts are cut from the data as they lie: what if they were stored in some order?",
                ),
                "again": (
                    "draws with repetition",
                    "A sample that is drawn twice can land in two parts: which call puts the numbers in a new order?",
                ),
                "overlap": ("parts overlap", "Each part begins where the one before it ends: where do yours begin?"),
                "lost": (
                    "samples lost",
                    "The sizes are rounded down, so some samples belong to no part: who takes what is left?",
                ),
                "apart": (
                    "features and targets shuffled apart",
                    "Features and targets of one sample belong together: how many shuffles does that take?",
                ),
                "targets": (
                    "targets not shuffled",
                    "The features move to their new places: do the targets move along?",
                ),
                "backwards": (
                    "parts in the opposite order",
                    "The first share belongs to the first part, and the first samples of the shuffle go there.",
                ),
                "sizes": (
                    "shares taken for sizes",
                    "A share says how much of all samples a part gets: how many samples is that?",
                ),
                "numbers": (
                    "gives the numbers of the samples",
                    "These are numbers of samples: what stands in those rows of the features and the targets?",
                ),
                "flipped": ("targets first", "In each pair the features come first, then the targets."),
                "flat": ("one flat list", "Each part is a pair of its own: its features together with its targets."),
                "ordered": (
                    "sorted within the parts",
                    "The right samples, in another order: keep the order of the shuffle within each part.",
                ),
            },
            _split_with,
        ),
        Mistake(
            "sizes rounded up",
            "A part may not take more than its share: round its size down, and leave the rest to the last.",
            matches=lambda value, case: [len(part[1]) for part in value[:-1]] in _rounded_sizes(*case.args),
        ),
    ),
)

# --- ridge_loss and ridge_grad -------------------------------------------------------------------


def _draw_loss(rng: np.random.Generator) -> tuple[Any, ...]:
    x, y = _problem(rng)
    return x, y, _signed(rng, x.shape[1]), float(rng.uniform(1.2, 3)), _strength(rng)


def _draw_loss_wide(rng: np.random.Generator) -> tuple[Any, ...]:
    x, y = _problem(rng, m=4, n=7)
    return x, y, _signed(rng, 7), float(rng.uniform(-3, -1.2)), _strength(rng)


def _draw_unpenalised(rng: np.random.Generator) -> tuple[Any, ...]:
    return (*_draw_loss(rng)[:-1], 0.0)


LOSS_GROUPS = (
    Group("typical samples", _draw_loss, weight=3, count=3),
    Group("more features than samples", _draw_loss_wide),
    Group("no penalty", _draw_unpenalised),
)


def _torch_loss(x: Array, y: Array, w: Any, b: Any, lam: float) -> Any:
    import torch

    return torch.nn.functional.mse_loss(_tensor(x) @ w + b, _tensor(y)) / 2 + lam * w.square().sum() / (2 * len(x))


def _loss_oracle(x: Array, y: Array, w: Array, b: float, lam: float) -> Any:
    return _torch_loss(x, y, _tensor(w), _tensor(b), lam)


def _loss_with(slip: str) -> Any:
    def loss(x: Array, y: Array, w: Array, b: float, lam: float) -> float:
        m, n = x.shape
        fit = ((x @ w + b - y) ** 2).sum() / {"half of the fit": m, "both halves": m, "brackets": 2 / m}.get(
            slip, 2 * m
        )
        squares = {
            "sizes": np.abs(w).sum(),
            "root": np.sqrt(w @ w),
            "bias": w @ w + b * b,
            "mean": np.mean(w**2),
            "sum first": w.sum() ** 2,
        }.get(slip, w @ w)
        over = {"features": 2 * n, "no m": 2, "half": m, "both halves": m, "brackets": 2 / m}.get(slip, 2 * m)
        if slip == "samples summed":
            fit *= m
        if slip == "bias missing":
            fit = ((x @ w - y) ** 2).sum() / (2 * m)
        return float({"minus": fit - lam * squares / over, "none": fit}.get(slip, fit + lam * squares / over))

    return loss


RIDGE_LOSS = Exercise(
    "ridge_loss",
    groups=LOSS_GROUPS,
    oracle=_loss_oracle,
    mistakes=_slips(
        {
            "none": ("no penalty", "The fit is there: what does the penalty add for large weights?"),
            "no m": (
                "penalty not divided by m",
                "Both terms of formula 3-98 stand over the same number: what does m do below the penalty?",
            ),
            "features": (
                "penalty divided by the number of features",
                "In this course the penalty is shared out over the samples: which of m and n stands below it?",
            ),
            "half": ("half of the penalty", "Squares bring a factor 2 into the slope: what takes it away again?"),
            "both halves": ("both halves missing", "Formula 3-98 divides by 2m: where is the 2?"),
            "brackets": (
                "brackets missing",
                "In Python `1 / 2 * m` is half of m, not one over 2m: what do brackets do?",
            ),
            "half of the fit": ("half of the mean squared error", "The fit is *half* the mean squared error here."),
            "samples summed": ("sum over the samples", "The fit is a mean over the samples: is its sum divided by m?"),
            "bias": ("bias penalised", "The bias lifts the whole line and bends nothing: should it be penalised?"),
            "bias missing": ("bias missing in the prediction", "What does the model predict where all features are 0?"),
            "sizes": ("sizes instead of squares", "L2 adds up squares: what have you added up?"),
            "root": ("length of the weights", "The penalty is the sum of the squares, not its root."),
            "mean": ("mean of the squares", "Add the squares of all weights up; how many there are plays no part."),
            "sum first": ("square of the sum", "Weights of opposite sign cancel in their sum: square first, then add."),
            "minus": ("penalty rewarded", "A penalty makes the loss larger: check its sign."),
        },
        _loss_with,
    ),
)


def _grad_oracle(x: Array, y: Array, w: Array, b: float, lam: float) -> Any:
    import torch

    weights, bias = _tensor(w).requires_grad_(), _tensor(b).requires_grad_()
    grad_w, grad_b = torch.autograd.grad(_torch_loss(x, y, weights, bias, lam), (weights, bias))
    return grad_w, grad_b.item()


def _grad_with(slip: str) -> Any:
    def gradient(x: Array, y: Array, w: Array, b: float, lam: float) -> Any:
        m, n = x.shape
        errors = y - x @ w - b if slip == "sign" else x @ w - y if slip == "without b" else x @ w + b - y
        over = 1 if slip == "samples summed" else m
        pull = lam * {"sizes": np.sign(w), "squares": w**2, "all": np.full(n, w.sum())}.get(slip, w)
        pull = (
            pull
            / {"features": n, "no m": 1, "half": 2 * m}.get(slip, m)
            * {"twice": 2, "minus": -1, "none": 0}.get(slip, 1)
        )
        own = x * w + b - y[:, None]  # each weight with its own feature alone
        slopes = (own * x).sum(axis=0) if slip == "own feature" else x.T @ errors
        grad_w, grad_b = slopes / over + pull, errors.sum() / over
        if slip == "bias":
            grad_b += lam * b / m
        if slip == "bias summed":
            grad_b = errors.sum()
        if slip == "bias's sign":
            grad_b = -grad_b
        if slip == "spread":
            grad_b += pull.sum()
        return (grad_b, grad_w) if slip == "swapped" else grad_w if slip == "one" else (grad_w, float(grad_b))

    return gradient


RIDGE_GRAD = Exercise(
    "ridge_grad",
    groups=LOSS_GROUPS,
    oracle=_grad_oracle,
    laws=(
        Law(
            "at weights of zero the penalty changes no slope",
            lambda ask, x, y, w, b, lam: all_close(ask(x, y, 0 * w, b, lam)[0], ask(x, y, 0 * w, b, 0.0)[0]),
            groups=("typical samples",),
        ),
    ),
    mistakes=_slips(
        {
            "none": ("no slope of the penalty", "The penalty has a slope, too: what is that of one squared weight?"),
            "sign": ("sign of the errors", "Prediction minus target, or target minus prediction: which way is uphill?"),
            "minus": ("sign of the penalty", "The penalty grows with a weight's size: which way does its slope point?"),
            "no m": ("penalty not divided by m", "Lambda over which number stands before the weight in formula 3-101?"),
            "features": ("penalty divided by the number of features", "Is the penalty shared out by m or by n?"),
            "twice": ("penalty twice", "The 2 of the square meets the half in front: what is left?"),
            "half": ("penalty halved", "The 2 of the square meets the half in front: is a half still left over?"),
            "bias": ("bias penalised", "Does the penalty contain the bias? Then what does it add to the bias's slope?"),
            "spread": (
                "penalty added to the bias's slope",
                "Does the penalty of the weights change when the bias does? Then what is its slope there?",
            ),
            "sizes": ("slope of the sizes", "That is the slope of a weight's size; which one has its square?"),
            "squares": ("penalty not differentiated", "The square itself stands there: what is its slope?"),
            "all": ("sum of the weights in every slope", "Only one term of the penalty contains this weight: which?"),
            "samples summed": ("sum instead of mean", "The fit is a mean over the samples: does its slope say so?"),
            "bias summed": ("bias's slope not averaged", "The bias's slope is a mean over the samples, too."),
            "bias's sign": ("sign of the bias's slope", "The weights' slopes are right: has the bias's the same sign?"),
            "own feature": (
                "one feature in the prediction",
                "A prediction adds up all features times their weights: over which letter does the inner sum run?",
            ),
            "without b": ("bias missing in the prediction", "The errors contain the bias, too: what is predicted?"),
            "swapped": ("weights and bias swapped", "First the slopes of the weights, then that of the bias."),
            "one": ("slope of the bias missing", "Two things are due: what does the loss do when the bias moves?"),
        },
        _grad_with,
    ),
)

# --- l2_minimiser --------------------------------------------------------------------------------


def _draw_bowl(turned: bool) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        n = int(rng.integers(2, 5))
        root = np.diag(rng.permutation(np.linspace(0.7, 1.6, n)))
        if turned:
            root = root + np.triu(_signed(rng, n * n).reshape(n, n), k=1)
        bowl = root.T @ root
        return (bowl + bowl.T) / 2, _signed(rng, n), float(rng.uniform(0.6, 1.6))

    return draw


def _bowl_oracle(curvature: Array, bottom: Array, lam: float) -> Any:
    """Find the least squares of the bowl's square root and the penalty's, stacked."""
    import torch

    h, eye = _tensor(curvature), torch.eye(len(bottom), dtype=torch.float64)
    root = torch.linalg.cholesky(h).T
    tall = torch.cat([root, np.sqrt(lam) * eye])
    return torch.linalg.lstsq(tall, torch.cat([root @ _tensor(bottom), 0 * _tensor(bottom)])[:, None]).solution[:, 0]


def _minimiser_with(slip: str) -> Any:
    def minimiser(h: Array, w0: Array, lam: float) -> Array:
        eye, right = np.eye(len(w0)), h @ w0
        answers = {
            "bowl": lambda: np.linalg.solve(h + lam * eye, w0),
            "twice": lambda: np.linalg.solve(h + 2 * lam * eye, right),
            "half": lambda: np.linalg.solve(h + lam / 2 * eye, right),
            "entries": lambda: np.linalg.solve(h + lam, right),
            "diagonal": lambda: np.diag(h) / (np.diag(h) + lam) * w0,
            "round": lambda: w0 / (1 + lam),
            "minus": lambda: np.linalg.solve(h - lam * eye, right),
            "same": lambda: w0,
            "inverse": lambda: (h + lam * eye) @ right,
            "elementwise": lambda: (1 / (h + lam * eye)) @ right,
            "one step": lambda: w0 - lam * w0,
        }
        return answers[slip]()

    return minimiser


L2_MINIMISER = Exercise(
    "l2_minimiser",
    groups=(
        # A curvature matrix is square by nature.
        Group("bowls along the axes", _draw_bowl(turned=False), weight=2, edge=True),
        Group("bowls across the axes", _draw_bowl(turned=True), weight=3, count=3, edge=True),
        Group("no penalty", lambda rng: (*_draw_bowl(True)(rng)[:2], 0.0), edge=True),
    ),
    oracle=_bowl_oracle,
    laws=(
        Law(
            "a penalty never makes the weights longer",
            lambda ask, h, w0, lam: np.linalg.norm(ask(h, w0, lam)) <= np.linalg.norm(w0) * (1 + 1e-9),
        ),
    ),
    mistakes=_slips(
        {
            "same": ("penalty without effect", "Where is the slope of bowl plus penalty 0? Not at the old bottom."),
            "bowl": ("curvature missing on one side", "Set the slope to 0: what stands beside the old bottom?"),
            "twice": ("penalty twice", "The penalty has a half in front: what is its slope at w?"),
            "half": ("penalty halved", "The half in front of the penalty meets the 2 of the square: what is left?"),
            "entries": (
                "strength added to every entry",
                "The slope of the penalty at one weight contains that weight alone: which entries does it touch?",
            ),
            "diagonal": (
                "only the diagonal of the curvature",
                "In a bowl across the axes each slope contains all weights: use the whole matrix.",
            ),
            "round": (
                "every direction shrinks alike",
                "Steep directions give way less than flat ones: where does the curvature come in?",
            ),
            "minus": ("sign of the penalty", "The penalty pulls towards 0 and makes the bowl steeper, not flatter."),
            "inverse": ("multiplied instead of solved", "The matrix stands before the unknown w: how does it go?"),
            "elementwise": (
                "inverse of the single entries",
                "The inverse of a matrix is not made of the inverses of its entries: solve the equations.",
            ),
            "one step": ("one step of decay", "That is one step of decay, and no minimum: set the slope to 0."),
        },
        _minimiser_with,
    ),
)

# --- sgd_weight_decay ----------------------------------------------------------------------------


def _draw_decay(shape: tuple[int, ...]) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        size = int(np.prod(shape))
        w, g = _signed(rng, size).reshape(shape), _signed(rng, size).reshape(shape)
        return w, g, float(rng.uniform(0.1, 0.3)), float(rng.uniform(0.3, 0.8))

    return draw


def _decay_oracle(w: Array, g: Array, rate: float, decay: float) -> Any:
    """Step down a plane with the given slopes plus the penalty, whose slopes autograd finds."""
    p = _tensor(w).requires_grad_()
    ((_tensor(g) * p).sum() + decay / 2 * p.square().sum()).backward()
    return p.detach() - rate * p.grad


SGD_WEIGHT_DECAY = Exercise(
    "sgd_weight_decay",
    groups=(
        Group("a row of weights", _draw_decay((5,)), weight=2),
        Group("a table of weights", _draw_decay((4, 3))),
        Group("a slope of zero", lambda rng: (*((d := _draw_decay((6,))(rng))[0], 0 * d[1]), *d[2:]), edge=True),
        Group(
            "decay so strong that weights change sign",
            lambda rng: (*_draw_decay((4,))(rng)[:2], 0.5, float(rng.uniform(2.4, 3.2))),
        ),
    ),
    oracle=_decay_oracle,
    mistakes=(
        Mistake(
            "no decay",
            "Before the step against the gradient the weights shrink: by which factor?",
            lambda w, g, rate, decay: w - rate * g,
        ),
        Mistake(
            "decay without the learning rate",
            "The penalty's slope goes through the same step as every slope: what multiplies it?",
            lambda w, g, rate, decay: (1 - decay) * w - rate * g,
        ),
        Mistake(
            "decays after the step",
            "The gradient's step is shrunk as well: which of the two factors belongs to the weights alone?",
            lambda w, g, rate, decay: (1 - rate * decay) * (w - rate * g),
        ),
        Mistake(
            "grows instead of decaying",
            "A penalty pulls towards 0: is the factor of the weights below 1?",
            lambda w, g, rate, decay: (1 + rate * decay) * w - rate * g,
        ),
        Mistake(
            "climbs", "The step goes against the gradient.", lambda w, g, rate, decay: (1 - rate * decay) * w + rate * g
        ),
        Mistake(
            "decay halved",
            "The slope of the penalty has no half left: what is the factor of the weights in formula 3-102?",
            lambda w, g, rate, decay: (1 - rate * decay / 2) * w - rate * g,
        ),
        Mistake(
            "divided once more",
            "`weight_decay` is lambda / m already: nothing is left to divide.",
            lambda w, g, rate, decay: (1 - rate * decay / len(w)) * w - rate * g,
        ),
        Mistake(
            "ignores the learning rate of the gradient",
            "How far does the step against the gradient go?",
            lambda w, g, rate, decay: (1 - rate * decay) * w - g,
        ),
        Mistake(
            "decays by a fixed amount",
            "Weight decay takes a share of each weight; a fixed amount is what L1 takes.",
            lambda w, g, rate, decay: w - rate * (g + decay * np.sign(w)),
        ),
        Mistake(
            "decay only",
            "The weights shrink and never learn: where is the step against the gradient?",
            lambda w, g, rate, decay: (1 - rate * decay) * w,
        ),
        Mistake(
            "the step instead of the new weights",
            "This is the step alone: where does it lead from the old weights?",
            lambda w, g, rate, decay: -rate * (g + decay * w),
        ),
        Mistake(
            "factor cut off at 0",
            "Formula 3-102 holds for every rate, also where the factor is negative: keep it as it is.",
            lambda w, g, rate, decay: max(1 - rate * decay, 0) * w - rate * g,
        ),
    ),
    computation="elementwise",
)

# --- ridge_fit -----------------------------------------------------------------------------------


def _draw_fit(m: int, n: int) -> Any:
    return lambda rng: (*_problem(rng, m, n), _strength(rng))


def _draw_far_targets(rng: np.random.Generator) -> tuple[Any, ...]:
    x, y = _problem(rng, 10, 3)
    return x, y - 200, _strength(rng)


def _fit_oracle(x: Array, y: Array, lam: float) -> Any:
    """Solve for weights and bias together, with a row for each penalty and none for the bias."""
    import torch

    m, n = x.shape
    fit = torch.cat([_tensor(x), torch.ones(m, 1, dtype=torch.float64)], dim=1)
    penalty = np.sqrt(lam) * torch.eye(n, n + 1, dtype=torch.float64)
    right = torch.cat([_tensor(y), torch.zeros(n, dtype=torch.float64)])[:, None]
    solution = torch.linalg.lstsq(torch.cat([fit, penalty]), right).solution[:, 0]
    return solution[:-1], solution[-1].item()


def _fit_with(slip: str) -> Any:
    def fit(x: Array, y: Array, lam: float) -> Any:
        m, n = x.shape
        centre, middle = x.mean(axis=0), y.mean()
        strength = lam * {"times m": m, "over m": 1 / m, "twice": 2, "half": 0.5, "none": 0}.get(slip, 1)
        if slip == "bias":
            wide = np.column_stack([x, np.ones(m)])
            solution = np.linalg.solve(wide.T @ wide + lam * np.eye(n + 1), wide.T @ y)
            return solution[:-1], float(solution[-1])
        if slip == "axis":
            centre = np.full(n, x.mean())
        xc = x if slip in ("raw", "nothing", "raw features", "raw then mean") else x - centre
        yc = y if slip in ("raw", "nothing") else y - middle
        if slip == "scaled":
            xc = xc / xc.std(axis=0)
        gram = xc.T @ xc + (lam if slip == "entries" else strength * np.eye(n))
        w = np.linalg.pinv(gram) @ (xc.T @ yc)
        b = {"raw": 0.0, "zero": 0.0, "mean": middle, "raw then mean": middle}.get(slip, middle - centre @ w)
        return {"swapped": (float(b), w), "one": w}.get(slip, (w, float(b)))

    return fit


RIDGE_FIT = Exercise(
    "ridge_fit",
    groups=(
        Group("typical samples", _draw_fit(9, 4), weight=3),
        Group("more features than samples", _draw_fit(5, 8), weight=2),
        Group("targets far from zero", _draw_far_targets, weight=2),
    ),
    oracle=_fit_oracle,
    laws=(
        Law(
            "when all targets rise by 100, the bias rises by 100 and the weights stay",
            lambda ask, x, y, lam: (
                all_close(ask(x, y + 100, lam)[0], ask(x, y, lam)[0], "iterated")
                and all_close(ask(x, y + 100, lam)[1], ask(x, y, lam)[1] + 100, "iterated")
            ),
        ),
    ),
    mistakes=_slips(
        {
            "bias": (
                "bias penalised",
                "A column of ones makes the bias one more weight, and the penalty takes it for one: how is it spared?",
            ),
            "none": ("no penalty", "Where does the strength of the penalty come into the equations?"),
            "zero": ("bias always 0", "The weights are right: what does the bias have to make up for after centring?"),
            "mean": (
                "bias is the mean target",
                "The mean target is right at features of 0 only if they are centred: where is the middle of yours?",
            ),
            "raw": (
                "nothing centred",
                "Without a bias the line goes through the origin: what do you subtract so that it may?",
            ),
            "nothing": (
                "nothing centred, bias from the means",
                "The bias is computed from the means: have they been subtracted before the weights are solved for?",
            ),
            "axis": (
                "one mean for all features",
                "Every feature has a mean of its own: along which axis is yours taken?",
            ),
            "raw then mean": (
                "features not centred, bias the mean target",
                "The targets are centred: what about the features, and the bias of the features as they were?",
            ),
            "raw features": ("features not centred", "Targets and features move to the origin: which of them did?"),
            "times m": (
                "strength multiplied by m",
                "Both terms of the loss stand over 2m, so multiply it away: what is left before the weights?",
            ),
            "over m": (
                "strength divided by m",
                "Both terms of the loss stand over 2m: is the product of the features divided by m as well?",
            ),
            "twice": ("strength doubled", "Both terms of the loss have the same half in front: what does it do?"),
            "half": ("strength halved", "Both terms of the loss have the same half in front: what does it do?"),
            "entries": (
                "strength added to every entry",
                "The slope of the penalty at one weight contains that weight alone: which entries does it touch?",
            ),
            "scaled": (
                "features divided by their spread",
                "Scaling the features changes what the penalty means: centring alone is asked for.",
            ),
            "swapped": ("weights and bias swapped", "First the weights, then the bias."),
            "one": ("bias not returned", "Two things are asked for: the weights and the bias."),
        },
        _fit_with,
    ),
)

# --- catches_penalised_bias: a test to write -----------------------------------------------------

RIGHT_ONES = ("strength_per_sample", "strength_doubled", "strength_squared")
WRONG_ONES = {
    "a bias penalised like a weight": "bias_like_a_weight",
    "a bias penalised lightly": "bias_penalised_lightly",
    "a bias that decays after the fit": "bias_decayed_afterwards",
    "a negative bias pulled towards 0": "bias_thresholded",
    "no bias at all": "bias_left_out",
}


def _given(name: str) -> Given:
    return Given(f"regularization.{name}")


def _wrong_one(kind: str, name: str) -> Group:
    return Group(kind, lambda rng: (_given(name),), count=1)


_TEST_X = np.array([[0.4, -1.2, 0.3], [1.9, 0.6, -0.8], [-0.7, 2.1, 1.4], [1.1, -0.3, 0.9], [0.2, 1.5, -1.6]])
_TEST_Y = np.array([1.3, -0.4, 2.2, 0.7, 1.8])


def _mean_error(fit: Any, y: Array, x: Array = _TEST_X, lam: float = 3.0) -> float:
    w, b = fit(x, y, lam)
    return float(abs(np.mean(y - x @ w - b)))


def _bias_oracle(fit: Any) -> bool:
    return any(_mean_error(fit, _TEST_Y + shift) > 1e-6 for shift in (-500.0, 0.0, 500.0))


def _visible_error(fit: Any) -> bool:
    return any(_mean_error(fit, _TEST_Y + shift) > 0.2 * abs(shift) for shift in (-500.0, 500.0))


def _moves(fit: Any, shift: float) -> bool:
    (_, before), (_, after) = (fit(_TEST_X, _TEST_Y + by, 3.0) for by in (10 + 0 * shift, 10 + shift))
    return bool(abs(after - before - shift) > 1e-6)


TOO_MUCH = "Too much passes. On centred data or without strength every bias looks right: which data and strength tell?"

CATCHES_PENALISED_BIAS = Exercise(
    "catches_penalised_bias",
    groups=(
        Group("fits that leave the bias alone", lambda rng: (_given(str(rng.choice(RIGHT_ONES))),), weight=3, count=4),
        *(_wrong_one(kind, name) for kind, name in WRONG_ONES.items()),
    ),
    oracle=_bias_oracle,
    # Saying the same of all fits is no test, so it earns nothing on either side.
    laws=(
        Law(
            "some penalised bias is caught",
            lambda ask, one: any(ask(_given(name)) for name in WRONG_ONES.values()),
            groups=("fits that leave the bias alone",),
            hint=TOO_MUCH,
        ),
        Law(
            "no fit that leaves the bias alone is accused",
            lambda ask, one: not any(ask(_given(name)) for name in RIGHT_ONES),
            groups=tuple(WRONG_ONES),
            hint="A test that accuses everybody tells nothing: what holds for every bias that is left alone?",
        ),
    ),
    # From few fits let through to many, so that the first that fits says most.
    mistakes=(
        Mistake(
            "targets shifted upwards only",
            "A pull on negative biases never shows where all are positive: which targets are still to be tried?",
            lambda fit: _moves(fit, 500.0),
        ),
        Mistake(
            "tolerance too loose",
            "A light pull changes little: how far from 0 may the mean error of a right fit be?",
            _visible_error,
        ),
        Mistake(
            "asks whether the bias is 0",
            "A bias can be pulled and still not be 0: what does a bias that is left alone do to the mean error?",
            lambda fit: bool(fit(_TEST_X, _TEST_Y, 3.0)[1] == 0),
        ),
        Mistake(
            "strength of zero",
            "With a strength of 0 no penalty acts, on weights or bias: try one that does.",
            lambda fit: _mean_error(fit, _TEST_Y - 500, lam=0.0) > 1e-6,
        ),
        Mistake("lets everything pass", TOO_MUCH, matches=lambda value, case: value is False),
        Mistake(
            "accuses right fits",
            "You accuse a right one. Each author's strength gives other weights, and computers round: which fact about "
            "a free bias holds all the same, but for a tiny remainder?",
            matches=lambda value, case: value is True,
        ),
        Mistake(
            "right and wrong swapped",
            "True means that the bias is pulled: which of the two verdicts does your function give?",
            lambda fit: not _bias_oracle(fit),
        ),
    ),
)

# --- l1_subgrad ----------------------------------------------------------------------------------


def _draw_sample(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Draw x, y, b and lambda so that no two quantities coincide."""
    x = float(rng.choice([-1, 1]) * rng.uniform(1.3, 2.5))
    return x, float(rng.uniform(1.5, 3)), float(rng.uniform(0.3, 0.9)), float(rng.uniform(0.4, 1.1))


def _draw_weight(sign: int) -> Any:
    return lambda rng: (sign * float(rng.uniform(0.4, 2.0)), *_draw_sample(rng))


def _draw_near_zero(rng: np.random.Generator) -> tuple[float, ...]:
    return float(rng.choice([-1, 1]) * rng.uniform(1e-6, 1e-5)), *_draw_sample(rng)


def _subgrad_oracle(w: float, x: float, y: float, b: float, lam: float) -> Any:
    """Let autograd differentiate the loss a little to the left and to the right of the weight."""
    import torch

    slopes = []
    for side in (-1.0, 1.0):
        t: Any = torch.tensor(w, dtype=torch.float64, requires_grad=True)
        size = side * t if w == 0 else t.abs()
        ((t * x + b - y) ** 2 / 2 + lam * size).backward()
        slopes.append(t.grad.item())
    return tuple(slopes)


def _subgrad_with(slip: str) -> Any:
    def subgrad(w: float, x: float, y: float, b: float, lam: float) -> Any:
        error = y - w * x - b if slip == "sign" else w * x - y if slip == "bias" else w * x + b - y
        phi = error if slip == "x" else x * error
        pull = {"square": lam * w, "half": lam / 2 * np.sign(w), "none": 0.0, "minus": -lam * np.sign(w)}.get(
            slip, lam * np.sign(w)
        )
        width = {"half": lam / 2, "square": 0.0, "none": 0.0, "sign of 0": 0.0, "unit": 1.0}.get(slip, lam)
        one = phi + pull
        if slip == "always":
            return phi - lam, phi + lam
        if slip == "single":
            return one
        if w == 0:
            low, high = (-lam, lam) if slip == "penalty alone" else (phi - width, phi + width)
            if slip == "upper":
                low = high
            return (high, low) if slip == "order" else (low, high)
        return one, one

    return subgrad


L1_SUBGRAD = Exercise(
    "l1_subgrad",
    groups=(
        Group("positive weights", _draw_weight(1), weight=2),
        Group("negative weights", _draw_weight(-1), weight=2),
        Group("a weight of exactly 0", lambda rng: (0.0, *_draw_sample(rng)), weight=3),
        Group("weights close to 0", _draw_near_zero),
    ),
    oracle=_subgrad_oracle,
    mistakes=_slips(
        {
            "sign of 0": (
                "one slope at 0",
                "At 0 the size of w has a kink: left of it the slope is one number, right of it another. Both count.",
            ),
            "penalty alone": (
                "slope of the fit missing at 0",
                "At 0 only the penalty has a kink; the fit has its ordinary slope there, which moves the interval.",
            ),
            "order": ("highest slope first", "The lowest slope comes first, then the highest."),
            "upper": ("highest slope twice", "At 0 the interval has two ends: which slope is found on the left?"),
            "always": (
                "an interval at every weight",
                "Away from 0 the size of w is a straight line with one slope: where is the kink?",
            ),
            "single": ("one number", "Two numbers are due, the lowest and the highest slope, also where they agree."),
            "square": ("slope of the square", "The slope of the size of w does not grow with w: which values has it?"),
            "none": ("no penalty", "The penalty has a slope, too."),
            "minus": ("sign of the penalty", "The penalty falls towards 0 from both sides: which sign has its slope?"),
            "half": ("penalty halved", "No half stands before this penalty."),
            "x": ("inner derivative missing", "How much does the prediction move when w does? By the chain rule."),
            "sign": ("sign of the error", "Prediction minus target, or target minus prediction?"),
            "bias": ("bias missing", "The error of the sample contains the bias, too."),
            "unit": ("strength missing at 0", "How far apart are the slopes on the two sides of the kink?"),
        },
        _subgrad_with,
    ),
    computation="elementwise",
)

# --- soft_threshold ------------------------------------------------------------------------------


def _draw_threshold(shape: tuple[int, ...]) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        t = float(rng.uniform(0.4, 0.8))
        size = int(np.prod(shape))
        factors = np.resize([0.3, -0.4, 1.7, -2.1, 2.6, -1.4], size)
        return (t * rng.permutation(factors) * rng.uniform(0.9, 1.1, size=size)).reshape(shape), t

    return draw


def _draw_kinks(rng: np.random.Generator) -> tuple[Any, ...]:
    """Draw values at the threshold itself and at 0."""
    t = float(rng.choice([0.25, 0.5, 0.75]))
    return rng.permutation(np.array([0.0, t, -t, 3 * t, -2 * t])), t


def _threshold_oracle(values: Array, threshold: float) -> Any:
    import torch

    return torch.nn.functional.softshrink(_tensor(values), threshold)


SOFT_THRESHOLD = Exercise(
    "soft_threshold",
    groups=(
        Group("a row of values", _draw_threshold((7,)), weight=2),
        Group("a table of values", _draw_threshold((4, 3))),
        Group("values at the threshold and at 0", _draw_kinks, weight=2),
        Group("a threshold of 0", lambda rng: (_draw_threshold((6,))(rng)[0], 0.0), edge=True),
    ),
    oracle=_threshold_oracle,
    mistakes=(
        Mistake(
            "hard threshold",
            "Small values become 0, and the others: do they stay, or move by the threshold as well?",
            lambda v, t: np.where(np.abs(v) > t, v, 0.0),
        ),
        Mistake(
            "sign lost",
            "A negative value stays negative on its way to 0: where does its sign come back?",
            lambda v, t: np.maximum(np.abs(v) - t, 0),
        ),
        Mistake(
            "positive side only",
            "Negative values move towards 0, too, and do not all become 0.",
            lambda v, t: np.maximum(v - t, 0),
        ),
        Mistake(
            "steps over 0",
            "A value smaller than the threshold has come out on the other side of 0: where should it stop?",
            lambda v, t: v - t * np.sign(v),
        ),
        Mistake(
            "cut off at the threshold",
            "You keep what should be taken away: these are the values cut off at the threshold.",
            lambda v, t: np.clip(v, -t, t),
        ),
        Mistake(
            "subtracts from everything",
            "A negative value moves *up* towards 0: which way does yours move?",
            lambda v, t: v - t,
        ),
        Mistake(
            "shrinks by a factor",
            "A factor never reaches 0; that is what L2 does. L1 takes a fixed amount.",
            lambda v, t: v / (1 + t),
        ),
        Mistake(
            "pushes outwards",
            "The values have become larger in size: which way is 0?",
            lambda v, t: np.where(np.abs(v) > t, v + t * np.sign(v), 0.0),
        ),
        Mistake(
            "turned round at 0",
            "A size below 0 means that the value has arrived: turning it round makes it grow again.",
            lambda v, t: np.sign(v) * np.abs(np.abs(v) - t),
        ),
    ),
    computation="elementwise",
)

# --- train_lasso ---------------------------------------------------------------------------------


def _draw_lasso(m: int, n: int, low: float, steps: int) -> Any:
    def draw(rng: np.random.Generator) -> tuple[Any, ...]:
        x, y = _problem(rng, m, n)
        share = float(rng.uniform(low, 1.3 * low))
        # As a share of the strength that would bring every weight to 0 in the end.
        largest = np.abs((x - x.mean(axis=0)).T @ y).max()
        rate = 0.7 / np.linalg.eigvalsh(x.T @ x / m).max()
        return x, y, share * largest, float(rate), steps

    return draw


def _lasso_oracle(x: Array, y: Array, lam: float, rate: float, steps: int) -> Any:
    import torch

    features, targets, m = _tensor(x), _tensor(y), len(x)
    w = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        loss = torch.nn.functional.mse_loss(features @ w + b, targets) / 2
        slope_w, slope_b = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            w.copy_(torch.nn.functional.softshrink(w - rate * slope_w, rate * lam / m))
            b -= rate * slope_b
    return w, b.item()


def _soft(v: Array, t: float) -> Array:
    return np.sign(v) * np.maximum(np.abs(v) - t, 0)


def _lasso_with(slip: str) -> Any:
    """Return train_lasso with one slip in it."""

    def train(x: Array, y: Array, lam: float, rate: float, steps: int) -> Any:
        m, n = x.shape
        w, b = np.zeros(n), 0.0
        threshold = {
            "no rate": lam / m,
            "no m": rate * lam,
            "features": rate * lam / n,
            "half": rate * lam / m / 2,
        }.get(slip, rate * lam / m)
        for _ in range({"one": 1, "short": steps - 1}.get(slip, steps)):
            errors = x @ w + b - y
            if slip == "whole":
                errors = 2 * errors
            if slip == "bias first":
                b = b - rate * errors.mean()
                errors = x @ w + b - y
            slope = x.T @ errors / (1 if slip == "sum" else m)
            pull = {"subgradient": lam / m * np.sign(w), "ridge": lam / m * w}.get(slip, 0 * w)
            start = _soft(w, threshold) if slip == "before" else w
            w = start + (rate if slip == "up" else -rate) * (slope + pull)
            if slip not in ("subgradient", "ridge", "never", "before", "end"):
                w = _soft(w, threshold)
            if slip == "after":
                errors = x @ w + b - y
            b = b - {"no bias": 0, "bias first": 0, "up": -rate}.get(slip, rate) * errors.mean()
            if slip == "bias":
                b = float(_soft(np.array(b), threshold))
        if slip == "end":
            w = _soft(w, threshold)
        return {"swapped": (float(b), w), "w": w}.get(slip, (w, float(b)))

    return train


TRAIN_LASSO = Exercise(
    "train_lasso",
    groups=(
        Group("a few steps", _draw_lasso(9, 4, 0.03, 4), weight=2),
        Group("a strong penalty and many steps", _draw_lasso(11, 5, 0.4, 30), weight=2),
        Group("more features than samples", _draw_lasso(5, 8, 0.1, 12)),
    ),
    oracle=_lasso_oracle,
    kind="trained",
    computation="iterated",
    laws=(
        Law(
            "a huge penalty leaves every weight at exactly 0",
            lambda ask, x, y, lam, rate, steps: not np.any(ask(x, y, 1000 * lam, rate, steps)[0]),
        ),
    ),
    mistakes=_slips(
        {
            "never": ("no penalty", "This is plain gradient descent: what happens to the weights after their step?"),
            "no rate": (
                "threshold without the learning rate",
                "A short step calls for a small threshold: what does the threshold have to be multiplied by?",
            ),
            "no m": ("threshold not divided by m", "The penalty of formula 3-103 is shared out over the samples."),
            "features": ("threshold divided by the number of features", "Is the penalty shared out by m or by n?"),
            "half": ("threshold halved", "The size of a weight has slope 1, so no half stands before the L1 penalty."),
            "subgradient": (
                "subgradient step",
                "Adding the sign of the weights to the slope steps over 0 and back: which step stops at 0?",
            ),
            "ridge": ("L2 penalty", "A pull in proportion to the weight never reaches 0: which pull does L1 have?"),
            "bias": ("bias thresholded", "The bias is not penalised: which of the two is soft-thresholded?"),
            "no bias": ("bias never updated", "The bias learns as well: it has a slope of its own."),
            "after": (
                "bias moved with new weights",
                "Both slopes are measured at the same place: are the errors computed before the weights move?",
            ),
            "bias first": (
                "weights moved with the new bias",
                "Both slopes are measured at the same place: are the errors computed before the bias moves?",
            ),
            "whole": (
                "slope of the whole mean squared error",
                "The fit is *half* the mean squared error: which factor does its slope have?",
            ),
            "before": (
                "thresholded before the step",
                "First the step of the fit, then the threshold: in the other order weights are not exactly 0.",
            ),
            "end": ("thresholded once at the end", "The penalty acts in every step, and each time a little."),
            "sum": ("sum instead of mean", "The steps are m times too long: is the slope that of the mean?"),
            "up": ("climbs", "The step goes against the slope."),
            "one": ("one step only", "How many steps are asked for?"),
            "short": ("one step too few", "Count the steps: how many updates have you made?"),
            "swapped": ("weights and bias swapped", "First the weights, then the bias."),
            "w": ("bias not returned", "Two things are asked for: the weights and the bias."),
        },
        _lasso_with,
    ),
)

# --- mended_l1_penalty: a bug hunt in PyTorch ----------------------------------------------------


def _draw_net(name: str, strength: tuple[float, float], steps: int) -> Any:
    def draw(rng: np.random.Generator) -> Case:
        m = 7
        x = rng.normal(size=(m, 3))
        y = x @ _signed(rng, 3)[:, None] + 1.5 + 0.1 * rng.normal(size=(m, 1))
        lam, rate = float(rng.uniform(*strength)), float(rng.uniform(0.05, 0.1))
        return Case((Given(f"regularization.{name}", local=True), x, y, lam, rate, steps), aside=name)

    return draw


def _net_with(slip: str = "") -> Any:
    """Return the training loop with functions of single tensors, right or with one slip in it."""

    def train(make_net: Any, x: Array, y: Array, lam: float, rate: float, steps: int) -> Any:
        import torch

        net = make_net()
        names = [name for name, _ in net.named_parameters()]
        values = [p.detach().clone().requires_grad_() for p in net.parameters()]
        weights = [k for k, name in enumerate(names) if slip in ("bias", "decay") or not name.endswith("bias")]
        weights = weights[: 1 if slip == "first" else None][-1 if slip == "last" else 0 :]
        sizes: Any = {
            "square": lambda p: p.square().sum(),
            "decay": lambda p: p.square().sum() / 2,
            "norm": lambda p: p.norm(),
            "columns": lambda p: torch.linalg.norm(p, 1),
            "mean": lambda p: p.abs().mean(),
            "sum": lambda p: p.sum().abs(),
        }.get(slip, lambda p: p.abs().sum())
        features, targets, m = _tensor(x), _tensor(y), len(x)
        before: list[Any] = [0.0] * len(values)
        for _ in range(1 if slip == "one" else steps):
            output = torch.func.functional_call(net, dict(zip(names, values, strict=True)), (features,))
            loss = torch.nn.functional.mse_loss(output, targets) / (1 if slip == "half" else 2)
            strength = lam * {"state": 0, "no m": 1, "double": 2 / m, "minus": -1 / m}.get(slip, 1 / m)
            loss = loss + strength * sum(sizes(values[k]) for k in weights)
            slopes = list(torch.autograd.grad(loss, values))
            if slip == "gathered":
                slopes = [g + old for g, old in zip(slopes, before, strict=True)]
                before = slopes
            values = [(p - rate * g).detach().requires_grad_() for p, g in zip(values, slopes, strict=True)]
        if slip == "still":
            return list(net.parameters())
        return values[:-1] if slip == "short" else values

    return train


MENDED_L1_PENALTY = Exercise(
    "mended_l1_penalty",
    groups=(
        Group("a linear model", _draw_net("one_layer", (0.8, 1.2), 3), weight=2),
        Group("a net with a hidden layer", _draw_net("two_layers", (0.8, 1.2), 4), weight=3),
    ),
    oracle=_net_with(),
    kind="trained",
    by_hand=False,
    computation="iterated",
    mistakes=_slips(
        {
            "state": (
                "penalty without a gradient",
                "The penalty changes no weight: are its tensors connected to the parameters, or cut off?",
            ),
            "bias": ("biases penalised", "Biases are spared: how can you tell them from the weights?"),
            "no m": ("strength not divided by m", "The strength is shared out over the samples, as in formula 3-103."),
            "half": ("half of the fit missing", "The fit is *half* the mean squared error, and mse_loss has no half."),
            "double": ("penalty doubled", "What stands before the sum of the sizes in formula 3-103?"),
            "minus": ("penalty rewarded", "A penalty is added to the loss: check its sign."),
            "square": ("squares instead of sizes", "That is L2: L1 adds up the sizes."),
            "decay": (
                "weight decay of the optimizer",
                "Weight decay pulls in proportion to a weight, which is L2: what pull has L1?",
            ),
            "norm": ("length instead of sizes", "The length of a weight table is not the sum of its sizes."),
            "columns": (
                "largest column sum",
                "For a matrix the 1-norm is the largest sum of a column: what is asked for is the sum of all sizes.",
            ),
            "mean": ("mean of the sizes", "Add all sizes up: how many weights there are plays no part."),
            "sum": ("size of the sum", "Weights of opposite sign cancel in their sum: take the size of each first."),
            "first": ("first layer only", "Every layer has weights: which of them does your penalty see?"),
            "last": ("last layer only", "Every layer has weights: does your sum keep those it has seen before?"),
            "gathered": ("gradients gather", "The slopes of earlier steps are still there: what forgets them?"),
            "one": ("one step only", "How many steps are asked for?"),
            "still": ("never updates", "The parameters leave the loop as they entered it: which call moves them?"),
            "short": ("a parameter missing", "All parameters are asked for, biases too."),
        },
        _net_with,
    ),
)
