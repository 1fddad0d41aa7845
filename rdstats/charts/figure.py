"""A finished picture: the chart with its data, and what stands beside it in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart
"""One panel, as altair types it."""


@dataclass(frozen=True)
class DataSets:
    """The rows that a chart draws, by name.

    They stay outside the chart until it is saved: altair copies and validates what is inside
    again at every step, and refuses data frames of more than 5,000 rows.
    """

    rows: dict[str, Sequence[dict[str, Any]]] = field(default_factory=dict)

    def add(self, rows: Sequence[dict[str, Any]]) -> alt.NamedData:
        """Keep rows and return what stands for them in the chart."""
        name = f"data-{len(self.rows)}"
        self.rows[name] = rows
        return alt.NamedData(name=name)


@dataclass(frozen=True)
class Figure:
    """One picture of a report.

    Attributes:
        kind: What it is, in file names: `slopes`, `intervals`, `balances`.
        title: One line above it.
        caption: How to read it, with every choice of scale.
        alternative: The same findings for who cannot see it.
        chart: The altair chart.
        data: The rows it draws.
    """

    kind: str
    title: str
    caption: str
    alternative: str
    chart: alt.TopLevelMixin
    data: DataSets
