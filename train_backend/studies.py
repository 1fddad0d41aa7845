"""A study: which models are trained, pruned and evaluated, and by which recipe."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import torch

from data_contracts.schema import RATIO_DECIMALS
from train_backend.architectures import ARCHITECTURES, build_architecture
from train_backend.datasets import DATASETS
from train_backend.errors import TrainError
from train_backend.masks import kept_count
from train_backend.recipes import Recipe
from train_backend.scores import SCORES
from train_backend.settings import nearest

RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)  # Section 6.1
MODELS = 30  # Section 6.1

Stacks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Study:
    """A resolved study: no setting is left open, and one that exists can be run.

    Attributes:
        name: Goes into every row of the recall table and names the default output folder.
        dataset: A key of `DATASETS`.
        architecture: A key of `ARCHITECTURES`.
        methods: Keys of `SCORES`.
        ratios: Pruning ratios t, parameters before / after, above 1.
        stacks: The models that make up each unit of work, by index; every index once.
        control: Whether the unpruned model gets the same extra training as the pruned ones.
        seed: Every random stream follows from it, the study's name and the model's index.
        padding: Black pixels added on each side of an image.
        keep_weights: Whether the weights of every evaluated model are kept as safetensors.
        recipe_name: The named recipe that `recipe` started from.
        recipe: Its settings, with what the study overrides.
    """

    name: str
    dataset: str
    architecture: str
    methods: tuple[str, ...]
    ratios: tuple[float, ...]
    stacks: Stacks
    control: bool
    seed: int
    padding: int
    keep_weights: bool
    recipe_name: str
    recipe: Recipe

    def __post_init__(self) -> None:
        _check_name(self.name)
        check_known("dataset", self.dataset, DATASETS)
        check_known("architecture", self.architecture, ARCHITECTURES)
        for method in self.methods:
            check_known("method", method, SCORES)
        _check_once("method", self.methods)
        _check_once("ratio", [f"{ratio:g}" for ratio in self.ratios])
        _check_stacks(self.stacks)
        _check_ratios(self)

    @property
    def models(self) -> int:
        """Return the number of models."""
        return sum(len(stack) for stack in self.stacks)


def one_by_one(models: int) -> Stacks:
    """Return a stack per model: no model trains beside another."""
    return tuple((model,) for model in range(models))


def default_padding(architecture: str, dataset: str) -> int:
    """Return the padding that brings 28x28 images to the 32x32 of the ResNets, else 0."""
    is_residual = architecture.startswith("ResNet")
    return (32 - DATASETS[dataset].size) // 2 if is_residual else 0


def resolved_settings(study: Study) -> dict[str, dict[str, Any]]:
    """Return the two tables of the study's file, [study] and [recipe], with nothing left open."""
    table = {
        "name": study.name,
        "dataset": study.dataset,
        "architecture": study.architecture,
        "methods": list(study.methods),
        "ratios": list(study.ratios),
        "models": study.models,
        "stacks": [list(stack) for stack in study.stacks],
        "control": study.control,
        "seed": study.seed,
        "padding": study.padding,
        "keep_weights": study.keep_weights,
        "recipe": study.recipe_name,
    }
    recipe = asdict(study.recipe)
    for phases in ("training_phases", "finetuning_phases"):
        recipe[phases] = list(recipe[phases])
    if recipe["gradient_batches"] is None:
        recipe["gradient_batches"] = "all"
    return {"study": table, "recipe": recipe}


def check_known(what: str, name: str, known: dict[str, Any]) -> None:
    """Raise TrainError with the nearest known name, and all of them, if `name` is unknown."""
    if name not in known:
        hint = nearest(name, known)
        every = "" if hint.startswith(": known") else f" (known are {', '.join(known)})"
        raise TrainError(f"unknown {what} {name!r}{hint}{every}")


def _check_name(name: str) -> None:
    # It becomes a folder, and a cell of tables in many formats.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise TrainError(
            f"the study's name {name!r} cannot name a folder: use letters, digits, '.', '_' and "
            "'-', a letter or digit first"
        )


def _check_once(what: str, values: Any) -> None:
    repeated = [value for value in dict.fromkeys(values) if list(values).count(value) > 1]
    if repeated:
        raise TrainError(f"{what} {repeated[0]} stands there twice: name each {what} once")


def _check_stacks(stacks: Stacks) -> None:
    members = [model for stack in stacks for model in stack]
    if not all(stacks) or sorted(members) != list(range(len(members))):
        raise TrainError(
            "stacks must hold every model from 0 on exactly once, and no stack may be empty: "
            "leave the key out for one model per stack"
        )


def _check_ratios(study: Study) -> None:
    """Raise TrainError unless every ratio leaves the architecture what cannot be pruned."""
    facts = DATASETS[study.dataset]
    model = build_architecture(
        study.architecture,
        channels=facts.channels,
        classes=facts.classes,
        image_size=facts.size + 2 * study.padding,
        generator=torch.Generator(),
    )
    for ratio in study.ratios:
        if ratio == 1:
            raise TrainError(
                "ratio 1 prunes nothing: leave it out, the unpruned model is always evaluated "
                "and control = true gives it the same extra training"
            )
        if ratio != round(ratio, RATIO_DECIMALS):
            raise TrainError(
                f"ratio {ratio!r} has more than {RATIO_DECIMALS} decimals, which the recall "
                f"table does not keep: write {round(ratio, RATIO_DECIMALS)!r}"
            )
        kept_count(model, ratio, study.recipe.ratio_scope)
