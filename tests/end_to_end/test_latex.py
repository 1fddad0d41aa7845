"""Every table for papers compiles, in the old encoding of fonts and in the new one."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from data_contracts import Provenance, write_recall_table
from full_design import full_design
from rd_cli.stats.app import app
from rdstats.output.formats import write_frame
from rdstats.pairs.check import check_models
from rdstats.paper.page import write_paper
from rdstats.report.report import write_report
from synthetic import recall_table, with_column

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex (texlive)"),
]

HOSTILE = [r"\input{/etc/passwd}", "50%_off & $x^2$", "a--b ``c'' ?`", '"q" ~ #1 {', "*", "[x]"]
_LEFT = "\\documentclass{article}\\usepackage[%s]{fontenc}\\usepackage{booktabs}"


COMMANDS = [
    "slopes {table}",
    "conditions {table}",
    "classes {table}",
    "classes {table} --safe-ratio",
    "compare {table} --along method",
    "compare {table} --along ratio --slope paper",
    "sensitivity {table}",
    "power --pilot {table} --effect 0.1",
    "power --drop 0.1 --churn 0.2",
    "power --rule 'drop <= 0.01' --samples 100 --before 0.9 --churn 0.1",
    "check {before} {after}",
    "check {table} --after model=m0 --after ratio=2 --after method=MP",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of every command, of a report, of the paper, and one of names that are commands."""
    folder = tmp_path_factory.mktemp("latex")
    names = pd.DataFrame({"class_name": HOSTILE, "drop": [0.1] * len(HOSTILE)})
    write_frame(names, folder / "names.tex")
    write_report(recall_table(methods=("MP", HOSTILE[1])), folder / "report")
    truth = [0, 1, 2] * 100
    check = check_models(truth, truth, [0, 1, 1] * 100, labels=HOSTILE[:3])
    check.write_page(folder / "check")
    write_paper(full_design(models=3), folder / "paper")
    files = {name: folder / f"{name}.csv" for name in ("before", "after")}
    files["table"] = folder / "recall.parquet"
    classes = len(HOSTILE)
    study = recall_table(methods=("MP", HOSTILE[1]), ratios=(2.0, 4.0), classes=classes)
    named = with_column(study, "class_name", HOSTILE * (len(study) // classes))
    write_recall_table(named, files["table"], Provenance())
    moved = [*HOSTILE[1:], HOSTILE[0]] * 30 + HOSTILE * 30
    for name, answers in (("before", HOSTILE * 60), ("after", moved)):
        pd.DataFrame({"y_true": HOSTILE * 60, "y_pred": answers}).to_csv(files[name], index=False)
    for place, command in enumerate(COMMANDS):
        words = shlex.split(command.format(**files))
        for columns in ([], ["--columns", "all"]):
            out = folder / f"{words[0]}-{place}{'-all' * bool(columns)}.tex"
            done = CliRunner().invoke(app, [*words, *columns, "--out", str(out)])
            assert done.exit_code == 0, done
    return folder


@pytest.mark.parametrize("encoding", ["OT1", "T1"])
def test_tables_compile_and_hostile_names_stay_text(encoding: str, folder: Path) -> None:
    """And every sign in them has a glyph."""
    tables = [found for found in sorted(folder.rglob("*.tex")) if found.name != "all.tex"]
    assert len(tables) > 15 + 2 * len(COMMANDS)
    # A page holds no table of 60 columns, but TeX can set it.
    body = "\n".join(rf"\clearpage\tiny\input{{{table.as_posix()}}}" for table in tables)
    source = _LEFT % encoding + f"\\begin{{document}}{body}\\end{{document}}"
    (folder / "all.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (folder / "all.log").read_text(encoding="latin-1")
