"""No command replaces a file that it was given, whatever name `--out` calls it by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data_contracts.writing import write_whole
from synthetic import baseline, table_of_counts

Command = Callable[..., Any]

COUNTS = {
    baseline("a"): [8, 6, 9],
    baseline("b"): [7, 7, 8],
    ("MP", 2.0, "finetuned", "a"): [7, 5, 9],
    ("MP", 2.0, "finetuned", "b"): [6, 7, 8],
    ("MP", 4.0, "finetuned", "a"): [6, 4, 8],
    ("MP", 4.0, "finetuned", "b"): [6, 6, 8],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table under four names, and two files of predictions."""
    monkeypatch.chdir(tmp_path)
    Path("study").mkdir()
    pq.write_table(table_of_counts(COUNTS, n_samples=10), "study/t.parquet")
    Path("link.parquet").symlink_to("study/t.parquet")
    Path("hard.parquet").hardlink_to("study/t.parquet")
    for name in ("before.csv", "after.csv"):
        Path(name).write_text("y_true,y_pred\n" + "a,a\nb,b\n" * 30)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("slopes study/t.parquet --out study/t.parquet", 1),
        ("conditions study/t.parquet --out link.parquet", 1),
        ("classes link.parquet --out study/t.parquet", 1),
        ("sensitivity study --out study/t.parquet", 1),
        ("compare study/*.parquet --along ratio --out hard.parquet", 1),
        ("validate study/t.parquet --out study/t.parquet", 1),
        ("power --pilot study/t.parquet --effect 0.1 --out study/t.parquet", 1),
        (
            "check study/t.parquet --after model=a --after ratio=2 --margin .3 --out hard.parquet",
            1,
        ),
        ("check before.csv after.csv --out after.csv", 1),
        ("check before.csv after.csv --gate --out before.csv", 4),
    ],
)
def test_an_input_is_never_replaced(rdstats: Command, folder: Path, words: str, code: int) -> None:
    """One line says so, and every file is what it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = rdstats(*words.split())
    assert done.code == code
    assert "one of the files that were read" in done.err
    assert len(done.err.strip().splitlines()) <= 2  # a note on metadata, and the error
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_what_a_command_read_may_be_written_by_the_next(rdstats: Command, folder: Path) -> None:
    """And in Python: a table is read, changed and written back."""
    assert rdstats("slopes", "study/t.parquet", "--out", "slopes.csv").code == 0
    assert rdstats("conditions", "link.parquet", "--out", "slopes.csv").code == 0
    write_whole(folder / "study" / "t.parquet", b"new")
