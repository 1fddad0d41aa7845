"""What a table function takes: paths, data frames, Arrow tables, arrays, and large files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rdstats
from data_contracts import (
    ContractError,
    Provenance,
    RdstatsError,
    read_recall_table,
    write_recall_table,
)
from rdstats.errors import StatsError
from rdstats.planning.pilots import seeds_from_pilot
from rdstats.planning.power import Question
from rdstats.report.report import write_report
from rdstats.tables import reading
from rdstats.tables.classes import classes
from rdstats.tables.compare import compare
from rdstats.tables.conditions import conditions
from rdstats.tables.reading import Source, Tables, as_arrays, origins_of, read, samples_of
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.sensitivity import sensitivity
from rdstats.tables.slopes import balances, slopes
from synthetic import baseline, before_after, recall_table, table_of_counts, with_column

FUNCTIONS: list[Callable[[Tables], pd.DataFrame]] = [
    slopes,
    conditions,
    classes,
    sensitivity,
    balances,
    lambda table: compare(table, "ratio"),
    lambda table: seeds_from_pilot(table, Question(effects=(0.1,))),
]
MP = Selection(where=(("method", "MP"),))
Z = Selection(where=(("study", "z"),))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three studies, two of them in one file, not in the order of their names."""
    folder = tmp_path_factory.mktemp("studies")
    studies = [
        recall_table(study=name, dataset=dataset, models=4, seed=seed)
        for seed, (name, dataset) in enumerate(
            [("z", "digits"), ("a10", "MNIST"), ("a9", "digits")]
        )
    ]
    for name, tables in (("one", studies[:2]), ("two", studies[2:])):
        file = folder / f"{name}.parquet"
        write_recall_table(pa.concat_tables(tables), file, Provenance(producer="a test"))
    return [folder / "one.parquet", folder / "two.parquet"]


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every file too large to be read at once."""
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 0)


SHAPES: dict[str, Callable[[list[Path], pa.Table], Tables]] = {
    "files": lambda files, _: files,
    "folder": lambda files, _: str(files[0].parent),
    "glob": lambda files, _: files[0].parent / "*.parquet",
    "frame": lambda _, table: table.to_pandas(),
    "frame of few types": lambda _, table: table.to_pandas().astype({"class_index": float}),
    "without a nullable column": lambda _, table: table.drop_columns(["n_both_correct"]),
    "arrays": lambda _, table: as_arrays(table),
    "arrays of another selection": lambda _, table: as_arrays(table, Z),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_shape_a_table_has_its_numbers_are_the_same(
    shape: str, sources: list[Path]
) -> None:
    """Row by row, digit by digit."""
    table = read_recall_table(sources)
    pd.testing.assert_frame_equal(conditions(SHAPES[shape](sources, table)), conditions(table))


@pytest.mark.usefixtures("in_blocks")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_arrays_and_files_read_study_by_study_give_the_table_of_the_whole(
    function: Callable[[Tables], pd.DataFrame], sources: list[Path]
) -> None:
    """Also families of tests, which reach over blocks."""
    expected = function(read_recall_table(sources))
    pd.testing.assert_frame_equal(function(sources), expected)
    pd.testing.assert_frame_equal(function(as_arrays(sources)), expected)


@pytest.mark.usefixtures("in_blocks")
def test_a_report_read_study_by_study_is_the_same(sources: list[Path], tmp_path: Path) -> None:
    """Byte by byte, with what the page tells of the rows."""
    pages = [
        write_report(table, tmp_path / name, Z)
        for name, table in (("whole", read_recall_table(sources)), ("blocks", sources))
    ]
    expected, found = (
        {file.name: file.read_bytes() for file in page.parent.iterdir()} for page in pages
    )
    assert found == expected
    assert b"rows of the tables" in found["index.html"]


def test_arrays_of_one_selection_are_of_one_split() -> None:
    """They hold the counts of one split only, and are not made again for their own selection."""
    arrays = as_arrays(recall_table(), MP)
    assert as_arrays(arrays, MP) is arrays
    with pytest.raises(StatsError, match="of split test, not validation"):
        slopes(arrays, replace(EVERYTHING, split="validation"))


@pytest.mark.parametrize("rows_at_once", [0, 10_000])
def test_a_split_that_is_not_there_is_refused_with_those_there_are(
    sources: list[Path], rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words, however the table was read."""
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", rows_at_once)
    with pytest.raises(StatsError, match="no rows of split train; it has: test"):
        as_arrays(sources, Selection(split="train"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (7, "a recall table is a path"),
        ([recall_table()], "a recall table is a path"),
        ("nowhere.parquet", "nowhere.parquet: no such file or folder"),
        (pd.DataFrame({"study": ["s"]}), "the data frame breaks the recall table's contract"),
        (recall_table().drop_columns(["split"]), "column 'split' is missing"),
        (recall_table().to_pandas().drop(columns="split"), "column 'split' is missing"),
        (recall_table().to_pandas().set_index("study"), "column 'study' is missing"),
        (recall_table().to_pandas().assign(stage="tuned"), "stage is 'tuned', but can only be"),
        (pd.DataFrame({"study": ["s", 1]}), "the data frame has a column of mixed kinds"),
    ],
)
def test_what_is_no_recall_table_is_said_in_words(source: Source, words: str) -> None:
    """By `read` and by every table function."""
    functions: tuple[Callable[[Source], object], ...] = (read, conditions)
    for function in functions:
        with pytest.raises(RdstatsError) as refused:
            function(source)
        assert words in str(refused.value)


def test_a_table_in_memory_is_judged_by_read() -> None:
    """The rules are those of a file."""
    table = recall_table()
    assert read(table).equals(table)
    assert read(table.to_pandas()).equals(table)
    with pytest.raises(ContractError, match="unique key"):
        read(pa.concat_tables([table, table]))


def test_a_folder_with_a_report_below_gives_its_recall_table(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is no recall table there is left out with a note; named by itself it is refused."""
    write_recall_table(recall_table(), tmp_path / "recall.parquet", Provenance(producer="a test"))
    report = tmp_path / "report" / "conditions.parquet"
    report.parent.mkdir()
    pq.write_table(pa.table({"verdict": ["<"], "study": ["s"]}), report)
    with caplog.at_level("INFO", logger="data_contracts"):
        found = conditions(tmp_path)
    assert "conditions.parquet is left out" in caplog.text
    pd.testing.assert_frame_equal(found, conditions(recall_table()))
    with pytest.raises(ContractError, match="is missing"):
        conditions([tmp_path / "recall.parquet", report])
    with pytest.raises(ContractError, match="is missing"):
        conditions(report.parent)


SMALL = table_of_counts(before_after([[9, 19]], [[8, 18]]), n_samples=[10, 20])
LARGE = table_of_counts(before_after([[9, 9]], [[8, 8]]), n_samples=[30, 15], study="large")
TRAIN = table_of_counts({baseline("m0"): [9]}, n_samples=[99], split="train")


def test_contents_are_of_one_split_and_rows_of_all() -> None:
    """The larger support of a class of two studies; a row of the training set counts as a row."""
    arrays = as_arrays(pa.concat_tables([LARGE, SMALL, TRAIN]))
    assert arrays.rows == 9
    assert {name: row.to_dict() for name, row in samples_of(arrays).items()} == {
        "digits": {0: 30, 1: 20}
    }
    assert [origins_of(arrays, column) for column in ("selected_on", "count_quality")] == [
        ["validation"],
        ["exact"],
    ]
    half = with_column(SMALL, "selected_on", ["validation", None, "validation", None])
    assert origins_of(as_arrays(half), "selected_on") == ["not said", "validation"]


@pytest.mark.parametrize(
    "name",
    ["slopes", "balances", "conditions", "classes", "sensitivity", "tradeoff", "safe_ratios"],
)
def test_every_table_says_its_units(name: str) -> None:
    """In pandas' attrs, where a notebook's reader looks for them."""
    frame = getattr(rdstats, name)(recall_table(ratios=(2.0,), models=3))
    assert "0.05 is 5 points" in frame.attrs["units"]
