"""A table of the paper as a file: csv with every digit, Markdown and LaTeX in its layout."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rdstats.output.escaping import for_latex, for_markdown
from rdstats.output.formats import latex_table, markdown_table, write_frame, write_whole
from rdstats.output.words import MISSING
from rdstats.paper.marks import AGREES, DIFFERS, NOISE, TOO_FEW, UNJUDGED
from rdstats.paper.tables import PaperNumber, PaperTable

SUFFIXES: Final = ("csv", "md", "tex")
SIGNS: Final = {AGREES: "", NOISE: " ~", DIFFERS: " ≠", TOO_FEW: " ?n", UNJUDGED: " ?"}
"""What stands behind a printed number, so that colour is not all that tells."""

_LATEX_SIGNS: Final = {**SIGNS, NOISE: r" $\sim$", DIFFERS: r" $\neq$"}
_LEGEND: Final = (
    "In parentheses the printed number; no sign where ours agrees with it,{noise} where the "
    "difference is within the noise of seeds,{differs} where it is not, ?n where too few models "
    "here could have shown anything, ? where it is not judged."
)
_NUMBER: Final = re.compile(r"(< )?-?[0-9.]+(e-?[0-9]+)?")
_POWER: Final = re.compile(r"e(-?[0-9]+)")


def write_paper_table(table: PaperTable, folder: Path) -> list[Path]:
    """Write a table as csv, md and tex and return the paths.

    csv has a row per number with every digit, both numbers and the mark; md and tex have the
    paper's layout, columns, order and rounding, with the printed number in parentheses.

    Raises:
        OSError: The folder cannot be written.
    """
    stem = folder / table.stem
    return [
        write_frame(table.frame(), stem.with_suffix(".csv")),
        write_whole(stem.with_suffix(".md"), markdown(table).encode()),
        write_whole(stem.with_suffix(".tex"), latex(table).encode()),
    ]


def markdown(table: PaperTable) -> str:
    """Return a table as Markdown, its caption above it and its notes below."""
    heads, *rows = _cells(table, for_markdown, lambda text: f"**{text}**", SIGNS)
    parts = [
        f"**{table.title}.** {for_markdown(table.caption)}.\n",
        markdown_table(heads, rows, _are_numbers(table)),
        _LEGEND.format(noise=r" \~", differs=" ≠") + "\n",
        *(f"{for_markdown(words)}\n" for words in _below(table)),
    ]
    return "\n".join(parts)


def latex(table: PaperTable) -> str:
    """Return a table as a LaTeX table environment, with the rules of booktabs."""
    heads, *rows = _cells(table, _latex_text, _latex_bold, _LATEX_SIGNS)
    legend = _LEGEND.format(noise=_LATEX_SIGNS[NOISE], differs=_LATEX_SIGNS[DIFFERS])
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex_text(table.title)} made again: {_latex_text(table.caption)}.}}",
        rf"\label{{tab:{table.stem}}}",
        latex_table(heads, rows, _are_numbers(table)),
        rf"\smallskip\footnotesize {legend}",
        *(_latex_text(words) for words in _below(table)),
        "\\end{table}\n",
    ]
    return "\n".join(lines)


def _are_numbers(table: PaperTable) -> list[bool]:
    """Return which columns hold numbers, and not labels."""
    labels = len(table.rows[0][0])
    return [column >= labels for column in range(len(table.headings))]


def _below(table: PaperTable) -> list[str]:
    """Return the notes under a table, what is missing, and what single numbers leave out."""
    missing = [f"Missing here: {'; '.join(table.missing)}."] if table.missing else []
    return [*table.notes, *missing, *(f"{remark}." for remark in table.remarks)]


def _cells(
    table: PaperTable,
    show: Callable[[str], str],
    bold: Callable[[str], str],
    signs: dict[str, str],
) -> list[list[str]]:
    """Return the cells of the headings and of each row: our number, the printed one, a sign."""

    def cell(number: PaperNumber | None) -> str:
        if number is None:
            return show(MISSING)
        text = bold(show(number.text)) if number.is_bold else show(number.text)
        sign = "" if number.is_missing else signs[number.mark]
        return f"{text} ({show(number.printed_text)}){sign}"

    rows = [[*map(show, names), *map(cell, numbers)] for names, numbers in table.rows]
    return [[show(name) for name in table.headings], *rows]


def _latex_bold(text: str) -> str:
    r"""Return a number in bold: `\textbf` reaches text alone, so it leaves math mode."""
    return rf"\textbf{{{text.strip('$')}}}" if "cdot" not in text else rf"{{\boldmath{text}}}"


def _latex_text(text: str) -> str:
    """Return text for LaTeX: numbers in math mode, dashes as commands."""
    if text == MISSING:
        return "--"
    if _NUMBER.fullmatch(text):
        number = _POWER.sub(lambda found: rf" \cdot 10^{{{int(found[1])}}}", text)
        return f"${number}$"
    return for_latex(text).replace("’", "'")
