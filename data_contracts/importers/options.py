"""What a caller says about files that do not say it themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from data_contracts.importers.described import Described

Rows = Literal["true", "predicted"]
"""What the rows of a confusion matrix are."""


@dataclass(frozen=True)
class ImportOptions:
    """The options of an import, the same for every format; each format reads what it needs.

    Attributes:
        described: What holds for every model of the import.
        preset: The program that wrote the files, a name in `PRESETS`.
        rows: What the rows of a matrix are.
        columns: For a column by our name (`y_true`), its name in the file (`label`).
        pattern: A regular expression with a named group, for formats that read metric names.
        confirmed: What the caller has confirmed although it looks like a mistake.
        settings: What single formats need besides, by name.
        paired: Whether readers keep which sample was answered right, so that answers can be
            paired with the baseline's of another file.
        heard: Told how many rows of a file are read, now and then.
    """

    described: Described = field(default_factory=Described)
    preset: str | None = None
    rows: Rows | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    confirmed: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    paired: bool = True
    heard: Callable[[int], None] | None = None
