"""A table of the paper as a file: csv with every digit, Markdown and LaTeX in its layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rdstats.output.escaping import for_latex, for_markdown
from rdstats.output.formats import write_frame, write_whole
from rdstats.output.rounding import MISSING
from rdstats.paper.marks import AGREES, DIFFERS, NOISE, TOO_FEW, UNJUDGED
from rdstats.paper.tables import MadeNumber, MadeTable

SUFFIXES: Final = ("csv", "md", "tex")

LEGEND: Final = (
    "In parentheses the printed number; no sign where ours agrees with it, {noise} where the "
    "difference is within the noise of seeds, {differs} where it is not, ?n where too few models "
    "here could have shown anything, ? where it is not judged."
)
SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {AGREES: "", NOISE: " ~", DIFFERS: " ≠", TOO_FEW: " ?n", UNJUDGED: " ?"}
)
"""What stands behind a printed number, so that colour is not all that tells."""

_LATEX_SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {AGREES: "", NOISE: r" $\sim$", DIFFERS: r" $\neq$", TOO_FEW: " ?n", UNJUDGED: " ?"}
)
_NUMBER: Final = re.compile(r"(< )?-?[0-9.]+(e-?[0-9]+)?")
_POWER: Final = re.compile(r"e(-?[0-9]+)")


def write_paper_table(table: MadeTable, folder: Path) -> list[Path]:
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


def markdown(table: MadeTable) -> str:
    """Return a table as Markdown, its caption above it and its notes below."""
    labels = _label_columns(table)
    rule = [":---"] * labels + ["---:"] * (len(table.headings) - labels)
    rows = [[for_markdown(name) for name in table.headings], rule]
    for names, numbers in table.rows:
        cells = [_markdown_cell(number) for number in numbers]
        rows.append([*(for_markdown(name) for name in names), *cells])
    lines = [f"**{table.title}.** {for_markdown(table.caption)}.", ""]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", LEGEND.format(noise="\\~", differs="≠")]
    for words in _below(table):
        lines += ["", for_markdown(words)]
    return "\n".join(lines) + "\n"


def latex(table: MadeTable) -> str:
    """Return a table as a LaTeX table environment, with the rules of booktabs."""
    labels = _label_columns(table)
    body = []
    for names, numbers in table.rows:
        cells = [_latex_cell(number) for number in numbers]
        body.append(" & ".join([*(_latex_text(name) for name in names), *cells]) + r" \\")
    legend = LEGEND.format(noise=r"$\sim$", differs=r"$\neq$")
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_latex_text(table.title)} made again: {_latex_text(table.caption)}.}}",
        rf"\label{{tab:{table.stem}}}",
        rf"\begin{{tabular}}{{{'l' * labels}{'r' * (len(table.headings) - labels)}}}",
        r"\toprule",
        " & ".join(_latex_text(name) for name in table.headings) + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        "",
        rf"\smallskip\footnotesize {legend}",
        *(_latex_text(words) for words in _below(table)),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _label_columns(table: MadeTable) -> int:
    return len(table.rows[0][0])


def _below(table: MadeTable) -> list[str]:
    """Return the notes under a table, what is missing, and what single numbers leave out."""
    words = list(table.notes)
    if table.missing:
        words.append(f"Missing here: {'; '.join(table.missing)}.")
    return [*words, *(f"{remark}." for remark in table.remarks)]


def _cell(
    number: MadeNumber | None,
    show: Callable[[str], str],
    bold: Callable[[str], str],
    signs: Mapping[str, str],
) -> str:
    """Return our number, the printed one in parentheses, and a sign; a dash as in the paper."""
    if number is None:
        return show(MISSING)
    text = show(number.text)
    text = bold(text) if number.is_bold else text
    if not number.printed_text:
        return text
    sign = "" if number.is_missing else signs[number.mark]
    return f"{text} ({show(number.printed_text)}){sign}"


def _markdown_cell(number: MadeNumber | None) -> str:
    return _cell(number, for_markdown, lambda text: f"**{text}**", SIGNS)


def _latex_cell(number: MadeNumber | None) -> str:
    return _cell(number, _latex_text, _latex_bold, _LATEX_SIGNS)


def _power(found: re.Match[str]) -> str:
    return rf" \cdot 10^{{{int(found[1])}}}"


def _latex_bold(text: str) -> str:
    r"""Return a number in bold: `\textbf` reaches text alone, so it leaves math mode."""
    return rf"\textbf{{{text.strip('$')}}}" if "cdot" not in text else rf"{{\boldmath{text}}}"


def _latex_text(text: str) -> str:
    """Return text for LaTeX: numbers in math mode, arrows and dashes as commands."""
    if text == MISSING:
        return "--"
    if _NUMBER.fullmatch(text):
        return f"${_POWER.sub(_power, text)}$"
    return for_latex(text).replace("→", r"$\rightarrow$").replace("’", "'")
