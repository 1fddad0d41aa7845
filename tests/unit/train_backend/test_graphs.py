"""Which steps are recorded and replayed; with a stand-in that records on the CPU.

What CUDA does with a graph is tested in tests/gpu.
"""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

import train_backend.graphs
from small_studies import small_recipe, two_blobs
from train_backend.architectures import build_architecture
from train_backend.descent import TorchDescent, TorchStep
from train_backend.graphs import MOST_RECORDED, Draws, Replayed, StepByStep, TakeStep, stepper
from train_backend.masks import global_masks, kept_count, prunable_parameters
from train_backend.precision import Precision
from train_backend.stacked import StackedStep, Trainee
from train_backend.steps import draw_steps


class StandIn:
    """Records by remembering: the work is done again into the tensor of its first result.

    Attributes:
        recorded: How often something was recorded.
        replays: How often something was replayed.
        inside: Whether someone is apart just now.
    """

    def __init__(self, *, fails: bool = False) -> None:
        self.recorded, self.replays, self.inside, self._fails = 0, 0, False, fails

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Take note of who comes and goes."""
        self.inside = True
        yield
        self.inside = False

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """Return what does the work again and where its result then lies."""
        if self._fails:
            raise RuntimeError("operation not permitted\nwhen stream is capturing")
        self.recorded += 1
        place = torch.full((1,), torch.nan)

        def replay() -> None:
            self.replays += 1
            place.copy_(work())

        return replay, place


class OperationRecorder(StandIn):
    """Records torch's operations on their tensors, as a graph does kernels on their addresses.

    Here the work is done while it is recorded, so the first replay has nothing left to do.
    """

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """Return what does the operations again and where their result lies."""
        self.recorded += 1
        with Operations() as operations:
            result = work()
        is_done = True

        def replay() -> None:
            nonlocal is_done
            self.replays += 1
            if not is_done:
                operations.replay()
            is_done = False

        return replay, result


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Operations with the very tensors that they read and wrote."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.log: list[tuple[Any, Any, Any, list[Tensor]]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take note of an operation that a graph can hold, and do it."""
        name = func.__name__
        assert not name.startswith(("_local_scalar_dense", "nonzero", "lift_fresh")), (
            f"{name} makes the host and the device wait for each other, which no graph can hold"
        )
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        self.log.append((func, args, kwargs, tree_flatten(result)[0]))
        return result

    def replay(self) -> None:
        """Do all operations again, their results where they were; autograd has had its turn."""
        with torch._C._AutoDispatchBelowAutograd():
            for func, args, kwargs, results in self.log:
                given = {_memory(each) for each in tree_flatten((args, kwargs))[0]}
                again = tree_flatten(func(*args, **kwargs))[0]
                for place, value in zip(results, again, strict=True):
                    # A view, or what was changed in place, is where it was.
                    if isinstance(place, Tensor) and _memory(place) not in given:
                        place.copy_(value)


def _memory(value: object) -> int | None:
    return value.untyped_storage().data_ptr() if isinstance(value, Tensor) else None


class Weight:
    """A weight that each step lowers by rate times the sum of what it is given."""

    def __init__(self) -> None:
        self.value = torch.tensor([100.0])

    def step(self, rate: float, draws: Draws) -> Tensor:
        """Return the weight before the step."""
        before = self.value.clone()
        self.value -= rate * sum(draw.sum() for draw in draws)
        return before


def draws_of(number: int, size: int = 2) -> Draws:
    """Return what one step is given."""
    return torch.full((size,), float(number)), torch.arange(size)


def both(steps: Sequence[tuple[float, Draws]], recorder: StandIn) -> Replayed:
    """Take steps by themselves and with graphs, check that nothing differs, return the latter."""
    plain, fast = Weight(), Weight()
    replayed = Replayed(fast.step, recorder)
    one, other = StepByStep(plain.step).take(steps), replayed.take(steps)
    assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))
    assert torch.equal(plain.value, fast.value)
    assert not recorder.inside
    return replayed


def test_replayed_steps_are_steps() -> None:
    """Ten steps: the same losses and the same weight; the first two are taken as they are."""
    recorder = StandIn()
    both([(0.5, draws_of(number)) for number in range(10)], recorder)
    assert (recorder.recorded, recorder.replays) == (1, 8)


def test_a_batch_of_another_size_is_a_kind_of_its_own() -> None:
    """And so is another rate: neither is replayed as the other."""
    recorder = StandIn()
    kinds = [(0.5, 2), (0.5, 3)] * 4 + [(0.25, 2)] * 2
    both([(rate, draws_of(1, size)) for rate, size in kinds], recorder)
    assert (recorder.recorded, recorder.replays) == (2, 4)


def test_a_rate_that_never_stays_is_never_recorded() -> None:
    """A warm-up: every step has its own."""
    recorder = StandIn()
    both([(0.01 * number, draws_of(1)) for number in range(20)], recorder)
    assert recorder.recorded == 0


def test_the_oldest_graph_makes_room() -> None:
    """A rate that falls epoch by epoch does not fill the device's memory."""
    recorder = StandIn()
    rates = [rate for rate in (0.5, 0.4, 0.3, 0.5) for _ in range(4)]
    replayed = both([(rate, draws_of(1)) for rate in rates], recorder)
    assert recorder.recorded == 4  # that of 0.5 had gone
    assert len(replayed._recorded) == MOST_RECORDED


def test_a_thread_takes_a_step_by_itself_before_it_records() -> None:
    """What libraries set up for a thread cannot be recorded; a stack's thread may change."""
    recorder, weight = StandIn(), Weight()
    replayed = Replayed(weight.step, recorder)
    replayed.take([(0.5, draws_of(1))] * 2)
    counts = []

    def elsewhere() -> None:
        for _ in range(2):
            replayed.take([(0.5, draws_of(1))])
            counts.append(recorder.recorded)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert counts == [0, 1]


def test_where_recording_fails_steps_are_taken_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One warning, which says why, in the whole process; the same weight."""
    monkeypatch.setattr(train_backend.graphs, "_is_off", False)  # put back afterwards
    steps = [(0.5, draws_of(1))] * 6
    with pytest.warns(UserWarning, match=r"graph \(operation not permitted\): steps are taken"):
        both(steps, StandIn(fails=True))
    recorder = StandIn()
    both(steps, recorder)  # a second warning would be an error
    assert recorder.recorded == 0


@pytest.mark.parametrize("cause", [KeyboardInterrupt(), torch.cuda.OutOfMemoryError("2.00 GiB")])
@pytest.mark.parametrize("is_hidden", [False, True])
def test_what_cuts_a_recording_short_is_no_failure_to_record(
    cause: BaseException, is_hidden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the device says of it afterwards does not hide it, and steps are recorded again."""

    class Interrupted(StandIn):
        def record(self, _work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
            try:
                raise cause
            finally:
                if is_hidden:
                    raise RuntimeError("the capture has been invalidated")

    monkeypatch.setattr(train_backend.graphs, "_is_off", False)
    with pytest.raises(type(cause)):
        Replayed(Weight().step, Interrupted()).take([(0.5, draws_of(1))] * 3)
    assert not train_backend.graphs._is_off


def test_the_cpu_takes_every_step_by_itself() -> None:
    """There is nothing to launch."""
    assert isinstance(stepper(Weight().step, torch.device("cpu")), StepByStep)


@pytest.mark.parametrize("architecture", ["LeNet5", "ResNet-20"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("size", [1, 2])
def test_steps_of_networks_can_be_recorded(
    architecture: str, precision: Precision, size: int
) -> None:
    """Crops, masks, momentum, batch norm, alone and stacked: the same weights bit for bit.

    Replaying runs torch's operations again on the same tensors and no Python: what a graph does.
    """
    recorders = [None, OperationRecorder()]
    weights = [steps_of_networks(architecture, precision, size, each) for each in recorders]
    assert recorders[1] is not None
    assert recorders[1].recorded == 2  # whole batches and the last one
    for one, other in zip(*weights, strict=True):
        assert torch.equal(one, other)


def steps_of_networks(
    architecture: str, precision: Precision, size: int, recorder: OperationRecorder | None
) -> list[Tensor]:
    """Return weights and buffers of a stack after some steps."""
    blobs, draws = two_blobs(24, 12), torch.Generator().manual_seed(0)
    recipe = small_recipe(batch_size=10, precision=precision, weight_decay=1e-3)
    models = [
        build_architecture(architecture, channels=1, classes=2, image_size=12, generator=draws)
        for _ in range(size)
    ]
    masks = [
        global_masks(
            {name: weight.detach().abs() for name, weight in prunable_parameters(model).items()},
            kept_count(model, 2.0),
        )
        for model in models
    ]
    alone = [
        TorchStep(model, blobs, recipe, mask) for model, mask in zip(models, masks, strict=True)
    ]
    step: TakeStep = alone[0]
    if size > 1:
        step = StackedStep(
            [
                Trainee(model, blobs, recipe, mask, TorchDescent(model, blobs, recipe, mask))
                for model, mask in zip(models, masks, strict=True)
            ]
        )
    order = torch.arange(24)
    epoch = draw_steps(torch.split(order, 10), [0.05] * 3, draws)
    taken = [(one.rate, one.draws) for one in epoch * 4]
    if size > 1:
        taken = [(rate, tuple(torch.stack([draw] * size) for draw in each)) for rate, each in taken]
    (StepByStep(step) if recorder is None else Replayed(step, recorder)).take(taken)
    return [value.clone() for model in models for value in model.state_dict().values()]


@pytest.mark.parametrize("recorder", [None, StandIn()], ids=["by themselves", "replayed"])
def test_nothing_keeps_what_took_steps(recorder: StandIn | None) -> None:
    """Its data and memory go with it, not when Python next looks for cycles."""
    model = build_architecture(
        "LeNet5", channels=1, classes=2, image_size=12, generator=torch.Generator().manual_seed(0)
    )
    step = TorchStep(model, two_blobs(24, 12), small_recipe(), {})
    descent = StepByStep(step) if recorder is None else Replayed(step, recorder)
    descent.take([(0.1, (torch.arange(10),))] * 4)
    gone = weakref.ref(step)
    gc.disable()
    try:
        del step, descent
        assert gone() is None
    finally:
        gc.enable()
