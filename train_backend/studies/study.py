"""A study: which models are trained, pruned and evaluated, and by which recipe."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import nn

from data_contracts.schema import RATIO_DECIMALS
from train_backend.data import DATASETS
from train_backend.errors import TrainError, nearest
from train_backend.methods import CHIP, LTH, LTH_RANDOM, METHODS
from train_backend.methods.channel_pruning import check_sparsities, kept_widths
from train_backend.methods.lottery_ticket import LotteryTicket, level_kept, lottery_weights
from train_backend.methods.masks import RATIO_TOLERANCE, kept_count
from train_backend.methods.scores import SCORES
from train_backend.models import ARCHITECTURES, build_architecture
from train_backend.plugins import Plugin, blamed, owners
from train_backend.settings import Flag, Ratios
from train_backend.studies.chip import Chip, blocks_of, reached_ratios
from train_backend.studies.recipes import (
    Phase,
    Recipe,
    recipe_for,
    training_steps,
    validation_images,
)
from train_backend.studies.weights import check_weights

RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)  # Section 6.1
LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Study:
    """A resolved study: no setting is left open, and one that exists can be run.

    Attributes:
        name: Goes into every row of the recall table and names the default output folder.
        dataset: A key of `DATASETS`.
        architecture: A key of `ARCHITECTURES`.
        methods: Keys of `METHODS`.
        ratios: Pruning ratios t of the one-shot methods, parameters before / after, above 1;
            empty where there are none.
        models: How many are trained; each is compressed in every way.
        control: Whether the unpruned model gets the same extra training as the pruned ones.
        seed: Every random stream follows from it, the study's name and the model's index.
        padding: Black pixels added on each side of an image.
        keep_weights: Whether the weights of every evaluated model are kept as safetensors.
        predictions: Whether every answer is written, beside the counts.
        recipe_name: The named recipe that `recipe` started from.
        recipe: Its settings, with what the study overrides.
        lth: The settings of LTH, None unless it is among the methods.
        chip: The settings of CHIP, None unless it is among the methods.
        weights: Where given weights of the unpruned models come from, a file's name with
            `{model}` or torchvision's; "" where they are trained.
        plugins: The plug-ins that its names come from; workers load them.
    """

    name: str
    dataset: str
    architecture: str
    methods: Annotated[tuple[str, ...], Field(min_length=1)] = ("MP",)
    ratios: Ratios
    models: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 30  # Section 6.1
    control: Flag = True
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 0  # TOML's integers end there
    padding: Annotated[int, Field(strict=True, ge=0, le=256)]  # beyond, an image is all border
    keep_weights: Flag = False
    predictions: Flag = True
    recipe_name: str = "as described"
    recipe: Recipe
    lth: LotteryTicket | None = None
    chip: Chip | None = None
    weights: str = ""
    plugins: tuple[Plugin, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.name)
        check_known("dataset", self.dataset, DATASETS)
        check_known("architecture", self.architecture, ARCHITECTURES)
        for method in self.methods:
            check_known("method", method, METHODS)
        _check_once("method", self.methods)
        _check_tables(self)
        validation_images(self.dataset, self.recipe)  # raises where a class has none
        if self.padding and DATASETS[self.dataset].read is not None:
            raise TrainError("padding is for built-in images: pad those of a plug-in there")
        _check_own_architecture(self)
        check_weights(self.weights, self.models)
        if self.weights and self.lth is not None:
            raise TrainError("LTH rewinds to an early step of training, which given weights lack")
        if self.one_shot_methods:
            _check_once("ratio", _named(self.ratios))
            _check_ratios(self)
        if self.lth is not None:
            _check_lottery_ticket(self, self.lth)
        if self.chip is not None:
            _check_chip(self, self.chip)
            _check_once("ratio of [chip]", _named(self.chip.ratios))

    @property
    def one_shot_methods(self) -> tuple[str, ...]:
        """Return the methods that compress the trained model once, at every ratio."""
        return tuple(each for each in self.methods if each not in (LTH, LTH_RANDOM, CHIP))


def build_network(study: Study, generator: torch.Generator) -> nn.Module:
    """Return the study's architecture for its images, on the CPU, its weights drawn anew."""
    facts = DATASETS[study.dataset]
    return build_architecture(
        study.architecture,
        channels=facts.channels,
        classes=facts.classes,
        image_size=facts.size + 2 * study.padding,
        generator=generator,
    )


def default_padding(architecture: str, dataset: str) -> int:
    """Return the padding that brings 28x28 images to the 32x32 of the ResNets, else 0."""
    facts = DATASETS[dataset]
    is_residual = ARCHITECTURES[architecture].blocks is not None
    return (32 - facts.size) // 2 if is_residual and facts.read is None else 0


def resolved_settings(study: Study) -> dict[str, dict[str, Any]]:
    """Return the tables of the study's file, with nothing left open.

    They are [study] and [recipe], [lth] and [chip] where those methods are run, and [plugins] with
    the hashes of their files. What a study does not use, what a phase or the named recipe leaves
    at its default, and predictions that are written are left out: the tables, and with them the
    names of the parts, of a study stay as they were before there was such a setting.
    """
    table = json.loads(json.dumps(asdict(study)))  # TOML has lists, no tuples
    recipe, lth, chip, _ = (table.pop(key) for key in ("recipe", "lth", "chip", "plugins"))
    table = {"recipe" if key == "recipe_name" else key: value for key, value in table.items()}
    for key, is_used in (
        ("predictions", not study.predictions),
        ("weights", study.weights),
        ("ratios", study.one_shot_methods),
    ):
        if not is_used:
            del table[key]
    named = recipe_for(study.recipe_name, study.architecture, study.dataset)
    if recipe["gradient_batches"] is None:
        recipe["gradient_batches"] = "all"
    for field in fields(Recipe):
        if recipe[field.name] == field.default == getattr(named, field.name):
            del recipe[field.name]
    tables = {"study": table, "recipe": recipe, "lth": lth, "chip": chip}
    for settings in (recipe, chip or {}):
        for key in settings.keys() & {"training_phases", "finetuning_phases"}:
            settings[key] = [_phase(each) for each in settings[key]]
    tables["plugins"] = {plugin.name: plugin.sha256 for plugin in study.plugins}
    return {name: settings for name, settings in tables.items() if settings}


def _phase(settings: dict[str, Any]) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(Phase)}
    return {key: value for key, value in settings.items() if value != defaults[key]}


def check_known(what: str, name: str, known: dict[str, Any]) -> None:
    """Raise TrainError with the nearest known name, and all of them, if `name` is unknown."""
    if name not in known:
        hint = nearest(name, known)
        if what == "architecture" and re.fullmatch(r"ResNet-[0-9]+", name):
            hint = f" (a ResNet here has 6n + 2 layers, n to a stage){hint}"
        every = "" if hint.startswith(": known") else f" (known are {', '.join(known)})"
        own = "; one of your own comes with --plugin FILE.py"
        raise TrainError(f"unknown {what} {name!r}{hint}{every}{own}")


def _check_name(name: str) -> None:
    # It becomes a folder, and a cell of tables in many formats.
    if not re.fullmatch(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}", name):
        raise TrainError(
            f"the study's name {name!r} cannot name a folder: use letters, digits, '.', '_' and "
            f"'-', {LONGEST_NAME} at most, a letter or digit first (`name` below [study]; "
            "where there is none, it is the study file's)"
        )


def _named(ratios: tuple[float, ...]) -> list[str]:
    """Return ratios in words: equal are those that the recall table cannot tell apart."""
    return [f"{round(ratio, RATIO_DECIMALS):.15g}" for ratio in ratios]


def _check_once(what: str, values: Any) -> None:
    often, times = Counter(values).most_common(1)[0] if values else (None, 1)
    if times > 1:
        raise TrainError(f"{what} {often} stands there twice: name each {what} once")


def _check_tables(study: Study) -> None:
    """Raise TrainError unless methods, ratios and the methods' own tables belong together."""
    if LTH_RANDOM in study.methods and LTH not in study.methods:
        raise TrainError(
            f"method {LTH_RANDOM} draws masks of the sizes that LTH finds: name LTH too"
        )
    for method, table, settings in ((LTH, "lth", study.lth), (CHIP, "chip", study.chip)):
        if settings is not None and method not in study.methods:
            raise TrainError(
                f"[{table}] holds settings of {method}, which is not among the methods: add it "
                "to methods, or leave the table out"
            )
    if study.ratios and not study.one_shot_methods:
        raise TrainError(
            f"ratios are of one-shot methods, and {' and '.join(study.methods)} set their own: "
            "leave ratios out"
        )


def _check_own_architecture(study: Study) -> None:
    """Raise TrainError unless a plug-in's network takes the study's samples and gives logits."""
    plugins = owners([("architecture", study.architecture)])
    if not plugins:
        return
    model = build_network(study, torch.Generator()).eval()
    facts = DATASETS[study.dataset]
    with blamed(*plugins, what=f"architecture {study.architecture!r}"), torch.no_grad():
        logits = model(torch.zeros(2, *facts.shape(study.padding)))
        found = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        if found != (2, facts.classes):
            raise TrainError(f"of 2 samples it gives {found}, not logits {(2, facts.classes)}")


def _check_ratios(study: Study) -> None:
    """Raise TrainError unless every ratio leaves the architecture what cannot be pruned."""
    model = build_network(study, torch.Generator())
    for ratio in study.ratios:
        _check_ratio(ratio)
        if any(method in SCORES for method in study.methods):
            kept_count(model, ratio, study.recipe.ratio_scope)


def _check_lottery_ticket(study: Study, settings: LotteryTicket) -> None:
    """Raise TrainError unless every level keeps a weight and the rewind step lies in training."""
    weights = sum(
        weight.numel()
        for weight in lottery_weights(build_network(study, torch.Generator())).values()
    )
    level_kept(weights, settings.levels)
    steps = training_steps(study.dataset, study.recipe)
    if settings.rewind_step >= steps:
        raise TrainError(
            f"rewind_step {settings.rewind_step:,} lies behind training, which has {steps:,} "
            "steps: a level would have none; choose an earlier step, 0 is initialisation"
        )


def _check_chip(study: Study, settings: Chip) -> None:
    """Raise TrainError unless every list of sparsities makes a network, and its ratio names it."""
    if len(settings.ratios) != len(settings.sparsities):
        raise TrainError(
            f"[chip] has {len(settings.ratios)} ratios for {len(settings.sparsities)} lists of "
            "sparsities: one each, or leave ratios out for those that are reached"
        )
    blocks, widths = blocks_of(study.architecture), []
    for sparsities in settings.sparsities:
        check_sparsities(sparsities, blocks, study.architecture)
        widths.append(kept_widths(sparsities))
        if widths[-1] == kept_widths((0.0,) * len(sparsities)):
            raise TrainError(
                f"list {len(widths)} of sparsities removes nothing: leave it out, control = true "
                "gives the whole network the same extra training"
            )
        first = widths.index(widths[-1]) + 1
        if first < len(widths):
            raise TrainError(
                f"lists {first} and {len(widths)} of sparsities leave the same network: leave "
                "one out"
            )
    reached = reached_ratios(study.dataset, settings.sparsities)
    for ratio, real in zip(settings.ratios, reached, strict=True):
        _check_ratio(ratio)
        if abs(ratio / real - 1) > RATIO_TOLERANCE:
            raise TrainError(
                f"ratio {ratio:.10g} of [chip] is no name for a network that reaches {real:.10g}: "
                f"write one within {RATIO_TOLERANCE:.0%} of it, or leave ratios out"
            )
    settings.finetuning_recipe(study.recipe)  # raises where its settings contradict


def _check_ratio(ratio: float) -> None:
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
