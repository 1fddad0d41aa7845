"""A recall table laid out once, for several tables of it: reading is most of what each costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from rdstats.errors import StatsError
from rdstats.tables.contents import Contents, read_contents, together
from rdstats.tables.layout import read_panels
from rdstats.tables.panel import Panel
from rdstats.tables.selection import Selection

if TYPE_CHECKING:
    from rdstats.tables.measures import Measures


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
