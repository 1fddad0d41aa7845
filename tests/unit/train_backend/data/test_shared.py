"""Images that models share, against images that each has for itself."""

from __future__ import annotations

import pytest
import torch

import train_backend.running.experiment
from small_studies import correct_counts, small_study
from train_backend.data import Dataset, load_dataset
from train_backend.data.loading import SharedImageSet
from train_backend.lenet5_cpu import torch_alone

CPU = torch.device("cpu")


def digits(*, shared: bool, padding: int = 2, seed: int = 0) -> Dataset:
    """Return the digits, split by a seed."""
    return load_dataset(
        "digits",
        root=None,
        device=CPU,
        split_generator=torch.Generator().manual_seed(seed),
        padding=padding,
        shared=shared,
    )


@pytest.mark.parametrize("padding", [0, 2])
def test_shared_images_are_the_same_bit_for_bit(padding: int) -> None:
    """All of a part, and some of it; labels too."""
    ours, own = digits(shared=True, padding=padding), digits(shared=False, padding=padding)
    rows = torch.tensor([5, 0, 17])
    for name in ("train", "validation", "test"):
        mine, other = getattr(ours, name), getattr(own, name)
        assert len(mine) == len(other)
        for one, two in ((mine, other), (mine.of(rows), other.of(rows))):
            assert torch.equal(one.images, two.images)
            assert torch.equal(one.labels, two.labels)
    assert torch.equal(ours.black, own.black)
    assert torch.equal(ours.example, own.example)


def test_models_share_the_pixels_and_not_the_split() -> None:
    """Two splits: the same memory, other images held out."""
    one, other = (digits(shared=True, seed=seed).train for seed in (1, 2))
    assert isinstance(one, SharedImageSet)
    assert isinstance(other, SharedImageSet)
    assert one.pixels.data_ptr() == other.pixels.data_ptr()
    assert not torch.equal(one.which, other.which)


def test_asking_for_images_leaves_the_pixels_as_they_are() -> None:
    """They are normalised in a copy: twice the same."""
    part = digits(shared=True).train
    assert torch.equal(part.images, part.images)


def test_a_study_counts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crops included: not one image more or less."""
    study = small_study(methods=["MP", "GP"], recipe={"augment": True})
    with torch_alone():
        own = correct_counts(study)
    monkeypatch.setattr(train_backend.running.experiment, "shares_images", lambda _: True)
    with torch_alone():
        assert torch.equal(own, correct_counts(study))
