"""Laws of the tests and of their families."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.multiplicity import corrected
from rdstats.statistics.ttests import ALTERNATIVES, t_test
from rdstats.tables.compare import compare
from rdstats.tables.conditions import conditions
from synthetic import recall_table

p_values = st.lists(st.floats(0.0, 1.0) | st.just(float("nan")), min_size=1, max_size=30).map(
    np.array
)
OPPOSITE = {"less": "greater", "greater": "less", "two-sided": "two-sided"}


@given(p_values, st.integers(0, 20))
def test_adjusting_never_lowers_p_and_keeps_their_order(p: FloatArray, others: int) -> None:
    """P <= Holm <= Bonferroni <= 1; equal p stay equal, and a test without p stays without."""
    size = p.size + others
    plain, stepwise = (corrected(p, size, method) for method in ("bonferroni", "holm"))
    assert (np.isnan(plain) == np.isnan(p)).all()
    assert (np.isnan(stepwise) == np.isnan(p)).all()
    done = ~np.isnan(p)
    order = np.argsort(p[done], kind="stable")
    for adjusted in (plain[done], stepwise[done]):
        assert (adjusted >= p[done]).all()
        assert (adjusted <= 1.0).all()
        assert (np.diff(adjusted[order]) >= 0.0).all()
    assert (stepwise[done] <= plain[done] + 1e-15).all()


@given(p_values, st.data())
def test_a_family_of_known_size_never_shrinks(p: FloatArray, data: st.DataObject) -> None:
    """Losing one test to NaN leaves every other Bonferroni p as it was, and lowers no Holm p."""
    lost = data.draw(st.integers(0, p.size - 1))
    fewer = p.copy()
    fewer[lost] = np.nan
    others = np.arange(p.size) != lost
    plain, stepwise = (
        [corrected(each, p.size, method)[others] for each in (p, fewer)]
        for method in ("bonferroni", "holm")
    )
    assert np.array_equal(plain[0], plain[1], equal_nan=True)
    before, after = stepwise
    assert (after[~np.isnan(after)] >= p[others][~np.isnan(after)]).all()
    unaffected = p[others] < np.nan_to_num(p[lost], nan=2.0)
    assert np.array_equal(before[unaffected], after[unaffected], equal_nan=True)


@st.composite
def two_arms(draw: st.DrawFn) -> tuple[FloatArray, FloatArray]:
    """Return slopes of the same number of models in two arms."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    models = draw(st.integers(2, 20))
    first = generator.normal(1.0, 0.1, models)
    shift, spread = draw(st.floats(-0.3, 0.3)), draw(st.floats(0.01, 0.3))
    return first, first + shift + spread * generator.standard_normal(models)


@given(two_arms(), st.sampled_from(ALTERNATIVES), st.sampled_from([0.05, 0.0125, 0.002]))
@settings(max_examples=30)
def test_swapping_the_arms_mirrors_the_test(
    arms: tuple[FloatArray, FloatArray], side: str, error: float
) -> None:
    """Differences and effects change sign, bounds change places, p stays."""
    for paired in (True, False):
        there = t_test(*arms, paired=paired, alternative=side, error=error)
        back = t_test(*arms[::-1], paired=paired, alternative=OPPOSITE[side], error=error)
        assert back.p == pytest.approx(there.p)
        for name in ("difference", "t", "effect_size"):
            assert getattr(back, name) == pytest.approx(-getattr(there, name))
        assert (back.low, back.high) == pytest.approx((-there.high, -there.low))


@given(two_arms(), st.sampled_from(ALTERNATIVES), st.sampled_from([0.05, 0.0125, 0.002]))
@settings(max_examples=30)
def test_the_bounds_leave_zero_exactly_where_the_test_rejects(
    arms: tuple[FloatArray, FloatArray], side: str, error: float
) -> None:
    """P below the error, and zero outside on the side of the alternative: one statement."""
    for paired in (True, False):
        found = t_test(*arms, paired=paired, alternative=side, error=error)
        assume(abs(found.p - error) > 1e-9)
        below, above = found.high < 0.0, found.low > 0.0
        outside = {"less": below, "greater": above, "two-sided": below or above}[side]
        assert outside == (found.p < error)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["ratio", "method"]))
@settings(max_examples=5)
def test_the_order_of_rows_changes_no_result(seed: int, along: str) -> None:
    """A recall table is a set of rows: shuffled, the same conditions and the same tests."""
    table = recall_table(methods=("MP", "UP"), ratios=(2.0, 4.0), models=4)
    order = np.random.default_rng(seed).permutation(table.num_rows)
    shuffled = table.take(pa.array(order))
    pd.testing.assert_frame_equal(conditions(shuffled), conditions(table))
    pd.testing.assert_frame_equal(compare(shuffled, along), compare(table, along))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["ratio", "method"]))
@settings(max_examples=10)
def test_models_that_are_missing_shrink_no_family(seed: int, along: str) -> None:
    """Tests that fall away leave the family's size and every other adjusted p as they were."""
    table = recall_table(methods=("MP", "UP"), ratios=(2.0, 4.0, 10.0), models=4)
    whole = compare(table, along)
    compressed = [row for row in table.to_pylist() if row["stage"] == "finetuned"]
    lost = compressed[np.random.default_rng(seed).integers(len(compressed))]
    named = ("method", "ratio", "model")
    keep = [any(row[name] != lost[name] for name in named) for row in table.to_pylist()]
    fewer = compare(table.filter(pa.array(keep)), along)
    assert fewer["comparison"].tolist() == whole["comparison"].tolist()
    assert fewer["family_size"].tolist() == whole["family_size"].tolist()
    refused = fewer["p"].isna()
    assert refused.any()
    assert fewer.loc[refused, "status"].str.contains("not paired").all()
    kept = ~refused
    assert fewer.loc[kept, "p_adjusted"].equals(whole.loc[kept, "p_adjusted"])
    assert (fewer.loc[kept, "p_holm"] >= fewer.loc[kept, "p"]).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(["paper", "class-mean"]), st.floats(0.01, 0.5))
@settings(max_examples=10)
def test_equivalence_the_bounds_and_p_of_a_comparison_never_contradict_each_other(
    seed: int, slope: str, delta: float
) -> None:
    """Different is rejected; bounds that hold 0 are equivalent or inconclusive."""
    table = recall_table(methods=("MP", "UP"), ratios=(2.0, 4.0), models=4, seed=seed)
    found = compare(table, "method", slope=slope, delta=delta)
    found = found[found["p"].notna() & ((found["p_adjusted"] - 0.05).abs() > 1e-9)]
    assert (found["alternative"] == "two-sided").all()
    holds = (found["difference_low"] <= 0.0) & (found["difference_high"] >= 0.0)
    assert holds.equals(found["p_adjusted"] > 0.05)
    assert found.loc[holds, "equivalence"].isin(["equivalent", "inconclusive"]).all()
    different = found["equivalence"] == "different"
    assert (found.loc[different, "p_adjusted"] < 0.05).all()
    assert (found.loc[different, "difference"].abs() > delta).all()
    assert (found.loc[found["equivalence"] == "equivalent", "difference"].abs() < delta).all()
