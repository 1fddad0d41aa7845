"""What `rdtrain plan`, `list` and `data` print."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rd_cli.durations import in_words
from rd_cli.terminal import print_table
from train_backend.architectures import ARCHITECTURES
from train_backend.datasets import DATASETS, Unpacked
from train_backend.plan import Plan
from train_backend.recipes import RECIPES, recipe_for
from train_backend.scores import SCORES
from train_backend.studies import Study


def plan_lines(study: Study, out: Path, plan: Plan) -> list[str]:
    """Return the plan of a study as lines of text."""
    arms = f"{', '.join(study.methods)} at {', '.join(f'{ratio:g}' for ratio in study.ratios)}"
    control = ", and the control arm" if study.control else ""
    size = f"{len(study.stacks[0])} model" + ("s" if len(study.stacks[0]) > 1 else "")
    named = recipe_for(study.recipe_name, study.architecture, study.dataset)
    changed = "" if study.recipe == named else ", changed by the study"
    lines = [
        f"study      {study.name}: {study.models} x {study.architecture} on {study.dataset}, "
        f"{arms}{control}",
        f"recipe     {study.recipe_name}{changed}: epochs before pruning: "
        f"{study.recipe.training_epochs}, after: {study.recipe.finetuning_epochs}",
        f"units      {plan.units}, of {size} each; {plan.units_done} done",
        f"models     {plan.models_done} of {plan.models} done in {out}",
        f"passes     {plan.work.training:,} images trained and {plan.work.evaluation:,} evaluated, "
        f"of which {plan.work_left.training:,} and {plan.work_left.evaluation:,} are left",
        f"speed      {plan.speeds.training:,.0f} images trained and "
        f"{plan.speeds.evaluation:,.0f} evaluated a second and process, measured just now",
        f"time left  about {in_words(plan.seconds_left)} in {plan.processes} "
        + ("process" if plan.processes == 1 else "processes"),
    ]
    return lines + [f"damaged    {broken}; it will be done again" for broken in plan.damaged]


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
        ("method", ((name, each.source, each.line) for name, each in SCORES.items())),
        ("recipe", ((name, each.source, each.line) for name, each in RECIPES.items())),
    )
    for what, entries in registries:
        print_table([what, "source", "what it is"], list(entries))
        print()
