"""The command `rdstats simulate`: false alarms and coverage, where the truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rd_cli.stats import options

EXAMPLES = (
    "rdstats simulate --where classes=10 --where models=5 --repetitions 200",
    "rdstats simulate --out reports/simulation",
    "rdstats simulate --out reports/simulation --print",
    "rdstats simulate --gate --out reports/simulation/gate",
)


def simulate(
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The folder for rates.csv and cells/.", file_okay=False),
    ] = Path("simulation"),
    repetitions: Annotated[
        int | None,
        typer.Option(
            min=1, help="Simulated experiments per cell; 2000 unless told, 500 with --named."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Only cells with this value of classes, models, luck, effect, memory_pruned or "
            "memory_control; repeat for several, all must hold.",
        ),
    ] = None,
    named: Annotated[
        bool,
        typer.Option(
            "--named",
            help="Six named cells alone, for what is slow: BCa bootstrap, sign flips, mixed model.",
        ),
    ] = False,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Count the errors of the gate of `rdstats check` instead: DIR/gate.csv; 20,000 "
            "pairs of each kind unless told.",
        ),
    ] = False,
    print_only: Annotated[
        bool,
        typer.Option(
            "--print", help="Simulate nothing; print DIR/rates.csv's summary as Markdown."
        ),
    ] = False,
) -> None:
    """Count false alarms and coverage of the estimators, where the truth is known.

    Minutes for all cells. Stopped, it goes on where it was; the same cells always give the same
    numbers. Writes DIR/rates.csv, a row per cell and estimator, and prints medians and worst cells.
    """
    from rd_cli.progress import steps
    from rd_cli.terminal import print_table, say
    from rdstats.simulation.cells import GRID, NAMED_CELLS, NAMED_REPETITIONS, REPETITIONS
    from rdstats.simulation.estimators import ESTIMATORS
    from rdstats.simulation.named import NAMED_ESTIMATORS
    from rdstats.simulation.study import RATES_FILE, read_rates, select_cells
    from rdstats.simulation.study import simulate as simulated
    from rdstats.simulation.summary import markdown, shown_simulation, simulation_summary

    if gate:
        _simulate_gate(out, repetitions, print_only=print_only)
        return
    if print_only:
        typer.echo(markdown(shown_simulation(simulation_summary(read_rates(out)))), nl=False)
        return
    cells = select_cells(options.split_where(where), NAMED_CELLS if named else GRID)
    with steps("simulate") as progress:
        rates = simulated(
            out,
            cells,
            repetitions or (NAMED_REPETITIONS if named else REPETITIONS),
            estimators=NAMED_ESTIMATORS if named else ESTIMATORS,
            progress=progress,
        )
    shown = shown_simulation(simulation_summary(rates))
    print_table(shown.header, shown.rows)
    say(f"{shown.caption} {out / RATES_FILE} has every cell, with simulation errors.")


def _simulate_gate(out: Path, repetitions: int | None, *, print_only: bool) -> None:
    from rd_cli.progress import steps
    from rd_cli.terminal import print_table, say
    from rdstats.simulation.gate import (
        REPETITIONS,
        read_gate,
        shown_gate,
        simulate_gate,
        write_gate,
    )
    from rdstats.simulation.summary import markdown

    if print_only:
        typer.echo(markdown(shown_gate(read_gate(out))), nl=False)
        return
    with steps("simulate") as progress:
        frame = simulate_gate(repetitions or REPETITIONS, progress=progress)
    shown = shown_gate(frame)
    print_table(shown.header, shown.rows)
    say(f"{shown.caption} {write_gate(frame, out)} has the shares.")
