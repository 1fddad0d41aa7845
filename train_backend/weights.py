"""Weights of evaluated models, as safetensors: they can be read anywhere and run nothing."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save
from torch import nn

from data_contracts.writing import write_whole

FOLDER = "weights"

Weights = bytes
"""The weights and buffers of a network, as the content of a safetensors file."""


def weights_of(network: nn.Module) -> Weights:
    """Return the weights and buffers of a network."""
    state = network.state_dict().items()
    return save({key: value.detach().cpu().contiguous() for key, value in state})


def write_weights(out: Path, model: int, name: str, weights: Weights) -> None:
    """Write the weights of one evaluated model, whole or not at all.

    Args:
        out: The study's folder; the file is `weights/MODEL/NAME.safetensors` in it.
        model: Index of the model m.
        name: Which of its versions, e.g. "finetuned-MP-10".
        weights: Of the evaluated model.
    """
    folder = out / FOLDER / str(model)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.safetensors", weights)
