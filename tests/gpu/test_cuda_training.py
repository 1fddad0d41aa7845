"""Training on a CUDA device: the same study there, repeatable, and close to the CPU's counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch
from torch import Tensor

import train_backend.graphs
from data_contracts import read_provenance, read_recall_table
from small_studies import small_recipe, small_study
from train_backend.architectures import build_architecture
from train_backend.datasets import Dataset, ImageSet
from train_backend.descent import TorchStep
from train_backend.devices import repeatable
from train_backend.engine import run_study
from train_backend.graphs import CudaRecorder
from train_backend.masks import global_masks, kept_count, prunable_parameters
from train_backend.phases import Phase
from train_backend.stack_sizes import measure_stacks
from train_backend.stacked import Seat
from train_backend.studies import Study
from train_backend.training import Draws, train
from train_backend.turns import Turns

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device"),
]

ARMS: dict[str, Any] = {
    "methods": ["MP", "GP", "UP", "RP"],
    "ratios": [2, 10],
    "recipe": {"augment": True},
}
STUDY = small_study(**ARMS)
STACKED = small_study(stack=2, **ARMS)


def run(out: Path, device: str, study: Study = STUDY) -> Path:
    """Run a small study and return its table."""
    outcome = run_study(study, out, device=device)
    assert outcome.table is not None
    return outcome.table


def accuracy(table: pa.Table, stage: str) -> float:
    """Return the accuracy over all models of a stage."""
    rows = table.filter(pc.field("stage") == stage)
    return float(pc.sum(rows["n_correct"]).as_py() / pc.sum(rows["n_samples"]).as_py())


def test_a_study_on_the_gpu_is_repeatable_bit_for_bit(tmp_path: Path) -> None:
    """Twice the same bytes; the provenance names the device."""
    first, second = run(tmp_path / "first", "cuda"), run(tmp_path / "second", "auto")
    assert first.read_bytes() == second.read_bytes()
    provenance = read_provenance(first)
    assert provenance is not None
    assert str(provenance.device).startswith("cuda: ")


def test_masks_are_as_exact_on_the_gpu(tmp_path: Path) -> None:
    """round(60,074 / t) parameters stay through fine-tuning."""
    table = read_recall_table([run(tmp_path, "cuda")])
    for ratio, kept in ((2.0, 30_037), (10.0, 6_007)):
        assert set(table.filter(pc.field("ratio") == ratio)["parameters_nonzero"].to_pylist()) == {
            kept
        }


def test_the_gpu_learns_what_the_cpu_learns(tmp_path: Path) -> None:
    """The same draws on both; sums round otherwise, so counts may differ by a few images."""
    on_gpu = read_recall_table([run(tmp_path / "cuda", "cuda")])
    on_cpu = read_recall_table([run(tmp_path / "cpu", "cpu")])
    for stage in ("baseline", "control"):
        assert accuracy(on_gpu, stage) == pytest.approx(accuracy(on_cpu, stage), abs=0.05)


def test_a_stack_on_the_gpu_learns_what_its_models_learn_alone(tmp_path: Path) -> None:
    """Twice the same bytes; beside single models sums round otherwise, by a few images."""
    first, second = (run(tmp_path / name, "cuda", STACKED) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    stacked, alone = read_recall_table([first]), read_recall_table([run(tmp_path / "one", "cuda")])
    for stage in ("baseline", "control"):
        assert accuracy(stacked, stage) == pytest.approx(accuracy(alone, stage), abs=0.05)


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with every step that is recorded."""
    seen, record = list[int](), CudaRecorder.record

    def spy(self: CudaRecorder, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        seen.append(len(seen))
        return record(self, work)

    monkeypatch.setattr(CudaRecorder, "record", spy)
    return seen


@pytest.mark.parametrize("architecture", ["LeNet5", "ResNet-20"])
@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_replayed_steps_are_steps_bit_for_bit(
    architecture: str,
    size: int,
    precision: str,
    recordings: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four epochs of three steps, by themselves and as two CUDA graphs: the same weights."""
    replayed = [stepped(architecture, size, precision) for _ in range(2)]
    assert len(recordings) == 2 * 2  # whole batches and the last one, twice
    monkeypatch.setattr(train_backend.graphs, "TAKEN_BEFORE", 1000)
    alone = stepped(architecture, size, precision)
    assert len(recordings) == 2 * 2
    for found in replayed:
        for one, other in zip(found, alone, strict=True):
            assert torch.equal(one, other)


def stepped(architecture: str, size: int, precision: str) -> list[Tensor]:
    """Return all weights and buffers of a stack, one model of it pruned, after twelve steps."""
    device, side = torch.device("cuda"), 12
    draws = torch.Generator().manual_seed(0)
    images = torch.randn(120, 1, side, side, generator=draws)
    part = ImageSet(images.to(device), torch.randint(2, (120,), generator=draws).to(device))
    dataset = Dataset("digits", ("", ""), part, part, part, torch.zeros(1, device=device))
    models = [
        build_architecture(
            architecture, channels=1, classes=2, image_size=side, generator=draws
        ).to(device)
        for _ in range(size)
    ]
    weights = {name: each.detach().abs() for name, each in prunable_parameters(models[0]).items()}
    masks = global_masks(weights, kept_count(models[0], 2.0))
    recipe = small_recipe(batch_size=50, augment=True, precision=precision)
    turns = Turns(size)
    works = [
        partial(
            train,
            model,
            dataset,
            (Phase(4, 0.05),),
            recipe,
            Draws(torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)),
            masks=None if seed else masks,
            descents=Seat(turns, seed).descent_of,
        )
        for seed, model in enumerate(models)
    ]
    with repeatable(device):
        turns.run(works)
    return [value for model in models for value in model.state_dict().values()]


def test_where_a_step_cannot_be_recorded_training_goes_on(
    recordings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that waits for the device; one warning, and the weights of steps by themselves."""
    monkeypatch.setattr(train_backend.graphs, "_is_off", False)  # put back afterwards
    calls = TorchStep.__call__

    def waits(self: TorchStep, rate: float, draws: tuple[Tensor, ...]) -> Tensor:
        loss = calls(self, rate, draws)
        loss.item()
        return loss

    alone = stepped("LeNet5", 1, "float32")
    monkeypatch.setattr(TorchStep, "__call__", waits)
    recordings.clear()
    with pytest.warns(UserWarning, match="cannot be recorded as a CUDA graph"):
        found = stepped("LeNet5", 1, "float32")
    assert len(recordings) == 1
    for one, other in zip(found, alone, strict=True):
        assert torch.equal(one, other)


def test_bfloat16_on_the_gpu_learns_what_float32_learns(tmp_path: Path) -> None:
    """The accuracy agrees within what a few epochs leave open."""
    short = small_study(**(ARMS | {"recipe": {"augment": True, "precision": "bfloat16"}}))
    in_short = read_recall_table([run(tmp_path / "short", "cuda", short)])
    in_full = read_recall_table([run(tmp_path / "full", "cuda")])
    for stage in ("baseline", "control"):
        assert accuracy(in_short, stage) == pytest.approx(accuracy(in_full, stage), abs=0.05)


def test_stacks_are_measured_on_the_gpu() -> None:
    """Speeds of all models together; what is fastest is the GPU's to say."""
    measured = measure_stacks(small_study(models=4), torch.device("cuda"), sizes=(1, 4))
    assert [each.size for each in measured] == [1, 4]
    assert all(each.training is not None and each.training > 0 for each in measured)
