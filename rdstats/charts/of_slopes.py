"""How gaps between classes changed: slopes, their intervals, balances, and the price of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

import altair as alt
import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.charts.shown_slope import CLASS_MEAN, PER_MODEL, ShownSlope
from rdstats.charts.theme import (
    BLUE,
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
from rdstats.tables.conditions import INSTRUMENT

_EXPLODED: Final = 4.0
"""A slope this far from 1 puts the figure on a symmetric-log axis."""

_LEADING: Final = replace(
    CLASS_MEAN,
    name="by the instrument, where it leads",
    mean="alpha_instrument",
    mean_name="slope by the instrument",
    low="instrument_low",
    high="instrument_high",
)
_LEADS: Final = (
    " With much luck and fewer than thirty models its interval is too short; there the slope by "
    "the instrument is the one that the words are about."
)
_COLOURS: Final = (BLUE, ORANGE, "#009e73")
_AGAIN: Final = "α per model, if only trained again"
VERDICT_WORDS: Final = {"<": "narrowed (<)", "?": "not shown (?)", ">": "widened (>)"}
"""What the marks of a verdict say, in legends."""

_IDENTITY: Final = ("study", "dataset", "architecture", "method", "ratio", "stage", "panel")
_RULE: Final = alt.InlineData(values=[{}])


def slopes(
    slopes: pd.DataFrame, conditions: pd.DataFrame | None = None, *, slope: ShownSlope = PER_MODEL
) -> Picture:
    """Return the slope of every model at each ratio, over boxes of the middle half.

    Args:
        slopes: As `slopes` returns it.
        conditions: As `conditions` returns it: then boxes have the verdict's colour.
        slope: Slopes per model, or pseudo-values of the class-mean slope.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> chart = rd.charts.slopes(rd.slopes(table), rd.conditions(table))
        >>> type(chart.properties(title="Mine")).__name__
        'FacetChart'
    """
    frame = slopes if conditions is None else with_marks(slopes, conditions, slope=slope)
    if "mark" not in frame:
        frame = frame.assign(mark=None)
    frame = with_panels(frame)[[*_present(frame), "model", slope.of_model, "mark"]]
    y = _slope_axis("away:Q", slope.of_model_name, frame[slope.of_model])
    colour = alt.Color(
        "mark:N",
        title="gaps between classes",
        scale=alt.Scale(domain=list(VERDICT_WORDS.values()), range=[BLUE, GREY, ORANGE]),
    )
    model = [
        alt.Tooltip("model:N", title="model"),
        alt.Tooltip("panel:N", title="method"),
        alt.Tooltip("ratio:Q", title="pruning ratio", format="~r"),
        alt.Tooltip(f"{slope.of_model}:Q", title=slope.of_model_name, format=".3f"),
    ]
    base = alt.Chart().encode(RATIO, y)
    layers = alt.layer(
        alt.Chart(_RULE).mark_rule(style="reference").encode(alt.YDatum(0.0)),
        base.mark_boxplot(size=26, outliers=False, opacity=0.55).encode(color=colour),
        base.mark_tick(size=20, thickness=1, style="before").encode(
            opacity=lit("model", "condition", full=0.55), tooltip=model
        ),
    ).properties(width=alt.Step(56), height=230)
    chart: Picture = (
        panels(layers, frame, 4)
        .resolve_scale(x="independent")
        .transform_calculate(away=_from_one(slope.of_model))
        .add_params(*LIT)
        .properties(
            description=f"Each line: the {slope.of_model_name}; box: the middle half of the models "
            "and their median, whiskers up to 1.5 boxes. Dashed: 1, every class lost in "
            "proportion; above, gaps between classes widened. Colour: the interval of the mean is "
            "below 1, above 1, or holds 1." + _symlog_note(frame[slope.of_model])
        )
    )
    return chart


def intervals(conditions: pd.DataFrame, *, only: ShownSlope | None = None) -> Picture:
    """Return mean slopes with their intervals at each ratio.

    Args:
        conditions: As `conditions` returns it.
        only: This slope alone, as in the paper; else the class-mean slope and the mean of α.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> type(rd.charts.intervals(rd.conditions(table))).__name__
        'FacetChart'
    """
    shown = (only,) if only else (CLASS_MEAN, PER_MODEL)
    if not only and (conditions["lead"] == INSTRUMENT).any():
        shown = (*shown, _LEADING)
    frame = with_panels(conditions if not only else conditions[conditions["stage"] != "control"])
    bounds = [name for one in shown for name in (one.mean, one.low, one.high)]
    others = [] if only else ["alpha_like_these", "retrain_reference", "lead"]
    kept = [*_present(frame), "models", *bounds, *others]
    frame = frame[kept]
    numbers = pd.Series(frame[bounds].to_numpy().ravel())
    names = [one.name for one in shown] + ([] if only else [_AGAIN])
    scale = alt.Scale(domain=names, range=[*_COLOURS[: len(shown)], *([] if only else ["#e69f00"])])
    layers: list[Any] = [alt.Chart(_RULE).mark_rule(style="reference").encode(alt.YDatum(0.0))]
    for place, one in enumerate(shown):
        beside = 0 if only else (-8, 8, 0)[place]
        made = {f"{what}_{place}": getattr(one, what) for what in ("mean", "low", "high")}
        tips = [
            alt.Tooltip("panel:N", title="method"),
            alt.Tooltip("ratio:Q", title="pruning ratio", format="~r"),
            alt.Tooltip(f"{one.mean}:Q", title=one.mean_name, format=".3f"),
            alt.Tooltip(f"{one.low}:Q", title="interval from", format=".3f"),
            alt.Tooltip(f"{one.high}:Q", title="interval to", format=".3f"),
            alt.Tooltip("models:Q", title="models"),
        ]
        base = (
            alt.Chart()
            .transform_calculate(
                name=f"'{one.name}'", **{new: _from_one(old) for new, old in made.items()}
            )
            .transform_filter(f"datum.lead == '{INSTRUMENT}'" if one is _LEADING else "true")
            .encode(
                RATIO,
                color=_colour(scale),
                tooltip=tips,
            )
        )
        title = only.mean_name if only else "slope"
        y = _slope_axis(f"mean_{place}:Q", title, numbers)
        layers += [
            base.mark_rule(strokeWidth=2.5, xOffset=beside).encode(
                _slope_axis(f"low_{place}:Q", title, numbers), alt.Y2(f"high_{place}:Q")
            ),
            base.mark_point(filled=True, size=60, xOffset=beside).encode(
                y, opacity=lit("condition")
            ),
        ]
    if not only:
        again = alt.Chart().transform_calculate(again=_from_one("retrain_reference"))
        again = again.transform_aggregate(again="mean(again)").transform_calculate(
            name=f"'{_AGAIN}'"
        )
        layers.append(
            again.mark_rule(strokeDash=[2, 3], strokeWidth=2).encode(
                _slope_axis("again:Q", "slope", numbers), color=_colour(scale)
            )
        )
    level = ", ".join(sorted({f"{100 * one:g} %" for one in conditions["ci_level"].dropna()}))
    chart: Picture = (
        panels(
            alt.layer(*layers).properties(width=alt.Step(56), height=230),
            frame,
            4,
        )
        .resolve_scale(x="independent")
        .transform_calculate(
            # Around it lies the interval for samples like these.
            alpha_class_mean="isValid(datum.alpha_like_these) ? datum.alpha_like_these"
            " : datum.alpha_class_mean"
        )
        .add_params(*LIT)
        .properties(
            description=f"Mean slopes with intervals ({level or 'no level'}). Dashed: 1, every "
            "class lost in proportion; above, gaps widened. The class-mean slope averages each "
            "class over the models first: luck does not pull it towards 0."
            + (_LEADS if _LEADING in shown else "")
            + _symlog_note(numbers)
        )
    )
    return chart


def variance(conditions: pd.DataFrame) -> Picture:
    """Return what makes each class-mean slope uncertain for samples like these, as shares.

    Args:
        conditions: As `conditions` returns it for a table that comes with predictions.

    Example:
        >>> import numpy as np, pandas as pd, rdstats as rd
        >>> rng, c = np.random.default_rng(0), np.repeat([0, 1, 2], 40)
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "split": "test"}
        >>> of |= {"sample": np.arange(120), "class_index": c}
        >>> arms = [("none", 1.0, "baseline", 0.05), ("MP", 4.0, "pruned", 0.15)]
        >>> rows = [
        ...     pd.DataFrame({**of, "model": f"{m}", "method": method, "ratio": r, "stage": stage})
        ...     .assign(correct=rng.random(120) > wrong * (1 + c))
        ...     for m in range(4) for method, r, stage, wrong in arms
        ... ]
        >>> chart = rd.charts.variance(rd.conditions(pd.concat(rows)))
        >>> chart.description.split(":")[0]
        'What the standard error of the class-mean slope comes from'
    """
    sources = ["the models", "the test samples", "the rest: a model on a sample"]
    columns = [f"slope_variance_{what}" for what in ("models", "samples", "both")]
    frame = with_panels(conditions[conditions[columns[0]].notna()])
    frame = frame[[*_present(frame), "models", *columns]]
    both = f"max(datum.{columns[2]}, 0)"  # is in the other two as well
    scale = alt.Scale(domain=sources, range=list(_COLOURS))
    bars = (
        alt.Chart()
        .mark_bar()
        .encode(
            RATIO,
            alt.Y("variance:Q", title="share of the slope's variance").stack("normalize"),
            alt.Color("source:N", title="what varies", scale=scale),
            opacity=lit("condition"),
            tooltip=[
                alt.Tooltip("panel:N", title="method"),
                alt.Tooltip("ratio:Q", title="pruning ratio", format="~r"),
                alt.Tooltip("source:N", title="what varies"),
                alt.Tooltip("deviation:Q", title="standard error from it alone", format=".4f"),
                alt.Tooltip("models:Q", title="models"),
            ],
        )
        .properties(width=alt.Step(36), height=160)
    )
    chart: Picture = (
        panels(alt.layer(bars), frame, 4)
        .resolve_scale(x="independent")
        .transform_calculate(
            **{
                sources[0]: f"max(datum.{columns[0]} - {both}, 0)",
                sources[1]: f"max(datum.{columns[1]} - {both}, 0)",
                sources[2]: both,
            }
        )
        .transform_fold(sources, as_=["source", "variance"])
        .transform_calculate(deviation="sqrt(datum.variance)")
        .add_params(*LIT)
        .properties(
            description="What the standard error of the class-mean slope comes from: where models "
            "make most of it, more seeds narrow the interval; where test samples do, only a "
            "larger test set will."
        )
    )
    return chart


def balances(
    points: pd.DataFrame, conditions: pd.DataFrame, *, slope: ShownSlope = PER_MODEL
) -> Picture:
    """Return normalized recall balances before and after as a scatter-plot matrix.

    A row per ratio and a column per panel, each with the line through the origin, its slope α,
    uncentred r² and the accuracy Ā after.

    Args:
        points: As `balances` returns it; for the class-mean slope as `class_means` does.
        conditions: As `conditions` returns it, of the same selection.
        slope: Of the line.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> chart = rd.charts.balances(rd.balances(table), rd.conditions(table))
        >>> chart.description.split(":")[0]
        'A point is one class of one model'
    """
    frame = with_panels(with_labels(with_lines(points, conditions, slope=slope)))
    kept = [*_present(frame), *(["model"] if "model" in frame else []), "class_label"]
    frame = frame[[*kept, "balance_before", "balance_after", "alpha", "r_squared", "accuracy"]]
    x = alt.X("balance_before:Q", title="balance before", axis=alt.Axis(tickCount=4))
    y = alt.Y("balance_after:Q", title="balance after", axis=alt.Axis(tickCount=4))
    tips = [
        alt.Tooltip("class_label:N", title="class"),
        *([alt.Tooltip("model:N", title="model")] if "model" in frame else []),
        alt.Tooltip("balance_before:Q", title="B̄ before", format="+.3f"),
        alt.Tooltip("balance_after:Q", title="B̄ after", format="+.3f"),
    ]
    dots = alt.Chart().mark_circle(size=22, color=BLUE, clip=True)
    of_whole = alt.Chart().transform_aggregate(
        left="min(balance_before)",
        right="max(balance_before)",
        groupby=["alpha", "r_squared", "accuracy"],
    )
    of_whole = of_whole.transform_calculate(
        start="datum.alpha * datum.left",
        end="datum.alpha * datum.right",
        words=f"'{slope.symbol} = ' + (isValid(datum.alpha) ? format(datum.alpha, '.3f') : '–')"
        " + ', r² = ' + (isValid(datum.r_squared) ? format(datum.r_squared, '.3f') : '–')"
        " + ', Ā = ' + format(100 * datum.accuracy, '.1f') + ' %'",
    )
    ends = {"x": alt.X("left:Q"), "x2": alt.X2("right:Q")}
    whose = "one class of one model" if "model" in frame else "one class, the mean over models"
    what = ["class", "condition", *(["model"] if "model" in frame else [])]
    layers = alt.layer(
        of_whole.mark_rule(style="reference").encode(
            y=alt.Y("left:Q"), y2=alt.Y2("right:Q"), **ends
        ),
        dots.encode(x, y, opacity=lit(*what, faint=0.04, full=0.45), tooltip=tips),
        of_whole.transform_filter("isValid(datum.alpha)")
        .mark_rule(color=ORANGE, strokeWidth=2)
        .encode(y=alt.Y("start:Q"), y2=alt.Y2("end:Q"), **ends),
        of_whole.mark_text(align="left", baseline="bottom", fontSize=11).encode(
            x=alt.value(0), y=alt.value(-3), text="words:N"
        ),
    ).properties(width=200, height=140)
    header = alt.Header(title=None, labelExpr="datum.value == 1 ? 'control' : datum.value + '×'")
    # Columns by number: Vega puts the cells that have no rows first in any other order.
    numbers, names = pd.factorize(frame["panel"])
    frame = frame.assign(column=numbers)
    label = f"{json.dumps(list(names))}[datum.value]"
    chart: Picture = (
        layers.facet(
            row=alt.Row("ratio:O", header=header),
            column=alt.Column(
                "column:O", header=alt.Header(title=None, labelPadding=14, labelExpr=label)
            ),
            data=inline(frame),
        )
        .resolve_scale(x="independent", y="independent")
        .add_params(*LIT)
        .properties(
            description=f"A point is {whose}: its normalized recall balance B̄ before "
            "(horizontal) and after (vertical). Orange line: through the origin, with "
            "slope α and uncentred r²; Ā: mean accuracy after. Dashed: no change. Each "
            "panel has axes of its own."
        )
    )
    return chart


def with_marks(
    slopes: pd.DataFrame, conditions: pd.DataFrame, *, slope: ShownSlope = PER_MODEL
) -> pd.DataFrame:
    """Return slopes with what the verdict of their condition says, in words: mark.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> rd.charts.with_marks(rd.slopes(table), rd.conditions(table))["mark"].isna().tolist()
        [True]
    """
    if "mark" in slopes:
        return slopes
    of_condition = conditions[list(STAGED_CONDITION)]
    of_condition = of_condition.assign(mark=conditions[slope.verdict].map(VERDICT_WORDS))
    return slopes.merge(of_condition, on=list(STAGED_CONDITION), how="left")


def with_lines(
    points: pd.DataFrame, conditions: pd.DataFrame, *, slope: ShownSlope = PER_MODEL
) -> pd.DataFrame:
    """Return points with the line of their condition: alpha, r_squared, accuracy.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> rd.charts.with_lines(rd.balances(table), rd.conditions(table))["accuracy"].tolist()
        [0.57, 0.57]
    """
    if "alpha" in points:
        return points
    numbers = {slope.line: "alpha", slope.r_squared: "r_squared", "accuracy_after": "accuracy"}
    of_condition = conditions[[*STAGED_CONDITION, *numbers]].rename(columns=numbers)
    return points.merge(of_condition, on=list(STAGED_CONDITION))


def tradeoff(tradeoff: pd.DataFrame, *, slope: ShownSlope = PER_MODEL) -> Picture:
    """Return accuracy and slope against the ratio.

    Args:
        tradeoff: As `tradeoff` returns it.
        slope: The mean slope per model, or the class-mean slope.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> type(rd.charts.tradeoff(rd.tradeoff(table))).__name__
        'FacetChart'
    """
    frame = with_panels(tradeoff)
    error = f"{slope.mean}_error"
    kept = [*_present(frame), "accuracy", "accuracy_error", slope.mean, error]
    frame = frame[kept]
    ratios = sorted(set(frame["ratio"]))
    axis = alt.Axis(labelExpr="datum.value + '×'", grid=False, values=ratios, labelOverlap=True)
    scale = alt.Scale(type="log", nice=False, padding=8)
    x = alt.X("ratio:Q", title="pruning ratio (1×: before)", axis=axis, scale=scale)
    exploded = _is_exploded(frame[slope.mean])
    parts = []
    for name, spread, title, colour, shape in (
        ("accuracy", "accuracy_error", "accuracy, %", BLUE, "circle"),
        (slope.mean, error, slope.mean_name, ORANGE, "square"),
    ):
        of_slope = name == slope.mean
        one = "1" if of_slope else "100"
        known = f"isValid(datum.{name})"
        middle, low, high = f"{name}_middle", f"{name}_low", f"{name}_high"
        off = "- 1" if of_slope else ""
        base = alt.Chart().transform_calculate(
            **{
                middle: f"{known} ? {one} * datum.{name} {off} : null",
                low: f"{known} ? {one} * (datum.{name} - datum.{spread}) {off} : null",
                high: f"{known} ? {one} * (datum.{name} + datum.{spread}) {off} : null",
            }
        )
        side = alt.Axis(titleColor=colour, labelColor=colour, grid=False, tickCount=5)
        if of_slope:
            side = alt.Axis(**side.to_dict(), labelExpr=_FROM_ONE_LABEL)
        kind: Any = "symlog" if of_slope and exploded else "linear"
        scale = alt.Scale(zero=False, type=kind)
        y = alt.Y(f"{middle}:Q", title=title, axis=side, scale=scale)
        tips = [
            alt.Tooltip("panel:N", title="panel"),
            alt.Tooltip("ratio:Q", title="pruning ratio"),
            alt.Tooltip(f"{name}:Q", title=title.split(",")[0], format=".4f"),
            alt.Tooltip(f"{spread}:Q", title="standard error", format=".4f"),
        ]
        parts.append(
            alt.layer(
                base.mark_line(color=colour, strokeWidth=2).encode(x, y),
                base.mark_rule(color=colour, strokeWidth=1.5).encode(
                    x, alt.Y(f"{low}:Q", title=title, axis=side, scale=scale), alt.Y2(f"{high}:Q")
                ),
                base.mark_point(color=colour, shape=shape, filled=True, size=50, opacity=1).encode(
                    x, y, tooltip=tips
                ),
            )
        )
    layers = alt.layer(*parts).resolve_scale(y="independent").properties(width=190, height=180)
    chart: Picture = (
        panels(layers, frame, 4)
        .resolve_scale(y="independent")
        .properties(
            description="Blue circles, left axis: mean accuracy, at 1× before pruning. Orange "
            f"squares, right axis: {slope.mean_name}. Bars: one standard error over "
            "models on either side." + _symlog_note(frame[slope.mean])
        )
    )
    return chart


_FROM_ONE_LABEL: Final = "format(datum.value + 1, '.4~f')"


def _colour(scale: alt.Scale) -> alt.Color:
    return alt.Color("name:N", scale=scale, legend=alt.Legend(title="slope", symbolType="circle"))


def _present(frame: pd.DataFrame) -> list[str]:
    return [name for name in _IDENTITY if name in frame.columns or name == "panel"]


def _from_one(column: str) -> str:
    return f"isValid(datum.{column}) ? datum.{column} - 1 : null"


def _is_exploded(values: pd.Series) -> bool:
    return bool((values.dropna() - 1.0).abs().gt(_EXPLODED).any())


def _symlog_note(values: pd.Series) -> str:
    note = " The axis is symmetric-log around 1, because slopes explode."
    return note if _is_exploded(values) else ""


def _slope_axis(field: str, title: Any, values: pd.Series) -> alt.Y:
    """Return the vertical channel of slopes, drawn as distances from 1 and labelled as slopes."""
    if not _is_exploded(values):
        axis = alt.Axis(labelExpr=_FROM_ONE_LABEL, tickCount=6)
        return alt.Y(field, title=title, axis=axis, scale=alt.Scale(zero=False))
    ticks = [sign * 10.0**power for power in range(6) for sign in (1, -1)] + [0.0, 3.0, -3.0]
    axis = alt.Axis(labelExpr=_FROM_ONE_LABEL, values=sorted(ticks))
    return alt.Y(
        field, title=title, axis=axis, scale=alt.Scale(type="symlog", constant=0.5, zero=False)
    )
