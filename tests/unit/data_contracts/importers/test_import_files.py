"""Which files are read, what is kept of where they came from, and what is refused beforehand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from data_contracts import METADATA_KEY, ContractError
from data_contracts.importers import Described, ImportOptions, import_files
from data_contracts.importers.files import find_source_files, import_all

ABOUT = Described(study="s", dataset="d", architecture="a", model="m0", ratio=1.0)
OPTIONS = ImportOptions(described=ABOUT)
TEXT = "y_true,y_pred\n0,0\n1,2\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A prediction file."""
    path = tmp_path / "p.csv"
    path.write_text(TEXT)
    return path


def test_the_provenance_says_importer_options_and_hashes(file: Path) -> None:
    """So that a table can be traced to its files, wherever they lie."""
    table = import_files("predictions", [file], options=OPTIONS)
    said = json.loads(table.schema.metadata[METADATA_KEY])
    assert said["importer"]["name"] == "predictions"
    assert said["importer"]["study"] == "s"
    assert said["source_hashes"] == {"p.csv": hashlib.sha256(TEXT.encode()).hexdigest()}


def test_what_was_left_out_is_noted(file: Path) -> None:
    """A predicted label that is no sample's true class."""
    found = import_all("predictions", [file], options=OPTIONS)
    assert len(found.provenance.notes) == 1
    assert (
        "1 samples are predicted as '2', which is no sample's true class"
        in found.provenance.notes[0]
    )


def test_progress_is_told_by_file_and_rows(file: Path) -> None:
    """Words, files read, files."""
    told: list[tuple[str, int, int]] = []
    import_all("predictions", [file], options=OPTIONS, progress=lambda *step: told.append(step))
    assert told == [("p.csv", 0, 1), ("p.csv, 2 rows", 0, 1)]


@pytest.mark.parametrize(("out", "error"), [("p.csv", "is one of"), ("no/a.parquet", "make it")])
def test_a_target_that_cannot_be_written_is_refused_before_the_work(
    file: Path, out: str, error: str
) -> None:
    """A source, or a name in a folder that is not there."""
    with pytest.raises(ContractError, match=error):
        import_all("predictions", [file], options=OPTIONS, target=file.parent / out)


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("prediction", {}, "there is no format 'prediction': formats are predictions"),
        ("predictions", {"preset": "keras"}, "there is no preset 'keras': presets are sklearn"),
        ("predictions", {"preset": "caret"}, "the preset caret is for confusion and table, not"),
        ("predictions", {"columns": {"true": "y_true"}}, "there is no column 'true' to map"),
        ("predictions", {"columns": {"y_true": "t"}}, "has no column 't', only 'y_true', 'y_pred'"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    file: Path, name: str, options: dict[str, Any], error: str
) -> None:
    """With what there is."""
    with pytest.raises(ContractError, match=error):
        import_files(name, [file], options=ImportOptions(described=ABOUT, **options))


def test_folders_globs_and_files_are_found_in_order(tmp_path: Path) -> None:
    """Hidden names and other suffixes are passed over."""
    for name in ("b.csv", "a.csv", "a/c.CSV", "a/d.json", ".hidden.csv", "_tmp/e.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    found = find_source_files([tmp_path], [".csv"])
    assert [each.relative_to(tmp_path).as_posix() for each in found] == [
        "a/c.CSV",
        "a.csv",
        "b.csv",
    ]
    assert [each.name for each in find_source_files([f"{tmp_path}/*.csv"], [".csv"])] == [
        "a.csv",
        "b.csv",
    ]


@pytest.mark.parametrize(
    ("sources", "error"),
    [
        ([], "no source is given"),
        ([" "], "an empty path"),
        (["none.csv"], "none.csv: no such file or folder"),
        (["*.nothing"], "nothing matches"),
        (["\0"], "cannot be read|no such file"),
        ([__file__, Path(__file__).parent], "is given twice"),
    ],
)
def test_sources_that_are_not_there_or_twice_are_refused(
    sources: list[str | Path], error: str
) -> None:
    """By name."""
    with pytest.raises(ContractError, match=error):
        find_source_files(sources, [".py"])
