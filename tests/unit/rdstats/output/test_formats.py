"""Tables as files: every digit for machines, a few for readers, and names that stay text."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from pyarrow.csv import read_csv

from rdstats.errors import StatsError
from rdstats.output.formats import FORMATS, write_frame, write_whole
from rdstats.output.words import records

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def frame() -> pd.DataFrame:
    """A small result: a name, a count, full-precision floats, a p-value and a missing value."""
    return pd.DataFrame(
        {
            "method": ["MP", "UP"],
            "models": [30, 29],
            "alpha_mean": [0.1 + 0.2, 1 / 3],
            "p": [0.00001, 0.25],
            "ci_low": [float("nan"), -0.5],
            "status": ["ok", "1 of 30 models has no slope (m3)"],
        }
    )


def test_csv_and_parquet_keep_every_digit(frame: pd.DataFrame, tmp_path: Path) -> None:
    """0.1 + 0.2 comes back as the same float, and a missing value as missing."""
    csv = read_csv(write_frame(frame, tmp_path / "table.csv")).to_pandas()
    parquet = pd.read_parquet(write_frame(frame, tmp_path / "table.parquet"))
    for back in (csv, parquet):
        pd.testing.assert_frame_equal(back, frame, check_dtype=False, check_exact=True)


def test_csv_is_what_pandas_writes(tmp_path: Path) -> None:
    """Byte for byte: quotes, commas, lines, missing and infinite values, every digit."""
    frame = pd.DataFrame(
        {
            "text": ['say "yes"', "a, b", None, "two\nlines"],
            "number": [0.1 + 0.2, float("nan"), float("inf"), -1e-9],
            "count": [1, 2, 3, 4],
            "some": pd.array([1, None, 3, 4], dtype="Int64"),
            "is": [True, False, True, False],
            "whole": [1.0, 1e16, 123456789.0, 0.0],
            "a, mix": pd.Series([1, True, 1.0, "1"], dtype=object),
        }
    )
    for columns in (frame, frame[["text"]]):
        expected = columns.to_csv(index=False, lineterminator="\n").encode()
        assert write_frame(columns, tmp_path / "table.csv").read_bytes() == expected


def test_json_keeps_every_digit_and_has_a_word_for_what_json_lacks(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    """Strict JSON: null for missing, text for infinite bounds, an empty list for no rows."""
    frame["high"] = [float("inf"), float("-inf")]
    text = write_frame(frame, tmp_path / "table.json").read_text()
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert found == [
        {**records(frame)[0], "ci_low": None, "high": "Infinity"},
        {**records(frame)[1], "high": "-Infinity"},
    ]
    assert json.loads(write_frame(frame[:0], tmp_path / "table.json").read_text()) == []


def test_markdown_is_rounded_and_never_shows_p_as_zero(frame: pd.DataFrame, tmp_path: Path) -> None:
    """Three decimals, `< 0.001`, and a dash for what is missing."""
    lines = write_frame(frame, tmp_path / "table.md").read_text().splitlines()
    assert lines == [
        "| method | models | alpha_mean | p | ci_low | status |",
        "| :--- | ---: | ---: | ---: | ---: | :--- |",
        r"| MP | 30 | 0.300 | \< 0.001 | – | ok |",
        "| UP | 29 | 0.333 | 0.250 | -0.500 | 1 of 30 models has no slope (m3) |",
    ]


def test_latex_puts_numbers_in_math_mode(frame: pd.DataFrame, tmp_path: Path) -> None:
    """So that a minus is a minus and `<` no question mark upside down."""
    lines = write_frame(frame, tmp_path / "table.tex").read_text().splitlines()
    assert lines[1] == r"\begin{tabular}{lrrrrl}"
    assert lines[3] == r"method & models & alpha\_mean & p & ci\_low & status \\"
    assert lines[5] == r"MP & $30$ & $0.300$ & $< 0.001$ & -- & ok \\"
    assert lines[6].startswith(r"UP & $29$ & $0.333$ & $0.250$ & $-0.500$ & 1 of 30")
    assert lines[-1] == r"\end{tabular}"


def test_a_name_with_markup_stays_text_in_markdown_and_latex(tmp_path: Path) -> None:
    """A class called like a tag, a column break or a command stays one cell of text."""
    frame = pd.DataFrame({"class_name": [SCRIPT, "a|b", r"\input{x} & 50%_$", "=cmd()"]})
    markdown = write_frame(frame, tmp_path / "t.md").read_text().splitlines()
    assert markdown[2] == r"| \<script\>alert(1)\</script\> |"
    assert markdown[3] == r"| a\|b |"
    latex = write_frame(frame, tmp_path / "t.tex").read_text().splitlines()
    assert latex[5] == r"\textless{}script\textgreater{}alert(1)\textless{}/script\textgreater{} \\"
    assert latex[7] == r"\textbackslash{}input\{x\} \& 50\%\_\$ \\"


@pytest.mark.parametrize("name", ["=cmd()", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "=1\n"])
def test_a_formula_in_csv_becomes_text(tmp_path: Path, name: str) -> None:
    """A spreadsheet that opens the file shows the name and computes nothing."""
    path = write_frame(pd.DataFrame({"class_name": [name]}), tmp_path / "t.csv")
    assert pd.read_csv(path)["class_name"].tolist() == ["'" + name]


@pytest.mark.parametrize("name", ["table.xlsx", "table"])
def test_an_unknown_suffix_is_refused_in_one_line_with_the_known_ones(
    frame: pd.DataFrame, tmp_path: Path, name: str
) -> None:
    """And nothing is written."""
    with pytest.raises(StatsError, match=r"use one of \.csv, \.json, \.md, \.parquet, \.tex"):
        write_frame(frame, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_full_disk_leaves_the_older_file_and_nothing_else(
    frame: pd.DataFrame, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is whole or not there."""
    path = tmp_path / f"table{suffix}"
    path.write_bytes(b"older")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_frame(frame, path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """`--out results/table.csv` needs no mkdir."""
    path = tmp_path / "results" / "deeper" / "table.csv"
    assert write_whole(path, b"content") == path
    assert path.read_bytes() == b"content"
