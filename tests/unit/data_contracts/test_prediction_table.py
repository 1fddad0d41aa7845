"""The prediction table: what it refuses, what it counts up to, and how it lies in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from data_contracts import (
    ContractError,
    Provenance,
    read_recall_table,
    violations,
    write_recall_table,
)
from data_contracts.prediction_files import read_prediction_table, write_prediction_table
from data_contracts.prediction_table import (
    PREDICTION_TABLE,
    Predictions,
    cast_predictions,
    count_disagreements,
    prediction_violations,
    recall_table_from,
)

TRUE = [0, 0, 0, 1, 1, 2]
BASELINE = [0, 0, 1, 1, 1, 2]
PRUNED = [0, 2, 1, 1, None, 2]
NAMES = {"digits": ("zero", "one", "two")}


def rows(
    answers: Sequence[int | None],
    *,
    method: str = "none",
    stage: str = "baseline",
    model: str = "a",
) -> pa.Table:
    """Return the rows of one evaluated model."""
    size = len(TRUE)
    return pa.table(
        {
            "study": ["s"] * size,
            "dataset": ["digits"] * size,
            "architecture": ["net"] * size,
            "method": [method] * size,
            "ratio": [1.0 if method == "none" else 4.0] * size,
            "stage": [stage] * size,
            "model": [model] * size,
            "split": ["test"] * size,
            "sample": list(range(size)),
            "class_index": TRUE,
            "predicted_index": pa.array(answers, pa.int64()),
            "correct": [true == answer for true, answer in zip(TRUE, answers, strict=True)],
        }
    )


@pytest.fixture(name="table")
def two_versions_of_a_model() -> pa.Table:
    """Six samples of three classes, before and after pruning."""
    return pa.concat_tables([rows(BASELINE), rows(PRUNED, method="MP", stage="finetuned")])


def written(table: pa.Table, path: Path, **about: dict[str, str]) -> Path:
    """Write a table under a path, and return that."""
    write_prediction_table(Predictions(table, NAMES, **about), path, Provenance(producer="test"))
    return path


def refusal(table: pa.Table, path: Path) -> str:
    """Return why a table is not written."""
    with pytest.raises(ContractError) as caught:
        written(table, path / "p.parquet")
    assert not (path / "p.parquet").exists()
    return str(caught.value)


def changed(table: pa.Table, column: str, values: list[object]) -> pa.Table:
    """Return the table with another column in the place of one."""
    position = table.schema.get_field_index(column)
    return table.set_column(position, column, pa.array(values))


def test_predictions_count_up_to_a_recall_table(table: pa.Table, tmp_path: Path) -> None:
    """By hand: class 0 falls from 2 of 3 to 1, and that one was right before."""
    read = read_prediction_table(written(table, tmp_path / "p.parquet"))
    counts = recall_table_from(read)
    assert violations(counts) == []
    pruned = counts.slice(0, 3)
    assert pruned["stage"].unique().to_pylist() == ["finetuned"]
    assert pruned["class_name"].to_pylist() == ["zero", "one", "two"]
    assert pruned["n_samples"].to_pylist() == [3, 2, 1]
    assert pruned["n_correct"].to_pylist() == [1, 1, 1]
    assert pruned["n_both_correct"].to_pylist() == [1, 1, 1]
    assert pruned["n_predicted"].to_pylist() == [None] * 3  # one answer is no class
    unpruned = counts.slice(3)
    assert unpruned["n_correct"].to_pylist() == [2, 2, 1]
    assert unpruned["n_both_correct"].to_pylist() == [2, 2, 1]
    assert unpruned["n_predicted"].to_pylist() == [2, 3, 1]


def test_without_the_unpruned_model_nothing_is_said_of_both(table: pa.Table) -> None:
    """The baseline may be in another file."""
    counts = recall_table_from(Predictions(table.slice(6)))
    assert counts["n_both_correct"].null_count == 3


def test_the_order_of_rows_leaves_no_trace(table: pa.Table, tmp_path: Path) -> None:
    """Nor does the writer's way to hold text."""
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(table.num_rows)))
    encoded = changed(shuffled, "study", ["s"] * 12)
    encoded = encoded.set_column(0, "study", encoded["study"].dictionary_encode())
    one, other = written(table, tmp_path / "a.parquet"), written(encoded, tmp_path / "b.parquet")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("column", "values", "rule"),
    [
        ("sample", [0, 1, 2, 3, 4, 4, 0, 1, 2, 3, 4, 5], "unique sample"),
        ("sample", [0, 1, 2, 3, 4, 6, 0, 1, 2, 3, 4, 5], "whole test set"),
        ("sample", [-1, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], "whole test set"),
        ("class_index", [0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 2, 2], "one class per sample"),
        ("correct", [True, True, True, True, True, True] + [False] * 6, "correct as predicted"),
        ("stage", ["baseline"] * 6 + ["finished"] * 6, "known stage"),
        ("ratio", [1.0] * 6 + [0.5] * 6, "ratio in range"),
        ("model", ["a"] * 11 + [None], "no nulls"),
        ("correct", [1] * 12, "not true and false"),
        ("class_index", [0.5] * 12, "cannot hold without loss"),
        ("study", [7] * 12, "not text"),
    ],
)
def test_a_broken_rule_or_another_type_is_named(
    table: pa.Table, tmp_path: Path, column: str, values: list[object], rule: str
) -> None:
    """Its own rules, and those of the recall table that it counts up to; casts keep values."""
    assert rule in refusal(changed(table, column, values), tmp_path)


def test_a_missing_column_is_refused(table: pa.Table, tmp_path: Path) -> None:
    """By name."""
    assert "'sample' is missing" in refusal(table.drop_columns(["sample"]), tmp_path)


def test_properties_of_samples_are_kept_and_are_one_for_all_models(
    table: pa.Table, tmp_path: Path
) -> None:
    """A column group_site says where each sample is from."""
    sites = ["north", "south", "north", "south", "north", None]
    with_sites = table.append_column("group_site", pa.array(sites * 2))
    read = read_prediction_table(written(with_sites, tmp_path / "p.parquet")).table
    assert read["group_site"].to_pylist() == [site for site in sites for _ in range(2)]
    broken = changed(with_sites, "group_site", [*sites, *sites[::-1]])
    assert "one class per sample: group_site" in refusal(broken, tmp_path / "..")


def test_answers_to_other_samples_are_never_joined(table: pa.Table, tmp_path: Path) -> None:
    """Two files of the same test set whose ids differ, or whose digests do."""
    ids = [f"image-{number}" for number in range(6)]
    one = table.slice(0, 6).append_column("sample_id", pa.array(ids))
    other = table.slice(6).append_column("sample_id", pa.array(ids))
    same = [written(one, tmp_path / "1.parquet"), written(other, tmp_path / "2.parquet")]
    assert read_prediction_table(same).table.num_rows == 12
    swapped = changed(other, "sample_id", [ids[1], ids[0], *ids[2:]])
    differ = [same[0], written(swapped, tmp_path / "3.parquet")]
    with pytest.raises(ContractError, match="never joined"):
        read_prediction_table(differ)
    told = {"digests": {"s/digits/test": "abc"}}
    with pytest.raises(ContractError, match="never joined"):
        read_prediction_table([same[0], written(table.slice(6), tmp_path / "4.parquet", **told)])


def test_counts_of_another_run_are_found(table: pa.Table) -> None:
    """One class of one model has one right answer more."""
    predictions = Predictions(cast_predictions(table, "the table"), NAMES)
    counts = recall_table_from(predictions)
    assert prediction_violations(predictions) == []
    assert count_disagreements(predictions, counts) == []
    (broken,) = count_disagreements(predictions, changed(counts, "n_correct", [2, 1, 1, 2, 2, 1]))
    assert (broken.rule, broken.rows) == ("counts agree", 1)


def test_every_column_is_on_the_page() -> None:
    """docs/prediction-table.md is what other producers read."""
    page = (Path(__file__).parents[3] / "docs" / "prediction-table.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in PREDICTION_TABLE.names)


def test_a_folder_is_read_by_kind(table: pa.Table, tmp_path: Path) -> None:
    """A recall table beside a prediction table is left where it is."""
    written(table, tmp_path / "predictions.parquet")
    counts = recall_table_from(Predictions(table, NAMES))
    write_recall_table(counts, tmp_path / "recall.parquet", Provenance())
    assert read_prediction_table(tmp_path).table.num_rows == 12
    assert read_recall_table(tmp_path).num_rows == 6
    with pytest.raises(ContractError, match="not a recall table"):
        read_recall_table(tmp_path / "predictions.parquet")
    with pytest.raises(ContractError, match="no prediction table"):
        read_prediction_table(tmp_path / "recall.parquet")
