"""Tables in a terminal fit it and hide nothing that needs reading."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len

from rd_cli.progress import steps
from rd_cli.terminal import print_shown, print_table, say
from rdstats.output.shown import ShownTable
from rdstats.pairs.check import check_models
from rdstats.pairs.words import shown_check

REMARK = "2 of 30 models have no slope (m3, m7): flat baseline"
HEADER = ("method", "ratio", "class-mean slope", "verdict", "status")


def shown(status: str, *, remarks: bool) -> ShownTable:
    """Return a table of one row."""
    row = ("MP", "10", "1.210 (1.120 to 1.310)", ">", status)
    return ShownTable("Conditions", "What it holds.", HEADER, (row,), remarks)


@pytest.mark.parametrize("columns", [48, 60, 80, 200])
def test_no_line_is_longer_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    """Columns that do not fit are left out, and the footer says how many; a remark is folded."""
    monkeypatch.setenv("COLUMNS", str(columns))
    print_shown(shown(REMARK, remarks=True))
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= columns
    assert ("do not fit" in out or "does not fit" in out) == (columns < 80)
    assert set(REMARK.split()) <= set(out.split())


def test_a_status_that_only_says_ok_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is not counted as missing."""
    monkeypatch.setenv("COLUMNS", "120")
    print_shown(shown("ok", remarks=False))
    out = capsys.readouterr().out
    assert "status" not in out
    assert "not fit" not in out


def test_a_name_cannot_break_a_line_or_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its control characters are shown; nor is it taken for markup."""
    print_table(["model", "x"], [["[bold]a\nb\x1b[31m", "1"], ["模型", "2"]])
    header, rule, first, second = capsys.readouterr().out.splitlines()
    assert first.split() == [r"[bold]a\nb\x1b[31m", "1"]
    assert cell_len(first) == cell_len(second) == cell_len(header) == cell_len(rule)


def test_the_last_column_and_sentences_are_shown_the_same_way(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line break of a sentence of ours is a blank; one of a name is seen."""
    print_table(["x", "class"], [["1", "cat\x07\r\n"]])
    say("two\nlines about cat\x07")
    out = capsys.readouterr().out
    assert r"1  cat\x07\r\n" in out.splitlines()
    assert out.endswith("\ntwo lines about cat\\x07\n")


def test_a_name_as_long_as_a_path_leaves_room_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is cut with a mark; the first column is there however narrow the terminal."""
    monkeypatch.setenv("COLUMNS", "60")
    row = ("a/" * 1500, "10", "1.210 (1.120 to 1.310)", ">", "ok")
    print_shown(ShownTable("Conditions", "What it holds.", HEADER, (row,), False))
    _, _, line, *_ = capsys.readouterr().out.splitlines()
    assert line.split() == ["a/" * 19 + "a…", "10"]
    monkeypatch.setenv("COLUMNS", "20")
    print_shown(ShownTable("Conditions", "What it holds.", HEADER, (row,), False))
    assert capsys.readouterr().out.splitlines()[2] == "a/" * 10


def test_only_columns_that_fit_are_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence on a column that is not seen would send its reader to look for it."""
    keys = (("a", "A: seen."), ("b", "B: left out."))
    table = ShownTable("T", "Lead.", ("a", "b", "status"), (("x" * 30, "y" * 30, "ok"),), False)
    for width, told in ((50, "Lead. A: seen. 1 more"), (90, "Lead. A: seen. B: left out. --out")):
        monkeypatch.setenv("COLUMNS", str(width))
        print_shown(replace(table, keys=keys))
        assert told in " ".join(capsys.readouterr().out.split())


def test_a_name_in_a_progress_bar_is_no_markup_and_steers_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bar is drawn on terminals only, which FORCE_COLOR makes of any stream."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with steps("import") as tell:
        tell("[red]a[/] \x1b]0;b\x07.csv", 1, 2)
    assert "import: [red]a[/] \\x1b]0;b\\x07.csv" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_class_verdict_and_drop_fit_any_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worst first, the unharmed counted; no line is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    truth = np.repeat([f"class {place:02}" for place in range(20)], 200)
    after = np.where(np.arange(4000) % 200 < np.repeat([60, 30, *[0] * 18], 200), "class 09", truth)
    print_shown(shown_check(check_models(truth, truth, after), worst=True))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["class", "verdict", "drop"]
    assert [line.split()[1:4] for line in lines[2:4]] == [
        ["00", "harmed", "30.0"],
        ["01", "harmed", "15.0"],
    ]
    assert lines[4] == "and 18 unharmed"
    assert max(map(len, lines)) <= columns


def test_verdicts_are_coloured_in_a_terminal_unless_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And never in a file."""
    table = ShownTable("t", "c", ("class", "verdict", "drop"), (("a", "harmed", "1"),), False)
    print_shown(table)
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_shown(table)
    assert "\x1b[1;33mharmed\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    print_shown(table)
    assert "\x1b" not in capsys.readouterr().out
