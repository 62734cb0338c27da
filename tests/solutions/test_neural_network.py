"""The reference answers of lesson 06 against PyTorch, laws and published numbers; on request, on the real MNIST."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import course_utils.given.neural_network as starts
from course_utils import datasets
from course_utils.gradient_check import gradient_check
from course_utils.judging.tolerance import all_close
from solutions.neural_network import (
    ThreeLayerNet,
    apply_update,
    backward_three_layers,
    catches_bad_start,
    forward_three_layers,
    hidden_error,
    init_layers,
    mean_cross_entropy,
    mended_epochs,
    mended_nll,
    one_hot,
    predict_digits,
    train_classifier,
)

SIZES, M = (7, 6, 5, 4), 9


def _batch(seed: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    params = {name: value + 0.1 * rng.normal(size=value.shape) for name, value in init_layers(SIZES, rng).items()}
    return rng.normal(size=(M, SIZES[0])), np.eye(SIZES[-1])[rng.integers(0, SIZES[-1], size=M)], params


def _module(params: dict[str, np.ndarray], sizes: tuple[int, ...] = SIZES) -> ThreeLayerNet:
    net = ThreeLayerNet(*sizes).double()
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), params.values(), strict=True):
            parameter.copy_(torch.tensor(value.T))
    return net


def test_the_published_net_has_1863690_numbers() -> None:
    params = init_layers((784, 1024, 1024, 10), np.random.default_rng(0))
    assert [params[f"w{layer}"].shape for layer in (1, 2, 3)] == [(784, 1024), (1024, 1024), (1024, 10)]
    assert sum(value.size for value in params.values()) == 1863690
    assert sum(parameter.numel() for parameter in ThreeLayerNet(784, 1024, 1024, 10).parameters()) == 1863690


def test_the_start_respects_the_number_of_inputs() -> None:
    params = init_layers((400, 300, 200, 100), np.random.default_rng(0))
    for layer, wanted in ((1, 4 / 20), (2, 4 / 300**0.5), (3, 1 / 200**0.5)):
        assert params[f"w{layer}"].std() == pytest.approx(wanted, rel=0.02)
        assert not params[f"b{layer}"].any()


@pytest.mark.ledger("L098")
def test_the_first_loss_on_images_like_mnist() -> None:
    """The start that ignores the fan-in is far above ln 10, the lesson's start near it."""
    images = datasets.digits("digits").train_images[:64]
    big = np.pad(np.kron(images, np.ones((3, 3))), ((0, 0), (2, 2), (2, 2))).reshape(64, -1)
    labels, sizes = datasets.digits("digits").train_labels[:64], (784, 1024, 1024, 10)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        wide = {name: rng.uniform(-0.3, 0.3, size=value.shape) for name, value in init_layers(sizes, rng).items()}
        wide = {name: value if name[0] == "w" else 0 * value for name, value in wide.items()}
        losses = [
            mean_cross_entropy(forward_three_layers(big, params)["z4"], labels)
            for params in (wide, init_layers(sizes, rng))
        ]
        assert losses[0] > 3.3
        assert abs(losses[1] - np.log(10)) < 0.5


@given(st.integers(0, 10_000))
def test_all_slopes_are_those_of_pytorch(seed: int) -> None:
    x, targets, params = _batch(seed)
    net = _module(params)
    nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(targets)).backward()
    grads = backward_three_layers(x, targets, params, forward_three_layers(x, params))
    for name, parameter in zip(params, net.parameters(), strict=True):
        assert all_close(grads[f"grad_{name}"], parameter.grad.numpy().T)
        assert grads[f"grad_{name}"].shape == params[name].shape


@pytest.mark.ledger("L090", "L097")
def test_all_slopes_pass_the_gradient_check() -> None:
    x, targets, params = _batch(3)

    def loss_of(*values: np.ndarray) -> float:
        return mended_nll(forward_three_layers(x, dict(zip(params, values, strict=True)))["z4"], targets)

    def slopes_of(*values: np.ndarray) -> list[np.ndarray]:
        here = dict(zip(params, values, strict=True))
        grads = backward_three_layers(x, targets, here, forward_three_layers(x, here))
        return [grads[f"grad_{name}"] for name in params]

    assert gradient_check(loss_of, slopes_of, params).passed


def test_errors_of_all_samples_sum_to_zero_over_the_classes() -> None:
    x, targets, params = _batch(4)
    grads = backward_three_layers(x, targets, params, forward_three_layers(x, params))
    assert all_close(grads["delta4"].sum(axis=1), np.zeros(M))
    assert grads["grad_b3"].sum() == pytest.approx(0, abs=1e-12)


def test_a_saturated_neuron_passes_no_slope() -> None:
    delta, weights = np.ones((2, 3)), np.ones((4, 3))
    assert not hidden_error(delta, weights, np.array([[0.0, 1.0, 0.0, 1.0]] * 2)).any()
    assert hidden_error(delta, weights, np.full((2, 4), 0.5)).tolist() == [[0.75] * 4] * 2


def test_many_steps_are_those_of_pytorch() -> None:
    x, targets, params = _batch(5)
    net = _module(params)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.7)
    for _ in range(25):
        grads = backward_three_layers(x, targets, params, forward_three_layers(x, params))
        params = apply_update(params, grads, 0.7)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(targets)).backward()
        optimizer.step()
    for value, parameter in zip(params.values(), net.parameters(), strict=True):
        assert np.abs(value - parameter.detach().numpy().T).max() < 1e-12


def test_single_precision_stays_single_precision() -> None:
    x, targets, params = _batch(6)
    x, targets = x.astype(np.float32), targets.astype(np.float32)
    params = {name: value.astype(np.float32) for name, value in params.items()}
    steps = forward_three_layers(x, params)
    grads = backward_three_layers(x, targets, params, steps)
    for part in (steps, grads, apply_update(params, grads, 0.1)):
        assert {value.dtype for value in part.values()} == {np.dtype(np.float32)}
    trained, _ = train_classifier(x, targets.argmax(axis=1), SIZES, 0.1, 4, 1, np.random.default_rng(0))
    assert {value.dtype for value in trained.values()} == {np.dtype(np.float32)}


def test_arguments_are_left_alone() -> None:
    x, targets, params = _batch(7)
    kept = x.copy(), targets.copy(), {name: value.copy() for name, value in params.items()}
    steps = forward_three_layers(x, params)
    apply_update(params, backward_three_layers(x, targets, params, steps), 0.3)
    assert (x == kept[0]).all()
    assert (targets == kept[1]).all()
    assert all((params[name] == kept[2][name]).all() for name in params)


def test_the_ladder_catches_bad_starts_and_lets_sound_ones_pass() -> None:
    rng = np.random.default_rng(8)
    sizes, labels = (12, 40, 200, 5), np.arange(60) % 5
    features = rng.normal(size=(60, 12))

    def bad(start: object) -> bool:
        return catches_bad_start(start, sizes, features, labels, np.random.default_rng(1))  # type: ignore[arg-type]

    assert not bad(init_layers)
    assert not bad(starts.uniform_by_fan_in)
    assert not bad(starts.small_everywhere)
    assert bad(starts.one_spread_for_all)
    assert bad(starts.unequal_biases)


def test_twenty_images_are_learned_by_heart() -> None:
    data = datasets.digits("digits")
    x, labels = data.train_features[:20], data.train_labels[:20]
    params, losses = train_classifier(x, labels, (64, 100, 50, 10), 0.5, 20, 300, np.random.default_rng(0))
    assert abs(losses[0] - np.log(10)) < 0.5
    assert losses[-1] < 0.05
    assert (predict_digits(x, params) == labels).all()


@pytest.mark.ledger("L098", "L099")
@pytest.mark.parametrize("seed", range(3))
def test_the_digits_are_read(seed: int) -> None:
    data = datasets.digits("digits")
    params, _ = train_classifier(
        data.train_features, data.train_labels, (64, 100, 50, 10), 0.5, 64, 40, np.random.default_rng(seed)
    )
    assert (predict_digits(data.test_images, params) == data.test_labels).mean() >= 0.95


@pytest.mark.ledger("L093")
def test_sixty_thousand_samples_make_938_batches() -> None:
    features = np.zeros((60000, 1), dtype=np.int8)
    items = list(mended_epochs(features, np.arange(60000), 64, 2, np.random.default_rng(0)))
    assert [(number, total) for number, total, _, _ in items] == [(n, 938) for n in range(1, 939)] * 2
    assert len(items[937][2]) == 32
    first, second = (np.concatenate([item[3] for item in part]) for part in (items[:938], items[938:]))
    assert sorted(first) == sorted(second) == list(range(60000))
    assert (first != second).any()


@pytest.mark.ledger("L094")
def test_the_mended_loss_is_exact_where_the_published_one_is_not_a_number() -> None:
    logits = np.array([[700.0, 0.0, -100.0], [700.0, 0.0, -100.0]])
    assert mended_nll(logits[:1], one_hot(np.array([0]), 3)) == 0
    assert mended_nll(logits, one_hot(np.array([0, 2]), 3)) == 400


def test_one_image_and_many_get_the_same_answers() -> None:
    _, _, params = _batch(9)
    images = np.random.default_rng(10).normal(size=(8, 7, 1))
    together = predict_digits(images, params)
    assert together.tolist() == [int(predict_digits(image[None], params)[0]) for image in images]
    assert together.tolist() == _module(params)(torch.tensor(images)).argmax(dim=1).tolist()


@pytest.mark.skipif("COURSE_MNIST_FOR_TESTS" not in os.environ, reason="needs the real MNIST on this machine")
@pytest.mark.slow
@pytest.mark.timeout(1800)  # a minute on a free core
def test_the_real_mnist_is_read_in_two_epochs() -> None:
    """The published 0.9115 was counted on training images; here it is reached on test images."""
    data = datasets.mnist(os.environ["COURSE_MNIST_FOR_TESTS"])
    params, losses = train_classifier(
        data.train_features, data.train_labels, (784, 1024, 1024, 10), 0.3, 64, 2, np.random.default_rng(0)
    )
    reached = float((predict_digits(data.test_images, params) == data.test_labels).mean())
    print(f"accuracy on {len(data.test_labels)} test images after {len(losses)} steps: {reached}")
    assert len(losses) == 2 * 938
    assert abs(losses[0] - np.log(10)) < 0.5
    assert reached >= 0.9115
