"""From a name to three normalised parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from train_backend.data import Dataset, load_dataset
from train_backend.data.digits import read_digits
from train_backend.errors import TrainError


def digits(*, seed: int = 0, validation_fraction: float = 0.1, padding: int = 0) -> Dataset:
    """Return the digits on the CPU."""
    return load_dataset(
        "digits",
        root=None,
        device=torch.device("cpu"),
        split_generator=torch.Generator().manual_seed(seed),
        validation_fraction=validation_fraction,
        padding=padding,
    )


def test_the_digits_have_808_training_89_validation_and_900_test_images() -> None:
    """A tenth of each class, rounded, is held out of 897."""
    dataset = digits()
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (808, 89, 900)
    assert torch.bincount(dataset.validation.labels).tolist() == [9, 9, 9, 9, 9, 9, 9, 9, 8, 9]
    assert dataset.class_names == tuple("0123456789")
    for part in (dataset.train, dataset.validation, dataset.test):
        assert part.images.dtype == torch.float32
        assert part.labels.dtype == torch.int64
        assert part.images.shape == (len(part), 1, 28, 28)


def test_images_are_normalised_with_the_training_parts_own_mean_and_deviation() -> None:
    """The training part has mean 0 and deviation 1; the test set nearly, not exactly."""
    dataset = digits()
    train, test = dataset.train.images.double(), dataset.test.images.double()
    assert train.mean().item() == pytest.approx(0, abs=1e-6)
    assert train.std(correction=0).item() == pytest.approx(1, abs=1e-6)
    assert abs(test.mean().item()) > 1e-4
    assert test.mean().item() == pytest.approx(0, abs=0.1)


def test_every_test_image_is_the_published_one_up_to_the_normalisation() -> None:
    """One mean and one deviation for all pixels, and images in their order."""
    dataset, pixels = digits(), read_digits()
    raw, found = pixels.test_images.double(), dataset.test.images.double()
    slope = (found.max() - found.min()) / 16
    torch.testing.assert_close(found, raw * slope + found.min(), atol=1e-5, rtol=0)
    assert torch.equal(dataset.test.labels, pixels.test_labels)
    _, targets = load_digits(return_X_y=True)
    assert len(targets) == 808 + 89 + 900


def test_another_split_changes_training_and_validation_but_never_the_test_set() -> None:
    """The test labels are one; which images are held out follows the generator."""
    first, again, other = digits(seed=0), digits(seed=0), digits(seed=1)
    assert torch.equal(first.validation.images, again.validation.images)
    assert not torch.equal(first.validation.images, other.validation.images)
    assert torch.equal(first.test.labels, other.test.labels)


def test_padding_is_black_and_leaves_the_middle_alone() -> None:
    """2 on each side: 32x32, the border at the value that a black pixel has become."""
    plain, padded = digits(), digits(padding=2)
    assert padded.train.images.shape == (808, 1, 32, 32)
    assert torch.equal(padded.train.images[:, :, 2:-2, 2:-2], plain.train.images)
    border = padded.test.images.clone()
    border[:, :, 2:-2, 2:-2] = padded.black[0]
    assert bool((border == padded.black[0]).all())
    assert padded.black.item() == plain.test.images.min().item()


def test_without_a_validation_set_all_897_images_train() -> None:
    """For recipes that choose on the test set or take the last epoch."""
    dataset = digits(validation_fraction=0)
    assert (len(dataset.train), len(dataset.validation)) == (897, 0)


def test_loading_draws_nothing_from_global_generators() -> None:
    """Neither torch's nor numpy's."""
    torch_state, numpy_state = torch.random.get_rng_state(), np.random.get_state()  # noqa: NPY002
    digits()
    assert torch.equal(torch.random.get_rng_state(), torch_state)
    assert str(np.random.get_state()) == str(numpy_state)  # noqa: NPY002


def test_images_that_are_all_alike_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """They cannot be normalised; a loss that is no number would blame the learning rate."""
    black = replace(read_digits(), train_images=torch.zeros(897, 1, 28, 28))
    monkeypatch.setattr("train_backend.data.loading.read_digits", lambda: black)
    with pytest.raises(TrainError, match="all of one value in channel 0: there is nothing to"):
        digits()
