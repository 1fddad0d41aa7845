"""True labels in a file of their own, joined to the answers by id, else by the order of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.described import ImportOptions
from data_contracts.importers.evaluated import IntArray
from data_contracts.importers.labels import LabelCodes
from data_contracts.importers.names import ALIASES
from data_contracts.importers.read.pieces import Piece, PredictionFile, open_predictions
from data_contracts.sources import note_input
from data_contracts.words import listed


def with_truth(
    file: PredictionFile, path: Path, source: Path, options: ImportOptions
) -> tuple[PredictionFile, ImportOptions]:
    """Return a prediction file with the true labels of another, `source`, beside its own columns.

    The options that come back say which columns these are. In a file without true labels, a
    column `label` holds answers, as in the files that Kaggle asks for.

    Raises:
        ContractError: Ids are missing, there twice or in one file only, lengths differ where
            there are no ids, or a column is not found.
    """
    note_input(source)
    truth = open_predictions(source, alone="y_true")
    true = _column(truth.names, "y_true", options) or _only_other(truth, options)
    if true is None:
        raise ContractError(
            f"{source} has no column y_true, only {listed(truth.names, 8)}: say which holds the "
            "true labels with --column y_true=NAME"
        )
    ours, theirs = (_column(each.names, "id", options) for each in (file, truth))
    if ours is None or theirs is None:
        shared = [name for name in truth.names if name in file.names and name != true]
        ours = theirs = shared[0] if len(shared) == 1 else None
    known = {**options.columns, "y_true": f"{true} of {source}", "id": ours or ""}
    answer, label = (_column(file.names, name, options) for name in ("y_pred", "y_true"))
    if label is not None and answer is None and set(file.names) <= {label, ours}:
        answer, label = label, None
    if label is not None:
        raise ContractError(
            f"{path} has true labels of its own, {label!r}: leave out --truth; or say which column "
            "holds the answers with --column y_pred=NAME, and leave this one out of the file"
        )
    if answer is not None:
        known["y_pred"] = answer
    labels = _Truth(source, truth, true, theirs if ours else None)

    def pieces(
        columns: Sequence[str], scores: Sequence[str], ids: Sequence[str]
    ) -> Iterator[Piece]:
        own = [name for name in columns if name != known["y_true"]]
        if len(own) == len(columns):
            yield from file.pieces(columns, scores, ids)
            return
        own = list(dict.fromkeys((*own, *([ours] if ours else [])))) or [file.names[0]]
        first, counted = 0, np.zeros(len(labels.codes), dtype=np.int64)
        for piece in file.pieces(own, scores, ids or ([ours] if ours else [])):
            rows = labels.places(piece, ours, first, path, file)
            np.add.at(counted, rows, 1)
            codes = pa.array(labels.codes[rows])
            column = pa.DictionaryArray.from_arrays(codes, pa.array(labels.known.texts))
            yield replace(piece, columns={**piece.columns, known["y_true"]: column})
            first += piece.rows
        labels.refuse_unequal(counted, path, "subset" in options.confirmed)

    names = (*file.names, known["y_true"])
    return replace(file, names=names, pieces=pieces), replace(options, columns=known)


def _column(names: Sequence[str], ours: str, options: ImportOptions) -> str | None:
    """Return the column that is meant, of several ids the file's first; None where none is."""
    aliases = ALIASES[ours]
    said = options.columns.get(ours)
    if said is not None and said not in names:
        options = replace(options, columns={**options.columns, ours: ours})
    found = options.columns_meant(ours, names, aliases)
    return min(found, key=names.index) if len(found) == 1 or (found and ours == "id") else None


def _only_other(truth: PredictionFile, options: ImportOptions) -> str | None:
    others = [name for name in truth.names if name != _column(truth.names, "id", options)]
    return others[0] if len(others) == 1 else None


class _Truth:
    """The true labels of a file, and the ids of their samples where it has some."""

    def __init__(self, source: Path, file: PredictionFile, column: str, ids: str | None) -> None:
        self.source, self.file, self.id = source, file, ids
        self.known = LabelCodes()
        found, numbers = [], []
        rows = 0
        for piece in file.pieces([column, *([ids] if ids else [])], (), [ids] if ids else ()):
            first = rows
            found.append(
                self.known.coded(
                    column,
                    *piece.labels(column),
                    lambda row, first=first: f"{source}, {file.place(first + row)}",  # type: ignore[misc]
                )
            )
            numbers += [piece.ids(ids)] if ids else []
            rows += piece.rows
        if not rows:
            raise ContractError(f"{source} has no rows: is it cut off?")
        self.codes = np.concatenate(found)
        self.ids: pd.Index[Any] | None = pd.Index(np.concatenate(numbers)) if numbers else None
        if self.ids is not None and not self.ids.is_unique:
            row = int(np.argmax(self.ids.duplicated()))
            raise ContractError(
                f"{source}, {file.place(row)}: its {ids} is there twice: give every sample an id "
                "of its own"
            )

    def places(
        self, piece: Piece, column: str | None, first: int, path: Path, file: PredictionFile
    ) -> npt.NDArray[np.intp]:
        """Return the row in the truth of each row of a piece; `first` rows came before it."""
        if self.ids is None or column is None:
            if first + piece.rows > len(self.codes):
                raise self._other_length(path, "more than ")
            return np.arange(first, first + piece.rows)
        found = self.ids.get_indexer(pd.Index(piece.ids(column)))
        if (found < 0).any():
            row = int(np.argmax(found < 0))
            texts, codes = piece.labels(column)
            raise ContractError(
                f"{path}, {file.place(first + row)}: {column} {texts[int(codes[row])]!r} is not in "
                f"{self.source}: both must be of the same samples"
            )
        return found

    def refuse_unequal(self, counted: IntArray, path: Path, subset: bool) -> None:
        """Refuse samples that are not answered, or not as often as others."""
        if not counted.any() or (counted == counted[0]).all():
            return
        if self.ids is None:
            raise self._other_length(path, "less than ")
        if subset and counted.max() == 1:
            return
        row = int(np.argmax(counted != counted.max()))
        raise ContractError(
            f"{self.source}, {self.file.place(row)}: {path} answers this sample {counted[row]} "
            f"times, and others {counted.max()} times: is an answer missing, or there twice? If "
            "the truth is of more samples on purpose, say --confirm subset"
        )

    def _other_length(self, path: Path, more: str) -> ContractError:
        return ContractError(
            f"{self.source} has {len(self.codes):,} true labels, but {path} has {more}so many "
            "answers, and not both have ids to join them by: give one of each per sample"
        )
