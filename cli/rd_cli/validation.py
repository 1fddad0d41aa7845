"""What `rdstats validate` finds out about each file, and about all of them together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from data_contracts import (
    ContractError,
    Provenance,
    Violation,
    baseline_violations,
    read_provenance,
    read_recall_table,
)
from data_contracts.schema import EVALUATED_MODEL
from data_contracts.sources import SourceFile, find_files


@dataclass(frozen=True)
class Verdict:
    """One file, or all of them together, under the contract.

    Attributes:
        name: The file, as the user called it.
        error: Why it is refused; None where it is fine.
        rows: Rows; likewise models (trained models) and conditions.
        models: Trained models.
        conditions: Conditions, compressed and control.
        provenance: What the file says of itself.
    """

    name: str
    error: ContractError | None = None
    rows: int = 0
    models: int = 0
    conditions: int = 0
    provenance: Provenance | None = None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every broken rule."""
        return self.error.violations if self.error else ()


def judged(sources: Sequence[str]) -> Iterator[Verdict]:
    """Yield a verdict per source that cannot be found and per file, then one on their union.

    The union is judged where there are several files and each of them is fine.
    """
    files: list[SourceFile] = []
    broken = False
    for source in sources:
        try:
            files += find_files([source])
        except ContractError as error:
            broken = True
            yield Verdict(source, error)
    tables = []
    for file in files:
        try:
            table = read_recall_table(file.path, filesystem=file.filesystem)
            provenance = read_provenance(file.path, filesystem=file.filesystem)
        except ContractError as error:
            broken = True
            yield Verdict(file.name, error)
        else:
            tables.append(table)
            yield _fine(file.name, table, provenance)
    if len(tables) > 1 and not broken:
        name = f"all {len(tables)} files together"
        try:
            yield _fine(name, read_recall_table(list(sources)), None)
        except ContractError as error:
            yield Verdict(name, error)


def missing_baselines(sources: Sequence[str]) -> list[Violation]:
    """Return what an analysis of these tables alone would lack: baselines of compressed rows."""
    return baseline_violations(read_recall_table(list(sources)))


def _fine(name: str, table: pa.Table, provenance: Provenance | None) -> Verdict:
    def distinct(columns: Sequence[str], rows: pa.Table) -> int:
        return int(rows.group_by(list(columns)).aggregate([]).num_rows)

    trained = ("study", "dataset", "architecture", "model")
    condition = tuple(column for column in EVALUATED_MODEL if column not in ("model", "split"))
    evaluated = table.select(list(EVALUATED_MODEL))
    compressed = evaluated.filter(pa.compute.not_equal(evaluated["stage"], "baseline"))
    return Verdict(
        name,
        rows=table.num_rows,
        models=distinct(trained, table),
        conditions=distinct(condition, compressed),
        provenance=provenance,
    )
