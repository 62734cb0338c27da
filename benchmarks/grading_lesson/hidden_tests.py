"""The same cases as in exercises.py, as asserts: what stock nbgrader and otter run.

A test is named after its exercise, and takes the answer. The imports and helpers above the first test go into every
test cell and every test file.
"""

import numpy as np
import torch


def _scores(rng, spread=2.0, classes=5):
    return rng.normal(scale=spread, size=(classes + 4, classes))


def _labels(rng, scores):
    return rng.integers(0, scores.shape[1], size=len(scores))


def _close(value, wanted):
    value = np.asarray(value, dtype=float)
    assert value.shape == tuple(np.shape(wanted)), f"the shape is {value.shape}"
    assert np.allclose(value, np.asarray(wanted), rtol=1e-6, atol=1e-9), "the numbers differ"


def _standardised(x):
    x = torch.tensor(x)
    spread = x.std(dim=0, correction=0)
    return ((x - x.mean(dim=0)) / torch.where(spread > 1e-12, spread, 1.0)).numpy()


def _softmax(scores):
    return torch.softmax(torch.tensor(scores), dim=1).numpy()


def _loss(scores, labels):
    return torch.nn.functional.cross_entropy(torch.tensor(scores), torch.tensor(labels)).item()


def _check_slopes(answer, rng, spread=1.0, kinds=4):
    x, labels = rng.normal(size=(9, 6)), rng.integers(0, kinds, size=9)
    weights, bias = rng.normal(scale=spread, size=(6, 4)), rng.normal(size=4)
    w, b = torch.tensor(weights, requires_grad=True), torch.tensor(bias, requires_grad=True)
    torch.nn.functional.cross_entropy(torch.tensor(x) @ w + b, torch.tensor(labels)).backward()
    by_weights, by_bias = answer(x, labels, weights, bias)
    _close(by_weights, w.grad.numpy())
    _close(by_bias, b.grad.numpy())


def _check_batches(answer, rng, samples, size):
    features, labels, seed = rng.normal(size=(samples, 3)), np.arange(samples), int(rng.integers(2**31))
    order = np.random.default_rng(seed).permutation(samples)
    wanted = [order[begin : begin + size] for begin in range(0, samples, size)]
    got = list(answer(features, labels, size, np.random.default_rng(seed)))
    assert len(got) == len(wanted), f"there are {len(got)} batches"
    for (x, y), chosen in zip(got, wanted, strict=True):
        _close(x, features[chosen])
        _close(y, labels[chosen])


def _check_step(answer, rng, rest, momentum):
    values, slopes = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    velocity = np.zeros((5, 3)) if rest else rng.normal(size=(5, 3))
    moved = momentum * torch.tensor(velocity) + torch.tensor(slopes)
    new_values, new_velocity = answer(values.copy(), velocity.copy(), slopes.copy(), 0.1, momentum)
    _close(new_values, (torch.tensor(values) - 0.1 * moved).numpy())
    _close(new_velocity, moved.numpy())


def _check_balanced(answer, rng, kinds, chances):
    from sklearn.metrics import recall_score

    labels = rng.permutation(np.concatenate([kinds, rng.choice(kinds, size=40, p=chances)]))
    predicted = np.where(rng.random(len(labels)) < 0.6, labels, rng.choice(kinds, size=len(labels)))
    _close(answer(predicted, labels), recall_score(labels, predicted, average="macro"))


def _check_net(answer, rng, samples, sizes=(7, 5, 3)):
    n_in, n_hidden, n_out = sizes
    net = answer(*sizes)
    shapes = ((n_hidden, n_in), (n_hidden,), (n_out, n_hidden), (n_out,))
    parameters = [torch.tensor(rng.normal(size=shape), dtype=torch.float32) for shape in shapes]
    net.load_state_dict(dict(zip(net.state_dict(), parameters, strict=True)))
    x = torch.tensor(rng.normal(size=(samples, n_in)), dtype=torch.float32)
    w1, b1, w2, b2 = parameters
    wanted = torch.clamp(x @ w1.T + b1, min=0) @ w2.T + b2
    for mode in (True, False):
        net.train(mode)
        assert torch.allclose(net(x), wanted, rtol=1e-4, atol=1e-5), "the scores differ"


def test_standardise_columns(standardise):
    for seed in (11, 12):
        x = np.random.default_rng(seed).normal(loc=2.0, size=(9, 4))
        _close(standardise(x), _standardised(x))


def test_standardise_units(standardise):
    for seed in (13, 14):
        x = np.random.default_rng(seed).normal(loc=5.0, size=(8, 3)) * np.array([0.01, 1.0, 100.0])
        _close(standardise(x), _standardised(x))


def test_standardise_constant(standardise):
    for seed in (15, 16):
        x = np.random.default_rng(seed).normal(loc=-3.0, size=(7, 4))
        x[:, 2] = 5.0
        _close(standardise(x), _standardised(x))


def test_class_probabilities_ordinary(class_probabilities):
    for seed in (21, 22):
        scores = _scores(np.random.default_rng(seed))
        _close(class_probabilities(scores), _softmax(scores))


def test_class_probabilities_large(class_probabilities):
    for seed in (23, 24):
        scores = _scores(np.random.default_rng(seed)) + 1000.0
        _close(class_probabilities(scores), _softmax(scores))


def test_class_probabilities_one(class_probabilities):
    for seed in (25, 26):
        scores = _scores(np.random.default_rng(seed))[:1]
        _close(class_probabilities(scores), _softmax(scores))


def test_class_probabilities_many(class_probabilities):
    for seed in (27, 28):
        scores = _scores(np.random.default_rng(seed), classes=17)
        _close(class_probabilities(scores), _softmax(scores))


def test_mean_loss_ordinary(mean_loss):
    for seed in (31, 32):
        rng = np.random.default_rng(seed)
        scores = _scores(rng)
        labels = _labels(rng, scores)
        _close(mean_loss(scores, labels), _loss(scores, labels))


def test_mean_loss_large(mean_loss):
    for seed in (33, 34):
        rng = np.random.default_rng(seed)
        scores = _scores(rng) - 1000.0
        labels = _labels(rng, scores)
        _close(mean_loss(scores, labels), _loss(scores, labels))


def test_mean_loss_many(mean_loss):
    for seed in (35, 36):
        rng = np.random.default_rng(seed)
        scores = _scores(rng, classes=17)
        labels = _labels(rng, scores)
        _close(mean_loss(scores, labels), _loss(scores, labels))


def test_loss_slopes_ordinary(loss_slopes):
    for seed in (41, 42):
        _check_slopes(loss_slopes, np.random.default_rng(seed))


def test_loss_slopes_sure(loss_slopes):
    for seed in (43, 44):
        _check_slopes(loss_slopes, np.random.default_rng(seed), spread=4.0)


def test_loss_slopes_missing_class(loss_slopes):
    for seed in (45, 46):
        _check_slopes(loss_slopes, np.random.default_rng(seed), kinds=3)


def test_batches_of_even(batches_of):
    for seed in (51, 52):
        _check_batches(batches_of, np.random.default_rng(seed), 12, 4)


def test_batches_of_uneven(batches_of):
    for seed in (53, 54):
        _check_batches(batches_of, np.random.default_rng(seed), 17, 5)


def test_batches_of_single(batches_of):
    for seed in (55, 56):
        _check_batches(batches_of, np.random.default_rng(seed), 9, 1)


def test_momentum_step_rest(momentum_step):
    for seed in (61, 62):
        _check_step(momentum_step, np.random.default_rng(seed), True, 0.5)


def test_momentum_step_moving(momentum_step):
    for seed in (63, 64):
        _check_step(momentum_step, np.random.default_rng(seed), False, 0.5)


def test_momentum_step_fast(momentum_step):
    for seed in (65, 66):
        _check_step(momentum_step, np.random.default_rng(seed), False, 0.95)


def test_balanced_accuracy_even(balanced_accuracy):
    for seed in (71, 72):
        _check_balanced(balanced_accuracy, np.random.default_rng(seed), np.arange(4), None)


def test_balanced_accuracy_uneven(balanced_accuracy):
    for seed in (73, 74):
        _check_balanced(balanced_accuracy, np.random.default_rng(seed), np.arange(3), (0.8, 0.15, 0.05))


def test_balanced_accuracy_missing(balanced_accuracy):
    for seed in (75, 76):
        _check_balanced(balanced_accuracy, np.random.default_rng(seed), np.array([0, 2, 5]), None)


def test_TwoLayerNet_batch(TwoLayerNet):
    for seed in (81, 82):
        _check_net(TwoLayerNet, np.random.default_rng(seed), 6)


def test_TwoLayerNet_one(TwoLayerNet):
    for seed in (83, 84):
        _check_net(TwoLayerNet, np.random.default_rng(seed), 1, sizes=(7, 12, 3))


def test_TwoLayerNet_wide(TwoLayerNet):
    for seed in (85, 86):
        _check_net(TwoLayerNet, np.random.default_rng(seed), 8, sizes=(11, 40, 4))
