"""What a file does not say of the model it counts: study, data set, method, ratio and so on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from numbers import Real
from pathlib import Path
from typing import Any, Final, Literal

from data_contracts.errors import ContractError
from data_contracts.importers.labels import is_text
from data_contracts.importers.names import folded
from data_contracts.schema import SELECTED_ON, SPLITS, STAGES, UNPRUNED_METHOD, UNPRUNED_RATIO

_WORDS = {"stage": STAGES, "split": SPLITS, "selected_on": SELECTED_ON}
_WHOLE = ("parameters", "parameters_nonzero")
_UNPRUNED = ("baseline", "control")
_NEEDED = ("study", "dataset", "architecture", "model", "method", "ratio", "stage")
_GIVEN_AS = {"ratio": "NUMBER", "stage": "pruned|finetuned|baseline|control"}  # others: NAME


@dataclass(frozen=True)
class Described:
    """The columns of the recall table that are about a model and not about its classes.

    None stands for "not said". Each attribute is the column of that name.

    Raises:
        ContractError: A value cannot be what its column means (a ratio below 1, an unknown stage).
    """

    study: str | None = None
    dataset: str | None = None
    architecture: str | None = None
    method: str | None = None
    ratio: float | None = None
    stage: str | None = None
    model: str | None = None
    split: str | None = None
    selected_on: str | None = None
    parameters: int | None = None
    parameters_nonzero: int | None = None

    def __post_init__(self) -> None:
        for name, value in self.said().items():
            if isinstance(value, str) and not value.strip():
                raise ContractError(f"{name} is empty: give it a name, or leave it out")
            if isinstance(value, str) and not is_text(value):
                raise ContractError(f"{name} is {value!a}, which holds half a character")
            known = _WORDS.get(name)
            if known and value not in known:
                raise ContractError(f"{name} is {value!r}, but can only be {', '.join(known)}")
        ratio = _finite(self.ratio)
        if self.ratio is not None and not ratio >= 1:
            said = f"{self.ratio}" if math.isnan(ratio) else f"{ratio:g}"
            raise ContractError(
                f"ratio is {said if len(said) < 30 else f'{said[:20]}…'}, but parameters before / "
                "after compression is a finite number, at least 1: give 1 / density, or 1 / (1 - "
                "sparsity)"
            )

        for name in _WHOLE:
            if abs(getattr(self, name) or 0) >= 2**63:
                raise ContractError(
                    f"{name} is 2**63 or more: the recall table holds none so large"
                )

    @classmethod
    def from_text(cls, values: Mapping[str, str], source: str) -> Described:
        """Return what texts say, as they stand in a path, a manifest or a column.

        Raises:
            ContractError: A field is unknown, or its text is not what the field holds; names the
                source.
        """
        for name in values:
            if name not in DESCRIBED_COLUMNS:
                known = ", ".join(DESCRIBED_COLUMNS)
                raise ContractError(f"{source}: there is no field {name!r}; fields are {known}")
        try:
            return cls(**{name: _read(name, text.strip()) for name, text in values.items()})
        except ContractError as error:
            raise ContractError(f"{source}: {error}") from error

    @classmethod
    def from_columns(
        cls, values: Mapping[str, str], columns: Mapping[str, str], source: str
    ) -> Described:
        """Return what columns of a file say; `columns` are their names there."""
        try:
            return cls.from_text(values, source)
        except ContractError as error:
            given = " ".join(f"--column {name}=" for name in columns if name in str(error))
            raise ContractError(
                f"{error}; if the column is about something else, say {given}"
            ) from error

    def said(self) -> dict[str, str | float | int]:
        """Return the fields that are known, with their values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def merged(self, other: Described) -> Described:
        """Return both together; where both speak, this one wins."""
        return replace(other, **self.said())  # type: ignore[arg-type]  # fields of the same class

    def agreeing(self, other: Described, here: str, there: str) -> Described:
        """Return both together, if what is said here and there does not contradict each other.

        Raises:
            ContractError: A field has two values; names it, both values and both places.
        """
        ours, theirs = self.said(), other.said()
        for name in ours.keys() & theirs.keys():
            if ours[name] != theirs[name]:
                raise ContractError(
                    f"{name} is {ours[name]!r} by {here}, but {theirs[name]!r} by {there}: "
                    "correct one of them, or leave it out"
                )
        return self.merged(other)

    def is_unpruned(self) -> bool:
        """Return whether these are the unpruned model's counts, as far as is said.

        Method `none`, stage baseline or control, and a ratio of 1 without a method each say so.
        """
        return (
            self.method == UNPRUNED_METHOD
            or self.stage in _UNPRUNED
            or (self.ratio == UNPRUNED_RATIO and self.method is None and self.stage is None)
        )

    def without_condition(self) -> Described:
        """Return the same without method, ratio and stage."""
        return replace(self, method=None, ratio=None, stage=None)

    def complete(self, source: str) -> Described:
        """Return the same with nothing missing that the recall table needs.

        The unpruned model (see `is_unpruned`) has method `none`, ratio 1 and, unless it is the
        control, stage `baseline`; the split is `test` unless another is said.

        Raises:
            ContractError: A field is missing; names all of them, and how to give them.
        """
        whole = self.merged(Described(split="test"))
        if self.is_unpruned():
            whole = whole.merged(UNPRUNED)
        said = whole.said()
        missing = [name for name in _NEEDED if name not in said]
        if missing:
            *others, last = missing
            listed = f"{', '.join(others)} and {last}" if others else last
            more, which = (" and so on", "these names") if others else ("", "this name")
            given = f"--{missing[0]} {_GIVEN_AS.get(missing[0], 'NAME')}{more}"
            raise ContractError(
                f"{source} does not say {listed}: give {given}, or columns, manifest fields or "
                f"fields of a --pattern with {which}"
            )
        return whole


def _finite(number: object) -> float:
    """Return a number; NaN where it is none, or larger than any that a table holds."""
    try:
        found = float(number) if isinstance(number, Real) else math.nan
    except OverflowError:
        return math.nan
    return found if math.isfinite(found) else math.nan


def _read(name: str, text: str) -> Any:
    """Return what a field holds: a number of parameters, a ratio, or text."""
    if name not in ("ratio", *_WHOLE):
        return text
    try:
        if not text.isascii() or "_" in text:  # Python reads 1_0 and other digits as numbers
            raise ValueError(text)
        return int(text) if name in _WHOLE else float(text)
    except ValueError as error:
        number = "a whole number" if name in _WHOLE else "a number"
        comma = "; write a decimal point" if "," in text else ""
        raise ContractError(f"{name} is {text!r}, which is not {number}{comma}") from error


DESCRIBED_COLUMNS: Final = tuple(each.name for each in fields(Described))
"""The columns that say what a model is."""

UNPRUNED: Final = Described(method=UNPRUNED_METHOD, ratio=UNPRUNED_RATIO, stage="baseline")

Rows = Literal["true", "predicted"]
"""What the rows of a confusion matrix are."""


@dataclass(frozen=True)
class ImportOptions:
    """The options of an import, the same for every format; each format reads what it needs.

    Example:
        >>> import rdstats as rd
        >>> rd.ImportOptions(columns={"y_true": "label", "y_pred": "answer"}).columns["y_pred"]
        'answer'
    """

    described: Described = field(default_factory=Described)  # what holds for every model
    preset: str | None = None  # the program that wrote the files, a name in `PRESETS`
    truth: Path | None = None  # the file of the true labels, where that is another one
    rows: Rows | None = None  # what the rows of a matrix are
    columns: Mapping[str, str] = field(default_factory=dict)  # our names (`y_true`) to the file's
    pattern: str | None = None  # a regular expression with a named group, of names of metrics
    confirmed: frozenset[str] = frozenset()  # what is right although it looks like a mistake
    settings: Mapping[str, str] = field(default_factory=dict)  # what single formats need besides
    paired: bool = True  # keep which samples are right, for pairing with another file's baseline
    between: bool = False  # keep recalls that leave several counts, and between which they lie
    answers: bool = False  # keep what each sample was answered, not only whether that was right
    sample_columns: tuple[str, ...] = ()  # of predictions: columns to keep of every sample
    heard: Callable[[int], None] | None = None  # told now and then how many rows are read

    def __post_init__(self) -> None:
        if self.truth is not None:
            object.__setattr__(self, "truth", Path(self.truth))

    def columns_meant(
        self, ours: str, names: Sequence[str], aliases: Sequence[str] = ()
    ) -> list[str]:
        """Return the columns of a file that may be meant by our name, the most telling one first.

        It is what the caller says it is called ("": no column is), else our name, else any alias
        in any case.
        """
        if ours in self.columns:
            return [name for name in names if name and name == self.columns[ours]]
        free = [name for name in names if name not in self.columns.values()]
        if ours in free:
            return [ours]
        known = (ours, *aliases)
        meant = [name for name in free if folded(name) in known]
        return sorted(meant, key=lambda name: known.index(folded(name)))
