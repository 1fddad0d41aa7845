"""The settings of CHIP: how many channels go, what scores them, and how the rest is fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from data_contracts.schema import RATIO_DECIMALS
from train_backend.data import DATASETS
from train_backend.errors import TrainError
from train_backend.methods.channel_pruning import Sparsities, pruned_parameters
from train_backend.models import ARCHITECTURES
from train_backend.settings import Count, Decay, Flag, Ratios, Share
from train_backend.studies.recipes import Phase, Phases, Recipe

TABLE_13 = (
    (0.0, 0.15, 0.15, 0.4, 0.4, 0.4),
    (0.0, 0.4, 0.4, 0.5, 0.6, 0.7),
    (0.0, 0.7, 0.7, 0.75, 0.8, 0.85),
    (0.0, 0.85, 0.85, 0.875, 0.9, 0.925),
)
"""Sparsities of the stem, the outputs of stages 1 and 2, and the inner convolutions of each stage.
For ResNet-56 the paper calls them 1.75, 3.33, 8.27 and 19.11; they reach 1.757, 3.543, 8.266
and 19.110."""


@dataclass(frozen=True)
class Chip:
    """The table [chip] of a study. Defaults are those of the code released for CHIP.

    Attributes:
        sparsities: One list per network, in full, see `channel_pruning.full_sparsities`.
        ratios: What each is called in the recall table; parameters before / after.
        score_batches: Mini-batches of training images behind the independence.
        score_batch_size: Images of each.
        finetuning_phases: The schedule after pruning, and of CHIP's own control arm.
        batch_size: Images a step of it.
        momentum: Of its SGD.
        nesterov: Whether that is Nesterov's.
        weight_decay: On every parameter.
    """

    sparsities: Annotated[tuple[tuple[Share, ...], ...], Field(min_length=1)]
    ratios: Ratios
    score_batches: Count = 5
    score_batch_size: Count = 128
    finetuning_phases: Phases = (Phase(400, 0.01, warmup_epochs=5, curve="cosine"),)
    batch_size: Count = 256
    momentum: Share = 0.9
    nesterov: Flag = False
    weight_decay: Decay = 5e-3

    @property
    def score_images(self) -> int:
        """Return the images behind the independence, if there are so many."""
        return self.score_batches * self.score_batch_size

    @property
    def finetuning_epochs(self) -> int:
        """Return the epochs after pruning."""
        return sum(phase.epochs for phase in self.finetuning_phases)

    def finetuning_recipe(self, recipe: Recipe) -> Recipe:
        """Return the study's recipe with CHIP's optimiser; it chooses the epoch as the study's."""
        return replace(
            recipe,
            batch_size=self.batch_size,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
        )


def blocks_of(architecture: str) -> int:
    """Return the blocks of a stage of a ResNet.

    Raises:
        TrainError: It is none.
    """
    blocks = ARCHITECTURES[architecture].blocks
    if blocks is None:
        known = ", ".join(name for name, each in ARCHITECTURES.items() if each.blocks)
        raise TrainError(
            f"CHIP removes channels between the blocks of a ResNet, and {architecture} has none: "
            f"choose one of {known}"
        )
    return blocks


def reached_ratios(dataset: str, lists: tuple[Sparsities, ...]) -> tuple[float, ...]:
    """Return parameters before / after of each list of sparsities, as the recall table keeps it."""
    facts = DATASETS[dataset]

    def parameters(sparsities: Sparsities) -> int:
        return pruned_parameters(sparsities, facts.channels, facts.classes)

    return tuple(
        round(parameters((0.0,) * len(each)) / parameters(each), RATIO_DECIMALS) for each in lists
    )
