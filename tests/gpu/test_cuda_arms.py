"""LTH and CHIP on a CUDA device: repeatable, as exact, and the same channels as on the CPU."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pytest
import torch

from data_contracts import read_recall_table
from small_studies import small_study
from train_backend.methods.channel_independence import network_independence
from train_backend.models import build_architecture
from train_backend.models.resnet import ResNet
from train_backend.running.engine import run_study
from train_backend.studies.study import Study

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device"),
]

LOTTERY = small_study(
    methods=["LTH", "LTH-random"], ratios=None, lth={"levels": 3, "rewind_step": 5}
)
CHANNELS = small_study(
    recipe_name="as described",
    architecture="ResNet-20",
    methods=["CHIP"],
    ratios=None,
    models=1,
    chip={
        "ratios": [3.33],
        "sparsities": [[0.0, 0.4, 0.4, 0.5, 0.6, 0.7]],
        "finetuning_phases": [{"epochs": 1, "learning_rate": 0.01}],
    },
)


@pytest.mark.parametrize("study", [LOTTERY, CHANNELS], ids=["LTH", "CHIP"])
def test_a_study_on_the_gpu_is_repeatable_bit_for_bit(study: Study, tmp_path: Path) -> None:
    """Twice the same bytes, shortcuts that pick channels included."""
    first, second = (
        run_study(study, tmp_path / name, device="cuda").table for name in ("first", "second")
    )
    assert first is not None
    assert second is not None
    assert first.read_bytes() == second.read_bytes()


def test_levels_and_channels_are_as_exact_on_the_gpu(tmp_path: Path) -> None:
    """59,838 x 0.8^3 weights and 236 biases; ResNet-20 with 75,205 parameters left."""
    for study, ratio, left in ((LOTTERY, 1.9531, 30_637 + 236), (CHANNELS, 3.33, 75_205)):
        path = run_study(study, tmp_path / str(left), device="cuda").table
        assert path is not None
        table = read_recall_table([path])
        at_ratio = table.filter(pc.field("ratio") == ratio)
        assert set(at_ratio["parameters_nonzero"].to_pylist()) == {left}


def test_channels_are_scored_on_the_gpu_as_on_the_cpu() -> None:
    """The maps round otherwise, the norms are float64 on both."""
    draws = torch.Generator().manual_seed(0)
    model = build_architecture("ResNet-20", channels=1, classes=10, image_size=28, generator=draws)
    assert isinstance(model, ResNet)
    images = torch.randn(8, 1, 28, 28, generator=draws)
    on_cpu = network_independence(model, images)
    on_gpu = network_independence(model.cuda(), images.cuda())
    for name, scores in on_cpu.items():
        torch.testing.assert_close(on_gpu[name], scores, rtol=1e-3, atol=1e-3)
