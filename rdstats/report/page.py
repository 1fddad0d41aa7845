"""The page as text: finished numbers in, HTML out; no clock, no network, no script."""

from dataclasses import dataclass
from typing import Final

from rdstats.output.shown import ShownTable
from rdstats.pages.frame import environment
from rdstats.pages.origins import Lines
from rdstats.report.verdicts import VerdictSection

MOST_ROWS: Final = 1_000
"""Rows of a table on the page, at most; the files beside it have all."""

MANY_FINDINGS: Final = 24
"""More sentences than this, in all, are folded under the grids that sum them up."""

MANY_FIGURES: Final = 6
"""Of more figures than this, all but the first three are folded."""


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: its SVG stands in the page, and as a file beside it."""

    name: str
    title: str
    caption: str
    svg: str


@dataclass(frozen=True)
class PageTable:
    """A table of the page, and the files beside it that have all of it."""

    name: str
    shown: ShownTable
    suffixes: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Everything that a report says.

    Attributes:
        studies: Names of the studies.
        metric: What the balances are of.
        summary: The verdict on the gaps between classes, in one sentence.
        harm: Where single classes paid, in one sentence.
        sections: The verdicts per data set and architecture.
        collapse: What is to be said of collapsed classes.
        tests: A sentence per family of tests.
        figures: The figures, in order.
        tables: The tables, in order.
        files: Files beside the page that are too long to be shown.
        analysis: What was analysed.
        sources: What each table says of itself, by name.
    """

    studies: tuple[str, ...]
    metric: str
    summary: str
    harm: str
    sections: tuple[VerdictSection, ...]
    collapse: str
    tests: tuple[str, ...]
    figures: tuple[PageFigure, ...]
    tables: tuple[PageTable, ...]
    files: tuple[str, ...]
    analysis: Lines
    sources: tuple[tuple[str, Lines], ...]


def render_page(page: Page) -> str:
    """Return the page as HTML; every name in it is escaped, whatever it holds."""
    template = environment().get_template("report.html.jinja")
    findings = sum(len(section.findings) for section in page.sections)
    return template.render(
        page=page,
        fold_findings=findings > MANY_FINDINGS,
        fold_figures=len(page.figures) > MANY_FIGURES,
    )
