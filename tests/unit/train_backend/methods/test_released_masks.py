"""UP as released: its score and cut written anew from docs/training.md, beside our settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from small_studies import two_blobs
from train_backend.methods.gradients import data_loss_gradients
from train_backend.methods.masks import kept_count, masks_at, prunable_parameters
from train_backend.methods.scores import SCORES
from train_backend.models import build_architecture
from train_backend.studies.recipes import Phase, Recipe, recipe_for
from train_backend.training.loop import Draws, train

RATIOS = 2.0, 10.0
BLOBS = two_blobs(images=128, size=16)
EPSILON = 5e-4  # hard-coded there


def trained() -> nn.Module:
    """Return a ResNet-20 trained with weight decay 0; no layer that is pruned has biases."""
    streams = [torch.Generator().manual_seed(seed) for seed in (0, 1, 2)]
    network = build_architecture(
        "ResNet-20", channels=1, classes=2, image_size=16, generator=streams[0]
    )
    phases = (Phase(4, 0.05),)
    recipe = replace(released(), batch_size=32, selection="last", selection_scope="all")
    train(network, BLOBS, phases, recipe, Draws(*streams[1:]))
    return network


def released() -> Recipe:
    """Return the settings as released."""
    return recipe_for("as released", "ResNet-20", "digits")


def masks_as_released(network: nn.Module, rows: Tensor, ratio: float) -> Tensor:
    """Return -theta g + epsilon theta^2 cut at a quantile on both sides, all layers in a row.

    g is the gradient of one mini-batch's loss, in training mode; the quantile interpolates.
    """
    weights = prunable_parameters(network)
    part = BLOBS.train.of(rows)
    loss = F.cross_entropy(network.train()(part.images), part.labels)
    theta = torch.cat([weight.detach().flatten() for weight in weights.values()])
    gradients = torch.autograd.grad(loss, list(weights.values()))
    g = torch.cat([gradient.flatten() for gradient in gradients])
    score = (-theta * g + EPSILON * theta**2).numpy()
    total = sum(parameter.numel() for parameter in network.parameters())
    fraction = (total / ratio - (total - len(score))) / len(score)
    threshold = np.quantile(score, 1 - fraction)
    return torch.from_numpy(~((score < threshold) & (score > -threshold)))


def masks_of(network: nn.Module, recipe: Recipe, ratio: float) -> Tensor:
    """Return our masks by the settings of a recipe, in a row."""
    score, stream = SCORES["UP-signed"], torch.Generator().manual_seed(3)
    gradients = data_loss_gradients(
        network,
        BLOBS.train.images,
        BLOBS.train.labels,
        batch_size=32,
        batches=recipe.gradient_batches,
        generator=stream,
        training_mode=recipe.gradient_mode == "training",
    )
    keep = kept_count(network, ratio, recipe.ratio_scope)
    scores = score.scores(network, gradients, recipe.epsilon, stream)
    (masks,) = masks_at(scores, [keep], two_sided=score.two_sided)
    return torch.cat([mask.flatten() for mask in masks.values()])


def overlap(ours: Tensor, theirs: Tensor) -> float:
    """Return the weights that both keep, of those that either keeps."""
    return float((ours & theirs).sum() / (ours | theirs).sum())


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """The trained network."""
    return trained()


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_recipe_as_released_prunes_what_the_released_formula_does(
    network: nn.Module, ratio: float
) -> None:
    """Given the same mini-batch, which is not augmented here; without its decay it does not."""
    rows = torch.randperm(len(BLOBS.train), generator=torch.Generator().manual_seed(3))[:32]
    state = {name: value.clone() for name, value in network.state_dict().items()}
    theirs = masks_as_released(network, rows, ratio)
    network.load_state_dict(state)
    assert overlap(masks_of(network, released(), ratio), theirs) >= 0.98
    without = masks_of(network, replace(released(), score_decay=0.0), ratio)
    assert overlap(without, theirs) < 0.6
