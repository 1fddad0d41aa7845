"""The command `rdtrain`: trains, prunes and evaluates models, and leaves recall tables.

Libraries that take long to load are imported inside the commands: `--help` answers at once.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from rd_cli.edge import STOPPED, complain, run
from rd_cli.options import VersionOption, new_app
from rd_cli.train.libraries import load_training_libraries
from rd_cli.train.options import (
    WHOLE,
    Device,
    DeviceOption,
    Engine,
    EngineOption,
    GpuShareOption,
    OutOption,
    RootOption,
    ShardOption,
    Share,
    SizesOption,
    StudyArgument,
)

if TYPE_CHECKING:
    from train_backend.studies import Study

PROGRAM = "rdtrain"

app = new_app()


@app.callback(invoke_without_command=True)
def about(version: VersionOption = False) -> None:
    """Train, prune and evaluate models; leave recall tables for `rdstats`.

    Start with: rdtrain demo

    Exit codes: 0 fine, 1 an error told in one line, 2 misuse of the command line, 130 stopped by
    Ctrl-C.
    """


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where recall.parquet goes.")] = Path("demo"),
    device: DeviceOption = Device.AUTO,
) -> None:
    """Train 30 LeNet5 on scikit-learn's digits, prune them four ways.

    Nothing to fetch; minutes on two cores.

    Example: rdtrain demo --out demo
    """
    load_training_libraries(PROGRAM)
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
    device: DeviceOption = Device.AUTO,
    engine: EngineOption = Engine.LOCAL,
    gpu_share: GpuShareOption = None,
    shard: ShardOption = None,
    data_root: RootOption = None,
) -> None:
    """Run a study, or what is left of it.

    Stop it at any time, the same command goes on.
    Shares of one folder (--shard) need a scheduler alone, no cluster software: docs/clusters.md.

    Example: rdtrain run docs/studies/fashion-mnist-lenet5.toml --out study
    """
    if gpu_share is not None and engine is Engine.LOCAL:
        raise typer.BadParameter("--gpu-share is for --engine ray: leave it out on one machine")
    load_training_libraries(PROGRAM)
    from train_backend.study_files import read_study

    study = read_study(study_file)
    where = out or Path(study.name)
    _run(study, where, device, data_root, shard or WHOLE, engine, gpu_share or 1.0)


@app.command()
def plan(
    study_file: StudyArgument,
    out: OutOption = None,
    device: DeviceOption = Device.AUTO,
    shard: ShardOption = None,
    data_root: RootOption = None,
) -> None:
    """Say what a study would run and how long it will take.

    Says how much of it is done, and what the rest will cost on this machine and on a GPU.
    With --shard, of that share alone: the hours to ask a scheduler for. Measures this machine's
    speed for a few seconds; writes nothing.

    Example: rdtrain plan docs/studies/fashion-mnist-lenet5.toml
    """
    load_training_libraries(PROGRAM)
    from rd_cli.train.pages import plan_lines, presence_line
    from train_backend.plan import plan_study
    from train_backend.study_files import read_study

    study = read_study(study_file)
    folder = out or Path(study.name)
    share = shard or WHOLE
    planned = plan_study(study, folder, device=device.value, shard=(share.i, share.n))
    for line in plan_lines(study, folder, planned, share):
        print(line)
    print(presence_line(study.dataset, data_root))


@app.command()
def stacks(
    study_file: StudyArgument,
    device: DeviceOption = Device.AUTO,
    sizes: SizesOption = None,
) -> None:
    """Measure how many models are best trained side by side on this device.

    A GPU that one small network cannot fill trains a stack of them at once; `stack` in [study]
    says how many. Trains on noise: some seconds a size on a GPU; on the CPU, where a stack is no
    gain, minutes for a deep network. Writes nothing.

    Example: rdtrain stacks docs/studies/fashion-mnist-lenet5.toml --device cuda
    """
    load_training_libraries(PROGRAM)
    from rd_cli.progress import steps
    from rd_cli.train.pages import print_stacks
    from train_backend.devices import choose_device
    from train_backend.stack_sizes import measure_stacks, sizes_of
    from train_backend.study_files import read_study

    study = read_study(study_file)
    chosen = choose_device(device.value)
    wanted = sizes_of(study, sizes.each if sizes else None)
    with steps("measuring") as tell:
        measured = measure_stacks(
            study,
            chosen,
            sizes=wanted,
            tell=lambda size: tell(f"stack of {size}", wanted.index(size), len(wanted)),
        )
    print_stacks(study, chosen, measured)


@app.command("list")
def list_command() -> None:
    """List the data sets, architectures, methods and recipes there are.

    Example: rdtrain list
    """
    load_training_libraries(PROGRAM)
    from rd_cli.train.pages import print_registries

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
    load_training_libraries(PROGRAM)
    from rd_cli.train.pages import data_line
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
    share: Share = WHOLE,
    engine: Engine = Engine.LOCAL,
    gpu_share: float = 1.0,
) -> None:
    """Run a study with its progress on stderr, and say what there is now and what to type next."""
    from data_contracts.words import counted
    from rd_cli.progress import in_words
    from rd_cli.train.progress import Clock, shown
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
        print(f"{counted(outcome.models, 'model')} in {outcome.table}")
        table, page = (
            shlex.quote(str(f)) for f in (outcome.table, outcome.table.parent / "report")
        )
        print(f"next: rdstats report {table} --out {page}")


def main() -> NoReturn:
    """Run the command; the entry point of the console script."""
    run(app, PROGRAM)


if __name__ == "__main__":
    main()
