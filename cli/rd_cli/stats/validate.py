"""What `rdstats validate` finds out about each file, and about all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import typer

from data_contracts import (
    ContractError,
    Provenance,
    Violation,
    baseline_violations,
    read_provenance,
    read_recall_table,
)
from data_contracts.schema import EVALUATED_MODEL, STAGED_CONDITION, TRAINED_MODEL
from data_contracts.sources import SourceFile, find_files
from rd_cli.stats import files, options
from rd_cli.terminal import print_table, say


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

    evaluated = table.select(list(EVALUATED_MODEL))
    compressed = evaluated.filter(pa.compute.not_equal(evaluated["stage"], "baseline"))
    return Verdict(
        name,
        rows=table.num_rows,
        models=distinct(TRAINED_MODEL, table),
        conditions=distinct(STAGED_CONDITION, compressed),
        provenance=provenance,
    )


def print_verdicts(verdicts: Sequence[Verdict], sources: Sequence[str]) -> None:
    """Print what each file holds, then every broken rule; exit codes are the caller's."""
    print_table(
        ["file", "verdict", "rows", "models", "conditions", "metadata"],
        [_line(verdict) for verdict in verdicts],
    )
    broken = [verdict for verdict in verdicts if verdict.error is not None]
    for verdict in broken:
        if not verdict.violations:
            say(str(verdict.error))
    lines = [
        [
            verdict.name,
            violation.rule,
            f"{violation.rows:,}",
            ", ".join(f"{broken_row.row:,}" for broken_row in violation.first),
            violation.why,
        ]
        for verdict in broken
        for violation in verdict.violations
    ]
    if lines:
        print()
        print_table(["file", "broken rule", "rows", "first rows", "why"], lines)
    if broken:
        return
    for violation in missing_baselines(sources):
        say(
            f"Note: {violation}. That is no fault of a file, but an analysis needs the baselines: "
            "give it their table too."
        )


def broken_rules(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return a row per file and broken rule: `file, rule, rows, first, why`."""
    rows = [
        {
            "file": verdict.name,
            "rule": violation.rule,
            "rows": violation.rows,
            "first": "; ".join(str(row) for row in violation.first),
            "why": violation.why,
        }
        for verdict in verdicts
        for violation in verdict.violations
    ]
    return pd.DataFrame(rows, columns=["file", "rule", "rows", "first", "why"])


def _line(verdict: Verdict) -> list[str]:
    if verdict.error is not None:
        rules = len(verdict.violations)
        what = f"broken: {rules} rule{'s' * (rules != 1)}" if rules else "cannot be read"
        return [verdict.name, what, "", "", "", ""]
    counts = [f"{count:,}" for count in (verdict.rows, verdict.models, verdict.conditions)]
    return [verdict.name, "fine", *counts, _metadata(verdict)]


def _metadata(verdict: Verdict) -> str:
    found = verdict.provenance
    if found is None:
        return "none, read as 1.0" if not verdict.name.startswith("all ") else ""
    return ", ".join([f"version {found.version}", *([found.producer] if found.producer else [])])


EXAMPLES = (
    "rdstats validate demo/recall.parquet",
    "rdstats validate 'studies/*/recall.parquet' --out broken.csv",
)


def validate(tables: options.Tables, out: options.Out = None) -> None:
    """Check tables against the contract; exit 1 if one breaks it.

    Prints what each file holds and every broken rule with how many rows break it and the first
    of them. --out writes the broken rules as a table.
    """
    files.refuse_unknown_suffix(out)
    verdicts = list(judged(tables))
    print_verdicts(verdicts, tables)
    if out is not None:
        files.write(broken_rules(verdicts), out)
    if any(verdict.error for verdict in verdicts):
        raise typer.Exit(1)
