"""How fast a GPU might be, where there is none to measure: arithmetic and two assumed figures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train_backend.architectures import ARCHITECTURES
from train_backend.datasets import DATASETS
from train_backend.evaluation import BATCH_SIZE
from train_backend.speeds import Speeds
from train_backend.studies import Study

MULTIPLY_ADDS_A_SECOND = 2e12
"""Assumed: float32 on a consumer GPU such as the paper's GeForce 3090, a ninth of its peak."""

SECONDS_A_LAYER = 1e-4
"""Assumed: what Python takes to start one layer's kernels, for each of the three products of a
step (see `work.EVALUATION_COST`). It is what small networks wait for."""

WORDS = (
    f"assumed {MULTIPLY_ADDS_A_SECOND / 1e12:g}e12 multiply-adds a second and "
    f"{SECONDS_A_LAYER * 1e3:g} ms a layer and pass; --device cuda measures"
)


SCORED_A_SECOND = 8.0
"""Assumed: images whose channels one core scores a second. Their eigenvalues are the CPU's."""


def assumed_gpu_speeds(study: Study, batch_size: int) -> Speeds:
    """Return the images a second that a GPU might train and evaluate: an assumption, no figure.

    A pass forward over a batch takes layers x SECONDS_A_LAYER + images x multiply-adds /
    MULTIPLY_ADDS_A_SECOND; a training step takes three such.

    Args:
        study: Says the architecture and the size of an image.
        batch_size: Images of a training step.
    """
    multiply_adds, layers = arithmetic(study)

    def pass_seconds(images: int) -> float:
        return layers * SECONDS_A_LAYER + images * multiply_adds / MULTIPLY_ADDS_A_SECOND

    return Speeds(
        training=batch_size / (3 * pass_seconds(batch_size)),
        evaluation=BATCH_SIZE / pass_seconds(BATCH_SIZE),
        scoring=SCORED_A_SECOND,
    )


def arithmetic(study: Study) -> tuple[int, int]:
    """Return multiply-adds for one image forward, and the layers that make them.

    Convolutions and linear layers alone, as the literature counts.
    """
    facts = DATASETS[study.dataset]
    size = facts.size + 2 * study.padding
    counts: list[int] = []

    def count(layer: nn.Module, _given: object, output: Tensor) -> None:
        weight: Tensor = layer.get_parameter("weight")
        counts.append(output.numel() * weight[0].numel())

    with torch.device("meta"):  # shapes without numbers: nothing is computed
        model = ARCHITECTURES[study.architecture].construct(facts.channels, facts.classes, size)
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.register_forward_hook(count)
        model.eval()
        model(torch.zeros(1, facts.channels, size, size))
    return sum(counts), len(counts)
