"""Tables 1 to 9 as data: which pairs, within what, and over how many tests p is adjusted.

Sides and pairing are those of the four families (`rdstats.tables.families`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from rdstats.output.words import PAPER_METHODS, ratio_text
from rdstats.paper.places import RATIOS, RESNETS, Place, short
from rdstats.tables.designs import DATASET_PAIRS, DEFAULT_ARCHITECTURES, FAMILIES, Family

COLUMN: Final = "column"
TABLE: Final = "table"


@dataclass(frozen=True)
class Line:
    """A row or a column: its printed label and what it fixes.

    Attributes:
        label: As the paper prints it.
        values: By column of the recall table: one value, or the two that are compared.
    """

    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class PValueTable:
    """A table of adjusted p-values.

    Attributes:
        name: Its number in the paper.
        caption: What is tested, on what, and how p is adjusted.
        corner: Heading of the column of row labels.
        along: The family of tests: what is compared.
        rows: Its rows.
        columns: Its columns.
        fixed: What all cells share.
        corrected_by: `column`, or `table` where all cells are one family (Table 9).
    """

    name: str
    caption: str
    corner: str
    along: str
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    fixed: Mapping[str, Any]
    corrected_by: str = COLUMN

    @property
    def family(self) -> Family:
        """Side and pairing."""
        return FAMILIES[self.along]

    @property
    def family_size(self) -> int:
        """Tests that p is multiplied by, as designed: blanks do not make the others cheaper."""
        return len(self.rows) * (len(self.columns) if self.corrected_by == TABLE else 1)

    def arms(self, row: Line, column: Line) -> tuple[Place, Place]:
        """Return the two conditions that a cell compares, as first minus second."""
        values = {**self.fixed, **row.values, **column.values}
        first, second = (
            Place(
                **{
                    name: value[side] if isinstance(value, tuple) else value
                    for name, value in values.items()
                }
            )
            for side in (0, 1)
        )
        return first, second


def _ratio_rows() -> tuple[Line, ...]:
    return tuple(
        Line(f"{ratio_text(low)} vs {ratio_text(high)}", {"ratio": (low, high)})
        for low, high in pairwise(RATIOS)
    )


def _ratio_columns() -> tuple[Line, ...]:
    return tuple(Line(f"t={ratio_text(ratio)}", {"ratio": ratio}) for ratio in RATIOS)


def _resnet_columns() -> tuple[Line, ...]:
    return tuple(Line(name, {"architecture": name}) for name in RESNETS)


def _resnet_rows() -> tuple[Line, ...]:
    return tuple(
        Line(
            f"{smaller.removeprefix('ResNet-')} vs {larger.removeprefix('ResNet-')}",
            {"architecture": (smaller, larger)},
        )
        for smaller, larger in pairwise(RESNETS)
    )


def _dataset_rows() -> tuple[Line, ...]:
    return tuple(
        Line(
            f"{short(simpler)} vs {short(harder)}",
            {
                "dataset": (simpler, harder),
                "architecture": (DEFAULT_ARCHITECTURES[simpler], DEFAULT_ARCHITECTURES[harder]),
            },
        )
        for simpler, harder in DATASET_PAIRS
    )


def _method_rows() -> tuple[Line, ...]:
    """Pair the methods in the order of Table 8: each with all before it."""
    return tuple(
        Line(f"{first} vs {second}", {"method": (first, second)})
        for position, second in enumerate(PAPER_METHODS)
        for first in PAPER_METHODS[:position]
    )


_RISES = (
    "p-values of paired t tests of whether the slope rises from one pruning ratio to the next "
    "(alternative: lower at the first), within each {within}, {fixed}; Bonferroni-adjusted by "
    "column, {tests} tests each"
)
_SMALLER = (
    "p-values of independent t tests of whether the slope of the smaller ResNet is above that of "
    "the next larger, within each ratio t, CIFAR-10 and {method}; Bonferroni-adjusted by column, "
    "4 tests each"
)

P_VALUE_TABLES: Final = (
    PValueTable(
        "1",
        _RISES.format(within="architecture", fixed="CIFAR-10 and MP", tests=4),
        "Ratios",
        "ratio",
        _ratio_rows(),
        _resnet_columns(),
        {"dataset": "CIFAR-10", "method": "MP"},
    ),
    PValueTable(
        "2",
        _RISES.format(within="architecture", fixed="CIFAR-10 and UP", tests=4),
        "Ratios",
        "ratio",
        _ratio_rows(),
        _resnet_columns(),
        {"dataset": "CIFAR-10", "method": "UP"},
    ),
    PValueTable(
        "3",
        _RISES.format(within="data set", fixed="each on its default architecture and MP", tests=4),
        "Ratios",
        "ratio",
        _ratio_rows(),
        tuple(
            Line(short(dataset), {"dataset": dataset, "architecture": architecture})
            for dataset, architecture in DEFAULT_ARCHITECTURES.items()
        ),
        {"method": "MP"},
    ),
    PValueTable(
        "4",
        _RISES.format(within="pruning method", fixed="CIFAR-10 and ResNet-56", tests=4),
        "Ratios",
        "ratio",
        _ratio_rows(),
        tuple(Line(method, {"method": method}) for method in PAPER_METHODS),
        {"dataset": "CIFAR-10", "architecture": "ResNet-56"},
    ),
    PValueTable(
        "5",
        _SMALLER.format(method="MP"),
        "ResNet sizes",
        "architecture",
        _resnet_rows(),
        _ratio_columns(),
        {"dataset": "CIFAR-10", "method": "MP"},
    ),
    PValueTable(
        "6",
        _SMALLER.format(method="UP"),
        "ResNet sizes",
        "architecture",
        _resnet_rows(),
        _ratio_columns(),
        {"dataset": "CIFAR-10", "method": "UP"},
    ),
    PValueTable(
        "7",
        "p-values of independent t tests of whether the slope of the simpler data set is below "
        "that of the harder, within each ratio t, each data set on its default architecture and "
        "MP; Bonferroni-adjusted by column, 3 tests each",
        "Data sets",
        "dataset",
        _dataset_rows(),
        _ratio_columns(),
        {"method": "MP"},
    ),
    PValueTable(
        "8",
        "p-values of two-sided paired t tests of whether the slopes of two pruning methods "
        "differ, within each ratio t, CIFAR-10 and ResNet-56; Bonferroni-adjusted by column, 6 "
        "tests each",
        "Methods",
        "method",
        _method_rows(),
        _ratio_columns(),
        {"dataset": "CIFAR-10", "architecture": "ResNet-56"},
    ),
    PValueTable(
        "9",
        "p-values of two-sided paired t tests of whether the slopes of MP and UP differ, within "
        "each ratio and architecture, CIFAR-10; unlike in the other tables, Bonferroni-adjusted "
        "for all 25 tests at once",
        "Ratio",
        "method",
        tuple(Line(ratio_text(ratio), {"ratio": ratio}) for ratio in RATIOS),
        _resnet_columns(),
        MappingProxyType({"dataset": "CIFAR-10", "method": ("MP", "UP")}),
        corrected_by=TABLE,
    ),
)
