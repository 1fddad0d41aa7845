"""Stack sizes: what is measured, where memory ends, and what is advised."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rd_cli.train.stacks import advice
from small_studies import small_study
from train_backend.engine import run_study
from train_backend.errors import TrainError
from train_backend.fast import torch_alone
from train_backend.speeds import Rehearsal
from train_backend.stack_sizes import StackSpeed, advised_stack, measure_stacks, sizes_of

CPU = torch.device("cpu")


def test_every_size_is_measured_in_torch_and_by_kernels() -> None:
    """Told as they come; images of all models count, and a stack of several is a stack."""
    study, told = small_study(models=3), list[int]()
    by_kernels = measure_stacks(study, CPU, sizes=(1, 3), seconds=0.05, tell=told.append)
    with torch_alone():
        by_torch = measure_stacks(study, CPU, sizes=(1, 3), seconds=0.05, tell=told.append)
    assert told == [1, 3, 1, 3]
    for measured in (by_kernels, by_torch):
        assert [each.size for each in measured] == [1, 3]
        assert all(each.training is not None and each.training > 0 for each in measured)


def test_the_sizes_are_those_that_the_study_has_models_for() -> None:
    """One model is always among them, to compare with."""
    study = small_study(models=10)
    assert sizes_of(study) == (1, 2, 4, 8)
    assert sizes_of(study, (10, 5)) == (1, 5, 10)
    assert sizes_of(study, ()) == (1, 2, 4, 8)
    with pytest.raises(TrainError, match="a stack of 16 is more than the study has: 10 models"):
        sizes_of(study, (2, 16))


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that holds two models, each twice as fast beside another."""

    def speed(self: Rehearsal) -> float:
        if len(self._models) > 2:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return 1000.0 * len(self._models)

    monkeypatch.setattr(Rehearsal, "training_speed", speed)


@pytest.mark.usefixtures("small_memory")
def test_the_first_size_that_memory_does_not_hold_is_the_last() -> None:
    """Larger ones are not tried."""
    measured = measure_stacks(small_study(models=8), CPU, sizes=(1, 2, 4, 8))
    assert measured == [StackSpeed(1, 1000.0), StackSpeed(2, 2000.0), StackSpeed(4, None)]


def test_only_memory_ends_the_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another error is its own."""

    def diverges(_: Rehearsal) -> float:
        raise TrainError("training has diverged")

    monkeypatch.setattr(Rehearsal, "training_speed", diverges)
    with pytest.raises(TrainError, match="diverged"):
        measure_stacks(small_study(models=8), CPU, sizes=(1, 2))


@pytest.mark.parametrize(
    ("device", "speeds", "told"),
    [
        ("cuda", {1: 100.0, 2: 180.0, 4: None}, "In [study]: stack = 2\nBefore the study's first"),
        (
            "cuda",
            {1: 100.0, 2: 103.0},
            "No stack is faster than one model at a time by 5 % or more",
        ),
        ("cuda", {1: 100.0, 2: None}, "Memory holds no stack: leave `stack` out"),
        ("cuda", {1: 100.0}, "Only one model at a time was measured"),
        ("cpu", {1: 100.0, 2: 180.0}, "On the CPU leave `stack` out of [study], whatever this"),
    ],
)
def test_the_advice_follows_from_what_was_measured(
    device: str, speeds: dict[int, float | None], told: str
) -> None:
    """A size that memory does not hold was measured as None."""
    measured = [StackSpeed(*each) for each in speeds.items()]
    assert advice(torch.device(device), measured).startswith(told)


@pytest.mark.usefixtures("small_memory")
def test_a_first_size_that_memory_does_not_hold_is_an_error() -> None:
    """There is nothing to advise."""
    with pytest.raises(TrainError, match="does not hold 4 models side by side: choose a smaller"):
        measure_stacks(small_study(models=8), CPU, sizes=(4, 8))


def test_a_study_that_memory_does_not_hold_ends_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with torch's traceback."""

    def full(*_: object, **__: object) -> None:
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr("train_backend.results.run_unit", full)
    with pytest.raises(TrainError, match="does not hold 2 models side by side: choose a smaller"):
        run_study(small_study(stack=2), tmp_path, device="cpu", processes=1)


@pytest.mark.parametrize(
    ("speeds", "advised"),
    [
        ({1: 100.0, 2: 104.0, 4: 103.0}, 1),
        ({1: 79.5, 2: 79.3, 4: 80.6, 8: 83.4}, 1),
        ({1: 100.0, 2: 104.0, 4: 109.0}, 4),
        ({1: 100.0, 2: 180.0, 4: 250.0, 8: 262.0}, 4),
        ({1: 100.0, 2: 90.0, 4: 300.0}, 4),
        ({1: 100.0, 2: None}, 1),
    ],
    ids=["none", "noise", "a little", "the last gains nothing", "only the largest", "memory"],
)
def test_the_smallest_of_those_that_are_as_fast_is_advised(
    speeds: dict[int, float | None], advised: int
) -> None:
    """Within five per cent of the fastest, and faster than one model by as much."""
    assert advised_stack([StackSpeed(*each) for each in speeds.items()]) == advised
