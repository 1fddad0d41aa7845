"""One evaluated model that was found in a file."""

from __future__ import annotations

from dataclasses import dataclass

from data_contracts.importers.answers import Answers
from data_contracts.importers.class_counts import ClassCounts
from data_contracts.importers.described import Described


@dataclass(frozen=True, eq=False)
class Evaluated:
    """The counts of one model, and what its file says of it.

    Attributes:
        described: What the file itself says; options, manifest and pattern add to it later.
        counts: Its counts per class.
        source: What messages call it: the file, and the column or rows where it has several.
        notes: What a reader of the table should know, e.g. labels that were left out.
        answers: Which samples were right, where the file says so: with the baseline's answers
            they give `n_both_correct`.
        samples: How many samples or rows were counted, for the summary; 0 where not known.
    """

    described: Described
    counts: ClassCounts
    source: str
    notes: tuple[str, ...] = ()
    answers: Answers | None = None
    samples: int = 0
