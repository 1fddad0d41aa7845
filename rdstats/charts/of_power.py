"""The chance to see an effect against the number of seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.theme import SERIES, Picture, inline

_DASHES: Final[Sequence[Any]] = ([1, 0], [8, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3])


def power(curves: pd.DataFrame, wanted: float = 0.8) -> Picture:
    """Return power against seeds, a line per label.

    Args:
        curves: Columns label, models and power, as `power_curves` returns it.
        wanted: The wanted power, drawn dashed.

    Example:
        >>> import pandas as pd, rdstats as rd
        >>> curves = pd.DataFrame({"label": "effect 0.2", "models": [5, 10], "power": [0.4, 0.8]})
        >>> type(rd.charts.power(curves)).__name__
        'LayerChart'
    """
    labels = list(dict.fromkeys(curves["label"]))
    legend = alt.Legend(columns=1, symbolSize=300, title="effect")
    again = -(-len(labels) // len(SERIES))
    colours, dashes = list(SERIES) * again, list(_DASHES) * again
    lines = (
        alt.Chart(inline(curves))
        .mark_line(strokeWidth=2.5)
        .encode(
            alt.X("models:Q", title="seeds", scale=alt.Scale(nice=False)),
            alt.Y("power:Q", title="power", scale=alt.Scale(domain=[0, 1])),
            alt.Color(
                "label:N",
                legend=legend,
                scale=alt.Scale(domain=labels, range=colours[: len(labels)]),
            ),
            alt.StrokeDash(
                "label:N",
                legend=legend,
                scale=alt.Scale(domain=labels, range=dashes[: len(labels)]),
            ),
            tooltip=["label:N", "models:Q", alt.Tooltip("power:Q", format=".3f")],
        )
    )
    reference = alt.Chart(alt.InlineData(values=[{}])).mark_rule(style="reference")
    return alt.layer(reference.encode(alt.YDatum(wanted)), lines).properties(width=480, height=300)
