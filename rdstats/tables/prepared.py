"""What a recall table holds, in the few numbers and words that a page tells of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from rdstats.errors import StatsError
from rdstats.tables.layout import read_panels
from rdstats.tables.measures import Measures, measure
from rdstats.tables.pairing import pair
from rdstats.tables.panel import Panel
from rdstats.tables.selection import Selection

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


@dataclass(frozen=True)
class PreparedTable:
    """One split of a recall table as arrays; every table function takes it for the table itself.

    Attributes:
        split: The split that was laid out.
        panels: A panel per kind of classes.
        look: Looks through the rows for `contents`: a fifth of laying a table out, and few ask.
        last_measured: What `read_measured` found for the last selection; nothing else looks at it.
    """

    split: str
    panels: tuple[Panel, ...]
    look: Callable[[], Contents] = field(repr=False, compare=False)
    last_measured: dict[Selection, list[Measures]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def contents(self) -> Contents:
        """Return what the table's rows hold besides, for pages."""
        return self.look()


Tables: TypeAlias = pa.Table | PreparedTable
"""What a table function is given: a recall table, or one that `prepare` laid out."""


def prepare(table: Tables, split: str = "test") -> PreparedTable:
    """Lay a recall table out, once for all the tables that are made of it.

    Args:
        table: A recall table, or the union of several; a prepared one is returned as it is.
        split: The split to keep.

    Raises:
        StatsError: The table has no row of this split, or was prepared for another.
        ContractError: A compressed or control row has no baseline row, or a model lacks classes.
    """
    panels = panels_of(table, split)
    if isinstance(table, PreparedTable):
        return table
    return PreparedTable(split, tuple(panels), partial(read_contents, table, split))


def prepare_blocks(blocks: Iterable[pa.Table], split: str = "test") -> PreparedTable:
    """Lay a recall table out block by block, so that its rows are never in memory at once.

    Counts as arrays take some 40 bytes a row where Arrow takes some 200.

    Args:
        blocks: The rows of one study and data set after another (`read_recall_blocks`).
        split: The split to keep.

    Raises:
        StatsError: No block has rows of this split.
        ContractError: As `prepare`.
    """
    panels: list[Panel] = []
    contents: list[Contents] = []
    splits: set[str] = set()
    for block in blocks:
        contents.append(read_contents(block, split))
        here = set(pc.unique(block["split"]).to_pylist())
        splits |= here
        if split in here:
            panels += read_panels(block, split)
    if not panels:
        raise StatsError(
            f"the table has no rows of split {split}; it has: {', '.join(sorted(splits))}"
        )
    return PreparedTable(split, tuple(panels), partial(together, contents))


def panels_of(table: Tables, split: str) -> Sequence[Panel]:
    """Return the panels of a table, laid out now unless they were before.

    Raises:
        StatsError: The table was prepared for another split, or has no row of this one.
        ContractError: A compressed or control row has no baseline row, or a model lacks classes.
    """
    if not isinstance(table, PreparedTable):
        return read_panels(table, split)
    _refuse_another_split(table, split)
    return table.panels


def contents_of(table: Tables, split: str) -> Contents:
    """Return what the rows of a table hold besides, for pages.

    Raises:
        StatsError: The table was prepared for another split.
    """
    if not isinstance(table, PreparedTable):
        return read_contents(table, split)
    _refuse_another_split(table, split)
    return table.contents


def _refuse_another_split(table: PreparedTable, split: str) -> None:
    if table.split != split:
        raise StatsError(
            f"the table was prepared for split {table.split}, not {split}; prepare it for {split}, "
            "or give the recall table itself"
        )


def read_measured(table: Tables, selection: Selection) -> Sequence[Measures]:
    """Return the selected part of every panel, measured; a panel with nothing selected is left out.

    A prepared table keeps what it was last asked for: one table after another is made with the
    same selection.

    Args:
        table: A recall table, or the union of several, prepared or not.
        selection: What of it, by which metric.

    Raises:
        StatsError: `where` names a value that no compressed condition has, or leaves nothing.
        StatsError: A condition has some models only pruned and others fine-tuned.
        StatsError: The metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    panels = panels_of(table, selection.split)
    if not isinstance(table, PreparedTable):
        return _measured(panels, selection)
    if selection not in table.last_measured:
        found = _measured(panels, selection)
        table.last_measured.clear()
        table.last_measured[selection] = found
    return table.last_measured[selection]


def _measured(panels: Sequence[Panel], selection: Selection) -> list[Measures]:
    return [
        measure(pairing, selection.metric, selection.average) for pairing in pair(panels, selection)
    ]
