"""The data the lessons use: handwritten digits, clouds of points in the plane, house prices and trapezoids.

Nothing here needs a network. scikit-learn brings 1797 digits of 8 x 8 pixels; whoever has the real MNIST
(70000 digits of 28 x 28) says where it is and gets the same record.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.language import _

__all__ = [
    "DATA_ROOT_VARIABLE",
    "DatasetError",
    "Digits",
    "blobs",
    "digits",
    "house_prices",
    "mnist",
    "noisy_sine",
    "trapezoids",
    "wide_features",
]

DATA_ROOT_VARIABLE = "COURSE_DATA_ROOT"
"""Environment variable that names a folder with MNIST in it; ``digits()`` then reads MNIST from there."""

_SOURCES = ("auto", "digits", "mnist")
_RawSplit = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]


class DatasetError(ValueError):
    """A data set cannot be had as asked; the message says what is missing and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Digits:
    """Handwritten digits, split into a training and a test part.

    Attributes
    ----------
    train_images, test_images : float32 arrays (m, h, w)
        Grey levels from 0 (paper) to 1 (ink).
    train_labels, test_labels : int64 arrays (m,)
        The digit that each image shows, 0 to 9.
    source : str
        Where the images come from, in words.
    """

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    source: str

    @property
    def train_features(self) -> NDArray[np.float32]:
        """The training images with each image laid out as one row, (m, h * w)."""
        return self.train_images.reshape(len(self.train_images), -1)

    @property
    def test_features(self) -> NDArray[np.float32]:
        """The test images with each image laid out as one row, (m, h * w)."""
        return self.test_images.reshape(len(self.test_images), -1)

    @property
    def n_features(self) -> int:
        """Number of pixels in an image, h * w."""
        height, width = self.train_images.shape[1:]
        return int(height * width)

    @property
    def n_classes(self) -> int:
        """Number of different digits: one more than the largest label."""
        return int(max(self.train_labels.max(), self.test_labels.max())) + 1

    def __str__(self) -> str:
        n_train, n_test = len(self.train_labels), len(self.test_labels)
        height, width = self.train_images.shape[1:]
        return _(
            "{total} handwritten digits of {height} x {width} pixels from {source}: {train} to train, {test} to test",
            total=n_train + n_test,
            height=height,
            width=width,
            source=self.source,
            train=n_train,
            test=n_test,
        )

    __repr__ = __str__


def digits(source: str = "auto", root: str | Path | None = None) -> Digits:
    """Load handwritten digits.

    Parameters
    ----------
    source : {"auto", "digits", "mnist"}
        ``"digits"`` is the small set that comes with scikit-learn, ``"mnist"`` the real MNIST. ``"auto"``
        takes MNIST if you say where it is (by `root` or by the environment variable ``COURSE_DATA_ROOT``),
        and the small set otherwise. Nothing is ever downloaded here; see `mnist` for that.
    root : path, optional
        The folder that holds MNIST (the one with ``MNIST/raw`` inside).

    Returns
    -------
    Digits
        Fresh arrays, so that changing them does not change what the next call gives.

    Raises
    ------
    DatasetError
        If `source` is unknown or MNIST is not in the folder.
    """
    if source not in _SOURCES:
        known = ", ".join(repr(name) for name in _SOURCES)
        raise DatasetError(
            _("There is no source of digits called {name!r}; choose one of {known}.", name=source, known=known)
        )
    root = root or os.environ.get(DATA_ROOT_VARIABLE) or None
    if source == "mnist" and root is None:
        raise DatasetError(
            _(
                "To read MNIST, say which folder it is in: digits('mnist', root='data'), "
                "or set {variable}; mnist('data', download=True) fetches it once.",
                variable=DATA_ROOT_VARIABLE,
            )
        )
    if source == "mnist" or (source == "auto" and root is not None):
        assert root is not None
        return mnist(root)
    return _record(_sklearn_split(), largest=16, source="scikit-learn")


def mnist(root: str | Path, download: bool = False) -> Digits:
    """Load the real MNIST: 60000 digits to train and 10000 to test, 28 x 28 pixels.

    Parameters
    ----------
    root : path
        The folder that holds it, as ``torchvision.datasets.MNIST`` lays it out (``MNIST/raw`` inside).
    download : bool
        Fetch it into `root` if it is not there. Needs a network, about 11 MB.

    Returns
    -------
    Digits

    Raises
    ------
    DatasetError
        If it is not there and may not, or cannot, be downloaded.
    """
    folder = Path(root).expanduser().resolve()
    return _record(_mnist_split(folder, download), largest=255, source="MNIST")


def _record(split: _RawSplit, largest: int, source: str) -> Digits:
    """Turn cached whole-number grey levels into a fresh record with levels from 0 to 1."""
    train_images, train_labels, test_images, test_labels = split
    return Digits(
        train_images=train_images.astype(np.float32) / np.float32(largest),
        train_labels=train_labels.copy(),
        test_images=test_images.astype(np.float32) / np.float32(largest),
        test_labels=test_labels.copy(),
        source=source,
    )


@lru_cache(maxsize=1)
def _sklearn_split() -> _RawSplit:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    # 1437 / 360 is a fifth held out; stratified, so that each digit has its share in both parts.
    train_images, test_images, train_labels, test_labels = train_test_split(
        bunch.images.astype(np.uint8), bunch.target, test_size=360, stratify=bunch.target, random_state=0
    )
    return train_images, train_labels.astype(np.int64), test_images, test_labels.astype(np.int64)


@lru_cache(maxsize=2)
def _mnist_split(folder: Path, download: bool) -> _RawSplit:
    from course_utils.torchvision_compat import import_torchvision

    import_torchvision()
    from torchvision.datasets import MNIST

    try:
        train = MNIST(str(folder), train=True, download=download)
        test = MNIST(str(folder), train=False, download=download)
    except (OSError, RuntimeError, ValueError) as error:
        if download:
            raise DatasetError(
                _(
                    "MNIST could not be downloaded into {folder} ({error}); check the network and the folder, or use "
                    "digits() for the small set that needs neither.",
                    folder=folder,
                    error=type(error).__name__,
                )
            ) from error
        raise DatasetError(
            _(
                "MNIST is not in {folder} (its files belong in {place}); "
                "mnist(root, download=True) fetches it once, and digits() needs no files at all.",
                folder=folder,
                place=folder / "MNIST" / "raw",
            )
        ) from error
    return (
        train.data.numpy(),
        train.targets.numpy().astype(np.int64),
        test.data.numpy(),
        test.targets.numpy().astype(np.int64),
    )


def blobs(
    n_samples: int, centers: ArrayLike, std: float | Sequence[float] = 1.0, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw clouds of points, one around each centre.

    Parameters
    ----------
    n_samples : int
        Points in all, shared out among the centres as evenly as possible.
    centers : array (k, d)
        The middle of each cloud.
    std : float or sequence of k floats
        Standard deviation of each coordinate: one for all clouds, or one a cloud.
    seed : int
        The same seed gives the same points.

    Returns
    -------
    X : float64 array (n_samples, d)
        The points, in random order.
    y : int64 array (n_samples,)
        Which centre each point belongs to, 0 to k - 1.

    Raises
    ------
    DatasetError
        If an argument makes no sense.
    """
    middles = np.asarray(centers, dtype=np.float64)
    if middles.ndim != 2 or middles.size == 0 or not np.isfinite(middles).all():
        raise DatasetError(f"centers must be a table of finite numbers, one row a cloud; its shape is {middles.shape}.")
    n_clouds = len(middles)
    if n_samples < n_clouds:
        raise DatasetError(f"n_samples is {n_samples}, too few to give each of the {n_clouds} clouds a point.")
    spread = np.asarray(std, dtype=np.float64)
    if spread.shape not in ((), (n_clouds,)) or not (np.isfinite(spread).all() and (spread >= 0).all()):
        raise DatasetError(f"std must be one number of at least 0, or one for each of the {n_clouds} clouds.")
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_samples, dtype=np.int64) % n_clouds)
    spreads = np.broadcast_to(spread, (n_clouds,))[y][:, np.newaxis]
    X = middles[y] + spreads * rng.standard_normal((n_samples, middles.shape[1]))
    return X, y


def house_prices(seed: int = 20, n_samples: int = 100) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw flats with their floor area and price: about 2.8 units of price per unit of area, and noise.

    Parameters
    ----------
    seed : int
        The same seed gives the same flats; 20 gives those of the lessons.
    n_samples : int
        How many flats.

    Returns
    -------
    areas : float64 array (n_samples, 1)
        Floor area in tens of square metres, normal around 5 with standard deviation 1.
    prices : float64 array (n_samples, 1)
        Price in tens of thousands of euros, ``2.8 * area - noise`` with standard normal noise.
    """
    _refuse_no_samples(n_samples)
    rng = np.random.RandomState(seed)
    areas = rng.randn(n_samples, 1) + 5
    noise = rng.randn(n_samples, 1)
    return areas, 2.8 * areas - noise


def trapezoids(seed: int = 20, n_samples: int = 50) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw trapezoids whose top side is as long as they are high, and their areas.

    Parameters
    ----------
    seed : int
        The same seed gives the same trapezoids; 20 gives those of the lessons.
    n_samples : int
        How many trapezoids.

    Returns
    -------
    sides : float64 array (n_samples, 2)
        The top side x1, which is also the height, and the bottom side x2, both between 0.5 and 1.5.
    areas : float64 array (n_samples, 1)
        The area, ``(x1 + x2) * x1 / 2``.
    """
    _refuse_no_samples(n_samples)
    rng = np.random.RandomState(seed)
    top = rng.uniform(0.5, 1.5, (n_samples, 1))
    bottom = rng.uniform(0.5, 1.5, (n_samples, 1))
    return np.hstack([top, bottom]), 0.5 * (top + bottom) * top


def noisy_sine(seed: int = 10, n_samples: int = 12) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read one period of a sine at evenly spaced places, with an error of up to 0.3 in each reading.

    Parameters
    ----------
    seed : int
        The same seed gives the same errors; 10 gives those of the lessons.
    n_samples : int
        How many readings.

    Returns
    -------
    x : float64 array (n_samples,)
        From 0 to 2 pi.
    y : float64 array (n_samples,)
        ``sin(x)`` and an error between -0.3 and 0.3.
    """
    _refuse_no_samples(n_samples)
    x = np.linspace(0, 2 * np.pi, n_samples)
    return x, np.sin(x) + np.random.RandomState(seed).uniform(-0.3, 0.3, n_samples)


def wide_features(
    seed: int = 1,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw 80 samples to train and 110 to test with 150 features, whose targets are almost only noise.

    Parameters
    ----------
    seed : int
        The same seed gives the same samples; 1 gives those of the lessons.

    Returns
    -------
    train_features, train_targets, test_features, test_targets : float64 arrays (80, 150), (80,), (110, 150), (110,)
        The targets are a linear function with weights of about 0.01 and bias 0.01, plus noise of standard
        deviation 0.3.
    """
    rng = np.random.RandomState(seed)
    weights = 0.01 * rng.randn(150)
    features = rng.randn(190, 150)
    targets = features @ weights + 0.01 + 0.3 * rng.randn(190)
    return features[:80], targets[:80], features[80:], targets[80:]


def _refuse_no_samples(n_samples: int) -> None:
    if n_samples < 1:
        raise DatasetError(f"n_samples is {n_samples}, but at least 1 is needed.")
