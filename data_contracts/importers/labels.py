"""Labels and ids of samples as text: what counts as the same, as missing, and their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from data_contracts.words import listed, natural_key

_WHOLE = re.compile(r"[+-]?\d+")
_SHORT_WHOLE = re.compile(r"[+-]?\d{1,18}")
_WHOLE_AS_FLOAT = re.compile(r"\+?(-?\d+)(?:\.0*)?", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?(\d+\.\d*[eE][+-]?\d{1,2}|\d+[eE][+-]\d{1,2})")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_FRACTION = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
_MISSING = frozenset({"", "nan", "na", "n/a", "<na>", "#n/a", "null"})


def plain_label(text: str) -> str:
    """Return a label without blanks around it, and a whole number as its digits.

    `3.0` and `+3` are `3`, and so is `3.000e+00`, as `numpy.savetxt` writes it. `3e0` stays: it
    may be a name in hexadecimal digits. Composed and decomposed letters are the same (NFC).
    """
    text = text.strip() if text.isascii() else unicodedata.normalize("NFC", text.strip())
    whole = _WHOLE_AS_FLOAT.fullmatch(text)
    if whole:
        return whole[1]
    if text.isascii() and _SCIENTIFIC.fullmatch(text):
        number = Decimal(text)
        if abs(number) < 10**18 and number == number.to_integral_value():
            return str(int(number))
    return text


def is_text(value: str) -> bool:
    """Return whether a text can be written: it holds no half of a character (a lone surrogate)."""
    return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)


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


def refuse_other_labels(
    unanswered: Sequence[str], untrue: Sequence[str], source: str, confirmed: Container[str]
) -> None:
    """Refuse true labels that are never answered beside answers that are never true.

    They may be the same classes in two spellings, or numbered from 0 and from 1; taken as they
    stand they are dead classes that no compression killed.

    Args:
        unanswered: True labels that no sample is answered with.
        untrue: Answers that are no sample's true label.
        source: What the error calls the file or array.
        confirmed: Holds `labels` where the caller says that they are right.

    Raises:
        ContractError: There are both, and they are not confirmed; names the likely reason.
    """
    if not unanswered or not untrue or "labels" in confirmed:
        return

    def folded(text: str) -> str:
        return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).casefold())

    twins = {folded(text): text for text in unanswered}
    twin = next((text for text in untrue if folded(text) in twins), None)
    if twin is not None:
        reason = f"{twins[folded(twin)]!a} and {twin!a} look like one class in two spellings."
    elif all(map(_SHORT_WHOLE.fullmatch, (*unanswered, *untrue))):
        reason = "is one side numbered from 0 and the other from 1?"
    else:
        reason = "are they the same classes, called otherwise?"
    raise ContractError(
        f"{source}: no answer is ever {listed(unanswered)}, and no true label is ever "
        f"{listed(untrue)}: {reason} If both are right, say --confirm labels (in Python: labels=)"
    )


MOST_LABELS: Final = 100_000
"""More distinct labels than this are no classes but, say, file names."""

Place = Callable[[int], str]
"""Says where a row is: `p.csv, line 7`."""


@dataclass
class LabelCodes:
    """Codes 0, 1, 2 ... of the labels seen so far, in the order in which they came."""

    fault: Callable[[str], str | None] = fault_of_label  # why a text cannot be a label, or None
    texts: list[str] = field(default_factory=list)  # the label of each code
    _code_of: dict[str, int] = field(default_factory=dict)

    def coded(
        self, column: str, texts: Sequence[str], codes: npt.NDArray[Any], place: Place
    ) -> npt.NDArray[np.int32]:
        """Return the code of every row, shape (rows,); refuse what is no label, and too many.

        `texts` are the distinct texts of these rows, `codes` the place of each row's among them.
        """
        ours = np.empty(len(texts), dtype=np.int32)
        for number, text in enumerate(texts):
            known = self._code_of.get(text)
            if known is None:
                known = self._new(column, number, text, codes, place)
            ours[number] = known
        return ours[codes]  # type: ignore[no-any-return]

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


def text_of(value: object) -> str:
    """Return a value as a label's text: 3.0 as 3, nothing as an empty one."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


UIntArray = npt.NDArray[np.uint64]

_WHOLE_ID = "^(0|[1-9][0-9]{0,17})$"
_SHORT_ID = 10**18  # no number below it has more digits than these
_NAME_ID = "^[A-Za-z_/](.*[!-~])?$"  # no number, no blanks around it: `plain_label` changes nothing


def hashed_ids(
    texts: Sequence[str] | pa.StringArray, codes: npt.NDArray[Any] | None = None
) -> UIntArray:
    """Return a number for each row's id that is the same in every file, shape (rows,).

    Whole numbers and names are mixed to 64 bits, numbers one to one: two of 50 million ids share a
    number with a probability below one in ten thousand, and would then be told as an id that is
    there twice.
    `texts` are each row's, or distinct ones of which `codes` say which is each row's.
    """
    column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string())
    # Ids that are plain already, as nearly all are, need not become Python's text one by one.
    if not pc.all(pc.match_substring_regex(column, f"{_WHOLE_ID}|{_NAME_ID}")).as_py():
        column = pa.array([plain_label(text) for text in column.to_pylist()], pa.string())
    whole = pc.match_substring_regex(column, _WHOLE_ID)
    is_whole = whole.to_numpy(zero_copy_only=False)
    hashes = np.empty(len(column), dtype=np.uint64)
    numbers = column.filter(whole).cast(pa.uint64()).to_numpy()
    hashes[is_whole] = pd.util.hash_array(numbers, categorize=False)
    names = column.filter(pc.invert(whole)).to_numpy(zero_copy_only=False)
    hashes[~is_whole] = pd.util.hash_array(names, categorize=False)
    return hashes if codes is None else hashes[codes]


def hashed_numbers(numbers: npt.NDArray[Any]) -> UIntArray:
    """Return what `hashed_ids` does of whole numbers written out, without writing them."""
    if len(numbers) and numbers.min() >= 0 and numbers.max() < _SHORT_ID:
        return pd.util.hash_array(numbers.astype(np.uint64), categorize=False)
    return hashed_ids([str(number) for number in numbers.tolist()])


MISSING_IDS: UIntArray = hashed_ids(["", "nan", "NaN", "<NA>"])
"""The numbers of cells without an id, as csv has them, and as numpy and pandas write them."""
