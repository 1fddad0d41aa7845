"""What every class of one pair lost, with intervals, against the margin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.figure import Figure, drawable
from rdstats.charts.theme import DASHED, LINE, POINT, REFERENCE, of_rows
from rdstats.output.words import class_label, records, rounded
from rdstats.statistics.verdicts import HARMED, INCONCLUSIVE, NOT_TESTABLE, UNHARMED

MOST_CLASSES: Final = 60
"""More classes than this do not fit: those that lost most are drawn."""

_WIDTH: Final = 520
_STEP: Final = 22
# Colour and shape both say the verdict, so that it can be read without colours.
_MARKS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        HARMED: (LINE, "diamond"),
        INCONCLUSIVE: ("#6e7781", "square"),
        UNHARMED: (POINT, "circle"),
        NOT_TESTABLE: ("#b0b7bf", "cross"),
    }
)


def drops_figure(classes: pd.DataFrame) -> Figure:
    """Return the drop of each class as a point with its interval.

    Args:
        classes: As `Check` has them.
    """
    first = classes.iloc[0]
    quantity, judged = ("drop", "drop of recall")
    if first["quantity"] == "excess":
        quantity, judged = "excess_drop", "excess drop"
    elif first["quantity"] == "relative":
        quantity, judged = "relative_drop", "relative drop of recall, a hundredth of it each,"
    margin, level = 100 * float(classes["margin"].mode()[0]), 100 * float(first["bounds_level"])
    drawn = classes
    if len(classes) > MOST_CLASSES:
        drawn = classes.sort_values(quantity, ascending=False, kind="stable").head(MOST_CLASSES)
    rows = [
        {
            # Two classes may have one name: the place tells them apart.
            "place": place,
            "class": class_label(row["class_name"], row["class_index"]),
            "verdict": row["verdict"],
            "middle": 100 * row[quantity],
            **{name: 100 * row[name] for name in ("low", "high", "upper")},
        }
        for place, row in enumerate(records(drawn))
    ]
    caption = (
        f"Points of {judged} of each class, with its {level:.4g} % interval; tick: its own "
        "one-sided 95 % upper bound, on which unharmed rests. Dashed line: the margin of "
        f"{margin:g} points; thin line: nothing lost."
    )
    if len(drawn) < len(classes):
        caption += f" The {len(drawn)} of {len(classes)} classes that lost most."
    in_words = "; ".join(
        f"{row['class']} {row['verdict']}, {rounded(row['middle'])} points"
        f" ({rounded(row['low'])} to {rounded(row['high'])})"
        for row in rows
    )
    return Figure(
        "drops",
        f"What each class lost: {judged}, in points",
        caption,
        f"{caption} {in_words}.",
        _chart(rows, margin, judged),
    )


def _chart(
    rows: list[dict[str, Any]], margin: float, judged: str
) -> alt.LayerChart | alt.FacetChart:
    # Labels by number: names out of a file are data, and may be equal or as long as they like.
    labels = json.dumps([drawable(row["class"]) for row in rows])
    place = alt.Y(
        "place:O",
        title=None,
        axis=alt.Axis(labelExpr=f"{labels}[datum.value]", labelLimit=180, grid=False, ticks=False),
        scale=alt.Scale(paddingInner=0.3),
    )
    there = {row["verdict"] for row in rows}
    verdicts = [word for word in _MARKS if word in there]
    colours, shapes = zip(*(_MARKS[word] for word in verdicts), strict=True)
    colour = alt.Color(
        "verdict:N",
        scale=alt.Scale(domain=verdicts, range=colours),
        legend=alt.Legend(symbolSize=80),
    )
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=verdicts, range=shapes))
    middle = alt.X("middle:Q", title=f"{judged}, points", scale=alt.Scale(nice=True, zero=True))
    rule = of_rows([{}]).mark_rule(color=REFERENCE, strokeWidth=1)
    classes = of_rows(rows).encode(y=place, color=colour)
    layers = alt.layer(
        rule.encode(x=alt.XDatum(0.0)),
        rule.mark_rule(**DASHED).encode(x=alt.XDatum(margin)),
        classes.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q"),
        classes.mark_tick(thickness=2, size=_STEP / 2).encode(x="upper:Q"),
        classes.mark_point(filled=True, size=60, opacity=1).encode(x=middle, shape=shape),
    )
    return layers.properties(width=_WIDTH, height=alt.Step(_STEP))
