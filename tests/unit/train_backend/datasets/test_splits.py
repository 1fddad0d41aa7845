"""Which images are held out for validation."""

from __future__ import annotations

import pytest
import torch

from train_backend.datasets.splits import stratified_split
from train_backend.errors import TrainError

LABELS = torch.tensor([0] * 50 + [1] * 20 + [2] * 30)[torch.randperm(100)]


def generator(seed: int = 0) -> torch.Generator:
    """Return a generator on the CPU."""
    return torch.Generator().manual_seed(seed)


def test_a_tenth_of_each_class_is_held_out() -> None:
    """5 of 50, 2 of 20, 3 of 30; no image is lost or on both sides."""
    kept, held_out = stratified_split(LABELS, 0.1, generator())
    assert torch.bincount(LABELS[held_out]).tolist() == [5, 2, 3]
    assert sorted(kept.tolist() + held_out.tolist()) == list(range(100))


def test_the_split_is_a_function_of_the_generator() -> None:
    """Same seed, same images; another seed, others; ascending either way."""
    kept, held_out = stratified_split(LABELS, 0.2, generator(1))
    again = stratified_split(LABELS, 0.2, generator(1))
    assert torch.equal(kept, again[0])
    assert torch.equal(held_out, again[1])
    assert held_out.tolist() == sorted(held_out.tolist())
    assert kept.tolist() == sorted(kept.tolist())
    assert held_out.tolist() != stratified_split(LABELS, 0.2, generator(2))[1].tolist()


def test_a_fraction_of_0_holds_nothing_out() -> None:
    """All images train, in their order."""
    kept, held_out = stratified_split(LABELS, 0.0, generator())
    assert kept.tolist() == list(range(100))
    assert held_out.tolist() == []


@pytest.mark.parametrize("fraction", [-0.1, 1.0, float("nan")])
def test_an_impossible_fraction_is_refused(fraction: float) -> None:
    """A share from 0 to below 1."""
    with pytest.raises(TrainError, match=r"validation_fraction .* from 0 to below 1"):
        stratified_split(LABELS, fraction, generator())


@pytest.mark.parametrize(("fraction", "count"), [(0.01, 0), (0.999, 20)])
def test_a_class_without_an_image_on_either_side_is_refused(fraction: float, count: int) -> None:
    """Never a validation set that lacks a class."""
    with pytest.raises(TrainError, match=rf"images of class \d holds out {count}|class 1"):
        stratified_split(LABELS, fraction, generator())
