"""The embedded data set: scikit-learn's handwritten digits, brought to the size of MNIST."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

from train_backend.data.dataset import Pixels

TEST_IMAGES_PER_CLASS = 90  # the rarest digit, 8, has 174 images
TEST_SEED = 2022  # fixed for every study and model: there is one test set
SIZE = 28


def read_digits() -> Pixels:
    """Return the 1,797 digits as 897 training and 900 test images of 28x28, values 0 to 16.

    The test set has the same number of images of every class, as Proposition 4.1 supposes.
    Images are upsampled from 8x8 by bilinear interpolation.

    Source: UCI Machine Learning Repository, test set of Optical Recognition of Handwritten
    Digits; embedded in scikit-learn.
    """
    from sklearn.datasets import load_digits  # slow to import, and of no use to other data sets

    small, targets = load_digits(return_X_y=True)
    labels = torch.from_numpy(targets).to(torch.int64)
    pixels = torch.from_numpy(small).to(torch.float32).reshape(-1, 1, 8, 8)
    images = F.interpolate(pixels, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    in_test = _test_set(labels)
    return Pixels(images[~in_test], labels[~in_test], images[in_test], labels[in_test])


def _test_set(labels: Tensor) -> Tensor:
    """Return which images are the test set, bool of shape (N,)."""
    generator = torch.Generator().manual_seed(TEST_SEED)
    in_test = torch.zeros(len(labels), dtype=torch.bool)
    for label in torch.unique(labels).tolist():
        members = (labels == label).nonzero().squeeze(1)
        order = torch.randperm(len(members), generator=generator)
        in_test[members[order[:TEST_IMAGES_PER_CLASS]]] = True
    return in_test
