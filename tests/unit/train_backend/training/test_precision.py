"""Training in bfloat16: what becomes shorter, and whether the counts can tell."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from small_studies import (
    assert_within_the_noise_of_seeds,
    correct_counts,
    small_recipe,
    small_study,
    two_blobs,
)
from train_backend.errors import TrainError
from train_backend.lenet5_cpu import torch_alone
from train_backend.models import build_architecture
from train_backend.studies.recipes import Phase, Precision
from train_backend.training.devices import check_precision, reduced
from train_backend.training.steps import Step, TorchDescent, descent_of

CPU = torch.device("cpu")
BLOBS = two_blobs(size=12)


def trained(precision: Precision) -> nn.Module:
    """Return a LeNet5 after one step."""
    draws = torch.Generator().manual_seed(0)
    model = build_architecture("LeNet5", channels=1, classes=2, image_size=12, generator=draws)
    descent = descent_of(model, BLOBS, small_recipe(precision=precision), None)
    descent.take(Step(0.1, torch.arange(20)))
    return model


def test_layers_compute_in_bfloat16_and_weights_stay_float32() -> None:
    """Automatic mixed precision: the product is short, what it comes from is not."""
    layer = nn.Linear(3, 2)
    with reduced(CPU, "bfloat16"):
        assert layer(torch.ones(1, 3)).dtype is torch.bfloat16
    with reduced(CPU, "float32"):
        assert layer(torch.ones(1, 3)).dtype is torch.float32
    assert {value.dtype for value in trained("bfloat16").parameters()} == {torch.float32}


def test_a_step_in_bfloat16_is_near_one_in_float32_and_not_the_same() -> None:
    """Eight bits of a number, through five layers: within a twentieth of the step's length."""
    with torch_alone():
        pairs = list(
            zip(trained("bfloat16").parameters(), trained("float32").parameters(), strict=True)
        )
    short, full = (torch.cat([pair[which].flatten() for pair in pairs]) for which in (0, 1))
    draws = torch.Generator().manual_seed(0)
    start = build_architecture("LeNet5", channels=1, classes=2, image_size=12, generator=draws)
    before = torch.cat([value.flatten() for value in start.parameters()])
    assert not torch.equal(short, full)
    assert (short - full).norm() < 0.05 * (full - before).norm()


def test_kernels_are_for_float32_alone() -> None:
    """Nobody gets another precision than the study says."""
    model = trained("float32")
    assert isinstance(
        descent_of(model, BLOBS, small_recipe(precision="bfloat16"), None), TorchDescent
    )


def test_a_gpu_without_bfloat16_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to set instead; float32 is never refused."""
    gpu, major = torch.device("cuda"), 7
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(major=major))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "Tesla T4")
    check_precision(gpu, "float32")
    with pytest.raises(TrainError, match=r'Tesla T4\) has no bfloat16: set precision = "float32"'):
        check_precision(gpu, "bfloat16")
    major = 8
    check_precision(gpu, "bfloat16")


@cache
def counts_in(precision: Precision, models: int) -> Tensor:
    """Return n_correct of every class of every evaluated model, shape (models, rows)."""
    recipe = small_recipe(
        training_phases=(Phase(12, 0.05),),
        finetuning_phases=(Phase(1, 0.05),),
        precision=precision,
    )
    study = small_study(models=models, ratios=[4], control=False)
    study = replace(study, recipe=recipe)
    with torch_alone():
        return correct_counts(study)


def test_a_study_in_bfloat16_counts_as_in_float32_within_the_noise_of_seeds() -> None:
    """Four models on the digits: nearer to the same seed in float32 than to another seed."""
    models = 4
    short, full = counts_in("bfloat16", models), counts_in("float32", models)
    assert not torch.equal(short, full)
    assert_within_the_noise_of_seeds(short, full)
