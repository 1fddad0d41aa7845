"""The paper's conditions, and its tables and figures as data: what each shows, and of what.

`printed_numbers.csv` has a line per printed number in the paper's order: its table, its labels
there, the number (`<` before a bound; four of Table 11 are printed without their last zero), what
it is, and its condition, or the two that are compared as first minus second, each as data set /
architecture / method / ratio. `tables.toml` has what is said of each table, `figures.toml` the
panels and captions of the figures.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from rdstats.output.words import ratio_text
from rdstats.tables.designs import FAMILIES, Family

RATIOS: Final = (2.0, 4.0, 10.0, 20.0, 50.0)
"""Section 6.1; a family of five intervals, so 99 % each."""

BEFORE: Final = 1.0
"""The ratio of a condition that is about the unpruned models."""

Subject = tuple[str, str, str]
"""What was trained and how it is pruned: D, M and P."""


class PaperCondition(NamedTuple):
    """A condition (D, M, P, t) of the paper; it has no study, for the paper has one of each."""

    dataset: str
    architecture: str
    method: str
    ratio: float

    @property
    def subject(self) -> Subject:
        """The condition without its ratio."""
        return self[:3]

    @property
    def label(self) -> str:
        """The condition in words."""
        words = ", ".join(self.subject)
        return words if self.ratio == BEFORE else f"{words}, t = {ratio_text(self.ratio)}"


def listed_conditions(
    conditions: Iterable[PaperCondition], separator: str = ": "
) -> tuple[str, ...]:
    """Name conditions, a line per subject: `CIFAR-10, ResNet-20, MP: t = 2, 4`.

    Unpruned models are named only where nothing else of their subject is.
    """
    ratios: dict[Subject, set[float]] = {}
    for one in conditions:
        ratios.setdefault(one.subject, set()).add(one.ratio)
    lines = []
    for subject, found in ratios.items():
        texts = ", ".join(ratio_text(round(ratio, 2)) for ratio in sorted(found - {BEFORE}))
        lines.append(f"{', '.join(subject)}{separator}{f't = {texts}' if texts else 'any ratio'}")
    return tuple(lines)


BELOW: Final = "<"


@dataclass(frozen=True)
class Printed:
    """A printed number."""

    relation: str  # `=`, or `<` for a p-value of which only a bound is printed
    value: float  # the number, or the bound


P_VALUE: Final = "p"
"""The quantity of Tables 1 to 9; the others are names in `quantities.QUANTITIES`."""


class Cell(NamedTuple):
    """One number of a table."""

    row: str  # labels of its row and of its column in `printed_numbers.csv`
    column: str
    printed: Printed
    decimals: int  # as many as the paper prints
    quantity: str  # what the number is
    conditions: tuple[PaperCondition, ...]  # the one that it is of, or the two that are compared


@dataclass(frozen=True)
class TableDesign:
    """A table of the paper."""

    name: str  # its number in the paper, or G
    # For each row its labels and its cells; None where the paper prints a dash.
    rows: tuple[tuple[tuple[str, ...], tuple[Cell | None, ...]], ...]
    caption: str
    headings: tuple[str, ...]  # of the label columns, then of the cells
    notes: tuple[str, ...] = ()  # what must be known to read it
    along: str = ""  # what is compared, a name in `FAMILIES`; "" where nothing is
    family_size: int = 0  # tests that p is multiplied by, as designed: blanks count
    models: int = 30  # that the printed numbers are over
    tolerance: float = 0.0  # relative difference up to which a ratio counts as the printed one
    bold_above_first: bool = False  # cells above the first of their row are bold (Table 11)
    doubtful: tuple[str, ...] = ()  # rows whose printed numbers are another quantity

    @property
    def family(self) -> Family:
        """Side and pairing of its tests."""
        return FAMILIES[self.along]

    @property
    def cells(self) -> Iterator[Cell]:
        """All its cells, row by row."""
        return (cell for _, cells in self.rows for cell in cells if cell is not None)


@cache
def table_designs() -> tuple[TableDesign, ...]:
    """Return Tables 1 to 13 and the numbers of Appendix G."""
    rows: dict[str, dict[tuple[str, ...], list[Cell | None]]] = {}
    for line in csv.DictReader(_text("printed_numbers.csv").splitlines()):
        cell = Cell(
            line["row"],
            line["column"],
            Printed(line["relation"], float(line["value"])),
            len(line["value"].partition(".")[2]),
            line["quantity"],
            tuple(_condition(line[name]) for name in ("condition", "against") if line[name]),
        )
        labels = _labels(line["table"], cell)
        rows.setdefault(line["table"], {}).setdefault(labels, []).append(cell)
    designs = []
    for name, words in tomllib.loads(_text("tables.toml")).items():
        width = len(words["headings"])
        whole = [
            (labels, (*cells, *[None] * (width - len(labels) - len(cells))))
            for labels, cells in rows[name].items()
        ]
        told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in words.items()}
        designs.append(TableDesign(name, tuple(whole), **told))
    return tuple(designs)


@dataclass(frozen=True)
class FigureDesign:
    """One figure of the paper."""

    number: int  # as printed
    kind: str  # `slopes` (boxplots), `balances` (scatter plots), `intervals` or `tradeoff`
    caption: str
    along: str  # what differs from panel to panel
    fixed: str  # what the panels share, for the title
    panels: Mapping[str, Subject]  # by label
    ratios: tuple[float, ...] = RATIOS  # of every panel


@cache
def figure_designs() -> tuple[FigureDesign, ...]:
    """Return Figures 1 to 13."""
    data = tomllib.loads(_text("figures.toml"))
    designs = []
    for number, figure in enumerate(data["figures"], start=1):
        shown = data["panels"][figure["shows"]]
        panels = {label: tuple(text.split(" / ")) for label, text in shown["panels"].items()}
        ratios = tuple(figure.get("ratios", RATIOS))
        told = (figure["kind"], figure["caption"], shown["along"], shown["fixed"])
        designs.append(FigureDesign(number, *told, panels, ratios))
    return tuple(designs)


def _labels(table: str, cell: Cell) -> tuple[str, ...]:
    """Return what stands in the label columns of a cell's row."""
    match table:
        case "10":
            return tuple(cell.row.split(" / "))
        case "11":
            return (cell.row.replace("->", "→"),)
        case "12" | "13":  # "level 3", "ratio 1.75"
            return (cell.row.split()[1],)
        case "G":
            return (cell.column,)
    return (cell.row,)


def _condition(text: str) -> PaperCondition:
    dataset, architecture, method, ratio = text.split(" / ")
    return PaperCondition(dataset, architecture, method, float(ratio))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
