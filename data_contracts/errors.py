"""The errors a user may see: one line that says what, why and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_contracts.rows import Violation


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
