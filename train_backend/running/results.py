"""What doing a unit leaves, in values that travel between machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import torch
from torch import nn

from data_contracts import Provenance
from train_backend.running.parts import Weights, weights_of, write_part, write_weights
from train_backend.running.provenance import origin_on
from train_backend.running.units import Unit, run_unit
from train_backend.studies.workload import Progress, silent
from train_backend.training.devices import enough_memory, repeatable

KeepWeights = Callable[[int, str, Weights], None]
"""Takes the index of a model, a name unique within it, and its weights."""


@dataclass(frozen=True)
class Result:
    """The counts of a unit, where they come from, and what weights were not kept elsewhere."""

    unit: Unit
    table: pa.Table
    provenance: Provenance
    weights: tuple[tuple[int, str, Weights], ...] = ()

    def write(self, out: Path) -> None:
        """Write weights and part, the part last: it says that the unit is done."""
        for model, name, weights in self.weights:
            write_weights(out, model, name, weights)
        write_part(out, self.unit, self.table, self.provenance)


def do_unit(
    unit: Unit,
    device: torch.device,
    root: Path | None,
    *,
    keep: KeepWeights | None = None,
    progress: Progress = silent,
) -> Result:
    """Do a unit on the machine that this is called on.

    Args:
        unit: What to do.
        device: Where.
        root: Folder of the data sets; None for the default.
        keep: Given every model's weights as they come, if the study keeps them; None gathers
            them in the result.
        progress: Told of the work just done.

    Raises:
        TrainError: The data set is missing here, a model diverges, a GPU's memory is full.
    """
    gathered: list[tuple[int, str, Weights]] = []

    def keep_network(model: int, name: str, network: nn.Module) -> None:
        weights = weights_of(network)
        if keep is None:
            gathered.append((model, name, weights))
        else:
            keep(model, name, weights)

    with repeatable(device), enough_memory():
        table = run_unit(
            unit,
            device=device,
            root=root,
            keep=keep_network if unit.study.keep_weights else None,
            progress=progress,
        )
    return Result(unit, table, origin_on(unit.study, device), tuple(gathered))
