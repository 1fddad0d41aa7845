"""Verdicts of the contract, as a person reads them and as a table."""

from collections.abc import Sequence

import pandas as pd

from rd_cli.terminal import print_table, say
from rd_cli.validation import Verdict, missing_baselines


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
