"""Counts recovered from recalls: the one whole number that a printed recall leaves, or an error.

A recall R = k / n printed to d decimals leaves every k with |k - R n| <= n / (2 * 10**d). Where
that is one whole number, k is known although R was rounded; where it is several, nothing is
guessed. docs/importing.md says what taking the nearest k instead would cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.counts import IntArray

UNROUNDED_DECIMALS = 7
"""From here on decimals are those of a float, not of somebody who rounded."""

_FLOAT_ERROR = Fraction(1, 2**22)
"""More than float32 loses by a division, whatever its libraries add to that."""


def decimals_of(numbers: Iterable[str]) -> int:
    """Return the most decimals that any of the printed numbers shows.

    Trailing zeros may have been lost (0.9 for 0.90), so that one number says little and the
    longest of a file most. Fewer decimals than were printed make recovery stricter, never wrong.

    Args:
        numbers: Numbers as printed; what is no number is passed over.
    """
    return max((_decimals(number) for number in numbers), default=0)


def is_unrounded(decimals: int) -> bool:
    """Return whether that many decimals are those of a float as it was computed."""
    return decimals >= UNROUNDED_DECIMALS


def recovered_counts(
    names: Sequence[str],
    n_samples: Sequence[int],
    recalls: Sequence[str],
    decimals: int,
    source: str,
) -> IntArray:
    """Return the right answers per class that the recalls and supports leave.

    Ties of rounding may have gone either way (Python and R to even, spreadsheets up): a count is
    taken only where it is the one that both ways allow.

    Args:
        names: What the classes are called, shape (classes,).
        n_samples: Their test samples, all > 0, shape (classes,).
        recalls: Their recalls as printed, between 0 and 1, shape (classes,).
        decimals: How many decimals the recalls were printed with (`decimals_of`).
        source: What an error calls the file.

    Raises:
        ContractError: A recall is no number between 0 and 1, no count of the class's samples
            gives it, or several counts do; names class, support and the decimals that would do.
    """
    error = _FLOAT_ERROR if is_unrounded(decimals) else Fraction(1, 2 * 10**decimals)
    counts = [
        _count(name, samples, recall, error, decimals, source)
        for name, samples, recall in zip(names, n_samples, recalls, strict=True)
    ]
    return np.array(counts, dtype=np.int64)


def recovered_predictions(n_correct: IntArray, precisions: Sequence[str]) -> IntArray | None:
    """Return the samples predicted as each class, from unrounded precisions.

    Args:
        n_correct: Right answers per class, shape (classes,).
        precisions: Precision per class as printed, shape (classes,).

    Returns:
        n_correct / precision, shape (classes,); None where the precisions are rounded or not
        all there, or where a class has no right answer (0 / 0 says nothing of how often it was
        predicted).
    """
    values = [_fraction(precision) for precision in precisions]
    if not is_unrounded(decimals_of(precisions)) or not n_correct.all():
        return None
    predicted = []
    for correct, value in zip(n_correct.tolist(), values, strict=True):
        if value is None or not 0 < value <= 1 + _FLOAT_ERROR:
            return None
        exact = correct / value
        if abs(exact - round(exact)) > min(exact * 4 * _FLOAT_ERROR, Fraction(1, 4)):
            return None
        predicted.append(round(exact))
    return np.array(predicted, dtype=np.int64)


def agrees(correct: int, samples: int, printed: str) -> bool:
    """Return whether a printed accuracy can be correct / samples, at the decimals it shows."""
    value = _fraction(printed)
    decimals = _decimals(printed)
    error = _FLOAT_ERROR if is_unrounded(decimals) else Fraction(1, 2 * 10**decimals)
    return value is not None and abs(Fraction(correct, samples) - value) <= error


def _count(
    name: str, samples: int, recall: str, error: Fraction, decimals: int, source: str
) -> int:
    value = _fraction(recall)
    if value is None:
        raise ContractError(
            f"{source}: the recall of class {name!r} is {recall!r}, which is no number: give its "
            "counts, or leave the class out of the whole study"
        )
    if not 0 <= value <= 1 + _FLOAT_ERROR:
        percent = "; if recalls are percentages, say --confirm percent" if value > 1 else ""
        raise ContractError(
            f"{source}: the recall of class {name!r} is {recall}, but recalls lie between 0 and "
            f"1{percent}"
        )
    low = max(0, ceil(samples * (value - error)))
    high = min(samples, floor(samples * (value + error)))
    if low > high:
        below = floor(samples * value)
        raise ContractError(
            f"{source}: the recall of class {name!r} is {recall}, but no count of its {samples:,} "
            f"samples gives that ({below:,} gives {below / samples:.6g}, {below + 1:,} gives "
            f"{(below + 1) / samples:.6g}): see whether the supports are those of this test set, "
            "and whether the recall is a mean over batches"
        )
    if low < high:
        raise ContractError(
            f"{source}: the recall of class {name!r} is {recall} of {samples:,} samples, which "
            f"can be any count from {low:,} to {high:,}: " + _remedy(samples, decimals)
        )
    return low


def _remedy(samples: int, decimals: int) -> str:
    if is_unrounded(decimals):
        return "a float32 is too coarse for so many samples; import predictions or counts"
    needed = len(str(samples - 1))  # the fewest with 10**needed >= samples
    return (
        f"{needed} decimals would do where {decimals} are printed; print more, or import "
        "predictions or counts (if nothing was rounded, say --confirm unrounded)"
    )


def _fraction(number: str) -> Fraction | None:
    try:
        value = Decimal(number.strip())
    except InvalidOperation:
        return None
    # Fraction(Decimal("1e999999")) would not end.
    return Fraction(value) if value.is_finite() and abs(value.adjusted()) < 400 else None


def _decimals(number: str) -> int:
    try:
        exponent = Decimal(number.strip()).as_tuple().exponent
    except InvalidOperation:
        return 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
