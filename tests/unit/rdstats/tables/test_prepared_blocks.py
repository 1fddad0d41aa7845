"""Tables that do not fit into memory: laid out block by block, the results are the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from data_contracts import Provenance, read_recall_blocks, read_recall_table, write_recall_table
from rd_cli import inputs, options
from rdstats import Selection, StatsError, classes_table, conditions_table, slopes_table
from rdstats.tables.compare import compare_table
from rdstats.tables.prepared import PreparedTable, prepare_blocks
from synthetic import recall_table


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Three studies, two of them in one file, not in the order of their names."""
    studies = [
        recall_table(study=name, dataset=dataset, models=4, seed=seed)
        for seed, (name, dataset) in enumerate(
            [("z", "digits"), ("a10", "MNIST"), ("a9", "digits")]
        )
    ]
    for name, tables in (("one", studies[:2]), ("two", studies[2:])):
        path = tmp_path / f"{name}.parquet"
        write_recall_table(pa.concat_tables(tables), path, Provenance(producer="a test"))
    return [tmp_path / "one.parquet", tmp_path / "two.parquet"]


@pytest.mark.parametrize("make", [slopes_table, conditions_table, classes_table])
def test_block_by_block_gives_the_table_of_the_whole(sources: list[Path], make: object) -> None:
    """Row by row, digit by digit."""
    assert callable(make)
    whole, by_blocks = read_recall_table(sources), prepare_blocks(read_recall_blocks(sources))
    pd.testing.assert_frame_equal(make(by_blocks), make(whole))


def test_comparisons_are_the_same_too(sources: list[Path]) -> None:
    """Families reach over blocks."""
    selection = Selection(where=(("study", "z"),))
    whole, by_blocks = read_recall_table(sources), prepare_blocks(read_recall_blocks(sources))
    pd.testing.assert_frame_equal(
        compare_table(by_blocks, "ratio", selection), compare_table(whole, "ratio", selection)
    )


def test_a_split_that_no_block_has_is_refused_with_those_there_are(sources: list[Path]) -> None:
    """The words of a table that was read at once."""
    with pytest.raises(StatsError, match="no rows of split train; it has: test"):
        prepare_blocks(read_recall_blocks(sources), "train")


def test_commands_read_large_tables_block_by_block(
    sources: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a row more than is read at once."""
    names = [str(source) for source in sources]
    rows = read_recall_table(sources).num_rows
    monkeypatch.setattr(inputs, "ROWS_AT_ONCE", rows)
    assert isinstance(inputs.read_tables(names, options.Split.TEST), pa.Table)
    monkeypatch.setattr(inputs, "ROWS_AT_ONCE", rows - 1)
    assert isinstance(inputs.read_tables(names, options.Split.TEST), PreparedTable)
