"""How often slopes see an effect where there is none (METHODS.md, Section 2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.intervals import difference_interval, mean_interval
from rdstats.statistics.slopes import slopes_through_origin
from rdstats.statistics.verdicts import verdicts

EXPERIMENTS, MODELS, CLASSES, LUCK, MEMORY = 2000, 30, 10, 0.012, 0.3


@pytest.fixture(scope="module")
def nothing_happened() -> tuple[FloatArray, FloatArray]:
    """Balances before and after training on, without any effect of compression."""
    generator = np.random.default_rng(20)
    mu = np.linspace(-1.0, 1.0, CLASSES)
    mu *= 0.069 / mu.std(ddof=1)
    luck, fresh = generator.normal(0.0, LUCK, (2, EXPERIMENTS, MODELS, CLASSES))
    return mu + luck, mu + MEMORY * luck + np.sqrt(1.0 - MEMORY**2) * fresh


def share_marked(values: FloatArray) -> float:
    """Return how often the 99 % interval of the mean leaves 1."""
    interval = mean_interval(values, 0.99)
    return float(np.mean(verdicts(interval.low, interval.high) != "?"))


def test_the_class_mean_slope_holds_its_nominal_one_percent(
    nothing_happened: tuple[FloatArray, FloatArray],
) -> None:
    """2,000 experiments at 1 % give 20 +- 4.4; three deviations on either side are 0.3 to 1.7 %."""
    share = share_marked(class_mean_pseudo_values(*nothing_happened))
    assert 0.003 < share < 0.017


def test_slopes_per_model_raise_false_alarms(
    nothing_happened: tuple[FloatArray, FloatArray],
) -> None:
    """The paper's interval calls nothing an effect many times as often as its 1 %."""
    assert share_marked(slopes_through_origin(*nothing_happened)) > 0.10


def test_the_difference_to_the_control_holds_its_rate_where_memories_differ() -> None:
    """The pruned arm forgets luck (memory 0.3), the control keeps it (0.9); neither has an effect.

    The difference of slopes per model sees one more than five times as often as its 1 %.
    """
    generator = np.random.default_rng(21)
    mu = np.linspace(-1.0, 1.0, CLASSES)
    mu *= 0.069 / mu.std(ddof=1)
    luck, one, other = generator.normal(0.0, LUCK, (3, EXPERIMENTS, MODELS, CLASSES))
    before = mu + luck
    arms = [mu + m * luck + np.sqrt(1.0 - m**2) * new for m, new in ((0.3, one), (0.9, other))]

    def share(slopes: Callable[[FloatArray, FloatArray], FloatArray]) -> float:
        first, second = (slopes(before, arm) for arm in arms)
        interval = difference_interval(first, second, 0.99)
        return float(np.mean(verdicts(interval.low, interval.high, 0.0) != "?"))

    assert 0.003 < share(class_mean_pseudo_values) < 0.017
    assert share(slopes_through_origin) > 0.05
