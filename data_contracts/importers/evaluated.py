"""One evaluated model: its counts per class, and which samples it answered right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.labels import is_text, refuse_other_labels
from data_contracts.schema import COUNT_QUALITIES
from data_contracts.words import listed

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

COUNTS: Final = ("n_samples", "n_correct", "n_predicted", "n_both_correct")


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """Counts per class, in the order of `class_names`; any order, `recall_table_of` sorts them.

    Raises:
        ContractError: Lengths differ, a class is there twice, a value is no whole number, or
            counts contradict each other; names the class and the values.
    """

    class_names: tuple[str, ...]  # labels as text, each once, shape (classes,), as all below
    n_samples: IntArray  # all > 0: classes without any are left out
    n_correct: IntArray
    n_predicted: IntArray | None = None  # samples of any class predicted as this one
    n_both_correct: IntArray | None = None  # right here and in the baseline of the same model
    count_quality: str = "exact"  # or `rounded`: counts were recovered from rounded recalls
    # The least and the most right answers that printed decimals leave; n_correct is in the middle.
    between: tuple[IntArray, IntArray] | None = None

    def __post_init__(self) -> None:
        names = tuple(self.class_names)
        if not names:
            raise ContractError("there are no classes: is the file empty?")
        if any(not name.strip() for name in names):
            raise ContractError("a class has an empty name: give every class a label")
        for name in names:
            if not is_text(name):
                raise ContractError(f"class {name!a} holds half a character: name it otherwise")
        name, times = Counter(names).most_common(1)[0]
        if times > 1:
            raise ContractError(f"class {name!r} is there twice: a class has one row")
        if self.count_quality not in COUNT_QUALITIES:
            raise ContractError(
                f"count_quality is {self.count_quality!r}, but can only be "
                f"{' or '.join(COUNT_QUALITIES)}"
            )
        object.__setattr__(self, "class_names", names)
        for name in COUNTS:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, self._whole(name, getattr(self, name)))
        samples, correct = self.n_samples, self.n_correct
        predicted = correct if self.n_predicted is None else self.n_predicted
        both = correct if self.n_both_correct is None else self.n_both_correct
        for name, broken, why in (
            ("n_samples", samples < 1, "a class without test samples has no recall"),
            ("n_correct", correct < 0, "it cannot be negative"),
            ("n_correct", correct > samples, "it exceeds n_samples"),
            ("n_predicted", predicted < correct, "it is less than n_correct"),
            ("n_both_correct", both < 0, "it cannot be negative"),
            ("n_both_correct", both > correct, "it exceeds n_correct"),
        ):
            if broken.any():
                place = int(np.flatnonzero(broken)[0])
                of_all = f" of {samples[place]}" if name != "n_samples" else ""
                raise ContractError(
                    f"{name} of class {names[place]!r} is {getattr(self, name)[place]}{of_all}: "
                    f"{why}"
                )
        if predicted.sum() > samples.sum():
            raise ContractError(
                f"n_predicted adds up to {predicted.sum():,}, n_samples to {samples.sum():,}: "
                "a sample is predicted as one class at most"
            )

    def _whole(self, name: str, values: Any) -> IntArray:
        given = np.asarray(values)
        if given.shape != (len(self.class_names),):
            raise ContractError(
                f"{name} has shape {given.shape}, but there are {len(self.class_names)} classes"
            )
        if given.dtype.kind not in "iuf":
            raise ContractError(f"{name} holds {given.dtype}, but counts are whole numbers")
        with np.errstate(invalid="ignore"):
            fits = np.isfinite(given) & (given == np.rint(given)) & (np.abs(given) < 2**53)
        if not fits.all():
            place = int(np.flatnonzero(~fits)[0])
            raise ContractError(
                f"{name} of class {self.class_names[place]!r} is {given[place]}, but counts are "
                "whole numbers below 2**53"
            )
        return given.astype(np.int64)


def counts_of_classes(
    samples: IntArray,
    correct: IntArray,
    predicted: IntArray,
    class_names: Sequence[str],
    source: str,
    confirmed: Container[str] = (),
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return counts of the classes that have samples, and notes on those that have none.

    A class without test samples has no recall and gets no row; samples that were predicted as
    it count as wrong for their own class. Counts are as in `ClassCounts`, shape (classes,), but
    `samples` is 0 where a label was predicted only. Refuses a file without samples, or whose
    labels and predictions share no value or look like two spellings (unless `confirmed` holds
    `labels`); `source` is what messages call it.
    """
    there = samples > 0
    if not there.any():
        raise ContractError(f"{source} counts no samples: is it empty?")
    names = np.array(class_names, dtype=object)
    if not (predicted[there] > 0).any():
        raise ContractError(
            f"{source}: labels and predictions have no value in common (labels "
            f"{listed(names[there])}; predictions {listed(names[predicted > 0])}): are both names, "
            "or both numbers?"
        )
    lost = ~there & (predicted > 0)
    unanswered = there & (predicted == 0)
    refuse_other_labels(names[unanswered].tolist(), names[lost].tolist(), source, confirmed)
    notes: tuple[str, ...] = ()
    if lost.any():
        notes = (
            f"{source}: {int(predicted[lost].sum()):,} samples are predicted as "
            f"{listed(names[lost])}, which is no sample's true class: they count as wrong, and the "
            "class has no row",
        )
    kept = tuple(str(name) for name in names[there])
    try:
        return ClassCounts(kept, samples[there], correct[there], predicted[there]), notes
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error


@dataclass(frozen=True)
class IdPlace:
    """Where an id stands: its column, the id as the file has it, and e.g. `b.csv, line 7`."""

    column: str
    text: str
    place: str


class SampleColumn(NamedTuple):
    """A column of the samples, as a cluster or a group: `codes` are positions in `texts`."""

    codes: npt.NDArray[np.signedinteger[Any]]  # shape (samples,)
    texts: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples that models were evaluated on, in the order of a file; shape (samples,)."""

    class_names: tuple[str, ...]  # those that have samples, in class order
    truth: npt.NDArray[np.unsignedinteger[Any]]  # the true classes, as positions in `class_names`
    ids: npt.NDArray[np.uint64] | None = None  # `labels.hashed_ids`; None: the order alone tells
    columns: Mapping[str, SampleColumn] = field(default_factory=dict)  # those that were asked for
    asked: npt.NDArray[np.uint64] | None = None  # tells what each was asked; a prompt's hash
    grouped_by: tuple[str, ...] = ()  # what the classes are where they are none: the task


@dataclass(frozen=True, eq=False)
class Answers:
    """One model's right answers, small enough to keep for many models."""

    samples: Samples  # models with the same samples in the same order share one
    right: npt.NDArray[np.uint8]  # whether each was answered right, eight to a byte (`packbits`)
    # The first two places of a number of `samples.ids` in the model's file, which is read again.
    find: Callable[[int], list[IdPlace]]
    # What each was answered, as positions in `labels`, where `ImportOptions.answers` asks for it.
    answered: npt.NDArray[np.unsignedinteger[Any]] | None = None
    labels: tuple[str, ...] = ()  # those of `samples.class_names` first

    def is_right(self) -> BoolArray:
        """Return whether each sample was answered right, shape (samples,)."""
        return np.unpackbits(self.right, count=len(self.samples.truth)).view(np.bool_)


@dataclass(frozen=True, eq=False)
class Evaluated:
    """The counts of one model, and what its file says of it."""

    described: Described  # by the file itself; options, manifest and pattern add to it later
    counts: ClassCounts
    source: str  # what messages call it: the file, and the column or rows where it has several
    notes: tuple[str, ...] = ()  # what a reader should know, e.g. labels that were left out
    answers: Answers | None = None  # which samples were right, where the file says so
