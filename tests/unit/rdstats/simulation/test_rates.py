"""False alarms and coverage, counted."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.simulation.cells import Cell, draw_experiments
from rdstats.simulation.estimators import ESTIMATORS, LEVELS
from rdstats.simulation.study import BLOCK, rates_of
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.intervals import mean_interval
from rdstats.statistics.slopes import slope_through_origin

TINY = Cell(classes=3, models=4, luck=0.017, effect=1.2, memory_pruned=0.3, memory_control=0.9)


def test_the_estimators_are_direct_calls_of_the_statistics() -> None:
    """Experiment by experiment and model by model."""
    drawn = draw_experiments(TINY, 2, np.random.default_rng(3))
    values = {name: estimator.values(drawn) for name, estimator in ESTIMATORS.items()}
    for one in range(2):
        before, pruned, control, rival = (balances[one] for balances in drawn)
        arms = pruned, control, rival
        jackknives = [class_mean_pseudo_values(before, after) for after in arms]
        alphas = [np.array(list(map(slope_through_origin, before, after))) for after in arms]
        for name, slopes in (("class-mean slope", jackknives), ("slope per model", alphas)):
            whole, of_control, of_rival = slopes
            assert values[name][one] == pytest.approx(whole)
            assert values[f"{name} minus control"][one] == pytest.approx(whole - of_control)
            assert values[f"{name}, two methods"][one] == pytest.approx(whole - of_rival)


def test_coverage_is_counted_over_all_blocks() -> None:
    """One full block and a short one, counted by hand."""
    repetitions = BLOCK + 10
    rates = rates_of(TINY, repetitions).set_index("estimator")
    held, estimates = [0] * len(LEVELS), []
    for block, size in ((0, BLOCK), (1, 10)):
        drawn = draw_experiments(TINY, size, TINY.generator(block))
        for before, pruned in zip(drawn.before, drawn.pruned, strict=True):
            pseudo = class_mean_pseudo_values(before, pruned)
            estimates.append(pseudo.mean())
            for place, level in enumerate(LEVELS):
                interval = mean_interval(pseudo, level)
                held[place] += bool(interval.low <= 1.2 <= interval.high)
    found = rates.loc["class-mean slope"]
    share = held[1] / repetitions
    assert found["coverage_95_error"] == pytest.approx((share * (1 - share) / repetitions) ** 0.5)
    assert found["coverage_99"] == held[0] / repetitions
    assert found["coverage_95"] == held[1] / repetitions
    assert found["estimate"] == pytest.approx(np.mean(estimates))
    assert (found["repetitions"], found["truth"]) == (repetitions, 1.2)
    assert rates["truth"]["class-mean slope minus control"] == pytest.approx(0.2)
    assert rates["truth"]["class-mean slope, two methods"] == 0.0


NOTHING = Cell(classes=10, models=30, luck=0.012, memory_pruned=0.3, memory_control=0.9)


def test_headlines_hold_their_nominal_one_percent_and_slopes_per_model_do_not() -> None:
    """2,000 experiments at 1 % give 20 +- 4.4; three deviations on either side are 0.3 to 1.7 %.

    The paper's interval calls nothing an effect many times as often.
    """
    alarms = rates_of(NOTHING, 2000).set_index("estimator")["false_alarms_1"]
    assert 0.003 < alarms["class-mean slope"] < 0.017
    assert 0.003 < alarms["class-mean slope minus control"] < 0.017
    assert alarms["slope per model"] > 0.10
    assert alarms["slope per model minus control"] > 0.05
