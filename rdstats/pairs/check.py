"""Two models in, a verdict out: `check_models` and `check_recall_table`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from data_contracts.errors import ContractError
from rdstats.pairs.counts import pair_of_files, pair_of_frames, pair_of_labels
from rdstats.pairs.recall_rows import Where, is_recall_table, pair_of_recall_tables, pair_of_rows
from rdstats.pairs.verdict import Check, judged, refuse_options
from rdstats.statistics.class_verdicts import MARGIN

if TYPE_CHECKING:
    from data_contracts.importers import ImportOptions


def check_models(
    y_true: object = None,
    before: object = None,
    after: object = None,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    matched: bool = True,
    labels: Sequence[object] | None = None,
    format_name: str | None = None,
    options: ImportOptions | None = None,
) -> Check:
    """Return the verdict on two models from what they answered on the same test set.

    `check_models(y_true, before, after)` takes arrays, `check_models(before, after)` two files, or
    two tables with columns `y_true` and `y_pred`, and `id` if there is one; `check_models(path)`
    one file that holds both models. In a test:
    `assert not rdstats.check_models(y_true, before, after, margin=0.05).harmed`, or
    `assert rdstats.check_models(...).gate == "pass"` where every class must be cleared.

    Args:
        y_true: True labels, shape (samples,): numpy, pandas, torch, lists.
        before: The first model's predicted labels, or scores (samples, classes); or its file
            (predictions, a recall table, anything that `rdstats import` reads), data frame or
            Arrow table.
        after: The second model's, of the same samples.
        margin: The largest drop that does not matter, a share above 0 and below 1.
        quantity: What is judged: `drop`, R - R_t, or `excess`, what the class lost beyond the
            drop of accuracy. The excess drop says nothing of what all classes lost together.
        matched: Compare sample by sample, where that is possible; else recalls alone.
        labels: The classes' labels, where values are positions into them.
        format_name: Of files: a format that `rdstats import` knows; by default recall tables where
            both are, else predictions.
        options: Of files: what they do not say.

    Raises:
        ContractError: Something cannot be read, lengths differ, a label is missing, or the two
            are not of one test set.
        StatsError: An option has no meaning, the excess drop of a single class is asked for, or
            every class has too few samples for the margin.
    """
    refuse_options(margin, quantity)
    given = [each for each in (y_true, before, after) if each is not None]
    if given and all(isinstance(each, str | os.PathLike) for each in given) and len(given) < 3:
        first, *rest = (Path(each) for each in given)  # type: ignore[arg-type]  # seen above
        second = rest[0] if rest else None
        if format_name is None and second and is_recall_table(first) and is_recall_table(second):
            counts = pair_of_recall_tables(first, second, matched=matched)
        else:
            counts = pair_of_files(
                first,
                second,
                format_name=format_name or "predictions",
                options=options,
                matched=matched,
            )
    elif len(given) == 2 and all(_is_table(each) for each in given):
        counts = pair_of_frames(given[0], given[1], labels, matched=matched)
    elif len(given) == 3:
        counts = pair_of_labels(y_true, before, after, labels)
        counts = counts if matched else counts.unmatched()
    else:
        kinds = " and ".join(type(each).__name__ for each in given) or "nothing"
        raise ContractError(
            f"two models cannot be read from {kinds}: give y_true, before and after as arrays, or "
            "before and after as two files, or as two data frames with columns y_true and y_pred"
        )
    return judged(counts, margin, quantity)


def _is_table(value: object) -> bool:
    return isinstance(value, pd.DataFrame | pa.Table) or (
        hasattr(value, "__arrow_c_stream__") and hasattr(value, "columns")
    )


def check_recall_table(
    table: pa.Table,
    before: Where | None = None,
    after: Where | None = None,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    matched: bool = True,
) -> Check:
    """Return the verdict on two evaluated models of a recall table.

    Args:
        table: A recall table, or the union of several.
        before: Columns and values of the model before; by default the unpruned version of after.
        after: The same of the model after; by default the only compressed one of the table.
        margin: As in `check_models`; likewise the others.
        quantity: `drop` or `excess`.
        matched: Compare sample by sample where the table says which were right in both.

    Raises:
        StatsError: No pair is meant or more than one; or as `check_models`.
    """
    refuse_options(margin, quantity)
    return judged(pair_of_rows(table, before, after, matched=matched), margin, quantity)
