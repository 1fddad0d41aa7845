"""What a class of one pair may lose: a margin, in points or as a share of what it had."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rdstats.errors import StatsError
from rdstats.output.words import up_to_ten
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.verdicts import MARGIN, QUANTITIES
from rdstats.tables.selection import known_value

RELATIVE = "relative"
"""The quantity judged by a relative margin: 1 - R_t / R."""


@dataclass(frozen=True)
class Limits:
    """The margins of one pair.

    Raises:
        StatsError: A margin or the quantity has no meaning.
    """

    quantity: str = "drop"  # of `QUANTITIES`, or RELATIVE
    margin: float = MARGIN
    of_class: Mapping[str, float] = field(default_factory=dict)  # margins of single classes

    def __post_init__(self) -> None:
        for name, margin in ((None, self.margin), *self.of_class.items()):
            if not 0.0 < margin < 1.0:
                of = "" if name is None else f" of class {name!r}"
                raise StatsError(
                    f"margin {margin:g}{of} is not a drop of recall that could be told from none; "
                    "choose a share above 0 and below 1, as 0.05"
                )

    @classmethod
    def asked(
        cls,
        margin: float,
        class_margins: Mapping[str, float] | None,
        relative_margin: float | None,
        quantity: str,
    ) -> Limits:
        """Return the limits that `check_models` is given; a relative margin takes margin's place.

        Raises:
            StatsError: A margin or the quantity has no meaning, or two of them contradict.
        """
        known_value("quantity", quantity, QUANTITIES)
        own = {str(name): share for name, share in (class_margins or {}).items()}
        if relative_margin is None:
            return cls(quantity, margin, own)
        if quantity != "drop":
            raise StatsError(
                f"a relative margin judges the share of a class's recall that was lost, and "
                f"quantity {quantity} something else: choose one of the two"
            )
        return cls(RELATIVE, relative_margin, own)

    def by_class(self, labels: Sequence[str]) -> FloatArray:
        """Return the margin of every class, shape (classes,).

        Raises:
            StatsError: A class with a margin of its own is not there.
        """
        for name in self.of_class.keys() - set(labels):
            near = difflib.get_close_matches(name, labels, n=1, cutoff=0.5)
            there = f"did you mean {near[0]!r}?" if near else f"there are {up_to_ten(labels)}"
            raise StatsError(f"there is no class {name!r} to give a margin of its own; {there}")
        return np.array([self.of_class.get(label, self.margin) for label in labels])
