"""The command `rdstats validate`: do tables keep the contract?"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from rd_cli.stats import options

if TYPE_CHECKING:
    from data_contracts.validation import Verdict


def validate(tables: options.Tables, out: options.Out = None) -> None:
    """Check tables against the contract; exit 1 if one breaks it.

    Prints what each file holds and every broken rule with how many rows break it and the first
    of them. --out writes the broken rules as a table.

    Examples:
        rdstats validate demo/recall.parquet
        rdstats validate 'studies/*/recall.parquet' --out broken.csv
    """
    from data_contracts import baseline_violations, read_recall_table
    from data_contracts.validation import broken_rules, validate_files
    from rd_cli.terminal import say, write

    # That a file has no metadata stands in its row.
    logging.getLogger("data_contracts").setLevel(logging.WARNING)
    verdicts = validate_files(tables)
    _print(verdicts)
    broken = any(verdict.error for verdict in verdicts)
    for violation in [] if broken else baseline_violations(read_recall_table(tables)):
        say(
            f"Note: {violation}. That is no fault of a file, but an analysis needs the baselines: "
            "give it their table too."
        )
    if out is not None:
        write(broken_rules(verdicts), out)
    if broken:
        raise typer.Exit(1)


def _print(verdicts: Sequence[Verdict]) -> None:
    """Print what each file holds, then every broken rule."""
    from rd_cli.terminal import print_table, say

    print_table(
        ["file", "verdict", "rows", "models", "conditions", "metadata"],
        [[verdict.name, *_cells(verdict)] for verdict in verdicts],
    )
    for verdict in verdicts:
        if verdict.error is not None and not verdict.violations:
            say(str(verdict.error))
    lines = [
        [
            verdict.name,
            violation.rule,
            f"{violation.rows:,}",
            ", ".join(f"{broken_row.row:,}" for broken_row in violation.first),
            violation.why,
        ]
        for verdict in verdicts
        for violation in verdict.violations
    ]
    if lines:
        print()
        print_table(["file", "broken rule", "rows", "first rows", "why"], lines)


def _cells(verdict: Verdict) -> list[str]:
    if verdict.error is not None:
        rules = len(verdict.violations)
        what = f"broken: {rules} rule{'s' * (rules != 1)}" if rules else "cannot be read"
        return [what, "", "", "", ""]
    counts = [f"{count:,}" for count in (verdict.rows, verdict.models, verdict.conditions)]
    said = verdict.provenance
    if said is not None:
        metadata = ", ".join(filter(None, (f"version {said.version}", said.producer)))
    else:
        metadata = "" if verdict.name.startswith("all ") else "none, read as 1.0"
    return ["fine", *counts, metadata]
