"""Devices: which one a study runs on, and what makes its counts repeatable there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn

from train_backend.errors import TrainError
from train_backend.models import ARCHITECTURES
from train_backend.studies.recipes import Precision

DEVICES = ("auto", "cpu", "cuda", "mps")

CPU_THREADS = 1
"""Threads of torch per process: LeNet5's layers are too small to share, and sums over another
number of threads round differently."""


def choose_device(name: str) -> torch.device:
    """Return the device of that name; "auto" is cuda where there is one, else cpu.

    "mps" is accepted and untested.

    Raises:
        TrainError: No such device, or this machine has none.
    """
    if name not in DEVICES:
        raise TrainError(f"there is no device {name!r}: choose one of {', '.join(DEVICES)}")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainError(
            "torch finds no CUDA device on this machine: use --device cpu, or install a torch "
            "that is built for your GPU's driver"
        )
    if name == "mps" and not torch.backends.mps.is_available():
        raise TrainError("torch finds no Apple GPU on this machine: use --device cpu")
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """Return what the provenance says of the device."""
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return f"cpu, {CPU_THREADS} thread" if device.type == "cpu" else device.type


def memory_format(device: torch.device, architecture: str) -> torch.memory_format:
    """Return how images and weights lie in memory: channels last on the CPU, for its speed.

    Not of a plug-in's network, which may flatten its maps by `view`.

    It trained 10-12 thousand LeNet5 images a second and thread where channels first did 8-10.
    """
    is_last = device.type == "cpu" and not ARCHITECTURES[architecture].is_own
    return torch.channels_last if is_last else torch.contiguous_format


def on_device(model: nn.Module, device: torch.device, architecture: str) -> nn.Module:
    """Return a model on a device, its weights as `memory_format` says."""
    layout = memory_format(device, architecture)
    if layout == torch.contiguous_format:
        return model.to(device)
    return model.to(device, memory_format=layout)  # type: ignore[call-overload, no-any-return]


@contextmanager
def enough_memory() -> Iterator[None]:
    """Say in a line that a GPU's memory is too small.

    Raises:
        TrainError: It is.
    """
    try:
        yield
    except torch.cuda.OutOfMemoryError as full:
        raise TrainError(
            "the GPU's memory is full: choose smaller batches or fewer processes, or see whether "
            "something else has filled it (nvidia-smi)"
        ) from full


@contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """Run torch so that the same draws give the same counts; put its settings back afterwards."""
    # cuBLAS reads it when CUDA starts; without it deterministic algorithms refuse to run.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    backend: Any = torch.backends.cudnn
    memory: Any = torch.utils.deterministic  # a module whose settings torch does not type
    # The last: every new tensor would be filled with NaN before it is written, up to a tenth of
    # a step.
    flags = (backend, "benchmark"), (backend, "allow_tf32"), (memory, "fill_uninitialized_memory")
    before = [getattr(*flag) for flag in flags]
    threads = torch.get_num_threads()
    deterministic = torch.get_deterministic_debug_mode()
    precision = torch.get_float32_matmul_precision()
    if device.type == "cpu":
        torch.set_num_threads(CPU_THREADS)
    # Not use_deterministic_algorithms: it loads the compiler, a second and 150 MB of every process.
    torch.set_deterministic_debug_mode("error")
    torch.set_float32_matmul_precision("highest")
    for flag in flags:
        setattr(*flag, False)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(deterministic)
        torch.set_float32_matmul_precision(precision)
        for flag, value in zip(flags, before, strict=True):
            setattr(*flag, value)


AMPERE = 8
"""CUDA's compute capability from which on bfloat16 has circuits of its own."""


def reduced(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Return where layers compute at a precision: `bfloat16` is torch's automatic mixed precision.

    Weights, their momentum, batch norm's statistics and the loss stay float32; so do, elsewhere,
    evaluation and pruning scores.
    """
    if precision == "float32":
        return nullcontext()
    # Weights are cast once a step in any case: a cache would only keep the casts.
    return torch.autocast(device.type, dtype=torch.bfloat16, cache_enabled=False)


def check_precision(device: torch.device, precision: Precision) -> None:
    """Check that a device computes at a precision, and does not only pretend to.

    Raises:
        TrainError: It is a GPU without bfloat16: of NVIDIA's, those before Ampere.
    """
    if precision == "float32" or device.type != "cuda" or torch.version.hip:
        return
    if torch.cuda.get_device_properties(device).major < AMPERE:
        raise TrainError(
            f"this GPU ({torch.cuda.get_device_name(device)}) has no bfloat16: set precision = "
            '"float32" in [recipe]'
        )
