"""Weights of evaluated models, as safetensors: they can be read anywhere and run nothing."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save
from torch import nn

from train_backend.files import write_whole

FOLDER = "weights"


def write_weights(out: Path, model: int, name: str, network: nn.Module) -> None:
    """Write the weights and buffers of one evaluated model, whole or not at all.

    Args:
        out: The study's folder; the file is `weights/MODEL/NAME.safetensors` in it.
        model: Index of the model m.
        name: Which of its versions, e.g. "finetuned-MP-10".
        network: The evaluated model.
    """
    folder = out / FOLDER / str(model)
    folder.mkdir(parents=True, exist_ok=True)
    state = {key: value.detach().cpu().contiguous() for key, value in network.state_dict().items()}
    write_whole(folder / f"{name}.safetensors", save(state))
