"""This machine: units one after another, or several at once in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch

from data_contracts.cores import available_cores
from train_backend.datasets import check_present
from train_backend.processes import run_in_processes
from train_backend.results import do_unit
from train_backend.units import Unit
from train_backend.weights import write_weights
from train_backend.work import Progress, Work
from train_backend.workers import Tell, Workers


@contextmanager
def local_workers(
    unit: Unit, *, device: str, root: Path | None, processes: int | None
) -> Iterator[Workers]:
    """Give what does units on this machine, once all that they need is known to be here.

    Args:
        unit: Any of them.
        device: "cpu", "cuda" or "mps".
        root: Folder of the data sets; None for the default.
        processes: How many units at once; None for one per core on the CPU, else one. With one
            they run in this process.

    Raises:
        TrainError: The data set is not here.
    """
    check_present(unit.study.dataset, root)
    yield partial(_run_locally, device=device, root=root, processes=processes)


def _run_locally(
    units: Sequence[Unit],
    out: Path,
    tell: Tell,
    *,
    device: str,
    root: Path | None,
    processes: int | None,
) -> None:
    """Do every unit and write its part in `out`; see `workers.Workers`."""
    job = partial(_do_and_write, out, device, root)
    if processes is None:
        processes = min(available_cores(), len(units)) if device == "cpu" else 1
    if processes > 1:
        run_in_processes(job, units, processes, tell)
        return
    cost, models = 0.0, 0

    def progress(work: Work) -> None:
        nonlocal cost
        cost += work.cost
        tell(cost, models)

    for unit in units:
        job(unit, progress)
        models += 1
        tell(cost, models)


def _do_and_write(
    out: Path, device: str, root: Path | None, unit: Unit, progress: Progress
) -> None:
    """Do a unit and write what it leaves; weights at once, so that none wait in memory."""
    keep = partial(write_weights, out)
    do_unit(unit, torch.device(device), root, keep=keep, progress=progress).write(out)
