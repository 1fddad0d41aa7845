"""What `rdtrain plan`, `stacks`, `list` and `data` print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from rd_cli.progress import in_words
from rd_cli.terminal import print_table
from rd_cli.train.options import WHOLE, Share
from train_backend.architectures import ARCHITECTURES
from train_backend.assumed_gpu import WORDS
from train_backend.chip import reached_ratios
from train_backend.datasets import DATASETS, Unpacked, check_present
from train_backend.devices import describe_device
from train_backend.errors import TrainError
from train_backend.methods import CHIP, LTH, LTH_RANDOM, METHODS
from train_backend.plan import Plan
from train_backend.recipes import RECIPES, recipe_for
from train_backend.stack_sizes import HARDLY, StackSpeed, advised_stack
from train_backend.studies import Study


def plan_lines(study: Study, out: Path, plan: Plan, share: Share = WHOLE) -> list[str]:
    """Return the plan of a study, or of a share of it, as lines of text."""
    models = len(study.stacks[0])
    size = f"{models} model" + ("s" if models > 1 else "")
    if plan.models < plan.units * models:
        size = f"up to {size}"
    named = recipe_for(study.recipe_name, study.architecture, study.dataset)
    changed = "" if study.recipe == named else ", changed by the study"
    lines = [
        f"study      {study.name}: {study.models} x {study.architecture} on {study.dataset}, "
        f"{'; '.join(_arms(study))}{', and the control arm' if study.control else ''}",
        f"recipe     {study.recipe_name}{changed}: in {study.recipe.precision}, "
        f"epochs before pruning: {study.recipe.training_epochs}, "
        f"after: {', '.join(_epochs_after(study))}",
        *(
            []
            if share == WHOLE
            else [f"share      {share.i} of {share.n}, to which all below refers"]
        ),
        f"units      {plan.units}, of {size} each; {plan.units_done} done",
        f"models     {plan.models_done} of {plan.models} done in {out}",
        f"passes     {plan.work.training:,} images trained and {plan.work.evaluation:,} evaluated, "
        f"of which {plan.work_left.training:,} and {plan.work_left.evaluation:,} are left",
        *_speed_lines(plan),
        f"time left  about {in_words(plan.seconds_left)} in {plan.processes} "
        + ("process" if plan.processes == 1 else "processes"),
    ]
    if plan.gpu_seconds_left is not None:
        lines.append(f"on a GPU   about {in_words(plan.gpu_seconds_left)} ({WORDS})")
    return lines + [f"damaged    {broken}; it will be done again" for broken in plan.damaged]


def print_stacks(study: Study, device: torch.device, measured: Sequence[StackSpeed]) -> None:
    """Print how fast stacks were, and what to write into the study."""
    print(
        f"{study.architecture} on {study.dataset}, batches of {study.recipe.batch_size}, in "
        f"{study.recipe.precision}, {describe_device(device)}; one process\n"
    )
    alone = measured[0].training or math.nan
    rows = [
        [f"{each.size}", f"{each.training:,.0f}", f"{each.training / alone:.2f}"]
        if each.training is not None
        else [f"{each.size}", "more than memory holds", ""]
        for each in measured
    ]
    print_table(["stack", "images trained a second", "times one model"], rows)
    print(f"\n{_stack_advice(device, measured)}")


def _stack_advice(device: torch.device, measured: Sequence[StackSpeed]) -> str:
    """Return what to write into the study, and why."""
    alone = "leave `stack` out of [study]"
    if device.type == "cpu":
        return (
            f"On the CPU {alone}, whatever this says: a process per core trains, and a stack is "
            "one process's work."
        )
    if len(measured) == 1:
        return "Only one model at a time was measured: there is nothing to compare."
    if measured[1].training is None:
        return f"Memory holds no stack: {alone}."
    advised = advised_stack(measured)
    if advised == 1:
        return (
            f"No stack is faster than one model at a time by {100 * HARDLY:g} % or more: {alone}."
        )
    return (
        f"In [study]: stack = {advised}\n"
        "Before the study's first run, and in place of `stacks` where it lists them: stacked "
        "otherwise it is another computation."
    )


def presence_line(name: str, root: Path | None) -> str:
    """Return whether the data set of a study is at hand, and if not, what to do."""
    try:
        check_present(name, root)
    except TrainError as missing:
        return f"data       not at hand: {missing}"
    return f"data       {name} is at hand"


def _speed_lines(plan: Plan) -> list[str]:
    """Return what was measured; a study with CHIP has two batch sizes, and scores channels."""
    (size, speeds), *others = plan.speeds.items()
    lines = [
        f"speed      {speeds.training:,.0f} images trained and {speeds.evaluation:,.0f} evaluated "
        "a second and process, measured just now"
    ]
    if plan.stack > 1:
        lines[0] += f", in stacks of {plan.stack}"
    for other, faster in others:
        lines[0] += f" in batches of {size}"
        lines.append(f"           {faster.training:,.0f} trained in batches of {other}, for {CHIP}")
    if plan.work.scoring:
        lines.append(
            f"           {speeds.scoring:,.1f} scored for {CHIP}, of {plan.work.scoring:,} images"
        )
    return lines


def _arms(study: Study) -> list[str]:
    """Return what each way of compressing does, one text each."""
    arms = []
    if study.one_shot_methods:
        ratios = ", ".join(f"{ratio:g}" for ratio in study.ratios)
        arms.append(f"{', '.join(study.one_shot_methods)} at {ratios}")
    if study.lth is not None:
        named = " and ".join(name for name in (LTH, LTH_RANDOM) if name in study.methods)
        levels = f"{study.lth.levels} levels" if study.lth.levels > 1 else "1 level"
        arms.append(
            f"{named}: {levels} to ratio {study.lth.ratios[-1]:.2f}, rewound to step "
            f"{study.lth.rewind_step:,}"
        )
    if study.chip is not None:
        reached = reached_ratios(study.dataset, study.chip.sparsities)
        called = (
            f"{ratio:g} (reaches {real:.2f})"
            for ratio, real in zip(study.chip.ratios, reached, strict=True)
        )
        arms.append(f"{CHIP} at {', '.join(called)}")
    return arms


def _epochs_after(study: Study) -> list[str]:
    """Return the epochs of training after each way of pruning."""
    epochs = []
    if study.one_shot_methods:
        epochs.append(f"{study.recipe.finetuning_epochs}")
    if study.lth is not None:
        epochs.append(f"{study.recipe.training_epochs} a level of {LTH}")
    if study.chip is not None:
        epochs.append(f"{study.chip.finetuning_epochs} after {CHIP}")
    return epochs


def data_line(unpacked: Unpacked) -> str:
    """Return what was done for `rdtrain data`, as a line of text."""
    if unpacked.folder is None:
        return f"{unpacked.name} comes with scikit-learn: nothing to fetch"
    checked = len(unpacked.written) + len(unpacked.already_there)
    done = f"{len(unpacked.written)} written" if unpacked.written else "all were there"
    return f"{unpacked.name}: {checked} files with the right checksums in {unpacked.folder}, {done}"


def print_registries() -> None:
    """Print the data sets, architectures, methods and recipes, with a line and a source each."""
    registries: tuple[tuple[str, Iterable[tuple[str, str, str]]], ...] = (
        ("dataset", ((name, each.source, each.line) for name, each in DATASETS.items())),
        ("architecture", ((name, each.source, each.line) for name, each in ARCHITECTURES.items())),
        ("method", ((name, each.source, each.line) for name, each in METHODS.items())),
        ("recipe", ((name, each.source, each.line) for name, each in RECIPES.items())),
    )
    for what, entries in registries:
        print_table([what, "source", "what it is"], list(entries))
        print()
