"""Training on a CUDA device: the same study there, repeatable, and close to the CPU's counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from data_contracts import read_provenance, read_recall_table
from small_studies import small_study
from train_backend.running.engine import run_study
from train_backend.studies.study import Study

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


def test_bfloat16_on_the_gpu_learns_what_float32_learns(tmp_path: Path) -> None:
    """The accuracy agrees within what a few epochs leave open."""
    short = small_study(**(ARMS | {"recipe": {"augment": True, "precision": "bfloat16"}}))
    in_short = read_recall_table([run(tmp_path / "short", "cuda", short)])
    in_full = read_recall_table([run(tmp_path / "full", "cuda")])
    for stage in ("baseline", "control"):
        assert accuracy(in_short, stage) == pytest.approx(accuracy(in_full, stage), abs=0.05)
