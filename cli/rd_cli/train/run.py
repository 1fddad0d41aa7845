"""The command `rdtrain run`: run a study, or what is left of it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rd_cli.edge import STOPPED, complain, show
from rd_cli.progress import in_words
from rd_cli.train import options
from rd_cli.train.libraries import load_training_libraries
from rd_cli.train.progress import Clock, shown

if TYPE_CHECKING:
    from train_backend.studies.study import Study


def run(
    study_file: options.StudyFile,
    out: options.Out = None,
    device: options.Device = "auto",
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(help="local is this machine, ray the cluster of RAY_ADDRESS."),
    ] = "local",
    gpu_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0.001,
            help="With ray: the GPU that a model takes, 0.25 for four side by side. [default: 1]",
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Models at once on this machine; several may share a GPU. [default: one per core "
            "on the CPU, else 1]",
        ),
    ] = None,
    shard: options.Shard = None,
    data_root: options.DataRoot = None,
    plugins: options.Plugins = None,
) -> None:
    """Run a study, or what is left of it.

    Stop it at any time, the same command goes on.
    Shares of one folder (--shard) need a scheduler alone, no cluster software: docs/clusters.md.
    Your own network, data set or method (--plugin): docs/plugins.md.

    Example: rdtrain run docs/studies/fashion-mnist-lenet5.toml --out study
    """
    share = options.share_of(shard)
    if gpu_share is not None and engine == "local":
        raise typer.BadParameter("--gpu-share is for --engine ray: write --processes here")
    if processes is not None and engine == "ray":
        raise typer.BadParameter("--processes is for this machine: with ray write --gpu-share")
    load_training_libraries(plugins)
    from train_backend.studies.files import read_study

    study = read_study(study_file)
    run_here(
        study,
        out or Path(study.name),
        device=device,
        root=data_root,
        shard=share,
        processes=processes,
        engine=engine,
        gpu_share=gpu_share or 1.0,
    )


def run_here(study: Study, out: Path, **settings: Any) -> None:
    """Run a study with its progress on stderr, and say what there is now and what to type next.

    Args:
        study: What to run.
        out: Its folder.
        settings: As `train_backend.running.engine.run_study` takes them.
    """
    from data_contracts.words import counted
    from train_backend.running.engine import run_study

    show(f"{study.name}: {study.models} x {study.architecture} on {study.dataset}, in {out}")
    clock = Clock()
    try:
        with shown(clock) as watch:
            outcome = run_study(
                study, out, watch=watch, say=lambda text: complain("rdtrain", text), **settings
            )
    except KeyboardInterrupt as stop:
        complain("rdtrain", str(stop) or "stopped; the same command goes on from there")
        sys.exit(STOPPED)
    print(f"computing took {in_words(clock.elapsed())}")
    for diverged in outcome.diverged:
        complain(
            "rdtrain",
            f"warning: {diverged}; the table is without it; lower the rate in [recipe] for another",
        )
    if outcome.table is None:
        print(
            f"{outcome.models_done} of {outcome.models} models are done; the recall table is "
            "written once the other shares are"
        )
        return
    show(f"{counted(outcome.models, 'model')} in {outcome.table}")
    table, page = (shlex.quote(str(f)) for f in (outcome.table, outcome.table.parent / "report"))
    show(f"next: rdstats report {table} --out {page}")
