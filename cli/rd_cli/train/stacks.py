"""The command `rdtrain stacks`: how many models are best trained side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rd_cli.train import options
from rd_cli.train.libraries import load_training_libraries

if TYPE_CHECKING:
    import torch

    from train_backend.stack_sizes import StackSpeed


def stacks(
    study_file: options.StudyFile,
    device: options.Device = "auto",
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,…",
            help="Models side by side. [default: 1,2,4,8,16,32, as far as the study has models]",
        ),
    ] = None,
) -> None:
    """Measure how many models are best trained side by side on this device.

    A GPU that one small network cannot fill trains a stack of them at once; `stack` in [study]
    says how many. Trains on noise: some seconds a size on a GPU; on the CPU, where a stack is no
    gain, minutes for a deep network. Writes nothing.

    Example: rdtrain stacks docs/studies/fashion-mnist-lenet5.toml --device cuda
    """
    asked = _sizes(sizes)
    load_training_libraries()
    from rd_cli.progress import steps
    from rd_cli.terminal import print_table
    from train_backend.devices import choose_device, describe_device
    from train_backend.stack_sizes import measure_stacks, sizes_of
    from train_backend.study_files import read_study

    study = read_study(study_file)
    there = choose_device(device)
    wanted = sizes_of(study, asked)
    with steps("measuring") as tell:
        speeds = measure_stacks(
            study,
            there,
            sizes=wanted,
            tell=lambda size: tell(f"stack of {size}", wanted.index(size), len(wanted)),
        )
    print(
        f"{study.architecture} on {study.dataset}, batches of {study.recipe.batch_size}, in "
        f"{study.recipe.precision}, {describe_device(there)}; one process\n"
    )
    alone = speeds[0].training or math.nan
    rows = [
        [f"{each.size}", f"{each.training:,.0f}", f"{each.training / alone:.2f}"]
        if each.training is not None
        else [f"{each.size}", "more than memory holds", ""]
        for each in speeds
    ]
    print_table(["stack", "images trained a second", "times one model"], rows)
    print(f"\n{advice(there, speeds)}")


def _sizes(text: str | None) -> tuple[int, ...]:
    parts = [] if text is None else text.split(",")
    if not all(re.fullmatch(r"0*[1-9][0-9]{0,5}", part.strip()) for part in parts):
        raise typer.BadParameter(f"{text!r} are no stack sizes: write such as 1,2,4,8")
    return tuple(int(part) for part in parts)


def advice(device: torch.device, speeds: Sequence[StackSpeed]) -> str:
    """Return what to write into the study, and why."""
    from train_backend.stack_sizes import HARDLY, advised_stack

    alone = "leave `stack` out of [study]"
    if device.type == "cpu":
        return (
            f"On the CPU {alone}, whatever this says: a process per core trains, and a stack is "
            "one process's work."
        )
    if len(speeds) == 1:
        return "Only one model at a time was measured: there is nothing to compare."
    if speeds[1].training is None:
        return f"Memory holds no stack: {alone}."
    advised = advised_stack(speeds)
    if advised == 1:
        return (
            f"No stack is faster than one model at a time by {100 * HARDLY:g} % or more: {alone}."
        )
    return (
        f"In [study]: stack = {advised}\n"
        "Before the study's first run, and in place of `stacks` where it lists them: stacked "
        "otherwise it is another computation."
    )
