"""A verdict per class over models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.errors import StatsError
from rdstats.tables.classes import classes
from rdstats.tables.selection import Selection
from references import AS_R, cases, table_of
from synthetic import before_after, recall_table, table_of_counts, without

NUMBERS = ["low", "high", "p", "p_adjusted", "smallest_visible_drop", "upper"]


@pytest.mark.parametrize("case", cases("classes"))
@pytest.mark.parametrize("quantity", ["drop", "excess"])
@pytest.mark.parametrize("control", [True, False])
def test_classes_equal_r(case: dict[str, Any], quantity: str, control: bool) -> None:
    """From counts: t.test() with mu = margin, its bounds, p.adjust() over the classes."""
    frame = classes(
        table_of(case, (2.0,)), margin=case["margin"], quantity=quantity, control=control
    )
    frame = frame[frame["method"] == "MP"]
    expected = case[quantity]["control" if control else "alone"]
    for name in NUMBERS:
        assert frame[name].tolist() == pytest.approx(expected[name], rel=AS_R, abs=0)
    judged = "drop" if quantity == "drop" else "excess_drop"
    assert frame[judged].tolist() == pytest.approx(expected["drop"], rel=AS_R, abs=1e-15)
    assert (frame["status"] == "ok").all()


def test_verdicts_follow_what_was_put_in() -> None:
    """Losses of 0, 5 and 20 points against a margin of 5, models that hardly differ."""
    shakes = [model % 3 for model in range(8)]
    after = [[900 - shake, 751 - shake, 650 + shake] for shake in shakes]
    counts = before_after([[900, 800, 850]] * 8, after)
    frame = classes(table_of_counts(counts, n_samples=1000))
    assert frame["verdict"].tolist() == ["unharmed", "inconclusive", "harmed"]
    assert frame["family_size"].tolist() == [3, 3, 3]
    assert frame["control"].unique().tolist() == ["there is no control arm"]


def test_what_the_control_lost_is_taken_off() -> None:
    """So the drop is what the class would have kept: recall of the control less recall after."""
    table = recall_table(ratios=(10.0,))
    frame = classes(table)
    control, pruned = (frame[frame["stage"] == s].reset_index() for s in ("control", "finetuned"))
    assert pruned["control"].unique().tolist() == ["subtracted"]
    kept = control["recall_after"] - pruned["recall_after"]
    assert pruned["drop"].to_numpy() == pytest.approx(kept.to_numpy())
    total = pruned["drop"] + pruned["control_drop"]
    raw = pruned["recall_before"] - pruned["recall_after"]
    assert total.to_numpy() == pytest.approx(raw.to_numpy())
    assert control["control"].unique().tolist() == ["this is the control"]
    assert control["control_drop"].isna().all()


def test_a_control_that_lacks_models_makes_classes_not_testable_by_name() -> None:
    """Unless the control is left out on purpose."""
    table = without(recall_table(ratios=(2.0,)), stage="control", model="m3")
    refused = classes(table).query("method == 'MP'")
    assert set(refused["verdict"]) == {"not testable"}
    assert set(refused["status"]) == {
        "not paired with the control: m3 is evaluated in the condition only; "
        "--no-control judges the drop without it"
    }
    assert refused[NUMBERS].isna().all(axis=None)
    alone = classes(table, control=False).query("method == 'MP'")
    assert set(alone["control"]) == {"not asked for"}
    assert alone[NUMBERS].notna().all(axis=None)
    assert refused["drop"].tolist() == alone["drop"].tolist()


def test_thin_data_gets_a_reason_and_no_number() -> None:
    """One model; or a class that fell by exactly as much in every model."""
    one = classes(recall_table(models=1, control=False))
    assert set(one["verdict"]) == {"not testable"}
    assert set(one["status"]) == {"one model: how much models differ is not known"}
    assert one[NUMBERS].isna().all(axis=None)
    counts = before_after([[90, 95], [70, 95], [80, 95]], [[70, 90], [50, 89], [60, 88]])
    constant, other = classes(table_of_counts(counts)).to_dict("records")
    assert constant["verdict"] == "not testable"
    assert constant["status"] == "the drop is the same for every model, 0.200: no test"
    assert constant["drop"] == pytest.approx(0.2)
    assert np.isnan(constant["p"])
    assert other["p_adjusted"] == pytest.approx(2 * other["p"])  # the family does not shrink


def test_models_that_are_missing_are_named() -> None:
    """And the others are judged."""
    table = recall_table(ratios=(2.0,), control=False)
    frame = classes(without(table, method="MP", model="m1"))
    assert set(frame["status"]) == {"1 of 5 models is missing (m1)"}
    assert set(frame["models"]) == {4}


def test_before_fine_tuning_the_control_is_not_taken_off() -> None:
    """It had training that the pruned model lacks."""
    frame = classes(recall_table(stages=("pruned",)), Selection(where=(("ratio", "2"),)))
    used = frame[frame["stage"] == "pruned"]["control"].unique()
    assert used.tolist() == ["not fine-tuned: the control had training that this condition lacks"]


@pytest.mark.parametrize("margin", [-0.01, 1.0, 5.0, float("nan")])
def test_a_margin_that_is_no_drop_and_an_unknown_quantity_are_refused(margin: float) -> None:
    """5 was meant as 5 %; known quantities are named."""
    with pytest.raises(StatsError, match=r"choose a share from 0 to 1, as 0\.05"):
        classes(recall_table(), margin=margin)
    with pytest.raises(StatsError, match="unknown quantity 'loss'; known: drop, excess"):
        classes(recall_table(), quantity="loss")
