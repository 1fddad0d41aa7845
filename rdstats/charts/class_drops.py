"""What every class of one pair lost, with intervals, against the margin."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.figure import Figure, drawable
from rdstats.charts.theme import DASHED, LINE, POINT, REFERENCE, of_rows
from rdstats.output.rounding import records, rounded
from rdstats.output.shown import class_label
from rdstats.statistics.class_verdicts import HARMED, INCONCLUSIVE, NOT_TESTABLE, UNHARMED

MOST_CLASSES: Final = 60
"""More classes than this do not fit: those that lost most are drawn."""

_WIDTH: Final = 520
_STEP: Final = 22
# Colour and shape both say the verdict, so that it can be read without colours.
_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {HARMED: LINE, INCONCLUSIVE: "#6e7781", UNHARMED: POINT, NOT_TESTABLE: "#b0b7bf"}
)
_SHAPES: Final[Mapping[str, str]] = MappingProxyType(
    {HARMED: "diamond", INCONCLUSIVE: "square", UNHARMED: "circle", NOT_TESTABLE: "cross"}
)


def drops_figure(classes: pd.DataFrame) -> Figure:
    """Return the drop of each class as a point with its interval.

    Args:
        classes: As `Check` has them.
    """
    quantity = "drop" if classes["quantity"].iloc[0] == "drop" else "excess_drop"
    judged = "drop of recall" if quantity == "drop" else "excess drop"
    margin = 100 * float(classes["margin"].iloc[0])
    drawn = classes
    if len(classes) > MOST_CLASSES:
        drawn = classes.sort_values(quantity, ascending=False, kind="stable").head(MOST_CLASSES)
    rows = [
        {
            # Two classes may have one name: the place tells them apart.
            "place": place,
            "class": class_label(row),
            "verdict": row["verdict"],
            **{name: 100 * row[column] for name, column in _columns(quantity).items()},
        }
        for place, row in enumerate(records(drawn))
    ]
    level = f"{100 * classes['bounds_level'].iloc[0]:.4g} %"
    caption = (
        f"Points of {judged} of each class, with its {level} interval; tick: its own one-sided "
        f"95 % upper bound, on which unharmed rests. Dashed line: the margin of {margin:g} points; "
        "thin line: nothing lost."
    )
    if len(drawn) < len(classes):
        caption += f" The {len(drawn)} of {len(classes)} classes that lost most."
    return Figure(
        "drops",
        f"What each class lost: {judged}, in points",
        caption,
        f"{caption} {_in_words(rows)}",
        _chart(rows, margin, judged),
    )


def _columns(quantity: str) -> dict[str, str]:
    return {"middle": quantity, "low": "low", "high": "high", "upper": "upper"}


def _chart(
    rows: list[dict[str, Any]], margin: float, judged: str
) -> alt.LayerChart | alt.FacetChart:
    # Labels by number: names out of a file are data, and may be equal or as long as they like.
    labels = [row["class"] for row in rows]
    named = "[" + ",".join(_javascript(label) for label in labels) + "][datum.value]"
    y = alt.Y(
        "place:O",
        title=None,
        axis=alt.Axis(labelExpr=named, labelLimit=180, grid=False, ticks=False),
        scale=alt.Scale(paddingInner=0.3),
    )
    x = alt.X("middle:Q", title=f"{judged}, points", scale=alt.Scale(nice=True, zero=True))
    verdicts = [word for word in _COLOURS if any(row["verdict"] == word for row in rows)]
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(domain=verdicts, range=[_COLOURS[word] for word in verdicts]),
        legend=alt.Legend(symbolSize=80),
    )
    shape = alt.Shape(
        "verdict:N",
        scale=alt.Scale(domain=verdicts, range=[_SHAPES[word] for word in verdicts]),
    )
    nothing = of_rows([{}]).mark_rule(color=REFERENCE, strokeWidth=1).encode(alt.XDatum(0.0))
    limit = of_rows([{}]).mark_rule(**DASHED).encode(alt.XDatum(margin))
    base = of_rows(rows).encode(y=y, color=colour)
    whiskers = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q"), x2=alt.X2("high"))
    ticks = base.mark_tick(thickness=2, size=_STEP / 2).encode(x=alt.X("upper:Q"))
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(x=x, shape=shape)
    layers = alt.layer(nothing, limit, whiskers, ticks, dots)
    return layers.properties(width=_WIDTH, height=alt.Step(_STEP))


def _javascript(text: str) -> str:
    """Return text as a string literal of a Vega expression; nothing in it can end the literal."""
    return '"' + "".join(f"\\u{unit:04x}" for unit in _utf16(drawable(text))) + '"'


def _utf16(text: str) -> list[int]:
    coded = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(coded[place : place + 2]) for place in range(0, len(coded), 2)]


def _in_words(rows: list[dict[str, Any]]) -> str:
    texts = (
        f"{row['class']} {row['verdict']}, {rounded(row['middle'])} points"
        f" ({rounded(row['low'])} to {rounded(row['high'])})"
        for row in rows
    )
    return f"{'; '.join(texts)}."
