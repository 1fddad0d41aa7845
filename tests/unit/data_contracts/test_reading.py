"""Reading gives one valid table under the contract's schema, or one line that says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from data_contracts import (
    METADATA_KEY,
    RECALL_TABLE,
    ContractError,
    Provenance,
    read_provenance,
    read_recall_table,
    write_recall_table,
)

Change = Callable[..., pa.Table]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a folder of its own, and is in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(table: pa.Table, path: str, metadata: bytes | None = b'{"version": "1.0"}') -> None:
    """Write a table as another writer would: in its own types, unchecked."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    extra = {} if metadata is None else {METADATA_KEY: metadata}
    pq.write_table(table.replace_schema_metadata(extra), path)


def refusal(*sources: str) -> ContractError:
    """Return the error that reading raises; it is always one line."""
    with pytest.raises(ContractError) as caught:
        read_recall_table(sources)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_table_is_read_under_the_contracts_schema(table: pa.Table) -> None:
    """Without metadata: a union has no one origin."""
    put(table, "a.parquet")
    read = read_recall_table(["a.parquet"])
    assert read.equals(table)
    assert read.schema.equals(RECALL_TABLE, check_metadata=True)


def test_several_files_are_one_table(table: pa.Table) -> None:
    """Baseline in one file, compressed rows in another, in the order named."""
    put(table.slice(0, 6), "z/baseline.parquet")
    put(table.slice(6), "a/compressed.parquet")
    assert read_recall_table(["z", "a/*.parquet"]).equals(table)
    assert read_recall_table(["."]).equals(pa.concat_tables([table.slice(6), table.slice(0, 6)]))


def test_no_file_of_a_folder_decides_for_another(table: pa.Table) -> None:
    """Types and columns differ from file to file; the first has neither names nor int64."""
    first = table.slice(0, 6).drop_columns(["class_name"])
    first = first.set_column(
        first.schema.get_field_index("n_samples"), "n_samples", pa.array([10] * 6, pa.int8())
    )
    put(first, "1.parquet")
    put(table.slice(6), "2.parquet")
    read = read_recall_table(["."])
    assert read.drop_columns(["class_name"]).equals(table.drop_columns(["class_name"]))
    assert read.column("class_name").null_count == 6


@pytest.mark.parametrize(
    "foreign",
    [
        # As pandas leaves them: large strings, an index, no metadata of ours.
        lambda table: pa.Table.from_pandas(table.to_pandas().set_index(np.arange(5, 23))),
        # Arrow's own schema in the file may ask for dictionaries.
        lambda t: pa.table([each.dictionary_encode() for each in t.columns], t.column_names),
        # A column of a later minor version is nullable by the contract: leaving it out is safe.
        lambda table: table.append_column("energy", pa.nulls(18, pa.float64())),
    ],
)
def test_files_of_other_writers_are_read(table: pa.Table, foreign: Change) -> None:
    """The same table."""
    put(foreign(table), "a.parquet", b'{"version": "1.9"}')
    assert read_recall_table(["a.parquet"]).equals(table)


def test_a_file_without_metadata_is_read_with_a_note(
    table: pa.Table, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The note is in the log, not on stderr, where it would be taken for a fault."""
    put(table, "a.parquet", None)
    with caplog.at_level(logging.INFO, "data_contracts"):
        assert read_recall_table(["a.parquet"]).equals(table)
    assert caplog.messages == ["a.parquet has no 'rdstats' metadata: read as recall table 1.0"]
    assert capfd.readouterr().err == ""


def test_a_null_is_found_in_files_that_allow_it(change: Change) -> None:
    """Parquet written elsewhere marks no column as required."""
    nullable = change("model", {4: None})
    put(
        nullable.cast(pa.schema([each.with_nullable(True) for each in nullable.schema])),
        "a.parquet",
    )
    violation = refusal("a.parquet").violations[0]
    assert (violation.rule, violation.first[0].row) == ("no nulls", 4)


def test_rows_are_named_with_their_file(table: pa.Table, change: Change) -> None:
    """Row 2 of the second file, not row 8 of the union."""
    put(table.slice(0, 6), "1.parquet")
    put(change("n_correct", {8: 11}).slice(6), "2.parquet")
    first = refusal("1.parquet", "2.parquet").violations[0].first[0]
    assert (first.source, first.row) == ("2.parquet", 2)


def test_the_faults_of_all_files_are_reported_at_once(table: pa.Table, change: Change) -> None:
    """A lossy cast in one, a missing column in another, a bad word in the third."""
    put(table.slice(0, 6).drop_columns(["ratio"]), "1.parquet")
    halves = pa.array([9.5] * 6)
    position = table.schema.get_field_index("n_samples")
    put(table.slice(6, 6).set_column(position, "n_samples", halves), "2.parquet")
    put(change("count_quality", {13: "Exact"}).slice(12), "3.parquet")
    error = refusal("1.parquet", "2.parquet", "3.parquet")
    assert [each.rule for each in error.violations] == [
        "columns present",
        "types",
        "known count_quality",
    ]
    assert error.violations[0].why.startswith("1.parquet: column 'ratio' is missing")
    assert error.violations[1].first[0].source == "2.parquet"


def test_duplicates_across_files_name_both(table: pa.Table) -> None:
    """A copy of a file under another name cannot be told by its path."""
    put(table, "1.parquet")
    put(table, "2.parquet")
    error = refusal("1.parquet", "2.parquet")
    assert [(each.rule, each.rows) for each in error.violations] == [("unique key", 36)]
    assert "row 0 of 1.parquet and row 0 of 2.parquet have the same key" in str(error)


def test_a_missing_column_beside_a_recall_is_explained(table: pa.Table) -> None:
    """The columns that the contract does not know are looked at for the reason alone."""
    put(table.rename_columns({"n_correct": "recall"}), "a.parquet")
    assert "n_correct is recall x n_samples" in str(refusal("a.parquet"))


def test_a_union_without_rows_is_refused(table: pa.Table) -> None:
    """An analysis of nothing is a mistake; an empty file beside others is not."""
    put(table.slice(0, 0), "empty.parquet")
    assert "the table has no rows" in str(refusal("empty.parquet"))
    put(table, "full.parquet")
    assert read_recall_table(["empty.parquet", "full.parquet"]).num_rows == 18


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a.parquet is empty, and a recall table is a whole Parquet file"),
        (b"class,recall\n0,0.5\n", "a.parquet is text with separated columns (CSV?), and"),
        (b"PK\x03\x04....", "a.parquet is a zip archive"),
        (b"PAR1", "a.parquet is damaged or cannot be read"),
        (b"PAR1PAR1PAR1PAR1", "a.parquet is damaged or cannot be read"),
        (b"PAR1...", "a.parquet is a Parquet file that ends too early"),  # an interrupted copy
    ],
)
def test_a_file_that_is_no_parquet_is_called_what_it_is(content: bytes, said: str) -> None:
    """One line each."""
    Path("a.parquet").write_bytes(content)
    assert said in str(refusal("a.parquet"))


def test_flipped_bits_never_pass_for_counts(table: pa.Table) -> None:
    """The data lies under checksums: a damaged file is refused, or gives the very same table.

    Three hundred files with one damaged bit each, drawn with seed 0, anywhere between the first
    four bytes and the footer (whose length stands before the last four).
    """
    write_recall_table(table, "a.parquet", Provenance())
    expected = read_recall_table("a.parquet")
    whole = Path("a.parquet").read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    generator = np.random.default_rng(0)
    refused = 0
    for position in generator.integers(4, footer, size=300):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(generator.integers(8))
        Path("b.parquet").write_bytes(damaged)
        try:
            assert read_recall_table("b.parquet").equals(expected)
        except ContractError:
            refused += 1
    assert refused > 100


def test_a_file_that_may_not_be_read_is_said_to(
    table: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may run as a user who may read everything, so the refusal is staged."""
    put(table, "a.parquet")

    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("data_contracts.reading._ends", locked)
    assert str(refusal("a.parquet")) == (
        "a.parquet may not be read (Permission denied): check its permissions"
    )


def test_any_file_system_of_pyarrow_is_read(table: pa.Table, folder: Path) -> None:
    """As an object store would be given, with credentials of one's own."""
    store = fs.SubTreeFileSystem(str(folder), fs.LocalFileSystem())
    write_recall_table(table, "study.parquet", Provenance(producer="me"), filesystem=store)
    assert read_recall_table(["*.parquet"], filesystem=store).num_rows == 18
    provenance = read_provenance("study.parquet", filesystem=store)
    assert provenance is not None
    assert provenance.producer == "me"


def test_provenance_is_one_files(table: pa.Table) -> None:
    """What the writer said; None, not an empty one, where nothing was; a folder of two has two."""
    provenance = Provenance(producer="rdtrain 0.1.0", study="digits", notes=("30 seeds",))
    write_recall_table(table, "a.parquet", provenance)
    assert read_provenance("a.parquet") == provenance
    put(table, "b.parquet", None)
    assert read_provenance("b.parquet") is None
    with pytest.raises(ContractError, match="names 2 files, each with its own provenance"):
        read_provenance(".")
