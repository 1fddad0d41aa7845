"""The `rdstats` command in one process: options reach the library, files and codes come back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import rdstats as rd
from data_contracts import Provenance, write_recall_table
from rd_cli.stats.app import app
from synthetic import recall_table

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Two methods at two ratios, four models, a control arm."""
    return recall_table(methods=("MP", "UP"), ratios=(2.0, 10.0), models=4)


@pytest.fixture
def path(tmp_path: Path, table: pa.Table) -> Path:
    """It as a file."""
    file = tmp_path / "recall.parquet"
    write_recall_table(table, file, Provenance(producer="a test"))
    return file


def one_line(done: Any, code: int) -> str:
    """Check that a command ended with an error of one line; return it."""
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("rdstats: error: ")
    assert done.err.count("\n") == 1
    return str(done.err)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "slopes --where method=MP --where ratio=10",
            lambda table: rd.slopes(table, rd.Selection(where=(("method", "MP"), ("ratio", "10")))),
        ),
        (
            "conditions --delta 0.9 --metric precision --permutation --seed 4",
            lambda table: rd.conditions(
                table, rd.Selection(metric="precision"), delta=0.9, permutation=True, seed=4
            ),
        ),
        (
            "classes --margin 0.01 --quantity excess --no-control --average macro",
            lambda table: rd.classes(
                table, rd.Selection(average="macro"), margin=0.01, quantity="excess", control=False
            ),
        ),
        (
            "compare --along method --slope class-mean --alternative less --family all --student "
            "--pairs UP_vs_MP --delta 0.3 --permutation --seed 2",
            lambda table: rd.compare(
                table,
                "method",
                slope="class-mean",
                alternative="less",
                family="all",
                pairs=[("UP", "MP")],
                student=True,
                delta=0.3,
                permutation=True,
                seed=2,
            ),
        ),
        (
            "compare --along ratio --order 10,2",
            lambda table: rd.compare(table, "ratio", order=["10", "2"]),
        ),
        (
            "sensitivity --where ratio=10 --seed 3",
            lambda table: rd.sensitivity(table, rd.Selection(where=(("ratio", "10"),)), seed=3),
        ),
    ],
    ids=lambda each: each.split()[0] if isinstance(each, str) else "",
)
def test_a_command_writes_what_the_library_returns(
    rdstats: Command, path: Path, table: pa.Table, words: str, expected: Command
) -> None:
    """With every option; without --out it prints a table."""
    out = path.with_name("out.parquet")
    command, *options = (word.replace("_vs_", " vs ") for word in words.split())
    done = rdstats(command, path, *options, "--out", out)
    frame = expected(table)
    rows = f"{out}: {len(frame)} rows, {frame.shape[1]} columns\n"
    assert done == (0, rows, "")
    pd.testing.assert_frame_equal(pd.read_parquet(out), frame, check_dtype=False)
    printed = rdstats(command, path, *options)
    assert printed.code == 0
    assert "--out FILE has every column" in " ".join(printed.out.split())


def test_report_prints_where_the_page_is(rdstats: Command, path: Path) -> None:
    """With what each file says of itself on it, and the slope that was asked for."""
    folder = path.with_name("report")
    done = rdstats("report", path, "--out", folder, "--slope", "class-mean")
    assert done == (0, f"{folder / 'index.html'}\n", "")
    text = (folder / "index.html").read_text()
    assert str(path.parent) not in text  # the same table gives the same page in any folder


def test_power_answers_for_seeds_and_for_images(rdstats: Command, tmp_path: Path) -> None:
    """16 seeds for an effect of 0.10, 51 for 0.05 (METHODS); 91 images for a drop of 0.10."""
    out = tmp_path / "power.csv"
    effects = ["--effect", "0.10", "--effect", "0.05", "--sd", "0.1"]
    assert rdstats("power", *effects, "--simulate", 100, "--seed", 2, "--out", out).code == 0
    frame = pd.read_csv(out)
    assert frame["models_needed"].tolist() == [16, 51]
    assert frame["repetitions"].tolist() == [100, 100]
    done = rdstats("power", "--drop", "0.10", "--churn", "0.15")
    assert done.code == 0
    assert done.out.splitlines()[2].split() == ["0.1", "0.15", "0", "1", "91"]


def test_power_takes_a_pilot_and_draws_a_curve(rdstats: Command, path: Path) -> None:
    """Two methods at one ratio and the control, two slopes each, and two differences to it."""
    out = path.with_name("power.json")
    words = ["--pilot", path, "--where", "ratio=10", "--effect", "0.2"]
    assert rdstats("power", *words, "--level", "0.05", "--out", out).code == 0
    records = json.loads(out.read_text())
    assert {(r["method"], r["slope"]) for r in records} == {
        *((name, slope) for name in ("MP", "UP", "none") for slope in ("class-mean", "paper")),
        *((name, "class-mean less control") for name in ("MP", "UP")),
    }
    assert {r["level"] for r in records} == {0.05}
    picture = path.with_name("power.svg")
    assert rdstats("power", *words, "--out", picture) == (0, f"{picture}\n", "")
    assert rdstats("power", *words, "--out", picture, "--quiet") == (0, "", "")
    assert picture.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("words", "rows", "printed"),
    [
        ("--repetitions 5 --where classes=10 --where models=5 --where effect=1", 18 * 9, 2 * 9),
        ("--repetitions 2 --where classes=10 --where models=5 --named", 4, 4),
        ("--repetitions 20 --gate", 32, 32),
        ("--repetitions 2 --where classes=10 --where models=5 --luck", 75, 6),
        ("--repetitions 5 --safe-ratio", 64, 16),
    ],
)
def test_simulate_writes_rates_and_prints_them_as_markdown(
    rdstats: Command, tmp_path: Path, words: str, rows: int, printed: int
) -> None:
    """A few small cells and nine estimators; and every other study."""
    done = rdstats("simulate", "--out", tmp_path, *words.split())
    assert (done.code, done.err) == (0, "")
    (file,) = tmp_path.glob("*.csv")
    assert len(pd.read_csv(file)) == rows
    kind = {"--gate", "--luck", "--safe-ratio"}.intersection(words.split())
    shown = rdstats("simulate", "--out", tmp_path, "--print", *kind)
    assert shown.out.startswith("| ")
    assert shown.out.count("\n") == 2 + printed


def test_validate_shows_every_broken_rule_of_every_file(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """As a table, and as a file on request; exit 1. All files are judged together, too."""
    done = rdstats("validate", path)
    assert done.code == 0
    assert done.out.splitlines()[2].split()[-8:-4] == ["fine", "240", "4", "5"]
    columns = table.to_pydict()
    columns["n_correct"][0] = 500
    columns["split"][1] = "holdout"
    broken = path.with_name("broken.parquet")
    pa.parquet.write_table(pa.table(columns, schema=table.schema), broken)
    done = rdstats("validate", path, broken, "nowhere.parquet", "--out", path.with_name("v.csv"))
    assert (done.code, done.err) == (1, "")
    assert "nowhere.parquet: no such file" in done.out
    rules = pd.read_csv(path.with_name("v.csv"))
    assert {"counts in range", "known split"} <= set(rules["rule"])
    assert set(rules["file"]) == {str(broken)}
    assert all(rule in done.out for rule in rules["rule"])
    copy = path.with_name("copy.parquet")
    copy.write_bytes(path.read_bytes())
    done = rdstats("validate", path, copy)
    assert done.code == 1
    assert "unique key" in done.out


def test_compressed_rows_alone_are_a_valid_file_with_a_note(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """Their baseline may lie in another file; an analysis without it is refused in one line."""
    alone = path.with_name("compressed.parquet")
    compressed = table.filter(pc.not_equal(table["stage"], "baseline"))
    write_recall_table(compressed, alone, Provenance())
    done = rdstats("validate", alone)
    assert done.code == 0
    assert "an analysis needs the baselines" in " ".join(done.out.split())
    one_line(rdstats("conditions", alone), 1)


def test_a_file_without_metadata_is_read_with_a_note(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """On stderr, so that a pipe stays clean."""
    plain = path.with_name("plain.parquet")
    pa.parquet.write_table(table, plain)
    done = rdstats("slopes", plain, "--out", path.with_name("s.csv"))
    assert done.code == 0
    assert re.match("rdstats: note: .* read as recall table 1.0", done.err)


@pytest.mark.parametrize(
    "words",
    [
        "classes",
        "conditions",
        "slopes",
        "compare --along ratio",
        "validate",
        "sensitivity",
        "slopes --where study=\x1b[31m",
    ],
)
def test_no_name_reaches_the_terminal_as_control_characters(
    rdstats: Command, tmp_path: Path, table: pa.Table, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """In tables, in notes on a file without metadata, and in errors: they are seen instead."""
    for name in ("study", "class_name", "model"):
        hostile = pc.binary_join_element_wise(
            table[name].cast(pa.string()).fill_null("class"), "\x1b[31m\u202e\x9b2J", ""
        )
        table = table.set_column(table.schema.get_field_index(name), name, hostile)
    monkeypatch.chdir(tmp_path)
    file = "hostile\x1b[31m.parquet"
    pa.parquet.write_table(table, file)
    command, *options = words.split(" ")
    done = rdstats(command, file, *options)
    shown = done.out + done.err
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert r"\x1b[31m" in shown


@pytest.mark.parametrize("command", [each.name for each in app.registered_commands])
def test_every_command_teaches_itself(rdstats: Command, command: str) -> None:
    """What it is, its options, and an example that starts with its name."""
    done = rdstats(command, "--help")
    assert done.code == 0
    assert f"rdstats {command} " in done.out[done.out.index("Example") :]
    assert "--out" in done.out


def test_the_version_is_the_distributions(rdstats: Command, rdtrain: Command) -> None:
    """One place knows it, and both commands tell it."""
    assert rdstats("--version").out == f"rdstats {rd.__version__}\n"
    assert rdtrain("--version").out == f"rdtrain {rd.__version__}\n"


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("report {path} --out r", ["r/index.html"]),
        ("validate {path} --out v.csv", ["v.csv"]),
        ("simulate --repetitions 2 --gate --out s", ["s/gate.csv"]),
        (
            "import predictions p.csv --study s --dataset d --architecture a --model m --ratio 1 "
            "--out new.parquet",
            ["new.parquet"],
        ),
    ],
    ids=lambda each: each.split()[0] if isinstance(each, str) else "",
)
def test_what_a_command_did_is_told_in_words_as_json_or_not_at_all(
    rdstats: Command, path: Path, monkeypatch: pytest.MonkeyPatch, words: str, written: list[str]
) -> None:
    """JSON has the files in one place, whatever the command."""
    monkeypatch.chdir(path.parent)
    Path("p.csv").write_text("y_true,y_pred\na,a\nb,a\n")
    command = words.format(path=path).split()
    assert written[0] in rdstats(*command).out
    done = rdstats(*command, "--json")
    assert (done.code, json.loads(done.out)["written"]) == (0, written)
    assert rdstats(*command, "--quiet") == (0, "", "")
    assert Path(written[0]).exists()


def test_counts_and_what_is_broken_are_told_as_json(
    rdstats: Command, path: Path, table: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an import, and of tables that are judged, whose exit code says it, too."""
    monkeypatch.chdir(path.parent)
    Path("p.csv").write_text("y_true,y_pred\na,a\nb,a\n")
    words = "--study s --dataset d --architecture a --model m --ratio 1 --out new.parquet --json"
    found = json.loads(rdstats("import", "predictions", "p.csv", *words.split()).out)
    assert (found["rows"], found["models"], found["conditions"]) == (2, 1, 0)
    assert (found["classes"], found["samples"]) == (2, 2)
    broken = table.set_column(
        table.schema.get_field_index("n_correct"), "n_correct", [[500] * len(table)]
    )
    pa.parquet.write_table(broken.cast(table.schema), "broken.parquet")
    done = rdstats("validate", path, "broken.parquet", "gone.parquet", "--json")
    found = json.loads(done.out)
    assert done.code == 1
    verdicts = {each["file"]: each["verdict"] for each in found["files"]}
    assert verdicts == {
        str(path): "fine",
        "broken.parquet": "broken",
        "gone.parquet": "cannot be read",
    }
    assert {each["rule"] for each in found["broken"]} == {
        "counts in range",
        "both correct in range",
    }
    assert rdstats("validate", "broken.parquet", "--quiet") == (1, "", "")


COMMANDS = ["slopes", "conditions", "classes", "compare --along ratio", "sensitivity"]


@pytest.mark.parametrize("words", COMMANDS)
def test_json_is_all_that_is_printed_and_quiet_is_nothing(
    rdstats: Command, path: Path, words: str
) -> None:
    """For programs; columns can be chosen by the names that files have."""
    done = rdstats(*words.split(), path, "--json")
    rows = json.loads(done.out)
    assert rows[0]["method"] if "method" in rows[0] else rows[0]["first"]
    assert rdstats(*words.split(), path, "--quiet").out == ""
    some = list(rows[0])[-2:]
    done = rdstats(*words.split(), path, "--json", "--columns", ",".join(some))
    assert list(json.loads(done.out)[0]) == some
    assert "no column 'colour'" in one_line(rdstats(*words.split(), path, "--columns=colour"), 1)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_table_for_a_paper_has_caption_label_and_the_columns_of_the_page(
    rdstats: Command, path: Path, tmp_path: Path, words: str
) -> None:
    """All columns on request; Markdown alike."""
    out = tmp_path / "a.tex"
    rdstats(*words.split(), path, "--out", out)
    text = out.read_text()
    for part in (r"\caption{", r"\label{tab:", r"\toprule", r"\end{table}"):
        assert part in text
    widths = [text.split(r"\toprule")[1].split(r"\midrule")[0].count(" & ")]
    rdstats(*words.split(), path, "--out", out, "--columns", "all")
    widths.append(out.read_text().split(r"\toprule")[1].split(r"\midrule")[0].count(" & "))
    assert widths[0] < widths[1]
    rdstats(*words.split(), path, "--out", tmp_path / "a.md")
    assert (tmp_path / "a.md").read_text().splitlines()[0].count(" | ") == widths[0]
