"""The command `rdstats simulate`: false alarms and coverage, where the truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rd_cli.stats import options


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
    luck: Annotated[
        bool,
        typer.Option(
            "--luck",
            help="Much luck beside the spread of classes, one outlying model, models in two "
            "groups: the class-mean slope and the instrument.",
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
    safe_ratio: Annotated[
        bool,
        typer.Option(
            "--safe-ratio",
            help="Count how often a safe ratio costs a class the margin: DIR/safe.csv, and of each "
            "cell a part.",
        ),
    ] = False,
    samples: Annotated[
        bool,
        typer.Option(
            "--samples",
            help="Count the errors of verdicts over models where samples are drawn anew as models "
            "are: DIR/samples.csv, and of each cell a part.",
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

    Examples:
        rdstats simulate --where classes=10 --where models=5 --repetitions 200
        rdstats simulate --out reports/simulation
        rdstats simulate --out reports/simulation --print
        rdstats simulate --gate --out reports/simulation/gate
        rdstats simulate --luck --out reports/simulation/luck
        rdstats simulate --safe-ratio --out reports/simulation/safe-ratio
        rdstats simulate --samples --out reports/simulation/samples
    """
    from rd_cli.progress import steps
    from rd_cli.terminal import print_table, say
    from rdstats.output.formats import write_frame
    from rdstats.simulation import cells, safe, study
    from rdstats.simulation import gate as gates
    from rdstats.simulation import samples as drawn
    from rdstats.simulation.estimators import ESTIMATORS
    from rdstats.simulation.luck import LUCK_ESTIMATORS, LUCK_GRID
    from rdstats.simulation.named import NAMED_ESTIMATORS
    from rdstats.simulation.summary import markdown, shown_simulation, simulation_summary

    where_it_is = ""
    if print_only and samples:
        frame = study.read_rates(out, drawn.SAMPLES_FILE, "rdstats simulate --samples")
    elif print_only and safe_ratio:
        frame = study.read_rates(out, safe.SAFE_FILE, "rdstats simulate --safe-ratio")
    elif print_only:
        frame = gates.read_gate(out) if gate else study.read_rates(out)
    elif samples:
        with steps("simulate") as progress:
            frame = drawn.simulate_samples(out, repetitions=repetitions, progress=progress)
        where_it_is = f"{out / drawn.SAMPLES_FILE} has the shares."
    elif safe_ratio:
        with steps("simulate") as progress:
            frame = safe.simulate_safe(
                out, repetitions=repetitions or safe.REPETITIONS, progress=progress
            )
        where_it_is = f"{out / safe.SAFE_FILE} has the shares."
    elif gate:
        with steps("simulate") as progress:
            frame = gates.simulate_gate(repetitions or gates.REPETITIONS, progress=progress)
        where_it_is = f"{write_frame(frame, out / gates.GATE_FILE)} has the shares."
    else:
        grid, usual, estimators = (
            (cells.NAMED_CELLS, cells.NAMED_REPETITIONS, NAMED_ESTIMATORS)
            if named
            else (LUCK_GRID, cells.REPETITIONS, LUCK_ESTIMATORS)
            if luck
            else (cells.GRID, cells.REPETITIONS, ESTIMATORS)
        )
        kept = study.select_cells(options.split_where(where), grid)
        with steps("simulate") as progress:
            frame = study.simulate(
                out, kept, repetitions or usual, estimators=estimators, progress=progress
            )
        where_it_is = f"{out / study.RATES_FILE} has every cell, with simulation errors."
    if samples:
        shown = drawn.shown_samples(frame)
    elif safe_ratio:
        shown = safe.shown_safe(frame)
    else:
        shown = gates.shown_gate(frame) if gate else shown_simulation(simulation_summary(frame))
    if print_only:
        print(markdown(shown), end="")
        return
    print_table(shown.header, shown.rows)
    say(f"{shown.caption} {where_it_is}")
