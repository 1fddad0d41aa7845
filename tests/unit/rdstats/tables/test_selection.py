"""The common options: which conditions count."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rdstats.errors import StatsError
from rdstats.tables.conditions import conditions
from rdstats.tables.selection import Selection
from rdstats.tables.slopes import slopes
from synthetic import recall_table, with_column, without


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Two architectures, two methods, five ratios, a control of each architecture."""
    small = recall_table(methods=("MP", "UP"), models=3, architecture="LeNet5")
    large = recall_table(methods=("MP",), models=3, architecture="ResNet-20", seed=1)
    return pa.concat_tables([small, large])


def chosen(table: pa.Table, *where: tuple[str, str]) -> list[tuple[str, str, float, str]]:
    """Return architecture, method, ratio and stage of the conditions that `where` leaves."""
    frame = conditions(table, Selection(where=where))
    columns = ["architecture", "method", "ratio", "stage"]
    return list(frame[columns].itertuples(index=False, name=None))


def test_all_clauses_must_hold_and_the_control_comes_along(table: pa.Table) -> None:
    """UP at ratio 10 exists in LeNet5 only, so its control comes and ResNet-20's does not."""
    assert chosen(table, ("method", "UP"), ("ratio", "10")) == [
        ("LeNet5", "none", 1.0, "control"),
        ("LeNet5", "UP", 10.0, "finetuned"),
    ]


@pytest.mark.parametrize("text", ["2", "2.0", "2.00", "2e0"])
def test_ratios_compare_as_numbers(table: pa.Table, text: str) -> None:
    """However a number is written, it is the same ratio."""
    ratios = {row[2] for row in chosen(table, ("ratio", text)) if row[3] != "control"}
    assert ratios == {2.0}


def test_selecting_one_ratio_does_not_shrink_the_interval_s_family(table: pa.Table) -> None:
    """Five ratios were run, so one of them is still given at 99 %, to the last digit."""
    whole = conditions(table)
    part = conditions(table, Selection(where=(("ratio", "20"),)))
    assert part["ci_level"].tolist() == pytest.approx([0.99] * len(part))
    same = whole[(whole["ratio"] == 20) & (whole["method"] == "UP")]
    assert part[part["method"] == "UP"]["ci_low"].item() == same["ci_low"].item()


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"method": "GP"}, "no compressed condition has method GP; known: MP, UP"),
        ({"method": "none"}, "no compressed condition has method none; known: MP, UP"),
        ({"ratio": "3"}, "no compressed condition has ratio 3; known: 2, 4, 10, 20, 50"),
        ({"dataset": "MNIST"}, "no compressed condition has dataset MNIST; known: digits"),
        # UP exists and ResNet-20 exists, but not both at once.
        (
            {"method": "UP", "architecture": "ResNet-20"},
            "satisfies --where method=UP --where architecture",
        ),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    table: pa.Table, where: dict[str, str], message: str
) -> None:
    """The known values stand in the message."""
    with pytest.raises(StatsError, match=message):
        conditions(table, Selection(where=tuple(where.items())))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "holdout"}, "unknown split 'holdout'; known: test, validation, train"),
        ({"stage": "control"}, "unknown stage 'control'; known: finetuned, pruned"),
        ({"metric": "f1"}, "unknown metric 'f1'; known: recall, precision, f_score"),
        ({"where": (("model", "m0"),)}, "unknown where column 'model'; known: study, dataset"),
        ({"where": (("ratio", "many"),)}, "where ratio=many: a ratio is a number"),
    ],
)
def test_closed_options_are_refused_with_what_is_known(
    options: dict[str, Any], message: str
) -> None:
    """A typing error is caught before any table is read."""
    with pytest.raises(StatsError, match=message):
        Selection(**options)


def test_finetuned_is_taken_where_a_condition_has_it_else_pruned() -> None:
    """UP was fine-tuned, RP only pruned: each condition decides for itself."""
    both = recall_table(methods=("UP",), ratios=(2.0,), stages=("pruned", "finetuned"))
    only_pruned = recall_table(methods=("RP",), ratios=(2.0,), stages=("pruned",), control=False)
    frame = conditions(pa.concat_tables([both, without(only_pruned, stage="baseline")]))
    assert frame["method"].tolist() == ["none", "UP", "RP"]
    assert frame["stage"].tolist() == ["control", "finetuned", "pruned"]


@pytest.mark.parametrize(("stage", "models"), [("finetuned", 4), ("pruned", 5)])
def test_a_condition_of_mixed_stages_is_refused_by_name_until_a_stage_is_chosen(
    stage: str, models: int
) -> None:
    """Model m3 was never fine-tuned at ratio 4; choosing a stage names it as missing."""
    table = recall_table(ratios=(2.0, 4.0), stages=("pruned", "finetuned"))
    table = without(table, stage="finetuned", model="m3", ratio=4.0)
    with pytest.raises(StatsError, match=r"MP, t = 4 has models that are only pruned \(m3\)"):
        conditions(table)
    row = conditions(table, Selection(stage=stage, where=(("ratio", "4"),))).iloc[-1]
    assert row["models"] == models
    assert (row["status"] == "ok") == (stage == "pruned")


def test_a_stage_that_no_condition_has_and_baselines_alone_are_refused() -> None:
    """The control alone is no answer to a question about pruning."""
    table = recall_table()
    with pytest.raises(StatsError, match="no condition of split test is at stage pruned"):
        conditions(table, Selection(stage="pruned"))
    with pytest.raises(StatsError, match="baselines only"):
        slopes(table.filter(pc.equal(table["stage"], "baseline")))


def test_a_control_that_names_its_method_comes_with_that_method_alone() -> None:
    """MP's control is not a control of UP."""
    table = recall_table(methods=("MP", "UP"), ratios=(2.0,))
    renamed = pc.if_else(pc.equal(table["stage"], "control"), "MP", table["method"])
    table = with_column(table, "method", renamed.to_pylist())
    assert [row[1:] for row in chosen(table, ("method", "MP"))] == [
        ("MP", 1.0, "control"),
        ("MP", 2.0, "finetuned"),
    ]
    assert [row[1:] for row in chosen(table, ("method", "UP"))] == [("UP", 2.0, "finetuned")]
