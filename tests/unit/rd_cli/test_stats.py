"""The `rdstats` command in one process: options reach the library, files and codes come back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_contracts import Provenance, write_recall_table
from rd_cli.stats import app as stats
from rdstats.tables.classes import classes_table
from rdstats.tables.compare import compare_table
from rdstats.tables.conditions import conditions_table
from rdstats.tables.selection import Selection
from rdstats.tables.slopes import slopes_table
from synthetic import recall_table


class Done(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def rdstats(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `rdstats` with these words."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["rdstats", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            stats.main()
        return Done(left.value.code, *capsys.readouterr())

    return run


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


def test_slopes_writes_what_the_library_returns(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """With the common options."""
    out = path.with_name("slopes.csv")
    done = rdstats("slopes", path, "--where", "method=MP", "--where", "ratio=10", "--out", out)
    assert (done.code, done.err) == (0, "")
    expected = slopes_table(table, Selection(where=(("method", "MP"), ("ratio", "10"))))
    pd.testing.assert_frame_equal(pd.read_csv(out), expected, check_dtype=False)
    assert done.out == f"{out}: {len(expected)} rows, {expected.shape[1]} columns\n"


def test_conditions_takes_a_margin(rdstats: Command, path: Path, table: pa.Table) -> None:
    """And a metric and a split."""
    out = path.with_name("conditions.json")
    done = rdstats("conditions", path, "--delta", "0.9", "--metric", "precision", "--out", out)
    assert done.code == 0
    expected = conditions_table(table, Selection(metric="precision"), delta=0.9)
    records = json.loads(out.read_text())
    assert [r["equivalence"] for r in records] == expected["equivalence"].tolist()
    assert [r["alpha_mean"] for r in records] == expected["alpha_mean"].tolist()


def test_classes_passes_every_option_on(rdstats: Command, path: Path, table: pa.Table) -> None:
    """Margin, quantity, control, average; and prints a table without --out."""
    out = path.with_name("classes.parquet")
    words = ["--margin", "0.01", "--quantity", "excess", "--no-control", "--average", "macro"]
    assert rdstats("classes", path, *words, "--out", out).code == 0
    expected = classes_table(
        table, Selection(average="macro"), margin=0.01, quantity="excess", control=False
    )
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected, check_dtype=False)
    done = rdstats("classes", path)
    assert done.code == 0
    assert "class 9" in done.out


def test_sensitivity_prints_every_estimator(rdstats: Command, path: Path) -> None:
    """With a seed."""
    done = rdstats("sensitivity", path, "--where", "ratio=10", "--seed", "3")
    assert done.code == 0
    assert "instrument" in done.out


def test_compare_passes_every_option_on(rdstats: Command, path: Path, table: pa.Table) -> None:
    """Slope, side, family, pairs, and Student's test."""
    out = path.with_name("compare.parquet")
    words = ["--along", "method", "--slope", "class-mean", "--alternative", "less"]
    words += ["--family", "all", "--pairs", "UP vs MP", "--student"]
    words += ["--delta", "0.3", "--permutation", "--seed", "2"]
    assert rdstats("compare", path, *words, "--out", out).code == 0
    expected = compare_table(
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
    )
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected, check_dtype=False)


def test_compare_takes_an_order(rdstats: Command, path: Path) -> None:
    """From high ratios to low ones."""
    done = rdstats("compare", path, "--along", "ratio", "--order", "10,2")
    assert done.code == 0
    assert "10 vs 2" in done.out


def test_a_table_is_printed_without_out(rdstats: Command, path: Path) -> None:
    """The columns that fit, and where the others are."""
    done = rdstats("conditions", path)
    assert done.code == 0
    assert "class-mean slope" in done.out.splitlines()[0]
    assert "study synthetic, data set digits, architecture LeNet5" in " ".join(done.out.split())
    assert "--out FILE" in done.out


def test_report_prints_where_the_page_is(rdstats: Command, path: Path) -> None:
    """With what each file says of itself on it."""
    done = rdstats("report", path, "--out", path.with_name("report"), "--where", "method=MP")
    assert done.code == 0
    page = Path(done.out.strip())
    assert page == path.with_name("report") / "index.html"
    text = page.read_text()
    assert "a test" in text
    assert str(path.parent) not in text  # the same table gives the same page in any folder


def test_report_draws_the_slope_that_is_asked_for(rdstats: Command, path: Path) -> None:
    """Pseudo-values in the boxplots instead of slopes per model."""
    folder = path.with_name("class-mean")
    done = rdstats("report", path, "--out", folder, "--slope", "class-mean")
    assert done.code == 0
    assert "pseudo-value of a model" in (folder / "figure-02-slopes.svg").read_text()
    assert "Class means of recall balance" in (folder / "index.html").read_text()


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
    done = rdstats("power", *words, "--out", picture)
    assert (done.code, done.out) == (0, f"{picture}\n")
    assert picture.read_text().startswith("<svg")


def test_simulate_resumes_and_prints_markdown(rdstats: Command, tmp_path: Path) -> None:
    """A few small cells."""
    words = ["--where", "classes=10", "--where", "models=5", "--where", "effect=1"]
    done = rdstats("simulate", "--out", tmp_path, "--repetitions", 5, *words)
    assert (done.code, done.err) == (0, "")
    assert "slope per model, two methods" in done.out
    rates = pd.read_csv(tmp_path / "rates.csv")
    assert len(rates) == 2 * 9 * rates["estimator"].nunique()
    printed = rdstats("simulate", "--out", tmp_path, "--print")
    assert printed.out.startswith("| estimator | C | M | luck |")
    assert printed.out.count("\n") == 2 + 2 * rates["estimator"].nunique()


def test_simulate_judges_slow_estimators_in_the_named_cells(
    rdstats: Command, tmp_path: Path
) -> None:
    """Two experiments of the smallest; a value that no named cell has is refused."""
    words = ["simulate", "--named", "--out", tmp_path, "--where", "classes=10"]
    done = rdstats(*words, "--where", "models=5", "--repetitions", 2)
    assert (done.code, done.err) == (0, "")
    assert set(pd.read_csv(tmp_path / "rates.csv")["estimator"]) == {
        "class-mean slope, BCa bootstrap",
        "class-mean slope, sign flips",
        "class-mean slope, two methods, sign flips",
        "mixed model",
    }
    assert "luck=0.008; known: 0.017" in rdstats(*words, "--where", "luck=0.008").err


def test_validate_tells_what_a_file_holds(rdstats: Command, path: Path) -> None:
    """Rows, models, conditions and metadata; exit 0."""
    done = rdstats("validate", path)
    assert done.code == 0
    assert done.out.splitlines()[2].split()[-8:] == [
        *("fine", "240", "4", "5", "version", "1.0,", "a", "test"),
    ]


def test_validate_shows_every_broken_rule_of_every_file(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """As a table, and as a file on request; exit 1."""
    columns = table.to_pydict()
    columns["n_correct"][0] = 500
    columns["split"][1] = "holdout"
    broken = path.with_name("broken.parquet")
    pa.parquet.write_table(pa.table(columns, schema=table.schema), broken)
    done = rdstats("validate", path, broken, "nowhere.parquet", "--out", path.with_name("v.csv"))
    assert done.code == 1
    assert "counts in range" in done.out
    assert "known split" in done.out
    assert "nowhere.parquet: no such file" in done.out
    rules = pd.read_csv(path.with_name("v.csv"))
    assert {"counts in range", "known split"} <= set(rules["rule"])
    assert set(rules["file"]) == {str(broken)}


def test_validate_judges_several_files_together(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """Each may be fine alone, and both hold the same rows."""
    copy = path.with_name("copy.parquet")
    write_recall_table(table, copy, Provenance())
    done = rdstats("validate", path, copy)
    assert done.code == 1
    assert "all 2 files together" in done.out
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
    refused = rdstats("conditions", alone)
    assert refused.code == 1
    assert refused.err.startswith("rdstats: error: ")
    assert refused.err.count("\n") == 1


def test_a_file_without_metadata_is_read_with_a_note(
    rdstats: Command, path: Path, table: pa.Table
) -> None:
    """On stderr, so that a pipe stays clean."""
    plain = path.with_name("plain.parquet")
    pa.parquet.write_table(table, plain)
    done = rdstats("slopes", plain, "--out", path.with_name("s.csv"))
    assert done.code == 0
    assert done.err.startswith("rdstats: note: ")
    assert "read as recall table 1.0" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["classes"],
        ["conditions"],
        ["slopes"],
        ["compare", "--along", "ratio"],
        ["validate"],
        ["sensitivity"],
        ["slopes", "--where", "study=\x1b[31m"],
    ],
)
def test_no_name_reaches_the_terminal_as_control_characters(
    rdstats: Command,
    tmp_path: Path,
    table: pa.Table,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
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
    command, *options = words
    done = rdstats(command, file, *options)
    shown = done.out + done.err
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert r"\x1b[31m" in shown


def test_an_unknown_suffix_is_refused_before_anything_is_read(rdstats: Command) -> None:
    """Not after minutes of work."""
    done = rdstats("slopes", "nowhere.parquet", "--out", "slopes.xlsx")
    assert done.code == 1
    assert "suffix '.xlsx' is not known" in done.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["conditions", "{path}", "--where", "method=XP"], 1, "XP"),
        (["conditions", "{path}", "--where", "nope=1"], 1, "nope"),
        (["conditions", "{path}", "--where", "method"], 2, "COLUMN=VALUE"),
        (["conditions", "{path}", "--split", "holdout"], 2, "holdout"),
        (["conditions", "{path}", "--delta", "7"], 1, "delta"),
        (["compare", "{path}", "--along", "architecture"], 1, "nothing to compare"),
        (["compare", "{path}"], 2, "--along"),
        (["slopes"], 2, "TABLE"),
        (["slopes", "nowhere.parquet"], 1, "nowhere.parquet"),
        (["report", "{path}"], 2, "--out"),
        (["slope", "{path}"], 2, "slope"),
        (["power"], 2, "--effect or --models"),
        (["power", "--effect", "0.1"], 2, "either --sd or --pilot"),
        (["power", "--effect", "0.1", "--sd", "0.1", "--pilot", "{path}"], 2, "either"),
        (["power", "--effect", "0.1", "--sd", "0"], 1, "sd 0 is not"),
        (["power", "--effect", "0.1", "--sd", "0.1", "--level", "0.99"], 1, "write 0.01"),
        (["power", "--drop", "0.1"], 2, "both --drop and --churn"),
        (["power", "--drop", "0.1", "--churn", "0.2", "--sd", "1"], 2, "about images"),
        (["power", "--drop", "0.1", "--churn", "0.2", "--out", "x.svg"], 1, "'.svg' is not"),
        (["power", "--models", "9", "--sd", "0.1", "--out", "x.svg"], 1, "no curve"),
        (["simulate", "--where", "classes=11"], 1, "no cell has classes=11"),
        (["simulate", "--print", "--out", "nowhere"], 1, "nowhere/rates.csv is not there"),
    ],
)
def test_errors_are_one_line_with_the_right_code(
    rdstats: Command, path: Path, words: list[str], code: int, message: str
) -> None:
    """1 for our own errors, 2 for misuse."""
    done = rdstats(*(word.format(path=path) for word in words))
    assert done.code == code
    assert done.err.startswith("rdstats: error: ")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


@pytest.mark.parametrize(
    "command",
    ["validate", "slopes", "conditions", "compare", "power", "simulate", "report"],
)
def test_every_command_teaches_itself(rdstats: Command, command: str) -> None:
    """What it is, its options, and an example that starts with its name."""
    done = rdstats(command, "--help")
    assert done.code == 0
    assert f"rdstats {command} " in done.out[done.out.index("Example") :]
    assert "--out" in done.out


def test_the_version_is_the_distributions(rdstats: Command) -> None:
    """One place knows it."""
    assert rdstats("--version").out.startswith("rdstats 0.")
