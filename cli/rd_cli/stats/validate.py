"""The command `rdstats validate`: do tables keep the contract?"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from rd_cli.stats import options

if TYPE_CHECKING:
    from data_contracts.validation import Verdict


def validate(tables: options.Tables, told: options.Told, out: options.Out = None) -> None:
    """Check tables against the contract; exit 1 if one breaks it.

    Prints what each file holds and every broken rule with how many rows break it and the first
    of them. --out writes the broken rules as a table.

    Examples:
        rdstats validate demo/recall.parquet
        rdstats validate 'studies/*/recall.parquet' --out broken.csv
    """
    from data_contracts import baseline_violations, read_recall_table
    from data_contracts.validation import broken_rules, validate_files
    from rd_cli.edge import show
    from rd_cli.terminal import say, tell
    from rdstats.output.formats import write_frame
    from rdstats.output.words import records

    # That a file has no metadata stands in its row.
    logging.getLogger("data_contracts").setLevel(logging.WARNING)
    verdicts = validate_files(tables)
    refused = any(verdict.error for verdict in verdicts)
    notes = [
        f"{violation}. That is no fault of a file, but an analysis needs the baselines: give it "
        "their table too."
        for violation in ([] if refused else baseline_violations(read_recall_table(tables)))
    ]
    broken = broken_rules(verdicts)
    written = [] if out is None else [str(write_frame(broken, out))]

    def in_words() -> None:
        _print(verdicts)
        for note in notes:
            say(f"Note: {note}")
        for path in written:
            show(f"{path}: {len(broken):,} rows, {broken.shape[1]} columns")

    files = list(map(_found, verdicts))
    found = {"written": written, "files": files, "broken": records(broken), "notes": notes}
    tell(told, found, in_words)
    if refused:
        raise typer.Exit(1)


def _found(verdict: Verdict) -> dict[str, object]:
    """Return what a verdict says, for programs."""
    said = verdict.provenance
    return {
        "file": verdict.name,
        "verdict": _word(verdict),
        "rows": verdict.rows,
        "models": verdict.models,
        "conditions": verdict.conditions,
        "version": said and said.version,
        "producer": said and said.producer,
        "error": verdict.error and str(verdict.error),
    }


def _word(verdict: Verdict) -> str:
    if verdict.error is None:
        return "fine"
    return "broken" if verdict.violations else "cannot be read"


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
        many = f": {rules} rule{'s' * (rules != 1)}" if rules else ""
        return [f"{_word(verdict)}{many}", "", "", "", ""]
    counts = [f"{count:,}" for count in (verdict.rows, verdict.models, verdict.conditions)]
    said = verdict.provenance
    if said is not None:
        metadata = ", ".join(filter(None, (f"version {said.version}", said.producer)))
    else:
        metadata = "" if verdict.name.startswith("all ") else "none, read as 1.0"
    return [_word(verdict), *counts, metadata]
