"""Reading by study and data set: the same rows as at once, and the same rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from data_contracts import (
    KEY,
    ContractError,
    Provenance,
    count_rows,
    read_recall_blocks,
    read_recall_table,
    write_recall_table,
)
from synthetic import recall_table


def small(study: str, dataset: str = "digits", **changes: object) -> pa.Table:
    """Return a small table of one study and data set."""
    return recall_table(study=study, dataset=dataset, ratios=(2.0,), models=2, **changes)  # type: ignore[arg-type]


def written(folder: Path, name: str, *tables: pa.Table) -> Path:
    """Write the union of tables as one file."""
    path = folder / f"{name}.parquet"
    write_recall_table(pa.concat_tables(tables), path, Provenance(producer="a test"))
    return path


def in_order(table: pa.Table) -> pa.Table:
    """Return the rows by key, in one chunk per column."""
    return table.sort_by([(name, "ascending") for name in KEY]).combine_chunks()


def test_blocks_are_the_union_by_study_and_data_set(tmp_path: Path) -> None:
    """A study in two files, two studies in a file: each block is whole, none has a foreign row."""
    first = written(tmp_path, "first", small("b"), small("a"))
    second = written(tmp_path, "second", small("a", dataset="MNIST"), small("c"))
    blocks = list(read_recall_blocks([first, second]))
    found = [
        (block["study"].unique().to_pylist(), block["dataset"].unique().to_pylist())
        for block in blocks
    ]
    assert found == [
        (["a"], ["MNIST"]),
        (["a"], ["digits"]),
        (["b"], ["digits"]),
        (["c"], ["digits"]),
    ]
    whole = read_recall_table([first, second])
    assert in_order(pa.concat_tables(blocks)).equals(in_order(whole))
    assert count_rows([first, second]) == whole.num_rows


def test_a_block_may_lie_in_several_files_and_row_groups(tmp_path: Path) -> None:
    """Baselines in one file, compressed rows in another, seven rows a group."""
    table = small("a")
    for name, holds in (("base", pc.equal), ("rest", pc.not_equal)):
        part = table.filter(holds(table["stage"], "baseline"))
        pq.write_table(part, tmp_path / f"{name}.parquet", row_group_size=7)
    (block,) = read_recall_blocks([tmp_path])
    assert in_order(block).equals(in_order(table))


def test_supports_must_agree_between_the_files_of_a_study(tmp_path: Path) -> None:
    """The rules of a block see all its files."""
    first = small("a", samples_per_class=100)
    second = small("a", samples_per_class=90, methods=("UP",))
    paths = [written(tmp_path, "one", first), tmp_path / "two.parquet"]
    pq.write_table(second.filter(pc.equal(second["method"], "UP")), paths[1])
    with pytest.raises(
        ContractError, match=r"study a, data set digits in .*one\.parquet and 1 more"
    ):
        list(read_recall_blocks(paths))


def too_many_right(table: pa.Table) -> pa.Table:
    """Return the table with more right answers than samples."""
    column = table.schema.get_field_index("n_correct")
    return table.set_column(column, table.field(column), pa.array([101] * len(table)))


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (too_many_right, r"counts in range.*rdstats validate"),
        (lambda table: table.drop_columns(["study"]), r"x\.parquet does not name study and data"),
        (lambda table: table.drop_columns(["dataset"]), r"x\.parquet does not name study and"),
        (lambda table: table.slice(0, 0), "no rows"),
    ],
)
def test_a_table_without_whole_blocks_is_refused(
    tmp_path: Path, spoil: Callable[[pa.Table], pa.Table], error: str
) -> None:
    """Its rows break a rule, cannot be told to belong to a block, or are not there."""
    pq.write_table(spoil(small("a")), tmp_path / "x.parquet")
    with pytest.raises(ContractError, match=error):
        list(read_recall_blocks([tmp_path / "x.parquet"]))
