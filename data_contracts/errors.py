"""The errors a user may see, one line that says what, why and what to do; broken rules as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from data_contracts.words import counted

ROWS_SHOWN: Final = 3
"""How many rows a violation shows."""


@dataclass(frozen=True)
class BrokenRow:
    """One row that breaks a rule."""

    row: int  # in its file or table, counted from 0 as pandas does
    key: Mapping[str, object] = field(default_factory=dict)  # as far as the row has it
    source: str = ""  # its file; empty where there is only one, or none

    @property
    def place(self) -> str:
        """Where the row is, in words."""
        return f"row {self.row}" + (f" of {self.source}" if self.source else "")

    def __str__(self) -> str:
        key = ", ".join(
            f"{name} {value:g}" if isinstance(value, float) else f"{name} {value!r}"
            for name, value in self.key.items()
        )
        return f"{self.place} ({key})" if key else self.place


@dataclass(frozen=True)
class Violation:
    """A named rule, how often it is broken, where first, and why that matters."""

    rule: str  # as listed in docs/recall-table.md
    rows: int  # how many break it
    first: tuple[BrokenRow, ...]
    why: str  # what is wrong and what to do, in one line

    @property
    def count(self) -> str:
        """How many rows break it, in words."""
        return counted(self.rows, "row")

    def __str__(self) -> str:
        where = f", first {self.first[0]}" if self.first else ""
        return " ".join(f"{self.rule}: {self.why} [{self.count}{where}]".splitlines())


class RdstatsError(Exception):
    """Base of every error of this project that a user may see, in all rooms.

    Its text is one line, whatever was put into it: what happened, why, what to do.
    """

    def __str__(self) -> str:
        return " ".join(super().__str__().splitlines())


class ContractError(RdstatsError):
    """A file or table that breaks the recall table's contract, or cannot be read or written."""

    def __init__(self, message: str, violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        # Every broken rule; none where there was no table to judge: no such file, a full disk.
        self.violations: tuple[Violation, ...] = tuple(violations)

    @classmethod
    def from_violations(cls, subject: str, violations: Sequence[Violation]) -> ContractError:
        """Return the error that tells what a subject breaks: the first in full, others by name."""
        first, *others = violations
        text = f"{subject} breaks the recall table's contract: {first}"
        if others:
            names = ", ".join(f"{other.rule} ({other.count})" for other in others)
            text += f"; also broken: {names}; `rdstats validate` shows each of them"
        return cls(text, violations)
