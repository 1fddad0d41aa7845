"""The CPU's kernels of LeNet5: machine code for its sizes, an optional accelerator behind one door.

Only this file is imported from outside. Without llvmlite there are no kernels, and torch computes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from train_backend.lenet5_cpu.network import Network

_is_off = False


def network_for(model: nn.Module, images: Tensor, batch_size: int = 1) -> Network | None:
    """Return the kernels for this model on such images; None if torch computes it.

    They hold the model's weights only after `adopt` or `copy`. Without llvmlite there are none.

    Args:
        model: Any model.
        images: A batch, or all images: their shape and device count.
        batch_size: Images of the largest batch.
    """
    if _is_off or not isinstance(images, Tensor):  # streamed
        return None
    try:
        from train_backend.lenet5_cpu import network
    except ImportError:  # llvmlite is not there, or not made for this machine
        return None
    return network.network_for(model, images, batch_size)


@contextmanager
def torch_alone() -> Iterator[None]:
    """Let torch compute everything, to compare with."""
    global _is_off
    before, _is_off = _is_off, True
    try:
        yield
    finally:
        _is_off = before
