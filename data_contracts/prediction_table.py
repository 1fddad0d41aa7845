"""The prediction table, version 1: one row is one test sample under one evaluated model.

It stands beside the recall table and holds what counts forget: which samples were lost. What it
counts up to is a recall table (`recall_table_from`), so every rule of that holds for it too.
docs/prediction-table.md is the page for readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.casting import ColumnRefused, cast_column
from data_contracts.columns import BoolArray, Columns, IntArray
from data_contracts.errors import ContractError, Violation
from data_contracts.rules import Broken, violations
from data_contracts.schema import BASELINE_KEY, EVALUATED_MODEL, KEY, RECALL_TABLE, TEST_SET

KIND: Final = "predictions"
"""The `kind` in a file's metadata, by which a folder of both tables is told apart."""

GROUP: Final = "group_"
"""Columns of this prefix hold a property of the sample, such as group_site, as text."""

TEXT: Final = pa.dictionary(pa.int32(), pa.string())

PREDICTION_TABLE: Final = pa.schema(
    [
        *(
            RECALL_TABLE.field(name) if name == "ratio" else pa.field(name, TEXT, nullable=False)
            for name in EVALUATED_MODEL
        ),
        pa.field("sample", pa.int64(), nullable=False),
        pa.field("sample_id", pa.string(), nullable=True),
        pa.field("class_index", pa.int32(), nullable=False),
        pa.field("predicted_index", pa.int32(), nullable=True),
        pa.field("correct", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Predictions:
    """A prediction table in memory.

    Attributes:
        table: Under `PREDICTION_TABLE`, with its group columns at the end.
        class_names: Names of the classes by data set, in the order of their indices.
        digests: By "study/dataset/split", what the order of samples hashes to, where it is known.

    Example:
        >>> import pyarrow as pa, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "split": "test"}
        >>> of |= {"model": "seed-0", "method": "none", "ratio": 1.0, "stage": "baseline"}
        >>> answers = [(0, 0), (0, 1), (1, 1)]
        >>> rows = [
        ...     {**of, "sample": i, "class_index": c, "predicted_index": p, "correct": c == p}
        ...     for i, (c, p) in enumerate(answers)
        ... ]
        >>> table = pa.Table.from_pylist(rows, schema=dc.PREDICTION_TABLE)
        >>> predictions = dc.Predictions(table, {"pets": ("cat", "dog")})
        >>> predictions.table.num_rows
        3
    """

    table: pa.Table
    class_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def key_of_test_set(values: Iterable[object]) -> str:
    """Return what `Predictions.digests` calls a test set: its values of `TEST_SET` in a row."""
    return "/".join(map(str, values))


def cast_predictions(table: pa.Table, source: str) -> pa.Table:
    """Return a table under `PREDICTION_TABLE`, its group columns at the end, others left out.

    Raises:
        ContractError: A required column is missing, or a value would be changed by its cast.
    """
    groups = [name for name in table.column_names if name.startswith(GROUP)]
    schema = pa.schema([*PREDICTION_TABLE, *(pa.field(name, TEXT) for name in sorted(groups))])
    arrays = []
    for each in schema:
        if each.name not in table.column_names and not each.nullable:
            raise ContractError(
                f"{source}: column {each.name!r} is missing (docs/prediction-table.md)"
            )
        try:
            arrays.append(_cast(table, each))
        except ColumnRefused as refusal:
            raise ContractError(f"{source}: {refusal.why}") from refusal
    return pa.Table.from_arrays(arrays, schema=schema)


def _cast(table: pa.Table, wanted: pa.Field) -> pa.ChunkedArray:
    if wanted.name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, wanted.type)])
    column = table.column(wanted.name)
    if wanted.type == TEXT:
        if column.type != TEXT:
            text = cast_column(column, pa.field(wanted.name, pa.string()))
            column = pc.cast(text, TEXT) if text.null_count else text.dictionary_encode()
        return column
    if pa.types.is_boolean(wanted.type):
        if column.type != wanted.type:
            raise ColumnRefused(f"column {wanted.name!r} holds {column.type}, not true and false")
        return column
    return cast_column(column, wanted)


@dataclass(frozen=True)
class Answers:
    """The rows of a prediction table by evaluated model and sample."""

    columns: Columns  # of the table
    models: Columns  # of the evaluated models, a row each
    model: IntArray  # evaluated model of each row, shape (rows,)
    test_set: IntArray  # test set of each evaluated model, shape (models,)
    size: IntArray  # samples of each test set, shape (test sets,)
    place: IntArray  # of each row if answers lay model by model, sample by sample, shape (rows,)
    start: IntArray  # where the answers of each model would begin, shape (models,)

    @property
    def sample(self) -> IntArray:
        """One number for each sample of each test set, shape (rows,)."""
        start = np.cumsum(self.size) - self.size
        return start[self.test_set[self.model]] + self.columns.integers("sample")

    def first_rows(self) -> IntArray:
        """Return the first row of each sample, shape (samples of all test sets,)."""
        rows = np.zeros(int(self.size.sum()), dtype=np.int64)
        rows[self.sample[::-1]] = np.arange(self.columns.rows)[::-1]
        return rows


def answers_of(table: pa.Table) -> Answers:
    """Return where each answer of a table stands; samples must be 0 or more."""
    columns = Columns(table)
    coded = columns.coded(*EVALUATED_MODEL)
    models = Columns(table.select(list(EVALUATED_MODEL)).take(pa.array(coded.first_rows())))
    test_set = models.coded(*TEST_SET)
    sample = columns.integers("sample")
    size = np.zeros(test_set.size, dtype=np.int64)
    np.maximum.at(size, test_set.codes[coded.codes], sample + 1)
    of_model = size[test_set.codes]
    start = np.cumsum(of_model) - of_model
    return Answers(
        columns, models, coded.codes, test_set.codes, size, start[coded.codes] + sample, start
    )


def prediction_violations(predictions: Predictions) -> list[Violation]:
    """Return every broken rule of a prediction table, or an empty list.

    Beside its own rules, those of the recall table that it counts up to.
    """
    table = predictions.table
    if table.num_rows == 0:
        return [Violation("at least one row", 0, (), "the table has no rows")]
    columns = Columns(table)
    found = [
        violation
        for each in table.schema
        if not each.nullable
        for violation in columns.violations_of(
            "no nulls", ~columns.valid(each.name), f"column {each.name!r} is null there"
        )
    ]
    negative = columns.integers("sample") < 0
    found += columns.violations_of("whole test set", negative, "samples are numbered from 0")
    if found:
        return found
    answers = answers_of(table)
    found = [
        violation
        for rule, broken in (
            ("unique sample", _repeated_samples(answers)),
            ("whole test set", _missing_samples(answers)),
            ("one class per sample", _facts_of_samples(answers)),
            ("correct as predicted", _correct_as_predicted(columns)),
        )
        for rows, why in broken
        for violation in columns.violations_of(rule, rows, why)
    ]
    return found or violations(_counted(answers, predictions.class_names))


def _repeated_samples(answers: Answers) -> Broken:
    why = "an evaluated model answers a sample once: is the same table there twice?"
    yield np.bincount(answers.place)[answers.place] > 1, why


def _missing_samples(answers: Answers) -> Broken:
    rows = np.bincount(answers.model)
    size = answers.size[answers.test_set]
    yield (
        (rows < size)[answers.model],
        lambda row: (
            "samples are numbered 0 to n - 1, and every evaluated model answers all of them: here "
            f"are {rows[answers.model[row]]:,} of {size[answers.model[row]]:,}"
        ),
    )


def _facts_of_samples(answers: Answers) -> Broken:
    columns = answers.columns
    sample, first = answers.sample, answers.first_rows()
    groups = [name for name in columns.table.column_names if name.startswith(GROUP)]
    for name in ("class_index", "sample_id", *groups):
        whole = pa.types.is_integer(columns.table.schema.field(name).type)
        values = columns.integers(name) if whole else columns.dictionary(name)[1]
        why = f"{name} is a fact about the sample: every model's row has the same"
        yield values != values[first[sample]], why


def _correct_as_predicted(columns: Columns) -> Broken:
    right = columns.integers("class_index") == columns.integers("predicted_index")
    told = columns.valid("predicted_index")
    why = "correct is whether predicted_index is class_index"
    yield told & (right != columns.integers("correct").astype(bool)), why


def recall_table_from(predictions: Predictions) -> pa.Table:
    """Return the recall table that a valid prediction table counts up to, sorted by its key.

    n_predicted is null for models with answers that are no class of the test set; n_both_correct
    is null where the model's unpruned version is not in the table.

    Example:
        >>> import pyarrow as pa, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "split": "test"}
        >>> of |= {"model": "seed-0", "method": "none", "ratio": 1.0, "stage": "baseline"}
        >>> answers = [(0, 0), (0, 1), (1, 1)]
        >>> rows = [
        ...     {**of, "sample": i, "class_index": c, "predicted_index": p, "correct": c == p}
        ...     for i, (c, p) in enumerate(answers)
        ... ]
        >>> table = pa.Table.from_pylist(rows, schema=dc.PREDICTION_TABLE)
        >>> predictions = dc.Predictions(table, {"pets": ("cat", "dog")})
        >>> dc.recall_table_from(predictions)["n_correct"].to_pylist()
        [1, 1]
    """
    return _counted(answers_of(predictions.table), predictions.class_names)


def _counted(answers: Answers, class_names: Mapping[str, Sequence[str]]) -> pa.Table:
    columns, model = answers.columns, answers.model
    true, answer = columns.integers("class_index"), columns.integers("predicted_index")
    correct = columns.integers("correct")
    classes = 1 + max(int(true.max()), int(answer.max()), 0)
    cells = answers.models.rows * classes
    told = columns.valid("predicted_index") & (answer >= 0)
    silent = np.bincount(model[~told], minlength=answers.models.rows) > 0
    cell = model * classes + np.maximum(true, 0)

    def count(where: IntArray | BoolArray) -> IntArray:
        return np.bincount(cell[where.astype(bool)], minlength=cells)

    samples = count(np.ones(columns.rows, dtype=bool))
    there = np.flatnonzero(samples)
    of_model = there // classes
    both, has_baseline = _both_correct(answers)
    predicted = np.bincount(model[told] * classes + answer[told], minlength=cells)
    rows = answers.models.table.take(pa.array(of_model))
    index = there % classes
    names = [
        _name_of(class_names.get(data_set), position)
        for data_set, position in zip(rows["dataset"].to_pylist(), index.tolist(), strict=True)
    ]
    counted = {
        "class_index": pa.array(index, pa.int32()),
        "class_name": pa.array(names, pa.string()),
        "n_samples": pa.array(samples[there]),
        "n_correct": pa.array(count(correct)[there]),
        "n_predicted": pa.array(predicted[there], mask=silent[of_model]),
        "n_both_correct": pa.array(count(both)[there], mask=~has_baseline[of_model]),
        "count_quality": pa.array(["exact"] * len(there)),
    }
    arrays = [
        counted[each.name]
        if each.name in counted
        else rows[each.name].cast(each.type)
        if each.name in EVALUATED_MODEL
        else pa.nulls(len(there), each.type)
        for each in RECALL_TABLE
    ]
    return pa.Table.from_arrays(arrays, schema=RECALL_TABLE)


def _name_of(names: Sequence[str] | None, index: int) -> str | None:
    return names[index] if names is not None and index < len(names) else None


def _both_correct(answers: Answers) -> tuple[IntArray, BoolArray]:
    """Return for each row whether it and its baseline are right, and which models have one."""
    baseline = answers.models.baseline_rows(BASELINE_KEY[:-1])
    correct = answers.columns.integers("correct")
    by_place = np.zeros(len(correct), dtype=np.int64)
    by_place[answers.place] = correct
    sample = answers.columns.integers("sample")
    before = by_place[answers.start[baseline][answers.model] + sample]
    return correct * before, baseline >= 0


def count_disagreements(predictions: Predictions, recall: pa.Table) -> list[Violation]:
    """Return where the counts of a recall table are not those of the predictions beside it.

    Args:
        predictions: A valid prediction table.
        recall: A valid recall table; evaluated models that only one of both has are passed over.

    Example:
        >>> import pyarrow as pa, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "split": "test"}
        >>> of |= {"model": "seed-0", "method": "none", "ratio": 1.0, "stage": "baseline"}
        >>> answers = [(0, 0), (0, 1), (1, 1)]
        >>> rows = [
        ...     {**of, "sample": i, "class_index": c, "predicted_index": p, "correct": c == p}
        ...     for i, (c, p) in enumerate(answers)
        ... ]
        >>> table = pa.Table.from_pylist(rows, schema=dc.PREDICTION_TABLE)
        >>> predictions = dc.Predictions(table, {"pets": ("cat", "dog")})
        >>> dc.count_disagreements(predictions, dc.recall_table_from(predictions))
        []
    """
    counts = ["n_samples", "n_correct"]
    ours = recall_table_from(predictions).select([*KEY, *counts])
    joined = recall.select([*KEY, *counts]).join(
        ours, keys=list(KEY), right_suffix="_predicted", join_type="inner"
    )
    broken = np.zeros(joined.num_rows, dtype=np.bool_)
    for name in counts:
        broken |= joined[name].to_numpy() != joined[f"{name}_predicted"].to_numpy()
    why = "the prediction table counts up to other numbers: are they of the same run?"
    return Columns(joined).violations_of("counts agree", broken, why)
