"""A plug-in as a user writes it: a network, a streamed data set and two methods."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from train_backend.data import Batches
from train_backend.plugins import architecture, dataset, kept_count, method, prunable_parameters


@architecture("small-cnn")
class SmallCnn(nn.Module):
    """One convolution, dropout, a norm that torch draws, maps flattened by `view`."""

    def __init__(self, channels: int, classes: int, image_size: int) -> None:
        super().__init__()
        self.body = nn.Conv2d(channels, 4, kernel_size=3, stride=3)
        side = (image_size - 3) // 3 + 1
        self.norm = nn.LayerNorm([4, side, side])
        self.drop = nn.Dropout(0.2)
        self.hidden = nn.Linear(4 * side * side, 16)
        self.head = nn.Linear(16, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits."""
        maps = self.drop(torch.relu(self.norm(self.body(images))))
        logits: Tensor = self.head(torch.relu(self.hidden(maps.view(len(images), -1))))
        return logits


@dataset("streamed-blobs")
def streamed_blobs() -> tuple[DataLoader[Any], DataLoader[Any], tuple[str, ...]]:
    """Noisy images, dark or bright, which a worker reads while they are needed."""
    draws = torch.Generator().manual_seed(0)
    parts = []
    for count in 120, 60:
        labels = torch.arange(count) % 2
        images = torch.randn(count, 1, 12, 12, generator=draws) + labels[:, None, None, None]
        parts.append(DataLoader(TensorDataset(images, labels), num_workers=1))
    return parts[0], parts[1], ("dark", "bright")


@method("layerwise")
def layerwise(
    model: nn.Module, batches: Batches, ratio: float, generator: torch.Generator
) -> dict[str, Tensor]:
    """Keep the same share of each layer, a weight's magnitude times noise from the batches."""
    weights = prunable_parameters(model)
    share = kept_count(model, ratio) / sum(each.numel() for each in weights.values())
    inputs, _ = next(iter(batches))
    masks = {}
    for name, weight in weights.items():
        noise = torch.rand(weight.shape, generator=generator) + torch.rand(()) + inputs.mean()
        scores = (weight.detach().abs() * noise).flatten()
        lowest = scores.sort(descending=True).values[round(share * len(scores)) - 1]
        masks[name] = (scores >= lowest).view_as(weight)
    return masks


@method("rounding", finetune=False)
def rounding(
    model: nn.Module, _batches: Batches, ratio: float, _generator: torch.Generator
) -> nn.Module:
    """Round the weights to 32 / ratio bits."""
    levels = 2 ** (round(32 / ratio) - 1) - 1
    with torch.no_grad():
        for weight in prunable_parameters(model).values():
            step = weight.abs().max() / levels
            weight.copy_((weight / step).round() * step)
    return model
