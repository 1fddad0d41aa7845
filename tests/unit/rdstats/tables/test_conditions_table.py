"""A row per condition: intervals, marks, and who they are over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rdstats.errors import StatsError
from rdstats.tables.conditions import conditions
from references import AS_R, cases, table_of
from synthetic import before_after, recall_table, table_of_counts, without
from walks import files_walked


@pytest.mark.parametrize("case", cases("conditions"))
def test_conditions_equal_r(case: dict[str, Any]) -> None:
    """From counts, with five ratios in the family: lm(), t.test() and loops for the jackknife."""
    row = conditions(table_of(case, ratios=(2.0, 4.0, 10.0, 20.0, 50.0))).iloc[0]
    columns = [
        *("alpha_pooled", "r_squared_pooled", "pooled_low", "pooled_high"),
        *("alpha_mean", "ci_low", "ci_high", "alpha_class_mean", "class_mean_low"),
        *("class_mean_high", "retrain_reference", "intensification_mean"),
        *("accuracy_before_se", "accuracy_after_se", "alpha_se"),
    ]
    found = {column: row[column] for column in columns}
    expected = {column: case[column] for column in columns}
    assert found == pytest.approx(expected, rel=AS_R, abs=0)
    for when in ("before", "after"):
        mean = np.mean(case[f"recall_variance_{when}"])
        assert row[f"recall_variance_{when}"] == pytest.approx(mean, rel=AS_R, abs=0)
    assert (row["equivalence"] == "equivalent") == case["equivalent_within_10_percent"]
    assert row["status"] == "ok"


def test_marks_follow_the_effect_that_was_put_in() -> None:
    """Slopes 0.5, 1 and 1.3 with hardly any luck are `<`, `?` and `>`; the control is `?`."""
    slopes = {2.0: 0.5, 4.0: 1.0, 10.0: 1.3}
    table = recall_table(
        ratios=(2.0, 4.0, 10.0),
        slope_by_ratio=slopes,
        luck=0.002,
        memory=0.5,
        models=20,
        samples_per_class=10_000,
    )
    frame = conditions(table)
    assert frame["class_mean_verdict"].tolist() == ["?", "<", "?", ">"]
    assert frame["equivalence"].tolist() == ["equivalent", "different", "equivalent", "different"]
    assert frame["alpha_class_mean"].to_numpy() == pytest.approx([1.0, 0.5, 1.0, 1.3], abs=0.01)


def test_the_level_of_a_control_is_that_of_the_conditions_beside_it() -> None:
    """MP has three ratios and UP five: MP at 1 - 0.05/3, UP and the shared control at 99 %."""
    up = without(recall_table(methods=("MP", "UP")), method="MP")
    mp = recall_table(methods=("MP",), ratios=(2.0, 4.0, 10.0), control=False)
    frame = conditions(pa.concat_tables([up, without(mp, stage="baseline")]))
    levels = frame.groupby("method")["ci_level"].unique()
    assert levels["MP"] == pytest.approx([1 - 0.05 / 3])
    assert levels["UP"] == pytest.approx([0.99])
    assert levels["none"] == pytest.approx([0.99])


def with_third(before: list[int], after: list[int]) -> pd.Series[Any]:
    """Return the condition of m0 and m2, and of a model m1 with these counts of two classes."""
    counts = before_after([[90, 70], before, [88, 70]], [[85, 65], after, [85, 60]])
    return conditions(table_of_counts(counts)).iloc[0]


def test_a_flat_baseline_is_counted_out_by_name_and_stays_in_the_class_means() -> None:
    """Model m1 has equal recalls before pruning, so no slope of its own."""
    row = with_third([80, 80], [80, 70])
    assert (row["models"], row["models_class_mean"], row["models_evaluated"]) == (2, 3, 3)
    assert row["status"] == (
        "1 of 3 models has no slope (m1): every class has the same recall before pruning; "
        "alpha_mean is over 2, the class-mean slope over 3"
    )
    # m0: (1/8) to 10/75; m2: 9/79 to 12.5/72.5.
    slopes = [(10 / 75) / (1 / 8), (12.5 / 72.5) / (9 / 79)]
    assert row["alpha_mean"] == pytest.approx(np.mean(slopes))
    assert row["accuracy_before"] == pytest.approx(np.mean([0.80, 0.80, 0.79]))


def test_a_collapsed_model_counts_in_no_slope_but_in_the_accuracy() -> None:
    """With nothing right after pruning there are no normalized balances, but an accuracy of 0."""
    row = with_third([90, 60], [0, 0])
    assert (row["models"], row["models_class_mean"], row["models_evaluated"]) == (2, 2, 3)
    assert "(m1): the accuracy after pruning is 0" in row["status"]
    assert "accuracies are over 3, accuracy_ratio over 2" in row["status"]
    assert row["accuracy_after"] == pytest.approx((0.75 + 0 + 0.725) / 3)


def test_missing_models_are_named() -> None:
    """Two of five models were trained but not evaluated at ratio 4."""
    table = without(recall_table(ratios=(2.0, 4.0)), ratio=4.0, model="m1")
    _, two, four = conditions(without(table, ratio=4.0, model="m3")).to_dict("records")
    assert four["status"] == "2 of 5 models are missing (m1, m3)"
    assert four["models"] == 3
    assert two["status"] == "ok"


def test_one_model_has_a_slope_and_neither_interval_nor_mark_and_one_class_no_slope() -> None:
    """A status instead of a verdict."""
    row = conditions(recall_table(models=1)).iloc[1]
    assert np.isfinite(row["alpha_mean"])
    for column in ("ci_low", "ci_high", "alpha_class_mean", "class_mean_low", "retrain_reference"):
        assert np.isnan(row[column])
    assert row[["verdict", "class_mean_verdict", "equivalence"]].isna().all()
    assert row["status"] == "a single slope has no interval; the class-mean slope needs two models"
    row = conditions(recall_table(classes=1, models=2)).iloc[1]
    assert row["models"] == 0
    assert row["status"] == (
        "2 of 2 models have no slope (m0, m1): there is one class only, so recall is accuracy; "
        "no class-mean slope: there is one class only"
    )


def test_equal_models_have_no_interval() -> None:
    """The same counts under two seeds: no spread to build an interval on."""
    row = conditions(table_of_counts(before_after([[90, 70]] * 2, [[85, 65]] * 2))).iloc[0]
    assert np.isnan(row["ci_low"])
    assert row["status"] == (
        "all slopes are the same: no interval; all pseudo-values are the same: no class-mean "
        "interval"
    )


def test_the_realised_ratio_is_that_of_the_counted_parameters() -> None:
    """LeNet5 asked for 50x keeps round(60,074 / 50) = 1,201 parameters."""
    frame = conditions(recall_table(ratios=(50.0,)))
    assert frame["realised_ratio"].tolist() == pytest.approx([1.0, 60_074 / 1_201])


@pytest.mark.parametrize(("delta", "word"), [(0.001, "inconclusive"), (0.5, "equivalent")])
def test_delta_is_the_margin_of_equivalence(delta: float, word: str) -> None:
    """A wider margin can turn `inconclusive` into `equivalent`, and is printed."""
    row = conditions(recall_table(ratios=(4.0,), models=10), delta=delta).iloc[1]
    assert (row["equivalence"], row["delta"]) == (word, delta)


@pytest.mark.parametrize("delta", [0.0, -0.1, 1.0, 10.0, float("nan")])
def test_a_margin_that_is_no_margin_is_refused(delta: float) -> None:
    """10 was meant as 10 %."""
    with pytest.raises(StatsError, match=r"choose a share between 0 and 1, as 0\.10"):
        conditions(recall_table(), delta=delta)


def test_a_class_at_the_accuracy_has_no_ratio_and_is_counted() -> None:
    """Balances 0.1, 0, -0.1 become 0.2, 0, -0.2: two ratios of 2, one class without."""
    counts = before_after([[88, 80, 72]] * 2, [[96, 80, 64]] * 2)
    row = conditions(table_of_counts(counts)).iloc[0]
    assert row["intensification_mean"] == pytest.approx(2.0)
    assert row["intensification_undefined"] == 2


def test_sign_flips_test_the_class_mean_slope_on_request() -> None:
    """Far from 1 the p of ten models is 2 in 1,024; the family is the five ratios."""
    slopes = {2.0: 2.0, 4.0: 1.0, 10.0: 1.0, 20.0: 1.0, 50.0: 1.0}
    table = recall_table(models=10, slope_by_ratio=slopes)
    assert conditions(table)["p_permutation"].isna().all()
    frame = conditions(table, permutation=True)
    far = frame[(frame["method"] == "MP") & (frame["ratio"] == 2.0)].iloc[0]
    assert far["p_permutation"] == pytest.approx(2 / 1024)
    assert far["p_permutation_adjusted"] == pytest.approx(10 / 1024)


def test_the_size_of_the_family_can_be_the_papers() -> None:
    """Two ratios of the paper's five: 99 %, not 97.5 %."""
    table = recall_table(ratios=(2.0, 10.0))
    assert conditions(table)["ci_level"].tolist() == pytest.approx([0.975] * 3)
    of_paper = conditions(table, ratios_in_family=5)
    assert of_paper["ci_level"].tolist() == pytest.approx([0.99] * 3)


def test_conditions_are_a_walk_of_few_files() -> None:
    """From an Arrow table to the finished frame: who looks for a number finds it soon."""
    table = recall_table(methods=("MP", "UP"))
    files = files_walked(lambda: conditions(table))
    assert len(files) <= 20, files
