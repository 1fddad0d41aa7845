"""A row per test: what is compared, over whom, and what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rdstats.errors import StatsError
from rdstats.tables.arms import arms_of
from rdstats.tables.compare import compare as compare_by
from rdstats.tables.reading import as_arrays
from rdstats.tables.selection import Selection
from rdstats.tables.slopes import slopes
from synthetic import Evaluation, baseline, recall_table, table_of_counts, without

compare = partial(compare_by, slope="paper")  # the paper's tests, unless another slope is named

NUMBERS = [
    *("difference", "difference_low", "difference_high", "t", "dof", "p", "p_adjusted"),
    *("effect_low", "effect_high", "p_permutation", "equivalence"),
]


@pytest.fixture(scope="module")
def methods() -> pa.Table:
    """Twelve models, three methods, three ratios."""
    return recall_table(methods=("UP", "MP", "GP"), ratios=(2.0, 4.0, 10.0), models=12)


def test_ratios_are_tested_pairwise_on_the_same_models(methods: pa.Table) -> None:
    """Table 4: t.test(a, b, paired = TRUE, alternative = "less"), by hand from the slopes."""
    frame = compare(methods, "ratio", Selection(where=(("method", "MP"),)))
    assert frame["comparison"].tolist() == ["2 vs 4", "4 vs 10"]
    slope_rows = slopes(methods).query("method == 'MP'").pivot(index="model", columns="ratio")
    difference = (slope_rows["alpha"][2.0] - slope_rows["alpha"][4.0]).to_numpy()
    row = frame.iloc[0]
    words = ["group", "alternative", "paired", "n", "dof", "effect_name", "test", "status"]
    expected = ["digits, LeNet5, MP", "less", True, 12, 11, "d_z", "paired t", "ok"]
    assert row[words].tolist() == expected
    effect = difference.mean() / difference.std(ddof=1)
    found = row[["difference", "effect_size", "t", "p_adjusted"]].tolist()
    hand = [difference.mean(), effect, effect * np.sqrt(12), 2 * row["p"]]
    assert found == pytest.approx(hand)


def test_methods_are_tested_in_all_pairs_on_both_sides(methods: pa.Table) -> None:
    """Table 8: rows in the paper's order, columns are ratios."""
    frame = compare(methods, "method")
    assert frame["comparison"].tolist() == ["MP vs GP", "MP vs UP", "GP vs UP"] * 3
    assert frame["group"].unique().tolist() == [f"digits, LeNet5, t = {t}" for t in (2, 4, 10)]
    assert set(frame["alternative"]) == {"two-sided"}
    assert (frame["family_size"] == 3).all()
    assert frame["difference_level"].to_numpy() == pytest.approx(1 - 0.05 / 3)


def test_architectures_are_tested_as_independent_samples() -> None:
    """Table 5: smaller above larger, Welch; the same model names do not pair them."""
    small = recall_table(architecture="ResNet-20", models=10, study="small", seed=1)
    large = recall_table(architecture="ResNet-110", models=8, study="large", seed=2)
    table = pa.concat_tables([small, large])
    frame = compare(table, "architecture")
    assert frame["comparison"].unique().tolist() == ["ResNet-20 vs ResNet-110"]
    assert frame["group"].tolist() == [f"digits, MP, t = {t}" for t in (2, 4, 10, 20, 50)]
    assert set(frame["alternative"]) == {"greater"}
    assert set(frame["test"]) == {"Welch t, unequal variances"}
    row = frame.iloc[0]
    assert (row["n"], row["n_first"], row["n_second"], row["paired"]) == (18, 10, 8, False)
    assert row["effect_name"] == "Hedges g"
    assert row["first"] == "small: digits, ResNet-20, MP, t = 2, finetuned"
    assert row["second"] == "large: digits, ResNet-110, MP, t = 2, finetuned"
    student = compare(table, "architecture", student=True)
    assert set(student["test"]) == {"Student t, equal variances"}
    assert student["dof"].tolist() == [16.0] * 5


def test_data_sets_are_tested_from_simple_to_hard_across_architectures() -> None:
    """Table 7: LeNet5 on MNIST against ResNet-56 on CIFAR-10."""
    simple = recall_table(dataset="MNIST", study="mnist", seed=1)
    hard = recall_table(dataset="CIFAR-10", architecture="ResNet-56", study="cifar", seed=2)
    table = pa.concat_tables([simple, hard])
    frame = compare(table, "dataset")
    assert frame["comparison"].unique().tolist() == ["MNIST vs CIFAR-10"]
    assert set(frame["alternative"]) == {"less"}
    assert not frame["paired"].any()
    assert (frame["family_size"] == 1).all()


def test_the_family_of_all_rows_multiplies_by_all_rows(methods: pa.Table) -> None:
    """Table 9: one pair of methods at every ratio, one family."""
    frame = compare(methods, "method", pairs=[("MP", "UP")], family="all")
    assert frame["family_size"].tolist() == [3, 3, 3]
    assert frame["p_adjusted"].to_numpy() == pytest.approx(np.minimum(frame["p"] * 3, 1))
    assert frame["group"].nunique() == 3
    alone = compare(methods, "method", pairs=[("MP", "UP")])
    assert alone["p_adjusted"].to_numpy() == pytest.approx(frame["p"].to_numpy())


def test_holm_is_computed_within_the_same_family(methods: pa.Table) -> None:
    """The smallest of three p is tripled, the largest stays unless a smaller one is above it."""
    for _, group in compare(methods, "method").groupby("group"):
        p = np.sort(group["p"].to_numpy())
        holm = np.minimum(np.maximum.accumulate(p * [3, 2, 1]), 1.0)
        assert np.sort(group["p_holm"].to_numpy()) == pytest.approx(holm)


def test_the_side_can_be_chosen(methods: pa.Table) -> None:
    """The two one-sided p add to 1, and the two-sided is twice the smaller."""
    sides = ("less", "greater", "two-sided")
    less, greater, both = (compare(methods, "ratio", alternative=side)["p"] for side in sides)
    assert (less + greater).tolist() == pytest.approx([1.0] * len(both))
    assert both.tolist() == pytest.approx((2 * np.minimum(less, greater)).tolist())


def test_class_mean_pseudo_values_go_through_the_same_families(methods: pa.Table) -> None:
    """The difference is that of the class-mean slopes, one joint jackknife over the models."""
    frame = compare(methods, "method", slope="class-mean")
    assert set(frame["slope"]) == {"class-mean"}
    (measures,) = as_arrays(methods).selected
    arms = arms_of(measures, "class-mean")
    values = {key.method: arm.values for key, arm in arms.items() if key.ratio == 2.0}
    row = frame.iloc[1]  # MP vs UP at ratio 2
    assert row["difference"] == pytest.approx((values["MP"] - values["UP"]).mean())
    assert row["mean_first"] == pytest.approx(values["MP"].mean())


def test_a_condition_that_is_missing_keeps_its_row_and_its_place(methods: pa.Table) -> None:
    """GP was not run at ratio 10: two rows have no number, the third is still multiplied by 3."""
    frame = compare(without(methods, method="GP", ratio=10.0), "method")
    last = frame[frame["group"] == "digits, LeNet5, t = 10"]
    assert last["comparison"].tolist() == ["MP vs GP", "MP vs UP", "GP vs UP"]
    absent = "no models of synthetic: digits, LeNet5, GP, t = 10"
    assert last["status"].tolist() == [absent, "ok", absent]
    assert last["p"].isna().tolist() == [True, False, True]
    assert last["p_adjusted"].iloc[1] == pytest.approx(min(1.0, 3 * last["p"].iloc[1]))


def assert_refused(rows: pd.DataFrame, statuses: Sequence[str]) -> None:
    """Words instead of numbers."""
    assert rows["status"].tolist() == list(statuses)
    assert rows[NUMBERS].isna().all(axis=None)


def test_arms_of_unequal_models_are_not_paired(methods: pa.Table) -> None:
    """A paired test on the models that are left would be a test on a selection of them."""
    table = without(methods, method="GP", ratio=2.0, model="m7")
    frame = compare(table, "method", Selection(where=(("ratio", "2"),)))
    words = [f"not paired: m7 is evaluated in {method} only" for method in ("MP", "UP")]
    assert_refused(frame[frame["comparison"] != "MP vs UP"], words)
    assert frame["status"].iloc[1] == "ok"


def two_methods(mp: dict[str, list[int]], up: dict[str, list[int]], **flat: list[int]) -> pa.Table:
    """Return models with baseline 90, 70 (or as in `flat`), compressed by MP and by UP."""
    counts: dict[Evaluation, list[int]] = {baseline(m): flat.get(m, [90, 70]) for m in mp | up}
    counts |= {("MP", 2.0, "finetuned", model): correct for model, correct in mp.items()}
    counts |= {("UP", 2.0, "finetuned", model): correct for model, correct in up.items()}
    return table_of_counts(counts)


ARM = {"m0": [85, 60], "m1": [80, 70], "m2": [80, 60]}
OTHER = {"m0": [88, 66], "m1": [85, 60], "m2": [80, 65]}


@pytest.mark.parametrize(
    ("mp", "up", "status"),
    [
        # Models do not collapse at random; those that both arms lost leave survivors.
        (ARM | {"m1": [0, 0]}, OTHER, "not paired: m1 has a slope in UP only"),
        (
            ARM | {"m2": [0, 0]},
            OTHER | {"m2": [0, 0]},
            "not tested: m2 has no slope in either arm (the accuracy after pruning is 0), and a "
            "test of the others would be one of survivors",
        ),
        # R says "essentially constant", pingouin p = 0 or NaN.
        (ARM, ARM, "the difference is the same for every model"),
    ],
)
def test_what_cannot_be_paired_is_no_test(
    mp: dict[str, list[int]], up: dict[str, list[int]], status: str
) -> None:
    """Words, and the models by name."""
    assert_refused(compare(two_methods(mp, up), "method"), [status])


def test_a_flat_baseline_is_left_out_of_both_arms_and_named() -> None:
    """m1 has no slope under any method, for a reason that lies before compression."""
    row = compare(two_methods(ARM, OTHER, m1=[80, 80]), "method").iloc[0]
    why = "every class has the same recall before pruning"
    assert row["status"] == f"both: 1 of 3 models has no slope (m1): {why}"
    assert row["n"] == 2
    assert np.isfinite(row["p"])


def test_one_model_or_one_class_is_no_test() -> None:
    """Paired and independent; every model without a slope is named with the reason."""
    one = recall_table(methods=("MP", "UP"), models=1, ratios=(2.0,), architecture="ResNet-20")
    other = recall_table(models=3, ratios=(2.0,), architecture="ResNet-32")
    assert_refused(compare(one, "method"), ["1 pair: a paired t test needs two"])
    two = pa.concat_tables([without(one, method="UP"), other])
    status = "1 against 3 models: an independent t test needs two in each arm"
    assert_refused(compare(two, "architecture", permutation=True), [status])
    class_mean = compare(one, "method", slope="class-mean")
    assert class_mean["status"].item().startswith("0 pairs: a paired t test needs two")
    table = recall_table(methods=("MP", "UP"), models=2, classes=1, ratios=(2.0,))
    assert compare(table, "method")["status"].item() == (
        "0 pairs: a paired t test needs two; both: 2 of 2 models have no slope (m0, m1): there is "
        "one class only, so recall is accuracy"
    )


def test_models_missing_from_an_independent_arm_are_named_beside_the_numbers() -> None:
    """Nothing pairs the arms, so the test stands; the reader learns who is missing."""
    large = recall_table(architecture="ResNet-32", ratios=(2.0, 4.0), seed=1)
    large = without(large, stage="finetuned", ratio=2.0, model="m4")
    table = pa.concat_tables([recall_table(architecture="ResNet-20", ratios=(2.0, 4.0)), large])
    frame = compare(table, "architecture")
    assert frame["status"].tolist() == ["ResNet-32: 1 of 5 models is missing (m4)", "ok"]
    assert frame["n"].tolist() == [9, 10]
    assert frame["p"].notna().all()


def test_a_finetuned_arm_is_not_compared_with_a_pruned_one() -> None:
    """Fine-tuning would be the difference, not the method."""
    up = recall_table(methods=("UP",), ratios=(2.0,), control=False)
    rp = recall_table(methods=("RP",), ratios=(2.0,), stages=("pruned",), control=False)
    table = pa.concat_tables([up, without(rp, stage="baseline")])
    status = "stages differ, finetuned against pruned: choose one with --stage"
    assert_refused(compare(table, "method"), [status])


def test_an_asked_stage_is_that_of_the_whole_design() -> None:
    """MP and UP were evaluated before fine-tuning, GP was not: no row asks for it."""
    both = recall_table(methods=("MP", "UP"), ratios=(2.0,), stages=("pruned", "finetuned"))
    gp = without(recall_table(methods=("GP",), ratios=(2.0,), control=False), stage="baseline")
    table = pa.concat_tables([both, gp])
    frame = compare(table, "method", Selection(stage="pruned"))
    assert frame[["comparison", "status"]].to_numpy().tolist() == [["MP vs UP", "ok"]]
    assert frame["first"].item().endswith("pruned")
    assert len(compare(table, "method")) == 3


def test_showing_one_ratio_changes_no_number(methods: pa.Table) -> None:
    """The family of a column does not depend on which columns are shown."""
    whole = compare(methods, "method")
    part = compare(methods, "method", Selection(where=(("ratio", "4"),)))
    expected = whole[whole["group"] == "digits, LeNet5, t = 4"].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)


def test_ratios_are_named_by_number_in_order_and_pairs(methods: pa.Table) -> None:
    """2.0 is 2; a pair that was not consecutive can be asked for."""
    frame = compare(methods, "ratio", pairs=[("2.0", "10")])
    assert frame["comparison"].unique().tolist() == ["2 vs 10"]
    frame = compare(methods, "ratio", order=["10", "4.0"])
    assert frame["comparison"].unique().tolist() == ["10 vs 4"]


@pytest.mark.parametrize(
    ("along", "options", "message"),
    [
        ("seed", {}, "unknown column to compare along 'seed'; known: ratio, architecture"),
        ("ratio", {"slope": "mean"}, "unknown slope 'mean'; known: paper, class-mean"),
        ("ratio", {"family": "row"}, "unknown family 'row'; known: group, all"),
        ("ratio", {"alternative": "above"}, "unknown alternative 'above'; known: two-sided"),
        ("ratio", {"delta": 0.0}, "delta 0 is not a margin"),
        ("method", {"pairs": [("MP", "MP")]}, "pair MP with another method, not with itself"),
        (
            "ratio",
            {"selection": Selection(where=(("ratio", "2"),))},
            "nothing to compare along ratio: --where ratio leaves one",
        ),
        (
            "method",
            {"selection": Selection(where=(("method", "MP"),))},
            "nothing to compare along method: there is MP only",
        ),
    ],
)
def test_what_makes_no_comparison_is_refused(
    methods: pa.Table, along: str, options: dict[str, object], message: str
) -> None:
    """What is known, or what to leave out."""
    with pytest.raises(StatsError, match=message):
        compare(methods, along, **options)  # type: ignore[arg-type]


def test_effect_sizes_lie_in_their_intervals_and_a_permutation_p_is_asked_for() -> None:
    """Paired: the interval leaves 0 where that of the difference does; p is near t's."""
    table = recall_table(methods=("MP", "UP", "GP"), models=12, ratios=(2.0, 10.0))
    assert compare(table, "method")["p_permutation"].isna().all()
    frame = compare(table, "method", slope="class-mean", permutation=True)
    assert (frame["effect_low"] < frame["effect_size"]).all()
    assert (frame["effect_size"] < frame["effect_high"]).all()
    outside = (frame["effect_low"] > 0) | (frame["effect_high"] < 0)
    assert (outside == (frame["p_adjusted"] < 0.05)).all()
    p = frame["p_permutation"].to_numpy()
    assert p == pytest.approx(frame["p"].to_numpy(), abs=0.05)
    assert frame["p_permutation_adjusted"].to_numpy() == pytest.approx(np.minimum(3 * p, 1.0))
    assert (frame["p_permutation_holm"] <= frame["p_permutation_adjusted"]).all()
    assert (frame["p_permutation_holm"] >= p).all()


def test_what_makes_a_test_doubtful_stands_beside_it() -> None:
    """Two models with the same counts before and after; one difference far from the others."""
    values = [[80, 60], [80, 60], [79, 63], [60, 75], [81, 61]]
    mp = {f"m{model}": row for model, row in enumerate(values)}
    up = {f"m{model}": [82 - model, 62 + model] for model in range(5)}
    warnings = compare(two_methods(mp, up), "method")["warnings"].item()
    assert "MP: m0, m1 have the same counts after" in warnings
    few = compare(recall_table(methods=("MP", "UP"), models=4), "method")
    assert few["warnings"].str.contains("fewer than 5 models").all()
