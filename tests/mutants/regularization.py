"""Answers to the exercises of lesson 09: right ones written in other ways, and what learners get wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

import solutions.regularization as known
from course_utils.judging import Outcome
from tests.mutants.harness import NOT_YET, Wrong

Array = np.ndarray
PARTLY, WRONG_, RAISED = Outcome.PARTLY, Outcome.WRONG, Outcome.RAISED


def _single(answer: Any) -> Any:
    """Return the answer computed in single precision."""

    def in_float32(*args: Any) -> Any:
        return answer(*(a.astype(np.float32) if isinstance(a, Array) and a.dtype == float else a for a in args))

    return in_float32


# --- split_data ----------------------------------------------------------------------------------


def _split_by_queue(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> list[list[Array]]:
    left = list(rng.permutation(len(targets)))
    parts = []
    for number, share in enumerate(shares):
        size = len(left) if number == len(shares) - 1 else len(targets) * share // sum(shares)
        now, left = left[:size], left[size:]
        parts.append([np.array([features[i] for i in now]), np.array([targets[i] for i in now])])
    return parts


def _split_shuffled_copies(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> Any:
    order = rng.permutation(features.shape[0])
    x, y = features[order], targets[order]
    cuts = np.cumsum([int(len(x) * share / sum(shares)) for share in shares[:-1]])
    return tuple(zip(np.split(x, cuts), np.split(y, cuts), strict=True))


def _split_in_place(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> Any:
    order = rng.permutation(len(features))
    features[:], targets[:] = features[order], targets[order]
    cuts = np.cumsum([len(features) * share // sum(shares) for share in shares[:-1]])
    return list(zip(np.split(features, cuts), np.split(targets, cuts), strict=True))


def _split_with_sizes(rounding: Any) -> Any:
    def split(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> Any:
        order = rng.permutation(len(features))
        sizes = [int(rounding(len(features) * share / sum(shares))) for share in shares[:-1]]
        return [(features[p], targets[p]) for p in np.split(order, np.cumsum(sizes))]

    return split


_split_rounded, _split_ceiled = _split_with_sizes(round), _split_with_sizes(np.ceil)


def _split_two_only(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> Any:
    order = rng.permutation(len(features))
    cut = len(features) * shares[0] // sum(shares)
    return [(features[order[:cut]], targets[order[:cut]]), (features[order[cut:]], targets[order[cut:]])]


def _split_own_state(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> Any:
    return known.split_data(features, targets, shares, np.random.default_rng(0))


def _split_global_state(features: Array, targets: Array, shares: Any, rng: np.random.Generator) -> Any:
    return known.split_data(features, targets, shares, np.random.mtrand._rand)  # type: ignore[arg-type]


# --- ridge_loss and ridge_grad -------------------------------------------------------------------


def _loss_loop(features: Array, targets: Array, w: Array, b: float, lam: float) -> float:
    total = 0.0
    for row, y in zip(features, targets, strict=True):
        total += (sum(x * v for x, v in zip(row, w, strict=True)) + b - y) ** 2
    for v in w:
        total += lam * v * v
    return total / (2 * len(targets))


def _loss_mean(features: Array, targets: Array, w: Array, b: float, lam: float) -> Array:
    return np.array(np.mean((targets - b - np.dot(features, w)) ** 2) + lam / len(targets) * np.linalg.norm(w) ** 2) / 2


def _loss_column(features: Array, targets: Array, w: Array, b: float, lam: float) -> float:
    errors = features @ w[:, None] + b - targets
    return float((errors**2).sum() / (2 * len(features)) + lam * (w @ w) / (2 * len(features)))


def _grad_loop(features: Array, targets: Array, w: Array, b: float, lam: float) -> list[Any]:
    m, n = features.shape
    grad_w, grad_b = [lam * w[j] / m for j in range(n)], 0.0
    for i in range(m):
        error = features[i] @ w + b - targets[i]
        grad_b += error / m
        for j in range(n):
            grad_w[j] += error * features[i, j] / m
    return [grad_w, grad_b]


def _grad_published(features: Array, targets: Array, w: Array, b: float, lam: float) -> Any:
    m = len(targets)
    residual = targets - features @ w - b
    return -(residual[:, None] * features).sum(axis=0) / m + lam * w / m, np.array(-residual.sum() / m)


def _grad_in_place(features: Array, targets: Array, w: Array, b: float, lam: float) -> Any:
    answer = known.ridge_grad(features, targets, w, b, lam)
    w *= 1 - lam / len(features)
    return answer


def _grad_measured(features: Array, targets: Array, w: Array, b: float, lam: float) -> Any:
    h = 1e-3
    moved = [
        (known.ridge_loss(features, targets, w + h * e, b, lam) - known.ridge_loss(features, targets, w, b, lam)) / h
        for e in np.eye(len(w))
    ]
    return np.array(moved), known.ridge_grad(features, targets, w, b, lam)[1]


# --- l2_minimiser --------------------------------------------------------------------------------


def _minimiser_by_axes(curvature: Array, bottom: Array, lam: float) -> Array:
    """Shrink along each axis of the bowl by its own factor."""
    curvatures, axes = np.linalg.eigh(curvature)
    return axes @ (curvatures / (curvatures + lam) * (axes.T @ bottom))


def _minimiser_by_descent(curvature: Array, bottom: Array, lam: float) -> Array:
    w = np.zeros(len(bottom))
    rate = 1 / (np.linalg.eigvalsh(curvature).max() + lam)
    for _ in range(3000):
        w = w - rate * (curvature @ (w - bottom) + lam * w)
    return w


# --- ridge_fit -----------------------------------------------------------------------------------


def _fit_augmented(features: Array, targets: Array, lam: float) -> tuple[Array, float]:
    m, n = features.shape
    wide = np.column_stack([features, np.ones(m)])
    strengths = lam * np.eye(n + 1)
    strengths[-1, -1] = 0
    solution = np.linalg.solve(wide.T @ wide + strengths, wide.T @ targets)
    return solution[:-1], solution[-1]


def _fit_by_samples(features: Array, targets: Array, lam: float) -> list[Any]:
    """Solve in the space of the samples."""
    centre = features.mean(axis=0)
    x = features - centre
    w = x.T @ np.linalg.solve(x @ x.T + lam * np.eye(len(x)), targets - targets.mean())
    return [w, np.mean(targets - features @ w)]


def _fit_in_place(features: Array, targets: Array, lam: float) -> tuple[Array, float]:
    answer = known.ridge_fit(features, targets, lam)
    features -= features.mean(axis=0)
    return answer


def _fit_columns(features: Array, targets: Array, lam: float) -> tuple[Array, float]:
    w, b = known.ridge_fit(features, targets, lam)
    return w[:, None], b


def _fit_wrong_size(features: Array, targets: Array, lam: float) -> tuple[Array, float]:
    x = features - features.mean(axis=0)
    w = np.linalg.solve(x.T @ x + lam * np.eye(len(x)), x.T @ targets)
    return w, float(targets.mean())


# --- catches_penalised_bias -----------------------------------------------------------------------

_RNG = np.random.default_rng(4)
_X = _RNG.normal(size=(9, 2)) + 2
_Y = _RNG.normal(size=9)


def _catches_by_shifts(fit: Any) -> bool:
    """Compare the biases of shifted targets."""
    biases = [fit(_X, _Y + shift, 4.0)[1] for shift in (-300.0, 0.0, 300.0)]
    return not np.allclose(np.diff(biases), 300.0, rtol=1e-9)


def _catches_with_numbers(fit: Any) -> int:
    """Answer 1 or 0, from samples of its own making."""
    for level in (-40, 0.5, 70):
        targets = [level + 0.3 * i for i in range(7)]
        features = np.array([[i % 3, i * i / 10 + 1] for i in range(7)], dtype=float)
        w, b = fit(features, np.array(targets), 2.0)
        rest = [
            y - b - sum(v * x for v, x in zip(w, row, strict=True)) for y, row in zip(targets, features, strict=True)
        ]
        if abs(sum(rest)) > 1e-7:
            return 1
    return 0


def _catches_by_reference(fit: Any) -> bool:
    w, b = fit(_X, _Y - 50, 4.0)
    v, c = known.ridge_fit(_X, _Y - 50, 4.0)
    return not (np.allclose(w, v) and np.isclose(b, c))


def _catches_exactly(fit: Any) -> bool:
    w, b = fit(_X, _Y - 50, 4.0)
    return bool(np.mean(_Y - 50 - _X @ w - b) != 0)


def _catches_on_centred_data(fit: Any) -> bool:
    x, y = _X - _X.mean(axis=0), _Y - _Y.mean()
    return bool(abs(fit(x, y, 4.0)[1]) > 1e-8)


def _catches_loosely(fit: Any) -> bool:
    w, b = fit(_X, _Y - 50, 4.0)
    return bool(abs(np.mean(_Y - 50 - _X @ w - b)) > 1e6)


def _catches_upwards(fit: Any) -> bool:
    w, b = fit(_X, _Y + 50, 4.0)
    return bool(abs(np.mean(_Y + 50 - _X @ w - b)) > 1e-6)


# --- l1_subgrad ----------------------------------------------------------------------------------


def _subgrad_by_cases(w: float, x: float, y: float, b: float, lam: float) -> list[float]:
    error = w * x + b - y
    signs = [1, 1] if w > 0 else [-1, -1] if w < 0 else [-1, 1]
    return [error * x + lam * sign for sign in signs]


def _subgrad_as_array(w: float, x: float, y: float, b: float, lam: float) -> Array:
    low, high = np.sign(w) - (w == 0), np.sign(w) + (w == 0)
    return w * x * x + (b - y) * x + lam * np.array([low, high])


# --- soft_threshold ------------------------------------------------------------------------------


def _threshold_loop(values: Array, threshold: float) -> Array:
    result = np.zeros(values.shape)
    for place, value in np.ndenumerate(values):
        if value > threshold:
            result[place] = value - threshold
        elif value < -threshold:
            result[place] = value + threshold
    return result


def _threshold_in_place(values: Array, threshold: float) -> Array:
    values[np.abs(values) <= threshold] = 0
    values -= threshold * np.sign(values)
    return values


# --- train_lasso ---------------------------------------------------------------------------------


def _lasso_wide(features: Array, targets: Array, lam: float, learning_rate: float, n_steps: int) -> tuple[Array, Any]:
    """Put the bias into the weights as one more, with a threshold of its own of 0."""
    m, n = features.shape
    wide = np.column_stack([features, np.ones(m)])
    thresholds = np.append(np.full(n, learning_rate * lam / m), 0.0)
    v = np.zeros(n + 1)
    for _ in range(n_steps):
        v = v - learning_rate * wide.T @ (wide @ v - targets) / m
        v = v - np.clip(v, -thresholds, thresholds)
    return v[:-1], v[-1]


def _lasso_in_place(features: Array, targets: Array, lam: float, learning_rate: float, n_steps: int) -> Any:
    w, b = np.zeros(features.shape[1]), np.zeros(1)
    for _ in range(n_steps):
        errors = features.dot(w) + b - targets
        b -= learning_rate * errors.mean()
        w -= learning_rate * np.mean(features * errors[:, None], axis=0)
        size = np.abs(w) - learning_rate * lam / len(targets)
        w = np.where(size > 0, size * np.sign(w), 0)
    return [w, b[0]]


def _lasso_random_start(features: Array, targets: Array, lam: float, learning_rate: float, n_steps: int) -> Any:
    w, b = np.full(features.shape[1], 0.5), 0.0
    for _ in range(n_steps):
        errors = features @ w + b - targets
        w = known.soft_threshold(w - learning_rate * features.T @ errors / len(w), learning_rate * lam / len(targets))
        b -= learning_rate * errors.mean()
    return w, b


def _lasso_path(features: Array, targets: Array, lam: float, learning_rate: float, n_steps: int) -> Any:
    return [known.train_lasso(features, targets, lam, learning_rate, k) for k in range(n_steps)]


# --- mended_l1_penalty ---------------------------------------------------------------------------


def _mended_by_groups(make_net: Any, features: Array, targets: Array, lam: float, rate: float, n_steps: int) -> Any:
    """Step by hand, with the penalty's slope written out as a sign; gives arrays."""
    net = make_net()
    for _ in range(n_steps):
        net.zero_grad()
        ((net(torch.from_numpy(features)) - torch.from_numpy(targets)) ** 2).mean().div(2).backward()
        with torch.no_grad():
            for name, p in net.named_parameters():
                pull = 0 if "bias" in name else lam / len(features) * p.sign()
                p -= rate * (p.grad + pull)
    return [p.detach().numpy() for p in net.parameters()]


def _mended_by_layers(make_net: Any, features: Array, targets: Array, lam: float, rate: float, n_steps: int) -> Any:
    net = make_net()
    x, y = torch.as_tensor(features), torch.as_tensor(targets)
    optimizer = torch.optim.SGD(net.parameters(), rate)
    for _ in range(n_steps):
        loss = 0.5 * nn.MSELoss()(net(x), y)
        for layer in net.modules():
            if isinstance(layer, nn.Linear):
                loss = loss + lam * layer.weight.norm(p=1) / len(y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return tuple(net.parameters())


def _from_state(make_net: Any, features: Array, targets: Array, lam: float, rate: float, n_steps: int) -> Any:
    """Build the penalty from the state, as the published listing does."""
    net = make_net()
    x, y = torch.tensor(features), torch.tensor(targets)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(n_steps):
        penalty = sum(p.abs().sum() for name, p in net.state_dict().items() if "bias" not in name)
        loss = nn.functional.mse_loss(net(x), y) / 2 + lam / len(x) * penalty
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return list(net.parameters())


def _by_weight_decay(make_net: Any, features: Array, targets: Array, lam: float, rate: float, n_steps: int) -> Any:
    net = make_net()
    x, y = torch.tensor(features), torch.tensor(targets)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, weight_decay=lam / len(x))
    for _ in range(n_steps):
        optimizer.zero_grad()
        (nn.functional.mse_loss(net(x), y) / 2).backward()
        optimizer.step()
    return list(net.parameters())


def _gives_the_net(make_net: Any, *args: Any) -> Any:
    return make_net()


def _in_single_precision(make_net: Any, features: Array, targets: Array, *args: Any) -> Any:
    return make_net()(torch.tensor(features, dtype=torch.float32))


def _state_as_dict(*args: Any) -> Any:
    return {str(k): p for k, p in enumerate(known.mended_l1_penalty(*args))}


RIGHT: dict[str, dict[str, Any]] = {
    "split_data": {"a queue, in lists": _split_by_queue, "shuffled copies, in tuples": _split_shuffled_copies},
    "ridge_loss": {"loops": _loss_loop, "mean and norm": _loss_mean},
    "ridge_grad": {"loops": _grad_loop, "with the published signs": _grad_published},
    "l2_minimiser": {"along the axes": _minimiser_by_axes, "a long descent": _minimiser_by_descent},
    "sgd_weight_decay": {
        "L2 in the gradient": lambda w, g, rate, decay: w - rate * (g + decay * w),
        "in two steps": lambda w, g, rate, decay: w - rate * decay * w - rate * g,
        "single precision": _single(known.sgd_weight_decay),
    },
    "ridge_fit": {"a column of ones that is spared": _fit_augmented, "in the space of the samples": _fit_by_samples},
    "catches_penalised_bias": {"by shifts": _catches_by_shifts, "sums with loops": _catches_with_numbers},
    "l1_subgrad": {"by cases": _subgrad_by_cases, "as an array": _subgrad_as_array},
    "soft_threshold": {
        "a loop": _threshold_loop,
        "what is cut off is taken away": lambda v, t: v - np.clip(v, -t, t),
        "two sides": lambda v, t: np.maximum(v - t, 0) + np.minimum(v + t, 0),
    },
    "train_lasso": {"the bias as one more weight": _lasso_wide, "in place, bias first": _lasso_in_place},
    "mended_l1_penalty": {"signs by hand": _mended_by_groups, "by layers": _mended_by_layers},
}

WRONG: dict[str, list[Wrong]] = {
    "split_data": [
        Wrong("changes the data in place", _split_in_place, WRONG_, tells="changes argument 1 and 2 in place"),
        Wrong("sizes rounded", _split_rounded, mistake="sizes rounded up"),
        Wrong("ceilings of the sizes", _split_ceiled, mistake="sizes rounded up"),
        Wrong("two parts only", _split_two_only, PARTLY, tells="it gives 2 where 3 things are due"),
        Wrong("own random numbers", _split_own_state, tells="differ"),
        Wrong("the global random state", _split_global_state, WRONG_, tells="depends on the global random"),
    ],
    "ridge_loss": [
        Wrong("a column against a row", _loss_column, tells="the number differs"),
        Wrong("one loss a sample", lambda x, y, w, b, lam: (x @ w + b - y) ** 2, tells="should be a single number"),
    ],
    "ridge_grad": [
        Wrong("changes the weights in place", _grad_in_place, tells="changes argument 3 in place"),
        Wrong("measured too coarsely", _grad_measured, tells="item 1"),
        Wrong(
            "product the wrong way round",
            lambda x, y, w, b, lam: (x @ (x @ w + b - y) / len(x), 0.0),
            (RAISED, PARTLY),
            tells="inner sizes of a matrix product",
        ),
    ],
    "l2_minimiser": [
        Wrong("largest of all entries", lambda h, w0, lam: w0 * 0 + w0.max(), tells="differ"),
        Wrong("its height", lambda h, w0, lam: float(w0 @ h @ w0), WRONG_, tells="single number"),
    ],
    "sgd_weight_decay": [
        Wrong("in place", lambda w, g, rate, decay: _decay_in_place(w, g, rate, decay), WRONG_, tells="in place"),
        Wrong("decay twice", lambda w, g, rate, decay: (1 - 2 * rate * decay) * w - rate * g, tells="differ"),
    ],
    "ridge_fit": [
        Wrong("changes the features in place", _fit_in_place, WRONG_, tells="changes argument 1 in place"),
        Wrong("weights as a column", _fit_columns, tells="axes of length 1"),
        Wrong("identity of the wrong size", _fit_wrong_size, RAISED, tells="Two shapes do not fit"),
    ],
    "catches_penalised_bias": [
        Wrong("compares with its own ridge", _catches_by_reference, mistake="accuses right fits"),
        Wrong("compares exactly", _catches_exactly, mistake="accuses right fits"),
        Wrong("centred data", _catches_on_centred_data, mistake="lets everything pass"),
        Wrong("never far enough", _catches_loosely, mistake="lets everything pass"),
        Wrong("targets above zero", _catches_upwards, mistake="targets shifted upwards only"),
        Wrong("no verdict", lambda fit: "wrong", WRONG_, tells="not True or False"),
    ],
    "l1_subgrad": [
        Wrong(
            "numbers added up", lambda w, x, y, b, lam: sum(known.l1_subgrad(w, x, y, b, lam)), tells="2 things are due"
        ),
        Wrong(
            "an interval near 0",
            lambda w, x, y, b, lam: known.l1_subgrad(0.0 if abs(w) < 1e-3 else w, x, y, b, lam),
            PARTLY,
            tells="weights close to 0",
        ),
    ],
    "soft_threshold": [
        Wrong("changes its values in place", _threshold_in_place, tells="changes argument 1 in place"),
        Wrong("twice the threshold", lambda v, t: known.soft_threshold(v, 2 * t), PARTLY, tells="differ"),
        Wrong("one number", lambda v, t: max(abs(v.max()) - t, 0), WRONG_, tells="single number"),
    ],
    "train_lasso": [
        Wrong("another start and n for m", _lasso_random_start, tells="item 1"),
        Wrong("the whole path", _lasso_path, NOT_YET, tells="2 things are due"),
    ],
    "mended_l1_penalty": [
        Wrong("the published listing", _from_state, mistake="penalty without a gradient"),
        Wrong("weight_decay of SGD", _by_weight_decay, mistake="weight decay of the optimizer"),
        Wrong("gives the net", _gives_the_net, WRONG_, tells="things are due"),
        Wrong("a dict", _state_as_dict, WRONG_, tells="things are due"),
        Wrong("single precision input", _in_single_precision, RAISED, tells="RuntimeError"),
    ],
}


def _decay_in_place(w: Array, g: Array, rate: float, decay: float) -> Array:
    w -= rate * (g + decay * w)
    return w
