"""Every rule of the recall table, judged at once and without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from data_contracts.baseline_rules import BASELINE_RULES, baseline_present
from data_contracts.casting import conform
from data_contracts.class_rules import CLASS_RULES
from data_contracts.columns import Columns
from data_contracts.model_rules import MODEL_RULES
from data_contracts.row_rules import ROW_RULES
from data_contracts.rule import Rule
from data_contracts.violation import BrokenRow, Violation

__all__ = ["BrokenRow", "Violation", "baseline_violations", "judge", "violations"]

RULES: tuple[Rule, ...] = (*ROW_RULES, *MODEL_RULES, *CLASS_RULES, *BASELINE_RULES)


def violations(table: pa.Table) -> list[Violation]:
    """Return every broken rule of the recall table, or an empty list.

    Columns that are missing or of another type are reported as `cast_to_contract` would; the
    rules that need them are then not judged, all others are. That compressed rows have their
    baseline rows is not judged here: see `baseline_violations`.

    Args:
        table: A recall table, or what may become one. Rows are counted from 0.
    """
    conformed = conform(table)
    return [*conformed.violations, *judge(conformed.table, conformed.missing)]


def judge(
    table: pa.Table,
    missing: frozenset[str] = frozenset(),
    files: Sequence[tuple[str, int]] = (),
) -> list[Violation]:
    """Return every broken rule of a table that is under the contract's schema.

    Args:
        table: Columns, order and types as in `RECALL_TABLE`.
        missing: Columns that hold nulls because they could not be read; rules that need one
            of them are not judged.
        files: The name and number of rows of each file that the table was read from.
    """
    if table.num_rows == 0:
        return [Violation("at least one row", 0, (), "the table has no rows")]
    columns = Columns(table, missing, files)
    return [
        violation
        for rule in RULES
        if missing.isdisjoint(rule.needs)
        for violation in rule.judge(columns)
    ]


def baseline_violations(table: pa.Table) -> list[Violation]:
    """Return what is missing if a compressed or control row has no baseline row.

    The baseline row of a row has the same study, data set, architecture, model, split and
    class, and stage `baseline`. One file may hold the compressed rows alone, so this is asked
    of the union of the tables given to an analysis.

    Args:
        table: The union, under the contract's schema.
    """
    return baseline_present(Columns(table))
