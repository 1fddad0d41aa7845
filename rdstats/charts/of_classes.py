"""What happened to every class: drops as a heatmap or with intervals, recalls before and after."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.theme import (
    BLUE,
    DIVERGING,
    GREY,
    LIT,
    ORANGE,
    RATIO,
    Picture,
    inline,
    lit,
    panels,
    with_labels,
    with_panels,
)
from rdstats.statistics.verdicts import HARMED, INCONCLUSIVE, NOT_TESTABLE, UNHARMED

MOST: Final = 40
"""More classes than this are not drawn at first: those that lost most are."""

_VERDICTS: Final = (HARMED, INCONCLUSIVE, UNHARMED, NOT_TESTABLE)
_SHAPES: Final = ("diamond", "square", "circle", "cross")
_COLOURS: Final = (ORANGE, "#b58900", BLUE, GREY)
_QUANTITIES: Final = {"drop": "drop", "excess": "excess drop", "relative": "relative drop"}
"""What is judged, in words; with an underscore its column."""

_COLUMNS: Final = (
    *("study", "dataset", "architecture", "method", "ratio", "stage", "panel", "class_index"),
    *("class_label", "verdict", "recall_before", "recall_after", "drop", "excess_drop", "low"),
    *("high", "upper", "p_adjusted", "n_samples", "models", "warnings", "lost", "gained"),
)


def drops(classes: pd.DataFrame, *, most: int = MOST) -> Picture:
    """Return what each class lost, coloured, at each ratio, with marks for the verdict.

    Of one pair of models (`Check.classes`), which has no ratios: each drop with its interval.

    Args:
        classes: As `classes` or a `Check` has them.
        most: How many classes are drawn: those that lost most, at any ratio, in any panel.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> type(rd.charts.drops(rd.classes(table))).__name__
        'FacetChart'
    """
    frame = _prepared(classes)
    if "ratio" not in frame.columns:
        return _with_intervals(frame, most)
    judged, most_shown = _judged(classes), 4 * 100 * float(classes["margin"].iloc[0])
    colour = alt.Color(
        "points:Q",
        title=f"{judged}, points",
        scale=alt.Scale(
            **DIVERGING, domain=[-most_shown, 0, most_shown], clamp=True, interpolate="rgb"
        ),
        legend=alt.Legend(
            gradientLength=200,
            values=[-most_shown, 0, most_shown],
            labelExpr="(datum.value ? format(datum.value, '+~r') : '0')"
            f" + (abs(datum.value) >= {most_shown!r} ? ' and more' : '')",
        ),
    )
    base = alt.Chart().encode(
        RATIO, _class(), opacity=lit("class", "condition"), tooltip=_tooltips(frame)
    )
    cells = base.mark_rect(stroke="#88888844", strokeWidth=0.5).encode(color=colour)
    numbers = base.mark_text(align="right", dx=8, fontSize=11).encode(
        text=alt.Text("points:Q", format=".1f")
    )
    marks = base.mark_point(
        size=40, xOffset=21, strokeWidth=1.4, style="before", fillOpacity=0
    ).encode(shape=_by_verdict(alt.Shape, _SHAPES))
    layers = alt.layer(cells, numbers, marks).properties(width=alt.Step(64), height=alt.Step(24))
    chart = _worst_first(panels(layers, frame, 4), classes, most).resolve_scale(x="independent")
    described: Picture = chart.properties(
        description="Each cell: what a class lost at a pruning ratio, in points of recall "
        f"({judged}; negative: it gained), mean over models. Orange lost, blue gained. The mark "
        f"is the verdict against the margin of {_margin(classes)} points. "
        "Classes that lost most stand first."
    )
    return described


def recalls(classes: pd.DataFrame, *, most: int = MOST) -> Picture:
    """Return the recall of each class before, and after at each ratio.

    Args:
        classes: As `classes` or a `Check` has them.
        most: How many classes are drawn: those that lost most.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> type(rd.charts.recalls(rd.classes(table))).__name__
        'FacetChart'
    """
    frame = _prepared(classes)
    base = alt.Chart().encode(_class(), opacity=lit("class", "condition"), tooltip=_tooltips(frame))
    recall = alt.X("after:Q", title="recall, %", scale=alt.Scale(zero=False))
    colour = (
        alt.Color("ratio:O", title="recall after, at ratio")
        if "ratio" in frame
        else alt.value(ORANGE)
    )
    layers = alt.layer(
        base.mark_rule(style="span").encode(recall, alt.X2("before:Q")),
        base.mark_tick(style="before", thickness=2.5, size=14).encode(alt.X("before:Q")),
        base.mark_circle(size=70, opacity=1).encode(recall, color=colour),
    ).properties(width=300, height=alt.Step(22))
    chart: Picture = _worst_first(panels(layers, frame, 4), classes, most).properties(
        description="Upright mark: recall before compression; dots: after"
        f"{', a colour for each ratio; means over models' if 'ratio' in frame else ''}; in per "
        "cent. Classes that lost most stand first."
    )
    return chart


def confusion_change(moved: pd.DataFrame) -> Picture:
    """Return where the answers of each class went: after less before, in points of the class.

    Classes and answers stand in the order in which they come.

    Args:
        moved: As `Check.moved`: columns class_label (the true class), answer (the class answered)
            and change (share of the class's samples, after less before).

    Example:
        >>> import rdstats as rd
        >>> truth = ["cat", "dog"] * 100
        >>> check = rd.check_models(truth, truth, ["cat", "cat", "cat", "dog"] * 50)
        >>> type(rd.charts.confusion_change(check.moved)).__name__
        'LayerChart'
    """
    base = alt.Chart(inline(moved)).transform_calculate(points="100 * datum.change")
    base = base.encode(
        alt.X("answer:N", title="answered", sort=None, axis=alt.Axis(labelAngle=-40)),
        alt.Y("class_label:N", title="true class", sort=None),
        tooltip=[
            alt.Tooltip("class_label:N", title="true class"),
            alt.Tooltip("answer:N", title="answered"),
            alt.Tooltip("points:Q", title="change, points", format="+.2f"),
        ],
    )
    colour = alt.Color(
        "points:Q",
        title="change of answers, points of the class",
        scale=alt.Scale(**DIVERGING, domainMid=0),
    )
    numbers = base.transform_filter("abs(datum.points) >= 0.5").mark_text(fontSize=10)
    chart: Picture = (
        alt.layer(
            base.mark_rect().encode(color=colour, opacity=lit("class", "condition")),
            numbers.encode(
                text=alt.Text("points:Q", format="+.1f"), opacity=lit("class", "condition")
            ),
        )
        .properties(
            width=alt.Step(34),
            height=alt.Step(20),
            description="A row is a true class, a cell how much more or less often it gets that "
            "answer than before, in points of the class. On the diagonal: right answers.",
        )
        .add_params(*LIT)
    )
    return chart


def _with_intervals(frame: pd.DataFrame, most: int) -> Picture:
    """Return the drops of one pair as points with their intervals, against the margin."""
    judged = _judged(frame)
    unit = "%" if judged == "relative drop" else "points"
    base = alt.Chart().encode(
        _class(),
        opacity=lit("class", "condition"),
        tooltip=_tooltips(frame),
        color=_by_verdict(alt.Color, _COLOURS),
    )
    rule = alt.Chart(alt.InlineData(values=[{}]))
    layers = alt.layer(
        rule.mark_rule(style="zero").encode(x=alt.XDatum(0.0)),
        base.mark_tick(style="reference", thickness=2, size=22).encode(
            alt.X("margin_points:Q"), color=alt.value(GREY)
        ),
        base.mark_rule(strokeWidth=2.5).encode(
            alt.X("from:Q", title=f"{judged}, {unit} (right: lost)"), alt.X2("to:Q")
        ),
        base.mark_tick(thickness=2, size=11).encode(alt.X("most:Q")),
        base.mark_point(filled=True, size=80).encode(
            alt.X("points:Q"), shape=_by_verdict(alt.Shape, _SHAPES)
        ),
        data=inline(frame),
    ).properties(width=560, height=alt.Step(22))
    level = 100 * float(frame["bounds_level"].iloc[0])
    chart: Picture = _worst_first(layers, frame, most).properties(
        description=f"{judged.capitalize()} of each class with its {level:.4g} % interval; tick: "
        "its own one-sided 95 % upper bound, on which unharmed rests. Grey line: the margin of "
        f"{_margin(frame)} {unit}; thin line: nothing lost. Classes that lost most stand first."
    )
    return chart


def _prepared(classes: pd.DataFrame) -> pd.DataFrame:
    frame = with_panels(with_labels(classes))
    names = [
        *(name for name in _COLUMNS if name != _column(classes)),
        "margin",
        "quantity",
        "bounds_level",
    ]
    return frame[[name for name in (*names, _column(classes)) if name in frame.columns]]


def _worst_first(chart: Any, classes: pd.DataFrame, most: int) -> Any:
    """Return a chart in points and per cents, with its worst `most` classes."""
    named = {"points": _column(classes), "from": "low", "to": "high", "most": "upper"}
    named |= {"margin_points": "margin", "before": "recall_before", "after": "recall_after"}
    chart = chart.transform_calculate(
        **{new: f"isValid(datum.{old}) ? 100 * datum.{old} : null" for new, old in named.items()}
    )
    # A method that destroys every class must not decide about the order alone.
    most_felt = 400 * float(classes["margin"].median())
    chart = chart.transform_calculate(felt=f"min(datum.points, {most_felt!r})")
    chart = chart.transform_joinaggregate(top="mean(felt)", groupby=["class_label"])
    chart = chart.transform_calculate(worst="datum.top - 1e-9 * datum.class_index")
    chart = chart.transform_window(
        place="dense_rank()", sort=[alt.SortField("worst", order="descending")], frame=[None, None]
    )
    shown = alt.param(name="most_classes", value=most)
    return chart.transform_filter("datum.place <= most_classes").add_params(shown, *LIT)


def _class() -> alt.Y:
    order = alt.EncodingSortField("worst", op="max", order="descending")
    return alt.Y("class_label:N", title=None, sort=order, axis=alt.Axis(ticks=False, domain=False))


def _by_verdict(channel: Any, values: tuple[str, ...]) -> Any:
    return channel(
        "verdict:N", title="verdict", scale=alt.Scale(domain=list(_VERDICTS), range=list(values))
    )


def _tooltips(frame: pd.DataFrame) -> list[alt.Tooltip]:
    wanted = [
        ("class_label:N", "class", None),
        ("panel:N", "method", None),
        ("ratio:Q", "pruning ratio", "~r"),
        ("verdict:N", "verdict", None),
        ("points:Q", "lost, points", ".2f"),
        ("from:Q", "interval from", ".2f"),
        ("to:Q", "interval to", ".2f"),
        ("most:Q", "at most (95 %)", ".2f"),
        ("before:Q", "recall before, %", ".2f"),
        ("after:Q", "recall after, %", ".2f"),
        ("p_adjusted:Q", "p, Holm", ".3f"),
        ("n_samples:Q", "samples", ","),
        ("lost:Q", "samples lost", ","),
        ("gained:Q", "samples gained", ","),
        ("models:Q", "models", ","),
    ]
    made = {"points", "from", "to", "most", "before", "after"}
    there = {*frame.columns, *made} - ({"panel"} if "ratio" not in frame else set())
    return [
        alt.Tooltip(field, title=title, format=form or alt.Undefined)
        for field, title, form in wanted
        if field.split(":")[0] in there
    ]


def _judged(classes: pd.DataFrame) -> str:
    return _QUANTITIES[str(classes["quantity"].iloc[0])]


def _column(classes: pd.DataFrame) -> str:
    return _judged(classes).replace(" ", "_")


def _margin(classes: pd.DataFrame) -> str:
    low, high = 100 * classes["margin"].min(), 100 * classes["margin"].max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
