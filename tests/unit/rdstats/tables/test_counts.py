"""From rows to arrays, whatever order and packing the rows come in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from data_contracts import ContractError
from rdstats.tables.counts import read_counts
from synthetic import before_after, recall_table, table_of_counts, with_column, without


def test_an_evaluation_is_a_row_and_a_class_a_column() -> None:
    """Two classes of a baseline and one compressed version."""
    (counts,) = read_counts(table_of_counts(before_after([[90, 70]], [[70, 50]])), "test")
    assert counts.n_correct.tolist() == [[90, 70], [70, 50]]
    assert counts.n_samples.tolist() == [[100, 100], [100, 100]]
    assert counts.class_name == ("class 0", "class 1")
    assert counts.baseline.tolist() == [0, 0]
    assert counts.realised_ratio == pytest.approx([1.0, 2.0])


def test_the_order_and_packing_of_rows_do_not_matter() -> None:
    """Shuffled, in many chunks: the same arrays."""
    table = recall_table(methods=("UP", "MP"), models=12)
    order = np.random.default_rng(0).permutation(table.num_rows)
    shuffled = table.take(pa.array(order))
    chunked = pa.concat_tables([shuffled.slice(start, 97) for start in range(0, 3000, 97)])
    (first,), (second,) = read_counts(table, "test"), read_counts(chunked, "test")
    assert first.names == second.names
    assert (first.n_correct == second.n_correct).all()
    assert all((first.codes[label] == second.codes[label]).all() for label in first.codes)


def test_labels_may_be_dictionaries_that_differ_between_chunks() -> None:
    """As parts that pandas wrote with categories, joined."""
    parts = [recall_table(dataset=name, models=3) for name in ("CIFAR-10", "Fashion-MNIST")]

    def encoded(part: pa.Table) -> pa.Table:
        columns = [
            part[name].dictionary_encode() if pa.types.is_string(part[name].type) else part[name]
            for name in part.column_names
        ]
        return pa.table(dict(zip(part.column_names, columns, strict=True)))

    plain = read_counts(pa.concat_tables(parts), "test")
    dictionaries = read_counts(pa.concat_tables([encoded(part) for part in parts]), "test")
    assert len(plain) == len(dictionaries) == 1
    assert plain[0].names == dictionaries[0].names
    assert (plain[0].n_correct == dictionaries[0].n_correct).all()


def test_data_sets_with_different_classes_are_separate_panels() -> None:
    """Ten and a hundred classes in one table."""
    tables = [recall_table(dataset="CIFAR-100", classes=100), recall_table(dataset="CIFAR-10")]
    found = read_counts(pa.concat_tables(tables), "test")
    names = [(counts.name("dataset", 0), len(counts.class_index)) for counts in found]
    assert names == [("CIFAR-10", 10), ("CIFAR-100", 100)]


def test_null_counts_and_names_stay_null() -> None:
    """What the table does not say is not invented."""
    table = recall_table(models=2)
    for name in ("class_name", "n_predicted", "parameters"):
        table = with_column(table, name, None)
    (counts,) = read_counts(table, "test")
    assert set(counts.class_name) == {None}
    assert (counts.n_predicted == -1).all()
    assert np.isnan(counts.realised_ratio).all()


def test_compressed_rows_without_their_baseline_are_refused_in_the_contract_s_words() -> None:
    """One of five models lost its baseline: it is named."""
    table = without(recall_table(models=5), stage="baseline", model="m3")
    with pytest.raises(ContractError, match=r"baseline present.*m3"):
        read_counts(table, "test")


@pytest.mark.parametrize("keep", [range(1, 100), [0, *range(100)]])
def test_a_model_that_lacks_a_class_or_has_one_twice_is_refused(keep: list[int]) -> None:
    """Without the first row; with the first row twice."""
    table = recall_table(models=5)
    with pytest.raises(ContractError):
        read_counts(table.take(pa.array(list(keep))), "test")
