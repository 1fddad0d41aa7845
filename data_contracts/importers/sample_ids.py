"""Samples' ids as numbers: the same id is the same number in every file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.importers.labels import plain_label

UIntArray = npt.NDArray[np.uint64]

_WHOLE = "^(0|[1-9][0-9]{0,17})$"
_SHORT = 10**18  # no number below it has more digits than these
_MISSING_TEXTS = ("", "nan", "NaN", "<NA>")  # as csv has it, and as numpy and pandas write it
_NAME = "^[A-Za-z_/](.*[!-~])?$"  # no number, no blanks around it: `plain_label` changes nothing
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def hashed_ids(
    texts: Sequence[str] | pa.StringArray, codes: npt.NDArray[Any] | None = None
) -> UIntArray:
    """Return a number for each row's id, shape (rows,).

    Whole numbers and names are mixed to 64 bits: two of 50 million ids share a number with a
    probability below one in ten thousand, and would then be told as an id that is there twice.

    Args:
        texts: The ids, of each row or each of them once.
        codes: The place of each row's id among them; None where they are of each row.
    """
    hashes = _hashes(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()))
    return hashes if codes is None else hashes[codes]


def hashed_numbers(numbers: npt.NDArray[Any]) -> UIntArray:
    """Return what `hashed_ids` does of whole numbers written out, without writing them."""
    if len(numbers) and numbers.min() >= 0 and numbers.max() < _SHORT:
        return _mixed(numbers.astype(np.uint64))
    return hashed_ids([str(number) for number in numbers.tolist()])


def _hashes(column: pa.StringArray) -> UIntArray:
    """Return a number for each id."""
    # Ids of one kind, as nearly all are, need not become Python's text one by one.
    if pc.all(pc.match_substring_regex(column, _WHOLE)).as_py():
        return _mixed(column.cast(pa.uint64()).to_numpy())
    if pc.all(pc.match_substring_regex(column, _NAME)).as_py():
        return _hashed(column.to_pylist())
    plain = pa.array([plain_label(text) for text in column.to_pylist()], pa.string())
    whole = pc.match_substring_regex(plain, _WHOLE)
    is_whole = whole.to_numpy(zero_copy_only=False)
    hashes = np.empty(len(plain), dtype=np.uint64)
    hashes[is_whole] = _mixed(plain.filter(whole).cast(pa.uint64()).to_numpy())
    hashes[~is_whole] = _hashed(plain.filter(pc.invert(whole)).to_pylist())
    return hashes


def _hashed(names: list[str]) -> UIntArray:
    return pd.util.hash_array(np.array(names, dtype=object), categorize=False)


def _mixed(numbers: UIntArray) -> UIntArray:
    """Return numbers mixed one to one (the end of SplitMix64; Steele et al. 2014)."""
    mixed = (numbers ^ (numbers >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    return mixed ^ (mixed >> np.uint64(31))


MISSING_IDS: UIntArray = hashed_ids(_MISSING_TEXTS, np.arange(len(_MISSING_TEXTS)))
"""The numbers of cells without an id."""
