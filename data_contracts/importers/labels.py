"""Labels as text: what counts as the same label, as a missing one, and their order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.words import natural_key

_WHOLE = re.compile(r"[+-]?\d+")
_SHORT_WHOLE = re.compile(r"[+-]?\d{1,18}")
_WHOLE_AS_FLOAT = re.compile(r"([+-]?\d+)\.0*")
_SCIENTIFIC = re.compile(r"[+-]?(\d+\.\d*[eE][+-]?\d{1,2}|\d+[eE][+-]\d{1,2})")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_FRACTION = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
_MISSING = frozenset({"", "nan", "na", "n/a", "<na>", "#n/a", "null"})


def plain_label(text: str) -> str:
    """Return a label without blanks around it, and a whole number as its digits.

    `3.0` is `3`, and so is `3.000e+00`, as `numpy.savetxt` writes it. `3e0` stays: it may be a
    name in hexadecimal digits.
    """
    text = text.strip()
    whole = _WHOLE_AS_FLOAT.fullmatch(text)
    if whole:
        return whole[1]
    if text.isascii() and _SCIENTIFIC.fullmatch(text):
        number = Decimal(text)
        if abs(number) < 10**18 and number == number.to_integral_value():
            return str(int(number))
    return text


def fault_of_label(text: str) -> str | None:
    """Return why a text, as `plain_label` gives it, is no label; None if it is one."""
    if text.casefold() in _MISSING:
        return "is empty" if not text else f"is {text!r}, which reads as missing"
    if _DECIMAL_COMMA.fullmatch(text):
        return f"is {text!r}: a decimal comma; write whole numbers or names"
    number = _FRACTION.fullmatch(text)
    if number and number[2]:
        return f"is {text!r}, scientific notation: it is a score, or a label to be written out"
    if number and not _WHOLE.fullmatch(text):
        return f"is {text!r}: a number with a fraction is a score, not a label"
    if text.casefold() in {"inf", "-inf", "+inf", "infinity", "-infinity"}:
        return f"is {text!r}, which is no label"
    return None


def in_class_order(labels: Iterable[str]) -> list[str]:
    """Return labels in the order of their classes.

    Labels that all read as whole numbers are ordered as numbers; others by name, where numbers
    inside names count as numbers (`class 2` before `class 10`).
    """
    names = list(labels)
    if all(_SHORT_WHOLE.fullmatch(name) for name in names):
        return sorted(names, key=lambda name: (int(name), name))
    return sorted(names, key=natural_key)


MOST_LABELS: Final = 100_000
"""More distinct labels than this are no classes but, say, file names."""

Place = Callable[[int], str]
"""Says where a row is: `p.csv, line 7`."""


@dataclass
class LabelCodes:
    """Codes 0, 1, 2 ... of the labels seen so far, in the order in which they came.

    Attributes:
        fault: Says why a text cannot be a label, or None.
        texts: The label of each code.
    """

    fault: Callable[[str], str | None] = fault_of_label
    texts: list[str] = field(default_factory=list)
    _code_of: dict[str, int] = field(default_factory=dict)

    def coded(
        self, column: str, texts: Sequence[str], codes: npt.NDArray[Any], place: Place
    ) -> npt.NDArray[np.int32]:
        """Return the code of every row, shape (rows,).

        Args:
            column: What an error calls the label.
            texts: The distinct texts of these rows.
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

    def _new(
        self, column: str, number: int, text: str, codes: npt.NDArray[Any], place: Place
    ) -> int:
        label = plain_label(text)
        fault = self.fault(label)
        if fault is None and len(self.texts) >= MOST_LABELS:
            fault = f"has more than {MOST_LABELS:,} distinct values: does it hold labels?"
        if fault is not None:
            rows = np.flatnonzero(codes == number)
            if not len(rows):  # in the dictionary, but of no row
                return -1
            raise ContractError(f"{place(int(rows[0]))}: {column} {fault}")
        if label not in self._code_of:
            self._code_of[label] = len(self.texts)
            self.texts.append(label)
        self._code_of[text] = self._code_of[label]
        return self._code_of[label]


def fault_of_group(text: str) -> str | None:
    """Return why a text cannot say which model a row is of, or None."""
    if text.casefold() in ("", "nan", "<na>"):
        return "is empty: every row has to say it"
    return None
