"""Prediction tables as files: sorted so that they are small, and told apart from recall tables.

Rows are written sample by sample: the models' answers to one sample lie together and are mostly
the same, so a file takes a quarter of what it does model by model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import fs

from data_contracts.columns import Columns
from data_contracts.errors import ContractError
from data_contracts.prediction_table import (
    KIND,
    PREDICTION_TABLE,
    TEXT,
    Answers,
    Predictions,
    answers_of,
    cast_predictions,
    key_of_test_set,
    prediction_violations,
)
from data_contracts.provenance import Provenance, check_version
from data_contracts.reading import metadata_of, opened, read_whole
from data_contracts.schema import METADATA_KEY, TEST_SET
from data_contracts.sources import SourceFile, find_files
from data_contracts.words import listed
from data_contracts.writing import write_parquet

_Said = dict[str, tuple[Any, str]]  # what is said of each thing, and by which file


def write_prediction_table(
    predictions: Predictions,
    path: str | Path,
    provenance: Provenance,
    *,
    filesystem: fs.FileSystem | None = None,
) -> None:
    """Write a prediction table to a Parquet file, if it keeps every rule.

    Rows are sorted sample by sample, then by model; the same rows give the same bytes in whatever
    order they came. The order of samples is told by a digest of `sample_id` where it is filled.

    Args:
        predictions: Rows, names of classes, and digests that the caller knows.
        path: The file, or a URI.
        provenance: Where the answers came from.
        filesystem: Where the path is; by default this machine, or what a URI says.

    Raises:
        ContractError: The table breaks a rule, or the file cannot be written.

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
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "predictions.parquet")
        >>> dc.write_prediction_table(predictions, file, dc.Provenance(producer="my loop"))
        >>> file.exists()
        True
    """
    table = cast_predictions(predictions.table, f"the table for {path}")
    found = prediction_violations(Predictions(table, predictions.class_names))
    if found:
        raise ContractError.from_violations(f"the table for {path}", found)
    answers = answers_of(table)
    order = np.argsort(answers.sample * answers.models.rows + answers.model)
    table = _with_sorted_words(answers.columns).take(pa.array(order)).combine_chunks()
    about = json.loads(provenance.to_json()) | {
        "kind": KIND,
        "class_names": {name: list(names) for name, names in predictions.class_names.items()},
        "samples": {**predictions.digests, **_digests(answers)},
    }
    text = json.dumps(about, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_parquet(
        table.replace_schema_metadata({METADATA_KEY: text.encode()}),
        path,
        filesystem,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in ("sample", "correct")],
        column_encoding={"sample": "DELTA_BINARY_PACKED"},
    )


def read_prediction_table(
    sources: str | Path | Sequence[str | Path], *, filesystem: fs.FileSystem | None = None
) -> Predictions:
    """Return the union of prediction tables, under the contract's schema and valid.

    Args:
        sources: Files, folders, globs or URIs; of a folder, its prediction tables.
        filesystem: Where the paths are; by default this machine, or what a URI says.

    Raises:
        ContractError: A source cannot be found or read, holds no prediction table, or breaks a
            rule; two files name the classes of a data set differently, or have the samples of a
            test set in another order.

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
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "predictions.parquet")
        >>> dc.write_prediction_table(predictions, file, dc.Provenance(producer="my loop"))
        >>> dc.read_prediction_table(file).class_names
        {'pets': ('cat', 'dog')}
    """
    given = [sources] if isinstance(sources, str | Path) else sources
    files = find_files(given, filesystem)
    texts = [each.name for each in PREDICTION_TABLE if each.type == TEXT]
    tables = []
    class_names: _Said = {}
    digests: _Said = {}
    for file in files:
        with opened(file, texts) as parquet:
            about = metadata_of(parquet, file) or {}
            if about.get("kind") != KIND:
                continue
            check_version(about, file.name)
            names = {name: tuple(each) for name, each in about.get("class_names", {}).items()}
            _agree(class_names, file, "the classes of data set", names)
            _agree(digests, file, "the order of the samples of", about.get("samples", {}))
            rows = read_whole(parquet, file, parquet.schema_arrow.names)
        tables.append(cast_predictions(rows, file.name))
    if not tables:
        raise ContractError(
            f"{listed(map(str, given))} holds no prediction table: `rdtrain run` and `rdstats "
            "import predictions --predictions FILE` write one"
        )
    union = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
    known = ({key: value for key, (value, _) in each.items()} for each in (class_names, digests))
    predictions = Predictions(union, *known)
    found = prediction_violations(predictions)
    if found:
        raise ContractError.from_violations(listed(map(str, given)), found)
    return predictions


def is_prediction_table(file: SourceFile) -> bool:
    """Return whether a Parquet file says of itself that it is a prediction table."""
    with opened(file) as parquet:
        return (metadata_of(parquet, file) or {}).get("kind") == KIND


def _with_sorted_words(columns: Columns) -> pa.Table:
    """Return the table with each text column's words in order: the same words, the same bytes."""
    table = columns.table
    for position, each in enumerate(table.schema):
        if each.type == TEXT:
            words, codes = columns.dictionary(each.name)
            codes = pa.array(codes.astype(np.int32), mask=~columns.valid(each.name))
            array = pa.DictionaryArray.from_arrays(codes, words)
            table = table.set_column(position, each, array)
    return table


def _digests(answers: Answers) -> dict[str, str]:
    """Return what the ids of each test set hash to, in the order of its samples."""
    if not answers.columns.valid("sample_id").all():
        return {}
    ids = answers.columns.table["sample_id"].take(pa.array(answers.first_rows())).to_pylist()
    found, start = {}, 0
    for test_set, size in enumerate(answers.size.tolist()):
        row = int(np.flatnonzero(answers.test_set == test_set)[0])
        name = key_of_test_set(answers.models.value(part, row) for part in TEST_SET)
        text = "\n".join(ids[start : start + size])
        found[name] = hashlib.sha256(text.encode()).hexdigest()
        start += size
    return found


def _agree(said: _Said, file: SourceFile, what: str, more: Mapping[str, Any]) -> None:
    """Keep what a file says beside what others said, which must be the same."""
    for key, value in more.items():
        known, source = said.setdefault(key, (value, file.name))
        if known != value:
            raise ContractError(
                f"{source} and {file.name} differ in {what} {key!r}: answers to other samples are "
                "never joined; analyse them apart, or export both again"
            )
