"""The measures of a table, kept from one table function to the next."""

from __future__ import annotations

from collections.abc import Sequence

from rdstats.tables.measures import Measures, measure
from rdstats.tables.pairing import pair
from rdstats.tables.panel import Panel
from rdstats.tables.prepared import PreparedTable, Tables, panels_of
from rdstats.tables.selection import Selection


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
