"""Labels as text: what counts as the same label, as a missing one, and their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from data_contracts.natural_order import natural_key

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
    """Return why a text is no label, or None if it is one.

    Args:
        text: A label as `plain_label` gives it.
    """
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


def first_faulty(labels: Sequence[str]) -> tuple[int, str] | None:
    """Return the place of the first text that is no label, and why; None if all are labels."""
    for place, label in enumerate(labels):
        fault = fault_of_label(label)
        if fault:
            return place, fault
    return None
