"""The command `rdtrain plan`: what a study would run, and how long it will take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rd_cli.edge import show
from rd_cli.progress import in_words
from rd_cli.train import options
from rd_cli.train.libraries import load_training_libraries

if TYPE_CHECKING:
    from train_backend.running.plan import Plan
    from train_backend.studies.study import Study


def plan(
    study_file: options.StudyFile,
    out: options.Out = None,
    device: options.Device = "auto",
    shard: options.Shard = None,
    data_root: options.DataRoot = None,
    plugins: options.Plugins = None,
) -> None:
    """Say what a study would run and how long it will take.

    Says how much of it is done, and what the rest will cost on this machine.
    With --shard, of that share alone: the hours to ask a scheduler for. Measures this machine's
    speed for a few seconds; writes nothing.

    Example: rdtrain plan docs/studies/fashion-mnist-lenet5.toml
    """
    share = options.share_of(shard)
    load_training_libraries(plugins)
    from train_backend.running.plan import plan_study
    from train_backend.studies.files import read_study

    study = read_study(study_file)
    folder = out or Path(study.name)
    planned = plan_study(study, folder, device=device, shard=share)
    for line in plan_lines(study, folder, planned, share):
        show(line)
    print(presence_line(study.dataset, data_root))


def plan_lines(
    study: Study, out: Path, plan: Plan, share: tuple[int, int] = options.WHOLE
) -> list[str]:
    """Return the plan of a study, or of a share of it, as lines of text."""
    from train_backend.studies.recipes import recipe_for

    named = recipe_for(study.recipe_name, study.architecture, study.dataset)
    changed = "" if study.recipe == named else ", changed by the study"
    lines = [
        f"study      {study.name}: {study.models} x {study.architecture} on {study.dataset}, "
        f"{'; '.join(_arms(study))}{', and the control arm' if study.control else ''}",
        f"recipe     {study.recipe_name}{changed}: in {study.recipe.precision}, "
        f"epochs before pruning: {study.recipe.training_epochs}, "
        f"after: {', '.join(_epochs_after(study))}",
        f"share      {share[0]} of {share[1]}, to which all below refers",
        f"models     {plan.models_done} of {plan.models} done in {out}, of their conditions "
        f"{plan.conditions_done} of {plan.conditions}",
        f"passes     {plan.work.training:,} images trained and {plan.work.evaluation:,} evaluated, "
        f"of which {plan.work_left.training:,} and {plan.work_left.evaluation:,} are left",
        *_speed_lines(plan),
        f"time left  about {in_words(plan.seconds_left)} in {plan.processes} "
        + ("process" if plan.processes == 1 else "processes"),
    ]
    if share == options.WHOLE:
        del lines[2]
    return lines + [f"damaged    {broken}; it will be done again" for broken in plan.damaged]


def presence_line(name: str, root: Path | None) -> str:
    """Return whether the data set of a study is at hand, and if not, what to do."""
    from train_backend.data import check_present
    from train_backend.errors import TrainError

    try:
        check_present(name, root)
    except TrainError as missing:
        return f"data       not at hand: {missing}"
    return f"data       {name} is at hand"


def _speed_lines(plan: Plan) -> list[str]:
    """Return what was measured; a study with CHIP has two batch sizes, and scores channels."""
    from train_backend.methods import CHIP

    (size, speeds), *others = plan.speeds.items()
    lines = [
        f"speed      {speeds.training:,.0f} images trained and {speeds.evaluation:,.0f} evaluated "
        "a second and process, measured just now"
    ]
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
    from train_backend.methods import CHIP, LTH, LTH_RANDOM
    from train_backend.studies.chip import reached_ratios

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
    from train_backend.methods import CHIP, LTH

    epochs = []
    if study.one_shot_methods:
        epochs.append(f"{study.recipe.finetuning_epochs}")
    if study.lth is not None:
        epochs.append(f"{study.recipe.training_epochs} a level of {LTH}")
    if study.chip is not None:
        epochs.append(f"{study.chip.finetuning_epochs} after {CHIP}")
    return epochs
