"""Where an id stands in its file, for errors: only its number was kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data_contracts.importers.answers import IdPlace
from data_contracts.importers.labels import plain_label
from data_contracts.importers.options import ImportOptions
from data_contracts.importers.prediction_files import open_predictions
from data_contracts.importers.prediction_pieces import Piece
from data_contracts.importers.prediction_roles import roles_of
from data_contracts.importers.sample_ids import hashed_ids


def places_of_id(
    path: Path, options: ImportOptions, model: Sequence[str], number: int
) -> list[IdPlace]:
    """Return the first two places of an id among a model's rows.

    Args:
        path: A prediction file that was read before; it is read again, up to the second place.
        options: As it was read.
        model: What the columns that say which model a row is of hold for this model.
        number: The id's number (`sample_ids.py`).
    """
    file = open_predictions(path)
    roles = roles_of(file.names, file.matrices, options, str(path))
    if roles.id is None:
        return []
    found: list[IdPlace] = []
    first = 0
    for piece in file.pieces((roles.id, *roles.groups.values()), (), (roles.id,)):
        texts, codes = piece.labels(roles.id)
        for row in np.flatnonzero(hashed_ids(texts, codes) == np.uint64(number)).tolist():
            if _said(piece, tuple(roles.groups.values()), row) == tuple(model):
                place = f"{path}, {file.place(first + row)}"
                found.append(IdPlace(roles.id, texts[int(codes[row])].strip(), place))
                if len(found) == 2:
                    return found
        first += piece.rows
    return found


def _said(piece: Piece, columns: Sequence[str], row: int) -> tuple[str, ...]:
    """Return what a row says of its model."""
    said = []
    for column in columns:
        texts, codes = piece.labels(column)
        said.append(plain_label(texts[int(codes[row])]))
    return tuple(said)
