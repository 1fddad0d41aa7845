"""How every chart looks: one theme in light and dark, colours that everybody tells apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd
from altair.utils.schemapi import debug_mode

from rdstats.output.words import class_label, method_key

# What XML forbids: vl-convert would abort.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

Picture = alt.LayerChart | alt.FacetChart
"""What every function here returns: an altair chart."""

METHODS: Final[Mapping[str, str]] = {
    "MP": "magnitude pruning (MP)",
    "GP": "gradient pruning (GP)",
    "UP": "undecayed pruning (UP)",
    "RP": "random pruning (RP)",
    "none": "no pruning (control)",
}
"""The paper's methods in full."""

# Okabe and Ito (2008): told apart with any common colour blindness.
BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
GREY: Final = "#7d868f"
# Reversed, so that loss is orange without our theme, too: Vega's own range ends in blue.
DIVERGING: Final[Mapping[str, Any]] = {"range": "diverging", "reverse": True}
SERIES: Final = (BLUE, ORANGE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", GREY)


def _theme(
    ink: str, quiet: str, grid: str, diverging: Sequence[str], steps: Sequence[float]
) -> Any:
    axis = {"gridColor": grid, "domainColor": quiet, "tickColor": quiet, "titleFontWeight": 500}
    labels = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": "transparent",
        "font": "system-ui, Segoe UI, Helvetica, Arial, Liberation Sans, sans-serif",
        "axis": {**axis, **labels, "labelLimit": 160, "titleLimit": 0},
        "header": {**labels, "labelFontSize": 13, "labelFontWeight": 600, "labelLimit": 0},
        "legend": {**labels, "orient": "top", "labelLimit": 0, "titleLimit": 0},
        "title": {"color": ink, "subtitleColor": ink, "anchor": "start"},
        "text": {"color": ink, "fontSize": 12},
        "range": {
            "diverging": list(diverging),
            "ordinal": {"scheme": "oranges", "extent": list(steps)},
            "category": list(SERIES),
        },
        "view": {"stroke": grid},
        "facet": {"spacing": 18},
        "boxplot": {"median": {"color": ink}},
        "style": {
            "reference": {"color": quiet, "strokeDash": [5, 4], "strokeWidth": 1.5},
            "zero": {"color": quiet, "strokeWidth": 1},
            "before": {"color": ink},
            "span": {"color": quiet, "strokeWidth": 2},
        },
    }


LIGHT: Final[Mapping[str, Any]] = _theme(
    "#1f2328",
    "#59636e",
    "#e4e7eb",
    ("#f2a26b", "#f6f7f8", "#7db7dd"),
    (0.35, 1.0),
)
"""Vega-Lite's `config` for light pages and files: `chart.configure(**LIGHT)`."""

DARK: Final[Mapping[str, Any]] = _theme(
    "#e6edf3",
    "#9da7b1",
    "#343b44",
    ("#9c4a12", "#1b2129", "#1c5d8a"),
    (0.85, 0.1),
)
"""The same for dark pages."""

# What a page lights up in all its figures: it sets these, as `view.signal("lit_class", "shirt")`.
LIT: Final = tuple(
    alt.param(name=f"lit_{what}", value="") for what in ("class", "model", "condition")
)
_IS_LIT: Final = {
    "class": "(!lit_class || datum.class_label === lit_class)",
    "model": "(!lit_model || toString(datum.model) === lit_model)",
    "condition": "(!lit_condition || datum.panel + ' ' + datum.ratio === lit_condition)",
}
RATIO: Final = alt.X(
    "ratio:O",
    title="pruning ratio",
    axis=alt.Axis(
        labelAngle=0, grid=False, labelExpr="datum.value == 1 ? 'control' : datum.value + '×'"
    ),
)


def lit(*what: str, faint: float = 0.12, full: float = 1.0) -> Any:
    """Return the opacity of marks that fade while another class or model is lit up."""
    test = " && ".join(_IS_LIT[name] for name in what)
    return alt.condition(test, alt.value(full), alt.value(faint))


def inline(frame: pd.DataFrame) -> alt.InlineData:
    """Return a frame as a chart's data, of any length.

    As text: altair checks and copies rows one by one, which took a minute for 150,000. Nor is
    the text held against the schema: whatever it is not there would be told with all of it.
    """
    texts = frame.select_dtypes(["object", "string", "category"])
    clean: dict[str, Any] = {
        str(name): texts[name].map(_seen(texts[name])) for name in texts.columns
    }
    values = frame.assign(**clean).to_json(orient="records", double_precision=6, force_ascii=False)
    with debug_mode(False):
        return alt.InlineData(values=values, format={"type": "json"})


def _seen(texts: pd.Series) -> dict[Any, Any]:
    """Return what stands for each text: what nobody can see is written as R prints it."""
    return {
        text: _UNSEEN.sub(lambda found: f"<U+{ord(found.group()):04X}>", text)
        if isinstance(text, str)
        else text
        for text in texts.unique()
    }


def with_panels(frame: pd.DataFrame, along: Sequence[str] = ()) -> pd.DataFrame:
    """Return a frame with a column `panel`: the name of the panel that a row is drawn in.

    A frame that has one keeps it. Else the name is made of what differs: method, architecture,
    data set, study; panels stand in the order of methods and names.

    Args:
        frame: Rows with the columns of a condition.
        along: Which columns name a panel; by default those with several values.
    """
    if "panel" in frame.columns:
        return frame
    compressed = frame[frame["method"] != "none"] if "method" in frame else frame
    there = [c for c in ("study", "dataset", "architecture", "method") if c in frame.columns]
    names = list(along) or [c for c in there if compressed[c].nunique() > 1] or there[-1:]
    if not names:
        return frame.assign(panel="")
    of_panel = frame[names].drop_duplicates()
    rows = of_panel.itertuples(index=False, name=None)
    ordered = sorted(rows, key=lambda row: tuple(map(method_key, map(str, row))))
    labels = [", ".join(METHODS.get(str(text), str(text)) for text in row) for row in ordered]
    places = {row: place for place, row in enumerate(ordered)}
    of_row = np.array([places[row] for row in of_panel.itertuples(index=False, name=None)])
    place = of_row[frame.groupby(names, sort=False, dropna=False).ngroup()]
    panel = np.array(labels, dtype=object)[place]
    return frame.assign(panel=panel).iloc[place.argsort(kind="stable")]


def with_labels(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with `class_label`: a class's name, with its index where two share a name."""
    if "class_label" in frame.columns:
        return frame
    of_class = frame[["class_index", "class_name"]].drop_duplicates()
    labels = pd.Series(
        map(class_label, of_class["class_name"], of_class["class_index"]), dtype=object
    )
    twice = labels.duplicated(keep=False)
    labels = labels.where(~twice, labels + [f" ({index})" for index in of_class["class_index"]])
    keys = frame.groupby(["class_index", "class_name"], sort=False, dropna=False)
    return frame.assign(class_label=labels.to_numpy()[keys.ngroup()])


def panels(layers: Any, frame: pd.DataFrame, columns: int) -> Any:
    """Return layers as panels side by side, one for each name in `panel`."""
    header = alt.Header(title=None, labelAnchor="start")
    names = list(dict.fromkeys(frame["panel"]))
    layers.layer[0].name = "panel"  # altair asks for it where charts with parameters are joined
    facet = alt.Facet("panel:N", sort=names, header=header)
    return layers.facet(facet, data=inline(frame), columns=columns)
