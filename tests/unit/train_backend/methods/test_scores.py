"""Scores: each formula by hand, and what the paper says about them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from train_backend.methods.gradients import data_loss_gradients
from train_backend.methods.masks import (
    apply_masks,
    global_masks,
    kept_count,
    prunable_parameters,
)
from train_backend.methods.scores import SCORES
from train_backend.models import build_architecture


class FourWeights(nn.Module):
    """One layer with the weights 2, -1, 0.5, 0 and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 1, bias=False)
        self.classifier = nn.Linear(1, 2)
        with torch.no_grad():
            self.layer.weight.copy_(torch.tensor([[2.0, -1.0, 0.5, 0.0]]))


GRADIENTS = {"layer.weight": torch.tensor([[0.5, 1.0, -2.0, 3.0]])}


@pytest.mark.parametrize(
    ("method", "scores"),
    [
        ("MP", [2.0, 1.0, 0.5, 0.0]),
        ("GP", [1.0, 1.0, 1.0, 0.0]),
        # epsilon = 0.1: |-1 + 0.4|, |1 + 0.1|, |1 + 0.025|, 0
        ("UP", [0.6, 1.1, 1.025, 0.0]),
        ("UP-signed", [-0.6, 1.1, 1.025, 0.0]),
        # |1 + 0.4|, |-1 + 0.1|, |-1 + 0.025|, 0
        ("GP-decayed", [1.4, 0.9, 0.975, 0.0]),
    ],
)
def test_scores_by_hand(method: str, scores: list[float]) -> None:
    """Four weights, four gradients, weight decay 0.1."""
    found = SCORES[method].scores(FourWeights(), GRADIENTS, 0.1, torch.Generator())
    assert list(found) == ["layer.weight"]
    torch.testing.assert_close(found["layer.weight"], torch.tensor([scores]))


def test_without_weight_decay_up_is_gp() -> None:
    """The case of LeNet5 in the paper (Section 6.1)."""
    arguments = FourWeights(), GRADIENTS, 0.0, torch.Generator()
    assert torch.equal(
        SCORES["UP"].scores(*arguments)["layer.weight"],
        SCORES["GP"].scores(*arguments)["layer.weight"],
    )


def test_at_a_local_optimum_up_ranks_as_mp_does() -> None:
    """Where the gradient is zero, UP is epsilon theta^2 (Section 3)."""
    model, generator = lenet5(), torch.Generator()
    zeros = {name: torch.zeros_like(weight) for name, weight in prunable_parameters(model).items()}
    by_up = global_masks(SCORES["UP"].scores(model, zeros, 5e-4, generator), 500)
    by_mp = global_masks(SCORES["MP"].scores(model, None, 5e-4, generator), 500)
    assert all(torch.equal(by_up[name], by_mp[name]) for name in by_mp)


def lenet5() -> nn.Module:
    """Return a LeNet5 for 28x28 images and 10 classes."""
    generator = torch.Generator().manual_seed(0)
    return build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=generator)


def random_scores(seed: int) -> dict[str, Tensor]:
    """Return RP's scores for LeNet5."""
    return SCORES["RP"].scores(lenet5(), None, 0.0, torch.Generator().manual_seed(seed))


def test_random_scores_are_a_function_of_the_generator_alone() -> None:
    """Same seed, same order; another seed, another; the global generator is not used."""
    before = torch.random.get_rng_state()
    first, again, other = random_scores(1), random_scores(1), random_scores(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_random_scores_have_no_ties_and_treat_all_layers_alike() -> None:
    """A permutation of all 58,998 weights: each layer keeps about its share."""
    scores = random_scores(1)
    flat = torch.cat([score.flatten() for score in scores.values()])
    assert len(torch.unique(flat)) == 58_998
    masks = global_masks(scores, 58_998 // 2)
    for name, mask in masks.items():
        share, deviation = mask.float().mean().item(), 0.5 / mask.numel() ** 0.5
        assert abs(share - 0.5) < 4 * deviation, name


@pytest.mark.parametrize("method", SCORES)
def test_every_score_covers_what_can_be_pruned_and_leaves_the_model_alone(method: str) -> None:
    """Names and shapes of `prunable_parameters`, no graph, and weights untouched."""
    model = lenet5()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    weights = prunable_parameters(model)
    gradients = {name: torch.ones_like(weight) for name, weight in weights.items()}
    scores = SCORES[method].scores(model, gradients, 1e-3, torch.Generator())
    assert {name: score.shape for name, score in scores.items()} == {
        name: weight.shape for name, weight in weights.items()
    }
    assert not any(score.requires_grad for score in scores.values())
    assert all(
        torch.equal(parameter, copy)
        for parameter, copy in zip(model.parameters(), before, strict=True)
    )


@pytest.mark.parametrize("method", SCORES)
def test_a_resnet_is_pruned_by_each_score(method: str) -> None:
    """ResNet-20 at 10 times keeps 26,972 parameters; UP-signed prunes less than asked."""
    generator = torch.Generator().manual_seed(0)
    model = build_architecture(
        "ResNet-20", channels=3, classes=10, image_size=32, generator=generator
    )
    images = torch.randn(8, 3, 32, 32, generator=generator)
    gradients = data_loss_gradients(
        model, images, torch.arange(8), batch_size=8, batches=None, generator=generator
    )
    score = SCORES[method]
    scores = score.scores(model, gradients, 5e-4, generator)
    masks = global_masks(scores, kept_count(model, 10), two_sided=score.two_sided)
    apply_masks(model, masks)
    dropped = sum(int((~mask).sum()) for mask in masks.values())
    left = sum(parameter.numel() for parameter in model.parameters()) - dropped
    if method == "UP-signed":
        assert 26_972 < left < 269_722
    else:
        assert left == 26_972
    assert bool(torch.isfinite(model(images)).all())
