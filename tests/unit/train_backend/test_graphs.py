"""Which steps are recorded and replayed; with a stand-in that records on the CPU.

What CUDA does with a graph is tested in tests/gpu.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

from train_backend.graphs import MOST_RECORDED, Replayed, replayed


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


class Weight:
    """A weight that each step lowers by rate times the sum of what it is given."""

    def __init__(self) -> None:
        self.value = torch.tensor([100.0])

    def step(self, rate: float, draws: tuple[Tensor, ...]) -> Tensor:
        """Return the weight before the step."""
        before = self.value.clone()
        self.value -= rate * sum(draw.sum() for draw in draws)
        return before


def draws_of(number: int, size: int = 2) -> tuple[Tensor, ...]:
    """Return what one step is given."""
    return torch.full((size,), float(number)), torch.arange(size)


def test_replayed_steps_are_steps() -> None:
    """Ten steps by hand and ten with a graph: the same losses and the same weight."""
    plain, fast, recorder = Weight(), Weight(), StandIn()
    step = Replayed(fast.step, recorder)
    losses = [(plain.step(0.5, draws_of(n)), step(0.5, draws_of(n))) for n in range(10)]
    assert all(torch.equal(one, other) for one, other in losses)
    assert torch.equal(plain.value, fast.value)
    assert (recorder.recorded, recorder.replays) == (1, 8)  # the first two as they are
    assert not recorder.inside


def test_a_batch_of_another_size_and_another_rate_are_kinds_of_their_own() -> None:
    """Neither is replayed as the other."""
    plain, fast, recorder = Weight(), Weight(), StandIn()
    step = Replayed(fast.step, recorder)
    for rate, size in [(0.5, 2), (0.5, 3)] * 4 + [(0.25, 2)] * 2:
        plain.step(rate, draws_of(1, size))
        step(rate, draws_of(1, size))
    assert torch.equal(plain.value, fast.value)
    assert (recorder.recorded, recorder.replays) == (2, 4)


def test_a_rate_that_never_stays_is_never_recorded() -> None:
    """A warm-up: every step has its own."""
    recorder, weight = StandIn(), Weight()
    step = Replayed(weight.step, recorder)
    for number in range(20):
        step(0.01 * number, draws_of(1))
    assert recorder.recorded == 0


def test_the_oldest_graph_makes_room() -> None:
    """A rate that falls epoch by epoch does not fill the device's memory."""
    plain, fast, recorder = Weight(), Weight(), StandIn()
    step = Replayed(fast.step, recorder)
    rates = [rate for rate in (0.5, 0.4, 0.3, 0.5) for _ in range(4)]
    for rate in rates:
        plain.step(rate, draws_of(1))
        step(rate, draws_of(1))
    assert torch.equal(plain.value, fast.value)
    assert recorder.recorded == 4  # that of 0.5 had gone
    assert len(step._recorded) == MOST_RECORDED


def test_where_recording_fails_steps_are_taken_by_themselves() -> None:
    """One warning, which says why; the same weight."""
    plain, fast = Weight(), Weight()
    step = Replayed(fast.step, StandIn(fails=True))
    for _ in range(2):
        step(0.5, draws_of(1))
    with pytest.warns(UserWarning, match=r"graph \(operation not permitted\): every step"):
        step(0.5, draws_of(1))
    for _ in range(3):
        step(0.5, draws_of(1))  # a second warning would be an error
    for _ in range(6):
        plain.step(0.5, draws_of(1))
    assert torch.equal(plain.value, fast.value)


def test_the_cpu_takes_every_step_by_itself() -> None:
    """There is nothing to launch."""
    step = Weight().step
    assert replayed(step, torch.device("cpu")) == step
