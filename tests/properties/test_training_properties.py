"""Laws of training under masks and of the random streams."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from small_studies import small_recipe, two_blobs
from train_backend.data import Dataset
from train_backend.methods.masks import apply_masks, global_masks, kept_count
from train_backend.methods.scores import SCORES
from train_backend.models import build_architecture
from train_backend.parameters import parameter_counts
from train_backend.studies.recipes import Phase
from train_backend.training.devices import repeatable
from train_backend.training.loop import Draws, train
from train_backend.training.streams import generator

BLOBS: Dataset = two_blobs(images=32)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**31),
    ratio=st.floats(1.5, 12.0),
    weight_decay=st.floats(0.0, 0.1),
    momentum=st.floats(0.1, 0.95),
)
def test_pruned_weights_stay_exactly_zero(
    seed: int, ratio: float, weight_decay: float, momentum: float
) -> None:
    """Through fine-tuning, whatever momentum and weight decay; the others are free to move."""
    draws = torch.Generator().manual_seed(seed)
    model = build_architecture("LeNet5", channels=1, classes=2, image_size=10, generator=draws)
    # A step before pruning, so that gradients and weights are those of a trained model.
    recipe = small_recipe(batch_size=16, weight_decay=weight_decay, momentum=momentum)
    with repeatable(torch.device("cpu")):
        train(model, BLOBS, (Phase(1, 0.05),), recipe, Draws(draws, draws))
        scores = SCORES["RP"].scores(model, None, weight_decay, draws)
        masks = global_masks(scores, kept_count(model, ratio))
        apply_masks(model, masks)
        train(model, BLOBS, (Phase(2, 0.05),), recipe, Draws(draws, draws), masks=masks)
    parameters = dict(model.named_parameters())
    assert all(bool((parameters[name][~mask] == 0).all()) for name, mask in masks.items())
    total, nonzero = parameter_counts(model)
    assert nonzero <= round(total / ratio)


@given(
    seed=st.integers(0, 2**62),
    model=st.integers(0, 10_000),
    purposes=st.lists(st.text(max_size=20), min_size=2, max_size=5, unique=True),
)
def test_a_stream_does_not_depend_on_the_others(seed: int, model: int, purposes: list[str]) -> None:
    """Asked for in another order, every stream draws the same."""

    def first_draw(purpose: str) -> float:
        return float(torch.rand(1, generator=generator(seed, "study", model, purpose)))

    forwards = {purpose: first_draw(purpose) for purpose in purposes}
    backwards = {purpose: first_draw(purpose) for purpose in reversed(purposes)}
    assert forwards == backwards
