import os
import struct

import numpy as np
import pytest

from course_utils import datasets


@pytest.fixture(autouse=True)
def no_data_root(monkeypatch):
    monkeypatch.delenv(datasets.DATA_ROOT_VARIABLE, raising=False)


def write_mnist(folder, n_train=7, n_test=3):
    """Write MNIST's four files with a few random images in them."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(3)
    for name, count in (("train", n_train), ("t10k", n_test)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        images[0, 0, 0] = 255
        header = struct.pack(">4i", 0x803, count, 28, 28)
        (raw / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        labels = np.arange(count, dtype=np.uint8) % 10
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, count) + labels.tobytes())
    return folder


def test_the_bundled_digits():
    data = datasets.digits()
    assert data.train_images.shape == (1437, 8, 8)
    assert data.test_images.shape == (360, 8, 8)
    assert data.train_images.dtype == np.float32
    assert data.train_labels.dtype == np.int64
    assert data.train_images.min() == 0
    assert data.train_images.max() == 1
    assert data.train_features.shape == (1437, 64)
    assert data.test_features.shape == (360, 64)
    assert (data.n_features, data.n_classes) == (64, 10)
    assert str(data) == ("1797 handwritten digits of 8 x 8 pixels from scikit-learn: 1437 to train, 360 to test")


def test_the_split_is_stratified_and_always_the_same():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    X_train, _, y_train, _ = train_test_split(
        bunch.images / 16, bunch.target, test_size=360, stratify=bunch.target, random_state=0
    )
    data = datasets.digits("digits")
    np.testing.assert_array_equal(data.train_labels, y_train)
    np.testing.assert_array_equal(data.train_images, X_train.astype(np.float32))
    shares = np.bincount(data.test_labels) / 360 - np.bincount(data.train_labels) / 1437
    assert np.abs(shares).max() < 0.002


def test_changing_the_arrays_does_not_change_the_next_load():
    data = datasets.digits()
    data.train_images[:] = 7
    data.train_labels[:] = 7
    assert datasets.digits().train_images.max() == 1
    assert len(set(datasets.digits().train_labels)) == 10


def test_mnist_files_give_the_same_record(tmp_path, monkeypatch):
    write_mnist(tmp_path)
    data = datasets.digits("mnist", root=tmp_path)
    assert data.train_images.shape == (7, 28, 28)
    assert data.train_images.dtype == np.float32
    assert data.train_images.max() == 1
    assert str(data) == "10 handwritten digits of 28 x 28 pixels from MNIST: 7 to train, 3 to test"
    assert datasets.digits(root=tmp_path).source == "MNIST"
    monkeypatch.setenv(datasets.DATA_ROOT_VARIABLE, str(tmp_path))
    assert datasets.digits().source == "MNIST"
    assert datasets.digits("digits").source == "scikit-learn"


@pytest.mark.skipif("COURSE_MNIST_FOR_TESTS" not in os.environ, reason="needs the real MNIST on this machine")
def test_the_real_mnist():
    data = datasets.mnist(os.environ["COURSE_MNIST_FOR_TESTS"])
    assert data.train_features.shape == (60000, 784)
    assert data.test_features.shape == (10000, 784)
    assert data.train_labels[:5].tolist() == [5, 0, 4, 1, 9]


@pytest.mark.parametrize("call", [lambda r: datasets.digits("mnist", root=r), lambda r: datasets.digits(root=r)])
def test_absent_mnist_says_where_and_what_to_do(tmp_path, call):
    with pytest.raises(datasets.DatasetError, match=r"MNIST is not in .*download=True") as caught:
        call(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_unknown_source_and_missing_root():
    with pytest.raises(datasets.DatasetError, match=r"no source of digits called 'cifar'"):
        datasets.digits("cifar")
    with pytest.raises(datasets.DatasetError, match="say which folder"):
        datasets.digits("mnist")


def test_blobs_surround_their_centres():
    X, y = datasets.blobs(3001, [(0, 0), (10, 0), (0, 10)], [0.5, 1.0, 2.0], seed=4)
    assert X.shape == (3001, 2)
    assert y.dtype == np.int64
    assert sorted(np.bincount(y).tolist()) == [1000, 1000, 1001]
    for k, (middle, std) in enumerate(zip([(0, 0), (10, 0), (0, 10)], [0.5, 1.0, 2.0], strict=True)):
        np.testing.assert_allclose(X[y == k].mean(axis=0), middle, atol=0.25)
        np.testing.assert_allclose(X[y == k].std(axis=0), std, rtol=0.1)
    again, _ = datasets.blobs(3001, [(0, 0), (10, 0), (0, 10)], [0.5, 1.0, 2.0], seed=4)
    np.testing.assert_array_equal(X, again)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, [1, 2, 3], 1.0), "table"),
        ((1, [(0, 0), (1, 1)], 1.0), "too few"),
        ((10, [(0, 0), (1, 1)], -1.0), "std"),
        ((10, [(0, 0), (1, 1)], [1, 2, 3]), "std"),
    ],
)
def test_blobs_refuse_nonsense(arguments, message):
    with pytest.raises(datasets.DatasetError, match=message):
        datasets.blobs(*arguments)


def test_house_prices_follow_the_recipe():
    areas, prices = datasets.house_prices()
    assert areas.shape == prices.shape == (100, 1)
    assert areas.dtype == prices.dtype == np.float64
    np.testing.assert_allclose(areas[:3, 0], [5.88389311, 5.19586502, 5.35753652], atol=5e-9)
    np.testing.assert_allclose(prices[:3, 0], [17.00697996, 13.42266321, 14.78244452], atol=5e-9)
    again, _ = datasets.house_prices(seed=20)
    np.testing.assert_array_equal(areas, again)


def test_house_prices_have_the_stated_line_and_noise():
    areas, prices = datasets.house_prices(seed=1, n_samples=20_000)
    noise = 2.8 * areas - prices
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03
    assert abs(np.corrcoef(noise[:, 0], areas[:, 0])[0, 1]) < 0.03


def test_trapezoids_follow_the_recipe():
    sides, areas = datasets.trapezoids()
    assert sides.shape == (50, 2)
    assert areas.shape == (50, 1)
    np.testing.assert_allclose(areas[:5, 0], [1.26355453, 1.61181353, 1.85784564, 1.7236208, 0.48818497], atol=5e-9)
    assert sides.min() >= 0.5
    assert sides.max() <= 1.5
    # the corners (0, 0), (x2, 0), (x2, x1), (x2 - x1, x1) by the shoelace formula
    for (top, bottom), area in zip(sides, areas[:, 0], strict=True):
        x, y = np.array([0, bottom, bottom, bottom - top]), np.array([0, 0, top, top])
        shoelace = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
        assert area == pytest.approx(shoelace)


@pytest.mark.parametrize("recipe", [datasets.house_prices, datasets.trapezoids])
def test_recipes_with_another_seed_or_size(recipe):
    X, y = recipe(seed=3, n_samples=7)
    assert len(X) == len(y) == 7
    assert not np.array_equal(X, recipe(seed=4, n_samples=7)[0])
    with pytest.raises(datasets.DatasetError, match="at least 1"):
        recipe(n_samples=0)
