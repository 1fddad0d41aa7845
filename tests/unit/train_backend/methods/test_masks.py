"""Masks: how many weights stay, which ones, and that the others are zero."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from train_backend.errors import TrainError
from train_backend.methods.masks import (
    apply_masks,
    global_masks,
    kept_count,
    masks_at,
    prunable_parameters,
)
from train_backend.methods.scores import SCORES
from train_backend.models import build_architecture


def lenet5(seed: int = 0) -> nn.Module:
    """Return a LeNet5 for 28x28 images and 10 classes."""
    generator = torch.Generator().manual_seed(seed)
    return build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=generator)


def magnitudes(model: nn.Module) -> dict[str, Tensor]:
    """Return the scores of MP."""
    return SCORES["MP"].scores(model, None, 0.0, torch.Generator())


def kept(masks: dict[str, Tensor]) -> int:
    """Return how many weights stay."""
    return sum(int(mask.sum()) for mask in masks.values())


def test_weights_of_all_layers_but_the_classifier_can_be_pruned() -> None:
    """No bias, no batch norm, nothing of the classifier."""
    assert list(prunable_parameters(lenet5())) == [
        "convolution1.weight",
        "convolution2.weight",
        "linear1.weight",
        "linear2.weight",
    ]
    resnet = build_architecture(
        "ResNet-20", channels=3, classes=10, image_size=32, generator=torch.Generator()
    )
    names = list(prunable_parameters(resnet))
    assert len(names) == 19
    assert all("convolution" in name and name.endswith("weight") for name in names)


def test_1076_parameters_of_lenet5_cannot_be_pruned() -> None:
    """226 biases and the classifier's 850."""
    weights = sum(weight.numel() for weight in prunable_parameters(lenet5()).values())
    assert 60_074 - weights == 226 + 850


@pytest.mark.parametrize(
    ("ratio", "parameters_left"),
    [(1, 60_074), (2, 30_037), (4, 15_018), (10, 6_007), (20, 3_004), (50, 1_201)],
)
def test_exactly_total_over_ratio_parameters_stay(ratio: float, parameters_left: int) -> None:
    """60,074 / 4 = 15,018.5 rounds to the even 15,018; 60,074 / 50 = 1,201.48 to 1,201."""
    assert kept_count(lenet5(), ratio) == parameters_left - 1_076


def test_an_impossible_ratio_is_refused_with_the_largest_possible_one() -> None:
    """What, why and what to do, in one line; the ratio it names is possible."""
    with pytest.raises(TrainError) as refused:
        kept_count(lenet5(), 100)
    assert str(refused.value) == (
        "ratio 100 leaves 601 parameters but 1,076 cannot be pruned (biases, batch norm and the "
        "classifier): the largest ratio of this model is 55.83"
    )
    assert kept_count(lenet5(), 55.83) == 0


@pytest.mark.parametrize("ratio", [0.5, 0.0, -2.0, float("nan"), float("inf")])
def test_a_ratio_below_1_is_refused(ratio: float) -> None:
    """A pruning ratio is parameters before / after."""
    with pytest.raises(TrainError, match="a number from 1 on"):
        kept_count(lenet5(), ratio)


def test_the_released_scope_keeps_350_weights_where_125_were_asked() -> None:
    """(60,074 / 50 - 850) / 59,224 of 58,998 weights: with biases and classifier, 42 times."""
    model = lenet5()
    assert kept_count(model, 50) == 125
    assert kept_count(model, 50, "shrinkbench") == 350
    realised = 60_074 / (350 + 1_076)
    assert realised == pytest.approx(42.1, abs=0.05)
    assert kept_count(model, 1, "shrinkbench") == 58_998


@pytest.mark.parametrize("ratio", [2.0, 4.0, 10.0, 20.0, 50.0])
def test_the_released_scope_is_within_one_weight_of_an_interpolated_quantile(
    ratio: float,
) -> None:
    """ShrinkBench keeps what is not below np.quantile(scores, 1 - fraction)."""
    model = lenet5()
    flat = np.concatenate([score.flatten().numpy() for score in magnitudes(model).values()])
    fraction = (60_074 / ratio - 850) / (58_998 + 226)
    released = int((flat >= np.quantile(flat, 1 - fraction)).sum())
    assert abs(kept_count(model, ratio, "shrinkbench") - released) <= 1


def test_the_highest_scores_of_the_whole_network_stay() -> None:
    """Three of six, over both tensors together."""
    scores = {"a": torch.tensor([[1.0, 6.0], [2.0, 3.0]]), "b": torch.tensor([5.0, 4.0])}
    masks = global_masks(scores, 3)
    assert masks["a"].tolist() == [[False, True], [False, False]]
    assert masks["b"].tolist() == [True, True]


def test_equal_scores_are_settled_by_position() -> None:
    """The earlier tensor and the earlier element first, and never one too many."""
    scores = {"a": torch.tensor([1.0, 2.0, 2.0]), "b": torch.tensor([2.0, 3.0, 2.0])}
    masks = global_masks(scores, 3)
    assert masks["a"].tolist() == [False, True, True]
    assert masks["b"].tolist() == [False, True, False]
    zeros = {"a": torch.zeros(100_000)}
    assert global_masks(zeros, 10)["a"].nonzero().squeeze(1).tolist() == list(range(10))


def test_a_two_sided_cut_keeps_the_far_negative_end_too() -> None:
    """Two asked for, the lower is 3: -3 and -7 stay as well, so four do."""
    scores = {"a": torch.tensor([5.0, 3.0, 2.0, -2.0, -3.0, -7.0])}
    assert global_masks(scores, 2, two_sided=True)["a"].tolist() == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]
    assert kept(global_masks(scores, 4, two_sided=True)) == 6  # the lowest kept is below 0
    assert kept(global_masks(scores, 0, two_sided=True)) == 0


@pytest.mark.parametrize("ratio", [2.0, 10.0, 50.0])
def test_masks_equal_those_of_torchs_global_pruning(ratio: float) -> None:
    """L1Unstructured over all prunable weights, and the same with scores given by hand."""
    model, reference = lenet5(), lenet5()
    keep = kept_count(model, ratio)
    amount = 58_998 - keep
    layers: list[tuple[nn.Module, str]] = [
        (module, "weight")
        for module in reference.modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and module is not reference.classifier
    ]
    prune.global_unstructured(layers, prune.L1Unstructured, amount=amount)
    assert_same_masks(global_masks(magnitudes(model), keep), layers)

    generator = torch.Generator().manual_seed(1)
    scores = {
        name: torch.rand(weight.shape, generator=generator, dtype=torch.float64)
        for name, weight in prunable_parameters(model).items()
    }
    other = lenet5()
    layers = [(other.get_submodule(name.removesuffix(".weight")), "weight") for name in scores]
    given = {
        (module, "weight"): score
        for (module, _), score in zip(layers, scores.values(), strict=True)
    }
    prune.global_unstructured(layers, prune.L1Unstructured, importance_scores=given, amount=amount)
    assert_same_masks(global_masks(scores, keep), layers)


def assert_same_masks(masks: dict[str, Tensor], layers: list[tuple[nn.Module, str]]) -> None:
    """Compare masks, in the order of the model, with those that torch's pruning left."""
    for (name, mask), (module, _) in zip(masks.items(), layers, strict=True):
        assert torch.equal(mask, dict(module.named_buffers())["weight_mask"].bool()), name


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_scores_that_are_not_finite_are_refused_by_name(bad: float) -> None:
    """A diverged model is not pruned at random."""
    scores = {"a": torch.zeros(2), "b": torch.tensor([1.0, bad])}
    with pytest.raises(TrainError, match="has diverged: the pruning scores of b are not finite"):
        global_masks(scores, 1)


@pytest.mark.parametrize("keep", [-1, 4])
def test_more_or_fewer_weights_than_there_are_cannot_be_kept(keep: int) -> None:
    """Never clipped to what is possible."""
    with pytest.raises(TrainError, match=f"cannot keep {keep} weights of 3"):
        global_masks({"a": torch.zeros(3)}, keep)


def test_applying_masks_sets_what_they_drop_to_zero_and_leaves_the_rest() -> None:
    """Exactly zero, also where the weight was not a number; biases and classifier untouched."""
    model = lenet5()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    masks = global_masks(magnitudes(model), kept_count(model, 50))
    with torch.no_grad():
        dict(model.named_parameters())["linear1.weight"][~masks["linear1.weight"]] = float("nan")
    apply_masks(model, masks)
    for name, value in model.state_dict().items():
        mask = masks.get(name, torch.ones_like(value, dtype=torch.bool))
        assert torch.equal(value, torch.where(mask, before[name], 0.0)), name
    assert sum(int(p.count_nonzero()) for p in model.parameters()) == 1_201


def test_masks_of_another_model_are_refused_before_anything_is_changed() -> None:
    """A name or a shape that does not fit."""
    model = lenet5()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    good = torch.zeros(6, 1, 3, 3, dtype=torch.bool)
    for wrong in ({"layer9.weight": good}, {"linear1.weight": good}):
        with pytest.raises(TrainError, match=f"mask of {next(iter(wrong))} fits no parameter"):
            apply_masks(model, {"convolution1.weight": good, **wrong})
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_several_cuts_through_one_order_are_the_cuts_by_themselves() -> None:
    """Of scores of either sign and any size, many of them equal: as a stable sort has them."""
    draws = torch.Generator().manual_seed(4)
    coarse = (torch.randn(500, generator=draws) * 3).round()
    fine = torch.randn(1500, generator=draws) * 10 ** (4 * torch.randn(1500, generator=draws))
    flat = torch.cat([coarse, fine, -0.0 * torch.ones(20)])
    keeps = [0, 1, 700, 260, 700, 1990, 2020]
    order = torch.sort(flat, descending=True, stable=True).indices
    cuts = masks_at({"a": flat[:600], "b": flat[600:]}, keeps)
    for keep, masks in zip(keeps, cuts, strict=True):
        expected = torch.zeros(len(flat), dtype=torch.bool)
        expected[order[:keep]] = True
        assert torch.equal(torch.cat([masks["a"], masks["b"]]), expected)
