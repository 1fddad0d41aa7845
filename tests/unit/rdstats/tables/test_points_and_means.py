"""Points of the scatter plots, class means, and means over models: by hand and as R has them."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from rdstats.tables.conditions import conditions
from rdstats.tables.selection import Selection
from rdstats.tables.slopes import balances, class_means, tradeoff
from references import cases, table_of
from synthetic import before_after, recall_table, table_of_counts


def test_a_row_is_a_class_of_a_model_before_and_after() -> None:
    """The worked example: 1/8 to 1/6 for class 0, the opposite for class 1, both at I = 4/3."""
    frame = balances(table_of_counts(before_after([[90, 70]], [[70, 50]])))
    assert frame["class_index"].tolist() == [0, 1]
    assert frame["class_name"].tolist() == ["class 0", "class 1"]
    assert frame["balance_before"].tolist() == pytest.approx([1 / 8, -1 / 8])
    assert frame["balance_after"].tolist() == pytest.approx([1 / 6, -1 / 6])
    assert frame["recall_before"].tolist() == pytest.approx([0.9, 0.7])
    assert frame["recall_after"].tolist() == pytest.approx([0.7, 0.5])
    assert frame["intensification_ratio"].tolist() == pytest.approx([4 / 3, 4 / 3])


@pytest.mark.parametrize("case", cases("conditions")[:2])
def test_a_line_through_the_points_is_the_pooled_slope_of_r(case: dict[str, float]) -> None:
    """What a chart shows and what its caption says come from the same points."""
    frame = balances(table_of(case, ratios=(2.0,)))
    x, y = frame["balance_before"].to_numpy(), frame["balance_after"].to_numpy()
    assert (x @ y) / (x @ x) == pytest.approx(case["alpha_pooled"])


def test_data_sets_with_different_classes_stand_in_one_frame() -> None:
    """Ten classes of one, a hundred of the other, and only the asked ratio."""
    small = recall_table(dataset="CIFAR-10", models=2)
    large = recall_table(dataset="CIFAR-100", models=2, classes=100)
    frame = balances(pa.concat_tables([small, large]), Selection(where=(("ratio", "4"),)))
    compressed = frame[frame["stage"] == "finetuned"]
    assert compressed.groupby("dataset").size().to_dict() == {"CIFAR-10": 20, "CIFAR-100": 200}
    assert np.isfinite(frame["balance_after"]).all()


# Accuracy 0.8 everywhere before: balances +-0.25 and +-0.125. After: +-0.5 (0.75, 0.25) and 0.
BEFORE, AFTER = [[100, 60], [90, 70]], [[75, 25], [50, 50]]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_class_is_the_mean_of_its_models(lost: int) -> None:
    """(0.25 + 0.125) / 2 before, (0.5 + 0) / 2 after; the line through them fits exactly.

    A model that gets nothing right has no normalized balance; the count says so.
    """
    table = table_of_counts(
        before_after([*BEFORE, *[[100, 60]] * lost], [*AFTER, *[[0, 0]] * lost])
    )
    frame = class_means(table)
    assert frame["balance_before"].tolist() == pytest.approx([0.1875, -0.1875])
    assert frame["balance_after"].tolist() == pytest.approx([0.25, -0.25])
    assert frame["models"].tolist() == [2, 2]
    assert frame["class_name"].tolist() == ["class 0", "class 1"]
    assert conditions(table)["r_squared_class_mean"].tolist() == pytest.approx([1.0])


def test_standard_errors_are_those_of_hand() -> None:
    """Slopes 0, 1, 2: s = 1; accuracies 0.8, 0.8, 0.5: s = sqrt(0.03); each over sqrt(3)."""
    # Balances before are +-0.25 (recalls 1.0 and 0.6 about 0.8) in every model.
    counts = before_after([[100, 60]] * 3, [[80, 80], [100, 60], [75, 25]])
    before, after = tradeoff(table_of_counts(counts)).to_dict("records")
    assert (before["stage"], before["ratio"], before["models"]) == ("baseline", 1.0, 3)
    assert before["accuracy"] == pytest.approx(0.8)
    assert before["accuracy_error"] == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(before["alpha_mean"])
    assert before["models_with_slope"] == 0
    assert after["accuracy"] == pytest.approx(0.7)
    assert after["accuracy_error"] == pytest.approx(math.sqrt(0.03) / math.sqrt(3))
    assert after["alpha_mean"] == pytest.approx(1.0)
    assert after["alpha_mean_error"] == pytest.approx(1 / math.sqrt(3))


def test_a_baseline_counts_once_however_many_ratios_it_was_pruned_at() -> None:
    """A row before pruning, then the ratios in order, of every method."""
    frame = tradeoff(recall_table(methods=("MP", "UP"), ratios=(10.0, 2.0), models=3))
    assert frame[["method", "ratio", "models"]].to_numpy().tolist() == [
        [method, ratio, 3] for method in ("MP", "UP") for ratio in (1.0, 2.0, 10.0)
    ]


def test_the_class_mean_slope_and_its_error_belong_to_the_conditions_interval() -> None:
    """Half the interval is the error times a quantile of t: 4.604 for five models at 99 %."""
    table = recall_table(models=5)
    rows = tradeoff(table).query("stage != 'baseline'")
    expected = conditions(table).query("stage != 'control'")
    half = (expected["class_mean_high"] - expected["class_mean_low"]).to_numpy() / 2
    assert rows["alpha_class_mean"].tolist() == pytest.approx(expected["alpha_class_mean"].tolist())
    assert 4.604095 * rows["alpha_class_mean_error"].to_numpy() == pytest.approx(half, rel=1e-5)


def test_a_single_model_has_no_standard_error() -> None:
    """Null, not zero."""
    after = tradeoff(table_of_counts(before_after([[100, 60]], [[80, 80]]))).iloc[1]
    assert after["models"] == 1
    assert math.isnan(after["accuracy_error"])
    assert math.isnan(after["alpha_mean_error"])
