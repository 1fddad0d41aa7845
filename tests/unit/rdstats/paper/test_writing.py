"""A table of the paper as csv, Markdown and LaTeX."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from rdstats.paper.design import PaperCondition, Printed
from rdstats.paper.tables import AS_P_VALUE, PaperNumber, PaperTable
from rdstats.paper.writing import latex, markdown, write_paper_table

GONE = (PaperCondition("CIFAR-10", "A_1", "MP", 2.0),)
NONE = PaperNumber("=B", "Ratio 2", math.nan, Printed("=", 0.0041), "not judged", 4, absent=GONE)
TABLE = PaperTable(
    "11",
    "A caption with 50% & more",
    ("Model", "Before", "Ratio 2"),
    (
        (
            ("A_1 → MP",),
            (
                PaperNumber("A_1", "Before", 0.00361, Printed("=", 0.0036), "agrees", 4),
                PaperNumber(
                    "A_1", "Ratio 2", 0.0057, Printed("=", 0.0061), "differs", 4, is_bold=True
                ),
            ),
        ),
        (
            ("=B",),
            (
                PaperNumber("=B", "Before", 0.000027, Printed("=", 0.0038), "not judged", 4),
                NONE,
            ),
        ),
        (
            ("p",),
            (
                PaperNumber("p", "Before", 0.0002, Printed("<", 0.001), "agrees", AS_P_VALUE),
                PaperNumber("p", "Ratio 2", 0.04, Printed("=", 0.06), "within noise", AS_P_VALUE),
            ),
        ),
        (("dash",), (PaperNumber("dash", "Before", 1.0, Printed("=", 1.0), "agrees", 2), None)),
    ),
    notes=("A note_1.",),
)


def test_markdown_has_the_papers_layout_with_the_printed_number_in_parentheses() -> None:
    """Signs say what is not the same; a dash stands where the paper has one."""
    lines = markdown(TABLE).splitlines()
    assert lines[0] == "**Table 11.** A caption with 50% \\& more."
    assert lines[2:9] == [
        "| Model | Before | Ratio 2 |",
        "| :--- | ---: | ---: |",
        "| A_1 → MP | 0.0036 (0.0036) | **0.0057** (0.0061) ≠ |",
        "| =B | 2.7e-05 (0.0038) ? | – (0.0041) |",
        "| p | \\< 0.001 (\\< 0.001) | 0.040 (0.060) ~ |",
        "| dash | 1.00 (1.00) | – |",
        "",
    ]
    assert "Missing here: CIFAR-10, A_1, MP: t = 2." in lines


def test_latex_is_a_table_with_the_rules_of_booktabs() -> None:
    """Numbers in math mode, bold outside it, names escaped."""
    text = latex(TABLE)
    assert r"\caption{Table 11 made again: A caption with 50\% \& more.}" in text
    assert r"\begin{tabular}{lrr}" in text
    assert (
        r"A\_1 \ensuremath{\rightarrow} MP & $0.0036$ ($0.0036$)"
        r" & \textbf{0.0057} ($0.0061$) $\neq$" in text
    )
    assert r"=B & $2.7 \cdot 10^{-5}$ ($0.0038$) ? & -- ($0.0041$) \\" in text
    assert r"p & $< 0.001$ ($< 0.001$) & $0.040$ ($0.060$) $\sim$ \\" in text
    assert r"A note\_1." in text
    assert (text.count("{") - text.count("}"), text.count("$") % 2) == (0, 0)


def test_csv_has_every_digit_and_no_cell_that_a_spreadsheet_computes(tmp_path: Path) -> None:
    """A row label that begins with = is shown, not run."""
    paths = write_paper_table(TABLE, tmp_path)
    assert [path.name for path in paths] == ["table-11.csv", "table-11.md", "table-11.tex"]
    frame = pd.read_csv(paths[0])
    assert frame["value"].iloc[2] == 0.000027
    assert frame["row"].iloc[2] == "'=B"
    assert frame["printed_relation"].dropna().unique().tolist() == ["equal", "below"]
