"""What a rule is: a name, the columns it needs, and a function that finds the rows breaking it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data_contracts.columns import Columns
from data_contracts.violation import Violation


@dataclass(frozen=True)
class Rule:
    """A rule of the recall table.

    Attributes:
        name: As in docs/recall-table.md and in every report.
        meaning: What holds where the rule is kept, in one sentence.
        needs: Columns without which it cannot be judged.
        judge: Returns its violations: none, one, or one per column where it speaks of several.
    """

    name: str
    meaning: str
    needs: tuple[str, ...]
    judge: Callable[[Columns], list[Violation]]
