"""The embedded digits: equal test classes, the same for every study."""

from __future__ import annotations

import hashlib

import pytest
import torch
from sklearn.datasets import load_digits

from train_backend.data.digits import read_digits


def test_the_test_set_has_90_images_of_every_class() -> None:
    """Equal classes (Proposition 4.1); the other 897 images train and validate."""
    pixels = read_digits()
    assert torch.bincount(pixels.test_labels).tolist() == [90] * 10
    assert torch.bincount(pixels.train_labels).tolist() == [88, 92, 87, 93, 91, 92, 91, 89, 84, 90]


def test_the_test_set_is_the_same_for_every_study_and_release() -> None:
    """Its labels, in the order of the data set, have this checksum."""
    labels = bytes(read_digits().test_labels.tolist())
    assert hashlib.sha256(labels).hexdigest()[:16] == "30180e36bc16c651"


def test_no_image_is_in_both_sets_and_none_is_lost() -> None:
    """Together they are scikit-learn's 1,797 images with their labels."""
    pixels = read_digits()
    images = torch.cat([pixels.train_images, pixels.test_images])
    labels = torch.cat([pixels.train_labels, pixels.test_labels]).tolist()
    # Pixels 1, 4.5, 8, ... of an enlarged row are enough to tell images apart.
    keys = {(label, *image.flatten().tolist()) for label, image in zip(labels, images, strict=True)}
    assert len(keys) == 1_797
    _, targets = load_digits(return_X_y=True)
    assert sorted(labels) == sorted(targets.tolist())


def test_images_are_enlarged_to_28x28_by_linear_interpolation() -> None:
    """By hand for the middle of a row: pixel 13 lies at 13.5 * 8 / 28 - 0.5 = 3.357."""
    pixels = read_digits()
    assert pixels.train_images.shape == (897, 1, 28, 28)
    small, _ = load_digits(return_X_y=True)
    found = torch.cat([pixels.train_images, pixels.test_images])
    assert found.min() == 0
    assert found.max() == 16
    position = 13.5 * 8 / 28 - 0.5
    low, share = int(position), position - int(position)
    squares = torch.from_numpy(small).float().reshape(-1, 8, 8)
    rows = squares[:, low] * (1 - share) + squares[:, low + 1] * share
    expected = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    assert sorted(found[:, 0, 13, 13].tolist()) == pytest.approx(
        sorted(expected.tolist()), abs=1e-4
    )
