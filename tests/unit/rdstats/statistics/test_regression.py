"""What statsmodels fits: the pooled line with clustered errors, and the mixed model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.regression import mixed_slope, pooled_interval
from references import AS_R, balances, cases

LINE = np.array([[0.1, -0.1, 0.02], [0.12, -0.08, 0.01], [0.09, -0.1, 0.0]])


@pytest.mark.parametrize("case", cases("conditions"))
def test_the_clustered_interval_equals_r(case: dict[str, Any]) -> None:
    """The sandwich over models with M / (M - 1), and qt(0.995, M - 1)."""
    found = pooled_interval(balances(case, "before"), balances(case, "after"), 0.99)
    assert found == pytest.approx((case["pooled_low"], case["pooled_high"]), rel=AS_R, abs=0)


def test_thin_data_has_no_clustered_interval() -> None:
    """Four models; nothing to regress on (statsmodels: slope 0); no residuals, or none but dust."""
    x, y = np.random.default_rng(1).normal(0, 0.1, (2, 5, 4))
    for before, after in ((x[:4], y[:4]), (0 * x, y), (x, 0 * y), (x, 1.3 * x)):
        assert np.isnan(pooled_interval(before, after, 0.99)).all()
    assert np.isfinite(pooled_interval(x, y, 0.99)).all()


@pytest.mark.parametrize("case", cases("sensitivity"))
def test_the_mixed_model_finds_the_maximum_that_r_finds(case: dict[str, Any]) -> None:
    """Two optimizers agree on the slope to five digits, on spreads to three."""
    fit = mixed_slope(np.array(case["x"]), np.array(case["y"]), 0.99)
    expected = case["mixed"]
    assert fit.remark == ""
    assert fit.estimate == pytest.approx(expected["estimate"], rel=1e-5)
    for name in ("low", "high", "spread", "residual"):
        assert getattr(fit, name) == pytest.approx(expected[name], rel=1e-3)


@pytest.mark.parametrize(
    ("before", "remark"),
    [
        (LINE[:1], "a mixed model needs two models"),
        (0 * LINE, "every class has the same balance before pruning"),
        (LINE, "every model's points are on one line: no residuals to weigh"),
    ],
)
def test_what_has_no_mixed_model_says_why(before: np.ndarray[Any, Any], remark: str) -> None:
    """Words, no bounds, no warning."""
    fit = mixed_slope(before, 1.2 * LINE[: len(before)], 0.99)
    assert fit.remark == remark
    assert np.isnan([fit.estimate, fit.low, fit.high]).all()
