"""Parts: a unit is done if its part exists and validates, and no part is ever lost."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import torch

from data_contracts import ContractError, read_recall_table, write_recall_table
from data_contracts.provenance import Provenance
from small_studies import small_study
from synthetic import recall_table
from train_backend.running.parts import (
    finished_units,
    join_parts,
    part_path,
    read_part,
    set_aside,
    write_part,
)
from train_backend.running.provenance import origin_on
from train_backend.running.units import Unit, units_of
from train_backend.studies.study import Study

CPU = torch.device("cpu")
STUDY = small_study(models=3)
UNITS = units_of(STUDY)


def counts_of(unit: Unit) -> pa.Table:
    """Return a valid table of the unit's shape, without training anything."""
    made = recall_table(
        study=unit.study.name, methods=("MP",), ratios=(2.0,), models=3, stages=("pruned",)
    )
    model = pc.unique(made["model"])[unit.model]
    mine = made.filter(pc.equal(made["model"], model))
    finetuned = mine.filter(pc.field("stage") == "pruned")
    place = finetuned.column_names.index("stage")
    finetuned = finetuned.set_column(
        place, finetuned.schema.field(place), pa.array(["finetuned"] * finetuned.num_rows)
    )
    return pa.concat_tables([mine, finetuned])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with the parts of models 0 and 1; that of model 2 is missing."""
    (tmp_path / "_parts").mkdir()
    for unit in UNITS[:2]:
        write_part(tmp_path, unit, counts_of(unit), origin_on(STUDY, CPU))
    return tmp_path


def finished(out: Path) -> tuple[list[Unit], list[Unit]]:
    """Return the units that are done, and those whose part is damaged."""
    damaged: list[Unit] = []
    return finished_units(out, UNITS, lambda unit, _: damaged.append(unit)), damaged


def test_a_unit_is_done_if_its_part_is_there(out: Path) -> None:
    """Two of three."""
    assert finished(out) == (UNITS[:2], [])
    assert read_part(out, UNITS[2]) is None


def test_a_part_holds_the_rows_that_were_written(out: Path) -> None:
    """Whatever their order."""
    table = read_part(out, UNITS[0])
    assert table is not None
    assert sorted(map(str, table.to_pylist())) == sorted(map(str, counts_of(UNITS[0]).to_pylist()))


def truncate(path: Path) -> None:
    """Keep the first half, as a full disk or a lost power line leaves a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Keep the name alone."""
    path.write_bytes(b"")


def change_a_count(path: Path) -> None:
    """Write a valid recall table that is not what the unit counted."""
    table = read_recall_table([path])
    place = table.column_names.index("n_both_correct")
    zeros = pa.array([0] * table.num_rows, pa.int64())
    changed = table.set_column(place, table.schema.field(place), zeros)
    pq.write_table(changed.replace_schema_metadata(pq.read_schema(path).metadata), path)


def leave_out_rows(path: Path) -> None:
    """Write a valid recall table of the baseline alone."""
    table = read_recall_table([path])
    write_recall_table(table.filter(pc.field("stage") == "baseline"), path, Provenance())


def take_another_units_part(path: Path) -> None:
    """Copy the part of a sibling here: whole, of the right size, and not this unit's."""
    path.write_bytes(part_path(path.parents[1], UNITS[1]).read_bytes())


@pytest.mark.parametrize(
    "damage", [truncate, empty, change_a_count, leave_out_rows, take_another_units_part]
)
def test_a_damaged_part_is_set_aside_and_its_unit_done_again(out: Path, damage: object) -> None:
    """The others stay done; the damaged file is kept under another name, with a word."""
    path = part_path(out, UNITS[0])
    damage(path)  # type: ignore[operator]
    content = path.read_bytes()
    assert finished(out) == ([UNITS[1]], [UNITS[0]])
    said: list[str] = []
    set_aside(out, UNITS[0], said.append)
    assert finished(out) == ([UNITS[1]], [])
    aside = path.with_name(f"{path.name}.damaged-1")
    assert aside.read_bytes() == content
    assert said == [
        f"the part of model 0 is damaged: kept as {aside}, the model is done again",
    ]


def test_a_second_damaged_part_does_not_replace_the_first(out: Path) -> None:
    """Nothing is ever lost."""
    for number in (1, 2):
        write_part(out, UNITS[0], counts_of(UNITS[0]), origin_on(STUDY, CPU))
        truncate(part_path(out, UNITS[0]))
        set_aside(out, UNITS[0], lambda _: None)
        assert part_path(out, UNITS[0]).with_suffix(f".parquet.damaged-{number}").exists()


def test_the_table_of_a_study_is_all_parts_together(out: Path) -> None:
    """Whatever the order in which they were written."""
    write_part(out, UNITS[2], counts_of(UNITS[2]), origin_on(STUDY, CPU))
    path = join_parts(out, STUDY)
    assert read_recall_table([path]).num_rows == sum(unit.rows for unit in UNITS)
    first = path.read_bytes()
    for unit in reversed(UNITS):
        part_path(out, unit).unlink()
        write_part(out, unit, counts_of(unit), origin_on(STUDY, CPU))
    assert join_parts(out, STUDY).read_bytes() == first


def test_a_table_is_not_written_while_a_part_is_missing(out: Path) -> None:
    """Half a study under the name of the whole would be read as the whole."""
    with pytest.raises(ContractError, match="is missing: run the study again"):
        join_parts(out, STUDY)
    assert not (out / "recall.parquet").exists()


def test_a_study_that_has_grown_is_named_as_it_is_now(out: Path) -> None:
    """Parts written when it had two models say so; the table says three."""
    two: Study = small_study(models=2)
    for unit in UNITS:
        write_part(out, unit, counts_of(unit), origin_on(two, CPU))
    grown = join_parts(out, STUDY).read_bytes()
    for unit in UNITS:
        write_part(out, unit, counts_of(unit), origin_on(STUDY, CPU))
    assert join_parts(out, STUDY).read_bytes() == grown
