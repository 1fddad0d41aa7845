"""Numbers with their nouns, for sentences."""

from __future__ import annotations


def counted(number: int, noun: str, several: str | None = None) -> str:
    """Return a number with its noun: 1 column, 2 columns, 1 class, 2 classes.

    Args:
        number: How many.
        noun: Of one.
        several: Of any other number; an s is added to `noun` without it.
    """
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
