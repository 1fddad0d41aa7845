"""What is known about each data set before it is read."""

from __future__ import annotations

import pytest

from train_backend.data import DATASETS, dataset_facts
from train_backend.errors import TrainError


def test_the_data_sets_are_those_of_section_6_1_and_the_digits() -> None:
    """By their canonical names, with classes, channels and size."""
    assert {f.name: (f.classes, f.channels, f.size) for f in DATASETS.values()} == {
        "digits": (10, 1, 28),
        "MNIST": (10, 1, 28),
        "Fashion-MNIST": (10, 1, 28),
        "CIFAR-10": (10, 3, 32),
        "CIFAR-100": (100, 3, 32),
    }


@pytest.mark.parametrize("name", DATASETS)
def test_class_names_are_distinct_and_every_data_set_has_a_line_and_a_source(name: str) -> None:
    """`rdtrain list` prints them; a page names classes by them."""
    facts = DATASETS[name]
    assert len(set(facts.class_names)) == facts.classes
    assert facts.line
    assert facts.source


def test_the_fine_labels_of_cifar_100_are_alphabetical() -> None:
    """So is the published file; a name out of order would shift all classes behind it."""
    names = list(DATASETS["CIFAR-100"].class_names)
    assert names == sorted(names)
    assert (names[0], names[47], names[99]) == ("apple", "maple_tree", "worm")


def test_an_unknown_data_set_is_answered_with_the_nearest_name() -> None:
    """The error tells what was typed and what was probably meant."""
    with pytest.raises(TrainError, match=r"no data set 'fashion-mnist'.*'Fashion-MNIST'"):
        dataset_facts("fashion-mnist")
