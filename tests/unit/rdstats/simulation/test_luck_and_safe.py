"""Simulated models that are not alike, and safe ratios that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdstats.simulation.luck import LUCK_ESTIMATORS, LUCK_GRID, REPETITIONS
from rdstats.simulation.safe import RATIOS, SAFE_GRID, rates_of, safe_places
from rdstats.simulation.study import rates_of as luck_rates_of
from rdstats.simulation.study import read_rates
from rdstats.tables.safe_ratios import safe_ratios_of

REPOSITORY = Path(__file__).parents[4]
STUDY = REPOSITORY / "reports" / "simulation"
LUCK, SAFE = STUDY / "luck", STUDY / "safe-ratio" / "safe.csv"
in_a_checkout = pytest.mark.skipif(not STUDY.is_dir(), reason="a source archive holds no reports/")


@settings(max_examples=30)
@given(st.integers(0, 2**16))
def test_the_simulated_safe_ratio_is_that_of_the_table(seed: int) -> None:
    """Of any verdicts, by `safe_ratios`."""
    generator = np.random.default_rng(seed)
    cleared = generator.random((4, len(RATIOS), 3)) < 0.9
    each = np.indices(cleared.shape).reshape(3, -1)
    rows = {"study": each[0], "ratio": np.take(RATIOS, each[1]), "class_index": each[2]}
    frame = pd.DataFrame(rows).assign(dataset="d", architecture="a", method="MP", stage="finetuned")
    frame["verdict"] = np.where(cleared, "unharmed", "inconclusive").ravel()
    frame = frame.assign(p=0.5, class_name=None, scope="", margin=0.05, quantity="drop", models=3)
    frame = frame.assign(family_size=3, control="", warnings="none", next_model_upper=0.0)
    safe = safe_ratios_of(frame)["safe_ratio"].fillna(0.0).tolist()
    assert [(0.0, *RATIOS)[place] for place in safe_places(cleared)] == safe


@in_a_checkout
def test_a_safe_ratio_is_wrong_in_five_per_cent_at_most() -> None:
    """Within simulation error over all cells at once; a cell counted again is the same."""
    found = pd.read_csv(SAFE)
    assert len(found) == len(SAFE_GRID)
    assert (found["wrong"] < 0.05 + 4.0 * np.sqrt(0.05 * 0.95 / found["repetitions"])).all()
    assert found["wrong"].mean() < 0.05
    assert rates_of(SAFE_GRID[0], 10_000)["wrong"] == pytest.approx(found["wrong"][0], abs=0.0003)


@in_a_checkout
def test_the_instrument_holds_where_much_luck_makes_the_class_mean_slope_err() -> None:
    """Normal luck from 0.4 of the spread on, five models; warnings tell of nearly all of it."""
    rates = read_rates(LUCK)
    assert len(rates) == len(LUCK_GRID) * len(LUCK_ESTIMATORS)
    much = rates[(rates["seeds"] == "normal") & (rates["models"] == 5) & (rates["luck"] > 0.05)]
    alarms = much.groupby("estimator")["false_alarms_5"].max()
    assert alarms["class-mean slope"] > 0.09
    assert alarms["instrument slope"] < 0.05
    assert alarms["class-mean slope, not warned of"] < 0.01


@in_a_checkout
@pytest.mark.parametrize("seeds", ["one outlying", "two groups"])
def test_a_cell_of_models_that_are_not_alike_is_counted_again(seeds: str) -> None:
    """Experiment by experiment, up to the rounding of another processor."""
    place = next(place for place, cell in enumerate(LUCK_GRID) if cell.seeds == seeds)
    again = luck_rates_of(LUCK_GRID[place], REPETITIONS, LUCK_ESTIMATORS)
    size = len(LUCK_ESTIMATORS)
    kept = read_rates(LUCK).iloc[place * size : (place + 1) * size]
    assert kept["coverage_95"].tolist() == pytest.approx(again["coverage_95"].tolist(), abs=0.002)
