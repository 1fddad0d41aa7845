"""The precision that a network is trained in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal

import torch

from train_backend.errors import TrainError

Precision = Literal["float32", "bfloat16"]


def reduced(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Return where layers compute at a precision: `bfloat16` is torch's automatic mixed precision.

    Weights, their momentum, batch norm's statistics and the loss stay float32; so do, elsewhere,
    evaluation and pruning scores.
    """
    return torch.autocast(
        device.type,
        dtype=torch.bfloat16,
        enabled=precision == "bfloat16",
        cache_enabled=False,  # a cast that is cached would be left out of a recorded step
    )


def check_precision(device: torch.device, precision: Precision) -> None:
    """Check that a device computes at a precision.

    Raises:
        TrainError: It is a GPU without bfloat16.
    """
    if precision == "bfloat16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
        raise TrainError(
            f"this GPU ({torch.cuda.get_device_name(device)}) has no bfloat16: set precision = "
            '"float32" in [recipe]'
        )
