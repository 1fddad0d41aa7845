"""A finished picture: the chart, and what stands beside it in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart
"""One panel, as altair types it."""


@dataclass(frozen=True)
class Figure:
    """One picture of a report.

    Attributes:
        kind: What it is, in file names: `slopes`, `intervals`, `balances`.
        title: One line above it.
        caption: How to read it, with every choice of scale.
        alternative: The same findings for who cannot see it.
        chart: The altair chart.
    """

    kind: str
    title: str
    caption: str
    alternative: str
    chart: alt.TopLevelMixin


def rows_of(records: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Return records as chart data.

    Inline data has no row limit, unlike a data frame given to altair (5,000 rows, or an error),
    and needs no change of altair's global settings.
    """
    return alt.InlineData(values=list(records))
