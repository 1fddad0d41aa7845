"""Which files are read, what is kept of where they came from, and what is refused beforehand."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_contracts import METADATA_KEY, ContractError
from data_contracts.importers import IMPORTERS, Described, ImportOptions, import_files
from data_contracts.importers.files import import_all

ABOUT = Described(study="s", dataset="d", architecture="a", model="m0", ratio=1.0)
OPTIONS = ImportOptions(described=ABOUT)
TEXT = "y_true,y_pred\n0,0\n1,2\n1,1\n"


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


def test_what_was_left_out_is_noted_and_progress_is_told(file: Path) -> None:
    """A predicted label that is no sample's true class; words, files read, files."""
    told: list[tuple[str, int, int]] = []
    found = import_all(
        "predictions", [file], options=OPTIONS, progress=lambda *step: told.append(step)
    )
    (note,) = found.provenance.notes
    assert "1 samples are predicted as '2', which is no sample's true class" in note
    assert told == [("p.csv", 0, 1), ("p.csv, 3 rows", 0, 1)]


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
        *((name, {"confirmed": {"no"}}, "--confirm no: the format .*") for name in IMPORTERS),
        *((name, {"settings": {"no": "1"}}, "--set no=...: the format .*") for name in IMPORTERS),
        ("sklearn-report", {"confirmed": {"subsets"}}, "never asks for that; it knows subset"),
        ("table", {"settings": {"support": "f"}}, "no such setting; it has supports"),
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


def test_a_folder_stands_for_the_files_of_its_format(tmp_path: Path) -> None:
    """Hidden names and other suffixes are passed over; capitals count as small letters."""
    for name in ("b.csv", "a/c.CSV", "a/d.json", ".hidden.csv", "_tmp/e.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TEXT)
    options = ImportOptions(described=replace(ABOUT, model=None))
    found = import_all("predictions", [tmp_path], options=options, pattern="{model}.*")
    assert [each.described.model for each in found.models] == ["c", "b"]


def test_a_uri_is_refused() -> None:
    """Files to import are read several times, on this machine."""
    with pytest.raises(ContractError, match="copy it to a file first"):
        import_files("predictions", ["s3://bucket/p.csv"], options=OPTIONS)
