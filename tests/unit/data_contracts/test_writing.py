"""A recall table is written checked, in one order, and whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts import (
    METADATA_KEY,
    RECALL_TABLE,
    ContractError,
    Provenance,
    read_recall_table,
    write_recall_table,
)

Change = Callable[..., pa.Table]
NOBODY = Provenance()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the table goes, in a folder of its own."""
    return tmp_path / "recall.parquet"


def test_the_file_has_the_contracts_schema_for_any_reader(table: pa.Table, path: Path) -> None:
    """Types and required columns as in the design; metadata is one JSON value, of our version."""
    write_recall_table(table, path, Provenance(version="1.9", producer="me"))
    schema = pq.read_schema(path)
    assert schema.equals(RECALL_TABLE)
    assert schema.metadata == {METADATA_KEY: b'{"producer": "me", "version": "1.0"}'}


def test_the_same_rows_in_any_order_and_pieces_are_the_same_bytes(
    table: pa.Table, tmp_path: Path
) -> None:
    """Neither row order nor chunks nor the writer's types leave a trace."""
    pieces = pa.concat_tables([table.slice(start, 1) for start in reversed(range(18))])
    frame = pa.Table.from_pandas(table.to_pandas().sample(frac=1, random_state=1)).drop_columns(
        ["__index_level_0__"]
    )
    for number, each in enumerate([table, pieces, frame]):
        write_recall_table(each, tmp_path / f"{number}.parquet", Provenance(notes=("same",)))
    first, *others = [(tmp_path / f"{number}.parquet").read_bytes() for number in range(3)]
    assert others == [first, first]


@pytest.mark.parametrize(
    ("spoil", "rules"),
    [
        (
            lambda _, change: change("n_correct", {4: 12}, of=change("split", {5: "Test"})),
            {"counts in range", "known split"},
        ),
        # A reader ignores it; a writer that meant it should hear.
        (lambda table, _: table.append_column("x", table["model"]), {"known columns"}),
        # Two ratios that round to one: rounding comes before the rules.
        (
            lambda table, change: pa.concat_tables(
                [table, change("ratio", dict.fromkeys(range(18), 2.00001)).slice(6, 6)]
            ),
            {"unique key"},
        ),
    ],
)
def test_a_bad_table_is_refused_with_every_rule_it_breaks(
    table: pa.Table, change: Change, path: Path, spoil: Change, rules: set[str]
) -> None:
    """And nothing is written."""
    with pytest.raises(ContractError) as caught:
        write_recall_table(spoil(table, change), path, NOBODY)
    assert {each.rule for each in caught.value.violations} >= rules
    assert str(caught.value).startswith(f"the table for {path} breaks")
    assert list(path.parent.iterdir()) == []


FULL_DISK = """
import resource, signal, sys
import pyarrow.parquet as pq
from data_contracts import ContractError, Provenance, write_recall_table
table = pq.read_table(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_recall_table(table.replace_schema_metadata(), sys.argv[1], Provenance())
except ContractError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
def test_a_full_disk_is_one_line_and_loses_nothing(table: pa.Table, path: Path) -> None:
    """A process that may write 2,000 bytes and needs more, on a real file system."""
    write_recall_table(table, path, NOBODY)
    before = path.read_bytes()
    assert len(before) > 2000
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{path} cannot be written (File too large): see that")
    assert done.stdout.count("\n") == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["nowhere/recall.parquet", "."])
def test_a_place_that_cannot_be_written_is_named(
    table: pa.Table, tmp_path: Path, name: str
) -> None:
    """No such folder, or a folder where the file should be."""
    with pytest.raises(ContractError) as caught:
        write_recall_table(table, tmp_path / name, NOBODY)
    assert f"{tmp_path / name} cannot be written (" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_uri_is_a_place_to_write_to(table: pa.Table, path: Path) -> None:
    """`file://` is this machine, and as safe."""
    write_recall_table(table, f"file://{path}", NOBODY)
    assert read_recall_table([path]).num_rows == 18
