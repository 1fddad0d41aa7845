"""Which of several files keep the contract, and whether they do together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError, Violation
from data_contracts.provenance import Provenance
from data_contracts.reading import read_provenance, read_recall_table
from data_contracts.schema import STAGED_CONDITION, TRAINED_MODEL
from data_contracts.sources import SourceFile, find_files


@dataclass(frozen=True)
class Verdict:
    """One file, or all of them together, under the contract: how many of what it holds."""

    name: str  # as the user called it
    error: ContractError | None = None  # why it is refused
    rows: int = 0
    models: int = 0  # trained ones
    conditions: int = 0  # compressed and control
    provenance: Provenance | None = None  # where the file says something of itself

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every broken rule."""
        return self.error.violations if self.error else ()


def validate_files(sources: Sequence[str]) -> list[Verdict]:
    """Return a verdict per source that cannot be found and per file, then one on their union.

    The union is judged where there are several files and each of them is fine.
    """
    found: list[SourceFile] = []
    verdicts: list[Verdict] = []
    for source in sources:
        try:
            found += find_files([source])
        except ContractError as error:
            verdicts.append(Verdict(source, error))
    verdicts += [_judged(file) for file in found]
    if len(verdicts) > 1 and not any(verdict.error for verdict in verdicts):
        name = f"all {len(found)} files together"
        try:
            verdicts.append(_fine(name, read_recall_table(list(sources))))
        except ContractError as error:
            verdicts.append(Verdict(name, error))
    return verdicts


def broken_rules(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return a row per file and broken rule: `file, rule, rows, first, why`."""
    rows = [
        (verdict.name, each.rule, each.rows, "; ".join(map(str, each.first)), each.why)
        for verdict in verdicts
        for each in verdict.violations
    ]
    return pd.DataFrame(rows, columns=["file", "rule", "rows", "first", "why"])


def _judged(file: SourceFile) -> Verdict:
    try:
        table = read_recall_table(file.path, filesystem=file.filesystem)
        return _fine(file.name, table, read_provenance(file.path, filesystem=file.filesystem))
    except ContractError as error:
        return Verdict(file.name, error)


def _fine(name: str, table: pa.Table, provenance: Provenance | None = None) -> Verdict:
    def distinct(rows: pa.Table, columns: Sequence[str]) -> int:
        return int(rows.group_by(list(columns)).aggregate([]).num_rows)

    compressed = table.filter(pc.not_equal(table["stage"], "baseline"))
    models, conditions = distinct(table, TRAINED_MODEL), distinct(compressed, STAGED_CONDITION)
    return Verdict(name, None, table.num_rows, models, conditions, provenance)
