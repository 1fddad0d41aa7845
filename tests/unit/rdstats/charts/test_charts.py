"""Every figure is an altair chart: valid, complete, restylable, and the same as its table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pandas as pd
import pytest

import rdstats as rd
from rdstats.charts.files import figure_kinds
from rdstats.charts.theme import METHODS, with_labels, with_panels
from rdstats.errors import StatsError
from synthetic import recall_table

HOSTILE = "<script>alert('x')</script>"
TABLE = rd.as_arrays(recall_table(methods=("MP", "UP"), ratios=(2.0, 10.0), models=4))
CONDITIONS, CLASSES = rd.conditions(TABLE), rd.classes(TABLE)
VARIANCES = {
    f"slope_variance_{of}": value
    for of, value in zip(("models", "samples", "both"), (4, 3, 1), strict=True)
}
CHARTS: dict[str, Callable[[], Any]] = {
    "drops": lambda: rd.charts.drops(CLASSES),
    "recalls": lambda: rd.charts.recalls(CLASSES),
    "slopes": lambda: rd.charts.slopes(rd.slopes(TABLE), CONDITIONS),
    "slopes alone": lambda: rd.charts.slopes(rd.slopes(TABLE)),
    "intervals": lambda: rd.charts.intervals(CONDITIONS),
    "balances": lambda: rd.charts.balances(rd.balances(TABLE), CONDITIONS),
    "tradeoff": lambda: rd.charts.tradeoff(rd.tradeoff(TABLE)),
    "variance": lambda: rd.charts.variance(CONDITIONS.assign(**VARIANCES)),
    "confusion_change": lambda: rd.charts.confusion_change(
        pd.DataFrame({"class_label": ["a", "a"], "answer": ["a", "b"], "change": [-0.1, 0.1]})
    ),
}


def rows_of(chart: Any) -> pd.DataFrame:
    """Return the data of a chart."""
    return pd.DataFrame(json.loads(chart.data.values))


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_is_a_valid_chart_that_is_drawn(name: str, tmp_path: Path) -> None:
    """Altair holds the specification against Vega-Lite's schema; axes have titles; it draws."""
    chart = CHARTS[name]()
    assert isinstance(chart, alt.TopLevelMixin)
    chart.to_dict()
    svg = rd.charts.save(chart, tmp_path / "a.svg").read_text()
    assert "NaN" not in svg
    assert svg.count("<path") > 5


def test_a_chart_is_restyled_as_any_other() -> None:
    """A property is set, a configuration is added, two stand side by side."""
    chart = CHARTS["drops"]()
    assert (chart.properties(title="mine") | CHARTS["recalls"]()).to_dict()["hconcat"]
    assert chart.configure(**rd.charts.DARK).to_dict()["config"]["axis"]["labelColor"] == "#e6edf3"


def test_the_heatmap_has_a_cell_for_every_verdict_of_the_table() -> None:
    """Each row once, method spelled out, the control in a panel of its own."""
    rows = rows_of(CHARTS["drops"]())
    assert len(rows) == len(CLASSES)
    assert list(dict.fromkeys(rows["panel"])) == [METHODS[code] for code in ("none", "MP", "UP")]
    assert np.allclose(sorted(rows["drop"]), sorted(CLASSES["drop"]), atol=1e-6)


@pytest.mark.parametrize("theme", [rd.charts.LIGHT, {}])
def test_loss_is_orange_with_our_theme_and_without(theme: dict[str, Any], tmp_path: Path) -> None:
    """As the description says; in a notebook Vega's own colours are drawn."""
    lost = CLASSES.assign(drop=0.5)
    fills = re.findall(
        r'fill="(?:rgb\((\d+), (\d+), (\d+)\)|#(\w\w)(\w\w)(\w\w))" stroke="#88888844"',
        rd.charts.save(rd.charts.drops(lost), tmp_path / "a.svg", theme).read_text(),
    )
    assert fills
    for found in fills:
        red, _, blue = (
            int(a or b, 10 if a else 16) for a, b in zip(found[:3], found[3:], strict=True)
        )
        assert red > blue


def test_points_carry_the_line_of_their_condition() -> None:
    """The pooled slope that the conditions table has."""
    rows = rows_of(CHARTS["balances"]())
    expected = CONDITIONS[["method", "ratio", "alpha_pooled"]]
    beside = rows.merge(expected, on=["method", "ratio"])
    assert len(beside) == len(rows)
    assert np.allclose(beside["alpha"], beside["alpha_pooled"], atol=1e-5)


def test_balances_stand_under_the_name_of_their_method(tmp_path: Path) -> None:
    """Also where a method, as the control, has no such ratio."""
    svg = rd.charts.save(CHARTS["balances"](), tmp_path / "a.svg").read_text()
    places: dict[str, float] = {}

    def walk(element: ElementTree.Element, x: float) -> None:
        moved = re.match(r"translate\(([-\d.]+)", element.get("transform", ""))
        x += float(moved[1]) if moved else 0.0
        places[(element.text or "").strip()] = x
        for child in element:
            walk(child, x)

    walk(ElementTree.fromstring(svg), 0.0)  # noqa: S314 - our own file
    for method, alpha in zip(CONDITIONS["method"], CONDITIONS["alpha_pooled"], strict=True):
        (line,) = (x for text, x in places.items() if text.startswith(f"α = {alpha:.3f}, "))
        assert 0.0 <= places[METHODS[method]] - line <= 200.0


def test_two_classes_of_one_name_stay_two() -> None:
    """Their index tells them apart; a class without a name is its index."""
    frame = pd.DataFrame({"class_index": [0, 1, 2], "class_name": ["cat", "cat", None]})
    assert with_labels(frame)["class_label"].tolist() == ["cat (0)", "cat (1)", "2"]


def test_panels_are_named_by_what_differs() -> None:
    """Data set and method; a frame's own panels are kept."""
    frame = pd.DataFrame({"dataset": ["b", "a", "a"], "method": ["MP", "UP", "MP"]})
    assert with_panels(frame)["panel"].tolist() == [
        f"a, {METHODS['MP']}",
        f"a, {METHODS['UP']}",
        f"b, {METHODS['MP']}",
    ]
    assert with_panels(frame.assign(panel="mine"))["panel"].eq("mine").all()


def test_slopes_that_explode_are_drawn_on_a_symmetric_log_axis() -> None:
    """And only then; the description says so."""
    calm = CHARTS["intervals"]()
    wild = rd.charts.intervals(CONDITIONS.assign(alpha_mean=CONDITIONS["alpha_mean"] * 100))
    assert "symlog" in json.dumps(wild.to_dict())
    assert "symmetric-log" in wild.description
    assert "symlog" not in json.dumps(calm.to_dict())


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_a_file_is_what_its_suffix_says_and_the_same_again(kind: str, tmp_path: Path) -> None:
    """Names that are markup stay text."""
    classes = CLASSES.assign(class_name=HOSTILE + CLASSES["class_name"].astype(str))
    chart = rd.charts.recalls(classes)
    first = rd.charts.save(chart, tmp_path / f"a.{kind}").read_bytes()
    starts = {"svg": b"<svg", "pdf": b"%PDF", "png": b"\x89PNG"}
    assert first.startswith(starts[kind])
    assert b"<script" not in first
    if kind != "pdf":  # which holds the time at which it was made
        assert rd.charts.save(chart, tmp_path / f"b.{kind}").read_bytes() == first


def test_kinds_of_files_are_refused_by_name(tmp_path: Path) -> None:
    """What is no picture is said, and what there is."""
    assert figure_kinds("svg, PDF") == ("svg", "pdf")
    with pytest.raises(StatsError, match="jpg: choose from svg, pdf, png"):
        figure_kinds("svg,jpg")
    with pytest.raises(StatsError, match=r"a\.jpg: a figure is saved as"):
        rd.charts.save(CHARTS["recalls"](), tmp_path / "a.jpg")


def test_the_slope_that_leads_is_drawn_where_it_leads() -> None:
    """The instrument's, beside the class-mean slope; nowhere else."""
    led = CONDITIONS.assign(lead="instrument", alpha_instrument=1.5, instrument_low=1.2)
    chart = rd.charts.intervals(led.assign(instrument_high=1.8))
    drawn = json.dumps(chart.to_dict())
    assert "where it leads" in drawn
    assert "datum.lead == 'instrument'" in drawn
    assert "the instrument is the one that the words are about" in chart.description
    assert "where it leads" not in json.dumps(rd.charts.intervals(CONDITIONS).to_dict())
