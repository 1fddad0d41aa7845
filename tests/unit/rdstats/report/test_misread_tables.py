"""Tables that are easily misread, and what the report says of each."""

from __future__ import annotations

import pytest

from rdstats.output.shown import shown_conditions
from rdstats.output.words import records
from rdstats.report.classes import harm_sentence
from rdstats.report.sentences import condition_sentence, led, summary_sentence
from rdstats.tables.classes import classes
from rdstats.tables.conditions import conditions
from synthetic import before_after, recall_table, table_of_counts

SPREAD = 0.069  # of classes, in `recall_table`


def test_gaps_that_widen_relative_to_accuracy_may_shrink_in_recall() -> None:
    """Recalls 0.9 and 0.7 become 0.55 and 0.41: the gap of 20 points is one of 14."""
    before = [[900 + model % 3, 700 - model % 2] for model in range(6)]
    after = [[550 + model % 2, 410 - model % 3] for model in range(6)]
    table = table_of_counts(before_after(before, after), n_samples=1000)
    sentence = condition_sentence(records(conditions(table))[0])
    assert "gaps between classes widened by 17 %" in sentence
    assert "), relative to accuracy (of recalls alone: slope 0.70)" in sentence


def test_of_twenty_conditions_without_an_effect_chance_is_told() -> None:
    """Four families of five intervals at 99 %: a fifth of a mark is expected."""
    nothing = dict.fromkeys((2.0, 4.0, 10.0, 20.0, 50.0), 1.0)
    table = recall_table(methods=("MP", "GP", "UP", "RP"), slope_by_ratio=nothing)
    told = summary_sentence(conditions(table))
    assert told.startswith("Of 20 conditions (these samples), ")
    assert "0.2 of these 20 would be expected to show a change by chance" in told


def test_the_largest_excess_drop_of_a_hundred_classes_is_large_without_any_effect() -> None:
    """With three models; no class is called harmed, and the column says that it is uncorrected."""
    table = recall_table(models=3, classes=100, ratios=(2.0,), slope_by_ratio={2.0: 1.0}, luck=0.05)
    frame = conditions(table)
    assert frame["largest_excess_drop"].max() > 0.05
    assert not (classes(table)["verdict"] == "harmed").any()
    assert "largest excess drop, uncorrected" in shown_conditions(frame).header


@pytest.mark.parametrize(("models", "leads"), [(5, True), (10, True), (30, False)])
def test_luck_of_four_fifths_of_the_spread_leaves_the_lead_to_the_instrument(
    models: int, leads: bool
) -> None:
    """With fewer than thirty models the class-mean slope errs too often (docs/simulation.md)."""
    table = recall_table(models=models, ratios=(2.0,), luck=0.8 * SPREAD, samples_per_class=5_000)
    row = records(led(conditions(table)).query("stage == 'finetuned'"))[0]
    assert row["luck_over_spread"] > 0.4
    assert ("luck of single models" in row["warnings"]) == leads
    assert ("by the instrument" in condition_sentence(row)) == leads
    assert (row["alpha_class_mean"] == row["alpha_instrument"]) == leads


def test_what_two_models_clear_is_not_told_without_a_warning() -> None:
    """They may agree by chance."""
    table = table_of_counts(
        before_after([[900, 700], [901, 702]], [[901, 700], [900, 703]]), n_samples=1000
    )
    assert (classes(table)["verdict"] == "unharmed").all()
    assert harm_sentence(classes(table)).endswith("; take care, 2 models say little.")
