"""The command `rdstats power`: how many seeds, or test images, an effect needs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from rd_cli.edge import show
from rd_cli.stats import options


def power(
    *,
    effect: Annotated[
        list[float] | None,
        typer.Option(
            help="True distance of the slope from 1, or between two arms; repeat for several."
        ),
    ] = None,
    sd: Annotated[
        float | None, typer.Option(help="Standard deviation of the slope over seeds.")
    ] = None,
    pilot: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE",
            help="Take the deviation, luck and memory from a recall table; repeat for several.",
        ),
    ] = None,
    rows: options.Rows,
    printed: options.Printed,
    metric: options.Metric = "recall",
    models: Annotated[
        int | None, typer.Option(help="The seeds there will be.", show_default="those needed")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            help="The test samples of a class there will be, from a pilot with predictions; or "
            "those that a --rule looks at.",
            show_default="those of the pilot",
        ),
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(
            help="Error of the test: two-sided for seeds, one-sided for images.",
            show_default="0.01 for seeds, the paper's 99 %; 0.05 for images",
        ),
    ] = None,
    wanted: Annotated[
        float, typer.Option("--power", help="Wanted chance to see what is there.")
    ] = 0.8,
    repetitions: Annotated[
        int,
        typer.Option(
            "--simulate", metavar="N", min=0, help="Check each row by N simulated experiments."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    drop: Annotated[
        list[float] | None,
        typer.Option(help="For test images: drop of one class's recall; repeat for several."),
    ] = None,
    churn: Annotated[
        float | None,
        typer.Option(
            help="For test images: share of a class's images of which one model is right and the "
            "other wrong."
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            help="For test images: a drop that is no harm.",
            show_default="0; with --rule the largest drop that the rule lets pass",
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            help="How often a threshold errs, exactly: 'after >= 0.95 * before', "
            "'round(after / before, 2) >= 0.95', 'drop <= 0.01', 'drop <= 2 * error(before)'; "
            "with --samples, --before and --churn, and --drop for true drops of your own.",
        ),
    ] = None,
    before: Annotated[
        float | None,
        typer.Option(help="For --rule: the true share that the model before gets right."),
    ] = None,
    classes: Annotated[
        int, typer.Option(min=1, help="For test images: classes judged together.")
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write every column to a .csv, .parquet, .json, .md or .tex file, or the power "
            "curve to a .svg, .pdf or .png file.",
        ),
    ] = None,
) -> None:
    """Say how many seeds, or test images per class, an effect needs.

    Seeds: by the noncentral t distribution, from a deviation or from every condition of a pilot,
    and by simulation on request. A pilot with predictions says how many seeds and test samples
    together show the effect for samples like these. Images: for one pair of models, by the z
    formula for paired proportions.

    Examples:
        rdstats power --effect 0.10 --effect 0.05 --sd 0.1
        rdstats power --effect 0.10 --pilot demo --where ratio=10 --simulate 1000
        rdstats power --sd 0.1 --models 30
        rdstats power --effect 0.05 --pilot demo --models 30 --where method=MP
        rdstats power --drop 0.10 --churn 0.15 --classes 10
        rdstats power --rule 'drop <= 0.01' --samples 1000 --before 0.78 --churn 0.12
        rdstats power --effect 0.10 --effect 0.05 --sd 0.1 --out power.svg
    """
    from rd_cli.terminal import show_or_write
    from rdstats.planning.chart import is_picture, write_power_curve
    from rdstats.planning.pilots import seeds_from_pilot
    from rdstats.planning.power import Question, samples_needed, seeds_needed
    from rdstats.planning.rules import audit_rule
    from rdstats.planning.shown import shown_rule, shown_samples, shown_seeds

    if rule is not None:
        if samples is None or before is None or churn is None:
            raise typer.BadParameter("--rule needs --samples, --before and --churn")
        if effect or pilot or models is not None or sd is not None:
            raise typer.BadParameter("--rule asks about test samples, not about seeds")
        options.refuse_unknown_suffix(out)
        frame = audit_rule(rule, [samples], before, churn, drop or (), margin=margin)
        show_or_write(frame, shown_rule(frame), out, printed)
        return
    if before is not None:
        raise typer.BadParameter("--before is for --rule")
    about_images = bool(drop) or churn is not None
    about_seeds = effect or pilot or not (models is None and sd is None and samples is None)
    if about_images and about_seeds:
        raise typer.BadParameter("--drop and --churn ask about images, the others about seeds")
    if about_images and (not drop or churn is None):
        raise typer.BadParameter("test images need both --drop and --churn")
    if not (about_images or effect or models is not None):
        raise typer.BadParameter("give --effect or --models, or --drop and --churn for images")
    if not about_images and (sd is None) == (not pilot):
        raise typer.BadParameter("give either --sd or --pilot: how much slopes differ over seeds")
    draws = out is not None and is_picture(out) and not about_images
    if not draws:
        options.refuse_unknown_suffix(out)
    if about_images:
        error = 0.05 if level is None else level
        frame = samples_needed(
            drop or (),
            churn or 0.0,
            margin=margin or 0.0,
            classes=classes,
            level=error,
            power=wanted,
        )
        show_or_write(frame, shown_samples(frame), out, printed)
        return
    error = 0.01 if level is None else level
    if samples is not None and not pilot:
        raise typer.BadParameter("--samples needs --pilot, a folder with predictions")
    question = Question(tuple(effect or ()), models, error, wanted, repetitions, seed, samples)
    if pilot:
        frame = seeds_from_pilot(pilot, question, rows.selection(metric))
    else:
        frame = seeds_needed(question, math.nan if sd is None else sd)
    if draws and out is not None:
        picture, out = write_power_curve(frame, out), None
        if not (printed.json or printed.quiet):
            show(str(picture))
            return
    show_or_write(frame, shown_seeds(frame), out, printed)
