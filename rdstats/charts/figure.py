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

    def one_row(self) -> alt.NamedData:
        """Return data of one empty row, for a line that is drawn once and not per row."""
        self.rows["one-row"] = [{}]
        return alt.NamedData(name="one-row")


@dataclass(frozen=True)
class PanelGrid:
    """Panels side by side, in rows of `columns`.

    What `alt.concat` does, without copying and validating every panel again: half of the time.
    """

    panels: Sequence[Drawing]
    columns: int

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """Return the Vega-Lite specification, held against its schema if `validate`."""
        panels = [panel.to_dict(validate=validate) for panel in self.panels]
        for panel in panels:
            for name in ("$schema", "config"):  # of the whole, which a panel is not
                panel.pop(name, None)
        return {"$schema": alt.SCHEMA_URL, "concat": panels, "columns": self.columns}


@dataclass(frozen=True)
class Figure:
    """One picture of a report.

    Attributes:
        kind: What it is, in file names: `slopes`, `intervals`, `balances`.
        title: One line above it.
        caption: How to read it, with every choice of scale.
        alternative: The same findings for who cannot see it.
        chart: What `to_dict` makes a Vega-Lite specification of.
        data: The rows it draws.
    """

    kind: str
    title: str
    caption: str
    alternative: str
    chart: alt.TopLevelMixin | PanelGrid
    data: DataSets
