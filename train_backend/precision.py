"""The precision that a network is trained in."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from train_backend.errors import TrainError

Precision = Literal["float32", "bfloat16"]

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
