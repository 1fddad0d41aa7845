"""Every table for papers compiles, in the old encoding of fonts and in the new one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from full_design import full_design
from rdstats.output.formats import write_frame
from rdstats.pairs.check import check_models
from rdstats.paper.page import write_paper
from rdstats.report.report import write_report
from synthetic import recall_table

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex (texlive)"),
]

HOSTILE = [r"\input{/etc/passwd}", "50%_off & $x^2$", "a--b ``c'' ?`", '"q" ~ #1 {', "*", "[x]"]
_LEFT = "\\documentclass{article}\\usepackage[%s]{fontenc}\\usepackage{amsmath,amssymb,booktabs}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a report, of the paper, and one of names that are commands."""
    folder = tmp_path_factory.mktemp("latex")
    names = pd.DataFrame({"class_name": HOSTILE, "drop": [0.1] * len(HOSTILE)})
    write_frame(names, folder / "names.tex")
    write_report(recall_table(methods=("MP", HOSTILE[1])), folder / "report")
    truth = [0, 1, 2] * 100
    check = check_models(truth, truth, [0, 1, 1] * 100, labels=HOSTILE[:3])
    check.write_page(folder / "check")
    write_paper(full_design(models=3), folder / "paper")
    return folder


@pytest.mark.parametrize("encoding", ["OT1", "T1"])
def test_tables_compile_and_hostile_names_stay_text(encoding: str, folder: Path) -> None:
    """And every sign in them has a glyph."""
    tables = [found for found in sorted(folder.rglob("*.tex")) if found.name != "all.tex"]
    assert len(tables) > 15
    # A page holds no table of 60 columns, but TeX can set it.
    body = "\n".join(rf"\clearpage\tiny\input{{{table.as_posix()}}}" for table in tables)
    source = _LEFT % encoding + f"\\begin{{document}}{body}\\end{{document}}"
    (folder / "all.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (folder / "all.log").read_text(encoding="latin-1")
