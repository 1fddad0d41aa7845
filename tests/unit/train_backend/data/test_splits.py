"""Which images are held out for validation."""

from __future__ import annotations

import pytest
import torch

from train_backend.data.splits import stratified_split
from train_backend.errors import TrainError

SHUFFLED = torch.randperm(100, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0] * 50 + [1] * 20 + [2] * 30)[SHUFFLED]


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


@pytest.mark.parametrize(
    ("fraction", "what"),
    [
        (0.01, "of the 50 images of class 0 holds out 0"),  # 0.5 rounds to the even 0
        (0.02, "of the 20 images of class 1 holds out 0"),
        (0.98, "of the 20 images of class 1 holds out 20"),
    ],
)
def test_a_class_without_an_image_on_either_side_is_refused(fraction: float, what: str) -> None:
    """Never a validation set, or a training set, that lacks a class."""
    with pytest.raises(TrainError, match=what):
        stratified_split(LABELS, fraction, generator())
