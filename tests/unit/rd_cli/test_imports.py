"""`rdstats import`, and its page: every example does what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from data_contracts import RdstatsError
from rd_cli.stats.app import app

PAGE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")
ABOUT = ("--study", "s", "--dataset", "d", "--architecture", "a", "--model", "m0")
TEXT = "y_true,y_pred\n<b>,<b>\n=1+1,<b>\n"


def rdstats(*words: object) -> Result:
    """Run the command in this process; our own errors are raised."""
    return CliRunner().invoke(app, [*map(str, words)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_files_of_the_page(folder: Path) -> None:
    """Write every block that stands under the name of a file."""
    for name, text in re.findall(
        r"^`([\w./-]+)`\n\n```\w+\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


COMMANDS = re.findall(r"```console\n\$ (rdstats import .*?)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("line", "printed"), COMMANDS)
def test_every_command_on_the_page_prints_what_stands_there(
    folder: Path, line: str, printed: str
) -> None:
    """Word for word, from the files on the page."""
    write_files_of_the_page(folder)
    done = rdstats(*shlex.split(line)[1:])
    assert done.exception is None
    assert done.stdout.startswith(printed)


def test_every_python_block_on_the_page_runs(folder: Path) -> None:
    """In one go, from the files on the page."""
    write_files_of_the_page(folder)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    exec(compile("\n".join(blocks), "docs/importing.md", "exec"), {})  # noqa: S102  # our own page


def test_the_list_shows_formats_and_presets() -> None:
    """Without reading anything."""
    listed = rdstats("import", "--list")
    assert listed.exit_code == 0
    assert {"predictions", "aarlbench"} <= set(listed.stdout.split())


def test_names_from_files_survive_as_text(folder: Path) -> None:
    """Markup and formulas; and what is missing is the baseline's counterpart.

    What the data does not say is an error of one line, and writes nothing.
    """
    (folder / "p.csv").write_text(TEXT)
    done = rdstats("import", "predictions", "p.csv", "--out", "r.parquet")
    assert isinstance(done.exception, RdstatsError)
    assert "does not say study, dataset, architecture, model" in str(done.exception)
    assert [path.name for path in folder.iterdir()] == ["p.csv"]
    done = rdstats("import", "predictions", "p.csv", *ABOUT, "--ratio", 1, "--out", "r.parquet")
    assert done.exception is None
    assert pq.read_table("r.parquet")["class_name"].to_pylist() == ["<b>", "=1+1"]
    assert "next: import the compressed models too" in done.stdout
    words = ("--method", "MP", "--ratio", 4, "--stage", "pruned", "--out", "r.parquet")
    done = rdstats("import", "predictions", "p.csv", *ABOUT, *words)
    assert "next: import the unpruned model m0 too (--ratio 1)" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("prediction", "p.csv", "--out", "r.parquet"), "there is no format 'prediction'"),
        (("predictions", "p.csv", "--out", "r.csv"), "a recall table is Parquet"),
        (
            ("confusion", "p.csv", "--true-rows", "--predicted-rows", "--out", "r.parquet"),
            "not both",
        ),
        (("predictions", "p.csv", "--column", "y_true", "--out", "r.parquet"), "is not NAME=VALUE"),
        (("predictions", "p.csv"), "--out"),
    ],
)
def test_misuse_is_exit_code_two(folder: Path, words: tuple[str, ...], error: str) -> None:
    """Before anything is read."""
    done = rdstats("import", *words)
    assert done.exit_code == 2
    assert error in done.output
    assert list(folder.iterdir()) == []


def test_the_baseline_is_named_by_an_option(folder: Path) -> None:
    """Among the files or beside them, whatever it is called; the other options are of the rest."""
    (folder / "dense.csv").write_text("y_true,y_pred\na,a\nb,b\n")
    (folder / "MP-4.csv").write_text("y_true,y_pred\na,a\nb,a\n")
    about = (
        *ABOUT,
        "--stage",
        "finetuned",
        "--pattern",
        "{method}-{ratio}.csv",
        "--out",
        "t.parquet",
    )
    for files in (("MP-4.csv",), ("MP-4.csv", "dense.csv"), (".",)):
        done = rdstats("import", "predictions", *files, "--baseline", "dense.csv", *about)
        assert done.exception is None
        table = pq.read_table("t.parquet").to_pandas().sort_values(["ratio", "class_index"])
        assert table["method"].tolist() == ["none", "none", "MP", "MP"]
        assert table["n_both_correct"].tolist()[2:] == [1, 0]
        (folder / "t.parquet").unlink()
