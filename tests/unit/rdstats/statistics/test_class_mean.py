"""The class-mean slope and its jackknife."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.balance import accuracy, normalized_recall_balance, recall
from rdstats.statistics.class_mean import class_mean_pseudo_values, class_means
from rdstats.statistics.intervals import mean_interval
from rdstats.statistics.slopes import retrain_reference, slopes_through_origin
from references import AS_R, balances, cases


@pytest.mark.parametrize("case", cases("conditions"))
def test_pseudo_values_their_interval_and_the_reference_equal_r(
    case: dict[str, Any],
) -> None:
    """M theta - (M - 1) theta without each model, by loops of lm() in R."""
    pseudo = class_mean_pseudo_values(balances(case, "before"), balances(case, "after"))
    assert pseudo == pytest.approx(case["pseudo_values"], rel=AS_R, abs=0)
    expected = case["alpha_class_mean"], case["class_mean_low"], case["class_mean_high"]
    assert mean_interval(pseudo, 0.99) == pytest.approx(expected, rel=AS_R, abs=0)
    # The mean of coef(lm(x_j ~ 0 + x_i)) over ordered pairs of seeds.
    reference = retrain_reference(balances(case, "before"))
    assert reference == pytest.approx(case["retrain_reference"], rel=AS_R, abs=0)


def test_two_models_by_hand() -> None:
    """Means (2, -2) and (3, -3): theta is 3/2; alone the models have slopes 3 and 1."""
    before = np.array([[1.0, -1.0], [3.0, -3.0]])
    after = np.array([[3.0, -3.0], [3.0, -3.0]])
    assert slopes_through_origin(class_means(before), class_means(after)) == pytest.approx(1.5)
    # 2 * 3/2 - 1 * (slope of the other model): 3 - 1 and 3 - 3.
    assert class_mean_pseudo_values(before, after) == pytest.approx([2.0, 0.0])
    # (1, -1) on (3, -3) is 1/3, the other way round 3.
    assert retrain_reference(before) == pytest.approx((1 / 3 + 3) / 2)


def test_seeds_that_mirror_each_other_have_no_class_mean_slope() -> None:
    """Their means are equal over classes, though no seed is flat; dust of rounding is no slope."""
    counts = np.array([[73 + s * 3, 73 - s * 3, 73] for s in (1, -1, 1, -1)])
    n_samples = np.full_like(counts, 110)
    before = normalized_recall_balance(recall(counts, n_samples), accuracy(counts, n_samples))
    after = before + np.array([0.1, -0.2, 0.1])
    assert np.isnan(slopes_through_origin(class_means(before), class_means(after)))
    assert np.isnan(class_mean_pseudo_values(before, after)).all()


@pytest.mark.parametrize("balance", [[[0.1, -0.1]], [[0.1, -0.1], [0.0, 0.0]]])
def test_one_model_or_a_flat_one_has_no_pseudo_values_and_no_reference(
    balance: list[list[float]],
) -> None:
    """If one leave-one-out slope is undefined the whole jackknife is: none is dropped."""
    before = np.array(balance)
    assert np.isnan(class_mean_pseudo_values(before, before)).all()
    assert np.isnan(retrain_reference(before))


def test_conditions_are_computed_side_by_side() -> None:
    """A stack of conditions gives what each gives alone."""
    generator = np.random.default_rng(4)
    before, after = generator.normal(0, 0.1, (2, 3, 6, 5))
    alone = [class_mean_pseudo_values(*arms) for arms in zip(before, after, strict=True)]
    assert class_mean_pseudo_values(before, after) == pytest.approx(np.array(alone))
    references = [retrain_reference(balances) for balances in before]
    assert retrain_reference(before) == pytest.approx(np.array(references))
