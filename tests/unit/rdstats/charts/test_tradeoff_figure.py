"""The tradeoff's two axes and its error bars."""

from typing import Any

import pytest

from rdstats.charts.panels import PanelTable, panel_groups
from rdstats.charts.tradeoff import tradeoff_figure
from rdstats.tables.conditions import conditions
from rdstats.tables.slopes import tradeoff
from synthetic import before_after, table_of_counts


def drawn(after: list[list[int]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the only panel of models with these counts, whose specification is valid, its rows."""
    table = table_of_counts(before_after([[100, 60]] * len(after), after))
    group = panel_groups(conditions(table))[0]
    figure = tradeoff_figure(PanelTable(tradeoff(table)), group)
    (panel,) = figure.chart.to_dict()["concat"]
    return panel, panel["layer"][1]["layer"][0]["data"]["values"]


def test_axes_are_aligned_at_the_accuracy_before_pruning_and_at_slope_one() -> None:
    """Rows are distances from there, both scales symmetric about them."""
    # As in test_points_and_means: slopes 0, 1, 2 and accuracies 0.8, 0.8, 0.5 after; 0.8 before.
    panel, (before, after) = drawn([[80, 80], [100, 60], [75, 25]])
    assert (before["accuracy"], before["slope"]) == (0.0, None)
    assert after["accuracy"] == pytest.approx(-0.1)
    assert after["accuracy_high"] - after["accuracy"] == pytest.approx(0.1)  # sqrt(0.03 / 3)
    assert after["slope"] == pytest.approx(0.0)
    assert after["slope"] - after["slope_low"] == pytest.approx(3**-0.5)
    scales = [layer["layer"][0]["encoding"]["y"]["scale"] for layer in panel["layer"][1:]]
    assert [scale["domain"][0] for scale in scales] == pytest.approx(
        [-scale["domain"][1] for scale in scales]
    )
    # A single model has points without bars: no error is not an error of zero.
    _, rows = drawn([[80, 80]])
    assert [row["accuracy_low"] for row in rows] == [None, None]
    assert [row["slope_high"] for row in rows] == [None, None]
