"""Tables as people read them."""

import pandas as pd

from rdstats.output.shown import shown_classes, shown_conditions, shown_slopes
from rdstats.tables.classes import classes
from rdstats.tables.conditions import conditions
from rdstats.tables.slopes import slopes
from synthetic import before_after, recall_table, table_of_counts


def test_what_all_rows_share_is_said_once() -> None:
    """Study, data set and architecture go to the caption when there is one of each."""
    shown = shown_conditions(conditions(recall_table(ratios=(2.0, 4.0))))
    assert shown.header[:4] == ("method", "ratio", "stage", "class-mean slope")
    assert "All rows: study synthetic, data set digits, architecture LeNet5." in shown.caption


def test_a_long_table_keeps_the_rows_that_have_a_remark() -> None:
    """An undefined slope is listed, not hidden among a thousand others."""
    counts = before_after([*[[70, 80, 90]] * 4, [80, 80, 80]], [[60, 80, 90]] * 5)
    slope_rows = slopes(table_of_counts(counts))
    shown = shown_slopes(slope_rows, most=2)
    assert not shown_slopes(slope_rows[slope_rows["status"] == "ok"]).remarks
    assert [row[0] for row in shown.rows] == ["m0", "m4"]
    assert shown.rows[1][1] == "–"
    assert shown.remarks
    assert "2 of 5 rows" in shown.caption


def test_each_bound_of_classes_is_said_at_its_own_level() -> None:
    """Bonferroni over ten classes is 99.5 %, over five 99 %; what unharmed rests on is shown."""
    frames = [classes(recall_table(ratios=(2.0,), classes=size)) for size in (10, 5)]
    shown = shown_classes(pd.concat(frames))
    assert "each bound one-sided at 99.5 % or 99 %" in shown.reading
    assert "at most" in shown.header
    assert "99 %" not in shown_classes(frames[0]).reading


def test_columns_that_are_explained_are_there() -> None:
    """All of them in files and on pages; in a terminal those that fit."""
    shown = shown_classes(classes(recall_table(ratios=(2.0,))))
    assert set(dict(shown.keys)) <= set(shown.header)
    assert "Settled by" in shown.reading


def test_an_interval_is_one_cell_and_a_missing_one_leaves_the_estimate() -> None:
    """`1.2 (1.1 to 1.3)` with an interval, `1.2` without."""
    condition_rows = conditions(recall_table(ratios=(2.0,), control=False))
    condition_rows[["alpha_class_mean", "class_mean_low", "class_mean_high"]] = [1.2, -1.1, 1.3]
    condition_rows["ci_low"] = float("nan")
    condition_rows["alpha_mean"] = 0.9
    shown = shown_conditions(condition_rows)
    row = dict(zip(shown.header, shown.rows[0], strict=True))
    assert row["class-mean slope"] == "1.200 (−1.100 to 1.300)"
    assert row["mean α per model"] == "0.900"


def test_warnings_are_told_also_where_their_column_does_not_fit() -> None:
    """A "<" of two models stands in every terminal with what is doubtful about it."""
    few = shown_conditions(conditions(recall_table(models=2, ratios=(2.0,))))
    (note,) = few.notes
    assert note.startswith("Warning, all rows: ")
    assert "models" in note
    both = pd.concat(
        conditions(recall_table(models=models, ratios=(2.0,)))
        .assign(method=method)
        .query("stage != 'control'")
        for models, method in ((2, "MP"), (8, "GP"))
    )
    (note,) = shown_conditions(both).notes
    assert note.startswith("Warning, 1 row (MP): ")
    of_classes = classes(recall_table(models=8, ratios=(2.0,), control=False))
    of_classes.loc[of_classes.index[1], "warnings"] = "doubtful"
    (note,) = shown_classes(of_classes).notes
    assert note == f"Warning, 1 row ({of_classes['class_name'].iloc[1]}): doubtful."
    many = shown_conditions(conditions(recall_table(models=8, ratios=(2.0,))))
    assert many.notes == ()
