"""The conditions of the paper, in words."""

from __future__ import annotations

from rdstats.paper.places import BEFORE, Place, Subject, listed_places, short


def test_missing_conditions_are_listed_by_what_was_trained() -> None:
    """A line per subject, ratios in order; unpruned models only where nothing else is missing."""
    places = [
        Place("CIFAR-10", "ResNet-20", "MP", 10.0),
        Place("CIFAR-10", "ResNet-20", "MP", BEFORE),
        Place("CIFAR-10", "ResNet-20", "MP", 2.0),
        Place("CIFAR-100", "ResNet-56", "UP", BEFORE),
        Place("CIFAR-10", "ResNet-56", "LTH", 0.8**-2),
    ]
    assert listed_places(places) == (
        "CIFAR-10, ResNet-20, MP: t = 2, 10",
        "CIFAR-100, ResNet-56, UP: any ratio",
        "CIFAR-10, ResNet-56, LTH: t = 1.56",
    )


def test_names_are_as_short_as_the_paper_prints_them() -> None:
    """LeNet and Fashion; the others as they are."""
    assert [short(name) for name in ("LeNet5", "Fashion-MNIST", "CIFAR-10")] == [
        *("LeNet", "Fashion"),
        "CIFAR-10",
    ]


def test_a_subject_and_its_condition_name_each_other() -> None:
    """D, M, P and D, M, P, t."""
    subject = Subject("MNIST", "LeNet5", "MP")
    assert subject.at(4.0).subject == subject
    assert subject.at(4.0).label == "MNIST, LeNet5, MP, t = 4"
