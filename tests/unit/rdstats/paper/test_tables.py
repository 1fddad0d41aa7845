"""The tables made from recall tables: whole, in parts, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from full_design import full_design
from rdstats.errors import StatsError
from rdstats.paper.tables import PaperNumber, PaperTable, paper_tables
from rdstats.tables.compare import compare
from rdstats.tables.conditions import conditions
from rdstats.tables.selection import Selection
from rdstats.tables.slopes import slopes
from synthetic import before_after, recall_table, table_of_counts

RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)
AT_10 = {"method": "MP", "ratio": "10"}
G_ROW = "ResNet-32 / CIFAR-10 / MP / t=20"


def made(table: pa.Table, name: str, slope: str = "paper") -> PaperTable:
    """Make all tables and return one."""
    tables, _ = paper_tables(table, slope=slope)
    (found,) = [one for one in tables if one.name == name]
    return found


def number(table: PaperTable, row: str, column: str) -> PaperNumber:
    """The number of one cell."""
    (found,) = [one for one in table.numbers if (one.row, one.column) == (row, column)]
    return found


def resnet(architecture: str = "ResNet-56", **changes: Any) -> pa.Table:
    """A synthetic study of CIFAR-10."""
    settings: dict[str, Any] = {"study": architecture, "dataset": "CIFAR-10"}
    return recall_table(architecture=architecture, **{**settings, **changes})


@pytest.fixture(scope="module")
def whole() -> pa.Table:
    """The full design, with few models."""
    return full_design(models=6)


@pytest.fixture(scope="module")
def tables(whole: pa.Table) -> dict[str, PaperTable]:
    """Everything that is made of it."""
    return {table.name: table for table in paper_tables(whole)[0]}


def test_the_full_design_fills_every_cell(tables: dict[str, PaperTable]) -> None:
    """All 344 printed numbers have one beside them, and nothing is missing."""
    assert list(tables) == [*map(str, range(1, 14)), "G"]
    numbers = [one for table in tables.values() for one in table.numbers]
    assert sum(one.printed is not None for one in numbers) == 344
    assert not any(table.missing for table in tables.values())
    undefined = {one.row for one in numbers if one.is_missing}
    assert undefined <= {G_ROW}  # a class exactly at the accuracy


@pytest.mark.parametrize(
    ("cell", "along", "where", "comparison"),
    [
        ("1/4 vs 10/ResNet-32", "ratio", {"architecture": "ResNet-32", "method": "MP"}, "4 vs 10"),
        ("2/2 vs 4/ResNet-110", "ratio", {"architecture": "ResNet-110", "method": "UP"}, "2 vs 4"),
        ("5/20 vs 32/t=10", "architecture", AT_10, "ResNet-20 vs ResNet-32"),
        ("7/CIFAR-10 vs CIFAR-100/t=10", "dataset", AT_10, "CIFAR-10 vs CIFAR-100"),
        ("8/GP vs UP/t=20", "method", {"architecture": "ResNet-56", "ratio": "20"}, "GP vs UP"),
    ],
)
def test_p_values_are_those_of_compare(
    whole: pa.Table,
    tables: dict[str, PaperTable],
    cell: str,
    along: str,
    where: Any,
    comparison: str,
) -> None:
    """The same tests as `rdstats compare` on the paper's five ratios and four methods."""
    keep = pc.and_(
        pc.is_in(whole["ratio"], pa.array([1.0, *RATIOS])),
        pc.is_in(whole["method"], pa.array(["none", "MP", "GP", "UP", "RP"])),
    )
    frame = compare(whole.filter(keep), along, Selection(tuple(where.items())), slope="paper")
    on_cifar_10 = frame["group"].str.contains("CIFAR-10,") | (along == "dataset")
    there = (frame["comparison"] == comparison) & on_cifar_10
    name, row, column = cell.split("/")
    (expected,) = frame.loc[there, "p_adjusted"]
    assert number(tables[name], row, column).value == pytest.approx(expected, rel=1e-12)


def test_means_are_those_of_conditions(whole: pa.Table, tables: dict[str, PaperTable]) -> None:
    """Accuracies, variances and slopes of Tables 10 to 13."""
    frame = conditions(whole)

    def of(architecture: str, dataset: str, method: str, ratio: float) -> pd.DataFrame:
        there = frame["architecture"].eq(architecture) & frame["dataset"].eq(dataset)
        return frame[there & frame["method"].eq(method) & frame["ratio"].eq(ratio)]

    up = of("ResNet-44", "CIFAR-10", "UP", 20.0)
    lth = of("ResNet-56", "CIFAR-10", "LTH", 1.9531)
    chip = of("ResNet-56", "CIFAR-10", "CHIP", 3.33)
    fashion = of("LeNet5", "Fashion-MNIST", "MP", 50.0)
    row = "Fashion @ LeNet -> MP"
    for ours, theirs in (
        (number(tables["10"], "ResNet-44 / CIFAR-10 / UP", "accuracy"), up["accuracy_before"]),
        (number(tables["11"], row, "Before"), fashion["recall_variance_before"]),
        (number(tables["11"], row, "Ratio 50"), fashion["recall_variance_after"]),
        (number(tables["12"], "level 3", "Accuracy"), lth["accuracy_after"]),
        (number(tables["12"], "level 3", "Intensification"), lth["alpha_mean"]),
        (number(tables["12"], "level 0", "Accuracy"), lth["accuracy_before"]),
        (number(tables["13"], "ratio 3.33", "Accuracy"), chip["accuracy_after"]),
        (number(tables["13"], "ratio 3.33", "Intensification"), chip["alpha_mean"]),
    ):
        assert ours.value == pytest.approx(theirs.item(), rel=1e-12)
    assert number(tables["12"], "level 3", "Pruning ratio").text == "1.95"


def test_appendix_g_is_of_the_slopes_per_model(
    whole: pa.Table, tables: dict[str, PaperTable]
) -> None:
    """Mean, standard deviation, minimum and maximum."""
    where = (("architecture", "ResNet-32"), ("method", "MP"), ("ratio", "20"))
    frame = slopes(whole, Selection(where=where))
    alpha = frame[frame["stage"] == "finetuned"]["alpha"].to_numpy()
    found = [
        number(tables["G"], G_ROW, f"{name} of per-model slopes").value
        for name in ("mean", "standard deviation", "minimum", "maximum")
    ]
    assert found == pytest.approx([alpha.mean(), alpha.std(ddof=1), alpha.min(), alpha.max()])


def appendix(before: list[list[int]], after: list[list[int]]) -> dict[str, PaperNumber]:
    """Return the numbers of Appendix G of these counts."""
    counts = before_after(before, after, ratio=20.0)
    table = table_of_counts(counts, dataset="CIFAR-10", architecture="ResNet-32")
    return {one.column: one for one in made(table, "G").numbers}


def test_mean_intensification_ratios_by_hand() -> None:
    """One model, balances (0.125, -0.125) before and (1/6, -1/6) after: I is 4/3 for both."""
    found = appendix([[90, 70], [90, 70]], [[70, 50], [90, 70]])
    of_i = "of per-model mean intensification ratios"
    names = (f"mean {of_i}", f"minimum {of_i}", f"maximum {of_i}", "pooled slope")
    expected = [(4 / 3 + 1) / 2, 1.0, 4 / 3, (4 / 3 + 1) / 2]
    assert [found[name].value for name in names] == pytest.approx(expected)


def test_a_class_exactly_at_the_accuracy_is_left_out_of_the_mean_of_ratios() -> None:
    """90, 80 and 70 of 100: the second class divides by zero, which is said.

    By hand: x is 1/8 and -1/8; y is 29/181 and -31/181; the mean of y / x is 8 * 30/181.
    """
    found = appendix([[90, 80, 70]], [[70, 61, 50]])[
        "mean of per-model mean intensification ratios"
    ]
    assert found.value == pytest.approx(240 / 181)
    assert found.status.startswith("left out: 1 class of 1 of 1 models")


def test_two_models_of_equal_value_say_nothing_of_noise() -> None:
    """Both models recall one class alone: the same variance, so its distance is not judged."""
    counts = before_after([[90, 80, 70]] * 2, [[100, 0, 0]] * 2, ratio=50.0)
    table = table_of_counts(counts, dataset="Fashion-MNIST", architecture="LeNet5")
    found = number(made(table, "11"), "Fashion @ LeNet -> MP", "Ratio 50")
    assert found.value == pytest.approx(1 / 3)
    assert found.mark == "not judged"
    assert "every model has the same value" in found.status


@pytest.mark.parametrize(
    ("name", "row", "settings", "tests", "family"),
    [
        ("1", "2 vs 4", {"ratios": (2.0, 4.0)}, 1, 4),
        ("9", "50", {"methods": ("MP", "UP")}, 5, 25),
        # With 6 and 8 in the table, 4 is still compared with 10.
        ("1", "4 vs 10", {"ratios": (2.0, 4.0, 6.0, 8.0, 10.0, 20.0, 50.0)}, 4, 4),
    ],
)
def test_a_partial_table_keeps_the_printed_families(
    name: str, row: str, settings: dict[str, Any], tests: int, family: int
) -> None:
    """However few tests can be done, p is multiplied by the printed number of them."""
    table = made(resnet(models=8, **settings), name)
    one = number(table, row, "ResNet-56")
    assert one.details["family_size"] == family
    assert one.value == pytest.approx(min(family * one.details["p"], 1.0))
    assert sum(not found.is_missing for found in table.numbers) == tests
    assert "CIFAR-10, ResNet-20, MP: t = 2, 4, 10, 20, 50" in table.missing


def test_bold_is_where_variance_grew_before_rounding(tables: dict[str, PaperTable]) -> None:
    """Every cell of Table 11 against the first of its row; doubtful rows are not judged."""
    for _, numbers in tables["11"].rows:
        found = [one for one in numbers if one is not None]
        assert [one.is_bold for one in found] == [one.value > found[0].value for one in found]
    assert any(one.is_bold for one in tables["11"].numbers)
    assert not any(one.is_bold for one in tables["12"].numbers)
    unjudged = {one.row for one in tables["11"].numbers if one.mark == "not judged"}
    assert unjudged == {"MNIST @ LeNet -> MP", "CIFAR-100 @ ResNet-56 -> MP"}


def test_the_class_mean_slope_can_be_tested_instead(whole: pa.Table) -> None:
    """Pseudo-values in the tests, their mean in Tables 12 and 13; accuracies stay."""
    frame = conditions(whole)
    lth = frame[(frame["method"] == "LTH") & (frame["ratio"] == 86.7362)]
    twelve = made(whole, "12", slope="class-mean")
    found = number(twelve, "level 20", "Intensification")
    assert found.value == pytest.approx(lth["alpha_class_mean"].item())
    assert found.value != pytest.approx(lth["alpha_mean"].item(), abs=1e-6)
    assert found.details["slope"] == "class-mean"
    p = compare(
        whole,
        "method",
        Selection((("architecture", "ResNet-20"), ("ratio", "50"))),
        slope="class-mean",
        pairs=[("MP", "UP")],
    )["p"].iloc[0]
    nine = number(made(whole, "9", slope="class-mean"), "50", "ResNet-20")
    assert nine.details["p"] == pytest.approx(p)


def test_methods_of_two_studies_are_not_paired() -> None:
    """Models m0 of one study and of another are not the same model."""
    table = pa.concat_tables(
        [resnet(study="one", methods=("MP",)), resnet(study="two", methods=("UP",), seed=1)]
    )
    found = number(made(table, "8"), "MP vs UP", "t=2")
    assert found.is_missing
    assert found.status == "not paired: models of study one and of study two"


def test_the_study_with_more_of_the_ratios_is_taken_and_said() -> None:
    """A second study of low ratios, as Appendix E has, is left out in words."""
    table = pa.concat_tables([resnet(study="all"), resnet(study="low", ratios=(2.0, 4.0, 6.0))])
    tables, notes = paper_tables(table)
    assert number(tables[0], "2 vs 4", "ResNet-56").details["first"].startswith("all: ")
    assert notes == (
        "CIFAR-10, ResNet-56, MP is taken from study all, which has the most of the paper's "
        "ratios; left out: low.",
    )


@pytest.mark.parametrize(
    ("studies", "slope", "why"),
    [
        (
            [resnet(study="one"), resnet(study="two", seed=1)],
            "paper",
            r"several studies \(one, two\)",
        ),
        ([recall_table()], "paper", r"nothing of the paper .* digits, LeNet5, MP"),
        ([resnet()], "pooled", "unknown slope 'pooled'; known: paper, class-mean"),
    ],
)
def test_what_is_refused(studies: list[pa.Table], slope: str, why: str) -> None:
    """Which of two whole studies to show is not ours to guess; empty tables help nobody."""
    with pytest.raises(StatsError, match=why):
        paper_tables(pa.concat_tables(studies), slope=slope)


def test_the_ratio_that_chip_reaches_counts_as_the_one_it_was_asked_for() -> None:
    """Its sparsities for 3.33 reach 3.543; LTH's levels are a quarter apart and never mixed."""
    chip = made(resnet(methods=("CHIP",), ratios=(3.543,)), "13")
    assert not number(chip, "ratio 3.33", "Accuracy").is_missing
    assert number(chip, "ratio 1.75", "Accuracy").is_missing
    lth = made(resnet(methods=("LTH",), ratios=(1.5625,)), "12")
    levels = [one.row for one in lth.numbers if one.column == "Intensification" and one.value > 0]
    assert levels == ["level 2"]


def test_the_frame_has_a_row_per_number_with_every_digit(tables: dict[str, PaperTable]) -> None:
    """What csv holds: both numbers, their difference, the test and the mark."""
    frame = tables["3"].frame()
    assert len(frame) == 16
    assert set(frame["printed_relation"]) == {"equal", "below"}
    below = frame["printed_relation"] == "below"
    assert frame["difference"].isna().tolist() == below.tolist()
    np.testing.assert_allclose(frame["value"], np.minimum(frame["p"] * frame["family_size"], 1.0))
