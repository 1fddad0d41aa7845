"""Parts: one Parquet file per finished unit. A unit is done if its part exists and validates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from safetensors.torch import save
from torch import nn

from data_contracts import (
    ContractError,
    Provenance,
    read_provenance,
    read_recall_table,
    write_recall_table,
)
from data_contracts.writing import write_whole
from train_backend.running.provenance import origin_of_all
from train_backend.running.units import Unit, units_of
from train_backend.studies.study import Study

# The underscore keeps the parts out when the study's folder itself is read as a recall table.
PARTS = "_parts"
DIGEST_NOTE = "sha256 of the unit and its rows: "

Say = Callable[[str], None]


def part_path(out: Path, unit: Unit) -> Path:
    """Return where the part of a unit lies."""
    return out / PARTS / f"{unit.digest}.parquet"


def write_part(out: Path, unit: Unit, table: pa.Table, provenance: Provenance) -> None:
    """Write the part of a finished unit, whole or not at all.

    Raises:
        ContractError: The table breaks the contract, or cannot be written (a full disk).
    """
    # Parquet itself does not notice every flipped bit, nor a file of another unit under this
    # name, so a hash of both travels with the rows.
    note = DIGEST_NOTE + _digest(unit, table)
    kept = replace(provenance, notes=(*provenance.notes, note))
    write_recall_table(table, part_path(out, unit), kept)


def read_part(out: Path, unit: Unit) -> pa.Table | None:
    """Return the table of a unit's part, None if there is no part.

    Raises:
        ContractError: There is one, but it is damaged or not this unit's.
    """
    path = part_path(out, unit)
    if not path.exists():
        return None
    table = read_recall_table([path])
    provenance = read_provenance(path)
    notes = () if provenance is None else provenance.notes
    if DIGEST_NOTE + _digest(unit, table) not in notes or table.num_rows != unit.rows:
        raise ContractError(
            f"{path} is not what was written: its rows have changed, or are another unit's"
        )
    return table


def finished_units(
    out: Path, units: Sequence[Unit], damaged: Callable[[Unit, ContractError], None]
) -> list[Unit]:
    """Return the units whose part exists and validates; tell `damaged` of each that does not."""
    finished = []
    for unit in units:
        try:
            if read_part(out, unit) is not None:
                finished.append(unit)
        except ContractError as broken:
            damaged(unit, broken)
    return finished


def set_aside(out: Path, unit: Unit, say: Say) -> None:
    """Rename the damaged part of a unit so that the unit is done again and nothing is lost."""
    path = part_path(out, unit)
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    say(f"the part of model {unit.model} is damaged: kept as {aside}, the model is done again")


def join_parts(out: Path, study: Study) -> Path:
    """Write the recall table of a whole study from the parts of all its units.

    Its bytes follow from the parts alone: not from the order in which they were done, nor when.

    Raises:
        ContractError: A part is missing or damaged, or the table cannot be written.
    """
    tables, origins = [], []
    for unit in units_of(study):
        table = read_part(out, unit)
        origin = None if table is None else read_provenance(part_path(out, unit))
        if table is None or origin is None:
            raise ContractError(f"{part_path(out, unit)} is missing: run the study again")
        tables.append(table)
        origins.append(origin)
    path = out / "recall.parquet"
    provenance = origin_of_all(study, origins, but=DIGEST_NOTE)
    write_recall_table(pa.concat_tables(tables), path, provenance)
    return path


def _digest(unit: Unit, table: pa.Table) -> str:
    """Return a hash of unit and values, whatever the order of rows and the file's encoding."""
    rows = sorted(json.dumps(row, sort_keys=True) for row in table.to_pylist())
    return hashlib.sha256("\n".join([unit.digest, *rows]).encode()).hexdigest()


WEIGHTS = "weights"

Weights = bytes
"""The weights and buffers of a network, as the content of a safetensors file."""


def weights_of(network: nn.Module) -> Weights:
    """Return the weights and buffers of a network."""
    state = network.state_dict().items()
    return save({key: value.detach().cpu().contiguous() for key, value in state})


def write_weights(out: Path, model: int, name: str, weights: Weights) -> None:
    """Write the weights of one evaluated model, whole or not at all.

    Args:
        out: The study's folder; the file is `weights/MODEL/NAME.safetensors` in it.
        model: Index of the model m.
        name: Which of its versions, e.g. "finetuned-MP-10".
        weights: Of the evaluated model.
    """
    folder = out / WEIGHTS / str(model)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{name}.safetensors", weights)
