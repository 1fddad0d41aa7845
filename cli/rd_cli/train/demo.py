"""The command `rdtrain demo`: the paper's design on small images that need no download."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rd_cli.train import options
from rd_cli.train.libraries import load_training_libraries
from rd_cli.train.run import run_here


def demo(
    out: Annotated[Path, typer.Option(help="Where recall.parquet goes.")] = Path("demo"),
    device: options.Device = "auto",
) -> None:
    """Train 30 LeNet5 on scikit-learn's digits, prune them four ways.

    Nothing to fetch; about half a minute on two cores.

    Example: rdtrain demo --out demo
    """
    load_training_libraries()
    from train_backend.studies.files import demo_study, study_to_toml

    study = demo_study()
    print("The demo's study. Its recipe is its own, not the paper's:\n")
    print(study_to_toml(study), flush=True)
    run_here(study, out, device=device)
