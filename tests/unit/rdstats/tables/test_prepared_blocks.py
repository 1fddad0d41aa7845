"""Tables that do not fit into memory: laid out block by block, the results are the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from data_contracts import Provenance, read_recall_blocks, read_recall_table, write_recall_table
from rd_cli.stats import files as inputs
from rdstats import (
    Question,
    Selection,
    StatsError,
    classes_table,
    conditions_table,
    pilot_table,
    slopes_table,
    write_report,
)
from rdstats.tables.compare import compare_table
from rdstats.tables.prepared import PreparedTable, prepare_blocks, read_contents
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


def test_a_pilot_of_blocks_is_the_same_too(sources: list[Path]) -> None:
    """`rdstats power --pilot` of a large table."""
    whole, by_blocks = read_recall_table(sources), prepare_blocks(read_recall_blocks(sources))
    question = Question(effects=(0.1,))
    pd.testing.assert_frame_equal(pilot_table(by_blocks, question), pilot_table(whole, question))


def test_a_report_of_blocks_is_the_same_too(sources: list[Path], tmp_path: Path) -> None:
    """Byte by byte, with what the page tells of the rows."""
    whole, by_blocks = read_recall_table(sources), prepare_blocks(read_recall_blocks(sources))
    pages = [
        write_report(table, tmp_path / name, Selection(where=(("study", "z"),)))
        for name, table in (("whole", whole), ("by-blocks", by_blocks))
    ]
    expected, found = (
        {file.name: file.read_bytes() for file in page.parent.iterdir()} for page in pages
    )
    assert found == expected
    assert b"rows of the tables" in found["index.html"]


def test_the_contents_of_blocks_are_those_of_the_whole(sources: list[Path]) -> None:
    """Classes of a data set in two studies count once; rows of all splits and files count."""
    whole, by_blocks = read_recall_table(sources), prepare_blocks(read_recall_blocks(sources))
    assert by_blocks.contents == read_contents(whole, "test")
    assert by_blocks.contents.rows == whole.num_rows
    assert {name: len(found) for name, found in by_blocks.contents.samples.items()} == {
        "MNIST": 10,
        "digits": 10,
    }


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
    assert isinstance(inputs.read_tables(names, "test"), pa.Table)
    monkeypatch.setattr(inputs, "ROWS_AT_ONCE", rows - 1)
    assert isinstance(inputs.read_tables(names, "test"), PreparedTable)
