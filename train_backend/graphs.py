"""Steps of training recorded as CUDA graphs and replayed: a few launches instead of hundreds.

A small network's layers take a GPU less time than telling it about them. A graph is told once.
It runs the kernels that were recorded, in their order, so that counts are those of steps taken one
by one, bit for bit.
"""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

Draws = tuple[Tensor, ...]
"""Tensors that tell a step which images it sees."""

TakeStep = Callable[[float, Draws], Tensor]
"""Takes a step at a learning rate on what tensors say; returns the losses, a new tensor."""

TAKEN_BEFORE = 2
"""Steps of a kind before one is recorded: momentum begins in the first."""

MOST_RECORDED = 2
"""Graphs that are kept: of whole batches and of an epoch's shorter last one. Each holds memory."""

_is_off = False


class Stepper(Protocol):
    """What takes steps one after another: `StepByStep` or `Replayed`."""

    def take(self, steps: Iterable[tuple[float, Draws]]) -> list[Tensor]:
        """Take a step for each learning rate and draws; return the losses of each."""


def stepper(step: TakeStep, device: torch.device) -> Stepper:
    """Return what takes steps: each by itself, or replayed where the device is a GPU of CUDA."""
    if device.type == "cuda":
        return Replayed(step, cuda_recorder(device))
    return StepByStep(step)


class StepByStep:
    """Takes every step by itself."""

    def __init__(self, step: TakeStep) -> None:
        self._step = step

    def take(self, steps: Iterable[tuple[float, Draws]]) -> list[Tensor]:
        """Take a step for each learning rate and draws; return the losses of each."""
        return [self._step(rate, draws) for rate, draws in steps]


class Recorder(Protocol):
    """What records; `CudaRecorder`, or a stand-in for tests where there is no GPU."""

    def apart(self) -> AbstractContextManager[None]:
        """Return where steps are taken and recorded."""

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """Return what does the work again, and the tensor where its result then lies.

        Recording alone does not do it.
        """


class Recorded(NamedTuple):
    """One recorded step: what it reads, what replays it, and where its losses then lie."""

    draws: Draws
    replay: Callable[[], None]
    losses: Tensor


class Replayed:
    """Takes steps, recording each kind the third time it comes.

    A kind is a learning rate, which is a constant of a graph, and the shapes of the tensors. A
    rate that changes with every step is never recorded; of rates that come one after another the
    last are kept. Where a step cannot be recorded a warning says so, and from then on this process
    takes every step by itself; where memory is too small for the recording, that is the error.
    """

    def __init__(self, step: TakeStep, recorder: Recorder) -> None:
        self._step, self._recorder = step, recorder
        self._taken: Counter[object] = Counter()
        self._threads: set[int] = set()
        self._recorded: dict[object, Recorded] = {}

    def take(self, steps: Iterable[tuple[float, Draws]]) -> list[Tensor]:
        """Take a step for each learning rate and draws; return the losses of each."""
        with self._recorder.apart():
            return [self._take_one(rate, draws) for rate, draws in steps]

    def _take_one(self, rate: float, draws: Draws) -> Tensor:
        kind = rate, tuple(draw.shape for draw in draws)
        recorded = self._recorded.get(kind)
        if recorded is None and self._is_ready(kind):
            recorded = self._record(kind, rate, draws)
        if recorded is None:
            self._taken[kind] += 1
            self._threads.add(threading.get_ident())
            return self._step(rate, draws)
        for place, draw in zip(recorded.draws, draws, strict=True):
            place.copy_(draw)
        recorded.replay()
        return recorded.losses.clone()  # the next replay overwrites them

    def _is_ready(self, kind: object) -> bool:
        """Return whether to record: what CUDA's libraries set up for a thread cannot be recorded.

        So a thread takes a step by itself first; any of a stack's may be the one that steps.
        """
        is_begun = self._taken[kind] >= TAKEN_BEFORE
        return is_begun and threading.get_ident() in self._threads and not _is_off

    def _record(self, kind: object, rate: float, draws: Draws) -> Recorded | None:
        """Return a recorded step, or None where it cannot be recorded."""
        global _is_off
        while len(self._recorded) >= MOST_RECORDED:
            oldest = next(iter(self._recorded))
            del self._recorded[oldest], self._taken[oldest]
        places = tuple(draw.clone() for draw in draws)
        try:
            replay, losses = self._recorder.record(partial(self._step, rate, places))
        except RuntimeError as failure:
            # What cuts a recording short makes its end fail too, and stands behind that failure.
            for cause in (failure, failure.__context__):
                if isinstance(cause, (torch.cuda.OutOfMemoryError, KeyboardInterrupt)):
                    raise cause from None
            _is_off = True
            reason = str(failure).partition("\n")[0]
            warnings.warn(
                f"a step of training cannot be recorded as a CUDA graph ({reason}): steps are "
                "taken one by one, with the same counts and more slowly; if memory runs short, "
                "start again",
                stacklevel=1,
            )
            return None
        self._recorded[kind] = Recorded(places, replay, losses)
        return self._recorded[kind]


class CudaRecorder:
    """CUDA graphs of one device.

    On a stream of their own, for what runs on the default stream cannot be recorded; in memory
    that all share, for no two run at once and losses are copied before the next one does.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._memory = torch.cuda.graph_pool_handle()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Work on the stream, after what was asked for before, and before what comes next."""
        others = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(others)
        try:
            with torch.cuda.stream(self._stream):
                yield
        finally:
            others.wait_stream(self._stream)

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """Return what does the work again, and the tensor where its result then lies."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._memory, stream=self._stream):
            result = work()
        return graph.replay, result


@cache
def cuda_recorder(device: torch.device) -> CudaRecorder:
    """Return the recorder of a device: one, for each stream keeps memory of CUDA's libraries."""
    return CudaRecorder(device)
