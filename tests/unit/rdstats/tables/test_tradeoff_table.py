"""Means and standard errors over models, by hand."""

import math

import pytest

from rdstats.tables.conditions import conditions_table
from rdstats.tables.slopes import tradeoff_table
from synthetic import baseline, recall_table, table_of_counts

# Two classes of 100: balances before are +-0.25 (recalls 1.0 and 0.6 about 0.8) in every model.
COUNTS = {
    **{baseline(model): (100, 60) for model in ("a", "b", "c")},
    ("MP", 2.0, "finetuned", "a"): (80, 80),  # slope 0, accuracy 0.8
    ("MP", 2.0, "finetuned", "b"): (100, 60),  # slope 1, accuracy 0.8
    ("MP", 2.0, "finetuned", "c"): (75, 25),  # balances +-0.5: slope 2, accuracy 0.5
}


def test_standard_errors_are_those_of_hand() -> None:
    """Slopes 0, 1, 2: s = 1; accuracies 0.8, 0.8, 0.5: s = sqrt(0.03); each over sqrt(3)."""
    before, after = tradeoff_table(table_of_counts(COUNTS)).to_dict("records")
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
    frame = tradeoff_table(recall_table(methods=("MP", "UP"), ratios=(10.0, 2.0), models=3))
    assert frame[["method", "ratio", "models"]].to_numpy().tolist() == [
        [method, ratio, 3] for method in ("MP", "UP") for ratio in (1.0, 2.0, 10.0)
    ]


def test_the_class_mean_slope_and_its_error_belong_to_the_conditions_interval() -> None:
    """Half the interval is the error times a quantile of t: 4.604 for five models at 99 %."""
    table = recall_table(models=5)
    tradeoff = tradeoff_table(table).query("stage != 'baseline'")
    conditions = conditions_table(table).query("stage != 'control'")
    half = (conditions["class_mean_high"] - conditions["class_mean_low"]) / 2
    assert tradeoff["alpha_class_mean"].to_numpy() == pytest.approx(
        conditions["alpha_class_mean"].to_numpy()
    )
    assert 4.604095 * tradeoff["alpha_class_mean_error"].to_numpy() == pytest.approx(
        half.to_numpy(), rel=1e-5
    )


def test_a_single_model_has_no_standard_error() -> None:
    """Null, not zero."""
    alone = {key: value for key, value in COUNTS.items() if key[3] == "a"}
    after = tradeoff_table(table_of_counts(alone)).iloc[1]
    assert after["models"] == 1
    assert math.isnan(after["accuracy_error"])
    assert math.isnan(after["alpha_mean_error"])
