"""A finished picture: the chart with its data, and what stands beside it in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

Drawing = dict[str, Any]
"""One panel, a layer or a part of one in the words of Vega-Lite (vega.github.io/vega-lite/docs).

Plain dictionaries where there are many of them: of a report with 50 figures altair took a fifth of
the time to copy and check what Vega-Lite reads as it is.
"""


@dataclass(frozen=True)
class DataSets:
    """The rows and pictures that a chart draws, by name.

    They stay outside the chart until it is saved: altair copies and validates what is inside
    again at every step, and refuses data frames of more than 5,000 rows; Vega takes its time
    over pictures that it only passes on.

    Attributes:
        rows: What Vega draws.
        pictures: Data URIs, by the short one that stands for each until Vega has drawn.
    """

    rows: dict[str, Sequence[dict[str, Any]]] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Keep rows and return what stands for them in the chart."""
        name = f"data-{len(self.rows)}"
        self.rows[name] = rows
        return {"name": name}

    def one_row(self) -> dict[str, Any]:
        """Return data of one empty row, for a line that is drawn once and not per row."""
        self.rows["one-row"] = [{}]
        return {"name": "one-row"}

    def add_picture(self, uri: str) -> str:
        """Keep a picture and return the address that stands for it in the chart."""
        address = f"data:,{len(self.pictures)}"
        self.pictures[address] = uri
        return address


@dataclass(frozen=True)
class PanelGrid:
    """Panels side by side, in rows of `columns`."""

    panels: Sequence[Drawing]
    columns: int

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """Return the Vega-Lite specification, held against its schema if `validate`."""
        concat = {"concat": list(self.panels), "columns": self.columns}
        spec = {"$schema": alt.SCHEMA_URL, **concat}
        if validate:
            alt.ConcatChart.from_dict(spec)
        return spec


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
