"""Other estimators beside the class-mean slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rdstats.tables.conditions import conditions
from rdstats.tables.sensitivity import ESTIMATORS, sensitivity
from synthetic import before_after, recall_table, table_of_counts


def test_every_condition_has_every_estimator_and_they_agree_where_luck_is_small() -> None:
    """Slope 1.3 with hardly any luck: all rows find it, all marks are `>`."""
    table = recall_table(
        ratios=(10.0,), slope_by_ratio={10.0: 1.3}, luck=0.002, models=8, samples_per_class=10_000
    )
    frame = sensitivity(table)
    assert frame["estimator"].tolist() == list(ESTIMATORS) * 2
    pruned = frame[frame["method"] == "MP"]
    assert pruned["estimate"].to_numpy() == pytest.approx(1.3, abs=0.02)
    assert pruned["verdict"].tolist() == [">"] * len(ESTIMATORS)
    assert (pruned["status"] == "ok").sum() >= len(ESTIMATORS) - 1  # the mixed model may remark


def test_the_first_row_is_the_headline_of_the_conditions() -> None:
    """The same number, interval and mark."""
    table = recall_table(ratios=(2.0, 10.0))
    rows = sensitivity(table).query("estimator == 'class mean'")
    expected = conditions(table)
    found = rows[["estimate", "low", "high", "level"]].to_numpy()
    names = ["alpha_class_mean", "class_mean_low", "class_mean_high", "ci_level"]
    assert found == pytest.approx(expected[names].to_numpy(), rel=1e-12)
    assert rows["verdict"].tolist() == expected["class_mean_verdict"].tolist()


def test_the_same_seed_gives_the_same_bounds() -> None:
    """The bootstrap draws from nothing else, whatever other conditions are there."""
    table = recall_table(ratios=(2.0, 10.0))
    pd.testing.assert_frame_equal(sensitivity(table, seed=4), sensitivity(table, seed=4))
    one, other = (sensitivity(table, seed=seed)["low"] for seed in (4, 5))
    assert not np.array_equal(one, other, equal_nan=True)


def test_one_model_gets_words_and_no_number() -> None:
    """Two models get slopes, but some no interval."""
    one = sensitivity(recall_table(models=1, ratios=(2.0,)))
    assert one[["estimate", "low", "high"]].isna().all(axis=None)
    assert set(one["status"]) == {"it needs two models with balances"}
    two = sensitivity(recall_table(models=2, ratios=(2.0,), control=False))
    instrument = two[two["estimator"] == "instrument"].iloc[0]
    assert np.isfinite(instrument["estimate"])
    assert instrument["status"] == "no interval: the jackknife needs three models"


def test_models_that_are_all_the_same_have_no_intervals() -> None:
    """Nothing tells how much models differ: a reason in every row, no bound in any."""
    counts = before_after([[90, 70, 80]] * 4, [[88, 62, 81]] * 4)
    frame = sensitivity(table_of_counts(counts)).set_index("estimator")
    frame = frame.drop(index="mixed model")  # it finds residuals of classes about the line
    assert frame[["low", "high"]].isna().all(axis=None)
    assert (frame["status"] != "ok").all()


def test_few_models_are_warned_of_and_the_bootstrap_says_it_is_too_short() -> None:
    """BCa errs in one experiment of eight and more with five models."""
    frame = sensitivity(recall_table(ratios=(2.0,), models=4)).query("method == 'MP'")
    rows = frame.set_index("estimator")
    assert rows.loc["class mean, bootstrap", "status"] == (
        "fewer than 8 models: its level does not hold, it is too short"
    )
    assert rows.loc["class mean", "status"] == "ok"
    assert rows["warnings"].str.contains("fewer than 5 models").all()


def test_a_report_can_leave_the_slow_estimators_out() -> None:
    """The others are the same with or without them."""
    table = recall_table(ratios=(2.0,))
    whole, quick = sensitivity(table), sensitivity(table, iterative=False)
    left = whole[~whole["estimator"].isin(["mixed model", "class mean, bootstrap"])]
    pd.testing.assert_frame_equal(quick, left.reset_index(drop=True))
