"""Measure one training step of lesson 06 against PyTorch's, on the same network and the same numbers.

    python benchmarks/training_step.py [threads]

Both sides go forward, back and update all 1863690 parameters of the net 784-1024-1024-10, in single precision, on a
batch of 64 random samples in the shape of MNIST. NumPy runs the lesson's own reference answers; PyTorch runs
`nn.Sequential`, `nn.CrossEntropyLoss` and `torch.optim.SGD`. Both get the same number of threads (1 by default). The
sides alternate step by step in one process, so that whatever else the machine does falls on both; the ratio is that of
their medians. First they take a few steps from the same start and must agree. The exit code is 1 when the bound is
missed.
"""

from __future__ import annotations

import os
import sys

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)  # read once, when numpy and torch are imported

import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from solutions.neural_network import (  # noqa: E402
    apply_update,
    backward_three_layers,
    forward_three_layers,
    init_layers,
    log_softmax,
)

SIZES = (784, 1024, 1024, 10)
BATCH = 64
RATE = 0.1
AGREE = 5  # steps from the same start that must agree
WARM_UP = 5
STEPS = 80
BOUND = 1.3


def numpy_side(x: np.ndarray, targets: np.ndarray, start: dict[str, np.ndarray]) -> tuple[Callable[[], float], dict]:
    """Return one step by the lesson's answers, as `train_classifier` takes it, and the parameters it moves."""
    state = dict(start)

    def step() -> float:
        steps = forward_three_layers(x, state)
        loss = float(-(targets * log_softmax(steps["z4"])).sum() / len(x))
        state.update(apply_update(state, backward_three_layers(x, targets, state, steps), RATE))
        return loss

    return step, state


def torch_side(
    x: np.ndarray, labels: np.ndarray, start: dict[str, np.ndarray]
) -> tuple[Callable[[], float], nn.Module]:
    """Return one step by PyTorch's own parts, and the module it moves."""
    net = nn.Sequential(
        nn.Linear(SIZES[0], SIZES[1]),
        nn.Sigmoid(),
        nn.Linear(SIZES[1], SIZES[2]),
        nn.Sigmoid(),
        nn.Linear(SIZES[2], SIZES[3]),
    )
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), start.values(), strict=True):
            parameter.copy_(torch.tensor(value.T))
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    loss_of = nn.CrossEntropyLoss()
    batch, classes = torch.tensor(x), torch.tensor(labels)

    def step() -> float:
        loss = loss_of(net(batch), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, net


def seconds(step: Callable[[], float]) -> float:
    """Return the wall seconds of one step."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main() -> int:
    """Print both medians and their ratio; return 1 when NumPy is slower than the bound."""
    torch.set_num_threads(THREADS)
    rng = np.random.default_rng(0)
    x = rng.random((BATCH, SIZES[0]), dtype=np.float32)
    labels = rng.integers(0, SIZES[-1], size=BATCH)
    targets = np.eye(SIZES[-1], dtype=np.float32)[labels]
    start = {name: value.astype(np.float32) for name, value in init_layers(SIZES, rng).items()}
    by_numpy, state = numpy_side(x, targets, start)
    by_torch, net = torch_side(x, labels, start)

    losses = [(by_numpy(), by_torch()) for _ in range(AGREE)]
    apart = max(
        float(np.abs(value - parameter.detach().numpy().T).max())
        for value, parameter in zip(state.values(), net.parameters(), strict=True)
    )
    assert {value.dtype for value in state.values()} == {np.dtype(np.float32)}
    assert all(parameter.dtype == torch.float32 for parameter in net.parameters())
    assert apart < 1e-4, apart
    assert all(abs(one - other) < 1e-3 for one, other in losses), losses

    taken: dict[str, list[float]] = {"NumPy": [], "PyTorch": []}
    for number in range(WARM_UP + STEPS):
        sides = [("NumPy", by_numpy), ("PyTorch", by_torch)]
        for name, step in sides if number % 2 else reversed(sides):
            spent = seconds(step)
            if number >= WARM_UP:
                taken[name].append(spent)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    ratio = medians["NumPy"] / medians["PyTorch"]
    print(
        f"one training step of {'-'.join(map(str, SIZES))}, batch {BATCH}, float32, {THREADS} thread(s): "
        f"after {AGREE} steps the parameters differ by at most {apart:.0e}"
    )
    for name, median in medians.items():
        print(f"{name:<8} {1000 * median:7.2f} ms  (median of {STEPS}, best {1000 * min(taken[name]):.2f} ms)")
    held = ratio <= BOUND
    print(f"NumPy takes {ratio:.2f} times as long as PyTorch; bound {BOUND}: {'held' if held else 'missed'}")
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
