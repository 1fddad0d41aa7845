"""The pictures: what they hold, what they say of themselves, and that they are safe and small."""

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from rdstats.charts.figure import Figure, inline, to_svg
from rdstats.charts.intervals import BOTH, RETRAINED
from rdstats.charts.panels import PanelTable, panel_groups, ratio_label
from rdstats.charts.scatter_matrix import balance_scatter_matrix
from rdstats.output.words import records
from rdstats.report.report import report_figures
from rdstats.tables.conditions import conditions
from rdstats.tables.slopes import balances, class_means, slopes
from synthetic import recall_table

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
SLOPES = {2.0: 0.8, 10.0: 1.3}


def frames(points: Callable[..., pd.DataFrame] = balances, **design: object) -> Frames:
    """Return slopes, conditions and balances of a synthetic study with a clear effect."""
    table = recall_table(**{"ratios": (2.0, 10.0), "slope_by_ratio": SLOPES, **design})  # type: ignore[arg-type]
    return slopes(table), conditions(table), points(table)


@pytest.fixture(scope="module")
def study() -> Frames:
    """MP and UP at two ratios, five models."""
    return frames(methods=("MP", "UP"))


@pytest.fixture(scope="module")
def figures(study: Frames) -> dict[str, Figure]:
    """Its three figures by kind."""
    return {figure.kind: figure for figure in report_figures(*study)}


def parsed(svg: str) -> ElementTree.Element:
    """Return a picture as XML."""
    return ElementTree.fromstring(svg)  # noqa: S314 - made by the test itself


def texts(svg: str) -> list[str]:
    """Return every text of a picture, line by line."""
    found = [element for element in parsed(svg).iter() if element.tag.endswith("}text")]
    return [line for element in found for line in element.itertext()]


def test_the_boxplots_carry_the_papers_marks(figures: dict[str, Figure]) -> None:
    """Narrowed at 2, widened at 10: `<` and `>` under the ratios of both methods."""
    found = texts(to_svg(figures["slopes"]))
    assert [found.count(text) for text in ("MP", "UP", "2×", "10×", "<", ">")] == [1, 1, 2, 2, 2, 2]


def test_the_scatter_plots_carry_slope_fit_and_accuracy(
    study: Frames, figures: dict[str, Figure]
) -> None:
    """As text in each panel, equal to the conditions table."""
    found = texts(to_svg(figures["balances"]))
    rows = study[1][study[1]["stage"] != "control"]
    for numbers in rows[["alpha_pooled", "r_squared_pooled", "accuracy_after"]].to_numpy():
        assert "α = {:.3f}, r² = {:.3f}, Ā = {:.3f}".format(*numbers) in found


def test_the_intervals_show_control_retrain_reference_and_both_slopes(
    figures: dict[str, Figure],
) -> None:
    """The legend names what is drawn, and the control stands first."""
    found = texts(to_svg(figures["intervals"]))
    assert {*(slope.name for slope in BOTH), RETRAINED} <= set(found)
    assert found.count("control") == 2
    assert found.index("control") < found.index("2×")
    without = next(report_figures(*frames(control=False)))
    assert "control" not in texts(to_svg(without))
    assert "Control" not in without.caption


def rows_of(figure: Figure, more_than: int) -> list[list[dict[str, Any]]]:
    """Return the rows of each layer that has more than so many; the specification is valid."""
    layers = [one for panel in figure.chart.to_dict()["concat"] for one in panel["layer"]]
    rows = [layer["data"]["values"] for layer in layers]
    return [found for found in rows if len(found) > more_than]


def test_figures_of_the_class_mean_slope_hold_pseudo_values_and_class_means() -> None:
    """Whose mean is that of the conditions table; ten points, not fifty, with slope and fit."""
    study = frames(class_means)
    figures = {figure.kind: figure for figure in report_figures(*study, slope="class-mean")}
    (drawn,) = rows_of(figures["slopes"], more_than=1)
    found = " ".join(texts(to_svg(figures["balances"])))
    for row in records(study[1][study[1]["stage"] != "control"]):
        values = [one for one in drawn if one["place"].startswith(ratio_label(row["ratio"]))]
        assert len(values) == row["models_class_mean"]
        mean = sum(one["value"] for one in values) / len(values)
        assert mean == pytest.approx(row["alpha_class_mean"])
        assert {one["mark"] for one in values} == {row["class_mean_verdict"]}
        numbers = row["alpha_class_mean"], row["r_squared_class_mean"]
        assert "α_cm = {:.3f}, r² = {:.3f}".format(*numbers) in found
    assert "pseudo-value of a model" in texts(to_svg(figures["slopes"]))
    assert [len(rows) for rows in rows_of(figures["balances"], more_than=2)] == [10, 10]


@pytest.mark.parametrize("kind", ["intervals", "slopes", "balances"])
def test_every_picture_tells_its_findings_to_who_cannot_see_it(
    figures: dict[str, Figure], kind: str
) -> None:
    """The SVG's label has the methods and ratios with their numbers."""
    label = parsed(to_svg(figures[kind])).get("aria-label") or ""
    assert re.search(r"MP: .*2× .*\d\.\d\d.*10× .*\d\.\d\d", label)
    assert "UP: " in label


def test_slopes_that_explode_are_shown_on_an_axis_that_says_so(study: Frames) -> None:
    """Random pruning: not clipped, symmetric-log, and its neighbour is still readable."""
    slope_rows, condition_rows, balance_rows = (frame.copy() for frame in study)
    exploded = (slope_rows["method"] == "UP") & (slope_rows["ratio"] == 10.0)
    slope_rows.loc[exploded, "alpha"] = [-500.0, 20.0, 3.0, 800.0, -2.0]
    for figure in report_figures(slope_rows, condition_rows, balance_rows):
        if figure.kind == "slopes":
            assert "No two panels share a vertical axis." in figure.caption
            assert "Symmetric-log axis around 1, because slopes explode: UP." in figure.caption
            assert {"100", "−100"} <= set(texts(to_svg(figure)))


def test_a_condition_without_any_slope_keeps_its_place(study: Frames) -> None:
    """Undefined is shown as undefined, not left out."""
    slope_rows, condition_rows, balance_rows = (frame.copy() for frame in study)
    gone = (slope_rows["method"] == "UP") & (slope_rows["ratio"] == 10.0)
    slope_rows.loc[gone, "alpha"] = float("nan")
    gone = (condition_rows["method"] == "UP") & (condition_rows["ratio"] == 10.0)
    columns = ["alpha_mean", "ci_low", "ci_high", "alpha_class_mean", "alpha_pooled"]
    condition_rows.loc[gone, [*columns, "class_mean_low", "class_mean_high"]] = float("nan")
    condition_rows.loc[gone, ["verdict", "class_mean_verdict"]] = None
    by_kind = {f.kind: f for f in report_figures(slope_rows, condition_rows, balance_rows)}
    assert "–" in texts(to_svg(by_kind["slopes"]))
    assert "10× undefined" in by_kind["slopes"].alternative
    assert "10× undefined" in by_kind["intervals"].alternative
    assert any("α undefined" in text for text in texts(to_svg(by_kind["balances"])))


def test_a_large_design_is_drawn_without_a_row_limit_and_stays_small() -> None:
    """30,000 points: no error of altair's 5,000 rows, and the picture is a few hundred kB."""
    _, condition_rows, balance_rows = frames(models=50, classes=100, methods=("MP", "UP", "RP"))
    group = panel_groups(condition_rows)[0]
    figure = balance_scatter_matrix(PanelTable(balance_rows), PanelTable(condition_rows), group)
    svg = to_svg(figure)
    assert len(balance_rows[balance_rows["stage"] != "control"]) == 30_000
    assert svg.count("data:image/png;base64,") == 6
    assert len(svg) < 1_000_000


def test_pictures_in_one_page_do_not_share_ids(figures: dict[str, Figure]) -> None:
    """A clip path of one must not cut another."""
    svg = to_svg(figures["intervals"])
    ids, used = (
        [set(re.findall(pattern, inline(svg, number))) for number in (1, 2)]
        for pattern in (r'\bid="([^"]+)"', r"url\(#([^)]+)\)")
    )
    assert not ids[0] & ids[1]
    assert all(map(set.issubset, used, ids))
