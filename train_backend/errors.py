"""The errors of the training side that a user may see."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from data_contracts.errors import RdstatsError


class TrainError(RdstatsError):
    """A study, data set, architecture or score that cannot be trained or pruned as asked."""


class Diverged(TrainError):  # noqa: N818 (reads as the sentence that it raises)
    """Training whose loss, weights or scores are no longer finite; other conditions go on."""


def nearest(name: str, known: Mapping[str, object]) -> str:
    """Return how to go on after an unknown name: the nearest known one, else all of them."""
    lowered = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), lowered, n=1)
    if close:
        return f": did you mean {lowered[close[0]]!r}?"
    return f": known are {', '.join(known)}"
