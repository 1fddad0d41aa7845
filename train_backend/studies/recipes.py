"""Recipes: every setting of training, pruning and fine-tuning, and their phases."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from train_backend.data import DATASETS
from train_backend.data.splits import held_out_count
from train_backend.errors import TrainError
from train_backend.methods.masks import RatioScope
from train_backend.models import ARCHITECTURES
from train_backend.settings import Count, Decay, Flag, Index, Rate, Share


@dataclass(frozen=True)
class Phase:
    """Some epochs at one learning rate or along a curve; momentum starts fresh, as released.

    Attributes:
        epochs: How many.
        learning_rate: The rate, or the highest of the curve.
        warmup_epochs: Epochs in which the rate rises in a straight line, step by step.
        curve: `constant`, or `cosine`: after the warm-up the rate falls along half a cosine,
            epoch by epoch, to nearly 0.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    epochs: Count
    learning_rate: Rate
    warmup_epochs: Index = 0
    curve: Literal["constant", "cosine"] = "constant"

    def __post_init__(self) -> None:
        if self.warmup_epochs >= self.epochs:
            raise TrainError(
                f"a phase of {self.epochs} epochs cannot have {self.warmup_epochs} warm-up "
                "epochs: fewer than its epochs, so that some are left"
            )

    def rate(self, epoch: int, step: int, steps: int) -> float:
        """Return the learning rate of one step.

        With rate r, E epochs, w of them warm-up, in epoch e:

            r (1 + cos(pi (e - w) / (E - w))) / 2  times  min(1, (1 + step + e steps) / (w steps))

        The first factor is r where the curve is constant, the second 1 without warm-up. The
        formula of the code released for CHIP; the cosine runs through the warm-up too.

        Epoch (of the phase) and step (of the epoch) are counted from 0.
        """
        rate = self.learning_rate
        if self.curve == "cosine":
            turned = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
            rate *= (1 + math.cos(math.pi * turned)) / 2
        if epoch < self.warmup_epochs:
            rate *= (1 + step + epoch * steps) / (self.warmup_epochs * steps)
        return rate


RECIPE_VERSION = 1
"""Raise it when the meaning of a setting changes: parts of older versions are then done again."""

RESNET_WEIGHT_DECAY = 5e-4  # Section 6.1

Precision = Literal["float32", "bfloat16"]
Phases = Annotated[tuple[Phase, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, pruned and fine-tuned. A study's [recipe] overrides any field.

    Attributes:
        batch_size: Images a step; the last batch of an epoch may be smaller.
        momentum: Of SGD.
        nesterov: Whether the momentum is Nesterov's.
        weight_decay: epsilon of the loss (Section 3), on every parameter.
        training_phases: The schedule before pruning.
        finetuning_phases: The schedule after pruning, and of the control arm.
        selection: What chooses the epoch: the lowest loss on `validation` or on `test`
            images, or the `last` epoch.
        selection_scope: Whether `all` epochs compete or the `last-phase` alone.
        gradient_batches: Mini-batches behind the gradient scores; None for all training images
            ("all" in a study file).
        ratio_scope: What a pruning ratio counts, see `masks.kept_count`.
        augment: Whether training images are cropped and flipped at random.
        validation_fraction: Share of each class of the training images held out.
        precision: What layers compute in while training: `float32`, or `bfloat16` by torch's
            automatic mixed precision, for GPUs that are faster so; see `devices.reduced`.
        score_decay: epsilon of UP's formula; None for `weight_decay`.
        gradient_mode: Whether batch norm uses, behind the gradient scores, its running
            statistics (`evaluation`) or those of each mini-batch (`training`).
    """

    batch_size: Count
    momentum: Share
    nesterov: Flag
    weight_decay: Decay
    training_phases: Phases
    finetuning_phases: Phases
    selection: Literal["validation", "test", "last"]
    selection_scope: Literal["all", "last-phase"]
    gradient_batches: Annotated[Count | None, BeforeValidator(lambda v: None if v == "all" else v)]
    ratio_scope: RatioScope
    augment: Flag
    validation_fraction: Share
    precision: Precision = "float32"
    score_decay: Decay | None = None
    gradient_mode: Literal["evaluation", "training"] = "evaluation"

    def __post_init__(self) -> None:
        if self.selection == "validation" and self.validation_fraction == 0:
            raise TrainError(
                "recipe: selection 'validation' needs validation images, but validation_fraction "
                "is 0: hold some out, or set selection to 'last'"
            )
        if self.nesterov and self.momentum == 0:
            raise TrainError(
                "recipe: nesterov needs a momentum above 0: set nesterov = false, or a momentum"
            )

    @property
    def epsilon(self) -> float:
        """Return the weight decay of the scores."""
        return self.weight_decay if self.score_decay is None else self.score_decay

    @property
    def training_epochs(self) -> int:
        """Return the epochs before pruning."""
        return sum(phase.epochs for phase in self.training_phases)

    @property
    def finetuning_epochs(self) -> int:
        """Return the epochs after pruning."""
        return sum(phase.epochs for phase in self.finetuning_phases)


@dataclass(frozen=True)
class NamedRecipe:
    """A recipe as a study names it: what it is, in one line, and where its settings come from."""

    line: str
    source: str
    by_architecture: Mapping[str, Recipe]


def recipe_for(name: str, architecture: str, dataset: str) -> Recipe:
    """Return the settings that a named recipe has for an architecture and a data set.

    Each architecture says whose settings it has: all ResNets share theirs. The CIFARs alone are
    cropped and flipped, as released.

    Raises:
        TrainError: No such recipe, or none for this architecture.
    """
    if name not in RECIPES:
        known = ", ".join(f"{each!r}" for each in RECIPES)
        raise TrainError(f"there is no recipe {name!r}: choose one of {known}")
    kind = ARCHITECTURES[architecture].recipes
    if kind not in RECIPES[name].by_architecture:
        known = ", ".join(RECIPES[name].by_architecture)
        raise TrainError(f"the recipe {name!r} says nothing of {architecture}: it is for {known}")
    return replace(RECIPES[name].by_architecture[kind], augment=DATASETS[dataset].augmented)


def validation_images(dataset: str, recipe: Recipe) -> int:
    """Return how many images `splits.stratified_split` holds out.

    Raises:
        TrainError: A class would have no image on one side.
    """
    classes = enumerate(DATASETS[dataset].train_images_of_classes)
    return sum(held_out_count(many, recipe.validation_fraction, label) for label, many in classes)


def training_images(dataset: str, recipe: Recipe) -> int:
    """Return how many images are learnt."""
    return DATASETS[dataset].train_images - validation_images(dataset, recipe)


def training_steps(dataset: str, recipe: Recipe) -> int:
    """Return the steps of the whole schedule before pruning."""
    steps = steps_per_epoch(training_images(dataset, recipe), recipe.batch_size)
    return recipe.training_epochs * steps


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Return the number of steps that see every image once; the last may see fewer."""
    return math.ceil(images / batch_size)


LENET5_AS_DESCRIBED = Recipe(
    batch_size=128,  # this, rates and epochs: Section 6.1
    momentum=0.9,  # the released code; the paper says "SGD"
    nesterov=True,
    weight_decay=0.0,  # so that the printed formula of UP is GP here
    training_phases=(Phase(30, 0.01),),
    finetuning_phases=(Phase(15, 0.01),),
    # Differs from the paper: its code validates on the test set; here a tenth of the training
    # images is held out.
    selection="validation",
    # Differs from the paper: its code forgets the best loss at each phase.
    selection_scope="all",
    # Differs from the paper: its code scores with the gradient of one mini-batch, in training mode.
    gradient_batches=None,
    # Differs from the paper: its code prunes less than asked, see masks.kept_count.
    ratio_scope="parameters",
    augment=False,
    validation_fraction=0.1,
)

RESNET_AS_DESCRIBED = replace(
    LENET5_AS_DESCRIBED,
    weight_decay=RESNET_WEIGHT_DECAY,  # Differs from the paper: its script resets it to 0.
    # 60 epochs (Section 6.1); the rates are the released code's.
    training_phases=(
        Phase(10, 0.01),
        Phase(20, 0.1),
        Phase(10, 0.01),
        Phase(10, 0.001),
        Phase(10, 0.0001),
    ),
    finetuning_phases=(Phase(10, 0.1), Phase(5, 0.01), Phase(5, 0.001), Phase(5, 0.0001)),
)


def _as_released(described: Recipe) -> Recipe:
    return replace(
        described,
        weight_decay=0.0,
        score_decay=RESNET_WEIGHT_DECAY,  # whatever it trains with
        gradient_mode="training",
        selection="test",
        selection_scope="last-phase",
        gradient_batches=1,
        ratio_scope="shrinkbench",
        validation_fraction=0.0,
    )


LOTTERY_TICKET = replace(
    RESNET_AS_DESCRIBED,
    # 85 epochs of 352 steps on 45,000 images: 29,920 of Table 12's 30,000. The rates are ours, for
    # the paper gives none: those of Frankle and Carbin 2019 (Section 4), which fall at steps
    # 20,000 and 25,000.
    training_phases=(Phase(57, 0.1), Phase(14, 0.01), Phase(14, 0.001)),
)

DIGITS = replace(
    LENET5_AS_DESCRIBED,
    batch_size=64,  # 808 training images: 13 steps an epoch
    weight_decay=5e-3,  # so that UP differs from GP
    training_phases=(Phase(20, 0.05),),
    finetuning_phases=(Phase(4, 0.05),),
)

RECIPES: dict[str, NamedRecipe] = {
    "as described": NamedRecipe(
        line="the protocol as the paper describes it, selection on held-out training images",
        source="Section 6.1; what it leaves open: the released code",
        by_architecture={"LeNet5": LENET5_AS_DESCRIBED, "ResNet": RESNET_AS_DESCRIBED},
    ),
    "as released": NamedRecipe(
        line="the settings of the code released with the paper, selection on the test set",
        source="the released code",
        by_architecture={
            "LeNet5": _as_released(LENET5_AS_DESCRIBED),
            "ResNet": _as_released(RESNET_AS_DESCRIBED),
        },
    ),
    "digits": NamedRecipe(
        line="short, for the 808 training images of the digits; not the paper's",
        source="this project",
        by_architecture={"LeNet5": DIGITS},
    ),
    "lottery ticket": NamedRecipe(
        line="as described, but 85 epochs (CIFAR: 29,920 steps); each level of LTH is trained so",
        source="Table 12; the rates are this project's",
        by_architecture={"ResNet": LOTTERY_TICKET},
    ),
}
