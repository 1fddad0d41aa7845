"""Which samples were right: a prediction table beside the counts of its evaluated models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.prediction_files import is_prediction_table, read_prediction_table
from data_contracts.prediction_table import (
    Predictions,
    answers_of,
    cast_predictions,
    count_disagreements,
    prediction_violations,
    recall_table_from,
)
from data_contracts.reading import is_recall_table, read_recall_table
from data_contracts.schema import EVALUATED_MODEL
from data_contracts.sources import SourceFile, find_files
from rdstats.statistics.arrays import BoolArray, IntArray

_NOWHERE = (-1, -1)


@dataclass(frozen=True)
class RightAnswers:
    """Right and wrong answers of evaluated models, by test set."""

    right: tuple[BoolArray, ...]  # of each test set, shape (its models, its samples)
    class_index: tuple[IntArray, ...]  # of each test set's samples, shape (samples,)
    place: dict[tuple[object, ...], tuple[int, int]]  # test set and row, by `EVALUATED_MODEL`

    def of(self, models: Sequence[tuple[object, ...]]) -> tuple[BoolArray, IntArray] | None:
        """Return the answers of some evaluated models of one test set, and each sample's class.

        Args:
            models: Their keys, the columns `EVALUATED_MODEL`.

        Returns:
            Shape (models, samples), and the class_index of each sample, shape (samples,); None
            where one model has no answers.
        """
        places = [self.place.get(key, _NOWHERE) for key in models]
        test_sets = {test_set for test_set, _ in places}
        if len(test_sets) != 1 or -1 in test_sets:
            return None
        (test_set,) = test_sets
        right = self.right[test_set][[row for _, row in places]]
        return right, self.class_index[test_set]


def right_answers(table: pa.Table) -> RightAnswers:
    """Return a valid prediction table as arrays of right and wrong."""
    answers = answers_of(table)
    correct = np.zeros(len(answers.place), dtype=bool)
    correct[answers.place] = answers.columns.integers("correct") > 0
    classes = answers.columns.integers("class_index")[answers.first_rows()]
    labels = answers.models.table.select(list(EVALUATED_MODEL)).to_pylist()
    right, class_index, place = [], [], {}
    start = 0
    for test_set, size in enumerate(answers.size.tolist()):
        models = np.flatnonzero(answers.test_set == test_set)
        cells = answers.start[models][:, np.newaxis] + np.arange(size)
        right.append(correct[cells])
        class_index.append(classes[start : start + size])
        start += size
        for row, model in enumerate(models.tolist()):
            place[tuple(labels[model].values())] = test_set, row
    return RightAnswers(tuple(right), tuple(class_index), place)


def read_with_answers(paths: Sequence[str]) -> tuple[pa.Table, RightAnswers] | None:
    """Return the recall table of sources that hold predictions, and the answers; None without.

    Where the sources hold a recall table as well, both must count the same.

    Raises:
        ContractError: A source cannot be found or read, a table breaks a rule, or the counts of
            both kinds differ.
    """
    files = find_files(paths)
    of_answers = [file for file in files if is_prediction_table(file)]
    if not of_answers:
        return None
    place = files[0].filesystem  # of all: sources on two systems are read apart
    predictions = read_prediction_table([file.path for file in of_answers], filesystem=place)
    counted = recall_table_from(predictions)
    kept = [file.path for file in files if file not in of_answers and _counts(file)]
    if kept:
        counted = read_recall_table(kept, filesystem=place)
        found = count_disagreements(predictions, counted)
        if found:
            raise ContractError.from_violations("the recall table", found)
    return counted, right_answers(predictions.table)


def _counts(file: SourceFile) -> bool:
    """Return whether a file is a recall table; one that is named itself is meant to be one."""
    return not file.in_folder or is_recall_table(file)


def is_predictions(table: pa.Table) -> bool:
    """Return whether the columns of a table in memory are those of a prediction table."""
    return {*EVALUATED_MODEL, "sample", "class_index", "correct"} <= set(table.column_names)


def counted_answers(table: pa.Table, name: str) -> tuple[pa.Table, RightAnswers]:
    """Return the recall table of a prediction table in memory, and the answers.

    Raises:
        ContractError: It breaks a rule of prediction tables; the error calls it `name`.
    """
    predictions = Predictions(cast_predictions(table, name))
    found = prediction_violations(predictions)
    if found:
        raise ContractError.from_violations(name, found)
    return recall_table_from(predictions), right_answers(predictions.table)
