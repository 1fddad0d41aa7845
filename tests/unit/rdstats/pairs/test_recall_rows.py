"""Which two evaluated models of a recall table are meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_contracts import Provenance, write_recall_table
from data_contracts.errors import RdstatsError
from rdstats.errors import StatsError
from rdstats.pairs.check import check_models, check_recall_table
from synthetic import baseline, recall_table, table_of_counts, with_column

AFTER = ("MP", 2.0, "finetuned", "m")


def test_one_pair_is_found_in_a_table_of_many() -> None:
    """The unpruned version of the same model stands before, unless another is named."""
    table = recall_table(models=2, ratios=(2.0, 10.0))
    found = check_recall_table(table, after={"method": "MP", "ratio": "10.0", "model": "m1"})
    before, after = found.overall["before"], found.overall["after"]
    assert after["ratio"] == 10.0
    assert (before["stage"], before["model"]) == ("baseline", "m1")
    assert found.overall["matched"]
    other = check_recall_table(
        table.to_pandas(),
        before={"method": "MP", "ratio": "2", "model": "m1"},
        after={"method": "MP", "ratio": "10", "model": "m1"},
    )
    assert other.overall["before"]["ratio"] == 2.0
    assert not other.overall["matched"]  # n_both_correct is against the baseline


def test_two_unpruned_models_can_be_compared() -> None:
    """Asked for by stage; their images are not matched in a recall table."""
    found = check_recall_table(
        recall_table(models=2),
        before={"model": "m0", "stage": "baseline"},
        after={"model": "m1", "stage": "baseline"},
    )
    assert (found.overall["before"]["model"], found.overall["after"]["model"]) == ("m0", "m1")
    assert not found.overall["matched"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "choose with --after COLUMN=VALUE"),
        ({"after": {"model": "m9"}}, "no evaluated model has --after model=m9"),
        ({"after": {"colour": "red"}}, "unknown --after column 'colour'"),
        ({"after": {"ratio": "ten"}}, "a ratio is a number"),
        ({"after": {"model": "m0", "ratio": "2"}, "before": {"model": "m9"}}, "--before model=m9"),
    ],
)
def test_no_model_or_several_are_refused(options: dict[str, Any], message: str) -> None:
    """Who was meant, and what to type."""
    with pytest.raises(StatsError, match=message):
        check_recall_table(recall_table(models=2, ratios=(2.0,)), **options)


def test_two_test_sets_cannot_be_compared() -> None:
    """Nothing stands before, or classes or samples differ."""
    table = table_of_counts({baseline("m"): [90, 80], AFTER: [90, 80]})
    with pytest.raises(StatsError, match="no baseline"):
        check_recall_table(table.slice(2))
    with pytest.raises(StatsError, match="do not have the same classes"):
        check_recall_table(table.slice(0, 3))
    more = with_column(table, "n_samples", [100, 100, 101, 100])
    with pytest.raises(StatsError, match="class 0 has 100 samples before and 101 after"):
        check_recall_table(more)


def test_rounded_counts_are_remarked() -> None:
    """In the status of every class."""
    table = table_of_counts({baseline("m"): [90], AFTER: [80]})
    check = check_recall_table(with_column(table, "count_quality", ["exact", "rounded"]))
    assert check.classes["status"].tolist() == ["counts recovered from rounded recalls"]
    assert check.overall["counts"] == "rounded"


def test_two_recall_tables_are_a_pair(tmp_path: Path) -> None:
    """Each with one model of its own; the baseline may lie in both."""
    table = table_of_counts({baseline("m"): [90, 80], AFTER: [60, 80]})
    first, second, both = (tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet"))
    write_recall_table(table.slice(0, 2), first, Provenance())
    write_recall_table(table.slice(2, 2), second, Provenance())
    write_recall_table(table, both, Provenance())
    for after in (second, both):
        check = check_models(first, after)
        assert check.classes["drop"].tolist() == pytest.approx([0.3, 0.0])
        assert check.overall["matched"]
    with pytest.raises(RdstatsError, match="holds 2 evaluated models"):
        check_models(both, second)
    with pytest.raises(RdstatsError, match=r"call check_recall_table\(path, before, after\)"):
        check_models(both)
