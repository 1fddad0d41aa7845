"""What a recall table holds, in the few numbers and words that a page tells of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_TOLD = ("dataset", "class_index", "n_samples", "selected_on", "count_quality")
_NOT_SAID = "not said"


@dataclass(frozen=True)
class Contents:
    """What there is, of one split unless it says otherwise.

    Attributes:
        rows: The rows of all splits.
        samples: The samples of each class, by data set and class index.
        selected_on: What chose the epochs, sorted; `not said` for null.
        count_quality: `exact`, `rounded`, or both, sorted.
    """

    rows: int
    samples: Mapping[str, Mapping[int, int]]
    selected_on: tuple[str, ...]
    count_quality: tuple[str, ...]


def read_contents(table: pa.Table, split: str) -> Contents:
    """Look through a recall table, or the union of several."""
    told = table.select(_TOLD).filter(pc.equal(table["split"], split))
    samples: dict[str, dict[int, int]] = {}
    most = told.group_by(["dataset", "class_index"]).aggregate([("n_samples", "max")])
    for row in most.sort_by([("dataset", "ascending"), ("class_index", "ascending")]).to_pylist():
        samples.setdefault(row["dataset"], {})[row["class_index"]] = row["n_samples_max"]
    return Contents(
        table.num_rows, samples, _words(told["selected_on"]), _words(told["count_quality"])
    )


def together(parts: Iterable[Contents]) -> Contents:
    """Return what several tables hold together."""
    rows = 0
    samples: dict[str, Counter[int]] = {}
    selected_on: set[str] = set()
    count_quality: set[str] = set()
    for part in parts:
        rows += part.rows
        for dataset, of_class in part.samples.items():
            # Of Counters `|` keeps the larger number, as two tables read at once would.
            samples[dataset] = samples.get(dataset, Counter()) | Counter(of_class)
        selected_on.update(part.selected_on)
        count_quality.update(part.count_quality)
    ordered = {dataset: samples[dataset] for dataset in sorted(samples)}
    return Contents(rows, ordered, tuple(sorted(selected_on)), tuple(sorted(count_quality)))


def _words(column: pa.ChunkedArray) -> tuple[str, ...]:
    """Return the distinct words of a column, sorted."""
    return tuple(
        sorted(_NOT_SAID if word is None else word for word in pc.unique(column).to_pylist())
    )
