"""What a container leaves us, and what a file may take of it: bombs are told, not unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from data_contracts import ContractError, read_recall_table
from data_contracts.importers import ImportOptions
from data_contracts.importers.formats import lm_eval
from data_contracts.importers.read.arrays import load_arrays
from data_contracts.importers.read.pieces import open_predictions
from data_contracts.importers.read.records import read_records
from data_contracts.limits import MEMORY, available_cores, memory, refuse_beyond
from data_contracts.reading import read_recall_blocks


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that may run on eight cores."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "400000 100000"}, 4),
        ({"cpu.max": "250000 100000"}, 3),  # `docker run --cpus 2.5` keeps three processes busy
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "6400000 100000"}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": ""}, 8),
        ({"cpu.max": "what"}, 8),
        # Version 1 of control groups has two files.
        ({"cpu/cpu.cfs_quota_us": "150000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
        ({}, 8),  # macOS, Windows, and Linux without a container
    ],
)
def test_the_limit_of_a_container(tmp_path: Path, files: dict[str, str], cores: int) -> None:
    """As the system's files say it."""
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(
    ("name", "text"), [("memory.max", "1000"), ("memory/memory.limit_in_bytes", "1000")]
)
def test_the_memory_of_a_container(tmp_path: Path, name: str, text: str) -> None:
    """As the system's files say it; where they say nothing, that of the machine."""
    (tmp_path / "memory").mkdir()
    there = memory(tmp_path)
    assert there > 1 << 28
    (tmp_path / name).write_text("max\n")
    assert memory(tmp_path) == there
    (tmp_path / name).write_text(f"{text}\n")
    assert memory(tmp_path) == 1000


def test_a_limit_is_told_with_what_raises_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In GB, by the environment; what is no number there is refused."""
    refuse_beyond(memory() / 5, "a.csv")
    with pytest.raises(ContractError, match=rf"a\.csv would take .* set {MEMORY} to more GB"):
        refuse_beyond(memory() / 3, "a.csv")
    monkeypatch.setenv(MEMORY, "1e6")
    refuse_beyond(memory() / 3, "a.csv")
    monkeypatch.setenv(MEMORY, "much")
    with pytest.raises(ContractError, match="is no number of GB"):
        refuse_beyond(1, "a.csv")


ZEROS = bytes(3_000_000)
LONG = pa.array(["x" * 1000] * 5000)


def zipped(content: bytes, name: str) -> bytes:
    """Return an archive of one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return archive.getvalue()


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    """Return what is written."""
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


UNREAD: dict[str, Any] = {
    "y_true": np.arange(3),
    "y_pred": np.arange(3),
    "features": np.zeros((500, 1000)),
}
SHEET = pd.DataFrame({"class": range(3000), "n": range(3000)})
BOMBS = {
    "a.json.gz": gzip.compress(ZEROS),
    "a.json.bz2": bz2.compress(ZEROS),
    "a.json.xz": lzma.compress(ZEROS),
    "a.json.zip": zipped(ZEROS, "a.json"),
    "a.csv.zst": pa.Codec("zstd").compress(ZEROS, asbytes=True),
    "a.json": b'{"a": "' + ZEROS.replace(b"\0", b"a") + b'"}',
    "a.csv": b"class,n\n" + 20_000 * b"a,1\n",
    "utf16.csv": "class,n\n".encode("utf-16") + ZEROS,
    "a.parquet": saved(lambda to: pq.write_table(pa.table({"class": LONG}), to)),
    "a.npz": saved(lambda to: np.savez_compressed(to, **UNREAD)),
    "a.npy.gz": gzip.compress(saved(lambda to: np.save(to, np.zeros((500, 1000))))),
    "a.xlsx": saved(lambda to: SHEET.to_excel(to, index=False)),
    "a.feather": saved(
        lambda to: pa.feather.write_feather(pa.table({"class": LONG}), to, compression="zstd")
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unfolds_to_more_than_a_file_may_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """By the sizes that headers state, or while it is unpacked; each is smaller than the limit."""
    monkeypatch.setenv(MEMORY, "0.002")
    path = tmp_path / name
    path.write_bytes(BOMBS[name])
    read = load_arrays if ".np" in name else read_records
    with pytest.raises(ContractError, match=rf"{re.escape(name)}.* would take .* of memory"):
        read(path)


def test_a_line_without_an_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the memory."""
    monkeypatch.setattr("data_contracts.importers.read.text.LONGEST_LINE", 1000)
    path = tmp_path / "a.csv"
    path.write_text("y_true,y_pred\n1,1\n" + 2000 * "1")
    log = tmp_path / "samples_task.jsonl"
    log.write_text('{"doc_hash": "a", "filtered_resps": [], "acc": 1.0}\n' + 2000 * "1")
    for read in (lambda: read_records(path), lambda: list(lm_eval.read(log, ImportOptions()))):
        with pytest.raises(ContractError, match="has a line of more than 1,000 signs"):
            read()


def test_a_recall_table_of_one_long_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet holds a name once, a table in every row."""
    path = tmp_path / "recall.parquet"
    numbers = {"class_index": range(5000), "n_correct": range(5000)}
    rows = pa.table({"study": LONG, "dataset": LONG, **numbers})
    pq.write_table(rows, path)
    assert path.stat().st_size < 100_000
    monkeypatch.setenv(MEMORY, "0.002")
    with pytest.raises(ContractError, match=r"recall\.parquet would take .* of memory"):
        read_recall_table(path)
    with pytest.raises(ContractError, match=r"recall\.parquet would take .* of memory"):
        list(read_recall_blocks([path]))


def test_predictions_are_read_in_pieces_whatever_their_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long name is there once in each."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"y_true": LONG, "y_pred": LONG}), path)
    monkeypatch.setenv(MEMORY, "0.002")
    (piece,) = open_predictions(path).pieces(["y_true"], [], [])
    texts, codes = piece.labels("y_true")
    assert texts == ["x" * 1000]
    assert len(codes) == 5000
    monkeypatch.setenv(MEMORY, "0.00005")
    with pytest.raises(ContractError, match=r"would take .* of memory"):
        open_predictions(path)
