"""Studies whose models train side by side, against the same models one after another."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import torch

from small_studies import small_study
from train_backend.devices import repeatable
from train_backend.engine import Status, run_study
from train_backend.errors import TrainError
from train_backend.fast import torch_alone
from train_backend.phases import Phase
from train_backend.studies import Study, stacks_of
from train_backend.units import run_unit, units_of
from train_backend.work import Work

CPU, MODELS = torch.device("cpu"), 4


def study(stack: int) -> Study:
    """Return four LeNet5 on the digits: MP, RP, LTH and the controls, some epochs each."""
    named = small_study(
        models=MODELS,
        stack=stack,
        methods=["MP", "RP", "LTH"],
        ratios=[4],
        lth={"levels": 2, "rewind_step": 5},
    )
    longer = replace(
        named.recipe,
        training_phases=(Phase(5, 0.05), Phase(1, 0.01)),
        finetuning_phases=(Phase(1, 0.05),),
    )
    return replace(named, recipe=longer)


def counted(resolved: Study) -> pa.Table:
    """Return the recall table of a study that torch alone computes."""
    with repeatable(CPU), torch_alone():
        return pa.concat_tables(run_unit(unit, device=CPU) for unit in units_of(resolved))


@pytest.fixture(scope="module")
def stacked() -> pa.Table:
    """The four side by side."""
    return counted(study(stack=4))


def test_a_stack_counts_as_its_models_alone_within_the_noise_of_seeds(stacked: pa.Table) -> None:
    """In every condition nearer to the same seed alone than to another seed; same rows, same sizes.

    Not bit for bit: a product over a stack sums in another order, and where a loss turns, a
    rounding error grows as a seed does.
    """
    single = counted(study(stack=1))
    same = [name for name in single.column_names if name not in MAY_DIFFER]
    assert stacked.select(same).equals(single.select(same))
    correct, alone = (
        torch.tensor(table["n_correct"].to_pylist(), dtype=torch.float64).view(MODELS, -1, 10)
        for table in (stacked, single)
    )
    seeds = torch.combinations(torch.arange(MODELS))
    between_seeds = (alone[seeds[:, 0]] - alone[seeds[:, 1]]).abs().mean(dim=(0, 2))
    assert bool(((correct - alone).abs().mean(dim=(0, 2)) < between_seeds).all())
    assert (correct - alone).abs().mean() < between_seeds.mean() / 2


MAY_DIFFER = "n_correct", "n_predicted", "n_both_correct"


def test_a_stack_counts_the_same_a_second_time(stacked: pa.Table) -> None:
    """Bit for bit."""
    assert counted(study(stack=4)).equals(stacked)


def test_a_model_of_a_stack_that_diverges_is_named() -> None:
    """The study, the model and the phase, as of a model alone."""
    steep = small_study(stack=2, recipe={"training_phases": [{"epochs": 1, "learning_rate": 1e6}]})
    with pytest.raises(TrainError, match=r"study small, model [01], training: has diverged"):
        counted(steep)


def test_the_work_of_a_stack_is_told_as_that_of_its_models() -> None:
    """Progress adds up, whichever thread tells it."""
    done = {1: Work(), 2: Work()}
    for size in done:

        def add(work: Work, size: int = size) -> None:
            done[size] += work

        with repeatable(CPU), torch_alone():
            for unit in units_of(small_study(stack=size)):
                run_unit(unit, device=CPU, progress=add)
    assert done[1] == done[2] != Work()


@pytest.mark.parametrize("by", ["torch", "kernels"])
def test_a_study_of_stacks_resumes(tmp_path: Path, by: str) -> None:
    """A stack is done as a whole; what a stopped run left is kept, and the bytes are the same."""
    stacks = small_study(models=3, stack=2)

    def stop(status: Status) -> None:
        if status.cost_done - status.cost_kept > stacks_cost * 0.8:
            raise KeyboardInterrupt

    stacks_cost = sum(unit.work.cost for unit in units_of(stacks))
    if by == "kernels":
        pytest.importorskip("llvmlite")
    with torch_alone() if by == "torch" else nullcontext():
        whole = run_study(stacks, tmp_path / "whole", device="cpu", processes=1)
        with pytest.raises(KeyboardInterrupt, match="2 of 3 models are done"):
            run_study(stacks, tmp_path / "stopped", device="cpu", processes=1, watch=stop)
        resumed = run_study(stacks, tmp_path / "stopped", device="cpu", processes=1)
    assert whole.table is not None
    assert resumed.table is not None
    assert resumed.table.read_bytes() == whole.table.read_bytes()


def test_stacks_hold_consecutive_models() -> None:
    """By default one each; the last stack may be smaller."""
    assert stacks_of(3) == ((0,), (1,), (2,))
    assert stacks_of(5, 2) == ((0, 1), (2, 3), (4,))
    assert stacks_of(2, 30) == ((0, 1),)
