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


def study_of(cell: Cell, conditions: pd.DataFrame, ratios: Sequence[float]) -> str | None:
    """Return the study that has a cell, None if none; of several the one that has all ratios.

    Raises:
        StatsError: Several studies have the cell; models of two are never pooled.
    """
    held: dict[str, set[float]] = {}
    here = _here(conditions, cell, ratios)
    for study, ratio in zip(here["study"], here["ratio"], strict=True):
        held.setdefault(study, set()).add(ratio)
    whole = [study for study, found in held.items() if found >= set(ratios)]
    candidates = whole if whole else list(held)
    if len(candidates) > 1:
        raise StatsError(
            f"{', '.join(cell)} stands in several studies ({', '.join(sorted(candidates))}), and "
            f"models of two studies are never pooled; choose with --where study={candidates[0]}, "
            "or give fewer tables"
        )
    return candidates[0] if candidates else None


def missing_rows(
    cells: Iterable[Cell], conditions: pd.DataFrame, ratios: Sequence[float]
) -> tuple[str, ...]:
    """Name the conditions that the table has no rows of, a text per cell."""
    texts = []
    for cell in cells:
        found = set(_here(conditions, cell, ratios)["ratio"])
        absent = [ratio_text(ratio) for ratio in ratios if ratio not in found]
        if absent:
            texts.append(f"{', '.join(cell)}, t = {', '.join(absent)}")
    return tuple(texts)


def _here(conditions: pd.DataFrame, cell: Cell, ratios: Sequence[float]) -> pd.DataFrame:
    mask = conditions["ratio"].isin(ratios)
    for column, value in cell._asdict().items():
        mask &= conditions[column] == value
    return conditions[mask]
