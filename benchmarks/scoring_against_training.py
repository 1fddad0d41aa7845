"""What it costs to score channels for CHIP, in images trained: `SCORING_COST` of `workload`.

Processor time of one thread, both in turn, on noise of 3 x 32 x 32.

    python benchmarks/scoring_against_training.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

from train_backend.methods.channel_independence import network_independence
from train_backend.methods.channel_pruning import full_sparsities, maps_needed
from train_backend.models import ARCHITECTURES, build_architecture
from train_backend.models.resnet import ResNet
from train_backend.studies.chip import TABLE_13, blocks_of

TRAINED, SCORED, ROUNDS = 128, 8, 3


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of some work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def images_trained(architecture: str) -> float:
    """Return the cost of an image that scores, in images trained, the median of some rounds."""
    draws = torch.Generator().manual_seed(0)
    model = build_architecture(
        architecture, channels=3, classes=10, image_size=32, generator=draws
    ).to(memory_format=torch.channels_last)
    if not isinstance(model, ResNet):
        raise TypeError(f"{architecture} is no ResNet")
    images = torch.randn(TRAINED, 3, 32, 32, generator=draws)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.zeros(TRAINED, dtype=torch.int64)
    maps = maps_needed([full_sparsities(TABLE_13[0], blocks_of(architecture), architecture)])

    def train() -> None:
        model.train()
        F.cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]

    ratios = []
    for _ in range(ROUNDS + 1):
        scoring = cpu_seconds(lambda: network_independence(model, images[:SCORED], maps)) / SCORED
        ratios.append(scoring / (cpu_seconds(train) / TRAINED))
    return sorted(ratios[1:])[ROUNDS // 2]  # the first round warms up


def main() -> None:
    """Print a line per architecture."""
    torch.set_num_threads(1)
    for name in ARCHITECTURES:
        if name in ("ResNet-20", "ResNet-56"):
            print(f"{name}: an image scored costs {images_trained(name):.1f} images trained")


if __name__ == "__main__":
    main()
