"""Laws of the recall table, on tables drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_contracts import (
    KEY,
    RECALL_TABLE,
    ContractError,
    Provenance,
    baseline_violations,
    cast_to_contract,
    read_recall_table,
    violations,
    write_recall_table,
)
from synthetic import with_column

# Any text but lone surrogates, which no UTF-8 file can hold; blank text is no name.
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5).filter(
    lambda name: name.strip() and name != "none"
)
ratios = st.floats(1.0, 1e4).map(lambda ratio: round(ratio, 4))


@st.composite
def recall_tables(draw: st.DrawFn) -> pa.Table:
    """Draw a valid recall table: studies with baselines, compressed rows and, maybe, a control."""
    rows: list[dict[str, object]] = []
    for study in draw(st.lists(names, min_size=1, max_size=2, unique=True)):
        supports = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=3))
        class_names = draw(st.lists(st.none() | names, min_size=3, max_size=3))
        dataset, architecture = draw(names), draw(names)
        condition = st.tuples(names, ratios, st.sampled_from(["pruned", "finetuned"]))
        conditions = draw(st.lists(condition, max_size=2, unique=True))
        control = [("none", 1.0, "control")] if draw(st.booleans()) else []
        split = draw(st.sampled_from(["test", "validation", "train"]))
        for model in draw(st.lists(names, min_size=1, max_size=2, unique=True)):
            for method, ratio, stage in [("none", 1.0, "baseline"), *conditions, *control]:
                parameters = draw(st.none() | st.integers(1, 2**62))
                selected_on = draw(st.sampled_from([None, "validation", "test", "last"]))
                for index, support in enumerate(supports):
                    correct = draw(st.integers(0, support))
                    rows.append(
                        {
                            "study": study,
                            "dataset": dataset,
                            "architecture": architecture,
                            "method": method,
                            "ratio": ratio,
                            "stage": stage,
                            "model": model,
                            "class_index": index,
                            "class_name": class_names[index],
                            "n_samples": support,
                            "n_correct": correct,
                            "n_predicted": draw(st.none() | st.integers(correct, support)),
                            "n_both_correct": None,
                            "parameters": parameters,
                            "parameters_nonzero": parameters and parameters // 2,
                            "split": split,
                            "selected_on": selected_on,
                            "count_quality": draw(st.sampled_from(["exact", "rounded"])),
                        }
                    )
    return pa.Table.from_pylist(rows, schema=RECALL_TABLE)


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    """Return the rows in another order."""
    return table.take(np.random.default_rng(seed).permutation(len(table)))


def in_order(table: pa.Table) -> pa.Table:
    """Return the rows in the order of the key."""
    return table.sort_by([(name, "ascending") for name in KEY])


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file, written again for each example."""
    return tmp_path_factory.mktemp("recall") / "recall.parquet"


@given(recall_tables())
def test_a_valid_table_breaks_no_rule_and_misses_no_baseline(table: pa.Table) -> None:
    """Whatever its names, numbers and nulls."""
    assert violations(table) == []
    assert baseline_violations(table) == []


@given(recall_tables())
def test_what_is_written_is_read(path: Path, table: pa.Table) -> None:
    """Every value of every row comes back, in the order of the key."""
    write_recall_table(table, path, Provenance())
    assert read_recall_table([path]).equals(in_order(table))


@given(recall_tables(), st.integers(0, 2**32))
def test_the_order_of_rows_leaves_no_trace_in_the_file(
    path: Path, table: pa.Table, seed: int
) -> None:
    """Same rows, same bytes."""
    write_recall_table(table, path, Provenance())
    bytes_of_table = path.read_bytes()
    write_recall_table(shuffled(table, seed), path, Provenance())
    assert path.read_bytes() == bytes_of_table


COLUMNS_TO_BREAK: dict[str, object] = {
    "study": None,
    "stage": "Baseline",
    "ratio": 0.25,
    "n_correct": -1,
    "n_samples": 0,
    "class_index": 10**6,
    "model": "",
    "split": "holdout",
}


@given(recall_tables(), st.data(), st.integers(0, 2**32))
def test_any_order_of_rows_breaks_the_same_rules_as_often(
    table: pa.Table, data: st.DataObject, seed: int
) -> None:
    """A verdict is about the rows, not about where they stand."""
    broken = table
    for column in data.draw(st.lists(st.sampled_from(sorted(COLUMNS_TO_BREAK)), unique=True)):
        values = broken.column(column).to_pylist()
        values[data.draw(st.integers(0, len(values) - 1))] = COLUMNS_TO_BREAK[column]
        broken = with_column(broken, column, values)
    moved = shuffled(broken, seed)

    def counts(table: pa.Table) -> list[tuple[str, int]]:
        return sorted((each.rule, each.rows) for each in violations(table))

    assert counts(moved) == counts(broken)


@given(recall_tables(), st.data())
def test_a_row_that_is_there_twice_is_always_found(table: pa.Table, data: st.DataObject) -> None:
    """Exactly the row and its twin."""
    row = data.draw(st.integers(0, len(table) - 1))
    found = violations(pa.concat_tables([table, table.slice(row, 1)]))
    duplicates = [each for each in found if each.rule == "unique key"]
    assert [[row_.row for row_ in each.first] for each in duplicates] == [[row, len(table)]]


@given(recall_tables())
def test_tables_of_two_studies_are_one_table(table: pa.Table) -> None:
    """The union of valid tables under different studies is valid."""
    renamed = [f"{study}'" for study in table.column("study").to_pylist()]
    assume(set(renamed).isdisjoint(table.column("study").to_pylist()))
    other = with_column(table, "study", renamed)
    assert violations(pa.concat_tables([table, other])) == []


WRITERS: list[Callable[[pa.ChunkedArray], pa.ChunkedArray]] = [
    lambda column: column,
    lambda column: column.dictionary_encode(),
    lambda column: column.cast(
        pa.large_string() if pa.types.is_string(column.type) else pa.float64(), safe=False
    ),
    lambda column: pa.chunked_array([column.slice(0, 1), column.slice(1)], column.type),
]


@given(recall_tables(), st.data())
def test_casts_keep_every_value(table: pa.Table, data: st.DataObject) -> None:
    """Whatever mixture of types a writer chose, down to counts that became doubles."""
    writers = data.draw(
        st.lists(st.sampled_from(WRITERS), min_size=len(RECALL_TABLE), max_size=len(RECALL_TABLE))
    )
    columns = [write(each) for write, each in zip(writers, table.columns, strict=True)]
    cast = cast_to_contract(pa.table(columns, names=table.column_names), "the table")
    assert cast.schema.equals(RECALL_TABLE)
    assert cast.to_pydict() == pa.table(columns, names=table.column_names).to_pydict()


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=20))
def test_a_ratio_written_is_a_ratio_that_may_be_read(path: Path, drawn: list[float]) -> None:
    """Rounding on writing and the rule on reading agree for every double."""
    rows = [
        dict.fromkeys(RECALL_TABLE.names)
        | {"study": "s", "dataset": "d", "architecture": "a", "method": "MP", "ratio": ratio}
        | {"stage": "pruned", "model": f"{number}", "class_index": 0, "n_samples": 1}
        | {"n_correct": 1, "split": "test", "count_quality": "exact"}
        for number, ratio in enumerate(drawn)
    ]
    write_recall_table(pa.Table.from_pylist(rows, schema=RECALL_TABLE), path, Provenance())
    read = read_recall_table([path]).sort_by("model").column("ratio").to_pylist()
    by_name = [ratio for _, ratio in sorted(zip(map(str, range(len(drawn))), drawn, strict=True))]
    assert read == pytest.approx(by_name, abs=0.000051)


@given(st.binary(max_size=64))
def test_no_bytes_but_a_table_are_read(path: Path, content: bytes) -> None:
    """Whatever lies in a file, the error is one line of ours."""
    path.write_bytes(content)
    with pytest.raises(ContractError) as caught:
        read_recall_table([path])
    assert len(str(caught.value).splitlines()) == 1
