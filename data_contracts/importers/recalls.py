"""Classes as files print them: counted, or with recalls that leave one count each, or an error.

A recall R = k / n printed to d decimals leaves every k with |k - R n| <= n / (2 * 10**d). Of these
precision, f1-score and accuracy of the same report rule some out. Where one whole number is left, k
is known although R was rounded; where several are, nothing is guessed: it is refused, or told
between which it lies. docs/importing.md says what taking the nearest k instead would cost.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.evaluated import ClassCounts, IntArray
from data_contracts.importers.labels import fault_of_label, plain_label
from data_contracts.importers.read.records import Record, number_in

CONFIRMED = {
    "percent": "recalls are percentages",
    "unrounded": "recalls were not rounded, however few decimals they show",
    "classes": "a row that is called `all` or `total` is a class",
}
"""What may be confirmed of printed recalls, in words."""

TOTALS = {
    *("all", "total", "totals", "overall", "average", "avg", "mean", "accuracy"),
    *("micro avg", "macro avg", "weighted avg", "samples avg", "avg / total", "macro", "micro"),
}
"""What programs call the row below the classes, in lower case."""

UNROUNDED_DECIMALS = 7
"""From here on decimals are those of a float as it was computed, not of somebody who rounded."""

_FLOAT_ERROR = Fraction(1, 2**22)
"""More than float32 loses by a division, whatever its libraries add to that."""


_MOST_TRIED = 10_000
"""Counts of a class that are held against its precision and f1-score; of more none is ruled out."""


@dataclass(frozen=True)
class _Printed:
    """One class as a file prints it, counts as in `ClassCounts`; None where it does not say."""

    name: str
    place: str
    n_samples: int
    recall: str | None
    n_correct: int | None
    precision: str | None
    score: str | None
    n_predicted: int | None
    n_both_correct: int | None


def _printed(
    name: str,
    row: Record,
    columns: Mapping[str, str],
    supports: Mapping[str, int],
    percent: bool,
    remedy: str,
) -> _Printed:
    def text(quantity: str) -> str | None:
        return row.cells.get(columns[quantity]) or None if quantity in columns else None

    def count(quantity: str) -> int | None:
        return None if text(quantity) is None else row.count(columns[quantity])

    def total(quantity: str, other: str) -> int | None:
        known, hits, more = count(quantity), count("true_positives"), count(other)
        return known if known is not None or hits is None or more is None else hits + more

    samples = total("n_samples", "false_negatives")
    if samples is None:
        samples = supports.get(plain_label(name))
    if samples is None:
        raise ContractError(
            f"{row.place}: class {name!r} has no count of test samples: {remedy}, or say --set "
            "supports=FILE with columns class and n_samples"
        )
    correct, recall = count("n_correct"), text("recall")
    if recall is not None and (
        percent or recall.strip().endswith("%")
    ):  # as a fraction, with the decimals that are printed
        value = number_in(recall.strip().removesuffix("%"))
        recall = str(value.scaleb(-2)) if value is not None and value.is_finite() else recall
    return _Printed(
        name,
        row.place,
        samples,
        recall,
        count("true_positives") if correct is None else correct,
        text("precision"),
        text("f1"),
        total("n_predicted", "false_positives"),
        count("n_both_correct"),
    )


def counts_of_printed(
    rows: Iterable[tuple[str, Record, Mapping[str, str]]],
    source: str,
    *,
    confirmed: Container[str] = (),
    supports: Mapping[str, int] | None = None,
    others: Sequence[str] = (),
    accuracy: str | None = None,
    between: bool = False,
    remedy: str = "",
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return the counts of a model's classes, and notes on classes that were left out.

    A class without test samples has no recall, whatever is printed (scikit-learn prints 0.0): it
    gets no row. Some classes counted and others not is refused, and a recall that leaves no count
    or several.

    Args:
        rows: Of each class its label, the row that prints it (an empty cell says nothing), and
            our names of quantities (those of `ClassCounts`, recall, precision, and
            `true_positives`, `false_negatives`, `false_positives`, whose sums they are) with what
            the row calls them.
        source: What messages call the model.
        confirmed: May hold `percent`: recalls are percentages; and `unrounded`: they were not
            rounded, however few decimals they show.
        supports: Test samples by class, for rows that do not say them.
        others: Other numbers of the same file, which show its decimals too.
        accuracy: As the file prints it, of just these classes.
        between: Keep recalls that leave several counts, as `ClassCounts.between`.
        remedy: What to do where nobody says how many test samples there are.
    """
    percent = "percent" in confirmed
    printed = [_printed(*each, supports or {}, percent, remedy) for each in rows]
    there = [each for each in printed if each.n_samples > 0]
    if not there:
        raise ContractError(f"{source} counts no test samples: is it the right file?")
    names = _labels(there, confirmed)
    n_samples = np.array([each.n_samples for each in there], dtype=np.int64)
    n_correct = _all([each.n_correct for each in there])
    n_predicted = _all([each.n_predicted for each in there])
    recalls = [each.recall for each in there if each.recall is not None]
    quality, span = "exact", None
    if n_correct is not None:
        for each, right in zip(there, n_correct.tolist(), strict=True):
            if each.recall is not None and not agrees(right, each.n_samples, each.recall):
                raise ContractError(
                    f"{each.place}: class {each.name!r} has {right:,} right of {each.n_samples:,}, "
                    f"but its recall is {each.recall}: see which columns these are"
                )
    elif len(recalls) == len(there):
        decimals = max(
            decimals_of([*recalls, *others]), UNROUNDED_DECIMALS * ("unrounded" in confirmed)
        )
        whose = [f"{source}: the recall of class {name!r} is" for name in names]
        least, most = _narrowed(
            [
                counts_of_recall(recall, each.n_samples, decimals, what)
                for each, recall, what in zip(there, recalls, whose, strict=True)
            ],
            there,
            decimals,
            accuracy,
        )
        if between and (least < most).any():
            span = least, most
        else:
            ends = zip(least.tolist(), most.tolist(), strict=True)
            for each, what, (low, high) in zip(there, whose, ends, strict=True):
                _refuse_several(low, high, str(each.recall), each.n_samples, decimals, what)
        n_correct = (least + most) // 2
        quality = "exact" if decimals >= UNROUNDED_DECIMALS else "rounded"
        precisions = [each.precision for each in there if each.precision is not None]
        if len(precisions) == len(there):
            recovered = recovered_predictions(n_correct, precisions)
            n_predicted = n_predicted if recovered is None else recovered
    else:
        neither = next(each for each in there if each.recall is None and each.n_correct is None)
        raise ContractError(
            f"{neither.place}: class {neither.name!r} has neither a recall nor a count of right "
            "answers"
        )
    notes = tuple(
        f"{each.place}: class {each.name!r} has no test samples and so no recall, whatever is "
        "printed; it has no row"
        for each in printed
        if each.n_samples == 0
    )
    n_both = None if span else _all([each.n_both_correct for each in there])
    try:
        counts = ClassCounts(names, n_samples, n_correct, n_predicted, n_both, quality, span)
        return counts, notes
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error


def _labels(there: Sequence[_Printed], confirmed: Container[str]) -> tuple[str, ...]:
    """Return the classes' labels; refuse what is none, what sums others up, and what is twice."""
    seen: dict[str, _Printed] = {}
    for each in there:
        name = plain_label(each.name)
        if fault := fault_of_label(name):
            raise ContractError(f"{each.place}: the class's label {fault}")
        if name.casefold() in TOTALS and "classes" not in confirmed:
            raise ContractError(
                f"{each.place}: {name!r} looks like the average or the sum of the classes, and no "
                "class: leave the row out, or say --confirm classes"
            )
        if name in seen:
            raise ContractError(
                f"{each.place}: class {name!r} is there already at {seen[name].place}: a model has "
                "one row per class; if the rows are several models, name the column that tells "
                "them apart (--column model=...)"
            )
        seen[name] = each
    return tuple(seen)


def _all(values: list[int | None]) -> IntArray | None:
    known = [value for value in values if value is not None]
    return np.array(known, dtype=np.int64) if len(known) == len(values) else None


def agrees(correct: int, samples: int, printed: str) -> bool:
    """Return whether a printed accuracy can be correct / samples, at the decimals it shows."""
    value = _fraction(printed)
    error = _error(decimals_of([printed]))
    return value is not None and abs(Fraction(correct, samples) - value) <= error


def decimals_of(numbers: Iterable[str]) -> int:
    """Return the most decimals that any of the printed numbers shows.

    Trailing zeros may have been lost (0.9 for 0.90), so that one number says little and the
    longest of a file most. Fewer decimals than were printed make recovery stricter, never wrong.
    What is no number is passed over.
    """
    values = map(number_in, numbers)
    exponents = (value.as_tuple().exponent for value in values if value is not None)
    return max((-each for each in exponents if isinstance(each, int) and each < 0), default=0)


def recovered_predictions(n_correct: IntArray, precisions: Sequence[str]) -> IntArray | None:
    """Return the samples predicted as each class, n_correct / precision, shape (classes,).

    None where precisions are rounded or no numbers, or where a class has no right answer: 0 / 0
    says nothing of how often it was predicted.
    """
    if decimals_of(precisions) < UNROUNDED_DECIMALS or not n_correct.all():
        return None
    predicted = []
    for correct, precision in zip(n_correct.tolist(), precisions, strict=True):
        value = _fraction(precision)
        if value is None or not 0 < value <= 1 + _FLOAT_ERROR:
            return None
        exact = correct / value
        if abs(exact - round(exact)) > min(exact * 4 * _FLOAT_ERROR, Fraction(1, 4)):
            return None
        predicted.append(round(exact))
    return np.array(predicted, dtype=np.int64)


def recovered_count(recall: str, samples: int, decimals: int, what: str) -> int:
    """Return the one count of right answers that a class's recall and support leave, or refuse."""
    low, high = counts_of_recall(recall, samples, decimals, what)
    _refuse_several(low, high, recall, samples, decimals, what)
    return low


def counts_of_recall(recall: str, samples: int, decimals: int, what: str) -> tuple[int, int]:
    """Return the least and the most right answers that a class's recall and support leave.

    Ties of rounding may have gone either way (Python and R to even, spreadsheets up). `decimals`
    are those of the file (`decimals_of`); `what` is the beginning of errors: whose recall it "is".
    Refuses what no count gives.
    """
    value, error = _fraction(recall), _error(decimals)
    if value is None:
        raise ContractError(
            f"{what} {recall[:60]!r}, which is no number: give its counts, or leave the class out "
            "of the whole study"
        )
    if not 0 <= value <= 1 + _FLOAT_ERROR:
        percent = "; if recalls are percentages, say --confirm percent" if value > 1 else ""
        raise ContractError(f"{what} {recall}, but recalls lie between 0 and 1{percent}")
    low = max(0, ceil(samples * (value - error)))
    high = min(samples, floor(samples * (value + error)))
    if low > high:
        below = floor(samples * value)
        raise ContractError(
            f"{what} {recall}, but no count of its {samples:,} samples gives that ({below:,} gives "
            f"{below / samples:.6g}, {below + 1:,} gives {(below + 1) / samples:.6g}): see whether "
            "the supports are those of this test set, and whether the recall is a mean over batches"
        )
    return low, high


def _refuse_several(
    low: int, high: int, recall: str, samples: int, decimals: int, what: str
) -> None:
    if low < high:
        needed = len(str(samples - 1))  # the fewest with 10**needed >= samples
        remedy = (
            "a float32 is too coarse for so many samples; import predictions or counts"
            if decimals >= UNROUNDED_DECIMALS
            else f"{needed} decimals would do where {decimals} are printed; print more, or import "
            "predictions or counts (if nothing was rounded, say --confirm unrounded; `rdstats "
            "check` judges two such files at both ends)"
        )
        raise ContractError(
            f"{what} {recall} of {samples:,} samples, which can be any count from {low:,} to "
            f"{high:,}: {remedy}"
        )


def _narrowed(
    ranges: Sequence[tuple[int, int]],
    there: Sequence[_Printed],
    decimals: int,
    accuracy: str | None,
) -> tuple[IntArray, IntArray]:
    """Return the least and most right answers of each class that the other numbers leave.

    A class's by its precision and f1-score, all classes' by the accuracy. Where they contradict
    each other, the recall's own are left: a report's own checks say what is wrong.
    """
    error = _error(decimals)
    low, high = (np.array(ends, dtype=np.int64) for ends in zip(*ranges, strict=True))
    for place, each in enumerate(there):
        counts = range(low[place], min(high[place] + 1, low[place] + _MOST_TRIED))
        found = [k for k in counts if _fits(k, each, error)]
        if found and high[place] < counts.stop:
            low[place], high[place] = found[0], found[-1]
    if accuracy is not None and (value := _fraction(accuracy)) is not None:
        total = sum(each.n_samples for each in there)
        off = _error(decimals_of([accuracy])) if decimals < UNROUNDED_DECIMALS else error
        ends = ceil(total * (value - off)), floor(total * (value + off))
        first, last = (min(max(each, -1), total + 1) for each in ends)  # an accuracy may be 1e20
        narrow = np.maximum(low, first - (high.sum() - high))
        wide = np.minimum(high, last - (low.sum() - low))
        if (narrow <= wide).all():
            low, high = narrow, wide
    return low, high


def _fits(correct: int, printed: _Printed, error: Fraction) -> bool:
    """Return whether some number of predictions gives precision and f1-score as printed."""
    if not correct:
        return True  # what nobody answered right has a precision of 0, or of whatever was asked for
    first, last = Fraction(correct), None
    for number, times, less in ((printed.precision, 1, 0), (printed.score, 2, printed.n_samples)):
        value = None if number is None else _fraction(number)
        if value is None:
            continue
        first = max(first, times * correct / (value + error) - less)
        if value > error:
            end = times * correct / (value - error) - less
            last = end if last is None else min(last, end)
    return last is None or ceil(first) <= floor(last)


def _error(decimals: int) -> Fraction:
    """Return by how much a number with so many decimals may be off."""
    return _FLOAT_ERROR if decimals >= UNROUNDED_DECIMALS else Fraction(1, 2 * 10**decimals)


def _fraction(number: str) -> Fraction | None:
    value = number_in(number)
    # Fraction(Decimal("1e999999")) would not end.
    finite = value is not None and value.is_finite() and abs(value.adjusted()) < 400
    return Fraction(value) if value is not None and finite else None
