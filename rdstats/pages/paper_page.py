"""The page of the paper's tables and figures as text: finished numbers in, HTML out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rdstats.pages.origins import Lines
from rdstats.pages.page import environment
from rdstats.tables.paper.made import MadeTable
from rdstats.tables.paper.marks import AGREES, DIFFERS, NOISE, TOO_FEW, UNJUDGED
from rdstats.tables.paper.writing import SIGNS, SUFFIXES

_SLOPES: Final = {
    "paper": "Slopes are the paper’s: α per model. It falls below 1 where only the luck of seeds "
    "is drawn anew; --slope class-mean makes the same tables without that.",
    "class-mean": "Slopes are class-mean slopes (their jackknife pseudo-values are tested), not "
    "the paper’s α per model: a number that differs may do so for that reason.",
}


@dataclass(frozen=True)
class PaperPageFigure:
    """A figure of the page; `svg` is empty where it cannot be made."""

    name: str
    number: int
    title: str
    caption: str
    svg: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class PaperPage:
    """Everything that the page says.

    Attributes:
        studies: Names of the studies.
        metric: What the balances are of.
        summary: How the numbers stand to the printed ones, in a sentence.
        slope: Which slope the numbers are of, in a sentence.
        notes: Which studies were left out, and why.
        missing: The conditions that no given table has.
        tables: The tables, in order.
        figures: The figures, in order.
        analysis: What was analysed.
        sources: What each table says of itself, by name.
    """

    studies: tuple[str, ...]
    metric: str
    summary: str
    slope: str
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    tables: tuple[MadeTable, ...]
    figures: tuple[PaperPageFigure, ...]
    analysis: Lines
    sources: tuple[tuple[str, Lines], ...]


def render_paper_page(page: PaperPage) -> str:
    """Return the page as HTML; every name in it is escaped, whatever it holds."""
    return (
        environment()
        .get_template("paper.html.jinja")
        .render(page=page, signs=SIGNS, suffixes=SUFFIXES)
    )


def slope_sentence(slope: str) -> str:
    """Say which slope the numbers are of."""
    return _SLOPES[slope]


def agreement_sentence(tables: Sequence[MadeTable]) -> str:
    """Say how many of the printed numbers could be made, and how they compare."""
    printed = [n for table in tables for n in table.numbers if n.printed is not None]
    made = [number for number in printed if not number.is_missing]
    if not made:
        return f"None of the {len(printed)} printed numbers can be made from the given tables."
    counts = Counter(number.mark for number in made)
    return (
        f"{len(made)} of the {len(printed)} printed numbers can be made from the given tables. "
        f"Agreeing: {counts[AGREES]}; within the noise of seeds: {counts[NOISE]}; differing: "
        f"{counts[DIFFERS]}; too few models to say: {counts[TOO_FEW]}; not judged: "
        f"{counts[UNJUDGED]}."
    )
