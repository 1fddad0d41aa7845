"""The assumed GPU: multiply-adds that the literature counts too, and what follows from them."""

from __future__ import annotations

from pathlib import Path

import pytest

import train_backend.plan
from small_studies import small_study
from train_backend.assumed_gpu import (
    MULTIPLY_ADDS_A_SECOND,
    SECONDS_A_LAYER,
    arithmetic,
    assumed_gpu_speeds,
)
from train_backend.plan import plan_study
from train_backend.speeds import Speeds
from train_backend.studies import Study
from train_backend.study_files import study_from_tables


def cifar_study(architecture: str) -> Study:
    """Return the paper's study of an architecture on CIFAR-10."""
    tables = {"study": {"dataset": "CIFAR-10", "architecture": architecture}}
    return study_from_tables(tables, default_name="s")


@pytest.mark.parametrize(
    ("architecture", "millions", "layers"), [("ResNet-56", 125.49, 56), ("ResNet-110", 252.89, 110)]
)
def test_the_arithmetic_is_that_of_the_literature(
    architecture: str, millions: float, layers: int
) -> None:
    """The FLOPs that the authors of CHIP print for the whole networks."""
    multiply_adds, counted = arithmetic(cifar_study(architecture))
    assert round(multiply_adds / 1e6, 2) == millions
    assert counted == layers


def test_lenet5_is_counted_by_hand() -> None:
    """26 x 26 x 54, 11 x 11 x 864, and each weight of the linear layers once."""
    by_hand = 26 * 26 * 54 + 11 * 11 * 864 + 48_000 + 10_080 + 840
    assert arithmetic(small_study()) == (by_hand, 5)


def test_a_step_is_three_passes_of_arithmetic_and_launches() -> None:
    """Both figures are assumed; how they make images a second is not."""
    study = cifar_study("ResNet-56")
    multiply_adds, layers = arithmetic(study)
    step = 3 * (layers * SECONDS_A_LAYER + 128 * multiply_adds / MULTIPLY_ADDS_A_SECOND)
    assert assumed_gpu_speeds(study, 128).training == pytest.approx(128 / step)


def test_the_plan_gives_the_hours_of_one_process_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One GPU does the units one after another, however many cores there are."""
    monkeypatch.setattr(train_backend.plan, "measure_speeds", lambda *_, **__: Speeds(1.0, 1.0))
    monkeypatch.setattr(train_backend.plan, "available_cores", lambda: 8)
    study = small_study(models=3)
    speeds = assumed_gpu_speeds(study, study.recipe.batch_size)
    plan = plan_study(study, tmp_path / "none", device="cpu")
    assert plan.gpu_seconds_left == pytest.approx(
        plan.work.training / speeds.training + plan.work.evaluation / speeds.evaluation
    )
