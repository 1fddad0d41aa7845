"""Labels as numbers that stay the same over all pieces of a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.labels import fault_of_label, plain_label

MOST_LABELS: Final = 100_000
"""More distinct labels than this are no classes but, say, file names."""

Place = Callable[[int], str]
"""Says where a row of a piece is: `line 7`."""


@dataclass
class LabelCodes:
    """Codes 0, 1, 2 ... of the labels seen so far, in the order in which they came.

    Attributes:
        source: What an error calls the file.
        fault: Says why a text cannot be a label, or None.
        texts: The label of each code.
    """

    source: str
    fault: Callable[[str], str | None] = fault_of_label
    texts: list[str] = field(default_factory=list)
    _code_of: dict[str, int] = field(default_factory=dict)

    def coded(
        self, column: str, texts: Sequence[str], codes: npt.NDArray[Any], place: Place
    ) -> npt.NDArray[np.int32]:
        """Return the code of every row of a piece, shape (rows,).

        Args:
            column: The column's name.
            texts: The distinct texts of the piece.
            codes: The place of each row's text among them.
            place: Says where a row is.

        Raises:
            ContractError: A text is no label, or there are too many labels to be classes.
        """
        ours = np.empty(len(texts), dtype=np.int32)
        for number, text in enumerate(texts):
            known = self._code_of.get(text)
            if known is None:
                known = self._new(column, number, text, codes, place)
            ours[number] = known
        rows: npt.NDArray[np.int32] = ours[codes]
        return rows

    def code(self, label: str) -> int:
        """Return the code of a label, a new one if it was not seen yet."""
        if label not in self._code_of:
            self._code_of[label] = len(self.texts)
            self.texts.append(label)
        return self._code_of[label]

    def _new(
        self, column: str, number: int, text: str, codes: npt.NDArray[Any], place: Place
    ) -> int:
        label = plain_label(text)
        fault = self.fault(label)
        if fault is not None:
            rows = np.flatnonzero(codes == number)
            if not len(rows):  # in the dictionary, but of no row
                return -1
            raise ContractError(f"{self.source}, {place(int(rows[0]))}: {column} {fault}")
        if len(self.texts) >= MOST_LABELS:
            raise ContractError(
                f"{self.source}: column {column!r} has more than {MOST_LABELS:,} distinct values: "
                "does it hold labels?"
            )
        known = self.code(label)
        self._code_of[text] = known
        return known


def fault_of_group(text: str) -> str | None:
    """Return why a text cannot say which model a row is of, or None."""
    if text.casefold() in ("", "nan", "<na>"):
        return "is empty: every row has to say it"
    return None
