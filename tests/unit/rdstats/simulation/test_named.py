"""What is judged in the named cells: resampling and the mixed model, one experiment at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from rdstats.simulation.cells import NO_EFFECT, Cell, draw_experiments
from rdstats.simulation.estimators import ESTIMATORS, LEVELS
from rdstats.simulation.named import NAMED_ESTIMATORS
from rdstats.simulation.study import rates_of
from rdstats.statistics.regression import mixed_slope
from rdstats.statistics.resampling import sign_flip_p

SMALL = Cell(classes=10, models=10, luck=0.008, memory_pruned=0.3, memory_control=0.9)


def test_a_mixed_model_holds_what_its_interval_holds_at_each_level() -> None:
    """One fit for both levels is a fit for each."""
    drawn = draw_experiments(SMALL, 3, np.random.default_rng(3))
    found = NAMED_ESTIMATORS["mixed model"].judge(drawn, 1.0, np.random.default_rng(0))
    for one in range(3):
        for place, level in enumerate(LEVELS):
            fit = mixed_slope(drawn.before[one], drawn.pruned[one], level)
            assert found.estimates[one] == fit.estimate
            assert found.held[place, one] == (fit.low <= 1.0 <= fit.high)


def test_sign_flips_reject_exactly_where_p_is_at_most_the_error() -> None:
    """Of the pseudo-values that the class-mean slope's t interval is made of."""
    drawn = draw_experiments(replace(SMALL, effect=1.05), 20, np.random.default_rng(3))
    values = ESTIMATORS["class-mean slope"].values(drawn)
    judge = NAMED_ESTIMATORS["class-mean slope, sign flips"]
    found = judge.judge(drawn, 1.0, np.random.default_rng(0))
    assert found.estimates == pytest.approx(values.mean(axis=-1))
    p = [sign_flip_p(one - 1.0, "two-sided", np.random.default_rng(0)) for one in values]
    for held, level in zip(found.held, LEVELS, strict=True):
        assert held.tolist() == [one > 1.0 - level for one in p]
    assert 0 < found.held.sum() < found.held.size


def test_five_models_can_never_reject_by_flipping_signs() -> None:
    """The smallest two-sided p of 32 arrangements is 2 / 32 = 6.25 %, above 5 %."""
    name = "class-mean slope, sign flips"
    cell = Cell(classes=10, models=5, luck=0.008, effect=3.0)
    drawn = draw_experiments(cell, 5, cell.generator(0))
    found = NAMED_ESTIMATORS[name].judge(drawn, NO_EFFECT, np.random.default_rng(0))
    assert found.held.all()


def test_a_bootstrap_draws_from_its_own_generator() -> None:
    """What else is judged changes no number, and the same cell gives the same rates."""
    name = "class-mean slope, BCa bootstrap"
    alone = {name: NAMED_ESTIMATORS[name]}
    flips = "class-mean slope, sign flips"
    rates = rates_of(SMALL, 8, alone).iloc[0]
    both = rates_of(SMALL, 8, {flips: NAMED_ESTIMATORS[flips], **alone})
    assert both.iloc[1].equals(rates)
    assert rates["estimate"] == pytest.approx(1.0, abs=0.1)
    assert stats.binom.sf(8 * rates["false_alarms_1"] - 1, 8, 0.01) > 1e-6
