"""This machine: units one after another, or several at once in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from train_backend.devices import repeatable
from train_backend.origins import origin_on
from train_backend.parts import write_part
from train_backend.processes import available_cores, run_in_processes
from train_backend.units import Unit, run_unit
from train_backend.weights import weights_of, write_weights
from train_backend.work import Progress, Work


@dataclass(frozen=True)
class Job:
    """Does a unit and writes its part; plain values alone, so that it travels to processes."""

    out: Path
    device: str
    root: Path | None

    def __call__(self, unit: Unit, progress: Progress, /) -> None:
        """Do `unit`, telling `progress` of the work just done."""
        device = torch.device(self.device)
        keep = self._keep if unit.study.keep_weights else None
        with repeatable(device):
            table = run_unit(unit, device=device, root=self.root, keep=keep, progress=progress)
        write_part(self.out, unit, table, origin_on(unit.study, device))

    def _keep(self, model: int, name: str, network: nn.Module) -> None:
        write_weights(self.out, model, name, weights_of(network))


def run_locally(
    units: Sequence[Unit],
    out: Path,
    *,
    device: str,
    root: Path | None,
    processes: int | None,
    watch: Callable[[float, int], None],
) -> None:
    """Do every unit on this machine and write its part in `out`.

    Args:
        units: What to do.
        out: The study's folder.
        device: "cpu", "cuda" or "mps".
        root: Folder of the data sets; None for the default.
        processes: How many units at once; None for one per core on the CPU, else one. With one
            they run in this process.
        watch: Told the cost and the models done by now.

    Raises:
        TrainError: A unit failed, with its own word, or a process died.
    """
    job = Job(out, device, root)
    if processes is None:
        processes = min(available_cores(), len(units)) if device == "cpu" else 1
    if processes > 1:
        run_in_processes(job, units, processes, watch)
        return
    cost, models = 0.0, 0

    def progress(work: Work) -> None:
        nonlocal cost
        cost += work.cost
        watch(cost, models)

    for unit in units:
        job(unit, progress)
        models += len(unit.stack)
        watch(cost, models)
