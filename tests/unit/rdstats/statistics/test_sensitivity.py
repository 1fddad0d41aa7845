"""Slopes that remove luck, and the mixed model, beside R."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.estimators import (
    Slope,
    deming_pseudo_values,
    deming_slopes,
    instrument_pseudo_values,
    instrument_slopes,
    moment_slopes,
)
from rdstats.statistics.intervals import mean_interval
from rdstats.statistics.regression import mixed_slope
from rdstats.statistics.slopes import slopes_through_origin
from references import AS_R, cases

SLOPES: dict[str, Slope] = {
    "instrument": instrument_slopes,
    "moment": moment_slopes,
    "deming": deming_slopes,
}


PSEUDO_VALUES: dict[str, Slope] = {
    "instrument": instrument_pseudo_values,
    "moment": instrument_pseudo_values,
    "deming": deming_pseudo_values,
}


@pytest.mark.parametrize("case", cases("sensitivity"))
@pytest.mark.parametrize("name", SLOPES)
def test_slopes_and_their_jackknife_equal_r(case: dict[str, Any], name: str) -> None:
    """By the definitions and plain loops in R."""
    x, y, expected = np.array(case["x"]), np.array(case["y"]), case[name]
    assert SLOPES[name](x, y) == pytest.approx(expected["slope"], rel=AS_R, abs=0)
    interval = mean_interval(PSEUDO_VALUES[name](x, y), 0.99)
    assert interval.estimate == pytest.approx(expected["estimate"], rel=AS_R, abs=0)
    assert interval.low == pytest.approx(expected["low"], rel=AS_R, abs=0)
    assert interval.high == pytest.approx(expected["high"], rel=AS_R, abs=0)


@pytest.mark.parametrize("case", cases("sensitivity"))
def test_the_mixed_model_finds_the_maximum_that_r_finds(case: dict[str, Any]) -> None:
    """Two optimizers agree on the slope to five digits, on spreads to three."""
    fit = mixed_slope(np.array(case["x"]), np.array(case["y"]), 0.99)
    expected = case["mixed"]
    assert fit.remark == ""
    assert fit.estimate == pytest.approx(expected["estimate"], rel=1e-5)
    for name in ("low", "high", "spread", "residual"):
        assert getattr(fit, name) == pytest.approx(expected[name], rel=1e-3)


@pytest.mark.parametrize("case", cases("sensitivity"))
def test_the_instrument_is_the_corrected_moments(case: dict[str, Any]) -> None:
    """By algebra: products of different seeds hold no luck."""
    x, y = np.array(case["x"]), np.array(case["y"])
    assert instrument_slopes(x, y) == pytest.approx(moment_slopes(x, y), rel=1e-12)


def test_luck_does_not_drag_them_towards_zero() -> None:
    """2,000 experiments without effect, much luck: the slope per model is far below 1."""
    generator = np.random.default_rng(8)
    mu = np.linspace(-0.1, 0.1, 10)
    x, y = mu + generator.normal(0.0, 0.03, (2, 2000, 10, 10))
    assert slopes_through_origin(x, y).mean() < 0.85
    assert instrument_slopes(x, y).mean() == pytest.approx(1.0, abs=0.01)
    assert deming_slopes(x, y).mean() == pytest.approx(1.0, abs=0.01)


def test_thin_data_has_no_slope() -> None:
    """One model; no luck at all before; nothing to regress on."""
    one = np.array([[0.1, -0.1]])
    same = np.repeat(one, 3, axis=0)
    for slope in SLOPES.values():
        assert np.isnan(slope(one, one))
    assert np.isnan(deming_slopes(same, same))
    assert np.isnan(deming_pseudo_values(same, same)).all()
    assert np.isnan(instrument_pseudo_values(same[:2], same[:2])).all()
    assert mixed_slope(one, one, 0.99).remark == "a mixed model needs two models"
    flat = mixed_slope(0 * same, same, 0.99)
    assert (flat.remark, np.isnan(flat.estimate)) == (
        "every class has the same balance before pruning",
        True,
    )


def test_a_perfect_line_has_no_mixed_interval() -> None:
    """Without residuals there is no likelihood to speak of: words, no bounds, no warning."""
    x = np.array([[0.1, -0.1, 0.02], [0.12, -0.08, 0.01], [0.09, -0.1, 0.0]])
    fit = mixed_slope(x, 1.2 * x, 0.99)
    assert fit.remark != ""
    assert np.isnan(fit.low)
