"""A row per model: the numbers, and the reason where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rdstats.errors import StatsError
from rdstats.tables.conditions import conditions
from rdstats.tables.selection import Selection
from rdstats.tables.slopes import slopes
from references import AS_R, cases, table_of
from synthetic import baseline, before_after, recall_table, table_of_counts, with_column


def one_model(
    before: list[int], after: list[int], metric: str = "recall", **options: Any
) -> pd.Series:
    """Return the row of a model with these correct predictions of 100 each."""
    table = table_of_counts(before_after([before], [after]), **options)
    return slopes(table, Selection(metric=metric)).iloc[0]


def test_the_worked_example_of_section_5_from_counts() -> None:
    """R = 90 % and 70 %, then 70 % and 50 %: alpha is 4/3 and the line is exact."""
    row = one_model([90, 70], [70, 50])
    assert row["alpha"] == pytest.approx(4 / 3)
    assert row["r_squared"] == pytest.approx(1.0)
    assert (row["accuracy_before"], row["accuracy_after"]) == pytest.approx((0.8, 0.6))
    assert row["recall_variance_before"] == pytest.approx(0.02)
    assert row["status"] == "ok"


@pytest.mark.parametrize("case", cases("conditions"))
def test_tables_equal_r(case: dict[str, Any]) -> None:
    """From counts, balanced or not: lm(), summary()$r.squared and var() of R."""
    frame = slopes(table_of(case, ratios=(2.0,)))
    for column in ("alpha", "r_squared", "recall_variance_before", "recall_variance_after"):
        assert frame[column].to_numpy() == pytest.approx(case[column], rel=AS_R, abs=0)


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ([80, 80], [70, 50], "every class has the same recall before pruning"),
        ([0, 0], [70, 50], "the accuracy before pruning is 0"),
        ([90, 70], [0, 0], "the accuracy after pruning is 0"),
        ([80, 80], [0, 0], "the accuracy after pruning is 0"),
        ([80], [70], "there is one class only, so recall is accuracy"),
    ],
)
def test_a_model_without_a_slope_is_listed_with_the_reason(
    before: list[int], after: list[int], status: str
) -> None:
    """Never 0, never NaN alone; what is defined is still given."""
    row = one_model(before, after)
    assert np.isnan(row["alpha"])
    assert row["status"] == status
    assert row["accuracy_before"] == pytest.approx(sum(before) / 100 / len(before))


def test_closed_gaps_have_slope_zero_and_no_r_squared() -> None:
    """The slope is a number; only r squared is not."""
    row = one_model([90, 70], [60, 60])
    assert row["alpha"] == 0.0
    assert np.isnan(row["r_squared"])
    assert row["status"].startswith("r_squared is undefined")


def test_precision_takes_the_place_of_recall() -> None:
    """P = 90/120 and 70/80 at A = 0.8: balances -1/16 and 3/32; after, both double."""
    predicted = {baseline("m0"): [120, 80], ("MP", 2.0, "finetuned", "m0"): [100, 100]}
    row = one_model([90, 70], [90, 70], "precision", n_predicted=predicted)
    # After: P = 0.9 and 0.7, balances 1/8 and -1/8.
    x, y = np.array([-1 / 16, 3 / 32]), np.array([1 / 8, -1 / 8])
    assert row["alpha"] == pytest.approx((x @ y) / (x @ x))
    assert row["recall_variance_before"] == pytest.approx(0.02)  # of recall, as its name says
    assert row["metric"] == "precision"


def test_a_class_that_is_never_predicted_has_no_precision_but_an_f_score() -> None:
    """0 of 0 predictions were right."""
    predicted = {baseline("m0"): [110, 90], ("MP", 2.0, "finetuned", "m0"): [200, 0]}
    row = one_model([90, 70], [100, 0], "precision", n_predicted=predicted)
    assert row["status"] == "a class is never predicted after pruning"
    row = one_model([90, 70], [100, 0], "f_score", n_predicted=predicted)
    assert row["status"] == "ok"
    # F = 180/210 and 140/190 at A = 0.8; after 200/300 and 0 at A = 0.5.
    x = np.array([180 / 210, 140 / 190]) / 0.8 - 1
    y = np.array([2 / 3, 0.0]) / 0.5 - 1
    assert row["alpha"] == pytest.approx((x @ y) / (x @ x))


@pytest.mark.parametrize("metric", ["precision", "f_score"])
def test_metrics_of_predictions_need_predictions(metric: str) -> None:
    """A table from recalls alone cannot say what was predicted."""
    table = with_column(recall_table(models=2), "n_predicted", None)
    with pytest.raises(StatsError, match=f"metric {metric} needs n_predicted, which is null in"):
        slopes(table, Selection(metric=metric))
    assert (slopes(table)["status"] == "ok").all()


def test_two_studies_are_never_pooled() -> None:
    """The same names in two studies are two times five models, each with its own baseline."""
    table = pa.concat_tables([recall_table(study="one", seed=1), recall_table(study="two", seed=2)])
    frame = slopes(table)
    assert frame["stage"].tolist() == (["control"] * 5 + ["finetuned"] * 25) * 2
    assert frame["model"].tolist() == ["m0", "m1", "m2", "m3", "m4"] * 12
    alone = slopes(recall_table(study="two", seed=2))
    two = frame[frame["study"] == "two"].reset_index(drop=True)
    pd.testing.assert_frame_equal(two, alone)


def test_slopes_are_what_they_are_made_of() -> None:
    """Alpha = accuracy ratio times slope of B; pseudo-values have the class-mean slope as mean."""
    table = recall_table(models=4)
    frame = slopes(table)
    product = frame["accuracy_ratio"] * frame["balance_slope"]
    assert product.to_numpy() == pytest.approx(frame["alpha"].to_numpy(), rel=1e-12)
    means = frame.groupby("ratio")["pseudo_value"].mean()
    expected = conditions(table).set_index("ratio")["alpha_class_mean"]
    assert means.to_dict() == pytest.approx(expected.to_dict())
