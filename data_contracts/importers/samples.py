"""Which samples a model answered right, small enough to keep for many models."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.importers.labels import plain_label

UIntArray = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class IdPlace:
    """Where an id stands.

    Attributes:
        column: The column of ids.
        text: The id as the file has it.
        place: `b.csv, line 7`.
    """

    column: str
    text: str
    place: str


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples that models were evaluated on, in the order of a file.

    Attributes:
        class_names: Labels as text.
        truth: The true class of each sample, as a position in `class_names`, shape (samples,).
        ids: A number for each sample that is the same in every file, shape (samples,); None
            where the file has no column of ids, and only the order says which sample is which.
    """

    class_names: tuple[str, ...]
    truth: npt.NDArray[np.integer[Any]]
    ids: UIntArray | None = None

    @cached_property
    def digest(self) -> str:
        """A hash of samples and order: equal for files that can be compared row by row."""
        found = hashlib.blake2b(digest_size=16)
        found.update(repr(self.class_names).encode())
        found.update(np.ascontiguousarray(self.truth).data)
        if self.ids is not None:
            found.update(np.ascontiguousarray(self.ids).data)
        return found.hexdigest()


@dataclass(frozen=True, eq=False)
class Answers:
    """One model's right answers.

    Attributes:
        samples: What was asked; files with the same samples in the same order share one.
        right: Whether each was answered right, eight to a byte (`numpy.packbits`).
        find: Returns where a number of `samples.ids` stands in the model's file, its first two
            places: the file is read again, since only errors need it.
    """

    samples: Samples
    right: npt.NDArray[np.uint8]
    find: Callable[[int], list[IdPlace]]

    def is_right(self) -> npt.NDArray[np.bool_]:
        """Return whether each sample was answered right, shape (samples,)."""
        return np.unpackbits(self.right, count=len(self.samples.truth)).view(np.bool_)


_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
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
    if pc.all(pc.match_substring_regex(column, f"^({_WHOLE.pattern})$")).as_py():
        return _mixed(column.cast(pa.uint64()).to_numpy())
    if pc.all(pc.match_substring_regex(column, _NAME)).as_py():
        return _hashed(column.to_pylist())
    plain = [plain_label(text) for text in column.to_pylist()]
    hashes = np.empty(len(plain), dtype=np.uint64)
    whole = np.fromiter((_WHOLE.fullmatch(text) is not None for text in plain), bool, len(plain))
    numbers = [int(text) for text, is_whole in zip(plain, whole, strict=True) if is_whole]
    names = [text for text, is_whole in zip(plain, whole, strict=True) if not is_whole]
    hashes[whole] = _mixed(np.array(numbers, dtype=np.uint64))
    if names:
        hashes[~whole] = _hashed(names)
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
