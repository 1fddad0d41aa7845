"""The command `rdstats validate`: tables against the contract."""

from __future__ import annotations

import typer

from rd_cli import options, outputs

EXAMPLES = (
    "rdstats validate demo/recall.parquet",
    "rdstats validate 'studies/*/recall.parquet' --out broken.csv",
)


def validate(tables: options.Tables, out: options.Out = None) -> None:
    """Check tables against the contract; exit 1 if one breaks it.

    Prints what each file holds and every broken rule with how many rows break it and the first
    of them. --out writes the broken rules as a table.
    """
    from rd_cli.validation import judged
    from rd_cli.validation_report import broken_rules, print_verdicts

    outputs.refuse_unknown_suffix(out)
    verdicts = list(judged(tables))
    print_verdicts(verdicts, tables)
    if out is not None:
        outputs.write(broken_rules(verdicts), out)
    if any(verdict.error for verdict in verdicts):
        raise typer.Exit(1)
