"""The command `rdtrain`: trains, prunes and evaluates models, and leaves recall tables.

Libraries that take long to load are imported inside the commands: `--help` answers at once.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from rd_cli.edge import STOPPED, complain, run

if TYPE_CHECKING:
    from train_backend.studies import Study

PROGRAM = "rdtrain"

app = typer.Typer(
    name=PROGRAM,
    help="Train, prune and evaluate models; leave recall tables for `rdstats`.\n\n"
    "Start with: rdtrain demo",
    no_args_is_help=True,
    add_completion=False,
)


class Device(StrEnum):
    """Where to train."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Engine(StrEnum):
    """What runs the units of a study."""

    local = "local"
    ray = "ray"


DeviceOption = Annotated[
    Device, typer.Option(help="auto is cuda where there is one, else cpu; mps is untested.")
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        "--data-root",
        metavar="DIR",
        help="Folder of the data sets. [default: $RDSTATS_DATA or ~/.cache/rdstats/data]",
    ),
]
StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file.")]
OutOption = Annotated[
    Path | None, typer.Option(help="Folder of the study. [default: the study's name]")
]


@dataclass(frozen=True)
class Share:
    """The i-th of n shares of a study."""

    i: int
    n: int


def _share(text: str) -> Share:
    found = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
    if not 1 <= share.i <= share.n:
        raise typer.BadParameter(f"{text!r} is no share: write i/n, such as 2/4, from 1/n to n/n")
    return share


ShardOption = Annotated[
    Share | None,
    typer.Option(
        parser=_share,
        metavar="i/n",
        help="Run only this share of the models; shares of one folder may run at once.",
    ),
]


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where recall.parquet goes.")] = Path("demo"),
    device: DeviceOption = Device.auto,
) -> None:
    """Train 30 LeNet5 on scikit-learn's digits, prune them four ways: minutes on two cores.

    Example: rdtrain demo --out demo
    """
    _load_training_libraries()
    from train_backend.demo import demo_study
    from train_backend.study_files import study_to_toml

    study = demo_study()
    print("The demo's study. Its recipe is its own, not the paper's:\n")
    print(study_to_toml(study), flush=True)
    _run(study, out, device)


@app.command("run")
def run_command(
    study_file: StudyArgument,
    out: OutOption = None,
    device: DeviceOption = Device.auto,
    engine: Annotated[
        Engine, typer.Option(help="local is this machine, ray the cluster of RAY_ADDRESS.")
    ] = Engine.local,
    gpu_share: Annotated[
        float,
        typer.Option(
            "--gpu-share",
            metavar="SHARE",
            min=0.001,
            help="With ray: the GPU that a model takes, 0.25 for four side by side.",
        ),
    ] = 1.0,
    shard: ShardOption = None,
    data_root: RootOption = None,
) -> None:
    """Run a study, or what is left of it: stop it at any time, the same command goes on.

    Shares of one folder (--shard) need no cluster but a scheduler, see docs/clusters.md.

    Example: rdtrain run docs/studies/fashion-mnist-lenet5.toml --out study
    """
    _load_training_libraries()
    from train_backend.study_files import read_study

    study = read_study(study_file)
    where = out or Path(study.name)
    _run(study, where, device, data_root, shard or Share(1, 1), engine, gpu_share)


@app.command()
def plan(
    study_file: StudyArgument,
    out: OutOption = None,
    device: DeviceOption = Device.auto,
) -> None:
    """Say what a study would run, how much of it is done, and how long the rest will take.

    Measures this machine's speed for a few seconds; writes nothing.

    Example: rdtrain plan docs/studies/fashion-mnist-lenet5.toml
    """
    _load_training_libraries()
    from rd_cli.training_pages import plan_lines
    from train_backend.plan import plan_study
    from train_backend.study_files import read_study

    study = read_study(study_file)
    folder = out or Path(study.name)
    for line in plan_lines(study, folder, plan_study(study, folder, device=device.value)):
        print(line)


@app.command("list")
def list_command() -> None:
    """List the data sets, architectures, methods and recipes that a study can name.

    Example: rdtrain list
    """
    _load_training_libraries()
    from rd_cli.training_pages import print_registries

    print_registries()


@app.command()
def data(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in `rdtrain list`.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take the files from here, not the network."),
    ] = None,
    root: RootOption = None,
) -> None:
    """Fetch a data set, or check and unpack files that are already here.

    Example: rdtrain data Fashion-MNIST --from downloads
    """
    _load_training_libraries()
    from rd_cli.training_pages import data_line
    from train_backend.datasets import data_root, fetch_dataset, unpack_dataset

    folder = root or data_root()
    if source is None:
        print(data_line(fetch_dataset(name, folder)))
    else:
        print(data_line(unpack_dataset(name, source, folder)))


def _run(
    study: Study,
    out: Path,
    device: Device,
    root: Path | None = None,
    share: Share = Share(1, 1),
    engine: Engine = Engine.local,
    gpu_share: float = 1.0,
) -> None:
    """Run a study with its progress on stderr, and say what there is now and what to type next."""
    from rd_cli.durations import in_words
    from rd_cli.training_progress import Clock, shown
    from train_backend.engine import run_study

    print(
        f"{study.name}: {study.models} x {study.architecture} on {study.dataset}, in {out}",
        flush=True,
    )
    clock = Clock()
    try:
        with shown(clock) as watch:
            outcome = run_study(
                study,
                out,
                device=device.value,
                root=root,
                shard=(share.i, share.n),
                engine=engine.value,
                gpu_share=gpu_share,
                watch=watch,
                say=lambda text: complain(PROGRAM, text),
            )
    except KeyboardInterrupt as stop:
        complain(PROGRAM, str(stop) or "stopped; the same command goes on from there")
        sys.exit(STOPPED)
    print(f"computing took {in_words(clock.elapsed())}")
    if outcome.table is None:
        print(
            f"{outcome.models_done} of {outcome.models} models are done; the recall table is "
            "written once the other shares are"
        )
    else:
        models = "1 model" if outcome.models == 1 else f"{outcome.models} models"
        print(f"{models} in {outcome.table}")
        print(f"next: rdstats report {outcome.table} --out {outcome.table.parent / 'report'}")


def _load_training_libraries() -> None:
    """Import what takes seconds, once.

    Raises:
        TrainError: The extra `train` is not installed.
    """
    missing = [name for name in ("torch", "sklearn", "safetensors") if find_spec(name) is None]
    if missing:
        from train_backend.errors import TrainError

        raise TrainError(
            f"training needs {', '.join(missing)}, which this Python does not have: "
            'type `pip install "rdstats[train]"`'
        )
    # Torch swallows a Ctrl-C that falls into its import of numpy and goes on with half of it.
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _stop_at_once)
    try:
        import_module("train_backend.engine")
    finally:
        signal.signal(signal.SIGINT, handler)


def _stop_at_once(_number: int, _frame: object) -> NoReturn:
    complain(PROGRAM, "stopped before it began")
    os._exit(STOPPED)


def main() -> NoReturn:
    """Run the command; the entry point of the console script."""
    run(app, PROGRAM)


if __name__ == "__main__":
    main()
