"""All figures of a report, in the order in which they are read."""

from collections.abc import Iterator

import pandas as pd

from rdstats.charts.boxplots import slope_boxplots
from rdstats.charts.chosen import SlopeName, chosen_slope
from rdstats.charts.figure import Figure
from rdstats.charts.intervals import slope_intervals
from rdstats.charts.panels import PanelTable, panel_groups
from rdstats.charts.scatter_matrix import balance_scatter_matrix


def report_figures(
    slopes: pd.DataFrame,
    conditions: pd.DataFrame,
    balances: pd.DataFrame,
    *,
    slope: SlopeName = "paper",
) -> Iterator[Figure]:
    """Yield intervals, boxplots and scatter-plot matrix of every group of panels.

    Args:
        slopes: As `slopes_table` returns it.
        conditions: As `conditions_table` returns it, of the same selection.
        balances: As `balances_table` returns it, of the same selection; for `class-mean` as
            `class_means_table` does.
        slope: What boxplots and scatter plots show; the intervals show both slopes.
    """
    chosen = chosen_slope(slope)
    of_models, of_conditions, points = map(PanelTable, (slopes, conditions, balances))
    for group in panel_groups(conditions):
        yield slope_intervals(of_conditions, group)
        yield slope_boxplots(of_models, of_conditions, group, slope=chosen)
        yield balance_scatter_matrix(points, of_conditions, group, slope=chosen)


def count_figures(conditions: pd.DataFrame) -> int:
    """Return how many figures a report of these conditions has."""
    return 3 * len(panel_groups(conditions))
