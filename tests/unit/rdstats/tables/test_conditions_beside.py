"""What stands beside the slope in a condition: the control, the residuals, the class that lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rdstats.tables.conditions import conditions
from rdstats.tables.selection import Selection
from references import AS_R, cases, table_of
from synthetic import before_after, recall_table, table_of_counts, with_column, without

RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)  # a family of five: intervals at 99 %


@pytest.mark.parametrize("case", cases("beside"))
@pytest.mark.parametrize("average", ["micro", "macro"])
def test_what_stands_beside_the_slope_equals_r(case: dict[str, Any], average: str) -> None:
    """From counts, by loops of lm() and t.test() over jackknives of the difference itself."""
    table, selection = table_of(case, RATIOS), Selection(average=average)
    row = conditions(table, selection).iloc[1]
    expected = dict(case[average])
    within = [expected.pop(f"equivalent_within_{percent}_percent") for percent in (10, 40)]
    assert row["largest_excess_drop_class"] == f"class {expected.pop('largest_excess_drop_class')}"
    found = {name: row[name] for name in expected}
    expected = {name: np.nan if value is None else value for name, value in expected.items()}
    assert found == pytest.approx(expected, rel=AS_R, abs=0, nan_ok=True)
    assert row["classes_collapsed"] == pytest.approx(case["classes_collapsed"], rel=AS_R, abs=0)
    assert row["models_collapsed"] == case["models_collapsed"]
    assert row["control_status"] == "ok"
    for delta, equivalent in zip((0.10, 0.40), within, strict=True):
        row = conditions(table, selection, delta=delta).iloc[1]
        assert (row["control_equivalence"] == "equivalent") == equivalent


def test_a_condition_is_compared_with_its_own_control_before_the_shared_one() -> None:
    """MP has a control of its own, UP takes the one of method none."""
    table = recall_table(methods=("MP", "UP"), ratios=(2.0,), seed=3)
    own = with_column(table.filter(pc.equal(table["stage"], "control")), "method", "MP")
    frame = conditions(pa.concat_tables([table, own])).set_index(["method", "stage"])
    alpha = frame["alpha_class_mean"]
    for method, arm in (("MP", "MP"), ("UP", "none")):
        difference = frame["control_difference"][method, "finetuned"]
        assert difference == pytest.approx(alpha[method, "finetuned"] - alpha[arm, "control"])
    assert set(frame["control_status"][frame.index.get_level_values(1) == "control"]) == {
        "this is the control"
    }


def test_without_a_control_there_is_no_difference_but_a_reason() -> None:
    """And none for a model before fine-tuning: the control was trained on."""
    row = conditions(recall_table(control=False)).iloc[0]
    assert row["control_status"] == "there is no control arm"
    pruned = conditions(recall_table(stages=("pruned",))).iloc[1]
    assert pruned["control_status"].startswith("not fine-tuned: the control had training")
    for one in (row, pruned):
        assert one.filter(like="control_difference").isna().all()
        assert one[["control_verdict", "control_equivalence"]].isna().all()


def test_models_in_one_arm_only_are_named_and_nothing_is_compared() -> None:
    """The models that happen to be in both arms are not a random part."""
    row = conditions(without(recall_table(ratios=(2.0,)), stage="control", model="m1")).iloc[1]
    assert row["control_status"] == (
        "not paired with the control: m1 is evaluated in the condition only"
    )
    assert np.isnan(row["control_difference"])


def test_an_arm_that_is_the_control_again_has_no_interval() -> None:
    """Differences of zero have no spread, whatever the rounding of the pseudo-values."""
    counts = before_after([[90, 70, 81], [88, 72, 79], [93, 71, 80]], [[80, 60, 71]] * 3)
    counts |= {("none", 1.0, "control", f"m{model}"): [80, 60, 71] for model in range(3)}
    row = conditions(table_of_counts(counts)).iloc[1]
    assert row["control_status"] == "the difference is the same for every model"
    assert np.isnan(row["control_difference_low"])


def test_a_slope_of_one_can_hide_a_class_that_was_destroyed() -> None:
    """Of ten classes the last had the mean recall: its loss hardly bends the slope."""
    recalls = [90, 86, 84, 82, 79, 78, 76, 74, 71, 80]
    before = [[count + model % 2 for count in recalls] for model in range(5)]
    counts = before_after(before, [[*row[:9], 9] for row in before])
    row = conditions(table_of_counts(counts)).iloc[0]
    assert row["alpha_class_mean"] == pytest.approx(1.1, abs=0.02)
    assert row["largest_excess_drop_class"] == "class 9"
    assert row["largest_excess_drop"] == pytest.approx(0.9 * 0.714, abs=1e-3)
    assert row["residual_spread"] > 0.25
    assert row["classes_collapsed"] == 1.0
    assert (row["models_with_collapse"], row["models_collapsed"]) == (5, 0)
    assert row["collapsed_models"] == ""


def test_macro_accuracy_makes_balances_sum_to_zero_on_unbalanced_sets() -> None:
    """So the line with an intercept is asked for with micro accuracy only."""
    counts = before_after([[90, 7, 40], [88, 8, 41]], [[80, 4, 39], [81, 4, 39]])
    table = table_of_counts(counts, n_samples=[100, 10, 50])
    micro, macro = (conditions(table, Selection(average=a)).iloc[0] for a in ("micro", "macro"))
    assert np.isfinite(micro["alpha_with_intercept"])
    assert np.isnan(macro["alpha_with_intercept"])
    assert macro["accuracy_before"] == pytest.approx(np.mean([0.9, 0.7, 0.8, 0.88, 0.8, 0.82]))
