"""A step of training recorded as one CUDA graph and replayed: one launch instead of hundreds.

A small network's layers take a GPU less time than telling it about them. A graph is told once.
It runs the kernels that were recorded, in their order, so that counts are those of steps taken one
by one, bit for bit.
"""

from __future__ import annotations

import warnings
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

TakeStep = Callable[[float, tuple[Tensor, ...]], Tensor]
"""Takes a step at a learning rate on what tensors say; returns the losses, a new tensor."""

TAKEN_BEFORE = 2
"""Steps of a kind before one is recorded: libraries start and momentum begins in the first."""

MOST_RECORDED = 2
"""Graphs that are kept: of whole batches and of an epoch's shorter last one. Each holds memory."""


class Recorder(Protocol):
    """What records; `CudaRecorder`, or a stand-in for tests where there is no GPU."""

    def apart(self) -> AbstractContextManager[None]:
        """Return where steps are taken and recorded."""

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """Return what does the work again, and the tensor where its result then lies.

        Recording alone does not do it.
        """


def replayed(step: TakeStep, device: torch.device) -> TakeStep:
    """Return what takes a step: as it is, or replayed where the device is a GPU of CUDA."""
    return Replayed(step, CudaRecorder(device)) if device.type == "cuda" else step


class Recorded(NamedTuple):
    """One recorded step: what it reads, what replays it, and where its losses then lie."""

    draws: tuple[Tensor, ...]
    replay: Callable[[], None]
    losses: Tensor


class Replayed:
    """Takes steps, recording each kind the third time it comes.

    A kind is a learning rate, which is a constant of a graph, and the shapes of the tensors. A
    rate that changes with every step is never recorded. Where recording fails, a warning says so
    and every step is taken by itself.
    """

    def __init__(self, step: TakeStep, recorder: Recorder) -> None:
        self._step, self._recorder = step, recorder
        self._is_off = False
        self._taken: Counter[object] = Counter()
        self._recorded: OrderedDict[object, Recorded] = OrderedDict()

    def __call__(self, rate: float, draws: tuple[Tensor, ...]) -> Tensor:
        """Take one step at a learning rate on what tensors say; return the losses."""
        kind = rate, tuple(draw.shape for draw in draws)
        with self._recorder.apart():
            recorded = self._recorded.get(kind) or self._record(kind, rate, draws)
            if recorded is None:
                return self._step(rate, draws)
            for place, draw in zip(recorded.draws, draws, strict=True):
                place.copy_(draw)
            recorded.replay()
            return recorded.losses.clone()  # the next replay overwrites them

    def _record(self, kind: object, rate: float, draws: tuple[Tensor, ...]) -> Recorded | None:
        """Return a recorded step of this kind, unless it is to be taken by itself."""
        self._taken[kind] += 1
        if self._is_off or self._taken[kind] <= TAKEN_BEFORE:
            return None
        if len(self._recorded) == MOST_RECORDED:
            oldest, _ = self._recorded.popitem(last=False)
            self._taken[oldest] = 0
        places = tuple(draw.clone() for draw in draws)
        try:
            replay, losses = self._recorder.record(lambda: self._step(rate, places))
        except RuntimeError as failure:
            self._is_off = True
            reason = str(failure).partition("\n")[0]
            warnings.warn(
                f"a step of training cannot be recorded as a CUDA graph ({reason}): every step is "
                "taken by itself, with the same counts and more slowly",
                stacklevel=2,
            )
            return None
        self._recorded[kind] = Recorded(places, replay, losses)
        return self._recorded[kind]


class CudaRecorder:
    """CUDA graphs, on a stream of their own: what runs on the default stream cannot be recorded."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Work on the stream, after what was asked for before, and before what comes next."""
        others = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(others)
        with torch.cuda.stream(self._stream):
            yield
        others.wait_stream(self._stream)

    def record(self, work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        """Return what does the work again, and the tensor where its result then lies."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            result = work()
        return graph.replay, result
