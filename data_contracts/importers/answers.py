"""Which samples a model answered right, small enough to keep for many models."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

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
