"""What is known about each data set before it is read."""

from __future__ import annotations

import pytest

from train_backend.data import DATASETS, dataset_facts
from train_backend.errors import TrainError


def test_the_fine_labels_of_cifar_100_are_alphabetical() -> None:
    """So is the published file; a name out of order would shift all classes behind it."""
    names = list(DATASETS["CIFAR-100"].class_names)
    assert names == sorted(names)
    assert (names[0], names[47], names[99]) == ("apple", "maple_tree", "worm")


def test_an_unknown_data_set_is_answered_with_the_nearest_name() -> None:
    """The error tells what was typed and what was probably meant."""
    with pytest.raises(TrainError, match=r"no data set 'fashion-mnist'.*'Fashion-MNIST'"):
        dataset_facts("fashion-mnist")
