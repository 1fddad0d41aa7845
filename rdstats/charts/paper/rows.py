"""Which rows of a recall table the paper's figures are made of, and which are missing."""

from collections.abc import Iterable, Sequence
from functools import reduce

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rdstats.charts.paper.designs import Cell, FigureDesign
from rdstats.errors import StatsError
from rdstats.tables.order import ratio_text
from rdstats.tables.selection import COMPRESSED_STAGES, Selection


def rows_of_figures(
    table: pa.Table, designs: Sequence[FigureDesign], selection: Selection
) -> pa.Table:
    """Return the selected compressed rows that the figures show, with their baselines.

    A table may hold much more than the paper: other methods and ratios would cost time.

    Args:
        table: A recall table, or the union of several.
        designs: The figures.
        selection: What of it; of the result everything is to be analysed.
    """
    cells = dict.fromkeys(cell for design in designs for cell, _ in design.panels)
    ratios = sorted({ratio for design in designs for ratio in design.ratios})
    compressed = pc.and_(
        pc.is_in(table["stage"], pa.array(COMPRESSED_STAGES)),
        pc.is_in(table["ratio"], pa.array(ratios)),
    )
    for column in {name for name, _ in selection.where}:
        for value in selection.values_of(column):
            compressed = pc.and_(compressed, pc.equal(table[column], value))
    baseline = pc.equal(table["stage"], "baseline")
    wanted = []
    for network in dict.fromkeys((cell.dataset, cell.architecture) for cell in cells):
        methods = [cell.method for cell in cells if (cell.dataset, cell.architecture) == network]
        of_network = pc.and_(
            pc.equal(table["dataset"], network[0]), pc.equal(table["architecture"], network[1])
        )
        pruned = pc.and_(compressed, pc.is_in(table["method"], pa.array(methods)))
        wanted.append(pc.and_(of_network, pc.or_(baseline, pruned)))
    return table.filter(pc.and_(pc.equal(table["split"], selection.split), reduce(pc.or_, wanted)))


def has_compressed(rows: pa.Table, stage: str | None) -> bool:
    """Say whether anything is to be analysed, at the asked stage if one is asked for."""
    stages = COMPRESSED_STAGES if stage is None else (stage,)
    return bool(pc.any(pc.is_in(rows["stage"], pa.array(stages))).as_py())


def studies_of(cell: Cell, conditions: pd.DataFrame, ratios: Sequence[float]) -> list[str]:
    """Return the studies that have a cell, the one to show first; none if there is none.

    That is the one with the most of the figure's ratios, and of several such the one with the
    most of all figures'.

    Raises:
        StatsError: Two have equally many; models of two studies are never pooled.
    """
    here = _here(conditions, cell)
    covered = {
        str(study): (int(found.isin(ratios).sum()), len(found))
        for study, found in here.groupby("study", sort=True)["ratio"]
        if found.isin(ratios).any()
    }
    best = sorted(covered, key=lambda study: covered[study], reverse=True)
    if len(best) > 1 and covered[best[0]] == covered[best[1]]:
        raise StatsError(
            f"{', '.join(cell)} is in several studies ({', '.join(sorted(covered))}), and models "
            "of two are never pooled; give the table of one of them only"
        )
    return best


def missing_rows(
    cells: Iterable[Cell], conditions: pd.DataFrame, ratios: Sequence[float]
) -> tuple[str, ...]:
    """Name the conditions that the table has no rows of, a text per cell."""
    texts = []
    for cell in cells:
        found = set(_here(conditions, cell)["ratio"])
        absent = [ratio_text(ratio) for ratio in ratios if ratio not in found]
        if absent:
            texts.append(f"{', '.join(cell)}, t = {', '.join(absent)}")
    return tuple(texts)


def _here(conditions: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    mask = conditions["dataset"] == cell.dataset
    for column in ("architecture", "method"):
        mask &= conditions[column] == getattr(cell, column)
    return conditions[mask]
