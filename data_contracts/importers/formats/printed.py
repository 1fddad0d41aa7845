"""Confusion matrices as programs print them: numpy, torch, pandas' crosstab, R's table, Weka."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described, Rows
from data_contracts.importers.names import ALIASES, folded
from data_contracts.importers.read.records import number_in

_ARRAY = re.compile(r"\[\s*\[[^][]*\](?:[\s,.]*\[[^][]*\])*[\s.]*\]")
_ARRAY_ROW = re.compile(r"\[([^][]*)\]")
_WEKA_HEADER = re.compile(r"[a-z\s]*<-- classified as\s*")
_WEKA_ROW = re.compile(r"([\d\s.]+)\|\s+\S+\s+=\s?(.*)")
_SIDES: dict[str, Rows] = {
    **dict.fromkeys((*ALIASES["y_true"], "y_true", "observed"), "true"),
    **dict.fromkeys((*ALIASES["y_pred"], "y_pred"), "predicted"),
}


class Matrix(NamedTuple):
    """A confusion matrix as a file has it; `names` and `rows` are None where it does not say."""

    cells: Any  # an array, or texts row by row
    names: Sequence[str] | None = None
    rows: Rows | None = None
    is_list: bool = False  # of pairs, whose columns say the sides
    described: Described = Described()


def printed_matrix(text: str, source: str) -> Matrix | None:
    """Return the one matrix that a text prints, with whatever stands around it; None if none is.

    Raises:
        ContractError: There are several, or numpy has left rows out.
    """
    lines = text.splitlines()
    arrays = [_ARRAY_ROW.findall(array) for array in _ARRAY.findall(text)]
    found = [Matrix([re.split(r"[\s,]+", row.strip(" ,\n")) for row in rows]) for rows in arrays]
    for place in range(len(lines)):
        each = _of_weka(lines, place) or _between_sides(lines, place)
        found += [] if each is None else [each]
    if len(found) > 1:
        raise ContractError(f"{source} prints {len(found)} matrices: keep the one that is meant")
    if found and any("..." in row for row in found[0].cells):
        raise ContractError(
            f"{source}: rows are left out ('...'): print all of them after "
            "numpy.set_printoptions(threshold=sys.maxsize), or save the array"
        )
    return found[0] if found else None


def _of_weka(lines: Sequence[str], place: int) -> Matrix | None:
    """Return the matrix below Weka's `a b c <-- classified as`, whose rows are true classes."""
    if not _WEKA_HEADER.fullmatch(lines[place]):
        return None
    cells, names = [], []
    for line in lines[place + 1 :]:
        row = _WEKA_ROW.fullmatch(line.strip())
        if row:
            cells.append(row[1].split())
            names.append(row[2])
        elif line.strip():
            break
    return Matrix(cells, names, "true") if cells else None


def _between_sides(lines: Sequence[str], place: int) -> Matrix | None:
    """Return the matrix below two lines that name both sides, as R and pandas print a table.

    R writes the columns' side above and the rows' side before the names of classes; pandas writes
    the columns' side before the names, and the rows' side below.
    """
    above, below = (line.split() for line in (*lines[place : place + 2], "")[:2])
    if len(above) == 1 and len(below) > 1:
        columns, (rows, *names) = above[0], below
    elif len(below) == 1 and len(above) > 1:
        rows, (columns, *names) = below[0], above
    else:
        return None
    sides = [_SIDES.get(folded(side)) for side in (rows, columns)]
    if None in sides or sides[0] == sides[1]:
        return None
    body = []
    for line in lines[place + 2 :]:
        words = line.split()
        if not words or number_in(words[-1]) is None:
            break
        body.append(words)
    width = len(body)
    labels = [" ".join(words[:-width]) for words in body]  # names may hold blanks
    if not body or " ".join(labels) != " ".join(names):
        return None
    return Matrix([words[-width:] for words in body], labels, sides[0])
