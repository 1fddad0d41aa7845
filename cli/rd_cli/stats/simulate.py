"""The command `rdstats simulate`: false alarms and coverage, where the truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rd_cli.stats import options

if TYPE_CHECKING:
    import pandas as pd

    from rdstats.output.shown import ShownTable


def simulate(
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The folder for rates.csv and cells/.", file_okay=False),
    ] = Path("simulation"),
    repetitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Simulated experiments per cell, else those of the committed tables.",
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
    many_classes: Annotated[
        bool,
        typer.Option(
            "--many-classes",
            help="Count what suspects among 100 to 1,000 classes are: DIR/many_classes.csv, and of "
            "each cell a part.",
        ),
    ] = False,
    print_only: Annotated[
        bool,
        typer.Option(
            "--print", help="Simulate nothing; print DIR/rates.csv's summary as Markdown."
        ),
    ] = False,
    *,
    told: options.Told,
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
        rdstats simulate --many-classes --out reports/simulation/many-classes
    """
    from rd_cli.progress import steps
    from rd_cli.terminal import print_table, say, tell
    from rdstats.output.formats import write_frame
    from rdstats.simulation import cells, many, safe, study
    from rdstats.simulation import gate as gates
    from rdstats.simulation import luck as lucky
    from rdstats.simulation import samples as drawn
    from rdstats.simulation.estimators import ESTIMATORS
    from rdstats.simulation.named import NAMED_ESTIMATORS
    from rdstats.simulation.summary import markdown, shown_simulation, simulation_summary

    given = {"named": named, "luck": luck, "gate": gate, "samples": samples}
    more = {"safe-ratio": safe_ratio, "many-classes": many_classes}
    kinds = [name for name, is_given in (given | more).items() if is_given]
    if len(kinds) > 1:
        listed = " and ".join(f"--{name}" for name in kinds)
        raise typer.BadParameter(f"{listed} are studies of their own; choose one")
    kind = "".join(kinds)
    if where and kind in {"gate", "samples", "safe-ratio", "many-classes"}:
        raise typer.BadParameter(f"--where chooses cells of the other studies, not of --{kind}")

    def summary(rates: pd.DataFrame) -> ShownTable:
        return shown_simulation(simulation_summary(rates))

    grids = {
        "": (cells.GRID, cells.REPETITIONS, ESTIMATORS),
        "named": (cells.NAMED_CELLS, cells.NAMED_REPETITIONS, NAMED_ESTIMATORS),
        "luck": (lucky.LUCK_GRID, lucky.REPETITIONS, lucky.LUCK_ESTIMATORS),
    }
    files = {
        "gate": (gates.GATE_FILE, gates.shown_gate),
        "samples": (drawn.SAMPLES_FILE, drawn.shown_samples),
        "safe-ratio": (safe.SAFE_FILE, safe.shown_safe),
        "many-classes": (many.MANY_FILE, many.shown_many),
        "luck": (study.RATES_FILE, lucky.shown_luck),
    }
    file, shown_as = files.get(kind, (study.RATES_FILE, summary))
    if print_only and (told.json or told.quiet):
        raise typer.BadParameter("--print prints Markdown: leave out --json and --quiet")
    if print_only:
        command = f"rdstats simulate --{kind}".removesuffix(" --")
        print(markdown(shown_as(study.read_rates(out, file, command))), end="")
        return
    with steps("simulate", quiet=told.quiet) as progress:
        match kind:
            case "gate":
                frame = gates.simulate_gate(repetitions or gates.REPETITIONS, progress=progress)
                write_frame(frame, out / file)
            case "samples":
                frame = drawn.simulate_samples(out, repetitions=repetitions, progress=progress)
            case "many-classes":
                frame = many.simulate_many(out, repetitions=repetitions, progress=progress)
            case "safe-ratio":
                times = repetitions or safe.REPETITIONS
                frame = safe.simulate_safe(out, repetitions=times, progress=progress)
            case _:
                grid, usual, estimators = grids[kind]
                kept = study.select_cells(options.split_where(where), grid)
                times = repetitions or usual
                frame = study.simulate(out, kept, times, estimators=estimators, progress=progress)

    def in_words() -> None:
        shown = shown_as(frame)
        print_table(shown.header, shown.rows)
        say(f"{shown.caption} {out / file} has the shares.")

    tell(told, {"written": [str(out / file)], "rows": len(frame)}, in_words)
